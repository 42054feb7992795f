//! Segmented messages (Q.714 clause 4.1.1.2.3).

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use pengate_codecs::{Stamp, sccp::Segmentation};

use super::{
    Options,
    path::{Address, Path},
};
use crate::session::scratch::Scratch;

/// What tells the segments of one message from those of others: who sent them from where, and their
/// local reference.
type Key = (u32, Address, u32);

/// Messages that wait for segments, which come in order or not at all.
#[derive(Debug)]
pub(crate) struct Reassembly {
    waiting: BTreeMap<Key, Waiting>,
    /// The keys and when they were new, oldest first; stale ones are passed over.
    ages: VecDeque<(Stamp, u64, Key)>,
    births: u64,
    octets: usize,
    timeout: Duration,
    count_max: usize,
    octets_max: usize,
}

#[derive(Debug)]
struct Waiting {
    birth: u64,
    path: Path,
    remaining: u8,
    /// How many octets the first segment had.
    first: usize,
    data: Scratch,
    wants_return: bool,
}

/// A message that will never be whole.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Broken {
    pub(crate) kind: &'static str,
    /// How to tell its sender.
    pub(crate) path: Path,
    /// The data of its first segment, when its sender wants to hear of it.
    pub(crate) first: Option<Vec<u8>>,
}

/// What comes of a segment.
#[derive(Debug, Eq, PartialEq)]
pub(crate) enum Outcome {
    /// More are to come.
    Waits,
    /// The message is whole.
    Whole(Vec<u8>),
    /// It will never be.
    Broken(Broken),
}

impl Reassembly {
    pub(crate) fn new(options: &Options) -> Self {
        Self {
            waiting: BTreeMap::new(),
            ages: VecDeque::new(),
            births: 0,
            octets: 0,
            timeout: options.reassembly_timeout,
            count_max: options.reassemblies_max.max(1),
            octets_max: options.reassembly_bytes_max,
        }
    }

    /// Takes a segment.
    pub(crate) fn take(
        &mut self,
        now: Stamp,
        path: &Path,
        segment: Segmentation,
        data: &[u8],
        wants_return: bool,
    ) -> Outcome {
        let sender = path.label.destination;
        let key = (sender, path.remote.clone(), segment.local_reference);
        let known = self.remove(&key);
        if segment.first {
            // The same reference again: the one before it was given up by its sender.
            let waiting = Waiting {
                birth: 0,
                path: path.clone(),
                remaining: segment.remaining,
                first: data.len(),
                data: data.to_vec().into(),
                wants_return,
            };
            self.insert(now, key, waiting);
            return Outcome::Waits;
        }
        let broken = |known: Option<Waiting>| {
            let first = match known {
                Some(known) => known.into_first(),
                None => wants_return.then(|| data.to_vec()),
            };
            Outcome::Broken(Broken {
                kind: "segment-sequence",
                path: path.clone(),
                first,
            })
        };
        let Some(mut known) = known else {
            return broken(None);
        };
        if known.remaining != segment.remaining.saturating_add(1) {
            return broken(Some(known));
        }
        known.data.extend_from_slice(data);
        if segment.remaining == 0 {
            return Outcome::Whole(known.data.into());
        }
        known.remaining = segment.remaining;
        self.octets += known.data.len();
        self.waiting.insert(key, known);
        Outcome::Waits
    }

    /// Takes out what waited too long, and the oldest when too much waits.
    pub(crate) fn expire(&mut self, now: Stamp) -> Option<Broken> {
        loop {
            let (since, birth, key) = self.ages.front()?;
            let is_current = self.waiting.get(key).is_some_and(|one| one.birth == *birth);
            let kind = if !is_current {
                ""
            } else if *since + self.timeout <= now {
                "reassembly-timeout"
            } else if self.waiting.len() > self.count_max || self.octets > self.octets_max {
                "reassembly-full"
            } else {
                return None;
            };
            let (_, _, key) = self.ages.pop_front()?;
            if is_current && let Some(known) = self.remove(&key) {
                let path = known.path.clone();
                let first = known.into_first();
                return Some(Broken { kind, path, first });
            }
        }
    }

    /// When the oldest has waited too long.
    pub(crate) fn deadline(&self) -> Option<Stamp> {
        self.ages.front().map(|(since, ..)| *since + self.timeout)
    }

    /// How many wait, and how many octets they hold.
    pub(crate) fn load(&self) -> (usize, usize) {
        (self.waiting.len(), self.octets)
    }

    fn insert(&mut self, now: Stamp, key: Key, waiting: Waiting) {
        self.births += 1;
        self.octets += waiting.data.len();
        self.ages.push_back((now, self.births, key.clone()));
        let birth = self.births;
        self.waiting.insert(key, Waiting { birth, ..waiting });
        if self.ages.len() > 2 * self.count_max {
            let waiting = &self.waiting;
            self.ages
                .retain(|(_, birth, key)| waiting.get(key).is_some_and(|one| one.birth == *birth));
        }
    }

    fn remove(&mut self, key: &Key) -> Option<Waiting> {
        let known = self.waiting.remove(key)?;
        self.octets = self.octets.saturating_sub(known.data.len());
        Some(known)
    }
}

impl Waiting {
    fn into_first(mut self) -> Option<Vec<u8>> {
        self.data.truncate(self.first);
        self.wants_return.then(|| self.data.into())
    }
}
