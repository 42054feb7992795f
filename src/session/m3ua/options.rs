//! How an M3UA link behaves.

use std::time::Duration;

use pengate_codecs::m3ua::TrafficMode;
use serde::{Deserialize, Serialize};

use crate::options::duration;

/// Which part we play (RFC 4666 clause 1.2).
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// An application server process of a signalling gateway.
    #[default]
    Asp,
    /// A peer of another IP node, which says ASP Up first.
    IpspClient,
    /// A peer of another IP node, which waits for its ASP Up.
    IpspServer,
}

/// How traffic is shared with other processes of the same application server.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sharing {
    /// One takes all traffic over.
    Override,
    /// Several share it.
    #[default]
    Loadshare,
    /// Every one gets all of it.
    Broadcast,
}

impl Sharing {
    pub(super) const fn mode(self) -> TrafficMode {
        match self {
            Self::Override => TrafficMode::Override,
            Self::Loadshare => TrafficMode::Loadshare,
            Self::Broadcast => TrafficMode::Broadcast,
        }
    }
}

/// How one link behaves.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Which part we play: `"asp"` (default), `"ipsp-client"` or `"ipsp-server"`.
    pub role: Role,
    /// ASP Identifier, when the gateway wants one (default none).
    pub asp_identifier: Option<u32>,
    /// Routing contexts of our application servers (default none: the gateway knows them).
    pub routing_contexts: Vec<u32>,
    /// Network appearance of our point codes (default none).
    pub network_appearance: Option<u32>,
    /// How traffic is shared: `"override"`, `"loadshare"` (default) or `"broadcast"`.
    pub traffic_mode: Sharing,
    /// T(ack): how long to wait for an acknowledgement before asking again (default `"2s"`).
    #[serde(with = "duration")]
    pub ack_timeout: Duration,
    /// How often to ask before the association is given up (count, default 10); or, where other
    /// routing contexts of it carry traffic, before `retry_interval` is waited.
    pub ack_attempts_max: u32,
    /// How long to wait after a refusal before asking again (default `"30s"`).
    #[serde(with = "duration")]
    pub retry_interval: Duration,
    /// Time between heartbeats (default `"30s"`; `"0s"` for none).
    #[serde(with = "duration")]
    pub heartbeat_interval: Duration,
    /// How long to wait for a heartbeat's acknowledgement before the association is given up
    /// (default `"10s"`).
    #[serde(with = "duration")]
    pub heartbeat_timeout: Duration,
    /// Time between audits of destinations that are not available (default `"30s"`).
    #[serde(with = "duration")]
    pub audit_interval: Duration,
    /// Most destinations whose state is remembered (count, default 1024). What is told of more is
    /// counted as a fault.
    pub destinations_max: usize,
}

impl Options {
    /// Whether traffic in a routing context is ours: any is where none are named.
    #[inline(always)]
    pub(super) fn takes(&self, context: u32) -> bool {
        let ours = &self.routing_contexts;
        ours.is_empty() || ours.contains(&context)
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            role: Role::Asp,
            asp_identifier: None,
            routing_contexts: Vec::new(),
            network_appearance: None,
            traffic_mode: Sharing::Loadshare,
            ack_timeout: Duration::from_secs(2),
            ack_attempts_max: 10,
            retry_interval: Duration::from_secs(30),
            heartbeat_interval: Duration::from_secs(30),
            heartbeat_timeout: Duration::from_secs(10),
            audit_interval: Duration::from_secs(30),
            destinations_max: 1024,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_survives_toml_and_unknown_keys_are_refused() {
        let text = toml::to_string(&Options::default()).unwrap();
        assert!(text.contains("ack_timeout = \"2s\""), "{text}");
        assert_eq!(
            toml::from_str::<Options>(&text).unwrap(),
            Options::default()
        );
        assert!(toml::from_str::<Options>("ack_timeuot = \"2s\"").is_err());
        let role = toml::from_str::<Options>("role = \"ipsp-server\"\ntraffic_mode = \"override\"");
        let role = role.unwrap();
        assert_eq!(
            (role.role, role.traffic_mode),
            (Role::IpspServer, Sharing::Override)
        );
        assert_eq!(Sharing::Broadcast.mode(), TrafficMode::Broadcast);
    }
}
