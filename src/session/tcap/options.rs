//! How many dialogues there may be, and how long.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::options::duration;

/// Limits of dialogues.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Most dialogues open at a time (count, default 100000). One more is refused with P-Abort
    /// "resource limitation".
    pub dialogues_max: usize,
    /// How long a dialogue that a peer began may be without an answer of ours before it is aborted
    /// (default `"10s"`; MAP's timer m is 15 to 30 seconds).
    #[serde(with = "duration")]
    pub answer_timeout: Duration,
    /// How long to wait for the answer to a dialogue that we began (default `"20s"`; MAP's timer m).
    #[serde(with = "duration")]
    pub result_timeout: Duration,
    /// How long an established dialogue may be silent before it is aborted (default `"4h"`: a CAP
    /// dialogue lives as long as its call).
    #[serde(with = "duration")]
    pub idle_timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            dialogues_max: 100_000,
            answer_timeout: Duration::from_secs(10),
            result_timeout: Duration::from_secs(20),
            idle_timeout: Duration::from_secs(4 * 3600),
        }
    }
}
