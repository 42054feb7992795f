//! Runs every kept fuzz input through the body of its target, on a stable toolchain.
#![allow(clippy::expect_used, reason = "a test may stop at the first surprise")]
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
#![allow(
    missing_docs,
    reason = "a test crate has no readers of its documentation"
)]

#[path = "../../fuzz/bodies/diameter.rs"]
mod diameter;
#[path = "../../fuzz/bodies/mlp.rs"]
mod mlp;
#[path = "../../fuzz/bodies/pidf.rs"]
mod pidf;
#[path = "../../fuzz/bodies/radius.rs"]
mod radius;
#[path = "../../fuzz/bodies/replay.rs"]
mod replay;
#[path = "../../fuzz/bodies/sh.rs"]
mod sh;
#[path = "../../fuzz/bodies/sip.rs"]
mod sip;
#[path = "../../fuzz/bodies/ss7_lower.rs"]
mod ss7_lower;
#[path = "../../fuzz/bodies/tcap.rs"]
mod tcap;

use replay::replay;

const FUZZ: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../fuzz");

#[test]
fn every_diameter_input_is_read_or_refused() {
    replay(FUZZ, "diameter", diameter::run);
}

#[test]
fn every_mlp_input_is_read_or_refused() {
    replay(FUZZ, "mlp", mlp::run);
}

#[test]
fn every_pidf_input_is_read_or_refused() {
    replay(FUZZ, "pidf", pidf::run);
}

#[test]
fn every_radius_input_is_read_or_refused() {
    replay(FUZZ, "radius", radius::run);
}

#[test]
fn every_sh_input_is_read_or_refused() {
    replay(FUZZ, "sh", sh::run);
}

#[test]
fn every_sip_input_is_read_or_refused() {
    replay(FUZZ, "sip", sip::run);
}

#[test]
fn every_ss7_lower_input_is_read_or_refused() {
    replay(FUZZ, "ss7_lower", ss7_lower::run);
}

#[test]
fn every_tcap_input_is_read_or_refused() {
    replay(FUZZ, "tcap", tcap::run);
}
