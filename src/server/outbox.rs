//! What a shard has to say, and to whom.

use std::{ops::Range, sync::Arc};

use pengate_codecs::Stamp;
use serde::Serialize;

use super::record::ServerRecord;
use crate::{
    feed::Channel,
    pen::{
        Presentity, Reporting,
        log::{Batch, Partition},
    },
    session::sip::{ServerId, ToTag},
};

/// Names a record on its way to the log; [`super::Shard::apply`] and [`super::Shard::refused`] are
/// told it again.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Token(pub u64);

/// Names a NOTIFY until [`super::Shard::answered`] is told what became of it.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct NotifyToken {
    /// Our tag of the dialog.
    pub tag: ToTag,
    /// The number of the request in the dialog.
    pub cseq: u32,
}

/// What became of a NOTIFY.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Outcome {
    /// A final response.
    Answered {
        /// From 200 to 699.
        status: u16,
        /// The Retry-After header in seconds.
        retry_after: Option<u32>,
    },
    /// No final response in time (RFC 3261 timer F).
    Timeout,
    /// It could not be sent.
    Unreachable,
}

/// Where a shard puts what it has to say. Owned and reused by the caller.
#[derive(Debug, Default)]
pub struct Outbox {
    pub(super) octets: Vec<u8>,
    pub(super) answers: Vec<(ServerId, Range<usize>)>,
    pub(super) notifies: Vec<NotifyRow>,
    /// Records for the log, in order; the token of each is in `tokens`.
    pub records: Batch,
    /// One for each record.
    pub tokens: Vec<Token>,
    /// Presentities that got their first watcher or lost their last one.
    pub reporting: Vec<Reporting>,
    /// What was refused or went wrong.
    pub faults: Vec<Fault>,
    /// Documents as they changed, when [`super::Shard::tap`] was asked for them.
    pub documents: Vec<Shown>,
}

#[derive(Clone, Debug)]
pub(super) struct NotifyRow {
    pub token: NotifyToken,
    pub channel: Channel,
    pub next_hop: Range<usize>,
    pub request: Range<usize>,
}

/// A NOTIFY to send. It has no Via: the front adds it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Notify<'a> {
    /// Comes back with its outcome; its tag says in which partition the dialog lives.
    pub token: NotifyToken,
    /// The path that the subscription came by, for a next hop that names no address.
    pub channel: Channel,
    /// The URI to send to: the first of the route set, else the watcher's contact.
    pub next_hop: &'a str,
    /// The message.
    pub request: &'a [u8],
}

/// A presence document as it became.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Shown {
    /// Whose.
    pub presentity: Presentity,
    /// When.
    pub at: Stamp,
    /// The document.
    pub body: Arc<[u8]>,
}

/// A room of the server.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Room {
    /// Publications of user agents (TS 23.141 clause 4.3.1).
    Pep,
    /// Updates of the network agent (clause 4.3.2).
    Pen,
    /// Watchers (clause 4.3.3).
    Pw,
}

impl Room {
    /// The specification's name in lower case: a metric label.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pep => "pep",
            Self::Pen => "pen",
            Self::Pw => "pw",
        }
    }
}

/// Something was refused or went wrong.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct Fault {
    /// When.
    pub at: Stamp,
    /// In which room.
    pub room: Room,
    /// What: of a closed set, and a metric label.
    pub kind: &'static str,
    /// The peer, where one is to blame.
    pub peer: Option<std::net::SocketAddr>,
}

impl Outbox {
    /// Answers to send, in order.
    pub fn answers(&self) -> impl Iterator<Item = (ServerId, &[u8])> {
        let answers = self.answers.iter();
        answers.map(|(transaction, range)| (*transaction, &self.octets[range.clone()]))
    }

    /// NOTIFYs to send, in order.
    pub fn notifies(&self) -> impl Iterator<Item = Notify<'_>> {
        self.notifies.iter().map(|row| Notify {
            token: row.token,
            channel: row.channel,
            next_hop: std::str::from_utf8(&self.octets[row.next_hop.clone()]).unwrap_or_default(),
            request: &self.octets[row.request.clone()],
        })
    }

    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.answers.is_empty()
            && self.notifies.is_empty()
            && self.records.is_empty()
            && self.reporting.is_empty()
            && self.faults.is_empty()
            && self.documents.is_empty()
    }

    /// Empties the outbox and keeps its memory.
    pub fn clear(&mut self) {
        self.octets.clear();
        self.answers.clear();
        self.notifies.clear();
        self.records.clear();
        self.tokens.clear();
        self.reporting.clear();
        self.faults.clear();
        self.documents.clear();
    }

    /// Answers with what `write` appends.
    pub(super) fn answer_with(&mut self, to: ServerId, write: impl FnOnce(&mut Vec<u8>)) {
        let start = self.octets.len();
        write(&mut self.octets);
        self.answers.push((to, start..self.octets.len()));
    }

    /// Hands a record to the log.
    pub(super) fn submit(&mut self, token: Token, partition: Partition, record: &ServerRecord) {
        record.append(partition, &mut self.records);
        self.tokens.push(token);
    }
}
