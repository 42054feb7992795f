//! Since when a state has been, whoever told it: what was told one after the other.
//!
//! A document tells since when something is so, and its parts when they changed. A word that only
//! repeats what is known changes neither, so that the newest word alone does not do. What is kept
//! are the words of the reorder horizon and, of each topic, the first of the state that is now:
//! since when that is does not depend on the order in which words came.

use pengate_codecs::Stamp;
use serde::{Deserialize, Serialize};

use super::{Entry, Options, Value};
use crate::{
    event::{CallState, Domain, MobilityState, Order, RegistrationState, Roaming, Source},
    pen::NetworkId,
};

/// A state of a topic.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
enum Word {
    Mobility(Domain, MobilityState),
    Roaming(NetworkId, Roaming),
    Call(CallState),
    Registration(RegistrationState),
}

impl Word {
    const fn of(value: &Value) -> Option<Self> {
        Some(match *value {
            Value::Mobility(domain, state) => Self::Mobility(domain, state),
            Value::Roaming(network, roaming) => Self::Roaming(network, roaming),
            Value::Call(state, _) => Self::Call(state),
            Value::Registration(state) => Self::Registration(state),
            _ => return None,
        })
    }

    fn is_about_the_same(self, other: Self) -> bool {
        match (self, other) {
            (Self::Mobility(one, _), Self::Mobility(other, _)) => one == other,
            (Self::Roaming(one, _), Self::Roaming(other, _)) => one == other,
            (Self::Call(_), Self::Call(_)) | (Self::Registration(_), Self::Registration(_)) => true,
            _ => false,
        }
    }

    /// What is so when `self` was told after `before`. To be attached may mean to be idle, as was
    /// known before; and who is detached cannot be reached either.
    const fn after(self, before: Self) -> Self {
        let (Self::Mobility(_, now), Self::Mobility(domain, then)) = (self, before) else {
            return self;
        };
        match (now, then) {
            (MobilityState::Attached, MobilityState::Idle) => before,
            (MobilityState::Detached | MobilityState::NotReachable, _) if then.is_detached() => {
                Self::Mobility(domain, then)
            }
            _ => self,
        }
    }

    /// Whether `self`, told before, leaves it open whether `now` was so already.
    const fn is_open_to(self, now: Self) -> bool {
        let (Self::Mobility(_, then), Self::Mobility(_, now)) = (self, now) else {
            return false;
        };
        match then {
            MobilityState::Attached => matches!(now, MobilityState::Idle),
            MobilityState::Detached | MobilityState::NotReachable => now.is_detached(),
            _ => false,
        }
    }
}

#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
struct Told {
    order: Order,
    source: Source,
    word: Word,
    /// Until when it was believed.
    until: Stamp,
}

/// Words in the order in which what they tell happened.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub(super) struct History(Vec<Told>);

impl History {
    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Octets on the heap.
    pub(super) const fn size(&self) -> usize {
        self.0.capacity() * size_of::<Told>()
    }

    /// Notes what an entry tells. Returns whether it came late, and since when something is so may
    /// be another time now.
    pub(super) fn note(&mut self, entry: &Entry, now: Stamp, options: &Options) -> bool {
        let Some(word) = Word::of(&entry.value) else {
            return false;
        };
        let told = Told {
            order: entry.order,
            source: entry.source,
            word,
            until: entry.expires,
        };
        self.insert(told, now, options)
    }

    fn insert(&mut self, told: Told, now: Stamp, options: &Options) -> bool {
        let key = |told: &Told| (told.order, told.source, told.word);
        let Err(place) = self.0.binary_search_by_key(&key(&told), key) else {
            return false;
        };
        let mut later = self.0[place..].iter();
        let is_late = later.any(|other| other.word.is_about_the_same(told.word));
        self.0.reserve_exact(1);
        self.0.insert(place, told);
        self.prune(now, options);
        is_late
    }

    /// Takes over what was told of the same person under another name.
    pub(super) fn absorb(&mut self, other: &Self, now: Stamp, options: &Options) {
        for told in &other.0 {
            self.insert(*told, now, options);
        }
    }

