//! What counts now, by slot: the newest of all sources.

use pengate_codecs::Stamp;

use super::{Entry, Facets, NameId, Value};
use crate::{
    event::{
        AccessNetwork, Bearer, CallState, Domain, MobilityState, Order, Place, Rat,
        RegistrationState, Roaming, SessionKey, Source,
    },
    pen::NetworkId,
};

/// A part of the state, and who told it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Told<T> {
    /// What was told.
    pub value: T,
    /// When it happened.
    pub order: Order,
    /// Over which reference point.
    pub source: Source,
    /// Which network element told it.
    pub reporter: NameId,
}

impl<T> Told<T> {
    /// When it happened.
    pub const fn at(&self) -> Stamp {
        self.order.at
    }

    /// Told at another time: when what is told began.
    fn since(self, began: Option<Order>) -> Self {
        let order = began.unwrap_or(self.order);
        Self { order, ..self }
    }
}

/// A live context of a packet session.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct PacketContext {
    /// Its session.
    pub key: SessionKey,
    /// Its number in the session; 0 where the source names none.
    pub context: u8,
    /// Access point name.
    pub apn: NameId,
    /// Radio access technology.
    pub rat: Option<Rat>,
}

impl Facets {
    /// Mobility in a domain, and whether a device that cannot be reached is still held to be.
    #[must_use]
    pub fn mobility(&self, domain: Domain) -> Option<Told<(MobilityState, bool)>> {
        self.newest(|entry| match entry.value {
            Value::Mobility(of, state) if of == domain => Some((state, entry.held)),
            _ => None,
        })
    }

    /// The mobility state of a domain and since when, whoever told it: calls show it as well.
    #[must_use]
    pub fn mobility_since(&self, domain: Domain) -> Option<(MobilityState, Order)> {
        self.history.mobility(domain)
    }

    /// Since when a device can be reached in a domain, or cannot.
    #[must_use]
    pub fn reachable_since(&self, domain: Domain) -> Option<Stamp> {
        self.history.reachable(domain).map(|order| order.at)
    }

    /// Home or visited network, and since when.
    #[must_use]
    pub fn roaming(&self, network: NetworkId) -> Option<Told<Roaming>> {
        self.newest(|entry| match entry.value {
            Value::Roaming(of, roaming) if of == network => Some(roaming),
            _ => None,
        })
        .map(|told| told.since(self.history.roaming(network)))
    }

    /// The circuit-switched call.
    #[must_use]
    pub fn call(&self) -> Option<Told<(CallState, Bearer)>> {
        self.newest(|entry| match entry.value {
            Value::Call(state, bearer) => Some((state, bearer)),
            _ => None,
        })
    }

    /// Since when there is a call, or none.
    #[must_use]
    pub fn call_since(&self) -> Option<Order> {
        self.history.call()
    }

    /// IMS registration, and since when. One that ran out without word is over.
    #[must_use]
    pub fn registration(&self) -> Option<Told<RegistrationState>> {
        let told = self.entries.iter().filter_map(|entry| match entry.value {
            Value::Registration(state) if entry.live => {
                let since = self.history.registration();
                Some((told(entry, state), since))
            }
            Value::Registration(_) => {
                let mut over = told(entry, RegistrationState::Terminated);
                over.order.at = entry.expires;
                Some((over, None))
            }
            _ => None,
        });
        let newest = told.max_by_key(|(told, _)| (told.order, told.source));
        newest.map(|(told, since)| told.since(since))
    }

    /// Whether a WLAN access or tunnel is up: by the last word, or as long as one of the sessions
    /// that its network element accounts for lasts.
    #[must_use]
    pub fn access(&self, network: AccessNetwork) -> Option<Told<bool>> {
        let sessions = self
            .entries
            .iter()
            .filter(|entry| access_of(entry.source) == Some(network));
        let sessions = sessions.filter_map(|entry| match entry.value {
            Value::Context { .. } if entry.live => Some(told(entry, true)),
            Value::Context { .. } | Value::SessionEnd(_) => {
                let mut over = told(entry, false);
                over.order.at = over.order.at.max(entry.expires);
                Some(over)
            }
            _ => None,
        });
        let state = self.newest(|entry| match entry.value {
            Value::Access(of, up) if of == network => Some(up),
            _ => None,
        });
        sessions
            .chain(state)
            .max_by_key(|told| (told.value, told.order, told.source))
    }

