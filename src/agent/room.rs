//! What every room of the agent looks like from outside.

use std::ops::Range;

use pengate_codecs::Stamp;
use serde::Serialize;

use crate::{
    event::{NetworkEvent, Source},
    feed::{Channel, Chunk},
    pen::Reporting,
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
    /// A connection or association came.
    Up(Channel),
    /// A connection or association went.
    Down(Channel),
    /// The server wants a presentity reported, or no longer.
    Report(&'a Reporting),
    /// An event was settled.
    Settled(Ticket, Verdict),
}

/// A machine that speaks one reference point's protocol.
pub trait Room {
    /// The reference point.
    fn source(&self) -> Source;

    /// Takes inputs at time `now`; what comes of them is appended to `out`.
    fn input(&mut self, now: Stamp, batch: &[Input<'_>], out: &mut Outbox);

    /// The earliest armed timer.
    fn deadline(&self) -> Option<Stamp>;
}

/// Where a room puts what it has to say. Owned and reused by the caller.
#[derive(Debug, Default)]
pub struct Outbox {
    octets: Vec<u8>,
    sends: Vec<(Channel, Range<usize>)>,
    /// Events, each with its ticket.
    pub events: Vec<(Ticket, NetworkEvent)>,
    /// What could not be understood or done.
    pub faults: Vec<Fault>,
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

    /// What is to be sent, in order.
    pub fn sends(&self) -> impl Iterator<Item = (Channel, &[u8])> {
        self.sends
            .iter()
            .map(|(channel, range)| (*channel, &self.octets[range.clone()]))
    }

    /// Empties the outbox and keeps its memory.
    pub fn clear(&mut self) {
        self.octets.clear();
        self.sends.clear();
        self.events.clear();
        self.faults.clear();
    }
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
    pub peer: Option<std::net::SocketAddr>,
    /// Offset of the first bad octet, where there is one.
    pub offset: Option<usize>,
}
