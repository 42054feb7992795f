//! What the process tells about itself: log lines and metrics.
//!
//! Telemetry is a named event ([`event`]) that makes the log line and the counter together. Machines
//! do not call it: whoever drives them emits from what they put out, so a replay is silent.

pub mod event;
mod logs;
mod metric;

pub use logs::{Redaction, StartError, start_logs};
pub use metric::{Kind, Metric, recorder};
