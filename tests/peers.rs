//! The rule about foreign peers: found, or skipped by name, or failing where they are required.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/scripted.rs"]
mod scripted;
mod support;

use std::panic;

use scripted::{guest, scripted};
use serde_json::Value;
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

#[test]
fn scripted_peers_have_the_packages_of_their_list() {
    let Some(mut imports) = scripted("imports.py") else {
        return;
    };
    let output = imports.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let versions: Value = serde_json::from_slice(&output.stdout).unwrap();
    let wanted = include_str!("peers/requirements.txt");
    for (name, version) in versions.as_object().unwrap() {
        let line = format!("{name}=={}", version.as_str().unwrap());
        assert!(wanted.lines().any(|wanted| wanted == line), "{line}");
    }
}

#[test]
fn a_command_in_the_guest_has_sctp_and_its_output_and_status_come_back() {
    let Some(mut guest) = guest() else {
        return;
    };
    let script = "grep -c ^SCTP /proc/net/protocols; echo said >&2; exit 7";
    let output = guest.args(["sh", "-c", script]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(7), "{said}");
    assert_eq!(said, "said\n");
    let protocols: u32 = String::from_utf8(output.stdout)
        .unwrap()
        .trim()
        .parse()
        .unwrap();
    assert!(protocols > 0, "the guest has no SCTP");
}
