//! The gateway as its peers meet it: the real program, its own process, real sockets.
//!
//! Each test starts a gateway of its own on ports that the system chooses and with a data folder of
//! its own. Foreign peers are skipped by name where they are not installed (`tests/support`).

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

#[path = "../support/scripted.rs"]
mod scripted;
#[path = "../support/mod.rs"]
mod support;

mod accounting;
mod day;
mod directed;
mod disk;
mod foreign;
mod freediameter;
mod gateway;
mod gmlc;
mod http;
mod kill;
mod load;
mod location;
mod operating;
mod pidf;
mod radius;
mod recording;
mod redaction;
mod registration;
mod seed;
mod sh;
mod shutdown;
mod sip;
mod ss7;
mod torture;
mod wlan;
