//! Which dialogue waits for which event to be durable.

use std::collections::VecDeque;

use crate::{agent::room::Ticket, session::tcap::DialogueId};

/// Tickets count events, and events are settled nearly in their order: what waits stands in a queue,
/// each at its number. There is no more in it than there are events on their way to the log.
#[derive(Debug, Default)]
pub(super) struct Tickets {
    /// The number of the first one in the queue.
    first: u64,
    waiting: VecDeque<Waiting>,
}

#[derive(Clone, Copy, Debug)]
enum Waiting {
    /// A dialogue.
    Dialogue(DialogueId),
    /// Nobody, but its event is on its way.
    Nobody,
    /// It was settled.
    Settled,
}

impl Tickets {
    /// The ticket of the next event.
    #[inline]
    pub(super) fn give(&mut self, id: Option<DialogueId>) -> Ticket {
        let ticket = Ticket(self.first.wrapping_add(self.waiting.len() as u64));
        self.waiting
            .push_back(id.map_or(Waiting::Nobody, Waiting::Dialogue));
        ticket
    }

    /// Who waits for an event that is on its way.
    pub(super) fn waiting(&self, ticket: Ticket) -> Option<DialogueId> {
        let place = usize::try_from(ticket.0.checked_sub(self.first)?).ok()?;
        match self.waiting.get(place)? {
            Waiting::Dialogue(id) => Some(*id),
            Waiting::Nobody | Waiting::Settled => None,
        }
    }

    /// Whether no event is on its way.
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// An event was settled; who waits for it.
    pub(super) fn settled(&mut self, ticket: Ticket) -> Option<DialogueId> {
        let place = usize::try_from(ticket.0.checked_sub(self.first)?).ok()?;
        let waiting = self.waiting.get_mut(place)?;
        let found = std::mem::replace(waiting, Waiting::Settled);
        while let Some(Waiting::Settled) = self.waiting.front() {
            self.waiting.pop_front();
            self.first = self.first.wrapping_add(1);
        }
        match found {
            Waiting::Dialogue(id) => Some(id),
            Waiting::Nobody | Waiting::Settled => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_may_be_settled_in_any_order_and_once() {
        let id = |count| DialogueId { count, slot: 0 };
        let mut tickets = Tickets::default();
        let first = tickets.give(Some(id(1)));
        let nobody = tickets.give(None);
        let third = tickets.give(Some(id(3)));
        assert!(first < nobody && nobody < third);
        assert_eq!(tickets.waiting(third), Some(id(3)));
        assert_eq!(tickets.waiting(nobody), None);
        assert_eq!(tickets.settled(third), Some(id(3)));
        assert_eq!(tickets.waiting(third), None);
        assert_eq!(tickets.settled(third), None, "once");
        assert_eq!(tickets.settled(nobody), None);
        assert_eq!(tickets.settled(first), Some(id(1)));
        assert!(tickets.is_empty());
        assert_eq!(tickets.settled(first), None, "long ago");
        let later = tickets.give(Some(id(4)));
        assert!(later > third, "no number is given twice");
        assert_eq!(tickets.settled(Ticket(later.0 + 1)), None, "never given");
        assert_eq!(tickets.settled(later), Some(id(4)));
    }
}
