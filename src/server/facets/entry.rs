//! One slot of one source: the newest that was told about it.

use pengate_codecs::Stamp;
use serde::{Deserialize, Serialize};

use super::{NameId, Names};
use crate::{
    event::{
        AccessNetwork, Bearer, CallState, Domain, MobilityState, Order, Place, Rat,
        RegistrationState, Roaming, SessionKey, Source,
    },
    pen::{Change, NetworkId, Slot},
};

/// What a slot holds: a [`Change`] in 16 octets.
#[derive(Clone, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub(in crate::server) enum Value {
    Mobility(Domain, MobilityState),
    Roaming(NetworkId, Roaming),
    Call(CallState, Bearer),
    Context {
        key: SessionKey,
        context: u8,
        apn: NameId,
        rat: Option<Rat>,
    },
    SessionEnd(SessionKey),
    Registration(RegistrationState),
    Access(AccessNetwork, bool),
    Place(Box<Place>),
    TimeOffset(i16),
    Barring(bool),
}

impl Value {
    pub(super) fn new(change: &Change, names: &mut Names) -> Self {
        match change {
            Change::Mobility { domain, state } => Self::Mobility(*domain, *state),
            Change::Roaming { network, roaming } => Self::Roaming(*network, *roaming),
            Change::Call { state, bearer } => Self::Call(*state, *bearer),
            Change::Session {
                key,
                context,
                apn,
                rat,
                ..
            } => match change.slot() {
                Slot::SessionEnd(key) => Self::SessionEnd(key),
                _ => Self::Context {
                    key: *key,
                    context: *context,
                    apn: apn
                        .as_deref()
                        .map_or(NameId::NONE, |apn| names.access_points.intern(apn)),
                    rat: *rat,
                },
            },
            Change::Registration { state } => Self::Registration(*state),
            Change::Access { network, up } => Self::Access(*network, *up),
            Change::Place(place) => Self::Place(Box::new(place.clone())),
            Change::TimeOffset(minutes) => Self::TimeOffset(*minutes),
            Change::Barring(barred) => Self::Barring(*barred),
        }
    }

    pub(super) const fn slot(&self) -> Slot {
        match *self {
            Self::Mobility(domain, _) => Slot::Mobility(domain),
            Self::Roaming(network, _) => Slot::Roaming(network),
            Self::Call(..) => Slot::Call,
            Self::Context { key, context, .. } => Slot::Context(key, context),
            Self::SessionEnd(key) => Slot::SessionEnd(key),
            Self::Registration(_) => Slot::Registration,
            Self::Access(network, _) => Slot::Access(network),
            Self::Place(_) => Slot::Place,
            Self::TimeOffset(_) => Slot::TimeOffset,
            Self::Barring(_) => Slot::Barring,
        }
    }

    pub(super) const fn is_context(&self) -> bool {
        matches!(self, Self::Context { .. })
    }
}

/// Why a session is over.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(in crate::server) enum Over {
    /// It is not, or only its time ran out.
    Not,
    /// Its network element lost it.
    Reset,
    /// It was told to be: neither time nor a reset changes that.
    Ended,
}

/// The newest that a source told about a slot.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(in crate::server) struct Entry {
    pub order: Order,
    /// [`Stamp::MAX`] for never; of what is over, when it ended.
    pub expires: Stamp,
    pub reporter: NameId,
    pub source: Source,
    /// Whether it counts. What ended, expired or was reset is kept for a while, lest a late event
    /// bring it back.
    pub live: bool,
    pub over: Over,
    /// Not reachable, but not yet held to be so.
    pub held: bool,
    pub value: Value,
}

impl Entry {
    pub(super) const fn key(&self) -> (Source, Slot) {
        (self.source, self.value.slot())
    }

    /// Whether this replaces another of the same slot. Equal orders are one event told twice; the
    /// rest of the comparison only makes the choice the same in any order of arrival.
    pub(super) fn replaces(&self, other: &Self) -> bool {
        let rank = |entry: &Self| {
            let ended = entry.over == Over::Ended;
            (entry.order, ended, entry.expires, entry.reporter)
        };
        (rank(self), &self.value) > (rank(other), &other.value)
    }

    /// Whether the newer of the two decides what is shown.
    pub(super) fn contradicts(&self, other: &Self) -> bool {
        match (&self.value, &other.value) {
            (Value::Mobility(Domain::Cs, _), Value::Call(..))
            | (Value::Call(..), Value::Mobility(Domain::Cs, _)) => true,
            // Detaching ends sessions, and a session shows that the device is attached.
            (Value::Mobility(Domain::Ps, state), Value::Context { .. })
            | (Value::Context { .. }, Value::Mobility(Domain::Ps, state)) => state.is_detached(),
            (one, other) => one.slot() == other.slot() && one != other,
        }
    }

    /// Whether a watcher could tell them apart.
    pub(super) fn looks_like(&self, other: &Self) -> bool {
        self.live == other.live
            && (!self.live || (self.held == other.held && self.value == other.value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_small() {
        assert_eq!(size_of::<Value>(), 16);
        assert_eq!(size_of::<Entry>(), 48);
    }
}
