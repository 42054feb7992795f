//! Captures written by hand, for tests.

use std::net::{IpAddr, SocketAddr};

use super::{
    CaptureError, Item, Options, Packets,
    octets::{Endian, narrow},
};

/// Octets of fields in a byte order.
pub(super) struct Octets(pub(super) Vec<u8>, pub(super) Endian);

impl Octets {
    pub(super) fn u16(mut self, value: u16) -> Self {
        match self.1 {
            Endian::Big => self.0.extend(value.to_be_bytes()),
            Endian::Little => self.0.extend(value.to_le_bytes()),
        }
        self
    }

    pub(super) fn u32(mut self, value: u32) -> Self {
        match self.1 {
            Endian::Big => self.0.extend(value.to_be_bytes()),
            Endian::Little => self.0.extend(value.to_le_bytes()),
        }
        self
    }

    pub(super) fn bytes(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(bytes);
        self
    }

    pub(super) fn padded(mut self) -> Self {
        self.0.resize(self.0.len().next_multiple_of(4), 0);
        self
    }

    pub(super) fn option(self, code: u16, value: &[u8]) -> Self {
        let length = u16::try_from(value.len()).unwrap();
        self.u16(code).u16(length).bytes(value).padded()
    }
}

pub(super) fn big() -> Octets {
    Octets(Vec::new(), Endian::Big)
}

/// A classic pcap file with a frame a second.
pub(super) fn pcap(link: u16, frames: &[Vec<u8>]) -> Vec<u8> {
    pcap_with(Endian::Little, 0xa1b2_c3d4, link, frames)
}

pub(super) fn pcap_with(endian: Endian, magic: u32, link: u16, frames: &[Vec<u8>]) -> Vec<u8> {
    let mut file = Octets(Vec::new(), endian)
        .u32(magic)
        .u16(2)
        .u16(4)
        .u32(0)
        .u32(0)
        .u32(65_535);
    file = file.u32(link.into());
    for (second, frame) in (1..).zip(frames) {
        let length = narrow(frame.len());
        file = file
            .u32(second)
            .u32(500)
            .u32(length)
            .u32(length)
            .bytes(frame);
    }
    file.0
}

/// A pcapng block with its two lengths.
pub(super) fn block(endian: Endian, kind: u32, body: Octets) -> Vec<u8> {
    let body = body.padded().0;
    let length = narrow(body.len() + 12);
    Octets(Vec::new(), endian)
        .u32(kind)
        .u32(length)
        .bytes(&body)
        .u32(length)
        .0
}

pub(super) fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

/// An IP packet, IPv4 or IPv6 by its addresses.
pub(super) fn ip(source: IpAddr, destination: IpAddr, protocol: u8, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len()).unwrap();
    match (source, destination) {
        (IpAddr::V4(source), IpAddr::V4(destination)) => big()
            .u16(0x4500)
            .u16(length + 20)
            .u32(0)
            .bytes(&[64, protocol, 0, 0])
            .bytes(&source.octets())
            .bytes(&destination.octets())
            .bytes(payload),
        (IpAddr::V6(source), IpAddr::V6(destination)) => big()
            .u32(0x6000_0000)
            .u16(length)
            .bytes(&[protocol, 64])
            .bytes(&source.octets())
            .bytes(&destination.octets())
            .bytes(payload),
        _ => panic!("two families"),
    }
    .0
}

/// A UDP datagram without IP.
pub(super) fn udp_only(source: u16, destination: u16, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len() + 8).unwrap();
    big()
        .u16(source)
        .u16(destination)
        .u16(length)
        .u16(0)
        .bytes(payload)
        .0
}

/// A UDP datagram in an IP packet.
pub(super) fn udp(source: SocketAddr, destination: SocketAddr, payload: &[u8]) -> Vec<u8> {
    let datagram = udp_only(source.port(), destination.port(), payload);
    ip(source.ip(), destination.ip(), 17, &datagram)
}

/// An Ethernet frame around an IP packet.
pub(super) fn ethernet(packet: &[u8]) -> Vec<u8> {
    let kind = if packet[0] >> 4 == 4 { 0x0800 } else { 0x86dd };
    big()
        .bytes(&[2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2])
        .u16(kind)
        .bytes(packet)
        .0
}

/// Every item of a capture, shown by a function, and how it ended.
pub(super) fn items<T>(
    file: &[u8],
    options: &Options,
    mut show: impl FnMut(Item<'_>) -> T,
) -> (Vec<T>, Result<(), CaptureError>) {
    let mut packets = Packets::new(file, options);
    let mut items = Vec::new();
    loop {
        match packets.next_item() {
            Ok(Some(item)) => items.push(show(item)),
            Ok(None) => {
                assert_eq!(packets.next_item(), Ok(None), "the end is the end");
                return (items, Ok(()));
            }
            Err(error) => {
                assert_eq!(packets.next_item(), Ok(None), "an error is told once");
                return (items, Err(error));
            }
        }
    }
}

/// Source port and octets.
pub(super) type Datagrams = Vec<(u16, Vec<u8>)>;

/// Every datagram of a capture.
pub(super) fn datagrams(file: &[u8]) -> (Datagrams, Result<(), CaptureError>) {
    use super::{Kind, Part};
    // The frames of a test are a second apart.
    let fragment_timeout = std::time::Duration::from_secs(3600);
    let options = Options {
        fragment_timeout,
        ..Options::default()
    };
    let (items, end) = items(file, &options, |item| match item.kind {
        Kind::Packet(packet) => match packet.part {
            Part::Datagram { bytes, .. } => Some((packet.source.port(), bytes.to_vec())),
            _ => None,
        },
        _ => None,
    });
    (items.into_iter().flatten().collect(), end)
}
