//! What the operator decides about location servers.

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::session::http;

/// What the operator decides about this room.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// The location servers (list, default empty). A subscriber is asked for at the first one that
    /// is reached.
    pub servers: Vec<ServerOptions>,
    /// TCP addresses where location servers push reports to us (list, default empty).
    pub listen: Vec<SocketAddr>,
    /// How old a position may be (default 5m): an older one is asked for anew while somebody is
    /// shown it.
    #[serde(with = "crate::options::duration")]
    pub max_age: Duration,
    /// How long a position is believed in without further word (default 15m).
    #[serde(with = "crate::options::duration")]
    pub lifetime: Duration,
    /// Least time between two requests about one subscriber (default 30s), whatever watchers do.
    #[serde(with = "crate::options::duration")]
    pub subscriber_interval: Duration,
    /// How long a subscriber is left alone whom the server does not know, or may not locate
    /// (default 1d).
    #[serde(with = "crate::options::duration")]
    pub refusal_interval: Duration,
    /// How long an answer may take (default 30s).
    #[serde(with = "crate::options::duration")]
    pub request_timeout: Duration,
    /// First waiting time after a failure (default 1s); it doubles up to `retry_max`.
    #[serde(with = "crate::options::duration")]
    pub retry_first: Duration,
    /// Longest waiting time after failures (default 5m).
    #[serde(with = "crate::options::duration")]
    pub retry_max: Duration,
    /// How far ahead of our clock a position's time may be (default 60s); beyond, the position is
    /// not taken and a fault counted.
    #[serde(with = "crate::options::duration")]
    pub clock_ahead_max: Duration,
    /// Most subscribers that are asked for (count, default 1000000).
    pub subscribers_max: usize,
    /// Most subscribers that wait for a free connection (count, default 10000); one more is asked
    /// for later.
    pub queue_max: usize,
    /// Target of what servers push to us (default `"/"`); another one is answered 404.
    pub push_target: SmolStr,
    /// Most connections of servers that push (count, default 256).
    pub push_connections_max: usize,
    /// Limits and times of connections.
    pub http: http::Options,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            servers: Vec::new(),
            listen: Vec::new(),
            max_age: Duration::from_mins(5),
            lifetime: Duration::from_mins(15),
            subscriber_interval: Duration::from_secs(30),
            refusal_interval: Duration::from_hours(24),
            request_timeout: Duration::from_secs(30),
            retry_first: Duration::from_secs(1),
            retry_max: Duration::from_mins(5),
            clock_ahead_max: Duration::from_secs(60),
            subscribers_max: 1_000_000,
            queue_max: 10_000,
            push_target: SmolStr::new_static("/"),
            push_connections_max: 256,
            http: http::Options::default(),
        }
    }
}

/// One location server.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServerOptions {
    /// Its name in events, logs and metrics.
    pub name: SmolStr,
    /// Its address and port (default port of the protocol: 9210).
    pub address: SocketAddr,
    /// Its name in requests (`Host`); empty for its address.
    pub host: SmolStr,
    /// Path of its service (default `"/"`).
    pub target: SmolStr,
    /// Which version it speaks (`"3.1"`, `"3.4"` or `"3.5"`; default 3.4).
    pub version: VersionOption,
    /// Our name there.
    pub client: SmolStr,
    /// Our password there; empty for none.
    pub password: SmolStr,
    /// In the name of which service we ask; empty for none.
    pub service: SmolStr,
    /// Most connections (count, default 4): each carries one request at a time.
    pub connections_max: usize,
    /// Least time between two requests (default 10ms).
    #[serde(with = "crate::options::duration")]
    pub interval: Duration,
    /// How exact a position is wanted: metres; 0 (default) for as exact as there is.
    pub horizontal_accuracy: u32,
    /// Its name in what it pushes; empty (default): it is known by its address alone.
    pub push_client: SmolStr,
    /// Its password in what it pushes: needed beside `push_client`.
    pub push_password: SmolStr,
}

impl Default for ServerOptions {
    fn default() -> Self {
        Self {
            name: SmolStr::new_static("gmlc"),
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 9210)),
            host: SmolStr::default(),
            target: SmolStr::new_static("/"),
            version: VersionOption::default(),
            client: SmolStr::new_static("pengate"),
            password: SmolStr::default(),
            service: SmolStr::default(),
            connections_max: 4,
            interval: Duration::from_millis(10),
            horizontal_accuracy: 0,
            push_client: SmolStr::default(),
            push_password: SmolStr::default(),
        }
    }
}

/// Which version of the protocol a server speaks.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub enum VersionOption {
    /// Of 3GPP release 5.
    #[serde(rename = "3.1")]
    V31,
    /// Of 3GPP release 10.
    #[default]
    #[serde(rename = "3.4")]
    V34,
    /// The latest.
    #[serde(rename = "3.5")]
    V35,
}

impl From<VersionOption> for pengate_codecs::mlp::Version {
    fn from(option: VersionOption) -> Self {
        match option {
            VersionOption::V31 => Self::V31,
            VersionOption::V34 => Self::V34,
            VersionOption::V35 => Self::V35,
        }
    }
}
