//! Captures: any file gives items, faults and one end; memory stays within the options.

use pengate::feed::capture;

/// One input.
pub fn run(octets: &[u8]) {
    capture::exercise(octets);
}
