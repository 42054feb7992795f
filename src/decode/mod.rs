//! What is in a capture, message by message, as lines of JSON: what `pengate decode` prints.
//!
//! Every protocol tells its messages in a file of its own, under the names of its specifications.
//! Nothing here does I/O.

mod diameter;
mod line;
mod mlp;
mod radius;
mod sip;
mod ss7;
mod streams;

use std::fmt::Display;

use pengate_codecs::{Stamp, sip::Framing};

use self::line::{Key, Line};
pub(crate) use self::streams::{Piece, Streams};
use crate::{
    feed::{
        Carrier, Channel, Chunk, Heading,
        capture::{Classifier, Entry, Event, Item, Options, Protocol},
    },
    session::http::Message,
};

/// How much of a message is told.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Detail {
    /// Identities and the fields that matter for presence.
    #[default]
    Matter,
    /// Every field, but for passwords and credentials.
    Full,
}

/// What the decoder may hold while it puts messages of streams together.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    /// Longest header of a message on a stream, in octets (default 65536).
    pub header_bytes_max: usize,
    /// Longest body of a message on a stream, in octets (default 4194304).
    pub body_bytes_max: usize,
    /// Most octets held for all streams together (default 67108864).
    pub stream_bytes_max: usize,
    /// Most directions of connections that hold part of a message (default 131072).
    pub streams_max: usize,
    /// Most TCAP transactions that are remembered (default 65536); the one not heard of for longest
    /// is forgotten first.
    pub transactions_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            header_bytes_max: 64 << 10,
            body_bytes_max: 4 << 20,
            stream_bytes_max: 64 << 20,
            streams_max: 1 << 17,
            transactions_max: 1 << 16,
        }
    }
}

/// What a capture held.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Tally {
    /// Messages in which nothing was wrong.
    pub messages: u64,
    /// Messages and frames in which something was.
    pub faults: u64,
    /// Frames of no protocol of ours.
    pub foreign: u64,
}

/// Turns what a capture tells into lines.
pub struct Decoder {
    classifier: Classifier,
    teller: Teller,
}

impl Decoder {
    /// A decoder for one capture; `name` is told in every line, when it is there.
    #[must_use]
    pub fn new(options: &Options, limits: Limits, detail: Detail, name: Option<String>) -> Self {
        Self {
            classifier: Classifier::new(options),
            teller: Teller {
                name,
                detail,
                streams: Streams::new(limits),
                documents: mlp::Streams::new(limits),
                ss7: ss7::Ss7::new(detail, &limits),
                line: Line::default(),
                tally: Tally::default(),
            },
        }
    }

    /// Gives the lines of an item, each with its line end, to `sink`.
    pub fn item(&mut self, item: &Item<'_>, sink: &mut dyn FnMut(&[u8])) {
        let teller = &mut self.teller;
        self.classifier
            .classify(item, |entry| teller.entry(&entry, sink));
    }

    /// Tells, at the end of the capture, which streams end within a message; `frame` and `at` are
    /// those of its last frame.
    pub fn finish(&mut self, frame: u64, at: Stamp, sink: &mut dyn FnMut(&[u8])) {
        let event = Event::Marker(&[]);
        let last = Entry { frame, at, event };
        for (protocol, channel, heading) in self.teller.streams.open() {
            let way = (&last, protocol, channel, heading);
            self.teller.pieces(way, sink, |streams, each| {
                streams.end((protocol, channel, heading), each);
            });
        }
        for (channel, heading) in self.teller.documents.open() {
            let way = (&last, Protocol::Mlp, channel, heading);
            self.teller.documents(way, sink, |streams, each| {
                streams.end((channel, heading), each);
            });
        }
    }

    /// What there was so far.
    #[must_use]
    pub const fn tally(&self) -> Tally {
        self.teller.tally
    }
}

