//! Test vectors: RADIUS packets as hexadecimal text, one a file, with the identities of the test
//! network 001/01. They were made by another implementation than ours, and tshark reads them:
//!
//! ```sh
//! for f in *.hex; do grep -v '^#' $f | xxd -r -p | od -Ax -tx1 -v; done |
//!     text2pcap -q -u 40000,1813 - vectors.pcap
//! tshark -r vectors.pcap -V -o radius.shared_secret:testing123 \
//!     -o radius.validate_authenticator:TRUE
//! ```
#![allow(dead_code, reason = "each user of the vectors takes some of them")]
#![allow(
    clippy::unwrap_used,
    reason = "a vector that is no hexadecimal text stops the test"
)]

/// The secret of every vector.
pub const SECRET: &str = "testing123";

/// All vectors, by name.
pub const VECTORS: [(&str, &str); 8] = [
    ("accounting-start", ACCOUNTING_START),
    ("accounting-start-response", ACCOUNTING_START_RESPONSE),
    ("accounting-stop", ACCOUNTING_STOP),
    ("accounting-on", ACCOUNTING_ON),
    ("access-request", ACCESS_REQUEST),
    ("access-accept", ACCESS_ACCEPT),
    ("status-server", STATUS_SERVER),
    ("disconnect-request", DISCONNECT_REQUEST),
];

pub const ACCOUNTING_START: &str = include_str!("accounting-start.hex");
pub const ACCOUNTING_START_RESPONSE: &str = include_str!("accounting-start-response.hex");
pub const ACCOUNTING_STOP: &str = include_str!("accounting-stop.hex");
pub const ACCOUNTING_ON: &str = include_str!("accounting-on.hex");
pub const ACCESS_REQUEST: &str = include_str!("access-request.hex");
pub const ACCESS_ACCEPT: &str = include_str!("access-accept.hex");
pub const STATUS_SERVER: &str = include_str!("status-server.hex");
pub const DISCONNECT_REQUEST: &str = include_str!("disconnect-request.hex");

/// The octets of a vector.
pub fn octets(hex: &str) -> Vec<u8> {
    let digits: String = hex.lines().filter(|line| !line.starts_with('#')).collect();
    let pairs = digits.as_bytes().chunks(2);
    pairs
        .map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}
