//! IPv4 (RFC 791) and IPv6 (RFC 8200) headers.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    ops::Range,
};

use super::{
    fault::{Defect, Fault},
    octets::{array, narrow, u16_at, u32_at},
};

/// An IP packet: where its payload is, and what of it is missing.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Packet {
    pub(super) source: IpAddr,
    pub(super) destination: IpAddr,
    /// The protocol of the payload, past all extension headers.
    pub(super) protocol: u8,
    /// Where in the frame the captured payload is.
    pub(super) payload: Range<usize>,
    /// How many octets the packet had behind the captured ones.
    pub(super) missing: u32,
    /// Which part of the payload this is, when it is not the whole.
    pub(super) fragment: Option<Fragment>,
}

/// A part of a payload.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Fragment {
    /// Identification: 16 bits in IPv4, 32 in IPv6.
    pub(super) id: u32,
    /// Where it starts in the payload, in octets.
    pub(super) offset: u32,
    /// Whether more follow.
    pub(super) more: bool,
}

/// Reads the packet that starts at `at` of a frame.
#[inline]
pub(super) fn parse(frame: &[u8], at: usize) -> Result<Packet, Fault> {
    match frame.get(at).ok_or(cut(frame))? >> 4 {
        4 => v4(frame, at),
        6 => v6(frame, at),
        _ => Err(Fault {
            at,
            what: Defect::Version,
        }),
    }
}

/// ```text
///  0                   1                   2                   3
/// |Version|  IHL  |Type of Service|          Total Length         |
/// |         Identification        |Flags|      Fragment Offset    |
/// |  Time to Live |    Protocol   |         Header Checksum       |
/// |                       Source Address                          |
/// |                    Destination Address                        |
/// ```
#[inline]
fn v4(frame: &[u8], at: usize) -> Result<Packet, Fault> {
    let fixed: [u8; 20] = array(frame, at).ok_or(cut(frame))?;
    let header = usize::from(fixed[0] & 0x0f) * 4;
    if header < 20 {
        return Err(Fault {
            at,
            what: Defect::HeaderLength,
        });
    }
    let total = match u16::from_be_bytes([fixed[2], fixed[3]]) {
        // Left to the network card by segmentation offload.
        0 => frame.len() - at,
        total => usize::from(total),
    };
    if total < header {
        return Err(Fault {
            at: at + 2,
            what: Defect::PacketLength,
        });
    }
    let start = at + header;
    if start > frame.len() {
        return Err(cut(frame));
    }
    let end = frame.len().min(at + total);
    let flags = u16::from_be_bytes([fixed[6], fixed[7]]);
    let fragment = (flags & 0x3fff != 0).then(|| Fragment {
        id: u32::from(u16::from_be_bytes([fixed[4], fixed[5]])),
        offset: u32::from(flags & 0x1fff) * 8,
        more: flags & 0x2000 != 0,
    });
    Ok(Packet {
        source: Ipv4Addr::new(fixed[12], fixed[13], fixed[14], fixed[15]).into(),
        destination: Ipv4Addr::new(fixed[16], fixed[17], fixed[18], fixed[19]).into(),
        protocol: fixed[9],
        payload: start..end,
        missing: narrow((at + total).saturating_sub(frame.len())),
        fragment,
    })
}

/// ```text
///  0                   1                   2                   3
/// |Version| Traffic Class |           Flow Label                  |
/// |         Payload Length        |  Next Header  |   Hop Limit   |
/// |                   Source Address (128 bits)                   |
/// |                 Destination Address (128 bits)                |
/// ```
#[inline]
fn v6(frame: &[u8], at: usize) -> Result<Packet, Fault> {
    let short = cut(frame);
    let length = u16_at(frame, at + 4).ok_or(short)?;
    let source: [u8; 16] = array(frame, at + 8).ok_or(short)?;
    let destination: [u8; 16] = array(frame, at + 24).ok_or(short)?;
    let wanted = match length {
        // A jumbogram (RFC 2675), or left to the network card.
        0 => frame.len(),
        length => at + 40 + usize::from(length),
    };
    let end = frame.len().min(wanted);
    let mut packet = Packet {
        source: Ipv6Addr::from(source).into(),
        destination: Ipv6Addr::from(destination).into(),
        protocol: *frame.get(at + 6).ok_or(short)?,
        payload: at + 40..end,
        missing: narrow(wanted.saturating_sub(frame.len())),
        fragment: None,
    };
    extension_headers(frame, &mut packet)?;
    Ok(packet)
}

