//! HTTP: any octets are messages or refused; streams are cut at the same places however they come.

use pengate::session::http;

/// One input.
pub fn run(octets: &[u8]) {
    http::exercise(octets);
}
