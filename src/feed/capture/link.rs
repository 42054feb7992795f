//! Link layers: where in a frame the IP packet starts.

use serde::Serialize;

use super::{
    fault::{Defect, Fault, Foreign},
    octets::{Endian, array, u16_at},
};

/// How the octets of a frame start, by the numbers of the tcpdump.org registry.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LinkType {
    /// BSD loopback: address family in the byte order of the capturing host (0).
    Null,
    /// Ethernet (1).
    Ethernet,
    /// PPP, with or without HDLC framing (9, 50).
    Ppp,
    /// IPv4 or IPv6 by its version field (101; 12 and 14 as some systems have it).
    Raw,
    /// OpenBSD loopback: address family in network order (108).
    Loop,
    /// Linux cooked v1 (113).
    LinuxSll,
    /// For private use; our recorder's markers (147).
    User0,
    /// IPv4 (228).
    Ipv4,
    /// IPv6 (229).
    Ipv6,
    /// Upper-layer PDUs exported by Wireshark (252).
    UpperPdu,
    /// Linux cooked v2 (276).
    LinuxSll2,
    /// Any other, SS7's MTP2 (139, 140), MTP3 (141) and SCCP (142) among them.
    Other(u16),
}

impl LinkType {
    /// From the number in a file.
    #[must_use]
    pub const fn from_wire(number: u16) -> Self {
        match number {
            0 => Self::Null,
            1 => Self::Ethernet,
            9 | 50 => Self::Ppp,
            12 | 14 | 101 => Self::Raw,
            108 => Self::Loop,
            113 => Self::LinuxSll,
            147 => Self::User0,
            228 => Self::Ipv4,
            229 => Self::Ipv6,
            252 => Self::UpperPdu,
            276 => Self::LinuxSll2,
            _ => Self::Other(number),
        }
    }

    /// The number in a file; where several mean the same, the first of them.
    #[must_use]
    pub const fn to_wire(self) -> u16 {
        match self {
            Self::Null => 0,
            Self::Ethernet => 1,
            Self::Ppp => 9,
            Self::Raw => 101,
            Self::Loop => 108,
            Self::LinuxSll => 113,
            Self::User0 => 147,
            Self::Ipv4 => 228,
            Self::Ipv6 => 229,
            Self::UpperPdu => 252,
            Self::LinuxSll2 => 276,
            Self::Other(number) => number,
        }
    }
}

/// What a frame holds below its link layer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Network {
    /// An IP packet that starts at this offset.
    Ip(usize),
    /// The whole frame is an exported PDU.
    Exported,
    /// The whole frame is a marker.
    Marker,
    /// Nothing for us.
    Foreign(Foreign),
}

/// Strips the link layer.
#[inline]
pub(super) fn strip(link: LinkType, frame: &[u8]) -> Result<Network, Fault> {
    match link {
        LinkType::Ethernet => ether_type(frame, 12),
        LinkType::LinuxSll => ether_type(frame, 14),
        LinkType::LinuxSll2 => cooked_v2(frame),
        LinkType::Raw | LinkType::Ipv4 | LinkType::Ipv6 => Ok(Network::Ip(0)),
        LinkType::Null | LinkType::Loop => loopback(frame),
        LinkType::Ppp => ppp(frame),
        LinkType::UpperPdu => Ok(Network::Exported),
        LinkType::User0 => Ok(Network::Marker),
        LinkType::Other(number) => Ok(Network::Foreign(Foreign::Link(number))),
    }
}

/// From an Ethernet type on, past any VLAN tags (802.1Q, 802.1ad and its forerunners), MPLS labels
/// and a PPPoE session.
#[inline]
fn ether_type(frame: &[u8], mut at: usize) -> Result<Network, Fault> {
    loop {
        match u16_at(frame, at).ok_or(cut(frame))? {
            IPV4 | IPV6 => return Ok(Network::Ip(at + 2)),
            0x8100 | 0x88a8 | 0x9100 | 0x9200 => at += 4,
            0x8847 | 0x8848 => return mpls(frame, at + 2),
            // Version and type, code, session id and length, then PPP without HDLC framing.
            0x8864 => return ppp_protocol(frame, at + 8),
            other => return Ok(Network::Foreign(Foreign::EtherType(other))),
        }
    }
}

/// The protocol comes first in cooked v2, and the header has 20 octets.
fn cooked_v2(frame: &[u8]) -> Result<Network, Fault> {
    match u16_at(frame, 0).ok_or(cut(frame))? {
        IPV4 | IPV6 => Ok(Network::Ip(20)),
        // What a tag, label or session leads to is in the payload, its own type in the header.
        0x8100 | 0x88a8 | 0x9100 | 0x9200 => ether_type(frame, 22),
        0x8847 | 0x8848 => mpls(frame, 20),
        0x8864 => ppp_protocol(frame, 26),
        other => Ok(Network::Foreign(Foreign::EtherType(other))),
    }
}

/// RFC 3032: labels up to the one with the bottom-of-stack bit; IP is told by its version.
fn mpls(frame: &[u8], mut at: usize) -> Result<Network, Fault> {
    loop {
        let label: [u8; 4] = array(frame, at).ok_or(cut(frame))?;
        at += 4;
        if label[2] & 1 == 1 {
            break;
        }
    }
    match frame.get(at).ok_or(cut(frame))? >> 4 {
        4 | 6 => Ok(Network::Ip(at)),
        _ => Ok(Network::Foreign(Foreign::EtherType(0x8847))),
    }
}

fn ppp(frame: &[u8]) -> Result<Network, Fault> {
    let framed = frame.starts_with(&[0xff, 0x03]);
    ppp_protocol(frame, if framed { 2 } else { 0 })
}

/// RFC 1661: two octets, or one when compressed (the first octet is odd).
fn ppp_protocol(frame: &[u8], at: usize) -> Result<Network, Fault> {
    let first = *frame.get(at).ok_or(cut(frame))?;
    let (protocol, next) = match first & 1 {
        1 => (u16::from(first), at + 1),
        _ => (u16_at(frame, at).ok_or(cut(frame))?, at + 2),
    };
    match protocol {
        0x0021 | 0x0057 => Ok(Network::Ip(next)),
        other => Ok(Network::Foreign(Foreign::EtherType(other))),
    }
}

/// The address family, in the byte order that makes it small.
fn loopback(frame: &[u8]) -> Result<Network, Fault> {
    let [little, big] = [Endian::Little, Endian::Big].map(|endian| endian.u32(frame, 0));
    let family = little.min(big).ok_or(cut(frame))?;
    match family {
        // AF_INET, and AF_INET6 of NetBSD, FreeBSD, macOS and Linux.
        2 | 24 | 28 | 30 | 10 => Ok(Network::Ip(4)),
        other => Ok(Network::Foreign(Foreign::EtherType(
            u16::try_from(other).unwrap_or(u16::MAX),
        ))),
    }
}

#[inline]
fn cut(frame: &[u8]) -> Fault {
    Fault {
        at: frame.len(),
        what: Defect::Cut,
    }
}

const IPV4: u16 = 0x0800;
const IPV6: u16 = 0x86dd;
