//! Answers that are due, and those kept for repeated requests (RFC 6733 clauses 5.5.4 and 6.2).

use std::{collections::VecDeque, time::Duration};

use hashbrown::HashMap;
use pengate_codecs::Stamp;
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;
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

/// Whether the fact that a request tells was told before, under another End-to-End Identifier.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Telling {
    /// For the first time.
    First,
    /// The first answer is due, and this one with it.
    Waiting,
    /// It was answered.
    Answered,
}

/// An answer and what its request is known by, as they are kept over a restart.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Reply {
    key: u64,
    fact: Option<u64>,
    channel: Channel,
    octets: Vec<u8>,
}

#[derive(Debug)]
struct Row {
    key: u64,
    fact: Option<u64>,
    /// Exchanges that tell the same and are answered when this one is.
    repeats: SmallVec<[Exchange; 1]>,
    channel: Channel,
    hop_by_hop: u32,
    octets: Vec<u8>,
    is_answered: bool,
}

#[derive(Debug)]
pub(super) struct Answers {
    rows: HashMap<Exchange, Row>,
    keys: HashMap<u64, Exchange>,
    /// By the digest of what the request tells.
    facts: HashMap<u64, Exchange>,
    ages: VecDeque<(Stamp, Exchange)>,
    retention: Duration,
    max: usize,
    next: u64,
    has_forgotten: bool,
}

impl Answers {
    pub fn new(retention: Duration, max: usize) -> Self {
        Self {
            rows: HashMap::new(),
            keys: HashMap::new(),
            facts: HashMap::new(),
            ages: VecDeque::new(),
            retention,
            max,
            next: 0,
            has_forgotten: false,
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
                fact: None,
                repeats: SmallVec::new(),
                channel,
                hop_by_hop,
                octets: Vec::new(),
                is_answered: false,
            },
        );
        Seen::New(exchange)
    }

    /// Notes which fact a new request tells: one that is told again bears another End-to-End
    /// Identifier where its sender restarted meanwhile.
    pub fn tell(&mut self, exchange: Exchange, fact: u64) -> Telling {
        if let Some(first) = self.facts.get(&fact)
            && let Some(row) = self.rows.get_mut(first)
        {
            if row.is_answered {
                return Telling::Answered;
            }
            row.repeats.push(exchange);
            return Telling::Waiting;
        }
        if let Some(row) = self.rows.get_mut(&exchange) {
            row.fact = Some(fact);
            self.facts.insert(fact, exchange);
        }
        Telling::First
    }

    /// Takes the exchanges that are answered as this one is.
    pub fn take_repeats(&mut self, exchange: Exchange) -> SmallVec<[Exchange; 1]> {
        let row = self.rows.get_mut(&exchange);
        row.map(|row| std::mem::take(&mut row.repeats))
            .unwrap_or_default()
    }

    /// The answer that an exchange will have, and what its request is known by.
    pub fn reply(&self, exchange: Exchange) -> Option<Reply> {
        let row = self.rows.get(&exchange)?;
        Some(Reply {
            key: row.key,
            fact: row.fact,
            channel: row.channel,
            octets: row.octets.clone(),
        })
    }

    /// Puts back an answer that was given before a restart.
    pub fn restore(&mut self, at: Stamp, reply: Reply) {
        self.expire(at);
        if self.rows.len() >= self.max && !self.forget_oldest_answered() {
            return;
        }
        let Reply {
            key,
            fact,
            channel,
            octets,
        } = reply;
        let exchange = Exchange(self.next);
        self.next += 1;
        if let Some(former) = self.keys.insert(key, exchange) {
            self.forget(former);
        }
        self.facts.extend(fact.map(|fact| (fact, exchange)));
        self.ages.push_back((at, exchange));
        self.rows.insert(
            exchange,
            Row {
                key,
                fact,
                repeats: SmallVec::new(),
                channel,
                // That of the repetition is taken when it comes.
                hop_by_hop: 0,
                octets,
                is_answered: true,
            },
        );
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
        let Some(row) = self.rows.remove(&exchange) else {
            return;
        };
        // A later exchange may be known by the same.
        remove_own(&mut self.keys, row.key, exchange);
        if let Some(fact) = row.fact {
            remove_own(&mut self.facts, fact, exchange);
        }
    }

    /// Whether an answer was forgotten before its time, for want of room, since this was asked last.
    pub const fn take_forgotten(&mut self) -> bool {
        std::mem::replace(&mut self.has_forgotten, false)
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
                    self.has_forgotten = true;
                    return true;
                }
                None => {}
            }
        }
        false
    }
}

