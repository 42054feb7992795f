//! Whom an event is about: every identity that the network element gave.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use xxhash_rust::xxh3::Xxh3;

use super::{Digits, hexadecimal};

/// International Mobile Subscriber Identity (TS 23.003 clause 2.2).
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub struct Imsi(pub Digits);

/// Mobile subscriber ISDN number (TS 23.003 clause 3.3): international digits without a plus sign.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub struct Msisdn(pub Digits);

/// A session of a network element, as a digest of the element's name and its session identifier.
#[derive(
    Clone, Copy, Debug, Default, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize,
)]
pub struct SessionKey(#[serde(with = "hexadecimal")] pub u64);

impl SessionKey {
    /// The key of session `id` at network element `reporter`.
    #[must_use]
    pub fn new(reporter: &[u8], id: &[u8]) -> Self {
        let mut digest = Xxh3::new();
        digest.update(reporter);
        digest.update(&[0]);
        digest.update(id);
        Self(digest.digest())
    }
}

/// The identities that one event carries; all of them are the same subscriber's.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default)]
pub struct Subject {
    /// The subscriber's IMSI.
    pub imsi: Option<Imsi>,
    /// The subscriber's number.
    pub msisdn: Option<Msisdn>,
    /// Network access identifier or user name.
    pub nai: Option<SmolStr>,
    /// A public identity: SIP, SIPS or tel URI.
    pub uri: Option<SmolStr>,
    /// The address that the network gave to the subscriber's device.
    pub address: Option<IpAddr>,
    /// The session that the event belongs to.
    pub session: Option<SessionKey>,
}

impl Subject {
    /// Whether no identity was given: the event is about the network element itself.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
