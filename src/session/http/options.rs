//! Limits and times of connections.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What a connection may ask of us.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Longest head of a message: start line and header fields (default 16384).
    pub header_bytes_max: usize,
    /// Most header fields of a message (count, default 64; at most 128).
    pub headers_max: usize,
    /// Longest body of a message (default 262144).
    pub body_bytes_max: usize,
    /// Most requests of one connection that wait for their answers (count, default 16); one more is
    /// answered 503, and the connection ends.
    pub pipelined_max: usize,
    /// How long a message may take to arrive (default 10s); then it is answered 408.
    #[serde(with = "crate::options::duration")]
    pub receive_timeout: Duration,
    /// How long a connection may be silent before we end it (default 5m).
    #[serde(with = "crate::options::duration")]
    pub idle_timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            header_bytes_max: 16 << 10,
            headers_max: 64,
            body_bytes_max: 256 << 10,
            pipelined_max: 16,
            receive_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_mins(5),
        }
    }
}

impl Options {
    /// Most octets that wait for the rest of their message: chunks may be as long as what they
    /// carry, and lines end.
    #[must_use]
    pub const fn waiting_max(&self) -> usize {
        self.header_bytes_max
            .saturating_add(self.body_bytes_max.saturating_mul(2))
            .saturating_add(1 << 10)
    }
}
