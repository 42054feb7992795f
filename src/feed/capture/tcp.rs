//! TCP streams from their segments (RFC 9293).

use std::{net::SocketAddr, ops::Range};

use super::{
    fault::{Defect, Fault},
    octets::{array, u16_at, wide},
    pieces::Pieces,
};

/// A segment.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Segment<'a> {
    pub(super) source: SocketAddr,
    pub(super) destination: SocketAddr,
    pub(super) sequence: u32,
    pub(super) acknowledgement: Option<u32>,
    pub(super) syn: bool,
    pub(super) fin: bool,
    pub(super) reset: bool,
    pub(super) payload: &'a [u8],
    /// How many octets the snap length cut off behind the payload.
    pub(super) missing: u32,
}

impl<'a> Segment<'a> {
    /// Reads the segment at `range` of a frame.
    ///
    /// ```text
    ///  0                   1                   2                   3
    /// |          Source Port          |       Destination Port        |
    /// |                        Sequence Number                        |
    /// |                    Acknowledgment Number                      |
    /// | Offset| Rsrvd |    Flags      |            Window             |
    /// ```
    pub(super) fn parse(
        frame: &'a [u8],
        range: Range<usize>,
        source: std::net::IpAddr,
        destination: std::net::IpAddr,
        missing: u32,
    ) -> Result<Self, Fault> {
        let Range { start, end } = range;
        let octets = frame.get(start..end).unwrap_or_default();
        let cut = Fault {
            at: end,
            what: Defect::Cut,
        };
        let fixed: [u8; 20] = array(octets, 0).ok_or(cut)?;
        let header = usize::from(fixed[12] >> 4) * 4;
        if header < 20 {
            return Err(Fault {
                at: start + 12,
                what: Defect::HeaderLength,
            });
        }
        let port = |at| u16_at(&fixed, at).unwrap_or_default();
        let number = |at: usize| {
            u32::from_be_bytes([fixed[at], fixed[at + 1], fixed[at + 2], fixed[at + 3]])
        };
        let flags = fixed[13];
        Ok(Self {
            source: SocketAddr::new(source, port(0)),
            destination: SocketAddr::new(destination, port(2)),
            sequence: number(4),
            acknowledgement: (flags & ACK != 0).then(|| number(8)),
            syn: flags & SYN != 0,
            fin: flags & FIN != 0,
            reset: flags & RST != 0,
            payload: octets.get(header..).ok_or(cut)?,
            missing,
        })
    }
}

/// What a direction of a connection gives out.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Output {
    /// The stream starts: with its first octet, or somewhere (`picked_up`).
    Start { picked_up: bool },
    /// The next octets, in the arena.
    Octets(Range<usize>),
    /// So many octets are lost.
    Gap(u64),
    /// The stream is over.
    End(Ending),
}

/// How a stream ended.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// Its sender had no more to say (FIN).
    Finished,
    /// The connection was reset (RST).
    Reset,
    /// The same addresses started a new connection.
    Replaced,
    /// `streams_max` other connections were in use.
    Evicted,
}

/// Where outputs go: their list, and the octets they point to.
#[derive(Debug, Default)]
pub(super) struct Sink {
    pub(super) outputs: Vec<Output>,
    pub(super) arena: Vec<u8>,
}

impl Sink {
    fn octets(&mut self, octets: &[u8]) {
        let start = self.arena.len();
        self.arena.extend_from_slice(octets);
        self.outputs.push(Output::Octets(start..self.arena.len()));
    }
}

/// One direction of a connection.
///
/// Places count octets of the stream from [`BASE`], so that sequence numbers may wrap any number
/// of times. Octets that came twice are given once; where two segments differ, the one that came
/// first stays.
#[derive(Debug, Default)]
pub(super) struct Direction {
    /// None until a SYN or an octet was seen.
    open: Option<Open>,
    pieces: Pieces,
}

#[derive(Clone, Copy, Debug)]
struct Open {
    /// Sequence number of the first octet, whose place is [`BASE`].
    first: u32,
    /// Place of the next octet to give out.
    next: u64,
    /// Place of the end, once told.
    end: Option<u64>,
    /// Highest place that the other side acknowledged.
    acknowledged: u64,
    /// Segments in a row that were far from `next`.
    strays: u8,
    ended: bool,
}

impl Open {
    fn place(&self, sequence: u32) -> u64 {
        let next = self.first.wrapping_add(low(self.next.wrapping_sub(BASE)));
        let distance = sequence.wrapping_sub(next).cast_signed();
        self.next.saturating_add_signed(distance.into())
    }
}

impl Direction {
    /// Whether a SYN with the first octet at this sequence number belongs to the stream at hand.
    pub(super) fn is_same(&self, first: u32) -> bool {
        self.open.is_some_and(|open| open.first == first)
    }

    /// Whether octets or a SYN were seen.
    pub(super) fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Memory held behind a hole.
    pub(super) fn cost(&self) -> u64 {
        self.pieces.cost()
    }

    /// Starts the stream.
    pub(super) fn start(&mut self, first: u32, picked_up: bool, sink: &mut Sink) {
        self.pieces = Pieces::default();
        self.open = Some(Open {
            first,
            next: BASE,
            end: None,
            acknowledged: BASE,
            strays: 0,
            ended: false,
        });
        sink.outputs.push(Output::Start { picked_up });
    }