    /// Forgets what is older than the horizon, but not since when something is so.
    pub(super) fn prune(&mut self, now: Stamp, options: &Options) {
        let is_old = |told: &Told| told.order.at + options.reorder_horizon <= now;
        let oldest_is_old = self.0.first().is_some_and(is_old);
        if !oldest_is_old && self.0.len() <= options.tombstones_max {
            return;
        }
        let begins: Vec<_> = self.0.iter().map(|told| self.begins(told)).collect();
        let mut begins = begins.into_iter();
        self.0
            .retain(|told| begins.next().unwrap_or_default() || !is_old(told));
        while self.0.len() > options.tombstones_max {
            self.0.remove(0);
        }
        if self.0.capacity() > self.0.len() + 4 {
            self.0.shrink_to_fit();
        }
    }

    /// Forgets topics of which no entry tells any more.
    pub(super) fn keep_told(&mut self, entries: &[Entry]) {
        let is_told = |told: &Told| {
            let mut words = entries.iter().filter_map(|entry| Word::of(&entry.value));
            words.any(|word| word.is_about_the_same(told.word))
        };
        self.0.retain(is_told);
    }

    /// Whether the state of its topic that is now began with this word.
    fn begins(&self, told: &Told) -> bool {
        let run = self.run(|word| Some(word).filter(|word| word.is_about_the_same(told.word)));
        let domain = match told.word {
            Word::Mobility(domain, _) => Some(domain),
            Word::Call(_) => Some(Domain::Cs),
            _ => None,
        };
        let moved = domain.and_then(|domain| self.mobility(domain));
        let reached = domain.and_then(|domain| self.reachable(domain));
        let run = run.map(|(_, since)| since);
        [run, moved.map(|(_, since)| since), reached].contains(&Some(told.order))
    }

    /// The newest state of a topic, and since when it has been without a break; `read` tells what a
    /// word says of the topic.
    fn run(&self, read: impl Fn(Word) -> Option<Word>) -> Option<(Word, Order)> {
        let mut told = self.0.iter().rev().filter_map(|told| {
            let word = read(told.word)?;
            Some((word, told))
        });
        let (mut word, newest) = told.next()?;
        let (mut since, mut began) = (newest.order, newest.order);
        for (before, told) in told {
            if told.until < began.at {
                break;
            }
            word = word.after(before);
            if word == before {
                since = told.order;
            } else if !before.is_open_to(word) {
                break;
            }
            began = told.order;
        }
        Some((word, since))
    }

    /// The mobility state of a domain and since when. Calls tell it as well.
    pub(super) fn mobility(&self, domain: Domain) -> Option<(MobilityState, Order)> {
        let state_of = |word| match (word, domain) {
            (Word::Mobility(of, state), _) if of == domain => Some(state),
            (Word::Call(CallState::Busy), Domain::Cs) => Some(MobilityState::Connected),
            (Word::Call(CallState::Idle), Domain::Cs) => Some(MobilityState::Idle),
            _ => None,
        };
        match self.run(|word| Some(Word::Mobility(domain, state_of(word)?)))? {
            (Word::Mobility(_, state), since) => Some((state, since)),
            _ => None,
        }
    }

    /// Since when a device can be reached in a domain, or cannot.
    pub(super) fn reachable(&self, domain: Domain) -> Option<Order> {
        use MobilityState::{Attached, Connected, Idle};
        let told = self.0.iter().rev().filter_map(|told| match told.word {
            Word::Mobility(of, state) if of == domain => {
                Some((told.order, matches!(state, Attached | Idle | Connected)))
            }
            _ => None,
        });
        let mut told = told.peekable();
        let is_reached = told.peek()?.1;
        told.take_while(|(_, reached)| *reached == is_reached)
            .last()
            .map(|(order, _)| order)
    }

    /// Since when the roaming state of a network is what was told last.
    pub(super) fn roaming(&self, network: NetworkId) -> Option<Order> {
        let is_meant = |word: &Word| matches!(word, Word::Roaming(of, _) if *of == network);
        self.since(is_meant)
    }

    /// Since when there is a call, or none.
    pub(super) fn call(&self) -> Option<Order> {
        self.since(|word| matches!(word, Word::Call(_)))
    }

    /// Since when a registration is what was told last.
    pub(super) fn registration(&self) -> Option<Order> {
        self.since(|word| matches!(word, Word::Registration(_)))
    }

    fn since(&self, is_meant: impl Fn(&Word) -> bool) -> Option<Order> {
        let run = self.run(|word| Some(word).filter(&is_meant));
        run.map(|(_, since)| since)
    }
}
