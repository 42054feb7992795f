//! Server transactions (RFC 3261 clause 17.2, RFC 6026 clause 7.1).

use hashbrown::HashTable;
use pengate_codecs::Stamp;

use super::queue::{Backoff, Queue};
use super::{Key, Keys, Timers};
use crate::feed::{Carrier, Channel};

/// A request that waits for, or has, its answer.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ServerId {
    slot: u32,
    generation: u32,
}

impl ServerId {
    /// Names a request that no front gave out: for those who drive a room without one.
    #[must_use]
    pub const fn outside(slot: u32) -> Self {
        Self {
            slot,
            generation: u32::MAX,
        }
    }
}

/// What a request is to the transactions there are.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in super::super) enum Arrival {
    /// The first copy: to be answered.
    New(ServerId),
    /// A copy before the answer: nothing to do.
    Absorbed,
    /// A copy after the answer, which goes out again.
    Again(ServerId),
    /// Came by another way as well (RFC 3261 clause 8.2.2.2).
    Merged,
    /// No room for another transaction.
    Full,
}

/// What a timer asks for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in super::super) enum Due {
    /// The response to an INVITE goes out again: timer G.
    Resend(ServerId),
    /// Nobody answered in time; the client has given up too.
    Unanswered(Channel),
}

/// All server transactions.
#[derive(Clone, Debug)]
pub(in super::super) struct Servers {
    max: usize,
    slots: Vec<Slot>,
    free: Vec<u32>,
    by_key: HashTable<u32>,
    by_merge: HashTable<u32>,
    /// No answer yet: as long as the client waits (its timer F or B).
    unanswered: Queue<ServerId>,
    /// Timer J: how long copies of an answered request may arrive. Timer H has the same length.
    answered: Queue<ServerId>,
    /// Timer G.
    resend: Backoff<ServerId>,
    /// Timer I: how long copies of an ACK may arrive.
    confirmed: Queue<ServerId>,
}

#[derive(Clone, Debug)]
struct Slot {
    generation: u32,
    key: Key,
    merge: Option<Key>,
    /// Where the answer goes.
    channel: Option<Channel>,
    invite: bool,
    state: State,
}

/// Each state has what is valid in it.
#[derive(Clone, Debug)]
enum State {
    Free,
    /// Trying or Proceeding; with the last provisional response, if any.
    Waiting(Option<Box<[u8]>>),
    /// The final response was sent.
    Completed(Box<[u8]>),
    /// An INVITE's final response was acknowledged.
    Confirmed,
}

impl Servers {
    pub(in super::super) fn new(timers: Timers, max: usize) -> Self {
        Self {
            max: max.min(usize::try_from(u32::MAX).unwrap_or(usize::MAX)),
            slots: Vec::new(),
            free: Vec::new(),
            by_key: HashTable::new(),
            by_merge: HashTable::new(),
            unanswered: Queue::new(timers.transaction()),
            answered: Queue::new(timers.transaction()),
            resend: Backoff::new(timers.t1, timers.t2),
            confirmed: Queue::new(timers.t4),
        }
    }

    /// How many there are.
    pub(in super::super) fn len(&self) -> usize {
        self.by_key.len()
    }

    /// A request arrived; `channel` is where its answer goes.
    pub(in super::super) fn arrive(
        &mut self,
        now: Stamp,
        keys: Keys,
        channel: Channel,
        invite: bool,
    ) -> Arrival {
        if let Some(id) = self.find(keys.transaction) {
            return match self.slot(id).map(|slot| &slot.state) {
                Some(State::Waiting(None) | State::Confirmed) | None => Arrival::Absorbed,
                Some(_) => Arrival::Again(id),
            };
        }
        if keys.merge.is_some_and(|merge| self.merged(merge)) {
            return Arrival::Merged;
        }
        if self.len() >= self.max && !self.forget_oldest() {
            return Arrival::Full;
        }
        let slot = Slot {
            generation: 0,
            key: keys.transaction,
            merge: keys.merge,
            channel: Some(channel),
            invite,
            state: State::Waiting(None),
        };
        let Some(id) = self.insert(slot) else {
            return Arrival::Full;
        };
        self.unanswered.arm(now, id);
        Arrival::New(id)
    }

