//! Chunks to a pcapng file that replays exactly and that other tools read.

mod associations;

use std::{
    io::{self, Write},
    net::{IpAddr, SocketAddr},
};

use hashbrown::HashMap;
use pengate_codecs::Stamp;

use self::associations::Association;
pub use self::associations::Payload;
use super::{
    LinkType,
    octets::narrow,
    pcapng::{
        APPLICATION, BYTE_ORDER, ENHANCED, HARDWARE, INTERFACE, PACKET_FLAGS, RESOLUTION, SECTION,
        USER_APPLICATION,
    },
    synthesis::{self, Ends},
    tcp::{ACK, FIN, PUSH, SYN},
};
use crate::feed::{Carrier, Channel, Chunk, Heading};

/// Writes what arrived and left as pcapng, with frames made up around it.
///
/// IP, UDP, TCP and SCTP headers are synthesised with correct checksums, lengths and sequence numbers;
/// stamps are exact to the nanosecond (those before 1970 become 1970). Every frame carries its
/// direction, so that a [`Classifier`](super::Classifier) finds our side without configuration.
/// Scope identifiers of IPv6 addresses are not kept. Holds a few octets for every connection that
/// is up.
///
/// Every method writes whole blocks, and fails with the error of the writer; `InvalidInput` is a
/// UDP datagram beyond 65507 octets, or an SCTP message that is empty or beyond 65000.
#[derive(Debug)]
pub struct Recorder<W: Write> {
    to: W,
    connections: HashMap<Channel, Numbers>,
    associations: HashMap<Channel, Association>,
    connection_count: u32,
    block: Vec<u8>,
}

/// Both directions of a connection.
#[derive(Clone, Copy, Debug)]
struct Numbers {
    inward: Sender,
    outward: Sender,
}

/// One direction of a connection.
#[derive(Clone, Copy, Debug)]
struct Sender {
    /// The next sequence number.
    next: u32,
    /// Octets that the other side has not acknowledged yet.
    open: usize,
}

impl Numbers {
    fn of(&mut self, heading: Heading) -> &mut Sender {
        match heading {
            Heading::In => &mut self.inward,
            Heading::Out => &mut self.outward,
        }
    }

    /// Counts a segment: its octets, and that it acknowledges everything.
    fn count(&mut self, heading: Heading, length: usize, numbers: usize) {
        self.of(opposite(heading)).open = 0;
        let sender = self.of(heading);
        sender.open += length;
        sender.next = sender.next.wrapping_add(narrow(numbers));
    }
}

