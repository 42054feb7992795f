//! When something is due for a dialogue.

use std::collections::BTreeSet;

use hashbrown::HashMap;
use pengate_codecs::Stamp;

use crate::session::tcap::DialogueId;

/// One time for each dialogue that has one.
#[derive(Debug, Default)]
pub(super) struct Due {
    times: BTreeSet<(Stamp, DialogueId)>,
    of: HashMap<DialogueId, Stamp>,
}

impl Due {
    /// Sets the time of a dialogue, in place of what it was.
    pub(super) fn set(&mut self, id: DialogueId, at: Stamp) {
        self.clear(id);
        self.of.insert(id, at);
        self.times.insert((at, id));
    }

    pub(super) fn clear(&mut self, id: DialogueId) {
        if let Some(at) = self.of.remove(&id) {
            self.times.remove(&(at, id));
        }
    }

    /// Takes a dialogue whose time has come.
    pub(super) fn expired(&mut self, now: Stamp) -> Option<DialogueId> {
        let (_, id) = self.times.first().copied().filter(|(at, _)| *at <= now)?;
        self.clear(id);
        Some(id)
    }

    pub(super) fn deadline(&self) -> Option<Stamp> {
        self.times.first().map(|(at, _)| *at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_time_replaces_the_former_one() {
        let at = Stamp::from_secs;
        let mut due = Due::default();
        due.set(DialogueId(1), at(5));
        due.set(DialogueId(2), at(4));
        due.set(DialogueId(1), at(3));
        assert_eq!(due.deadline(), Some(at(3)));
        assert_eq!(due.expired(at(2)), None);
        assert_eq!(due.expired(at(9)), Some(DialogueId(1)));
        due.clear(DialogueId(2));
        assert_eq!((due.expired(at(9)), due.deadline()), (None, None));
    }
}
