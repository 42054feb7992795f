//! The options that belong to no room: addresses, files, logs.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use serde::{Deserialize, Serialize};

use super::{CheckpointOptions, Connections, LogOptions};
use crate::{
    event::Source,
    options::{Network, duration},
    session::sip::front,
};

/// Where RADIUS is spoken, and with whom.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Radius {
    /// UDP addresses to listen on, IPv4 or IPv6 (default `["127.0.0.1:1813"]`).
    pub listen: Vec<SocketAddr>,
    /// UDP addresses where a 3GPP AAA server sends accounting of WLAN access: reference point Pr
    /// (list, default empty).
    pub listen_pr: Vec<SocketAddr>,
    /// UDP addresses where a PDG sends accounting of tunnels: reference point Pp (list, default
    /// empty).
    pub listen_pp: Vec<SocketAddr>,
    /// Networks of RADIUS clients (default: loopback with the secret `testing123`). Of several
    /// networks that a client is in, the one with the longest prefix counts. What comes from
    /// elsewhere is dropped and counted. When this list is given, it replaces the default list.
    pub clients: Vec<RadiusClient>,
}

impl Default for Radius {
    fn default() -> Self {
        Self {
            listen: vec![loopback(1813)],
            listen_pr: Vec::new(),
            listen_pp: Vec::new(),
            clients: loopback_networks()
                .into_iter()
                .map(|network| RadiusClient {
                    network,
                    secret: Some(Secret::new("testing123")),
                    secret_file: None,
                })
                .collect(),
        }
    }
}

impl Radius {
    /// Every listener with its key and reference point.
    pub fn listeners(&self) -> impl Iterator<Item = (&'static str, Source, SocketAddr)> {
        let rooms = [
            ("listen", Source::Pk, &self.listen),
            ("listen_pr", Source::Pr, &self.listen_pr),
            ("listen_pp", Source::Pp, &self.listen_pp),
        ];
        rooms
            .into_iter()
            .flat_map(|(key, source, addresses)| addresses.iter().map(move |at| (key, source, *at)))
    }
}

/// A network of RADIUS clients that share one secret.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RadiusClient {
    /// Their addresses: an IP address with a prefix length (no default).
    pub network: Network,
    /// The secret shared with these clients (no default); this or `secret_file` is needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<Secret>,
    /// A file that holds the secret and nothing else (no default); a line end at its end does not
    /// count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_file: Option<PathBuf>,
}

/// A shared secret: `Debug` does not show it.
#[derive(Clone, Deserialize, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret.
    #[must_use]
    pub fn new(secret: impl Into<String>) -> Self {
        Self(secret.into())
    }

    /// The octets that the two sides share.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(~)")
    }
}

/// Where SIP is spoken, for whom, and who is believed.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Sip {
    /// Addresses to listen on, IPv4 or IPv6, each over UDP and TCP (default `["127.0.0.1:5060"]`).
    pub listen: Vec<SocketAddr>,
    /// Provisioned domains: any user of them is a presentity (default `["ims.example"]`).
    pub domains: Vec<String>,
    /// Peers that may assert identities (P-Asserted-Identity, else From), as an S-CSCF does:
    /// addresses or networks (default: loopback). Requests of other peers are refused.
    pub trusted: Vec<Network>,
    /// Transport and transactions.
    pub transport: front::Options,
    /// TCP connections.
    pub connections: Connections,
}

impl Default for Sip {
    fn default() -> Self {
        Self {
            listen: vec![loopback(5060)],
            domains: vec!["ims.example".to_owned()],
            trusted: loopback_networks(),
            transport: front::Options::default(),
            connections: Connections::default(),
        }
    }
}

/// Links to network elements.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Links {
    /// TCP connections and SCTP associations of all feeds together.
    pub connections: Connections,
}

