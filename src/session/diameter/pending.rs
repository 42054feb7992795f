//! Requests of ours that wait for an answer.

use std::{collections::VecDeque, time::Duration};

use hashbrown::HashMap;
use pengate_codecs::{
    Stamp,
    diameter::{Flags, Header},
};

/// Names a request of ours.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Call(pub u64);

/// A request under way.
#[derive(Debug)]
pub(super) struct Waiting {
    pub call: Call,
    /// The peer that has it.
    pub peer: usize,
    /// The request, to be sent to another peer.
    pub octets: Box<[u8]>,
    deadline: Stamp,
}

/// The hop-by-hop table of all connections: our identifiers are unique over them.
#[derive(Debug)]
pub(super) struct Pending {
    rows: HashMap<u32, Waiting>,
    /// By the time they end, which all do after the same span.
    ages: VecDeque<(Stamp, u32)>,
    max: usize,
    timeout: Duration,
    next_hop_by_hop: u32,
}

impl Pending {
    pub fn new(max: usize, timeout: Duration, first_hop_by_hop: u32) -> Self {
        Self {
            rows: HashMap::new(),
            ages: VecDeque::new(),
            max,
            timeout,
            next_hop_by_hop: first_hop_by_hop,
        }
    }

    pub fn is_full(&self) -> bool {
        self.rows.len() >= self.max
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// A Hop-by-Hop Identifier that no request under way has.
    pub fn hop_by_hop(&mut self) -> u32 {
        // There are fewer rows than numbers.
        loop {
            self.next_hop_by_hop = self.next_hop_by_hop.wrapping_add(1);
            if !self.rows.contains_key(&self.next_hop_by_hop) {
                return self.next_hop_by_hop;
            }
        }
    }

    pub fn insert(&mut self, now: Stamp, hop_by_hop: u32, call: Call, peer: usize, octets: &[u8]) {
        let deadline = now + self.timeout;
        self.ages.push_back((deadline, hop_by_hop));
        let octets = octets.into();
        self.rows.insert(
            hop_by_hop,
            Waiting {
                call,
                peer,
                octets,
                deadline,
            },
        );
    }

    /// Takes the request that an answer from `peer` belongs to; End-to-End Identifier, command and
    /// application must be the request's.
    pub fn answered(&mut self, peer: usize, answer: &Header) -> Option<Call> {
        let row = self.rows.get(&answer.hop_by_hop)?;
        let request = Header::decode(&row.octets).ok()?;
        let is_same = row.peer == peer
            && request.end_to_end == answer.end_to_end
            && request.command == answer.command
            && request.application == answer.application;
        is_same.then_some(row.call)?;
        self.rows.remove(&answer.hop_by_hop).map(|row| row.call)
    }

    /// Takes a request whose answer did not come in time.
    pub fn expired(&mut self, now: Stamp) -> Option<Call> {
        while let Some((deadline, hop_by_hop)) = self.ages.front().copied() {
            let row = self.rows.get(&hop_by_hop);
            let is_current = row.is_some_and(|row| row.deadline == deadline);
            if is_current && deadline > now {
                return None;
            }
            self.ages.pop_front();
            if is_current {
                return self.rows.remove(&hop_by_hop).map(|row| row.call);
            }
        }
        None
    }

    /// Takes all requests that a peer has, in the order in which they were sent.
    pub fn of_peer(&mut self, peer: usize) -> Vec<Waiting> {
        let mut found: Vec<_> = self.rows.extract_if(|_, row| row.peer == peer).collect();
        found.sort_by_key(|(_, row)| row.call);
        found.into_iter().map(|(_, row)| row).collect()
    }

    /// Puts back a request that another peer got, as it was sent there.
    pub fn sent_again(&mut self, hop_by_hop: u32, peer: usize, mut waiting: Waiting) {
        waiting.peer = peer;
        // Ages stay in order only if a row keeps its place: it is looked for under both numbers.
        let place = self
            .ages
            .partition_point(|(age, _)| *age <= waiting.deadline);
        self.ages.insert(place, (waiting.deadline, hop_by_hop));
        self.rows.insert(hop_by_hop, waiting);
    }

    pub fn deadline(&self) -> Option<Stamp> {
        self.ages.front().map(|(deadline, _)| *deadline)
    }
}

impl Waiting {
    /// Makes it the same request under another Hop-by-Hop Identifier, with the T bit.
    pub fn mark_sent_again(&mut self, hop_by_hop: u32) {
        if let Some(flags) = self.octets.get_mut(4) {
            *flags |= Flags::RETRANSMITTED.0;
        }
        if let Some(place) = self.octets.get_mut(12..16) {
            place.copy_from_slice(&hop_by_hop.to_be_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(hop_by_hop: u32, end_to_end: u32) -> Header {
        Header {
            length: 20,
            flags: Flags::REQUEST,
            command: 306,
            application: 1,
            hop_by_hop,
            end_to_end,
        }
    }

    fn pending() -> Pending {
        let mut pending = Pending::new(10, Duration::from_secs(10), u32::MAX - 1);
        for (second, call) in [(0, 1), (1, 2), (2, 3)] {
            let hop_by_hop = pending.hop_by_hop();
            let octets = header(hop_by_hop, 7).encode();
            pending.insert(Stamp::from_secs(second), hop_by_hop, Call(call), 0, &octets);
        }
        pending
    }

    #[test]
    fn an_answer_must_be_the_requests_in_all_that_ties_them() {
        let mut pending = pending();
        let answer = header(0, 7);
        assert_eq!(pending.answered(1, &answer), None, "another peer");
        for wrong in [
            header(9, 7),
            header(0, 8),
            Header {
                command: 307,
                ..answer
            },
            Header {
                application: 2,
                ..answer
            },
        ] {
            assert_eq!(pending.answered(0, &wrong), None);
        }
        assert_eq!(pending.answered(0, &answer), Some(Call(2)));
        assert_eq!(pending.answered(0, &answer), None, "answered before");
    }

    #[test]
    fn requests_end_one_after_the_other() {
        let mut pending = pending();
        let at = Stamp::from_secs;
        assert_eq!(pending.expired(at(9)), None);
        assert_eq!(pending.answered(0, &header(0, 7)), Some(Call(2)));
        assert_eq!(pending.deadline(), Some(at(10)));
        assert_eq!(pending.expired(at(12)), Some(Call(1)));
        assert_eq!(pending.expired(at(12)), Some(Call(3)));
        assert_eq!((pending.expired(at(12)), pending.deadline()), (None, None));
    }

    #[test]
    fn what_another_peer_got_keeps_its_deadline() {
        let mut pending = pending();
        for mut waiting in pending.of_peer(0) {
            let hop_by_hop = pending.hop_by_hop();
            waiting.mark_sent_again(hop_by_hop);
            assert_eq!(Header::decode(&waiting.octets).unwrap().flags, Flags(0x90));
            pending.sent_again(hop_by_hop, 1, waiting);
        }
        assert_eq!(pending.len(), 3);
        let at = Stamp::from_secs;
        assert_eq!(pending.expired(at(10)), Some(Call(1)));
        assert_eq!(pending.expired(at(10)), None);
        assert_eq!(pending.answered(1, &header(3, 7)), Some(Call(2)));
    }
}