    /// Takes the octets of a segment, and its FIN.
    pub(super) fn receive(&mut self, segment: &Segment<'_>, sink: &mut Sink) {
        let Some(open) = self.open.as_mut().filter(|open| !open.ended) else {
            return;
        };
        let sequence = segment.sequence.wrapping_add(u32::from(segment.syn));
        let mut payload = segment.payload;
        let place = match open.place(sequence) {
            place if place.abs_diff(open.next) <= WINDOW_MAX => place,
            _ if payload.is_empty() => return,
            _ if open.strays < STRAYS_MAX => {
                open.strays += 1;
                return;
            }
            _ => {
                self.restart(sequence, sink);
                BASE
            }
        };
        let Some(open) = self.open.as_mut() else {
            return;
        };
        open.strays = 0;
        if let Some(end) = open.end {
            let room = usize::try_from(end.saturating_sub(place)).unwrap_or(usize::MAX);
            payload = &payload[..payload.len().min(room)];
        } else if segment.fin {
            let end = place + wide(payload.len()) + u64::from(segment.missing);
            open.end = Some(open.next.max(end));
        }
        let known = usize::try_from(open.next.saturating_sub(place)).unwrap_or(usize::MAX);
        if place <= open.next && self.pieces.is_empty() {
            if let Some(fresh) = payload.get(known..).filter(|fresh| !fresh.is_empty()) {
                open.next += wide(fresh.len());
                sink.octets(fresh);
            }
            // What the snap length cut off will never come.
            let cut = u64::from(segment.missing);
            if cut > 0 && open.next == place + wide(payload.len()) {
                open.next += cut;
                sink.outputs.push(Output::Gap(cut));
            }
        } else {
            let fresh = payload.get(known..).unwrap_or_default();
            self.pieces.insert(place.max(open.next), fresh);
        }
        self.drain(sink);
    }

    /// The other side has everything before this sequence number.
    pub(super) fn acknowledge(&mut self, sequence: u32, sink: &mut Sink) {
        let Some(open) = self.open.as_mut().filter(|open| !open.ended) else {
            return;
        };
        let place = open.place(sequence);
        if place.abs_diff(open.next) <= WINDOW_MAX {
            open.acknowledged = open.acknowledged.max(place);
        }
        self.skip_acknowledged(sink);
    }

    /// Gives up holes that the other side never had: the capture missed these octets.
    fn skip_acknowledged(&mut self, sink: &mut Sink) {
        while let Some(open) = self.open.filter(|open| !open.ended) {
            let behind = self.pieces.first().or(open.end);
            if behind.is_none_or(|place| place <= open.next || place > open.acknowledged) {
                return;
            }
            self.skip(sink);
        }
    }

    /// Gives up the first hole, if there is one.
    pub(super) fn skip(&mut self, sink: &mut Sink) {
        let Some(open) = self.open.as_mut().filter(|open| !open.ended) else {
            return;
        };
        if let Some(place) = self.pieces.first().or(open.end)
            && place > open.next
        {
            sink.outputs.push(Output::Gap(place - open.next));
            open.next = place;
            self.drain(sink);
        }
    }

    /// Gives out everything that is held, and what ended the stream if it has not ended by itself.
    pub(super) fn finish(&mut self, ending: Option<Ending>, sink: &mut Sink) {
        while !self.pieces.is_empty() {
            self.skip(sink);
        }
        if let (Some(open), Some(ending)) = (self.open.as_mut(), ending)
            && !open.ended
        {
            open.ended = true;
            sink.outputs.push(Output::End(ending));
        }
    }

    /// Goes on at an unrelated sequence number: how much lies between cannot be told.
    fn restart(&mut self, sequence: u32, sink: &mut Sink) {
        self.finish(None, sink);
        self.open = Some(Open {
            first: sequence,
            next: BASE,
            end: None,
            acknowledged: BASE,
            strays: 0,
            ended: false,
        });
        sink.outputs.push(Output::Gap(0));
    }

    /// Gives out the pieces that follow without a hole, and the end.
    fn drain(&mut self, sink: &mut Sink) {
        let Some(open) = self.open.as_mut() else {
            return;
        };
        while self.pieces.first().is_some_and(|place| place <= open.next) {
            let Some((place, piece)) = self.pieces.pop() else {
                break;
            };
            let known = usize::try_from(open.next - place).unwrap_or(usize::MAX);
            if let Some(fresh) = piece.get(known..).filter(|fresh| !fresh.is_empty()) {
                open.next += wide(fresh.len());
                sink.octets(fresh);
            }
        }
        if open.end.is_some_and(|end| open.next >= end) && !open.ended {
            open.ended = true;
            self.pieces = Pieces::default();
            sink.outputs.push(Output::End(Ending::Finished));
        }
    }
}

/// The lower half.
fn low(value: u64) -> u32 {
    u32::try_from(value & u64::from(u32::MAX)).unwrap_or_default()
}

pub(super) const FIN: u8 = 0x01;
pub(super) const SYN: u8 = 0x02;
pub(super) const RST: u8 = 0x04;
pub(super) const PUSH: u8 = 0x08;
pub(super) const ACK: u8 = 0x10;

/// Place of a stream's first octet: far enough from 0 for what was sent before a pick-up.
const BASE: u64 = 1 << 32;

/// No segment in use is farther from the next octet: more than 15 full windows of 64 KiB scaled by
/// the largest factor that hosts choose by themselves (RFC 7323; 2^7).
const WINDOW_MAX: u64 = 1 << 27;

/// Segments in a row from elsewhere that are taken for damage before the stream follows them.
const STRAYS_MAX: u8 = 2;
