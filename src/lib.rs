//! pengate: a Presence Network Agent (3GPP TS 23.141 clause 5.2.2) with its Presence Server
//! (clause 5.1).
//!
//! Two wings and one door: [`agent`] hears what network elements say and tells it as presentity
//! updates; [`server`] keeps presence documents and notifies watchers; [`pen`] is the durable log
//! between them. ARCHITECTURE.md follows one event from octets to NOTIFY.
//!
//! Machines take octets and time as arguments and give octets, events and deadlines back. Sockets,
//! files, threads and the clock are in `io`, which is compiled with the feature `live` only.

pub mod agent;
#[cfg(feature = "live")]
pub mod cli;
pub mod config;
pub mod decode;
pub mod event;
pub mod feed;
pub mod gateway;
#[cfg(feature = "live")]
pub mod io;
pub mod options;
pub mod pen;
pub mod replay;
pub mod server;
pub mod session;
#[cfg(feature = "live")]
pub mod telemetry;
