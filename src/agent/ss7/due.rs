//! When something is due for a dialogue.

use std::{cmp::Reverse, collections::BinaryHeap};

use pengate_codecs::Stamp;

use crate::session::tcap::{ByDialogue, DialogueId};

/// One time for each dialogue that has one. A time that was replaced or cleared stays in the heap
/// until it comes first, or until there are more of such than of others.
#[derive(Debug, Default)]
pub(super) struct Due {
    times: BinaryHeap<Reverse<(Stamp, DialogueId)>>,
    of: ByDialogue<Stamp>,
}

impl Due {
    /// Sets the time of a dialogue, in place of what it was.
    pub(super) fn set(&mut self, id: DialogueId, at: Stamp) {
        let former = self.of.insert(id, at);
        self.times.push(Reverse((at, id)));
        if former.is_some() {
            self.tidy();
        }
    }

    pub(super) fn clear(&mut self, id: DialogueId) {
        if self.of.remove(id).is_some() {
            self.tidy();
        }
    }

    /// Takes a dialogue whose time has come.
    pub(super) fn expired(&mut self, now: Stamp) -> Option<DialogueId> {
        let Reverse((at, id)) = *self.times.peek()?;
        if at > now {
            return None;
        }
        self.clear(id);
        Some(id)
    }

    pub(super) fn deadline(&self) -> Option<Stamp> {
        self.times.peek().map(|Reverse((at, _))| *at)
    }

    /// What comes first counts.
    fn tidy(&mut self) {
        let of = &self.of;
        let counts = |Reverse((at, id)): &Reverse<(Stamp, DialogueId)>| of.get(*id) == Some(at);
        while self.times.peek().is_some_and(|first| !counts(first)) {
            self.times.pop();
        }
        if self.times.len() > 2 * self.of.len() + STALE_MIN {
            self.times.retain(counts);
        }
    }
}

/// So many times that do not count may stand among few others.
const STALE_MIN: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_time_replaces_the_former_one() {
        let at = Stamp::from_secs;
        let id = |slot| DialogueId { count: 9, slot };
        let mut due = Due::default();
        due.set(id(1), at(5));
        due.set(id(2), at(4));
        due.set(id(1), at(3));
        assert_eq!(due.deadline(), Some(at(3)));
        assert_eq!(due.expired(at(2)), None);
        assert_eq!(due.expired(at(9)), Some(id(1)));
        due.clear(id(2));
        assert_eq!((due.expired(at(9)), due.deadline()), (None, None));
    }

    #[test]
    fn a_time_that_is_set_twice_comes_once() {
        let at = Stamp::from_secs;
        let (id, next) = (
            DialogueId { count: 1, slot: 0 },
            DialogueId { count: 2, slot: 0 },
        );
        let mut due = Due::default();
        due.set(id, at(5));
        due.set(id, at(5));
        assert_eq!(due.expired(at(9)), Some(id));
        assert_eq!((due.expired(at(9)), due.deadline()), (None, None));
        // Nor does one of a dialogue whose slot another one has.
        due.set(id, at(5));
        due.set(next, at(6));
        assert_eq!(due.expired(at(9)), Some(next));
        assert_eq!((due.expired(at(9)), due.deadline()), (None, None));
    }

    #[test]
    fn times_that_were_replaced_take_no_memory() {
        let id = |slot| DialogueId { count: 9, slot };
        let mut due = Due::default();
        due.set(id(1), Stamp::from_secs(1));
        for secs in 10..10_000 {
            due.set(id(2), Stamp::from_secs(secs));
        }
        assert!(due.times.len() <= 2 * 2 + STALE_MIN + 1);
        assert_eq!(due.expired(Stamp::from_secs(9)), Some(id(1)));
        assert_eq!(due.deadline(), Some(Stamp::from_secs(9_999)));
    }
}
