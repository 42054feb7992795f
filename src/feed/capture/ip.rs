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
