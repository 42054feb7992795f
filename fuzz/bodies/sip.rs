//! SIP: any octets are a message or refused; streams are cut at the same places however they come.

use pengate_codecs::sip;

/// One input.
pub fn run(octets: &[u8]) {
    sip::exercise(octets);
}
