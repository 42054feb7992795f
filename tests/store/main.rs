//! The state store: one suite for every implementation, and the thread that writes it.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests are not seen as tests"
)]

mod checkpoint;
mod conformance;
mod support;
mod together;
