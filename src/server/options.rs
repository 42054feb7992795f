//! What an operator may set for the server.

use std::time::Duration;

use pengate_codecs::pidf;
use serde::{Deserialize, Serialize};

use super::{compose, facets};
use crate::{
    options::{Network, duration},
    pen::{Handling, Presentity, log::Partition},
};

/// Options of the presence server.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Provisioned domains in lower case: any user of them is a presentity. Set from `sip.domains`.
    #[serde(skip)]
    pub domains: Vec<String>,
    /// Peers that may assert identities. Set from `sip.trusted`.
    #[serde(skip)]
    pub trusted: Vec<Network>,
    /// Partitions of the log, fixed when the log was made (256).
    #[serde(skip)]
    pub partitions: u16,
    /// What becomes of a watcher that no rule of the presentity names (default `"allow"`).
    pub default_handling: Handling,
    /// Whether somebody else than the presentity may publish for it (default false: 403). For
    /// external agents (Pex) behind a trusted peer.
    pub third_party_publication: bool,
    /// Whether a document that says it is about somebody else is taken as if it were about the
    /// presentity (default false: 403).
    pub rewrite_entity: bool,
    /// How long publications live.
    pub publication_expires: Expiry,
    /// How long subscriptions live.
    pub subscription_expires: Expiry,
    /// Most octets of a published document (default 65536). More is answered 413.
    pub publication_bytes_max: usize,
    /// How deep and how full a published document may be.
    pub pidf: pidf::Limits,
    /// What is kept of what the network tells.
    pub facets: facets::Options,
    /// What documents show.
    pub compose: compose::Options,
    /// Most presentities that something is known of (default 10000000). One more is answered 503,
    /// and what the network tells of it is dropped and counted.
    pub presentities_max: usize,
    /// Most live publications of one presentity (default 32). One more is answered 503.
    pub publications_per_presentity_max: usize,
    /// Most subscriptions of all presentities (default 2000000). One more is answered 503.
    pub subscriptions_max: usize,
    /// Most subscriptions of one presentity (default 10000). One more is answered 503.
    pub subscriptions_per_presentity_max: usize,
    /// Most requests that wait until an earlier one on the same publication or dialog is durable
    /// (default 4096). One more is answered 503.
    pub parked_max: usize,
    /// Most requests whose records are on their way to the log (default 65536). One more is
    /// answered 503.
    pub pending_max: usize,
    /// What Retry-After of a 503 says (default `"5s"`).
    #[serde(with = "duration")]
    pub retry_after: Duration,
    /// Longest delay that a watcher's Retry-After is honoured for (default `"5m"`).
    #[serde(with = "duration")]
    pub retry_after_max: Duration,
    /// NOTIFYs a second that watchers are brought up to date with after a restart (default 2000;
    /// 0: each waits for the next change or refresh).
    pub catch_up_per_second: u32,
    /// Whether subscriptions are ended with `terminated;reason=deactivated` when the server is shut
    /// down (default false: they stay, and go on after the restart).
    pub end_subscriptions_on_drain: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            domains: Vec::new(),
            trusted: vec![Network::LOOPBACK_V4, Network::LOOPBACK_V6],
            partitions: 256,
            default_handling: Handling::Allow,
            third_party_publication: false,
            rewrite_entity: false,
            publication_expires: Expiry::default(),
            subscription_expires: Expiry::default(),
            publication_bytes_max: 65_536,
            pidf: pidf::Limits::default(),
            facets: facets::Options::default(),
            compose: compose::Options::default(),
            presentities_max: 10_000_000,
            publications_per_presentity_max: 32,
            subscriptions_max: 2_000_000,
            subscriptions_per_presentity_max: 10_000,
            parked_max: 4_096,
            pending_max: 65_536,
            retry_after: Duration::from_secs(5),
            retry_after_max: Duration::from_secs(300),
            catch_up_per_second: 2_000,
            end_subscriptions_on_drain: false,
        }
    }
}

impl Options {
    /// The partition of a presentity.
    #[must_use]
    pub fn partition(&self, presentity: &Presentity) -> Partition {
        presentity.partition(self.partitions)
    }
}

/// Bounds of a lifetime that a peer asks for. Whole seconds count.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Expiry {
    /// Less is answered 423 (default `"1m"`). Zero has a meaning of its own and is never refused.
    #[serde(with = "duration")]
    pub min: Duration,
    /// Granted when the request names none (default `"1h"`, RFC 3856 clause 6.4).
    #[serde(with = "duration")]
    pub default: Duration,
    /// More is shortened to this (default `"1d"`).
    #[serde(with = "duration")]
    pub max: Duration,
}

impl Default for Expiry {
    fn default() -> Self {
        Self {
            min: Duration::from_secs(60),
            default: Duration::from_secs(3_600),
            max: Duration::from_secs(86_400),
        }
    }
}

impl Expiry {
    /// What is granted for `asked` seconds, zero included.
    ///
    /// # Errors
    /// The least that would be granted, when `asked` is less (RFC 3903 clause 6, RFC 6665 clause
    /// 4.2.1.1): an hour or more is never too brief.
    pub fn grant(self, asked: Option<u32>) -> Result<u32, u32> {
        let (min, max) = (whole_secs(self.min), whole_secs(self.max));
        match asked.unwrap_or_else(|| whole_secs(self.default)) {
            0 => Ok(0),
            asked if asked < min && asked < 3_600 => Err(min),
            asked => Ok(asked.min(max)),
        }
    }

    /// A granted lifetime as a span.
    #[must_use]
    pub const fn span(secs: u32) -> Duration {
        Duration::from_secs(secs as u64)
    }
}

/// Whole seconds, as headers carry them.
pub(super) fn whole_secs(span: Duration) -> u32 {
    u32::try_from(span.as_secs()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lifetime_is_defaulted_refused_shortened_or_granted() {
        let expiry = Expiry::default();
        assert_eq!(expiry.grant(None), Ok(3_600));
        assert_eq!(expiry.grant(Some(59)), Err(60));
        assert_eq!(expiry.grant(Some(60)), Ok(60));
        assert_eq!(expiry.grant(Some(u32::MAX)), Ok(86_400));
    }

    #[test]
    fn zero_and_an_hour_are_never_too_brief() {
        let expiry = Expiry {
            min: Duration::from_secs(7_200),
            ..Expiry::default()
        };
        assert_eq!(expiry.grant(Some(0)), Ok(0));
        assert_eq!(expiry.grant(Some(3_599)), Err(7_200));
        assert_eq!(expiry.grant(Some(3_600)), Ok(3_600));
    }

    #[test]
    fn an_unknown_key_is_refused() {
        assert!(toml::from_str::<Options>("watchers_max = 1").is_err());
        assert_eq!(toml::from_str::<Options>("").unwrap(), Options::default());
    }
}