struct Teller {
    name: Option<String>,
    detail: Detail,
    streams: Streams,
    /// Those of HTTP.
    documents: mlp::Streams,
    /// Segments and dialogues.
    ss7: ss7::Ss7,
    line: Line,
    tally: Tally,
}

/// Where a message stands in its capture and on the network.
#[derive(Clone, Copy)]
struct Origin<'a> {
    capture: Option<&'a str>,
    frame: u64,
    at: Stamp,
    protocol: Protocol,
    channel: Channel,
    heading: Heading,
}

impl Teller {
    fn entry(&mut self, entry: &Entry<'_>, sink: &mut dyn FnMut(&[u8])) {
        match entry.event {
            Event::Chunk(protocol, chunk) => self.chunk(entry, protocol, &chunk, sink),
            Event::Gap {
                protocol,
                channel,
                heading,
                ..
            } if protocol == Protocol::Mlp => self.documents(
                (entry, protocol, channel, heading),
                sink,
                |streams, each| streams.gap((channel, heading), each),
            ),
            Event::Gap {
                protocol,
                channel,
                heading,
                ..
            } => self.pieces(
                (entry, protocol, channel, heading),
                sink,
                |streams, each| {
                    streams.gap((protocol, channel, heading), each);
                },
            ),
            Event::Down(protocol, channel, _) => {
                for heading in [Heading::In, Heading::Out] {
                    let way = (entry, protocol, channel, heading);
                    if protocol == Protocol::Mlp {
                        self.documents(way, sink, |streams, each| {
                            streams.end((channel, heading), each);
                        });
                    } else {
                        self.pieces(way, sink, |streams, each| {
                            streams.end((protocol, channel, heading), each);
                        });
                    }
                }
            }
            Event::Fault(fault) => {
                self.tally.faults += 1;
                place(&mut self.line, self.name.as_deref(), entry.frame, entry.at);
                self.line.fault(fault.what, Some(fault.at));
                sink(self.line.finish());
            }
            Event::Foreign(_) => self.tally.foreign += 1,
            Event::Up(..) | Event::Marker(_) => {}
        }
    }

    fn chunk(
        &mut self,
        entry: &Entry<'_>,
        protocol: Protocol,
        chunk: &Chunk<'_>,
        sink: &mut dyn FnMut(&[u8]),
    ) {
        let Chunk {
            channel, heading, ..
        } = *chunk;
        if protocol == Protocol::Mlp {
            let way = (entry, protocol, channel, heading);
            return self.documents(way, sink, |streams, each| {
                streams.push((channel, heading), chunk.bytes, each);
            });
        }
        if channel.carrier == Carrier::Tcp {
            let way = (entry, protocol, channel, heading);
            return self.pieces(way, sink, |streams, each| {
                streams.push((protocol, channel, heading), chunk.bytes, each);
            });
        }
        if protocol == Protocol::Sip && sip::is_keep_alive(chunk.bytes) {
            return;
        }
        let origin = origin(self.name.as_deref(), (entry, protocol, channel, heading));
        let line = &mut self.line;
        origin.tell(line);
        let head = |line: &mut Line| origin.tell_path(line);
        let is_sound = match protocol {
            Protocol::Radius => radius::tell(line, chunk.bytes, self.detail, head),
            Protocol::Sip => sip::tell(line, chunk.bytes, Framing::Datagram, self.detail, head),
            Protocol::Diameter => diameter::tell(line, chunk.bytes, self.detail, head),
            Protocol::M3ua => self.ss7.m3ua(line, entry.at, chunk.bytes, head),
            Protocol::Mtp3 => self.ss7.mtp3(line, entry.at, chunk.bytes, head),
            Protocol::Sccp => self.ss7.sccp(line, entry.at, chunk.bytes, head),
            // Told above: HTTP is never a datagram.
            Protocol::Mlp => return,
        };
        self.tally.count(is_sound);
        sink(line.finish());
    }