    /// The transaction that `key` names.
    pub(in super::super) fn find(&self, key: Key) -> Option<ServerId> {
        let same = |slot: &u32| self.key_of(*slot) == Some(key);
        let slot = *self.by_key.find(key.short(), same)?;
        let generation = self.slots.get(index(slot))?.generation;
        Some(ServerId { slot, generation })
    }

    /// Where the answer goes, while there is a transaction.
    pub(in super::super) fn channel(&self, id: ServerId) -> Option<Channel> {
        self.slot(id)?.channel
    }

    /// What is to be sent again.
    pub(in super::super) fn response(&self, id: ServerId) -> Option<(Channel, &[u8])> {
        let slot = self.slot(id)?;
        match &slot.state {
            State::Completed(response) | State::Waiting(Some(response)) => {
                Some((slot.channel?, response))
            }
            _ => None,
        }
    }

    /// The room answers; gives where the response goes. `None` when the transaction is over, or
    /// has its final response already.
    pub(in super::super) fn respond(
        &mut self,
        now: Stamp,
        id: ServerId,
        status: u16,
        response: &[u8],
    ) -> Option<Channel> {
        let slot = self.slot_mut(id)?;
        let channel = slot.channel?;
        if !matches!(slot.state, State::Waiting(_)) {
            return None;
        }
        let datagrams = channel.carrier == Carrier::Udp;
        if status < 200 {
            slot.state = State::Waiting(Some(response.into()));
        } else if slot.invite || datagrams {
            slot.state = State::Completed(response.into());
            let invite = slot.invite;
            self.answered.arm(now, id);
            if invite && datagrams {
                self.resend.arm(now, id);
            }
        } else {
            // Timer J is zero: no copies can arrive on a stream.
            self.remove(id);
        }
        Some(channel)
    }

    /// An ACK arrived. False when there is no INVITE for it.
    pub(in super::super) fn acknowledge(&mut self, now: Stamp, key: Key) -> bool {
        let Some(id) = self.find(key) else {
            return false;
        };
        let Some(slot) = self.slot_mut(id).filter(|slot| slot.invite) else {
            return false;
        };
        if !matches!(slot.state, State::Completed(_)) {
            return true;
        }
        slot.state = State::Confirmed;
        if slot
            .channel
            .is_some_and(|channel| channel.carrier == Carrier::Udp)
        {
            self.confirmed.arm(now, id);
        } else {
            self.remove(id);
        }
        true
    }

    /// The earliest deadline.
    pub(in super::super) fn deadline(&self) -> Option<Stamp> {
        let queues = [&self.unanswered, &self.answered, &self.confirmed];
        let constant = queues.into_iter().filter_map(Queue::deadline);
        constant.chain(self.resend.deadline()).min()
    }

    /// Does what is due; `None` when nothing more is to be said to anybody.
    pub(in super::super) fn expire(&mut self, now: Stamp) -> Option<Due> {
        while let Some(id) = self.answered.expire(now) {
            let over = |slot: &Slot| matches!(slot.state, State::Completed(_));
            if self.slot(id).is_some_and(over) {
                self.remove(id);
            }
        }
        while let Some(id) = self.confirmed.expire(now) {
            self.remove(id);
        }
        while let Some((step, id)) = self.resend.expire(now) {
            let waits = |slot: &Slot| matches!(slot.state, State::Completed(_));
            if self.slot(id).is_some_and(waits) {
                self.resend.again(now, step, id);
                return Some(Due::Resend(id));
            }
        }
        while let Some(id) = self.unanswered.expire(now) {
            let waits = |slot: &&Slot| matches!(slot.state, State::Waiting(_));
            let channel = self.slot(id).filter(waits).and_then(|slot| slot.channel);
            if let Some(channel) = channel {
                self.remove(id);
                return Some(Due::Unanswered(channel));
            }
        }
        None
    }