/// The administrative HTTP listener.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Admin {
    /// TCP address to listen on (default `127.0.0.1:8080`). It shows identities in clear and asks
    /// for no password: keep it where only operators reach it.
    pub listen: SocketAddr,
    /// How long a request waits for the gateway before it is answered 503 (default `"2s"`).
    #[serde(with = "duration")]
    pub timeout: Duration,
    /// Most requests waiting for the gateway at a time (default 64). One more is answered 503 at
    /// once.
    pub waiting_max: usize,
    /// How long a network element may say nothing before it is shown as silent, where its protocol
    /// has no connections that would tell (default `"5m"`).
    #[serde(with = "duration")]
    pub silent_after: Duration,
}

impl Default for Admin {
    fn default() -> Self {
        Self {
            listen: loopback(8080),
            timeout: Duration::from_secs(2),
            waiting_max: 64,
            silent_after: Duration::from_mins(5),
        }
    }
}

/// Where what must outlive the process is kept.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Data {
    /// Folder of the pen log and the state store (default `data`); made when it is missing. Each
    /// running gateway needs its own.
    pub folder: PathBuf,
}

impl Default for Data {
    fn default() -> Self {
        Self {
            folder: PathBuf::from("data"),
        }
    }
}

/// Which identities are tied to which presentity.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Subscribers {
    /// CSV file with the columns imsi, msisdn and uris; several URIs have a space between them
    /// (default `config/subscribers.csv`). When the default file does not exist, a copy within the
    /// program stands in, with two test subscribers.
    pub file: PathBuf,
}

impl Default for Subscribers {
    fn default() -> Self {
        Self {
            file: PathBuf::from(Self::DEFAULT_FILE),
        }
    }
}

impl Subscribers {
    /// The file whose place an embedded copy takes.
    pub const DEFAULT_FILE: &str = "config/subscribers.csv";
}

/// How updates are filed.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Pen {
    /// How many partitions presentities are spread over (default 256). A data folder keeps the
    /// number it was made with; with another the gateway does not start.
    pub partitions: u16,
    /// The log on disk.
    pub log: LogOptions,
    /// The state behind the log.
    pub state: CheckpointOptions,
}

impl Default for Pen {
    fn default() -> Self {
        Self {
            partitions: 256,
            log: LogOptions::default(),
            state: CheckpointOptions::default(),
        }
    }
}

/// What the process does when told to end.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Shutdown {
    /// How long SIGTERM waits for what is under way to become durable and be answered (default
    /// `"5s"`); then the process ends anyway.
    #[serde(with = "duration")]
    pub timeout: Duration,
}

impl Default for Shutdown {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(5),
        }
    }
}

/// Log lines on standard error.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// The least severe level that is written: error, warn, info, debug or trace (default `info`).
    /// The environment variable PENGATE_LOG overrides it and takes levels for modules, such as
    /// `info,pengate::io=debug`.
    pub level: Level,
    /// How a line looks: text or json (default `text`).
    pub format: Format,
    /// How identities of subscribers are shown: redacted (as digests that mean something within one
    /// run only) or clear (personal data end up in the log; default `redacted`).
    pub identities: Identities,
}

/// Severity of a log line.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// The process cannot do its work.
    Error,
    /// Something needs an operator's look.
    Warn,
    /// What an operator wants to know in ordinary service.
    #[default]
    Info,
    /// For finding faults.
    Debug,
    /// Everything.
    Trace,
}

impl Level {
    /// The level as it is written.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }
}

/// Form of a log line.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// Identities of subscribers in log lines.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Identities {
    /// As digests that are the same within one run of the process only.
    #[default]
    Redacted,
    /// In clear: personal data end up in the log.
    Clear,
}

const fn loopback(port: u16) -> SocketAddr {
    SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port)
}

/// 127.0.0.0/8 and ::1/128.
fn loopback_networks() -> Vec<Network> {
    vec![Network::LOOPBACK_V4, Network::LOOPBACK_V6]
}
