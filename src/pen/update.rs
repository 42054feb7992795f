//! What the agent tells the server.

use std::net::IpAddr;

use pengate_codecs::Stamp;
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;
use smol_str::SmolStr;

use super::Presentity;
use crate::event::{
    AccessNetwork, Bearer, CallState, Domain, Imsi, MobilityState, Msisdn, Order, Place, Rat,
    RegistrationState, Roaming, SessionKey, Source,
};

/// The state of one presentity as one event of one source tells it.
///
/// Applying an update twice equals applying it once, and updates may be applied in any order: each
/// [`Change`] has a [`Slot`], and in each slot of each source the greatest [`Order`] wins.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct PresentityUpdate {
    /// Whom it concerns.
    pub presentity: Presentity,
    /// Over which reference point it came.
    pub source: Source,
    /// Which network element told it.
    pub reporter: SmolStr,
    /// When it happened.
    pub order: Order,
    /// The new state, in parts.
    pub changes: SmallVec<[Change; 2]>,
    /// Until when the changes are believed without further word; absent: for ever.
    pub expires: Option<Stamp>,
}

/// One part of a presentity's state. Always absolute, never a difference.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// Mobility management state of a domain.
    Mobility {
        /// The domain.
        domain: Domain,
        /// The state.
        state: MobilityState,
    },
    /// Home or visited network.
    Roaming {
        /// The network it is about.
        network: NetworkId,
        /// Home or visited.
        roaming: Roaming,
    },
    /// A circuit-switched call.
    Call {
        /// In progress or over.
        state: CallState,
        /// What it carries.
        bearer: Bearer,
    },
    /// A packet session, or one context of it.
    Session {
        /// The session.
        key: SessionKey,
        /// The context within it; 0 where the source names none.
        context: u8,
        /// `None` while it lasts.
        ended: Option<Ended>,
        /// Access point name.
        apn: Option<SmolStr>,
        /// Radio access technology.
        rat: Option<Rat>,
        /// The device's address: leads events without other identities to the presentity, and is
        /// never published.
        address: Option<IpAddr>,
    },
    /// IMS registration of the presentity.
    Registration {
        /// Registered or not.
        state: RegistrationState,
    },
    /// WLAN access or tunnel.
    Access {
        /// Which.
        network: AccessNetwork,
        /// Up or down.
        up: bool,
    },
    /// Where the subscriber's device is.
    Place(Place),
    /// Offset of local time from UTC in minutes.
    TimeOffset(i16),
    /// Operator barring.
    Barring(bool),
}

/// How much of a session ended.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Ended {
    /// This context alone.
    Context,
    /// The session with all its contexts.
    Session,
}

/// A network that availability is published for (`op:network`); its published id is configuration.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum NetworkId {
    /// Circuit-switched domain.
    Cs,
    /// Packet-switched domain.
    Ps,
    /// IP multimedia subsystem.
    Ims,
    /// Wireless LAN.
    Wlan,
    /// Tunnel through a WLAN.
    Tunnel,
}

/// Which part of the state a change sets: within one source, the newest change of a slot counts.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Slot {
    /// Mobility of a domain.
    Mobility(Domain),
    /// Roaming in a network.
    Roaming(NetworkId),
    /// The call.
    Call,
    /// A context of a session.
    Context(SessionKey, u8),
    /// The end of a whole session: contexts that are not newer are over.
    SessionEnd(SessionKey),
    /// IMS registration.
    Registration,
    /// WLAN or tunnel.
    Access(AccessNetwork),
    /// The place.
    Place,
    /// The local time.
    TimeOffset,
    /// Barring.
    Barring,
}

impl Change {
    /// The slot that this change sets.
    #[must_use]
    pub const fn slot(&self) -> Slot {
        match *self {
            Self::Mobility { domain, .. } => Slot::Mobility(domain),
            Self::Roaming { network, .. } => Slot::Roaming(network),
            Self::Call { .. } => Slot::Call,
            Self::Session {
                key,
                ended: Some(Ended::Session),
                ..
            } => Slot::SessionEnd(key),
            Self::Session { key, context, .. } => Slot::Context(key, context),
            Self::Registration { .. } => Slot::Registration,
            Self::Access { network, .. } => Slot::Access(network),
            Self::Place(_) => Slot::Place,
            Self::TimeOffset(_) => Slot::TimeOffset,
            Self::Barring(_) => Slot::Barring,
        }
    }
}

/// A network element lost all its sessions: those that it told before `order` are over, for every
/// presentity.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct SourceReset {
    /// Over which reference point.
    pub source: Source,
    /// Which network element.
    pub reporter: SmolStr,
    /// Only the sessions of this access point name; absent: all.
    pub apn: Option<SmolStr>,
    /// When it restarted.
    pub order: Order,
}

/// One identity of a subscriber, as a key.
#[derive(Clone, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum IdentityKey {
    /// IMSI.
    Imsi(Imsi),
    /// Number.
    Msisdn(Msisdn),
    /// Network access identifier.
    Nai(SmolStr),
    /// Canonical public identity.
    Uri(SmolStr),
    /// Address of the device.
    Address(IpAddr),
    /// Session of a network element.
    Session(SessionKey),
}

/// Keys are identities: `Debug` shows the kind only.
impl std::fmt::Debug for IdentityKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Imsi(_) => "Imsi(~)",
            Self::Msisdn(_) => "Msisdn(~)",
            Self::Nai(_) => "Nai(~)",
            Self::Uri(_) => "Uri(~)",
            Self::Address(_) => "Address(~)",
            Self::Session(_) => "Session(~)",
        })
    }
}

/// An identity belongs to a presentity. What was filed under a provisional presentity that the
/// identity led to until now moves.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Bind {
    /// The identity.
    pub key: IdentityKey,
    /// Whose it is.
    pub presentity: Presentity,
    /// The provisional presentity that ceases to be: what was filed under it moves.
    pub former: Option<Presentity>,
    /// Since when, by the event that said so.
    pub order: Order,
    /// How it came about.
    pub tie: Tie,
}

/// How an identity came to a presentity.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Tie {
    /// An event carried it beside a known identity.
    Learned,
    /// The operator provisioned it: never overruled by what is learned.
    Provisioned,
}
