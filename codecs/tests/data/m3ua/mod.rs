//! Test vectors: whole M3UA messages as hexadecimal text, one a file, with the identities of the
//! test network 001/01. tshark reads them and finds nothing malformed:
//!
//! ```sh
//! for f in *.hex; do grep -v '^#' $f | xxd -r -p | od -Ax -tx1 -v; done |
//!     text2pcap -q -S 2905,2905,3 - vectors.pcap
//! tshark -r vectors.pcap -V
//! ```
#![allow(dead_code, reason = "each user of the vectors takes some of them")]
#![allow(
    clippy::unwrap_used,
    reason = "a vector that is no hexadecimal text stops the test"
)]

/// All vectors, by name.
pub const VECTORS: [(&str, &str); 11] = [
    ("note-mm-event-cs", NOTE_MM_EVENT_CS),
    ("note-mm-event-ps", NOTE_MM_EVENT_PS),
    ("note-mm-event-result", NOTE_MM_EVENT_RESULT),
    ("note-mm-event-error", NOTE_MM_EVENT_ERROR),
    ("initial-dp", INITIAL_DP),
    ("event-report-bcsm", EVENT_REPORT_BCSM),
    ("initial-dp-gprs", INITIAL_DP_GPRS),
    ("event-report-gprs", EVENT_REPORT_GPRS),
    ("initial-dp-sms", INITIAL_DP_SMS),
    ("any-time-interrogation", ANY_TIME_INTERROGATION),
    (
        "any-time-interrogation-result",
        ANY_TIME_INTERROGATION_RESULT,
    ),
];

pub const NOTE_MM_EVENT_CS: &str = include_str!("note-mm-event-cs.hex");
pub const NOTE_MM_EVENT_PS: &str = include_str!("note-mm-event-ps.hex");
pub const NOTE_MM_EVENT_RESULT: &str = include_str!("note-mm-event-result.hex");
pub const NOTE_MM_EVENT_ERROR: &str = include_str!("note-mm-event-error.hex");
pub const INITIAL_DP: &str = include_str!("initial-dp.hex");
pub const EVENT_REPORT_BCSM: &str = include_str!("event-report-bcsm.hex");
pub const INITIAL_DP_GPRS: &str = include_str!("initial-dp-gprs.hex");
pub const EVENT_REPORT_GPRS: &str = include_str!("event-report-gprs.hex");
pub const INITIAL_DP_SMS: &str = include_str!("initial-dp-sms.hex");
pub const ANY_TIME_INTERROGATION: &str = include_str!("any-time-interrogation.hex");
pub const ANY_TIME_INTERROGATION_RESULT: &str = include_str!("any-time-interrogation-result.hex");

/// The octets of a vector.
pub fn octets(hex: &str) -> Vec<u8> {
    let digits: String = hex.lines().filter(|line| !line.starts_with('#')).collect();
    let pairs = digits.as_bytes().chunks(2);
    pairs
        .map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}
