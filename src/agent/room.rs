//! What every room of the agent looks like from outside.

use std::{fmt::Debug, net::SocketAddr, ops::Range, time::Duration};

use pengate_codecs::{Stamp, sip::Message};
use serde::Serialize;
use smol_str::SmolStr;

use crate::{
    event::{NetworkEvent, Source, Subject},
    feed::{Carrier, Channel, Chunk},
    pen::{
        Presentity,
        log::{Batch, RecordRef},
        state::{Row, StateBatch},
    },
    session::{scratch::Scratch, sip::ServerId},
};

/// Names an event on its way to the log, so that its room can answer once it is settled.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Ticket(pub u64);

/// What became of an event.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Verdict {
    /// Durable: acknowledge it.
    Settled,
    /// Not recorded and never will be: forget it and stay silent, or answer as the protocol says.
    Refused,
}

/// What a room is told.
#[derive(Clone, Copy, Debug)]
pub enum Input<'a> {
    /// Octets.
    Chunk(Chunk<'a>),
    /// A SIP request, by the front that owns transactions.
    Request(Request<'a>),
    /// A connection or association came.
    Up(Channel),
    /// A connection or association went.
    Down(Channel),
    /// A connection or association that was asked for did not come about.
    Refused(SocketAddr),
    /// The server wants a presentity reported, or no longer.
    Watch(Watch<'a>),
    /// An event was settled.
    Settled(Ticket, Verdict),
}

/// A SIP request for a room, to be answered by [`Outbox::answer`].
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Its transaction.
    pub transaction: ServerId,
    /// The path that it came by.
    pub channel: Channel,
    /// What it says.
    pub message: &'a Message<'a>,
}

/// A presentity is watched, or no longer (TS 23.141 clause 4.3.2). Told again when more of its
/// identities become known.
#[derive(Clone, Copy, Debug)]
pub struct Watch<'a> {
    /// Whom.
    pub presentity: &'a Presentity,
    /// Every lasting identity that leads to the presentity.
    pub subject: &'a Subject,
    /// Whether anybody watches who is shown what the network tells.
    pub watched: bool,
    /// Whether any of them is shown the place.
    pub place: bool,
}

/// A machine that speaks one reference point's protocol, or the protocol that several share.
pub trait Room: Debug + Send {
    /// The reference point; of several the one that faults of the link are counted under.
    fn source(&self) -> Source;

    /// Takes inputs at time `now`, and does what is due; what comes of it is appended to `out`.
    fn input(&mut self, now: Stamp, batch: &[Input<'_>], out: &mut Outbox);

    /// The earliest armed timer.
    fn deadline(&self) -> Option<Stamp>;

    /// Parts from its peers for good, where its protocol has a word for that.
    fn drain(&mut self, _now: Stamp, _out: &mut Outbox) {}

    /// Whether no farewell of [`Room::drain`] is under way.
    fn is_drained(&self) -> bool {
        true
    }

    /// Appends what has to be durable together with the event of `ticket`: what a repetition of its
    /// message is to be answered with after a restart. Asked when the room has heard of the events of
    /// the same message that need no record, or were refused.
    fn keep(&self, _now: Stamp, _ticket: Ticket, _batch: &mut Batch) {}

    /// Tells at start, after everything was restored, when the newest event of a source happened that
    /// is recorded. A room whose protocol bears no time of its own stamps what arrives from now on
    /// above it ([`Arrivals`](super::arrival::Arrivals)).
    fn resume(&mut self, _source: Source, _newest: Stamp) {}

    /// How long what [`Room::keep`] appended may be wanted.
    fn retention(&self) -> Duration {
        Duration::ZERO
    }

    /// Takes back at start what [`Room::keep`] of any room appended.
    fn restore(&mut self, _record: RecordRef<'_>) {}

    /// Notes from now on which rows of its own change, for [`Room::take_writes`].
    fn collect_writes(&mut self) {}

    /// Appends every row of its own that changed since the last call: what is kept here has to be
    /// known longer than the log is.
    fn take_writes(&mut self, _batch: &mut StateBatch) {}

    /// Takes back a row at start, before the log is replayed; those of others are left alone.
    fn load(&mut self, _row: Row<'_>) {}
}

/// Where a room puts what it has to say. Owned and reused by the caller.
#[derive(Debug, Default)]
pub struct Outbox {
    octets: Scratch,
    sends: Vec<(Channel, Range<usize>)>,
    answers: Vec<(ServerId, Range<usize>)>,
    /// Events, each with its ticket.
    pub events: Vec<(Ticket, NetworkEvent)>,
    /// What could not be understood or done.
    pub faults: Vec<Fault>,
    /// Connections and associations to open.
    pub connects: Vec<(Carrier, SocketAddr)>,
    /// Connections and associations to end, once what was sent before has left.
    pub hang_ups: Vec<Channel>,
    /// Links whose state changed.
    pub links: Vec<LinkChange>,
}

impl Outbox {
    /// Sends what `write` appends to the buffer it is handed.
    pub fn send_with(&mut self, channel: Channel, write: impl FnOnce(&mut Vec<u8>)) {
        let start = self.octets.len();
        write(&mut self.octets);
        self.sends.push((channel, start..self.octets.len()));
    }

    /// Sends octets.
    pub fn send(&mut self, channel: Channel, octets: &[u8]) {
        self.send_with(channel, |out| out.extend_from_slice(octets));
    }

    /// Tells an event. It is made where it stays: it has some 300 octets, and to copy what was written
    /// just before takes longer than to write it.
    #[inline(always)]
    pub fn tell_with(&mut self, ticket: Ticket, event: impl FnOnce() -> NetworkEvent) {
        self.events
            .extend(std::iter::once_with(|| (ticket, event())));
    }

    /// Answers a SIP request.
    pub fn answer(&mut self, transaction: ServerId, octets: &[u8]) {
        let start = self.octets.len();
        self.octets.extend_from_slice(octets);
        self.answers.push((transaction, start..self.octets.len()));
    }

    /// The answers to SIP requests, in order.
    pub fn answers(&self) -> impl ExactSizeIterator<Item = (ServerId, &[u8])> {
        self.answers
            .iter()
            .map(|(transaction, range)| (*transaction, &self.octets[range.clone()]))
    }

    /// What is to be sent, in order.
    pub fn sends(&self) -> impl ExactSizeIterator<Item = (Channel, &[u8])> {
        self.sends
            .iter()
            .map(|(channel, range)| (*channel, &self.octets[range.clone()]))
    }

    /// Empties the outbox and keeps its memory.
    pub fn clear(&mut self) {
        self.octets.clear();
        self.sends.clear();
        self.answers.clear();
        self.events.clear();
        self.faults.clear();
        self.connects.clear();
        self.hang_ups.clear();
        self.links.clear();
    }
}

/// A link, peer or association came into another state.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct LinkChange {
    /// When.
    pub at: Stamp,
    /// In which room.
    pub source: Source,
    /// The link's name as configured, or else the peer's own.
    pub link: SmolStr,
    /// The peer's address, where it has one now.
    pub peer: Option<SocketAddr>,
    /// The state: of a closed set, and a metric label.
    pub state: &'static str,
}

/// A peer sent something that was not understood, or not taken.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Fault {
    /// When.
    pub at: Stamp,
    /// In which room.
    pub source: Source,
    /// What: of a closed set, and a metric label.
    pub kind: &'static str,
    /// The peer's address, where one is to blame.
    pub peer: Option<SocketAddr>,
    /// Offset of the first bad octet, where there is one.
    pub offset: Option<usize>,
}
