//! Timers of a shard: one ordered table, no task and no thread.

use std::collections::BTreeSet;

use pengate_codecs::Stamp;

use super::slab::Slot;

/// Why a shard wants to be woken.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Timer {
    /// Something that the network told of a presentity is not believed any longer.
    Facets(Slot),
    /// A publication of a presentity, by its name there, ends.
    Publication(Slot, u32),
    /// A subscription ends.
    Subscription(Slot),
    /// A watcher that asked for a delay may be told again.
    Retry(Slot),
    /// The next watchers are brought up to date after a restart.
    CatchUp,
}

/// Armed timers in the order in which they fire.
#[derive(Debug, Default)]
pub(super) struct Timers {
    armed: BTreeSet<(Stamp, Timer)>,
}

impl Timers {
    /// Arms a timer; [`Stamp::MAX`] is never.
    pub(super) fn arm(&mut self, at: Stamp, timer: Timer) {
        if at < Stamp::MAX {
            self.armed.insert((at, timer));
        }
    }

    /// Takes back a timer that was armed for `at`.
    pub(super) fn disarm(&mut self, at: Stamp, timer: Timer) {
        self.armed.remove(&(at, timer));
    }

    /// When the first one fires.
    pub(super) fn next(&self) -> Option<Stamp> {
        self.armed.first().map(|(at, _)| *at)
    }

    /// The first one that is due.
    pub(super) fn pop(&mut self, now: Stamp) -> Option<Timer> {
        let due = self.armed.first().is_some_and(|(at, _)| *at <= now);
        if due {
            self.armed.pop_first().map(|(_, timer)| timer)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timers_fire_in_order_and_not_early() {
        let mut timers = Timers::default();
        timers.arm(Stamp::from_secs(2), Timer::CatchUp);
        timers.arm(Stamp::from_secs(1), Timer::Subscription(Slot(7)));
        timers.arm(Stamp::from_secs(1), Timer::Retry(Slot(7)));
        timers.arm(Stamp::MAX, Timer::Facets(Slot(7)));
        timers.disarm(Stamp::from_secs(1), Timer::Retry(Slot(7)));
        assert_eq!(timers.next(), Some(Stamp::from_secs(1)));
        assert_eq!(timers.pop(Stamp::from_millis(999)), None);
        let due = Stamp::from_secs(2);
        assert_eq!(timers.pop(due), Some(Timer::Subscription(Slot(7))));
        assert_eq!(timers.pop(due), Some(Timer::CatchUp));
        assert_eq!((timers.pop(due), timers.next()), (None, None));
    }
}
