//! Which calls a subscriber has, and when something was told of them.

use std::time::Duration;

use hashbrown::{HashMap, hash_map::Entry};
use pengate_codecs::Stamp;

use super::Call;
use crate::event::{Imsi, Msisdn};

/// Whose call it is: the IMSI, or the number of whom no IMSI is told.
pub(super) type Person = (Option<Imsi>, Option<Msisdn>);

/// The calls that go on, by whose they are. A number of a company may have very many.
#[derive(Debug, Default)]
pub(in super::super) struct Persons {
    rows: HashMap<Person, Row>,
    /// The calls by our transaction ids, in one chain for each subscriber.
    calls: HashMap<u32, Link>,
}

#[derive(Debug, Default)]
struct Row {
    /// The end of the chain.
    newest: Option<u32>,
    /// When the newest of what was told of the calls happened.
    told: Stamp,
}

#[derive(Clone, Copy, Debug, Default)]
struct Link {
    older: Option<u32>,
    newer: Option<u32>,
}

impl Persons {
    /// How many calls there are.
    pub(in super::super) fn len(&self) -> usize {
        self.calls.len()
    }

    #[cfg(test)]
    pub(in super::super) fn is_empty(&self) -> bool {
        self.calls.is_empty() && self.rows.is_empty()
    }

    /// A call that was not there before; one that was is left alone.
    pub(super) fn open(&mut self, call: &Call) {
        let Entry::Vacant(place) = self.calls.entry(call.ours) else {
            return;
        };
        let row = self.rows.entry(call.person()).or_default();
        let older = row.newest.replace(call.ours);
        place.insert(Link { older, newer: None });
        if let Some(link) = older.and_then(|older| self.calls.get_mut(&older)) {
            link.newer = Some(call.ours);
        }
    }

    /// Returns another call of the same subscriber, if there is one.
    pub(super) fn close(&mut self, call: &Call) -> Option<u32> {
        let Link { older, newer } = self.calls.remove(&call.ours)?;
        if let Some(link) = older.and_then(|older| self.calls.get_mut(&older)) {
            link.newer = newer;
        }
        if let Some(link) = newer.and_then(|newer| self.calls.get_mut(&newer)) {
            link.older = older;
        }
        let other = newer.or(older);
        let person = call.person();
        if other.is_none() {
            self.rows.remove(&person);
        } else if let Some(row) = self.rows.get_mut(&person)
            && newer.is_none()
        {
            row.newest = older;
        }
        other
    }

    /// Notes that something was told of a subscriber's calls, as long as there are any.
    pub(super) fn told(&mut self, call: &Call, at: Stamp) {
        if let Some(row) = self.rows.get_mut(&call.person()) {
            row.told = row.told.max(at);
        }
    }

    /// When something was known of a call last: later than everything that was told of its
    /// subscriber's calls, so that what is told as of this counts, and looks newer in documents,
    /// which tell milliseconds.
    pub(in super::super) fn last_word(&self, call: &Call) -> Stamp {
        let row = self.rows.get(&call.person());
        let told = row.map(|row| row.told + Duration::from_millis(1));
        told.map_or(call.heard, |told| told.max(call.heard))
    }
}
