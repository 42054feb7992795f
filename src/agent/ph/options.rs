//! What the operator decides about Ph.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::session::diameter;

/// The room.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Realm of the HSS (default `""`: our own; Destination-Realm).
    pub realm: SmolStr,
    /// Diameter identity of the HSS (default `""`: whoever serves the realm; Destination-Host).
    pub hss: SmolStr,
    /// Whether IMS registration is asked for and subscribed to (default true).
    pub ims: bool,
    /// Whether state and place in the circuit-switched domain are asked for (default true).
    pub cs: bool,
    /// Whether state and place in the packet-switched domain are asked for (default true).
    pub ps: bool,
    /// How long a subscription is asked for (default 24h); it is renewed before its end.
    #[serde(with = "crate::options::duration")]
    pub subscription_lifetime: Duration,
    /// How often the domains are asked about a presentity that is watched (default 5m; 0s: only
    /// when watching begins). What they know cannot be subscribed to.
    #[serde(with = "crate::options::duration")]
    pub poll_interval: Duration,
    /// How long after the last watcher left a subscription is kept (default 1m).
    #[serde(with = "crate::options::duration")]
    pub hold_off: Duration,
    /// How long after a passing failure a request is tried again (default 1m).
    #[serde(with = "crate::options::duration")]
    pub retry_interval: Duration,
    /// How long after the HSS refused it a subscription is tried again while somebody watches
    /// (default 1h; 0s: not before watching begins anew, or the HSS does).
    #[serde(with = "crate::options::duration")]
    pub refused_retry_interval: Duration,
    /// Most presentities that are watched (count, default 1000000).
    pub users_max: usize,
    /// Most requests that are under way at a time (count, default 64): a crowd of watchers, or an
    /// HSS that restarted, is dealt with at this pace.
    pub requests_max: usize,
    /// Whether a notification that was not subscribed to is refused, so that the HSS forgets about
    /// it (default true).
    pub refuse_unsubscribed: bool,
    /// The Diameter node and its peers.
    pub diameter: diameter::Options,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            realm: SmolStr::default(),
            hss: SmolStr::default(),
            ims: true,
            cs: true,
            ps: true,
            subscription_lifetime: Duration::from_hours(24),
            poll_interval: Duration::from_mins(5),
            hold_off: Duration::from_mins(1),
            retry_interval: Duration::from_mins(1),
            refused_retry_interval: Duration::from_hours(1),
            users_max: 1_000_000,
            requests_max: 64,
            refuse_unsubscribed: true,
            diameter: diameter::Options::default(),
        }
    }
}
