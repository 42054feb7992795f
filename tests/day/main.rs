//! A subscriber's day: every feed at once, and the document that a watcher holds after each step.
//!
//! `documents/` holds what the mapping of facts to documents demands, step by step; the peers' part
//! is in `steps.rs`. `PENGATE_BLESS=1` writes the documents anew: read the difference first.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

#[path = "../support/mobility.rs"]
mod mobility;
#[path = "../support/mod.rs"]
mod support;

mod documents;
mod killed;
mod peers;
mod replayed;
mod shuffled;
mod signalling;
mod steps;
mod world;
