//! Frames to datagrams and streams.

use std::{io::Read, net::SocketAddr, ops::Range};

use pengate_codecs::Stamp;

use super::{
    Options,
    associations::{self, Associations},
    error::CaptureError,
    exported::{self, Exported},
    fault::{Defect, Fault, Foreign},
    fragments::Fragments,
    ip,
    lane::{self, Arrival},
    link::{self, Network},
    octets::{index, narrow, u16_at},
    reader::Reader,
    ss7::{self, Unit},
    streams::Streams,
    tcp::{Ending, Output, Segment},
};
use crate::feed::{Carrier, Heading};

/// What a capture tells, in the order of its frames (but for [`Defect::Incomplete`]).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Item<'a> {
    /// Number of the frame that completed this, from 1.
    pub frame: u64,
    /// When that frame was captured.
    pub at: Stamp,
    /// What it is.
    pub kind: Kind<'a>,
}

/// What an [`Item`] is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind<'a> {
    /// Octets on their way from one address to another.
    Packet(Packet<'a>),
    /// What the writer of the capture noted at this point ([`Recorder`](super::Recorder)).
    Marker(&'a [u8]),
    /// A frame that cannot be taken apart.
    Fault(Fault),
    /// A sound frame that is not for us.
    Foreign(Foreign),
}

/// Octets between two addresses. Which of them is ours, only a
/// [`Classifier`](super::Classifier) knows.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Packet<'a> {
    /// Who sent it.
    pub source: SocketAddr,
    /// To whom.
    pub destination: SocketAddr,
    /// Over what.
    pub carrier: Carrier,
    /// Its direction as seen by us, when the capture tells.
    pub heading: Option<Heading>,
    /// Its protocol by Wireshark's name, when the capture tells; else empty.
    pub name: &'a [u8],
    /// A datagram or message, or what happened on a stream.
    pub part: Part<'a>,
}

/// What a [`Packet`] brings.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Part<'a> {
    /// A whole datagram, or a whole message that was exported.
    Datagram {
        /// Its octets.
        bytes: &'a [u8],
        /// How many octets of it were not captured.
        missing: u32,
    },
    /// A stream or an association starts.
    Start {
        /// Whether the capture did not see how: the first octets may be from within a message.
        picked_up: bool,
    },
    /// A user message of SCTP, or a message that came over an SS7 link.
    Message {
        /// Its octets.
        bytes: &'a [u8],
        /// How many octets of it were not captured.
        missing: u32,
        /// SCTP's payload protocol identifier; 0 when there is none.
        payload_protocol: u32,
    },
    /// The next octets of a stream.
    Octets(&'a [u8]),
    /// Octets of a stream are lost; the next ones come from behind the hole.
    Gap {
        /// How many are lost; 0 when that cannot be told.
        missing: u64,
    },
    /// A stream or an association is over in this direction.
    End(Ending),
}

/// What was left out while reading a capture.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Losses {
    /// IP datagrams of which a fragment was missing at the end of their time.
    pub datagrams_incomplete: u64,
    /// Octets of streams that were not captured.
    pub stream_octets: u64,
    /// SCTP messages that were not captured, as far as their streams' numbers tell.
    pub messages: u64,
}

/// Reads a capture and puts datagrams and streams together.
///
/// A pull API: call [`next_item`](Self::next_item) until it gives `None`. Datagrams are borrowed
/// from the frame; nothing is allocated for an unfragmented one.
pub struct Packets<R: Read> {
    reader: Reader<R>,
    fragments: Fragments,
    streams: Streams,
    associations: Associations,
    /// The last datagram that was put together.
    datagram: Vec<u8>,
    tunnels_max: u32,
    /// Set when the frames are over: what to say after the last item.
    over: Option<Result<(), CaptureError>>,
}

impl<R: Read> Packets<R> {
    /// Reads nothing yet.
    pub fn new(source: R, options: &Options) -> Self {
        Self {
            reader: Reader::new(source, options),
            fragments: Fragments::new(options),
            streams: Streams::new(options),
            associations: Associations::new(options),
            datagram: Vec::new(),
            tunnels_max: options.tunnels_max,
            over: None,
        }
    }

