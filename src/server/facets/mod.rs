//! What the network told about one presentity.
//!
//! Every [`PresentityUpdate`] sets slots; in each slot of each source the greatest order wins, so
//! that late, repeated and reordered updates end in the same state. What ended is remembered for
//! [`Options::reorder_horizon`].

mod entry;
mod history;
mod names;
mod options;
mod resets;
mod stored;
#[cfg(test)]
mod tests;
mod view;

use pengate_codecs::Stamp;

pub(in crate::server) use entry::{Entry, Over, Value};
use history::History;
pub use names::{NameId, NameTable, Names};
pub use options::Options;
pub use resets::Resets;
pub use stored::FacetsError;
pub use view::{PacketContext, Told};

use crate::{
    event::{MobilityState, Order, SessionKey, Source},
    pen::{Change, PresentityUpdate, Slot, SourceReset},
};

/// What presentities of a shard share, and the time.
#[derive(Debug)]
pub struct Scope<'a> {
    /// Now.
    pub now: Stamp,
    /// Names of network elements and access points.
    pub names: &'a mut Names,
    /// Resets of network elements.
    pub resets: &'a Resets,
    /// Limits and times.
    pub options: &'a Options,
}

/// The state of one presentity as the network told it.
///
/// An idle presentity with one packet session takes some 350 octets: entries of 48 octets in one
/// allocation, sorted by source and slot, and 32 octets for each state's history.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Facets {
    entries: Vec<Entry>,
    /// Since when the newest of them have been so.
    history: History,
}

