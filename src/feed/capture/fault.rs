//! What is wrong with a frame, or why it is not for us.

use serde::Serialize;
use thiserror::Error;

/// A frame that cannot be taken apart. Reading goes on with the next one.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq, Serialize)]
#[error("{what} at octet {at}")]
pub struct Fault {
    /// Offset of the first octet that is wrong or missing: in the frame, or in the datagram that
    /// was put together from fragments.
    pub at: usize,
    /// What is wrong.
    pub what: Defect,
}

/// What is wrong with a frame.
#[derive(Clone, Copy, Debug, Eq, Error, Hash, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Defect {
    /// An SCTP chunk claims to be shorter than its header, or longer than its packet.
    #[error("a chunk cannot be that long")]
    ChunkLength,
    /// The frame ends inside a header: short on the wire, or cut by the snap length.
    #[error("a header is cut short")]
    Cut,
    /// An exported PDU's tag has a value of the wrong length.
    #[error("a tag has a wrong length")]
    ExportedTag,
    /// A fragment that is not the last is no multiple of eight octets long, or ends beyond 65535.
    #[error("a fragment cannot be that long")]
    FragmentLength,
    /// An IPv4 or TCP header claims to be shorter than its fixed part.
    #[error("a header cannot be that short")]
    HeaderLength,
    /// An IPv4 packet claims to be shorter than its header.
    #[error("a packet cannot be that short")]
    PacketLength,
    /// A fragment whose datagram or user message never was complete. The item is that of its first
    /// frame, and comes when the rest is given up.
    #[error("fragments are missing")]
    Incomplete,
    /// The snap length of the capture cut the end of a datagram off.
    #[error("the datagram was not captured whole")]
    Snapped,
    /// More IP headers than `tunnels_max`.
    #[error("more tunnels than tunnels_max")]
    Tunnels,
    /// A UDP datagram claims to be shorter than its header.
    #[error("a datagram cannot be that short")]
    UdpLength,
    /// Neither IPv4 nor IPv6.
    #[error("an unknown version of IP")]
    Version,
}

/// Why a sound frame is not for us, or not yet.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Foreign {
    /// Its link type, by number.
    Link(u16),
    /// Its network protocol, by Ethernet type (or IEEE 802.3 length).
    EtherType(u16),
    /// Its transport protocol, by IP protocol number.
    Protocol(u8),
    /// It keeps an SS7 link up: a fill-in or link status signal unit of MTP2, or what M2PA has for
    /// them.
    Signal,
    /// An exported PDU without addresses.
    Exported,
    /// It came whole or in part over UDP, TCP or SCTP, but is of no protocol of ours.
    Payload,
}