    /// The next item; `None` at the end of the capture, and ever after an error.
    ///
    /// # Errors
    /// Once, when the file is damaged. All that came before the damage has been given out.
    pub fn next_item(&mut self) -> Result<Option<Item<'_>>, CaptureError> {
        let shape = loop {
            if let Some(event) = self.streams.pop() {
                break Shape::Stream(event.source, event.destination, event.output);
            }
            match self.associations.pop() {
                Some(associations::Event {
                    output: lane::Output::Incomplete { frame, at },
                    ..
                }) => return Ok(Some(incomplete(frame, at))),
                Some(event) => {
                    break Shape::Association(event.source, event.destination, event.output);
                }
                None => {}
            }
            if let Some((frame, at)) = self.fragments.pop_given_up() {
                return Ok(Some(incomplete(frame, at)));
            }
            if let Some(over) = &mut self.over {
                return std::mem::replace(over, Ok(())).map(|()| None);
            }
            match self.reader.advance() {
                Ok(true) => match self.frame() {
                    Ok(Some(shape)) => break shape,
                    Ok(None) => {}
                    Err(fault) => break Shape::Fault(fault),
                },
                Ok(false) => self.finish(Ok(())),
                Err(error) => self.finish(Err(error)),
            }
        };
        Ok(Some(self.item(shape)))
    }

    /// What was left out so far.
    pub fn losses(&self) -> Losses {
        Losses {
            datagrams_incomplete: self.fragments.dropped(),
            stream_octets: self.streams.lost(),
            messages: self.associations.lost(),
        }
    }

    /// Number of the last frame that was read; 0 before the first.
    pub fn frame_number(&self) -> u64 {
        self.reader.head().number
    }

    fn finish(&mut self, over: Result<(), CaptureError>) {
        self.streams.finish();
        self.associations.finish();
        self.fragments.finish();
        self.over = Some(over);
    }

    #[inline]
    fn frame(&mut self) -> Result<Option<Shape>, Fault> {
        let head = self.reader.head();
        let frame = self.reader.octets();
        let start = match link::strip(head.link, frame)? {
            Network::Ip(start) => start,
            Network::Ss7(unit) => return Ok(Some(Shape::Ss7(unit))),
            Network::Exported => return exported::parse(frame).map(export),
            Network::Marker => return Ok(Some(Shape::Marker)),
            Network::Foreign(foreign) => return Ok(Some(Shape::Foreign(foreign))),
        };
        let mut assembly = Assembly {
            frame: (head.number, head.at),
            fragments: &mut self.fragments,
            streams: &mut self.streams,
            associations: &mut self.associations,
            datagram: &mut self.datagram,
            depth: self.tunnels_max.min(TUNNELS_MAX),
            rebuilt: false,
        };
        assembly.packet(frame, start, Place::Frame)
    }

    /// What happened on an association. A message of M2PA is what it carries.
    fn association(
        &self,
        (source, destination): (SocketAddr, SocketAddr),
        output: lane::Output,
    ) -> Kind<'_> {
        let mut name = &b""[..];
        let part = match output {
            lane::Output::Start { picked_up } => Part::Start { picked_up },
            lane::Output::End(ending) => Part::End(ending),
            // Given out before it came here.
            lane::Output::Incomplete { .. } => return Kind::Foreign(Foreign::Payload),
            lane::Output::Message {
                octets,
                payload_protocol,
                missing,
            } => {
                let mut bytes = self.associations.arena().get(octets).unwrap_or_default();
                if payload_protocol == ss7::M2PA {
                    let Some(range) = ss7::m2pa(bytes) else {
                        return Kind::Foreign(Foreign::Signal);
                    };
                    (name, bytes) = (ss7::MTP3, bytes.get(range).unwrap_or_default());
                }
                Part::Message {
                    bytes,
                    missing,
                    payload_protocol,
                }
            }
        };
        Kind::Packet(Packet {
            source,
            destination,
            carrier: Carrier::Sctp,
            heading: self.reader.head().heading,
            name,
            part,
        })
    }

    fn item(&self, shape: Shape) -> Item<'_> {
        let head = self.reader.head();
        let packet = |(source, destination), carrier, part| {
            let heading = head.heading;
            Kind::Packet(Packet {
                source,
                destination,
                carrier,
                heading,
                name: b"",
                part,
            })
        };
        let frame = self.reader.octets();
        let kind = match shape {
            Shape::Datagram {
                source,
                destination,
                place,
                range,
                missing,
            } => {
                let octets = match place {
                    Place::Frame => frame,
                    Place::Datagram => &self.datagram,
                };
                let bytes = octets.get(range).unwrap_or_default();
                packet(
                    (source, destination),
                    Carrier::Udp,
                    Part::Datagram { bytes, missing },
                )
            }
            Shape::Stream(source, destination, output) => {
                let part = match output {
                    Output::Start { picked_up } => Part::Start { picked_up },
                    Output::Octets(range) => {
                        Part::Octets(self.streams.arena().get(range).unwrap_or_default())
                    }
                    Output::Gap(missing) => Part::Gap { missing },
                    Output::End(ending) => Part::End(ending),
                };
                packet((source, destination), Carrier::Tcp, part)
            }
            Shape::Exported(path, exported) => {
                let name = frame.get(exported.name.clone()).unwrap_or_default();
                let bytes = frame.get(exported.pdu.clone()).unwrap_or_default();
                let missing = head.original_len.saturating_sub(narrow(frame.len()));
                let part = Part::Datagram { bytes, missing };
                Kind::Packet(Packet {
                    source: path.0,
                    destination: path.1,
                    carrier: exported.carrier,
                    heading: None,
                    name,
                    part,
                })
            }
            Shape::Association(source, destination, output) => {
                self.association((source, destination), output)
            }
            Shape::Ss7(unit) => ss7_message(frame, &unit, head.original_len),
            Shape::Marker => Kind::Marker(frame),
            Shape::Fault(fault) => Kind::Fault(fault),
            Shape::Foreign(foreign) => Kind::Foreign(foreign),
        };
        Item {
            frame: head.number,
            at: head.at,
            kind,
        }
    }
}

