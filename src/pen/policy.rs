//! Subscription authorisation policy as it crosses Pen (TS 23.141 clause 4.3.2).

use pengate_codecs::Stamp;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use super::Presentity;

/// What becomes of a watcher (RFC 5025 clause 3.2.1), in rising order of permission.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Handling {
    /// Refused.
    Block,
    /// Held until the presentity decides.
    Confirm,
    /// Accepted, and shown a neutral document.
    PoliteBlock,
    /// Accepted.
    Allow,
}

/// One rule of a presentity.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct WatcherRule {
    /// The watcher's canonical URI; absent: everyone not named by another rule.
    pub watcher: Option<SmolStr>,
    /// What becomes of it.
    pub handling: Handling,
}

/// Replaces the rules of a presentity.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct PolicyChange {
    /// Whose rules.
    pub presentity: Presentity,
    /// When they were decided: an older change never replaces a newer one.
    pub at: Stamp,
    /// The rules; none means the operator's default.
    pub rules: Vec<WatcherRule>,
}