    /// Does something to a stream and tells what comes of it.
    fn pieces(
        &mut self,
        way: (&Entry<'_>, Protocol, Channel, Heading),
        sink: &mut dyn FnMut(&[u8]),
        act: impl FnOnce(&mut Streams, &mut dyn FnMut(Piece<'_>)),
    ) {
        let Self {
            name,
            detail,
            streams,
            line,
            tally,
            ..
        } = self;
        let origin = origin(name.as_deref(), way);
        act(streams, &mut |piece| {
            origin.tell(line);
            let head = |line: &mut Line| origin.tell_path(line);
            let is_sound = match piece {
                Piece::Message(octets) if origin.protocol == Protocol::Diameter => {
                    diameter::tell(line, octets, *detail, head)
                }
                Piece::Broken(octets, broken) if origin.protocol == Protocol::Diameter => {
                    head(line);
                    line.fault(broken, Some(octets.len()));
                    false
                }
                Piece::Message(octets) => sip::tell(line, octets, Framing::Stream, *detail, head),
                Piece::Broken(octets, broken) => {
                    let fault = |line: &mut Line| line.fault(broken, Some(octets.len()));
                    sip::salvage(line, octets, *detail, head, fault);
                    false
                }
            };
            tally.count(is_sound);
            sink(line.finish());
        });
    }

    /// Does something to a stream of HTTP and tells what comes of it.
    fn documents(
        &mut self,
        way: (&Entry<'_>, Protocol, Channel, Heading),
        sink: &mut dyn FnMut(&[u8]),
        act: impl FnOnce(&mut mlp::Streams, &mut dyn FnMut(Result<Message<'_>, mlp::Broken>)),
    ) {
        let Self {
            name,
            detail,
            documents,
            line,
            tally,
            ..
        } = self;
        let origin = origin(name.as_deref(), way);
        act(documents, &mut |piece| {
            origin.tell(line);
            let is_sound = match piece {
                Ok(message) => mlp::tell(line, &message, *detail, |line| origin.tell_path(line)),
                Err(broken) => {
                    origin.tell_path(line);
                    line.fault(broken, None);
                    false
                }
            };
            tally.count(is_sound);
            sink(line.finish());
        });
    }
}

impl Tally {
    fn count(&mut self, is_sound: bool) {
        let count = if is_sound {
            &mut self.messages
        } else {
            &mut self.faults
        };
        *count += 1;
    }
}

impl Origin<'_> {
    fn tell(&self, line: &mut Line) {
        place(line, self.capture, self.frame, self.at);
        line.envelope(
            Key::Protocol,
            match self.protocol {
                Protocol::Radius => "radius",
                Protocol::Sip => "sip",
                Protocol::Diameter => "diameter",
                Protocol::M3ua => "m3ua",
                Protocol::Mtp3 => "mtp3",
                Protocol::Sccp => "sccp",
                Protocol::Mlp => "mlp",
            },
        );
    }

    fn tell_path(&self, line: &mut Line) {
        let Channel {
            carrier,
            local,
            peer,
        } = self.channel;
        let (source, destination) = match self.heading {
            Heading::In => (peer, local),
            Heading::Out => (local, peer),
        };
        line.envelope(
            Key::Carrier,
            match carrier {
                Carrier::Udp => "udp",
                Carrier::Tcp => "tcp",
                Carrier::Sctp => "sctp",
                Carrier::Mtp => "mtp",
            },
        );
        line.envelope(Key::Source, source);
        line.envelope(Key::Destination, destination);
    }
}

fn origin<'a>(
    capture: Option<&'a str>,
    (entry, protocol, channel, heading): (&Entry<'_>, Protocol, Channel, Heading),
) -> Origin<'a> {
    Origin {
        capture,
        frame: entry.frame,
        at: entry.at,
        protocol,
        channel,
        heading,
    }
}

fn place(line: &mut Line, capture: Option<&str>, frame: u64, at: impl Display) {
    if let Some(capture) = capture {
        line.envelope(Key::Capture, capture);
    }
    line.frame(frame);
    line.envelope(Key::At, at);
}