/// A message of a link that has no addresses: those of its point codes.
fn ss7_message<'a>(frame: &'a [u8], unit: &Unit, original_len: u32) -> Kind<'a> {
    let bytes = frame.get(unit.range.clone()).unwrap_or_default();
    let points = match unit.name == ss7::MTP3 {
        true => ss7::points(bytes),
        false => Some((ss7::point(0), ss7::point(0))),
    };
    let Some((source, destination)) = points else {
        return Kind::Fault(Fault {
            at: frame.len(),
            what: Defect::Cut,
        });
    };
    let snapped = original_len.saturating_sub(narrow(frame.len()));
    Kind::Packet(Packet {
        source,
        destination,
        carrier: Carrier::Mtp,
        heading: None,
        name: unit.name,
        part: Part::Message {
            bytes,
            missing: unit.missing.max(snapped),
            payload_protocol: 0,
        },
    })
}

/// What is said of a datagram or message of which a part is missing.
fn incomplete<'a>(frame: u64, at: Stamp) -> Item<'a> {
    let fault = Fault {
        at: 0,
        what: Defect::Incomplete,
    };
    Item {
        frame,
        at,
        kind: Kind::Fault(fault),
    }
}

/// An item that does not borrow yet.
enum Shape {
    Datagram {
        source: SocketAddr,
        destination: SocketAddr,
        place: Place,
        range: Range<usize>,
        missing: u32,
    },
    Stream(SocketAddr, SocketAddr, Output),
    Association(SocketAddr, SocketAddr, lane::Output),
    Ss7(Unit),
    Exported((SocketAddr, SocketAddr), Box<Exported>),
    Marker,
    Fault(Fault),
    Foreign(Foreign),
}

/// Which octets a range means.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Place {
    Frame,
    Datagram,
}

