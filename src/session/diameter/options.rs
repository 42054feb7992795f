//! What the operator decides about a Diameter node.

use std::{net::SocketAddr, time::Duration};

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

/// A Diameter node and its peers.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Our Diameter identity, a domain name (default `"pna.invalid"`; Origin-Host).
    pub host: SmolStr,
    /// Our realm (default `"invalid"`; Origin-Realm).
    pub realm: SmolStr,
    /// TCP addresses where peers connect to us (list, default empty).
    pub listen: Vec<SocketAddr>,
    /// The peers (list, default empty).
    pub peers: Vec<PeerOptions>,
    /// Whether a peer that is not in the list may connect (default false: it is refused with
    /// `DIAMETER_UNKNOWN_PEER`).
    pub accept_unknown_peers: bool,
    /// Most peers, those that are not in the list included (count, default 256).
    pub peers_max: usize,
    /// Most accepted connections that have not said who they are (count, default 64).
    pub strangers_max: usize,
    /// Time between attempts to connect (default 30s; Tc).
    #[serde(with = "crate::options::duration")]
    pub reconnect_interval: Duration,
    /// Time until the next attempt after a peer said that it has no use for a connection (default
    /// 5m).
    #[serde(with = "crate::options::duration")]
    pub refused_interval: Duration,
    /// How long a connection may take to be made, and a peer to tell its capabilities or to
    /// disconnect (default 10s).
    #[serde(with = "crate::options::duration")]
    pub peer_timeout: Duration,
    /// Silence after which a peer is asked whether it is there (default 30s, at least 6s; Tw). Two
    /// seconds more or less are added by chance.
    #[serde(with = "crate::options::duration")]
    pub watchdog_interval: Duration,
    /// How long an answer is waited for (default 10s).
    #[serde(with = "crate::options::duration")]
    pub request_timeout: Duration,
    /// Most requests of ours that wait for an answer (count, default 4096).
    pub requests_max: usize,
    /// How long an answer is kept for repetitions of its request (default 4m: as long as
    /// End-to-End Identifiers are unique).
    #[serde(with = "crate::options::duration")]
    pub answer_retention: Duration,
    /// Most answers kept or due (count, default 65536); of more the oldest that was given is
    /// forgotten before its time, and when as many are due, further requests are refused with
    /// `DIAMETER_TOO_BUSY`.
    pub answers_max: usize,
    /// Most nodes that are known by their Origin-State-Id, to tell a restart (count, default 4096);
    /// of more the one heard least recently is forgotten.
    pub hosts_max: usize,
    /// Longest message (octets, default 262144, at most 16777212). A longer one is passed over and
    /// refused.
    pub message_bytes_max: usize,
}

/// A peer.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct PeerOptions {
    /// Its Diameter identity (text; Origin-Host).
    pub host: SmolStr,
    /// Its address and port, if we are to connect to it (default none: it connects to us).
    pub address: Option<SocketAddr>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            host: SmolStr::new_static("pna.invalid"),
            realm: SmolStr::new_static("invalid"),
            listen: Vec::new(),
            peers: Vec::new(),
            accept_unknown_peers: false,
            peers_max: 256,
            strangers_max: 64,
            reconnect_interval: Duration::from_secs(30),
            refused_interval: Duration::from_mins(5),
            peer_timeout: Duration::from_secs(10),
            watchdog_interval: Duration::from_secs(30),
            request_timeout: Duration::from_secs(10),
            requests_max: 4096,
            answer_retention: Duration::from_mins(4),
            answers_max: 65_536,
            hosts_max: 4096,
            message_bytes_max: 256 << 10,
        }
    }
}