/// Passes the extension headers (RFC 8200 clause 4) up to a protocol or a later fragment.
fn extension_headers(frame: &[u8], packet: &mut Packet) -> Result<(), Fault> {
    loop {
        let (at, end) = (packet.payload.start, packet.payload.end);
        let within = frame.get(..end).unwrap_or_default();
        let length = match packet.protocol {
            FRAGMENT => 8,
            HOP_BY_HOP | ROUTING | DESTINATION | MOBILITY | HIP | SHIM6 => {
                (usize::from(*within.get(at + 1).ok_or(cut(within))?) + 1) * 8
            }
            AUTHENTICATION => (usize::from(*within.get(at + 1).ok_or(cut(within))?) + 2) * 4,
            _ => return Ok(()),
        };
        if at + length > end {
            return Err(cut(within));
        }
        if packet.protocol == FRAGMENT {
            let place = u16_at(within, at + 2).ok_or(cut(within))?;
            let fragment = Fragment {
                id: u32_at(within, at + 4).ok_or(cut(within))?,
                offset: u32::from(place & 0xfff8),
                more: place & 1 != 0,
            };
            // An atomic fragment (RFC 6946) is the whole.
            packet.fragment = (fragment.more || fragment.offset != 0).then_some(fragment);
        }
        packet.protocol = *within.get(at).ok_or(cut(within))?;
        packet.payload.start = at + length;
        if packet.fragment.is_some() {
            return Ok(());
        }
    }
}

/// The protocol behind the extension headers at the start of a payload that was put together, and
/// where it starts.
pub(super) fn past_extensions(payload: &[u8], packet: &Packet) -> Result<(u8, usize), Fault> {
    let mut whole = Packet {
        payload: 0..payload.len(),
        fragment: None,
        missing: 0,
        ..packet.clone()
    };
    if packet.source.is_ipv6() {
        extension_headers(payload, &mut whole)?;
    }
    Ok((whole.protocol, whole.payload.start))
}

#[inline]
fn cut(frame: &[u8]) -> Fault {
    Fault {
        at: frame.len(),
        what: Defect::Cut,
    }
}

/// IP protocol numbers (IANA).
pub(super) const IPV4: u8 = 4;
pub(super) const TCP: u8 = 6;
pub(super) const UDP: u8 = 17;
pub(super) const IPV6: u8 = 41;
pub(super) const SCTP: u8 = 132;

const HOP_BY_HOP: u8 = 0;
const ROUTING: u8 = 43;
const FRAGMENT: u8 = 44;
const AUTHENTICATION: u8 = 51;
const DESTINATION: u8 = 60;
const MOBILITY: u8 = 135;
const HIP: u8 = 139;
const SHIM6: u8 = 140;

#[cfg(test)]
mod tests {
    use super::{
        super::testing::{address, big, datagrams, ip, items, pcap, udp, udp_only},
        *,
    };
    use crate::feed::capture::{Foreign, Kind, Options, Part};

    fn v4_packet(payload: &[u8]) -> Vec<u8> {
        ip(
            address("192.0.2.1:0").ip(),
            address("192.0.2.2:0").ip(),
            UDP,
            payload,
        )
    }

    fn v6_packet(protocol: u8, payload: &[u8]) -> Vec<u8> {
        ip(
            address("[2001:db8::1]:0").ip(),
            address("[2001:db8::2]:0").ip(),
            protocol,
            payload,
        )
    }

    /// The faults of frames, and what was missing of their datagrams.
    fn outcome(frame: &[u8]) -> Result<u32, Fault> {
        let (items, _) = items(
            &pcap(101, &[frame.to_vec()]),
            &Options::default(),
            |item| match item.kind {
                Kind::Packet(packet) => match packet.part {
                    Part::Datagram { missing, .. } => Ok(missing),
                    other => panic!("{other:?}"),
                },
                Kind::Fault(fault) => Err(fault),
                other => panic!("{other:?}"),
            },
        );
        items[0]
    }

    #[test]
    fn options_are_passed() {
        let mut packet = v4_packet(&udp_only(7, 1813, b"octets"));
        packet[0] = 0x47;
        packet[3] += 8;
        packet.splice(20..20, [1; 8]);
        assert_eq!(
            datagrams(&pcap(101, &[packet])).0,
            [(7, b"octets".to_vec())]
        );
    }

