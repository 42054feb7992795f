//! The same fact under a new identifier is not a second event.
//!
//! A client that adjusts Acct-Delay-Time when it tries again must take a new Identifier (RFC 2866
//! clause 4.1), and a client that turns to another server tells everything again: such requests get
//! past the kept answers.

use std::{collections::VecDeque, time::Duration};

use hashbrown::HashMap;
use pengate_codecs::Stamp;

use super::{Ticket, Verdict, clock::EventTime};

/// How a fact stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Standing {
    /// It is told for the first time.
    New,
    /// It is being recorded under this ticket.
    Waiting(Ticket),
    /// It is recorded.
    Settled,
}

#[derive(Clone, Copy, Debug)]
struct Row {
    time: EventTime,
    ticket: Ticket,
    is_settled: bool,
}

#[derive(Debug)]
pub(super) struct Repeats {
    retention: Duration,
    max: usize,
    rows: HashMap<u64, Row>,
    tickets: HashMap<Ticket, u64>,
    ages: VecDeque<(Stamp, u64, Ticket)>,
}

impl Repeats {
    pub fn new(retention: Duration, max: usize) -> Self {
        Self {
            retention,
            max,
            rows: HashMap::new(),
            tickets: HashMap::new(),
            ages: VecDeque::new(),
        }
    }

    /// Meets the fact `digest` that happened at `time`; if it is new, it waits under `ticket`.
    pub fn meet(&mut self, digest: u64, time: EventTime, ticket: Ticket, now: Stamp) -> Standing {
        if let Some(row) = self.rows.get(&digest)
            && row.time.is_same(time)
        {
            return if row.is_settled {
                Standing::Settled
            } else {
                Standing::Waiting(row.ticket)
            };
        }
        if self.rows.len() >= self.max {
            self.forget_oldest();
        }
        if let Some(former) = self.rows.insert(
            digest,
            Row {
                time,
                ticket,
                is_settled: false,
            },
        ) {
            self.tickets.remove(&former.ticket);
        }
        self.tickets.insert(ticket, digest);
        self.ages.push_back((now, digest, ticket));
        Standing::New
    }

    /// Notes what became of a fact; one that was refused may be told again.
    pub fn settle(&mut self, ticket: Ticket, verdict: Verdict) {
        let Some(digest) = self.tickets.remove(&ticket) else {
            return;
        };
        match verdict {
            Verdict::Settled => {
                if let Some(row) = self.rows.get_mut(&digest) {
                    row.is_settled = true;
                }
            }
            Verdict::Refused => {
                self.rows.remove(&digest);
            }
        }
    }

    pub fn expire(&mut self, now: Stamp) {
        while let Some((at, ..)) = self.ages.front()
            && now.since(*at) >= self.retention
        {
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) {
        let Some((_, digest, ticket)) = self.ages.pop_front() else {
            return;
        };
        if self
            .rows
            .get(&digest)
            .is_some_and(|row| row.ticket == ticket)
        {
            self.rows.remove(&digest);
        }
        self.tickets.remove(&ticket);
    }
}
