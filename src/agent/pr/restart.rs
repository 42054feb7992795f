//! Network elements that lost their sessions: their Origin-State-Id grew (RFC 6733 clause 8.16).

use std::time::Duration;

use hashbrown::HashMap;
use pengate_codecs::Stamp;
use smol_str::SmolStr;
use xxhash_rust::xxh3::xxh3_64;

use crate::event::{Fact, NetworkEvent, Order, Reset, Source, Subject};

/// What elements told, by their own clocks: a restart comes after all that was told before it, and
/// before what is told after it. Where a clock that was set back lets no time do both, the record that
/// shows the restart counts: to close a session that goes on is worse than to believe in one that is
/// lost until its lifetime is over.
#[derive(Debug)]
pub(super) struct Clocks {
    elements: HashMap<SmolStr, Clock>,
    /// When the newest was that had been recorded when we started.
    resumed: Stamp,
}

#[derive(Clone, Copy, Debug)]
struct Clock {
    /// The newest of what the element told.
    newest: Order,
    /// How long after its own time its last word came.
    behind: Duration,
}

impl Default for Clocks {
    fn default() -> Self {
        Self {
            elements: HashMap::new(),
            resumed: Stamp::MIN,
        }
    }
}

impl Clocks {
    pub(super) fn resume(&mut self, newest: Stamp) {
        self.resumed = self.resumed.max(newest);
    }

    /// An element told something, which arrived `at`.
    pub(super) fn told(&mut self, element: &SmolStr, order: Order, at: Stamp) {
        let behind = at.since(order.at);
        if let Some(clock) = self.elements.get_mut(element) {
            clock.newest = clock.newest.max(order);
            clock.behind = behind;
        } else if self.elements.len() < ELEMENTS_MAX {
            let newest = order;
            self.elements
                .insert(element.clone(), Clock { newest, behind });
        }
    }

    /// The event of a restart that a message showed `at`, perhaps a record of its own time.
    pub(super) fn restart(
        &self,
        source: Source,
        element: SmolStr,
        at: Stamp,
        record: Option<Stamp>,
    ) -> NetworkEvent {
        let order = self.order(&element, at, record);
        NetworkEvent {
            order,
            source,
            reporter: element,
            subject: Subject::default(),
            fact: Fact::Reset(Reset { apn: None }),
        }
    }

    fn order(&self, element: &SmolStr, at: Stamp, record: Option<Stamp>) -> Order {
        let digest = xxh3_64(element.as_bytes()) >> 8;
        let clock = self.elements.get(element);
        let at = at - clock.map_or(Duration::ZERO, |clock| clock.behind);
        let at = record.map_or(at, |record| record.min(at));
        // Records tell whole seconds. Of the same one the restart comes first (no rank at all), or
        // else last of all: behind what was told before.
        let order = Order {
            at: Stamp::from_secs(at.secs()),
            id: digest,
        };
        let newest = clock.map_or(self.resumed, |clock| clock.newest.at);
        let last = Order {
            at: newest,
            id: RANK_LAST << 56 | digest,
        };
        match clock {
            // The record is of the time after, and not to be taken for one of before.
            _ if record.is_some_and(|record| newest.secs() >= record.secs()) => order,
            Some(clock) if clock.newest < order => order,
            None if self.resumed < order.at => order,
            _ => last,
        }
    }
}

/// Most elements whose clocks are known.
const ELEMENTS_MAX: usize = 4096;

/// Above those of records.
const RANK_LAST: u64 = 4;