fn remove_own(table: &mut HashMap<u64, Exchange>, known_by: u64, exchange: Exchange) {
    if table.get(&known_by) == Some(&exchange) {
        table.remove(&known_by);
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
    fn a_fact_that_is_told_again_under_another_identifier_is_known() {
        let mut answers = Answers::new(Duration::from_mins(4), 10);
        let (Seen::New(first), Seen::New(again)) =
            (meet(&mut answers, 0, 1, 7), meet(&mut answers, 1, 1, 8))
        else {
            unreachable!();
        };
        assert_eq!(answers.tell(first, 5), Telling::First);
        assert_eq!(answers.tell(again, 5), Telling::Waiting);
        assert_eq!(answers.take_repeats(first).as_slice(), [again]);
        answers.draft(first).unwrap().extend([9; 20]);
        answers.answer(first).unwrap();
        assert_eq!(answers.tell(again, 5), Telling::Answered);
        answers.forget(first);
        assert_eq!(
            answers.tell(again, 5),
            Telling::First,
            "it was not recorded"
        );
    }

    #[test]
    fn what_was_answered_before_a_restart_is_answered_again() {
        let mut before = Answers::new(Duration::from_mins(4), 10);
        let Seen::New(exchange) = meet(&mut before, 0, 1, 7) else {
            unreachable!();
        };
        before.tell(exchange, 5);
        before.draft(exchange).unwrap().extend([9; 20]);
        let reply = before.reply(exchange).unwrap();
        let restored = || {
            let mut after = Answers::new(Duration::from_mins(4), 1);
            after.restore(Stamp::from_secs(0), reply.clone());
            after
        };
        let mut after = restored();
        let Seen::Answered(exchange) = meet(&mut after, 10, 2, 7) else {
            unreachable!();
        };
        let (to, octets) = after.answer(exchange).unwrap();
        assert_eq!((to, &octets[12..16]), (channel(2), &[0, 0, 0, 2][..]));
        let mut after = restored();
        after.max = 2;
        let Seen::New(again) = meet(&mut after, 10, 2, 8) else {
            unreachable!();
        };
        assert_eq!(after.tell(again, 5), Telling::Answered);
        assert!(
            matches!(meet(&mut restored(), 240, 2, 7), Seen::New(_)),
            "after its retention"
        );
        let mut full = restored();
        full.restore(
            Stamp::from_secs(1),
            Reply {
                key: 1,
                ..reply.clone()
            },
        );
        assert_eq!(full.rows.len(), 1, "the later one has the room");
    }

    #[test]
    fn of_two_replies_with_one_key_or_fact_the_end_of_the_older_leaves_the_newer() {
        let reply = |key, fact| Reply {
            key,
            fact: Some(fact),
            channel: channel(1),
            octets: vec![9; 20],
        };
        let same = key(b"hss", 7);
        for (older, newer) in [
            (reply(same, 4), reply(same, 5)),
            (reply(1, 5), reply(same, 5)),
        ] {
            let mut answers = Answers::new(Duration::from_mins(4), 10);
            answers.restore(Stamp::from_secs(0), older);
            answers.restore(Stamp::from_secs(100), newer);
            let Seen::New(other) = meet(&mut answers, 240, 2, 8) else {
                unreachable!();
            };
            assert_eq!(answers.tell(other, 5), Telling::Answered);
            assert!(matches!(meet(&mut answers, 240, 2, 7), Seen::Answered(_)));
            meet(&mut answers, 600, 2, 9);
            assert_eq!((answers.keys.len(), answers.facts.len()), (1, 0));
        }
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
