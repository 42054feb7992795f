//! Link layers: where in a frame the IP packet starts.

use serde::Serialize;

use super::{
    fault::{Defect, Fault, Foreign},
    octets::{Endian, array, u16_at},
    ss7::{self, Unit},
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
    /// SS7 MTP2 behind a pseudo-header (139).
    Mtp2WithPhdr,
    /// SS7 MTP2 (140).
    Mtp2,
    /// SS7 MTP3 (141).
    Mtp3,
    /// SS7 SCCP (142).
    Sccp,
    /// IPv4 (228).
    Ipv4,
    /// IPv6 (229).
    Ipv6,
    /// Upper-layer PDUs exported by Wireshark (252).
    UpperPdu,
    /// Linux cooked v2 (276).
    LinuxSll2,
    /// Any other.
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
            139 => Self::Mtp2WithPhdr,
            140 => Self::Mtp2,
            141 => Self::Mtp3,
            142 => Self::Sccp,
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
            Self::Mtp2WithPhdr => 139,
            Self::Mtp2 => 140,
            Self::Mtp3 => 141,
            Self::Sccp => 142,
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
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Network {
    /// An IP packet that starts at this offset.
    Ip(usize),
    /// A message that came over an SS7 link.
    Ss7(Unit),
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
        LinkType::Mtp2 => mtp2(frame, 0, false),
        LinkType::Mtp2WithPhdr => {
            let long = ss7::has_long_header(frame)?;
            mtp2(frame, ss7::PSEUDO_HEADER, long)
        }
        LinkType::Mtp3 => Ok(whole(ss7::MTP3, frame)),
        LinkType::Sccp => Ok(whole(ss7::SCCP, frame)),
        LinkType::UpperPdu => Ok(Network::Exported),
        LinkType::User0 => Ok(Network::Marker),
        LinkType::Other(number) => Ok(Network::Foreign(Foreign::Link(number))),
    }
}

fn mtp2(frame: &[u8], at: usize, long: bool) -> Result<Network, Fault> {
    Ok(match ss7::signal_unit(frame, at, long)? {
        Some(unit) => Network::Ss7(unit),
        None => Network::Foreign(Foreign::Signal),
    })
}