    /// Makes room: the transaction that was answered first is forgotten. A copy of its request
    /// would be taken for a new one, which is better than to refuse those that are new.
    fn forget_oldest(&mut self) -> bool {
        while let Some(id) = self.answered.pop() {
            if self.slot(id).is_some() {
                self.remove(id);
                return true;
            }
        }
        false
    }

    fn merged(&self, merge: Key) -> bool {
        let same = |slot: &u32| {
            let slot = self.slots.get(index(*slot));
            slot.is_some_and(|slot| slot.merge == Some(merge))
        };
        self.by_merge.find(merge.short(), same).is_some()
    }

    fn insert(&mut self, mut slot: Slot) -> Option<ServerId> {
        let at = match self.free.pop() {
            Some(at) => at,
            None => u32::try_from(self.slots.len()).ok()?,
        };
        let id = ServerId {
            slot: at,
            generation: self.slots.get(index(at)).map_or(0, |slot| slot.generation),
        };
        slot.generation = id.generation;
        let (key, merge) = (slot.key, slot.merge);
        match self.slots.get_mut(index(at)) {
            Some(place) => *place = slot,
            None => self.slots.push(slot),
        }
        let slots = &self.slots;
        let hash = |at: &u32| slots.get(index(*at)).map_or(0, |slot| slot.key.short());
        self.by_key.insert_unique(key.short(), at, hash);
        if let Some(merge) = merge {
            let hash = |at: &u32| {
                let merge = slots.get(index(*at)).and_then(|slot| slot.merge);
                merge.map_or(0, Key::short)
            };
            self.by_merge.insert_unique(merge.short(), at, hash);
        }
        Some(id)
    }

    fn remove(&mut self, id: ServerId) {
        let Some(slot) = self.slot_mut(id) else {
            return;
        };
        let (key, merge) = (slot.key, slot.merge.take());
        slot.state = State::Free;
        slot.channel = None;
        slot.generation = slot.generation.wrapping_add(1);
        if let Ok(entry) = self.by_key.find_entry(key.short(), |at| *at == id.slot) {
            entry.remove();
        }
        if let Some(merge) = merge
            && let Ok(entry) = self.by_merge.find_entry(merge.short(), |at| *at == id.slot)
        {
            entry.remove();
        }
        self.free.push(id.slot);
    }

    fn key_of(&self, slot: u32) -> Option<Key> {
        self.slots.get(index(slot)).map(|slot| slot.key)
    }

    fn slot(&self, id: ServerId) -> Option<&Slot> {
        let slot = self.slots.get(index(id.slot))?;
        (slot.generation == id.generation).then_some(slot)
    }

    fn slot_mut(&mut self, id: ServerId) -> Option<&mut Slot> {
        let slot = self.slots.get_mut(index(id.slot))?;
        (slot.generation == id.generation).then_some(slot)
    }
}

