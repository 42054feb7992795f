//! The pen log: one suite for every implementation, and what only files can suffer.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests are not seen as tests"
)]

mod conformance;
mod disk;
mod faults;
mod files;
mod kill;
mod support;
