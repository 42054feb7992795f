//! Who we are in SCCP, and what reassembly may hold.

use std::time::Duration;

use pengate_codecs::sccp::subsystem;
use serde::{Deserialize, Serialize};

use crate::options::duration;

/// Our own address and limits.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Our own global title: E.164 digits, international, without "+" (default none: answers are
    /// routed by point code and subsystem).
    pub global_title: String,
    /// Our subsystems (default 147 for MAP and 146 for CAP). Others are unequipped.
    pub subsystems: Vec<u8>,
    /// T(reass): how long a message waits for its segments (default `"15s"`; Q.714 has 10 to 20).
    #[serde(with = "duration")]
    pub reassembly_timeout: Duration,
    /// Most messages that wait for segments (count, default 1024). One more drops the oldest.
    pub reassemblies_max: usize,
    /// Most octets of all messages that wait for segments (default 4194304). Beyond it the oldest
    /// are dropped.
    pub reassembly_bytes_max: usize,
    /// How many relays a segmented message of ours may pass (1 to 15, default 15).
    pub hop_counter: u8,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            global_title: String::new(),
            subsystems: vec![subsystem::GSM_SCF, subsystem::CAP],
            reassembly_timeout: Duration::from_secs(15),
            reassemblies_max: 1024,
            reassembly_bytes_max: 4 << 20,
            hop_counter: 15,
        }
    }
}
