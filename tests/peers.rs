//! The rule about foreign peers: found, or skipped by name, or failing where they are required.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::panic;

use support::{is_required, peer};

#[test]
fn a_peer_that_is_installed_is_found() {
    let mut shell = peer("sh").unwrap();
    let status = shell.args(["-c", "exit 7"]).status().unwrap();
    assert_eq!(status.code(), Some(7));
}

#[test]
fn a_missing_peer_is_skipped_or_fails_as_the_environment_says() {
    let required = is_required();
    let found = panic::catch_unwind(|| peer("no-such-peer").is_some());
    assert_eq!(found.is_err(), required);
    assert!(!found.unwrap_or(false));
}
