//! Answers kept for repeated requests (RFC 5080 clause 2.2.2).

use std::{collections::VecDeque, time::Duration};

use hashbrown::HashMap;
use pengate_codecs::{Stamp, radius::Authenticator};
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use crate::feed::Channel;

/// How long and how many answers are kept.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// How long an answer is kept for repetitions of its request (default 30s: as long as a client
    /// goes on trying, RFC 5080 clause 2.2.1).
    #[serde(with = "crate::options::duration")]
    pub reply_retention: Duration,
    /// Most answers kept or due (count, default 1000000); when as many are due, further requests
    /// are dropped.
    pub replies_max: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            reply_retention: Duration::from_secs(30),
            replies_max: 1_000_000,
        }
    }
}

/// Names a request and its answer.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Exchange(pub u64);

/// An answer and the request that it is for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Reply {
    /// The client.
    pub channel: Channel,
    /// Identifier of the request.
    pub identifier: u8,
    /// Authenticator of the request.
    pub authenticator: Authenticator,
    /// The answer as it is sent.
    pub octets: SmallVec<[u8; 40]>,
}

/// What is known of a request.
pub(super) enum Seen<'t> {
    /// Nothing: it is new.
    Never,
    /// It is being recorded.
    Waiting,
    /// It was answered so.
    Answered(&'t [u8]),
}

#[derive(Debug)]
struct Row {
    reply: Reply,
    exchange: Exchange,
    is_answered: bool,
}

/// A client may have 256 requests under way for each of its ports.
type Key = (Channel, u8);

#[derive(Debug)]
pub(super) struct Replies {
    options: Options,
    rows: HashMap<Key, Row>,
    keys: HashMap<Exchange, Key>,
    /// In order of arrival.
    ages: VecDeque<(Stamp, Exchange)>,
    next: u64,
}

impl Replies {
    pub fn new(options: Options) -> Self {
        Self {
            options,
            rows: HashMap::new(),
            keys: HashMap::new(),
            ages: VecDeque::new(),
            next: 0,
        }
    }

    pub fn seen(
        &self,
        channel: Channel,
        identifier: u8,
        authenticator: &Authenticator,
    ) -> Seen<'_> {
        match self.rows.get(&(channel, identifier)) {
            Some(row) if row.reply.authenticator != *authenticator => Seen::Never,
            Some(row) if row.is_answered => Seen::Answered(&row.reply.octets),
            Some(_) => Seen::Waiting,
            None => Seen::Never,
        }
    }

    /// Takes a new request; a former one with the same identifier is forgotten. `None` when there
    /// is no room.
    pub fn admit(&mut self, at: Stamp, reply: Reply) -> Option<Exchange> {
        while self.rows.len() >= self.options.replies_max {
            self.evict_answered()?;
        }
        let exchange = Exchange(self.next);
        self.next += 1;
        let key = (reply.channel, reply.identifier);
        let row = Row {
            reply,
            exchange,
            is_answered: false,
        };
        if let Some(former) = self.rows.insert(key, row) {
            self.keys.remove(&former.exchange);
        }
        self.keys.insert(exchange, key);
        self.ages.push_back((at, exchange));
        Some(exchange)
    }

    pub fn get(&self, exchange: Exchange) -> Option<&Reply> {
        self.rows
            .get(self.keys.get(&exchange)?)
            .map(|row| &row.reply)
    }

    pub fn answer(&mut self, exchange: Exchange) -> Option<&Reply> {
        let row = self.rows.get_mut(self.keys.get(&exchange)?)?;
        row.is_answered = true;
        Some(&row.reply)
    }

    pub fn forget(&mut self, exchange: Exchange) {
        if let Some(key) = self.keys.remove(&exchange) {
            self.rows.remove(&key);
        }
    }

    pub fn deadline(&self) -> Option<Stamp> {
        self.ages
            .front()
            .map(|(at, _)| *at + self.options.reply_retention)
    }

    /// Forgets what is old. A request whose answer is still due is kept: it may be recorded yet.
    pub fn expire(&mut self, now: Stamp) {
        while let Some((at, exchange)) = self.ages.front().copied() {
            if now.since(at) < self.options.reply_retention {
                return;
            }
            self.ages.pop_front();
            if self.is_due(exchange) {
                self.ages.push_back((now, exchange));
            } else {
                self.forget(exchange);
            }
        }
    }

    /// Makes room by forgetting the oldest answer that was given.
    fn evict_answered(&mut self) -> Option<()> {
        for _ in 0..self.ages.len() {
            let (at, exchange) = self.ages.pop_front()?;
            if self.is_due(exchange) {
                self.ages.push_back((at, exchange));
                continue;
            }
            if self.keys.contains_key(&exchange) {
                self.forget(exchange);
                return Some(());
            }
        }
        None
    }

    fn is_due(&self, exchange: Exchange) -> bool {
        let row = self.keys.get(&exchange).and_then(|key| self.rows.get(key));
        row.is_some_and(|row| !row.is_answered)
    }
}