impl Facets {
    /// Whether nothing is kept, not even of what ended.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.history.is_empty()
    }

    /// Whether anything counts.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.entries.iter().any(|entry| entry.live)
    }

    /// The event's source and time of everything that is kept.
    pub fn told(&self) -> impl Iterator<Item = (Source, Stamp)> {
        self.entries
            .iter()
            .map(|entry| (entry.source, entry.order.at))
    }

    /// Applies an update. Returns whether anything visible changed: a newer event that tells the
    /// same state is no change.
    pub fn apply(&mut self, update: &PresentityUpdate, scope: &mut Scope<'_>) -> bool {
        let reporter = scope.names.reporters.intern(&update.reporter);
        let mut changed = false;
        for change in &update.changes {
            let value = Value::new(change, scope.names);
            let ended = matches!(change, Change::Session { ended: Some(_), .. });
            let entry = Entry {
                order: update.order,
                expires: if ended {
                    update.order.at
                } else {
                    update.expires.unwrap_or(Stamp::MAX)
                },
                reporter,
                source: update.source,
                live: !ended,
                over: if ended { Over::Ended } else { Over::Not },
                held: false,
                value,
            };
            changed |= self.insert(entry, scope);
        }
        changed
    }

    /// Takes over everything that was filed under another name of the presentity. Returns whether
    /// anything visible changed.
    pub fn absorb(&mut self, other: Self, scope: &mut Scope<'_>) -> bool {
        let mut changed = false;
        self.history
            .absorb(&other.history, scope.now, scope.options);
        for entry in other.entries {
            changed |= self.insert(entry, scope);
        }
        changed
    }

    /// Closes the sessions that a network element lost. Returns whether anything visible changed.
    ///
    /// The reset must be in [`Resets`] too, for what comes late.
    pub fn reset(&mut self, reset: &SourceReset, names: &Names) -> bool {
        let Some(reporter) = names.reporters.find(&reset.reporter) else {
            return false;
        };
        let apn = reset.apn.as_deref();
        let apn = apn.map(|apn| names.access_points.find(apn));
        let mut changed = false;
        for entry in &mut self.entries {
            let told = entry.source == reset.source
                && entry.reporter == reporter
                && entry.order < reset.order;
            let concerned = match (&entry.value, apn) {
                (Value::Context { .. } | Value::Access(..), None) => true,
                (Value::Context { apn, .. }, Some(only)) => Some(*apn) == only,
                _ => false,
            };
            if told && concerned && entry.over != Over::Ended {
                changed |= entry.live;
                entry.close(reset.order.at);
            }
        }
        changed
    }

    /// Lets go of what is no longer believed, and of what needs no longer be remembered. Returns
    /// whether anything visible changed.
    pub fn expire(&mut self, now: Stamp, options: &Options) -> bool {
        let mut changed = false;
        for entry in &mut self.entries {
            if entry.live && entry.expires <= now {
                entry.live = false;
                changed = true;
            }
            if entry.held && entry.order.at + options.unreachable_hold_off <= now {
                entry.held = false;
                changed |= entry.live;
            }
        }
        let knew_sessions = self.knows_sessions();
        self.history.prune(now, options);
        self.entries.retain(|entry| {
            entry.live || entry.is_kept() || entry.order.at + options.reorder_horizon > now
        });
        self.history.keep_told(&self.entries);
        self.fit();
        // As long as an ended session is remembered, a document says that none is active.
        changed || (knew_sessions && !self.knows_sessions())
    }

    /// When [`Facets::expire`] has something to do next.
    #[must_use]
    pub fn next_deadline(&self, options: &Options) -> Option<Stamp> {
        self.entries
            .iter()
            .map(|entry| {
                let due = if entry.live {
                    entry.expires
                } else if entry.is_kept() {
                    Stamp::MAX
                } else {
                    entry.order.at + options.reorder_horizon
                };
                if entry.held {
                    due.min(entry.order.at + options.unreachable_hold_off)
                } else {
                    due
                }
            })
            .filter(|due| *due != Stamp::MAX)
            .min()
    }

    /// Octets of memory that it takes, the value itself included.
    #[must_use]
    pub fn size(&self) -> usize {
        let places = self
            .entries
            .iter()
            .filter(|entry| matches!(entry.value, Value::Place(_)))
            .count();
        size_of::<Self>()
            + self.entries.capacity() * size_of::<Entry>()
            + places * size_of::<crate::event::Place>()
            + self.history.size()
    }

    fn insert(&mut self, mut entry: Entry, scope: &mut Scope<'_>) -> bool {
        match entry.value {
            Value::SessionEnd(key) => return self.end_session(key, entry, scope),
            Value::Context { key, .. } => {
                let end = self.session_end(entry.source, key);
                if end.is_some_and(|end| entry.order <= end) {
                    return false;
                }
            }
            _ => {}
        }
        entry.settle(scope);
        let is_late = self.history.note(&entry, scope.now, scope.options);
        self.put(entry, scope) || is_late
    }

    /// Contexts of the session that are not newer than its end need not be remembered: the end is.
    fn end_session(&mut self, key: SessionKey, entry: Entry, scope: &mut Scope<'_>) -> bool {
        let (source, order) = (entry.source, entry.order);
        let mut changed = false;
        self.entries.retain(|other| {
            let over = other.source == source
                && other.order <= order
                && matches!(other.value, Value::Context { key: of, .. } if of == key);
            changed |= over && other.live;
            !over
        });
        self.put(entry, scope);
        changed
    }

    fn session_end(&self, source: Source, key: SessionKey) -> Option<Order> {
        let place = self.slot_place(&(source, Slot::SessionEnd(key))).ok()?;
        Some(self.entries[place].order)
    }

    fn slot_place(&self, key: &(Source, Slot)) -> Result<usize, usize> {
        self.entries.binary_search_by(|entry| entry.key().cmp(key))
    }

    fn put(&mut self, entry: Entry, scope: &Scope<'_>) -> bool {
        let changed = match self.slot_place(&entry.key()) {
            Ok(place) => {
                let known = &mut self.entries[place];
                if !entry.replaces(known) {
                    return false;
                }
                let (before, changed) = (known.order, !entry.looks_like(known));
                *known = entry.clone();
                // Told again, it counts before what others told in between.
                changed || self.outdoes(before, &entry)
            }
            Err(place) => {
                let live = entry.live;
                if !live && entry.order.at + scope.options.reorder_horizon <= scope.now {
                    return false;
                }
                self.entries.reserve_exact(1);
                self.entries.insert(place, entry);
                live
            }
        };
        changed | self.bound(scope.options)
    }

    /// Whether a word that was said `before` and now again contradicts what was told in between.
    fn outdoes(&self, before: Order, entry: &Entry) -> bool {
        self.live().any(|other| {
            before < other.order && other.order < entry.order && entry.contradicts(other)
        })
    }

    /// Forgets the oldest sessions and tombstones beyond their limits. Returns whether that shows.
    fn bound(&mut self, options: &Options) -> bool {
        let sessions = |entry: &Entry| entry.live && entry.value.is_context();
        let forgot = self.forget_oldest(options.sessions_max, sessions);
        self.forget_oldest(options.tombstones_max, |entry| {
            !entry.live && !entry.is_kept()
        });
        forgot
    }

    fn forget_oldest(&mut self, max: usize, which: impl Fn(&Entry) -> bool) -> bool {
        if self.entries.len() <= max {
            return false;
        }
        let mut forgot = false;
        while self.entries.iter().filter(|entry| which(entry)).count() > max {
            let oldest = self
                .entries
                .iter()
                .enumerate()
                .filter(|(_, entry)| which(entry))
                .min_by_key(|(_, entry)| (entry.order, entry.key()));
            let Some((place, _)) = oldest else { break };
            self.entries.remove(place);
            forgot = true;
        }
        forgot
    }

    fn knows_sessions(&self) -> bool {
        self.entries
            .iter()
            .any(|entry| matches!(entry.value, Value::Context { .. } | Value::SessionEnd(_)))
    }

    /// Gives memory back that many ended sessions took.
    fn fit(&mut self) {
        if self.entries.capacity() > self.entries.len() + 4 {
            self.entries.shrink_to_fit();
        }
    }
}

impl Entry {
    /// Whether it counts now, by what is known beside it.
    fn settle(&mut self, scope: &Scope<'_>) {
        let apn = match self.value {
            Value::Context { apn, .. } => Some(apn),
            Value::Access(..) => Some(NameId::NONE),
            _ => None,
        };
        let reset = apn.and_then(|apn| {
            let resets = scope.resets;
            resets.covering(self.source, self.reporter, apn, self.order)
        });
        if let Some(reset) = reset.filter(|_| self.over != Over::Ended) {
            self.close(reset.at);
        }
        self.live &= self.expires > scope.now;
        self.held = matches!(self.value, Value::Mobility(_, MobilityState::NotReachable))
            && self.order.at + scope.options.unreachable_hold_off > scope.now;
    }

    /// Whether it tells something even when it counts no more: who was registered is not any more.
    const fn is_kept(&self) -> bool {
        matches!(self.value, Value::Registration(_))
    }

    /// Over by a reset; of several the newest counts.
    fn close(&mut self, at: Stamp) {
        let closed = self.over == Over::Reset;
        self.expires = if closed { self.expires.max(at) } else { at };
        self.over = Over::Reset;
        self.live = false;
    }
}