/// Lossless where a pointer has 32 bits or more.
fn index(slot: u32) -> usize {
    usize::try_from(slot).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn channel(carrier: Carrier) -> Channel {
        Channel {
            carrier,
            local: ([127, 0, 0, 1], 5060).into(),
            peer: ([127, 0, 0, 1], 5070).into(),
        }
    }

    const fn keys(number: u128) -> Keys {
        Keys {
            transaction: Key(number),
            merge: Some(Key(number << 64 | 7)),
        }
    }

    fn start(servers: &mut Servers, now: i64, number: u128, carrier: Carrier) -> ServerId {
        let now = Stamp::from_millis(now);
        match servers.arrive(now, keys(number), channel(carrier), false) {
            Arrival::New(id) => id,
            other => panic!("{other:?}"),
        }
    }

    const fn at(millis: i64) -> Stamp {
        Stamp::from_millis(millis)
    }

    #[test]
    fn timer_j_keeps_the_answer_for_32_seconds_on_datagrams_only() {
        let mut servers = Servers::new(Timers::default(), 10);
        let id = start(&mut servers, 0, 1, Carrier::Udp);
        assert_eq!(
            servers.respond(at(100), id, 200, b"x"),
            Some(channel(Carrier::Udp))
        );
        assert_eq!(servers.respond(at(100), id, 200, b"y"), None);
        assert_eq!(servers.expire(at(32_099)), None);
        assert_eq!(
            servers.response(id),
            Some((channel(Carrier::Udp), &b"x"[..]))
        );
        assert_eq!(servers.deadline(), Some(at(32_100)));
        assert_eq!(servers.expire(at(32_100)), None);
        assert_eq!((servers.len(), servers.response(id)), (0, None));

        let id = start(&mut servers, 0, 2, Carrier::Tcp);
        assert!(servers.respond(at(0), id, 200, b"x").is_some());
        assert_eq!(servers.len(), 0);
    }

    #[test]
    fn a_number_is_never_two_transactions() {
        let mut servers = Servers::new(Timers::default(), 10);
        let old = start(&mut servers, 0, 1, Carrier::Tcp);
        assert!(servers.respond(at(0), old, 200, b"x").is_some());
        let new = start(&mut servers, 0, 2, Carrier::Tcp);
        assert_eq!(old.slot, new.slot);
        assert_eq!(servers.respond(at(0), old, 200, b"x"), None);
        assert_eq!(servers.channel(old), None);
        assert!(servers.respond(at(0), new, 200, b"x").is_some());
    }

    #[test]
    fn the_oldest_answered_one_makes_room_and_open_ones_never_do() {
        let mut servers = Servers::new(Timers::default(), 2);
        let first = start(&mut servers, 0, 1, Carrier::Udp);
        let second = start(&mut servers, 0, 2, Carrier::Udp);
        let third = servers.arrive(at(0), keys(3), channel(Carrier::Udp), false);
        assert_eq!(third, Arrival::Full);
        assert!(servers.respond(at(1), second, 200, b"x").is_some());
        start(&mut servers, 2, 3, Carrier::Udp);
        assert_eq!(servers.len(), 2);
        assert!(servers.channel(first).is_some());
        assert!(servers.channel(second).is_none());
    }

    #[test]
    fn an_unanswered_request_is_given_up_when_its_client_does() {
        let mut servers = Servers::new(Timers::default(), 2);
        let id = start(&mut servers, 0, 1, Carrier::Udp);
        assert_eq!(servers.expire(at(31_999)), None);
        let due = servers.expire(at(32_000));
        assert_eq!(due, Some(Due::Unanswered(channel(Carrier::Udp))));
        assert_eq!(servers.respond(at(32_000), id, 200, b"x"), None);
        assert_eq!((servers.len(), servers.deadline()), (0, None));
    }

    #[test]
    fn a_provisional_answer_is_repeated_until_the_final_one() {
        let mut servers = Servers::new(Timers::default(), 2);
        let id = start(&mut servers, 0, 1, Carrier::Udp);
        assert!(servers.respond(at(0), id, 100, b"100").is_some());
        let copy = servers.arrive(at(1), keys(1), channel(Carrier::Udp), false);
        assert_eq!(copy, Arrival::Again(id));
        assert_eq!(
            servers.response(id).map(|(_, octets)| octets),
            Some(&b"100"[..])
        );
        assert!(servers.respond(at(2), id, 200, b"200").is_some());
        assert_eq!(
            servers.response(id).map(|(_, octets)| octets),
            Some(&b"200"[..])
        );
    }

    #[test]
    fn a_request_that_came_by_two_ways_is_merged_while_the_first_is_known() {
        let mut servers = Servers::new(Timers::default(), 10);
        start(&mut servers, 0, 1, Carrier::Udp);
        let mut other = keys(1);
        other.transaction = Key(99);
        let arrival = servers.arrive(at(0), other, channel(Carrier::Udp), false);
        assert_eq!(arrival, Arrival::Merged);
        assert!(matches!(
            servers.expire(at(32_000)),
            Some(Due::Unanswered(_))
        ));
        let arrival = servers.arrive(at(32_000), other, channel(Carrier::Udp), false);
        assert!(matches!(arrival, Arrival::New(_)), "{arrival:?}");
    }
}
