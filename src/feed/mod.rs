//! Octets as they arrive and leave: what sockets and captures hand to the machines.

use std::net::SocketAddr;

use pengate_codecs::Stamp;
use serde::{Deserialize, Serialize};

pub mod capture;

/// What carries a [`Chunk`].
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Carrier {
    /// One chunk is one datagram.
    Udp,
    /// One chunk is the next in-order piece of the stream.
    Tcp,
    /// One chunk is one user message.
    Sctp,
    /// One chunk is one message of MTP3 or SCCP, from a capture of an SS7 link. Addresses are point
    /// codes.
    Mtp,
}

/// A path between us and a peer, seen from our side: the same value live and in a capture.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub struct Channel {
    /// What carries the octets.
    pub carrier: Carrier,
    /// Our address.
    pub local: SocketAddr,
    /// The peer's address.
    pub peer: SocketAddr,
}

/// Whether a chunk came to us or left us. In a replay what our side sent is an input as well.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Heading {
    /// From the peer to us.
    In,
    /// From us to the peer.
    Out,
}

/// Octets with their time, path and direction.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Chunk<'a> {
    /// When the octets arrived (or left).
    pub at: Stamp,
    /// Between whom.
    pub channel: Channel,
    /// In which direction.
    pub heading: Heading,
    /// A datagram, a user message, or the next piece of a stream, by [`Carrier`].
    pub bytes: &'a [u8],
}
