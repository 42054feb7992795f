//! Limits and times of what is kept of a presentity.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::options::duration;

/// How much is kept of what the network told, and how long.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// How late an event may come and still end in the same state (`"1h"`): so long is remembered
    /// what ended.
    #[serde(with = "duration")]
    pub reorder_horizon: Duration,
    /// Live packet sessions of a presentity (64); beyond, the oldest is forgotten.
    pub sessions_max: usize,
    /// Ended sessions and expired states remembered of a presentity (64); beyond, the oldest is
    /// forgotten.
    pub tombstones_max: usize,
    /// Most network elements whose names are kept (65536); what one more tells counts, but its
    /// restart ends no session.
    pub reporters_max: usize,
    /// Most access points whose names are kept (65536); one more is not shown, and its reset ends no
    /// session.
    pub access_points_max: usize,
    /// Most resets of network elements remembered for sessions that are told late (65536); beyond,
    /// the oldest is forgotten.
    pub resets_max: usize,
    /// How long telephony stays open after the network could not reach the device (`"0s"`).
    #[serde(with = "duration")]
    pub unreachable_hold_off: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            reorder_horizon: Duration::from_secs(3_600),
            sessions_max: 64,
            tombstones_max: 64,
            reporters_max: 65_536,
            access_points_max: 65_536,
            resets_max: 65_536,
            unreachable_hold_off: Duration::ZERO,
        }
    }
}
