//! What the front wants done.

use std::net::SocketAddr;
use std::ops::Range;

use pengate_codecs::sip::Message;

use crate::feed::Channel;
use crate::session::sip::{ClientId, ServerId};

/// Outputs in order, their octets in one piece of memory. The caller owns it and uses it again.
#[derive(Clone, Debug, Default)]
pub struct Outbox {
    pub(super) arena: Vec<u8>,
    outputs: Vec<Output>,
}

/// One thing to do. Ranges are of the outbox's octets: [`Outbox::bytes`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Output {
    /// Send octets: a datagram, or the next piece of a stream.
    Send {
        /// Where to.
        channel: Channel,
        /// What.
        bytes: Range<usize>,
    },
    /// Connect to a peer, and report [`up`](super::Front::up) or [`refused`](super::Front::refused).
    Open {
        /// The peer.
        peer: SocketAddr,
    },
    /// Close a connection whose stream cannot be followed, and report [`down`](super::Front::down).
    Close {
        /// The connection.
        channel: Channel,
    },
    /// A request for the rooms, to be answered with [`respond`](super::Front::respond).
    Request {
        /// What to answer.
        transaction: ServerId,
        /// Where it came from.
        channel: Channel,
        /// The message.
        bytes: Range<usize>,
    },
    /// The final response to a request of ours.
    Response {
        /// Which request.
        transaction: ClientId,
        /// Where it came from.
        channel: Channel,
        /// From 200 to 699.
        status: u16,
        /// The Retry-After header in seconds.
        retry_after: Option<u32>,
        /// The message.
        bytes: Range<usize>,
    },
    /// No final response came in time: as if 408.
    Timeout {
        /// Which request.
        transaction: ClientId,
    },
    /// The request could not be delivered: as if 503.
    TransportError {
        /// Which request.
        transaction: ClientId,
    },
    /// Something to be counted.
    Fault {
        /// Where it came from.
        channel: Channel,
        /// What it was.
        kind: FaultKind,
    },
}

/// A request for the rooms, to be answered with [`respond`](super::Front::respond).
#[derive(Clone, Copy, Debug)]
pub struct Arrived<'a> {
    /// What to answer.
    pub transaction: ServerId,
    /// Where it came from.
    pub channel: Channel,
    /// The message.
    pub message: &'a Message<'a>,
}

/// What can be wrong with what a peer sent, or with how we treated it.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum FaultKind {
    /// No SIP message; a request was answered 400 if it said whom to answer.
    Malformed,
    /// A stream lost its message boundaries or broke a limit: closed.
    Stream,
    /// A response that nobody waits for.
    StrayResponse,
    /// A request that was refused with this status.
    Refused(u16),
    /// A request that no room answered in time.
    Unanswered,
}

impl FaultKind {
    /// The name for metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Stream => "stream",
            Self::StrayResponse => "stray_response",
            Self::Refused(_) => "refused",
            Self::Unanswered => "unanswered",
        }
    }
}

impl Outbox {
    /// What is to be done, in order.
    #[must_use]
    pub fn outputs(&self) -> &[Output] {
        &self.outputs
    }

    /// The octets that an output names.
    #[must_use]
    pub fn bytes(&self, range: &Range<usize>) -> &[u8] {
        self.arena.get(range.clone()).unwrap_or_default()
    }

    /// Forgets everything and keeps the memory.
    pub fn clear(&mut self) {
        self.arena.clear();
        self.outputs.clear();
    }

    pub(super) fn push(&mut self, output: Output) {
        self.outputs.push(output);
    }

    pub(super) fn fault(&mut self, channel: Channel, kind: FaultKind) {
        self.push(Output::Fault { channel, kind });
    }

    /// Copies octets in.
    pub(super) fn store(&mut self, octets: &[u8]) -> Range<usize> {
        let start = self.arena.len();
        self.arena.extend_from_slice(octets);
        start..self.arena.len()
    }

    pub(super) fn store_request(&mut self, arrived: &Arrived<'_>) {
        let bytes = self.store(arrived.message.octets());
        self.push(Output::Request {
            transaction: arrived.transaction,
            channel: arrived.channel,
            bytes,
        });
    }

    pub(super) fn send(&mut self, channel: Channel, octets: &[u8]) {
        let bytes = self.store(octets);
        self.push(Output::Send { channel, bytes });
    }

    /// Sends what was written to the arena since `start`.
    pub(super) fn send_from(&mut self, channel: Channel, start: usize) {
        let bytes = start..self.arena.len();
        self.push(Output::Send { channel, bytes });
    }
}