impl<W: Write> Recorder<W> {
    /// Writes the section header and its two interfaces: raw IP, and markers.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn new(to: W) -> io::Result<Self> {
        let mut recorder = Self {
            to,
            connections: HashMap::new(),
            associations: HashMap::new(),
            connection_count: 0,
            block: Vec::new(),
        };
        recorder.begin(SECTION);
        recorder.u32(BYTE_ORDER);
        recorder.u16(1);
        recorder.u16(0);
        // The length of the section is not known yet.
        recorder.block.extend([0xff; 8]);
        recorder.option(HARDWARE, APPLICATION);
        recorder.option(USER_APPLICATION, APPLICATION);
        recorder.option(0, &[]);
        recorder.end()?;
        for link in [LinkType::Raw, LinkType::User0] {
            recorder.begin(INTERFACE);
            recorder.u16(link.to_wire());
            recorder.u16(0);
            recorder.u32(0);
            recorder.option(RESOLUTION, &[9]);
            recorder.option(0, &[]);
            recorder.end()?;
        }
        Ok(recorder)
    }

    /// A connection or association is there; `opener` is [`Heading::In`] when the peer connected to
    /// us. Channels of UDP are ignored.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn up(&mut self, at: Stamp, channel: Channel, opener: Heading) -> io::Result<()> {
        self.down(at, channel)?;
        match channel.carrier {
            Carrier::Udp | Carrier::Mtp => return Ok(()),
            Carrier::Sctp => return self.association_up(at, channel, opener),
            Carrier::Tcp => {}
        }
        // A new connection between the same addresses must not look like the old one.
        self.connection_count = self.connection_count.wrapping_add(1);
        let first = self.connection_count.wrapping_mul(0x9e37_79b9);
        let sender = |next| Sender { next, open: 0 };
        let (inward, outward) = (sender(first), sender(first.rotate_left(16)));
        let mut numbers = Numbers { inward, outward };
        let answer = opposite(opener);
        self.segment(at, channel, opener, SYN, &mut numbers, &[])?;
        self.segment(at, channel, answer, SYN | ACK, &mut numbers, &[])?;
        self.segment(at, channel, opener, ACK, &mut numbers, &[])?;
        self.connections.insert(channel, numbers);
        Ok(())
    }

    /// A connection or association is over. One that is not up is ignored.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn down(&mut self, at: Stamp, channel: Channel) -> io::Result<()> {
        let Some(mut numbers) = self.connections.remove(&channel) else {
            return self.association_down(at, channel);
        };
        for heading in [Heading::In, Heading::Out] {
            self.segment(at, channel, heading, FIN | ACK, &mut numbers, &[])?;
        }
        self.segment(at, channel, Heading::In, ACK, &mut numbers, &[])
    }

    /// Octets that arrived or left. The first chunk of a connection that is not up puts it up, by
    /// its sender.
    ///
    /// # Errors
    /// Those of the writer; `InvalidInput` as above, with nothing written.
    pub fn chunk(&mut self, chunk: &Chunk<'_>) -> io::Result<()> {
        let Chunk {
            at,
            channel,
            heading,
            bytes,
        } = *chunk;
        match channel.carrier {
            Carrier::Udp if bytes.len() > DATAGRAM_MAX => Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "a datagram of more than 65507 octets",
            )),
            Carrier::Udp => {
                let ends = ends(channel, heading);
                self.frame(at, heading, |block| synthesis::udp(ends, bytes, block))
            }
            Carrier::Tcp => {
                if !self.connections.contains_key(&channel) {
                    self.up(at, channel, heading)?;
                }
                let Some(mut numbers) = self.connections.get(&channel).copied() else {
                    return Ok(());
                };
                for piece in bytes.chunks(SEGMENT_MAX) {
                    // No more than the window may be on its way.
                    if numbers.of(heading).open + piece.len() > usize::from(u16::MAX) {
                        self.segment(at, channel, opposite(heading), ACK, &mut numbers, &[])?;
                    }
                    self.segment(at, channel, heading, PUSH | ACK, &mut numbers, piece)?;
                }
                self.connections.insert(channel, numbers);
                Ok(())
            }
            Carrier::Sctp => self.association_message(at, channel, heading, bytes),
            Carrier::Mtp => Err(io::Error::new(
                io::ErrorKind::Unsupported,
                "nothing of ours is on SS7 links",
            )),
        }
    }

    /// Octets of the caller's own, given back at the same point of the replay.
    ///
    /// # Errors
    /// Those of the writer; `InvalidInput` beyond 65507 octets, with nothing written.
    pub fn marker(&mut self, at: Stamp, bytes: &[u8]) -> io::Result<()> {
        if bytes.len() > DATAGRAM_MAX {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "a marker of more than 65507 octets",
            ));
        }
        self.packet(at, MARKERS, |block| block.extend_from_slice(bytes), None)
    }

    /// Flushes the writer.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }

    /// The writer, not flushed.
    pub fn into_inner(self) -> W {
        self.to
    }

    fn segment(
        &mut self,
        at: Stamp,
        channel: Channel,
        heading: Heading,
        flags: u8,
        numbers: &mut Numbers,
        payload: &[u8],
    ) -> io::Result<()> {
        let ends = ends(channel, heading);
        let sequence = numbers.of(heading).next;
        let acknowledgement = match flags & ACK {
            0 => 0,
            _ => numbers.of(opposite(heading)).next,
        };
        // SYN and FIN have a number each.
        let flag = usize::from(flags & (SYN | FIN) != 0);
        numbers.count(heading, payload.len(), payload.len() + flag);
        self.frame(at, heading, |block| {
            synthesis::tcp(ends, sequence, acknowledgement, flags, payload, block);
        })
    }

    fn frame(
        &mut self,
        at: Stamp,
        heading: Heading,
        write: impl FnOnce(&mut Vec<u8>),
    ) -> io::Result<()> {
        let flags = match heading {
            Heading::In => 1_u32,
            Heading::Out => 2,
        };
        self.packet(at, PACKETS, write, Some(flags))
    }

    /// An Enhanced Packet Block.
    fn packet(
        &mut self,
        at: Stamp,
        interface: u32,
        write: impl FnOnce(&mut Vec<u8>),
        flags: Option<u32>,
    ) -> io::Result<()> {
        let nanos = u64::try_from(at.nanos()).unwrap_or_default();
        self.begin(ENHANCED);
        self.u32(interface);
        self.u32(u32::try_from(nanos >> 32).unwrap_or_default());
        self.u32(u32::try_from(nanos & 0xffff_ffff).unwrap_or_default());
        let lengths = self.block.len();
        self.block.extend([0; 8]);
        let start = self.block.len();
        write(&mut self.block);
        let length = narrow(self.block.len() - start).to_le_bytes();
        self.block[lengths..lengths + 4].copy_from_slice(&length);
        self.block[lengths + 4..start].copy_from_slice(&length);
        self.block.resize(self.block.len().next_multiple_of(4), 0);
        if let Some(flags) = flags {
            self.option(PACKET_FLAGS, &flags.to_le_bytes());
            self.option(0, &[]);
        }
        self.end()
    }

    fn begin(&mut self, kind: u32) {
        self.block.clear();
        self.u32(kind);
        self.u32(0);
    }

    fn end(&mut self) -> io::Result<()> {
        let length = narrow(self.block.len() + 4).to_le_bytes();
        self.block[4..8].copy_from_slice(&length);
        self.block.extend(length);
        self.to.write_all(&self.block)
    }

    fn u16(&mut self, value: u16) {
        self.block.extend(value.to_le_bytes());
    }

    fn u32(&mut self, value: u32) {
        self.block.extend(value.to_le_bytes());
    }

    fn option(&mut self, code: u16, value: &[u8]) {
        self.u16(code);
        self.u16(u16::try_from(value.len()).unwrap_or_default());
        self.block.extend_from_slice(value);
        self.block.resize(self.block.len().next_multiple_of(4), 0);
    }
}

fn opposite(heading: Heading) -> Heading {
    match heading {
        Heading::In => Heading::Out,
        Heading::Out => Heading::In,
    }
}

/// Source and destination, of one address family: IPv4 becomes IPv4-mapped IPv6 where they differ.
fn ends(channel: Channel, heading: Heading) -> Ends {
    let (source, destination) = match heading {
        Heading::In => (channel.peer, channel.local),
        Heading::Out => (channel.local, channel.peer),
    };
    let mapped = |address: SocketAddr| match address.ip() {
        IpAddr::V4(v4) if source.is_ipv4() != destination.is_ipv4() => v4.to_ipv6_mapped().into(),
        same => same,
    };
    Ends {
        source: SocketAddr::new(mapped(source), source.port()),
        destination: SocketAddr::new(mapped(destination), destination.port()),
    }
}

/// The interfaces, in their order in the file.
const PACKETS: u32 = 0;
const MARKERS: u32 = 1;

/// The longest UDP payload that IPv4 can carry.
const DATAGRAM_MAX: usize = 65_507;
/// The longest piece of a stream in one frame.
const SEGMENT_MAX: usize = 65_000;

#[cfg(test)]
mod tests;