    #[test]
    fn extension_headers_are_passed() {
        let headers = big()
            .bytes(&[ROUTING, 0, 1, 4, 0, 0, 0, 0])
            .bytes(&[DESTINATION, 1])
            .bytes(&[0; 14])
            .bytes(&[AUTHENTICATION, 0, 1, 4, 0, 0, 0, 0])
            .bytes(&[FRAGMENT, 1])
            .bytes(&[0; 10])
            // Atomic: neither an offset nor more to come.
            .bytes(&[MOBILITY, 0, 0, 0, 0, 0, 0, 9])
            .bytes(&[UDP, 0, 0, 0, 0, 0, 0, 0])
            .bytes(&udp_only(7, 1813, b"octets"));
        let packet = v6_packet(HOP_BY_HOP, &headers.0);
        assert_eq!(
            datagrams(&pcap(101, std::slice::from_ref(&packet))).0,
            [(7, b"octets".to_vec())]
        );
        for cut in 0..packet.len() - 6 {
            let fault = Fault {
                at: cut,
                what: Defect::Cut,
            };
            match cut {
                0 => assert_eq!(parse(&packet[..cut], 0), Err(fault)),
                _ => assert_eq!(outcome(&packet[..cut]), Err(fault), "{cut}"),
            }
        }
    }

    #[test]
    fn lengths_left_to_the_network_card_are_those_of_the_frame() {
        let datagram = udp_only(7, 1813, b"octets");
        let mut four = v4_packet(&datagram);
        four[2..4].fill(0);
        let mut six = v6_packet(UDP, &datagram);
        six[4..6].fill(0);
        for (packet, udp_length) in [(four, 24), (six, 44)] {
            let mut packet = packet;
            assert_eq!(
                datagrams(&pcap(101, std::slice::from_ref(&packet))).0,
                [(7, b"octets".to_vec())]
            );
            packet[udp_length..udp_length + 2].fill(0);
            assert_eq!(
                datagrams(&pcap(101, &[packet])).0,
                [(7, b"octets".to_vec())]
            );
        }
    }

    #[test]
    fn what_the_snap_length_cut_off_is_counted() {
        for (source, destination) in [
            ("192.0.2.1:7", "192.0.2.2:8"),
            ("[2001:db8::1]:7", "[2001:db8::2]:8"),
        ] {
            let packet = udp(address(source), address(destination), b"octets");
            for missing in 0..=6 {
                let frame = &packet[..packet.len() - missing];
                assert_eq!(outcome(frame), Ok(u32::try_from(missing).unwrap()));
            }
            let header = packet.len() - 7;
            let fault = Fault {
                at: header,
                what: Defect::Cut,
            };
            assert_eq!(outcome(&packet[..header]), Err(fault));
        }
    }

    #[test]
    fn each_defect_is_named_with_its_offset() {
        let good = v4_packet(&udp_only(7, 1813, b"octets"));
        let changed = |at: usize, octets: &[u8]| {
            let mut packet = good.clone();
            packet[at..at + octets.len()].copy_from_slice(octets);
            outcome(&packet)
        };
        let fault = |at, what| Err(Fault { at, what });
        assert_eq!(changed(0, &[0x55]), fault(0, Defect::Version));
        assert_eq!(changed(0, &[0x44]), fault(0, Defect::HeaderLength));
        assert_eq!(changed(2, &[0, 19]), fault(2, Defect::PacketLength));
        assert_eq!(changed(24, &[0, 7]), fault(24, Defect::UdpLength));
        assert_eq!(changed(0, &[0x4f]), fault(2, Defect::PacketLength));
        assert_eq!(outcome(&good[..19]), fault(19, Defect::Cut));
        let mut segment = good.clone();
        segment[9] = TCP;
        assert_eq!(outcome(&segment), fault(34, Defect::Cut));
        let mut segment = v4_packet(&[0; 20]);
        segment[9] = TCP;
        assert_eq!(outcome(&segment), fault(32, Defect::HeaderLength));
    }

    #[test]
    fn other_protocols_are_named() {
        let mut packet = v4_packet(&[]);
        packet[9] = 50;
        let (items, _) = items(&pcap(101, &[packet]), &Options::default(), |item| {
            matches!(item.kind, Kind::Foreign(Foreign::Protocol(50)))
        });
        assert_eq!(items, [true]);
    }
}
