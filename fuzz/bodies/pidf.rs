//! Presence documents: read or refused; what was read can be written and read again.

use pengate_codecs::pidf;

/// One input.
pub fn run(octets: &[u8]) {
    pidf::exercise(octets).expect("what was read once reads again");
}
