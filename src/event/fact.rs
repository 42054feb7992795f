//! What can happen to a subscriber, as far as presence is concerned.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use super::{Located, Place, Plmn, lifetime};

/// What a network element told. Closed, and every value absolute: a fact tells a state, never a
/// difference to an earlier one, so that repeating it changes nothing.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Fact {
    /// Attached, detached, reachable or not in a domain.
    Mobility(Mobility),
    /// A circuit-switched call.
    Call(Call),
    /// A packet session (PDP context, bearer, tunnel session) began, goes on or ended.
    Session(Session),
    /// IMS registration.
    Registration(Registration),
    /// WLAN access or a tunnel through it.
    Access(Access),
    /// A position.
    Located(Located),
    /// Subscription data of the operator.
    Profile(Profile),
    /// The network element itself restarted: all sessions it had are gone. Has no subject.
    Reset(Reset),
}

/// The two domains of the core network (TS 23.002).
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Domain {
    /// Circuit-switched.
    Cs,
    /// Packet-switched.
    Ps,
}

/// Home or visited network.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Roaming {
    /// In the home network.
    Home,
    /// In a visited network.
    Visited,
}

/// Mobility management state.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum MobilityState {
    /// Attached; whether idle or connected is not known.
    Attached,
    /// Attached and idle.
    Idle,
    /// Attached with a signalling connection.
    Connected,
    /// Attached but not reachable for paging.
    NotReachable,
    /// Detached by the device.
    DetachedByDevice,
    /// Detached by the network.
    DetachedByNetwork,
    /// Detached; by whom is not known.
    Detached,
}

impl MobilityState {
    /// Whether the device is not attached.
    #[must_use]
    pub const fn is_detached(self) -> bool {
        matches!(
            self,
            Self::DetachedByDevice | Self::DetachedByNetwork | Self::Detached
        )
    }
}

/// Mobility in one domain.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Mobility {
    /// The domain.
    pub domain: Domain,
    /// The state; absent when only the place is told.
    #[serde(default)]
    pub state: Option<MobilityState>,
    /// The serving network.
    #[serde(default)]
    pub serving: Option<Plmn>,
    /// Where.
    #[serde(default)]
    pub place: Option<Place>,
}

/// State of a call.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CallState {
    /// Being set up or in progress.
    Busy,
    /// Over.
    Idle,
}

/// What a call carries.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bearer {
    /// Speech.
    Speech,
    /// 3.1 kHz audio.
    #[serde(rename = "audio-3k1")]
    Audio,
    /// Data.
    Data,
    /// Facsimile.
    Fax,
    /// Video telephony.
    Video,
    /// Not told.
    Unknown,
}

impl Bearer {
    /// Its word in events and documents.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Speech => "speech",
            Self::Audio => "audio-3k1",
            Self::Data => "data",
            Self::Fax => "fax",
            Self::Video => "video",
            Self::Unknown => "unknown",
        }
    }
}

/// A circuit-switched call.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Call {
    /// In progress or over.
    pub state: CallState,
    /// What it carries.
    pub bearer: Bearer,
}

/// Where a session stands.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// A context of the session is active (first told, or told again).
    Active,
    /// The context ended; others of the session may go on.
    ContextEnded,
    /// The session ended with all its contexts.
    Ended,
}

/// Radio access technology (TS 29.061 clause 16.4.7, 3GPP-RAT-Type).
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Rat {
    /// UMTS.
    Utran,
    /// GSM.
    Geran,
    /// Wireless LAN.
    Wlan,
    /// Generic access.
    Gan,
    /// HSPA evolution.
    Hspa,
    /// LTE.
    Eutran,
    /// Virtual.
    Virtual,
    /// Narrowband IoT.
    Nbiot,
    /// LTE for machines.
    Ltem,
    /// 5G new radio.
    Nr,
    /// Any other, by its number.
    Other(u8),
}

/// A packet session, or one context of it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Session {
    /// Where it stands.
    pub phase: Phase,
    /// The session's identifier as the network element calls it.
    pub id: SmolStr,
    /// The context within the session: an NSAPI, 5 to 15, or of a sub-session a number that is made of
    /// its own, 1 to 255 (RFC 6733 clause 9.8.6).
    #[serde(default)]
    pub context: Option<u8>,
    /// Access point name.
    #[serde(default)]
    pub apn: Option<SmolStr>,
    /// Radio access technology.
    #[serde(default)]
    pub rat: Option<Rat>,
    /// The network that serves the subscriber.
    #[serde(default)]
    pub serving: Option<Plmn>,
    /// The subscriber's own network, when the element tells it.
    #[serde(default)]
    pub home: Option<Plmn>,
    /// Where the subscriber is.
    #[serde(default)]
    pub place: Option<Place>,
    /// Offset of local time from UTC in minutes, daylight saving included.
    #[serde(default)]
    pub time_offset: Option<i16>,
    /// How long the session is believed in without further word.
    #[serde(default, with = "lifetime")]
    pub lifetime: Option<Duration>,
}

/// State of an IMS registration.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RegistrationState {
    /// Registered.
    Active,
    /// Not registered.
    Terminated,
}

/// IMS registration of a public identity.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Registration {
    /// The state.
    pub state: RegistrationState,
    /// How long it is valid without further word.
    #[serde(default, with = "lifetime")]
    pub lifetime: Option<Duration>,
    /// Home or visited network.
    #[serde(default)]
    pub roaming: Option<Roaming>,
    /// The access that the user came by.
    #[serde(default)]
    pub access: Option<Rat>,
    /// Where, when the access network told a cell.
    #[serde(default)]
    pub place: Option<Place>,
}

/// Access other than by the mobile radio network.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AccessNetwork {
    /// Wireless LAN (Pr).
    Wlan,
    /// A tunnel to a PDG (Pp).
    Tunnel,
}

/// WLAN access or a tunnel, up or down.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Access {
    /// Which.
    pub network: AccessNetwork,
    /// Up or down.
    pub up: bool,
    /// How long it is believed in without further word.
    #[serde(default, with = "lifetime")]
    pub lifetime: Option<Duration>,
}

/// Subscription data of the operator.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Profile {
    /// Whether the operator bars the subscriber.
    pub barred: bool,
}

/// The network element restarted or goes down.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Reset {
    /// Only the sessions of this access point name; absent: all.
    #[serde(default)]
    pub apn: Option<SmolStr>,
}
