//! Which calls a subscriber has, and when something was told of them.

use std::time::Duration;

use hashbrown::{HashMap, hash_map::Entry};
use pengate_codecs::Stamp;
use serde::{Deserialize, Serialize};

use super::Call;
use crate::{
    event::{Imsi, Msisdn, Subject},
    session::tcap::{ByDialogue, DialogueId},
};

/// Whose call it is.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(from = "Subject", into = "Subject")]
pub(super) enum Person {
    /// Nothing tells whose.
    Nobody,
    Imsi(Imsi),
    /// Of whom no IMSI is told.
    Msisdn(Msisdn),
}

impl Person {
    /// What an order tells one from others by.
    pub(super) const fn to_bits(self) -> u64 {
        match self {
            Self::Nobody => 0,
            Self::Imsi(Imsi(digits)) | Self::Msisdn(Msisdn(digits)) => digits.to_bits(),
        }
    }
}

impl From<Subject> for Person {
    fn from(subject: Subject) -> Self {
        match (subject.imsi, subject.msisdn) {
            (Some(imsi), _) => Self::Imsi(imsi),
            (None, Some(number)) => Self::Msisdn(number),
            (None, None) => Self::Nobody,
        }
    }
}

impl From<Person> for Subject {
    #[inline(always)]
    fn from(person: Person) -> Self {
        let (imsi, msisdn) = match person {
            Person::Nobody => (None, None),
            Person::Imsi(imsi) => (Some(imsi), None),
            Person::Msisdn(number) => (None, Some(number)),
        };
        Self {
            imsi,
            msisdn,
            nai: None,
            uri: None,
            address: None,
            session: None,
        }
    }
}

/// The calls that go on, by whose they are. A number of a company may have very many.
#[derive(Debug, Default)]
pub(in super::super) struct Persons {
    rows: HashMap<Person, Row>,
    /// The calls, in one chain for each subscriber.
    calls: ByDialogue<Link>,
}

#[derive(Debug)]
struct Row {
    /// The end of the chain.
    newest: DialogueId,
    /// When the newest of what was told of the calls happened.
    told: Stamp,
}

#[derive(Clone, Copy, Debug)]
struct Link {
    older: Option<DialogueId>,
    newer: Option<DialogueId>,
}

impl Persons {
    /// How many calls there are.
    pub(in super::super) const fn len(&self) -> usize {
        self.calls.len()
    }

    #[cfg(test)]
    pub(in super::super) fn is_empty(&self) -> bool {
        self.calls.is_empty() && self.rows.is_empty()
    }

    /// A call that was not there before, and when that was told.
    pub(super) fn open(&mut self, id: DialogueId, person: Person, told: Stamp) {
        let older = match self.rows.entry(person) {
            Entry::Vacant(place) => {
                place.insert(Row { newest: id, told });
                None
            }
            Entry::Occupied(mut place) => {
                let row = place.get_mut();
                row.told = row.told.max(told);
                Some(std::mem::replace(&mut row.newest, id))
            }
        };
        self.calls.insert(id, Link { older, newer: None });
        if let Some(link) = older.and_then(|older| self.calls.get_mut(older)) {
            link.newer = Some(id);
        }
    }

    /// Returns another call of the same subscriber, if there is one.
    pub(super) fn close(&mut self, id: DialogueId, person: Person) -> Option<DialogueId> {
        let Link { older, newer } = self.calls.remove(id)?;
        if let Some(link) = older.and_then(|older| self.calls.get_mut(older)) {
            link.newer = newer;
        }
        if let Some(link) = newer.and_then(|newer| self.calls.get_mut(newer)) {
            link.older = older;
        }
        match (older, newer) {
            (None, None) => {
                self.rows.remove(&person);
            }
            (Some(older), None) => {
                if let Some(row) = self.rows.get_mut(&person) {
                    row.newest = older;
                }
            }
            (_, Some(_)) => {}
        }
        newer.or(older)
    }

    /// Notes that something was told of a subscriber's calls, as long as there are any.
    pub(super) fn told(&mut self, person: Person, at: Stamp) {
        if let Some(row) = self.rows.get_mut(&person) {
            row.told = row.told.max(at);
        }
    }

    /// When something was known of a call last: later than everything that was told of its
    /// subscriber's calls, so that what is told as of this counts, and looks newer in documents,
    /// which tell milliseconds.
    pub(in super::super) fn last_word(&self, call: &Call) -> Stamp {
        let row = self.rows.get(&call.person);
        let told = row.map(|row| row.told + Duration::from_millis(1));
        told.map_or(call.heard, |told| told.max(call.heard))
    }
}
