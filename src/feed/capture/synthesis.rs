//! Packets made up around octets: IPv4, IPv6, UDP, TCP and SCTP headers.

use std::net::{IpAddr, SocketAddr};

use super::octets::{array, narrow};

/// Who sends to whom; both of one address family.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ends {
    pub(super) source: SocketAddr,
    pub(super) destination: SocketAddr,
}

/// Appends a UDP datagram (RFC 768) of at most 65507 octets in an IP packet.
pub(super) fn udp(ends: Ends, payload: &[u8], out: &mut Vec<u8>) {
    let start = packet(ends, UDP, 8 + payload.len(), out);
    ports(ends, out);
    out.extend(short(8 + payload.len()));
    out.extend([0, 0]);
    out.extend_from_slice(payload);
    // A checksum of zero means that there is none.
    let checksum = match checksum(pseudo_header(ends, UDP, out.len() - start), &out[start..]) {
        0 => 0xffff,
        sum => sum,
    };
    out[start + 6..start + 8].copy_from_slice(&checksum.to_be_bytes());
}

/// Appends a TCP segment (RFC 9293) in an IP packet.
pub(super) fn tcp(
    ends: Ends,
    sequence: u32,
    acknowledgement: u32,
    flags: u8,
    payload: &[u8],
    out: &mut Vec<u8>,
) {
    let start = packet(ends, TCP, 20 + payload.len(), out);
    ports(ends, out);
    out.extend(sequence.to_be_bytes());
    out.extend(acknowledgement.to_be_bytes());
    // Header length in words, flags, the widest window, checksum, urgent pointer.
    out.extend([5 << 4, flags, 0xff, 0xff, 0, 0, 0, 0]);
    out.extend_from_slice(payload);
    let checksum = checksum(pseudo_header(ends, TCP, out.len() - start), &out[start..]);
    out[start + 16..start + 18].copy_from_slice(&checksum.to_be_bytes());
}

/// Appends an SCTP packet (RFC 9260 clause 3) of one chunk, of the type and flags given, in an IP
/// packet.
pub(super) fn sctp(ends: Ends, tag: u32, (kind, flags): (u8, u8), body: &[u8], out: &mut Vec<u8>) {
    let length = 4 + body.len();
    let start = packet(ends, SCTP, 12 + length.next_multiple_of(4), out);
    ports(ends, out);
    out.extend(tag.to_be_bytes());
    out.extend([0; 4]);
    out.extend([kind, flags]);
    out.extend(short(length));
    out.extend_from_slice(body);
    out.resize(start + 12 + length.next_multiple_of(4), 0);
    // The checksum is sent with its least octet first (appendix A of the RFC).
    let checksum = crc32c::crc32c(&out[start..]).to_le_bytes();
    out[start + 8..start + 12].copy_from_slice(&checksum);
}

/// Appends an IP header for so many octets and says where they start.
fn packet(ends: Ends, protocol: u8, length: usize, out: &mut Vec<u8>) -> usize {
    let start = out.len();
    match (ends.source.ip(), ends.destination.ip()) {
        (IpAddr::V4(source), IpAddr::V4(destination)) => {
            out.extend([0x45, 0]);
            out.extend(short(20 + length));
            // Identification 0, do not fragment, 64 hops, checksum to come.
            out.extend([0, 0, 0x40, 0, 64, protocol, 0, 0]);
            out.extend(source.octets());
            out.extend(destination.octets());
            let checksum = checksum(0, &out[start..]);
            out[start + 10..start + 12].copy_from_slice(&checksum.to_be_bytes());
        }
        (source, destination) => {
            out.extend([0x60, 0, 0, 0]);
            out.extend(short(length));
            out.extend([protocol, 64]);
            out.extend(v6(source));
            out.extend(v6(destination));
        }
    }
    out.len()
}

fn ports(ends: Ends, out: &mut Vec<u8>) {
    out.extend(ends.source.port().to_be_bytes());
    out.extend(ends.destination.port().to_be_bytes());
}

fn short(length: usize) -> [u8; 2] {
    u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes()
}

fn v6(address: IpAddr) -> [u8; 16] {
    match address {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().octets(),
        IpAddr::V6(v6) => v6.octets(),
    }
}

/// The sum of the pseudo-header (RFC 768, RFC 8200 clause 8.1).
fn pseudo_header(ends: Ends, protocol: u8, length: usize) -> u64 {
    let addresses = match (ends.source.ip(), ends.destination.ip()) {
        (IpAddr::V4(source), IpAddr::V4(destination)) => {
            sum(&source.octets()) + sum(&destination.octets())
        }
        (source, destination) => sum(&v6(source)) + sum(&v6(destination)),
    };
    addresses + u64::from(protocol) + u64::from(narrow(length))
}

/// The Internet checksum (RFC 1071).
fn checksum(before: u64, octets: &[u8]) -> u16 {
    let mut sum = before + sum(octets);
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !u16::try_from(sum).unwrap_or_default()
}

fn sum(octets: &[u8]) -> u64 {
    let words = octets.chunks(2).map(|pair| match array(pair, 0) {
        Some(pair) => u64::from(u16::from_be_bytes(pair)),
        None => u64::from(pair.first().copied().unwrap_or_default()) << 8,
    });
    words.sum()
}

const SCTP: u8 = 132;
const TCP: u8 = 6;
const UDP: u8 = 17;
