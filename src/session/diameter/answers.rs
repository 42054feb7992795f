//! Answers that are due, and those kept for repeated requests (RFC 6733 clauses 5.5.4 and 6.2).

use std::{collections::VecDeque, time::Duration};

use hashbrown::HashMap;
use pengate_codecs::Stamp;
use xxhash_rust::xxh3::Xxh3;

use crate::feed::Channel;

/// Names a request of a peer.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Exchange(pub u64);

/// What is known of a request.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Seen {
    /// It is new, and was entered.
    New(Exchange),
    /// Its answer is due; it will go to where the request came from last.
    Waiting,
    /// It was answered.
    Answered(Exchange),
    /// It is new, but too many answers are due.
    Full,
}

#[derive(Debug)]
struct Row {
    key: u64,
    channel: Channel,
    hop_by_hop: u32,
    octets: Vec<u8>,
    is_answered: bool,
}

#[derive(Debug)]
pub(super) struct Answers {
    rows: HashMap<Exchange, Row>,
    keys: HashMap<u64, Exchange>,
    ages: VecDeque<(Stamp, Exchange)>,
    retention: Duration,
    max: usize,
    next: u64,
}

impl Answers {
    pub fn new(retention: Duration, max: usize) -> Self {
        Self {
            rows: HashMap::new(),
            keys: HashMap::new(),
            ages: VecDeque::new(),
            retention,
            max,
            next: 0,
        }
    }

    /// Meets a request: the same origin and End-to-End Identifier are the same request.
    pub fn meet(
        &mut self,
        now: Stamp,
        (channel, hop_by_hop): (Channel, u32),
        (origin, end_to_end): (&[u8], u32),
    ) -> Seen {
        self.expire(now);
        let key = key(origin, end_to_end);
        if let Some(exchange) = self.keys.get(&key).copied()
            && let Some(row) = self.rows.get_mut(&exchange)
        {
            row.channel = channel;
            row.hop_by_hop = hop_by_hop;
            return if row.is_answered {
                Seen::Answered(exchange)
            } else {
                Seen::Waiting
            };
        }
        if self.rows.len() >= self.max && !self.forget_oldest_answered() {
            return Seen::Full;
        }
        let exchange = Exchange(self.next);
        self.next += 1;
        self.keys.insert(key, exchange);
        self.ages.push_back((now, exchange));
        self.rows.insert(
            exchange,
            Row {
                key,
                channel,
                hop_by_hop,
                octets: Vec::new(),
                is_answered: false,
            },
        );
        Seen::New(exchange)
    }

    /// The answer that an exchange will have.
    pub fn draft(&mut self, exchange: Exchange) -> Option<&mut Vec<u8>> {
        self.rows.get_mut(&exchange).map(|row| &mut row.octets)
    }

    /// The answer of an exchange with the identifier of the request that came last, and where it
    /// goes. Nothing if none was drafted.
    pub fn answer(&mut self, exchange: Exchange) -> Option<(Channel, &[u8])> {
        let row = self.rows.get_mut(&exchange)?;
        row.octets
            .get_mut(12..16)?
            .copy_from_slice(&row.hop_by_hop.to_be_bytes());
        row.is_answered = true;
        Some((row.channel, &row.octets))
    }

    /// Forgets an exchange: the same request may come again as if it were new.
    pub fn forget(&mut self, exchange: Exchange) {
        if let Some(row) = self.rows.remove(&exchange) {
            self.keys.remove(&row.key);
        }
    }

    fn expire(&mut self, now: Stamp) {
        while let Some((at, exchange)) = self.ages.front().copied()
            && now.since(at) >= self.retention
        {
            self.ages.pop_front();
            self.forget(exchange);
        }
    }

    fn forget_oldest_answered(&mut self) -> bool {
        while let Some((at, exchange)) = self.ages.pop_front() {
            match self.rows.get(&exchange) {
                Some(row) if !row.is_answered => {
                    self.ages.push_front((at, exchange));
                    return false;
                }
                Some(_) => {
                    self.forget(exchange);
                    return true;
                }
                None => {}
            }
        }
        false
    }
}

fn key(origin: &[u8], end_to_end: u32) -> u64 {
    let mut digest = Xxh3::new();
    digest.update(&end_to_end.to_be_bytes());
    digest.update(origin);
    digest.digest()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feed::Carrier;

    fn channel(port: u16) -> Channel {
        Channel {
            carrier: Carrier::Tcp,
            local: ([192, 0, 2, 1], 3868).into(),
            peer: ([192, 0, 2, 2], port).into(),
        }
    }

    fn meet(answers: &mut Answers, second: i64, port: u16, end_to_end: u32) -> Seen {
        let from = (channel(port), u32::from(port));
        answers.meet(Stamp::from_secs(second), from, (b"hss", end_to_end))
    }

    #[test]
    fn a_repeated_request_gets_the_same_answer_where_it_came_from_last() {
        let mut answers = Answers::new(Duration::from_mins(4), 10);
        let Seen::New(exchange) = meet(&mut answers, 0, 1, 7) else {
            unreachable!();
        };
        answers.draft(exchange).unwrap().extend([9; 20]);
        assert_eq!(meet(&mut answers, 1, 2, 7), Seen::Waiting);
        let (to, octets) = answers.answer(exchange).unwrap();
        assert_eq!((to, &octets[12..16]), (channel(2), &[0, 0, 0, 2][..]));
        assert_eq!(meet(&mut answers, 2, 3, 7), Seen::Answered(exchange));
        assert_eq!(answers.answer(exchange).unwrap().0, channel(3));
        assert!(
            matches!(meet(&mut answers, 240, 3, 7), Seen::New(_)),
            "after its retention"
        );
    }

    #[test]
    fn one_that_was_forgotten_is_new_again() {
        let mut answers = Answers::new(Duration::from_mins(4), 10);
        let Seen::New(exchange) = meet(&mut answers, 0, 1, 7) else {
            unreachable!();
        };
        assert_eq!(answers.answer(exchange), None, "nothing was drafted");
        answers.forget(exchange);
        assert!(matches!(meet(&mut answers, 0, 1, 7), Seen::New(_)));
    }

    #[test]
    fn what_is_due_is_not_forgotten_for_what_is_new() {
        let mut answers = Answers::new(Duration::from_mins(4), 2);
        let Seen::New(first) = meet(&mut answers, 0, 1, 1) else {
            unreachable!();
        };
        meet(&mut answers, 0, 1, 2);
        assert_eq!(meet(&mut answers, 0, 1, 3), Seen::Full);
        answers.draft(first).unwrap().extend([9; 20]);
        answers.answer(first).unwrap();
        assert!(matches!(meet(&mut answers, 0, 1, 3), Seen::New(_)));
        assert_eq!(meet(&mut answers, 0, 1, 4), Seen::Full);
    }
}
