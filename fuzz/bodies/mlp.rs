//! MLP: any octets are a document or refused; one bad position leaves the others.

use pengate_codecs::mlp;

/// One input.
pub fn run(octets: &[u8]) {
    mlp::exercise(octets);
}