    /// The latest place: by when the subscriber was there, not by when it was told.
    #[must_use]
    pub fn place(&self) -> Option<Told<&Place>> {
        self.live()
            .filter_map(|entry| match &entry.value {
                Value::Place(place) => Some(told(entry, &**place)),
                _ => None,
            })
            .max_by_key(|told| {
                let seen = told.value.seen.unwrap_or(told.order.at);
                (seen, told.order, told.source)
            })
    }

    /// Offset of local time from UTC in minutes.
    #[must_use]
    pub fn time_offset(&self) -> Option<Told<i16>> {
        self.newest(|entry| match entry.value {
            Value::TimeOffset(minutes) => Some(minutes),
            _ => None,
        })
    }

    /// Operator barring.
    #[must_use]
    pub fn barring(&self) -> Option<Told<bool>> {
        self.newest(|entry| match entry.value {
            Value::Barring(barred) => Some(barred),
            _ => None,
        })
    }

    /// Live contexts of packet sessions of the mobile network. A session that names contexts at times and at times not
    /// is counted by those it names.
    pub fn contexts(&self) -> impl Iterator<Item = Told<PacketContext>> {
        self.live().filter_map(|entry| match entry.value {
            _ if access_of(entry.source).is_some() => None,
            Value::Context {
                key,
                context,
                apn,
                rat,
            } if context != 0 || !self.names_contexts(entry.source, key) => {
                let context = PacketContext {
                    key,
                    context,
                    apn,
                    rat,
                };
                Some(told(entry, context))
            }
            _ => None,
        })
    }

    /// When the packet sessions of the mobile network ended that are remembered.
    pub fn ended_contexts(&self) -> impl Iterator<Item = Stamp> {
        self.entries
            .iter()
            .filter(|entry| access_of(entry.source).is_none())
            .filter(|entry| {
                matches!(entry.value, Value::SessionEnd(_))
                    || (entry.value.is_context() && !entry.live)
            })
            .map(|entry| entry.expires)
    }

    /// Entries that a document is made of: of every slot the newest of all sources, and every
    /// session, ended ones too.
    pub(in crate::server) fn telling(&self) -> impl Iterator<Item = &Entry> {
        let newest = |entry: &Entry| {
            let slot = entry.value.slot();
            !self.live().any(|other| {
                other.value.slot() == slot
                    && (other.order, other.source) > (entry.order, entry.source)
            })
        };
        self.entries.iter().filter(move |entry| match entry.value {
            Value::Context { .. } | Value::SessionEnd(_) => true,
            _ => entry.live && newest(entry),
        })
    }

    pub(in crate::server) fn live(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| entry.live)
    }

    fn names_contexts(&self, source: Source, of: SessionKey) -> bool {
        self.live().any(|entry| {
            entry.source == source
                && matches!(entry.value, Value::Context { key, context, .. }
                    if key == of && context != 0)
        })
    }

    fn newest<T>(&self, of: impl Fn(&Entry) -> Option<T>) -> Option<Told<T>> {
        self.live()
            .filter_map(|entry| of(entry).map(|value| told(entry, value)))
            .max_by_key(|told| (told.order, told.source))
    }
}

/// The access that a source's sessions are: those of the others are packet sessions of the mobile
/// network.
const fn access_of(source: Source) -> Option<AccessNetwork> {
    match source {
        Source::Pp => Some(AccessNetwork::Tunnel),
        Source::Pr => Some(AccessNetwork::Wlan),
        _ => None,
    }
}

fn told<T>(entry: &Entry, value: T) -> Told<T> {
    Told {
        value,
        order: entry.order,
        source: entry.source,
        reporter: entry.reporter,
    }
}
