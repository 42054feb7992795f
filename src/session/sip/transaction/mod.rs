//! Transactions (RFC 3261 clause 17, RFC 6026): who answers whom, and what is sent again.
//!
//! Every timer is a constant, so each has a queue in which the earliest deadline comes first: no
//! heap, no wheel, and a few octets for each transaction however many there are.

mod client;
mod key;
mod queue;
mod server;

use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use client::{BuildClientIdHasher, ClientId, tighten};
pub(super) use client::{Clients, Received, Retransmit};
use key::Key;
pub(super) use key::Keys;
pub(super) use queue::Queue;
pub use server::ServerId;
pub(super) use server::{Arrival, Due, Servers};

/// The timer values of RFC 3261 table 4.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Timers {
    /// T1, the round-trip time assumed: first retransmission after this. Default 500ms.
    #[serde(with = "crate::options::duration")]
    pub t1: Duration,
    /// T2, the longest time between retransmissions. Default 4s.
    #[serde(with = "crate::options::duration")]
    pub t2: Duration,
    /// T4, how long the network may keep a message. Default 5s.
    #[serde(with = "crate::options::duration")]
    pub t4: Duration,
}

impl Default for Timers {
    fn default() -> Self {
        Self {
            t1: Duration::from_millis(500),
            t2: Duration::from_secs(4),
            t4: Duration::from_secs(5),
        }
    }
}

impl Timers {
    /// Timers F, H and J: how long a transaction may take at all.
    #[must_use]
    pub fn transaction(&self) -> Duration {
        self.t1.saturating_mul(64)
    }
}
