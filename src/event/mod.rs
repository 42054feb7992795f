//! The one vocabulary of what network elements tell: no protocol is named here.
//!
//! A room turns a message into a [`NetworkEvent`]. Its JSON form is the golden format of the replay
//! tests and what `pengate replay --events` prints.

mod digits;
mod fact;
mod hexadecimal;
mod lifetime;
mod place;
mod redact;
mod shape;
mod subject;

use pengate_codecs::Stamp;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

pub use digits::{Digits, ParseDigitsError};
pub use fact::{
    Access, AccessNetwork, Bearer, Call, CallState, Domain, Fact, Mobility, MobilityState, Phase,
    Profile, Rat, Registration, RegistrationState, Reset, Roaming, Session,
};
pub use place::{Cell, Fix, Located, Method, Place, Plmn};
pub use redact::Redacted;
pub use shape::{Corner, Ring, Shape};
pub use subject::{Imsi, Msisdn, SessionKey, Subject};

/// The reference point that an event came over (TS 23.141 clause 5.2.2.2).
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// MSC server or VLR.
    Pc,
    /// SGSN.
    Pg,
    /// HSS or HLR.
    Ph,
    /// S-CSCF.
    Pi,
    /// GGSN.
    Pk,
    /// GMLC.
    Pl,
    /// PDG.
    Pp,
    /// 3GPP AAA server.
    Pr,
}

impl Source {
    /// Every reference point of the supplier side, in order.
    pub const ALL: [Self; 8] = [
        Self::Pc,
        Self::Pg,
        Self::Ph,
        Self::Pi,
        Self::Pk,
        Self::Pl,
        Self::Pp,
        Self::Pr,
    ];

    /// Its place in [`Self::ALL`].
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The specification's name in lower case: a metric label and a part of config keys.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pc => "pc",
            Self::Pg => "pg",
            Self::Ph => "ph",
            Self::Pi => "pi",
            Self::Pk => "pk",
            Self::Pl => "pl",
            Self::Pp => "pp",
            Self::Pr => "pr",
        }
    }
}

/// When something happened and which of two simultaneous events counts.
///
/// The order is total, so that late, repeated and reordered events end in the same state: the
/// greater order wins.
#[derive(
    Clone, Copy, Debug, Default, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize,
)]
pub struct Order {
    /// The event's own time.
    pub at: Stamp,
    /// Names the event within its source. Its upper octet ranks events of one instant (an end after
    /// a start), the rest is a digest of what makes the event the same event when it comes again.
    #[serde(with = "hexadecimal")]
    pub id: u64,
}

/// One thing that a network element told.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct NetworkEvent {
    /// When it happened, and its place among events of the same instant.
    #[serde(flatten)]
    pub order: Order,
    /// Over which reference point.
    pub source: Source,
    /// Which network element told it: its name, number or address.
    pub reporter: SmolStr,
    /// Whom it is about.
    #[serde(default)]
    pub subject: Subject,
    /// What happened.
    pub fact: Fact,
}

impl NetworkEvent {
    /// The event as one line of JSON without what is absent: the golden format.
    #[must_use]
    pub fn to_json(&self) -> String {
        to_json(self)
    }
}

/// One line of JSON without members that are null or empty objects.
///
/// Types that also live in the log must serialise every member, so leaving members out is done
/// here and not by attributes.
pub fn to_json<T: Serialize>(value: &T) -> String {
    serde_json::to_value(value)
        .map(|mut tree| {
            strip_nulls(&mut tree);
            tree.to_string()
        })
        .unwrap_or_default()
}

fn strip_nulls(tree: &mut serde_json::Value) {
    match tree {
        serde_json::Value::Object(members) => {
            members.values_mut().for_each(strip_nulls);
            members.retain(|_, value| {
                !value.is_null() && value.as_object().is_none_or(|object| !object.is_empty())
            });
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(strip_nulls),
        _ => {}
    }
}
