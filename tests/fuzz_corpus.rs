//! Runs every kept fuzz input through the body of its target, on a stable toolchain.
#![allow(clippy::expect_used, reason = "a test may stop at the first surprise")]
#![allow(clippy::panic, reason = "a test may stop at the first surprise")]
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
#![allow(
    missing_docs,
    reason = "a test crate has no readers of its documentation"
)]

#[path = "../fuzz/bodies/capture.rs"]
mod capture;
#[path = "../fuzz/bodies/gateway/mod.rs"]
mod gateway;
#[path = "../fuzz/bodies/http.rs"]
mod http;
#[path = "../fuzz/bodies/replay.rs"]
mod replay;

use replay::replay;

const FUZZ: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz");

#[test]
fn every_capture_input_is_read_to_its_end_or_its_damage() {
    replay(FUZZ, "capture", capture::run);
}

#[test]
fn every_story_leaves_the_gateway_within_its_bounds() {
    replay(FUZZ, "gateway", gateway::run);
}

#[test]
fn every_http_input_is_read_however_it_is_cut() {
    replay(FUZZ, "http", http::run);
}