/// What taking an IP packet apart needs.
struct Assembly<'a> {
    /// Number and time of the frame.
    frame: (u64, Stamp),
    fragments: &'a mut Fragments,
    streams: &'a mut Streams,
    associations: &'a mut Associations,
    datagram: &'a mut Vec<u8>,
    /// How many more IP headers there may be.
    depth: u32,
    /// Whether `datagram` was put together from this frame.
    rebuilt: bool,
}

impl Assembly<'_> {
    #[inline]
    fn packet(&mut self, octets: &[u8], at: usize, place: Place) -> Result<Option<Shape>, Fault> {
        if self.depth == 0 {
            return Err(Fault {
                at,
                what: Defect::Tunnels,
            });
        }
        self.depth -= 1;
        let packet = ip::parse(octets, at)?;
        let Some(fragment) = packet.fragment else {
            return self.payload(octets, &packet, place);
        };
        let payload = octets.get(packet.payload.clone()).unwrap_or_default();
        let Some(whole) = self
            .fragments
            .insert(self.frame, &packet, fragment, payload)?
        else {
            return Ok(None);
        };
        let (protocol, start) = ip::past_extensions(&whole, &packet)?;
        let packet = ip::Packet {
            protocol,
            payload: start..whole.len(),
            missing: 0,
            fragment: None,
            ..packet
        };
        let shape = self.payload(&whole, &packet, Place::Datagram)?;
        // A datagram may be in fragments within a tunnel in fragments: the inner one counts.
        if !std::mem::replace(&mut self.rebuilt, true) {
            *self.datagram = whole;
        }
        Ok(shape)
    }

    #[inline]
    fn payload(
        &mut self,
        octets: &[u8],
        packet: &ip::Packet,
        place: Place,
    ) -> Result<Option<Shape>, Fault> {
        match packet.protocol {
            ip::UDP => udp(octets, packet, place).map(Some),
            ip::TCP => {
                let &ip::Packet {
                    source,
                    destination,
                    missing,
                    ..
                } = packet;
                let range = packet.payload.clone();
                let segment = Segment::parse(octets, range, source, destination, missing)?;
                self.streams.segment(&segment);
                Ok(None)
            }
            ip::IPV4 | ip::IPV6 => self.packet(octets, packet.payload.start, place),
            ip::SCTP => {
                let (frame, at) = self.frame;
                self.associations
                    .packet(octets, packet, Arrival { frame, at })?;
                Ok(None)
            }
            other => Ok(Some(Shape::Foreign(Foreign::Protocol(other)))),
        }
    }
}

/// RFC 768: source port, destination port, length, checksum. Checksums are not verified: a capture
/// made on the sending host has them before the network card wrote them.
#[inline]
fn udp(octets: &[u8], packet: &ip::Packet, place: Place) -> Result<Shape, Fault> {
    let Range { start, end } = packet.payload;
    let within = octets.get(..end).unwrap_or_default();
    let short = Fault {
        at: end,
        what: Defect::Cut,
    };
    let port = |at| u16_at(within, at).ok_or(short);
    let (from, to, length) = (port(start)?, port(start + 2)?, port(start + 4)?);
    let body = start + 8;
    if body > end {
        return Err(short);
    }
    let wanted = match length {
        // A jumbogram (RFC 2675), or left to the network card.
        0 => (end - start).saturating_add(index(packet.missing)),
        1..8 => {
            return Err(Fault {
                at: start + 4,
                what: Defect::UdpLength,
            });
        }
        length => usize::from(length),
    };
    Ok(Shape::Datagram {
        source: SocketAddr::new(packet.source, from),
        destination: SocketAddr::new(packet.destination, to),
        place,
        range: body..end.min(start + wanted),
        missing: narrow(wanted.saturating_sub(end - start)),
    })
}

fn export(exported: Exported) -> Option<Shape> {
    Some(match exported.path {
        Some(path) => Shape::Exported(path, Box::new(exported)),
        None => Shape::Foreign(Foreign::Exported),
    })
}

/// However many are allowed, so many IP headers are followed at most.
const TUNNELS_MAX: u32 = 64;