fn whole(name: &'static [u8], frame: &[u8]) -> Network {
    Network::Ss7(Unit {
        name,
        range: 0..frame.len(),
        missing: 0,
    })
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
    match frame {
        [0xff, 0x03, ..] => ppp_protocol(frame, 2),
        [0xff] => Err(cut(frame)),
        _ => ppp_protocol(frame, 0),
    }
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

#[cfg(test)]
mod tests {
    use super::{
        super::testing::{address, big, datagrams, ethernet, pcap, udp},
        *,
    };

    fn packet(version: u8) -> Vec<u8> {
        let (source, destination) = match version {
            4 => ("192.0.2.1:40000", "192.0.2.2:1813"),
            _ => ("[2001:db8::1]:40000", "[2001:db8::2]:1813"),
        };
        udp(address(source), address(destination), b"octets")
    }

    /// Every way to carry a packet: link type, and the octets before it.
    fn carriages(version: u8) -> Vec<(u16, Vec<u8>)> {
        let (ether, ppp) = if version == 4 {
            (IPV4, 0x21)
        } else {
            (IPV6, 0x57)
        };
        let host = |kind: u16| big().bytes(&[2; 12]).u16(kind);
        let cooked = |kind: u16| big().u16(0).u16(1).u16(6).bytes(&[2; 8]).u16(kind);
        let cooked_v2 = |kind: u16| {
            big()
                .u16(kind)
                .u16(0)
                .u32(7)
                .u16(1)
                .bytes(&[4, 6])
                .bytes(&[2; 8])
        };
        let session = |protocol| big().u16(0x1100).u16(9).u16(60).u16(protocol).0;
        let labels = big().u32(0x0001_0040).u32(0x0002_0140).0;
        let families: &[u32] = if version == 4 {
            &[2]
        } else {
            &[10, 24, 28, 30]
        };
        let mut carriages = vec![
            (1, host(ether).0),
            (1, host(0x8100).u16(5).u16(ether).0),
            (
                1,
                host(0x88a8)
                    .u16(5)
                    .u16(0x8100)
                    .u16(6)
                    .u16(0x9100)
                    .u16(7)
                    .u16(ether)
                    .0,
            ),
            (1, host(0x8864).bytes(&session(ppp)).0),
            (1, host(0x8100).u16(5).u16(0x8864).bytes(&session(ppp)).0),
            (1, host(0x8847).bytes(&labels).0),
            (113, cooked(ether).0),
            (113, cooked(0x8100).u16(5).u16(ether).0),
            (276, cooked_v2(ether).0),
            (276, cooked_v2(0x8100).u16(5).u16(ether).0),
            (276, cooked_v2(0x8864).bytes(&session(ppp)).0),
            (276, cooked_v2(0x8847).bytes(&labels).0),
            (9, big().u16(ppp).0),
            (9, vec![u8::try_from(ppp).unwrap()]),
            (50, big().u16(0xff03).u16(ppp).0),
            (101, vec![]),
            (12, vec![]),
            (14, vec![]),
            (if version == 4 { 228 } else { 229 }, vec![]),
        ];
        for family in families {
            carriages.push((0, family.to_le_bytes().to_vec()));
            carriages.push((0, family.to_be_bytes().to_vec()));
            carriages.push((108, family.to_be_bytes().to_vec()));
        }
        carriages
    }

    #[test]
    fn every_link_layer_leads_to_the_same_datagram() {
        for version in [4, 6] {
            for (link, head) in carriages(version) {
                let frame = [&head[..], &packet(version)].concat();
                let (found, end) = datagrams(&pcap(link, &[frame]));
                assert_eq!(found, [(40_000, b"octets".to_vec())], "{link} {head:x?}");
                assert_eq!(end, Ok(()));
            }
        }
    }

    #[test]
    fn every_header_cut_short_is_a_fault_at_its_end() {
        for version in [4, 6] {
            for (link, head) in carriages(version) {
                let frame = [&head[..], &packet(version)].concat();
                let link = LinkType::from_wire(link);
                for cut in 0..head.len() {
                    let fault = Fault {
                        at: cut,
                        what: Defect::Cut,
                    };
                    match strip(link, &frame[..cut]) {
                        Err(found) => assert_eq!(found, fault, "{link:?}"),
                        // IP finds the end by itself.
                        Ok(Network::Ip(at)) => assert!(at >= cut, "{link:?}"),
                        Ok(other) => panic!("{link:?} at {cut}: {other:?}"),
                    }
                }
            }
        }
    }

    #[test]
    fn other_protocols_are_named() {
        let arp = big().bytes(&[2; 12]).u16(0x0806).bytes(&[0; 28]).0;
        let foreign = |foreign| Ok(Network::Foreign(foreign));
        assert_eq!(
            strip(LinkType::Ethernet, &arp),
            foreign(Foreign::EtherType(0x0806))
        );
        for number in [107, 143] {
            assert_eq!(
                strip(LinkType::from_wire(number), b""),
                foreign(Foreign::Link(number))
            );
        }
    }

    #[test]
    fn padding_and_frame_check_sequences_are_left_out() {
        let mut frame = ethernet(&packet(4));
        frame.extend([0; 20]);
        assert_eq!(
            datagrams(&pcap(1, &[frame])).0,
            [(40_000, b"octets".to_vec())]
        );
    }

    #[test]
    fn link_types_keep_their_numbers() {
        for number in 0..=u16::MAX {
            let link = LinkType::from_wire(number);
            assert_eq!(LinkType::from_wire(link.to_wire()), link);
        }
    }
}
