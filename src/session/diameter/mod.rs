//! A Diameter node as a room sees it: peers that come and go, requests with their answers, and
//! nothing repeated (RFC 6733 clauses 2, 5 and 6, RFC 3539).
//!
//! A [`Node`] takes octets and time; connections to open, octets to send and states of peers go to
//! a [`Sink`], and what its user has to deal with is kept in order until [`Node::arrivals`] is
//! taken: new requests, answers to own ones, and those that will have none.

mod answers;
mod local;
mod node;
mod options;
mod origins;
mod peer;
mod pending;
mod receive;
mod stream;
#[cfg(test)]
mod tests;
mod watchdog;

use std::{net::SocketAddr, ops::Range};

use pengate_codecs::{Stamp, diameter::Message};

use crate::feed::Channel;
pub use answers::{Exchange, Reply};
pub use local::Local;
pub use node::{Ids, Node, Unsent};
pub use options::{Options, PeerOptions};
pub use pending::Call;

/// Where a node puts what it has to say.
pub trait Sink {
    /// Sends what `write` appends.
    fn send(&mut self, channel: Channel, write: &mut dyn FnMut(&mut Vec<u8>));

    /// Opens a connection.
    fn connect(&mut self, address: SocketAddr);

    /// Ends a connection, once what was sent before has left.
    fn hang_up(&mut self, channel: Channel);

    /// Something that is not taken: `kind` is of a closed set, `offset` the first bad octet.
    fn fault(
        &mut self,
        at: Stamp,
        peer: Option<SocketAddr>,
        kind: &'static str,
        offset: Option<usize>,
    );

    /// A peer came into another state.
    fn link(&mut self, at: Stamp, host: &str, peer: Option<SocketAddr>, state: &'static str);
}

/// Why a request has no answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Loss {
    /// None came in time.
    Timeout,
    /// The peer that had it is gone, and there is no other.
    NoPeer,
}

/// What the user of a node has to deal with.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Arrival<'a> {
    /// A new request, to be answered. An answer is drafted at once and sent when it may be.
    Request(Exchange, Message<'a>),
    /// The answer to a request of the user's.
    Answer(Call, Message<'a>),
    /// A request of the user's will have no answer.
    Lost(Call, Loss),
    /// There is a peer to send requests to where there was none, or one of several came back.
    Reachable,
    /// The node of this name (Origin-Host) lost its state: it restarted.
    Restarted(&'a [u8]),
}

/// Arrivals in their order, with their octets.
#[derive(Debug, Default)]
pub struct Arrivals {
    octets: Vec<u8>,
    items: Vec<(Kept, Stamp, Range<usize>)>,
}

#[derive(Clone, Copy, Debug)]
enum Kept {
    Request(Exchange),
    Answer(Call),
    Lost(Call, Loss),
    Reachable,
    Restarted,
}

impl Arrivals {
    /// The arrivals and when they came.
    pub fn iter(&self) -> impl Iterator<Item = (Stamp, Arrival<'_>)> {
        self.items.iter().filter_map(|(kept, at, range)| {
            let octets = self.octets.get(range.clone())?;
            // What is kept was decoded before.
            let message = || Message::decode(octets).ok();
            let arrival = match *kept {
                Kept::Request(exchange) => Arrival::Request(exchange, message()?),
                Kept::Answer(call) => Arrival::Answer(call, message()?),
                Kept::Lost(call, loss) => Arrival::Lost(call, loss),
                Kept::Reachable => Arrival::Reachable,
                Kept::Restarted => Arrival::Restarted(octets),
            };
            Some((*at, arrival))
        })
    }

    /// Forgets them and keeps the memory.
    pub fn clear(&mut self) {
        self.octets.clear();
        self.items.clear();
    }

    fn push(&mut self, at: Stamp, kept: Kept, octets: &[u8]) {
        let start = self.octets.len();
        self.octets.extend_from_slice(octets);
        self.items.push((kept, at, start..self.octets.len()));
    }
}
