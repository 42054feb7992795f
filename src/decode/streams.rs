//! Messages out of TCP streams, as far as a capture shows them.

use hashbrown::HashMap;
use pengate_codecs::sip::{Frame, FrameError, FrameLimits, FrameScan, frame};
use thiserror::Error;

use super::{Limits, diameter};
use crate::feed::{Channel, Heading, capture::Protocol};

/// One direction of a connection, and what is spoken on it.
type Stream = (Protocol, Channel, Heading);

/// What stands in a stream.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Piece<'a> {
    /// A whole message.
    Message(&'a [u8]),
    /// Octets that are no whole message, and what is wrong with them.
    Broken(&'a [u8], Broken),
}

/// Why octets of a stream are no whole message.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub(crate) enum Broken {
    /// They cannot be cut into messages.
    #[error("{0}")]
    Frame(FrameError),
    /// A length that no message has, or a longer one than is read.
    #[error("a message of {0} octets")]
    Length(u32),
    /// Octets after them were not captured.
    #[error("octets of the stream were not captured")]
    Gap,
    /// The stream ends within a message.
    #[error("the stream ends within a message")]
    End,
    /// All streams together hold more than the limit.
    #[error("more octets wait in streams than stream_bytes_max")]
    Full,
}

/// The streams that hold part of a message.
#[derive(Debug)]
pub(crate) struct Streams {
    limits: Limits,
    waiting: HashMap<Stream, Waiting>,
    /// Octets of all of them.
    held: usize,
    /// How often a stream has begun to wait.
    count: u64,
}

#[derive(Debug, Default)]
struct Waiting {
    /// Orders streams by when they last grew.
    since: u64,
    octets: Vec<u8>,
    scan: FrameScan,
    /// The boundary of the next message is unknown: it starts at the next start line.
    is_lost: bool,
}

impl Streams {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            waiting: HashMap::new(),
            held: 0,
            count: 0,
        }
    }

    /// Takes the next octets of a stream.
    pub(crate) fn push(&mut self, stream: Stream, octets: &[u8], each: &mut dyn FnMut(Piece<'_>)) {
        let mut waiting = self.take(stream);
        waiting.octets.extend_from_slice(octets);
        match stream {
            (Protocol::Diameter, ..) => {
                let octets_max = self.limits.body_bytes_max;
                let at = diameter::cut(&waiting.octets, &mut waiting.is_lost, octets_max, each);
                waiting.octets.drain(..at.min(waiting.octets.len()));
            }
            _ => waiting.cut(&self.limits, each),
        }
        if self.held + waiting.octets.len() > self.limits.stream_bytes_max {
            each(Piece::Broken(&waiting.octets, Broken::Full));
            waiting.lose();
        }
        self.put(stream, waiting);
    }

    /// Octets of a stream are missing.
    pub(crate) fn gap(&mut self, stream: Stream, each: &mut dyn FnMut(Piece<'_>)) {
        let mut waiting = self.take(stream);
        each(Piece::Broken(&waiting.octets, Broken::Gap));
        waiting.lose();
        self.put(stream, waiting);
    }

    /// A stream is over.
    pub(crate) fn end(&mut self, stream: Stream, each: &mut dyn FnMut(Piece<'_>)) {
        let waiting = self.take(stream);
        let is_blank = waiting
            .octets
            .iter()
            .all(|octet| matches!(octet, b'\r' | b'\n'));
        if !is_blank && !waiting.is_lost {
            each(Piece::Broken(&waiting.octets, Broken::End));
        }
    }

    /// The streams that wait for the rest of a message, in the order in which they last grew.
    pub(crate) fn open(&self) -> Vec<Stream> {
        let mut open: Vec<_> = self.waiting.iter().collect();
        open.sort_by_key(|(_, waiting)| waiting.since);
        open.into_iter().map(|(stream, _)| *stream).collect()
    }

    fn take(&mut self, stream: Stream) -> Waiting {
        let waiting = self.waiting.remove(&stream).unwrap_or_default();
        self.held -= waiting.octets.len();
        waiting
    }

    /// A stream that waits for nothing needs no memory.
    fn put(&mut self, stream: Stream, mut waiting: Waiting) {
        if waiting.octets.is_empty() && !waiting.is_lost {
            return;
        }
        if self.waiting.len() >= self.limits.streams_max {
            // Only where the reader forgot connections before they ended.
            self.waiting.clear();
            self.held = 0;
        }
        self.held += waiting.octets.len();
        self.count += 1;
        waiting.since = self.count;
        self.waiting.insert(stream, waiting);
    }
}

impl Waiting {
    fn lose(&mut self) {
        *self = Self {
            is_lost: true,
            ..Self::default()
        };
    }

    /// Gives all whole messages and keeps what is left.
    fn cut(&mut self, limits: &Limits, each: &mut dyn FnMut(Piece<'_>)) {
        let limits = FrameLimits {
            header_bytes: limits.header_bytes_max,
            body_bytes: limits.body_bytes_max,
        };
        let mut at = 0;
        while let Some(rest) = self.octets.get(at..).filter(|rest| !rest.is_empty()) {
            if self.is_lost {
                let Ok(start) = next_start(rest).map_err(|keep| at += keep) else {
                    break;
                };
                at += start;
                self.is_lost = false;
                continue;
            }
            match frame(rest, &mut self.scan, &limits) {
                Ok(Frame::Partial) => break,
                Ok(Frame::Blank { len, .. }) => at += len,
                Ok(Frame::Message { len }) => {
                    each(Piece::Message(rest.get(..len).unwrap_or_default()));
                    at += len;
                }
                Err(error) => {
                    each(Piece::Broken(rest, Broken::Frame(error)));
                    self.is_lost = true;
                    at += memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
                }
            }
            self.scan = FrameScan::default();
        }
        self.octets.drain(..at.min(self.octets.len()));
    }
}

/// Where the next line that starts a message is; else how many octets cannot hold one.
fn next_start(octets: &[u8]) -> Result<usize, usize> {
    let mut at = 0;
    for end in memchr::memchr_iter(b'\n', octets) {
        let line = octets.get(at..end).unwrap_or_default().trim_ascii_end();
        if line.starts_with(b"SIP/2.0 ") || line.ends_with(b" SIP/2.0") {
            return Ok(at);
        }
        at = end + 1;
    }
    let is_long = octets.len() - at > START_LINE_MAX;
    Err(if is_long { octets.len() } else { at })
}

/// The longest line that is looked at for a start.
const START_LINE_MAX: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feed::Carrier;

    const ONE: &[u8] = b"OPTIONS sip:a SIP/2.0\r\nl: 2\r\n\r\nhi";
    const TWO: &[u8] = b"SIP/2.0 200 OK\r\nl: 0\r\n\r\n";

    fn stream() -> Stream {
        let channel = Channel {
            carrier: Carrier::Tcp,
            local: "192.0.2.1:5060".parse().unwrap(),
            peer: "192.0.2.2:5060".parse().unwrap(),
        };
        (Protocol::Sip, channel, Heading::In)
    }

    fn told(steps: &[Option<&[u8]>], limits: Limits) -> Vec<(Vec<u8>, Option<Broken>)> {
        let mut streams = Streams::new(limits);
        let mut told = Vec::new();
        let mut each = |piece: Piece<'_>| match piece {
            Piece::Message(octets) => told.push((octets.to_vec(), None)),
            Piece::Broken(octets, broken) => told.push((octets.to_vec(), Some(broken))),
        };
        for step in steps {
            match step {
                Some(octets) => streams.push(stream(), octets, &mut each),
                None => streams.gap(stream(), &mut each),
            }
        }
        streams.end(stream(), &mut each);
        assert_eq!((streams.held, streams.waiting.len()), (0, 0));
        told
    }

    #[test]
    fn messages_are_cut_wherever_the_segments_end() {
        let both = [ONE, b"\r\n\r\n", TWO].concat();
        for cut in 0..both.len() {
            let (first, second) = both.split_at(cut);
            let told = told(&[Some(first), Some(second)], Limits::default());
            assert_eq!(told, [(ONE.to_vec(), None), (TWO.to_vec(), None)], "{cut}");
        }
    }

    #[test]
    fn after_a_hole_the_next_start_line_counts() {
        let told = told(
            &[
                Some(&ONE[..9]),
                None,
                Some(b"x: SIP\r\n\r\nbody"),
                Some(b"\r\n"),
                Some(TWO),
            ],
            Limits::default(),
        );
        let gap = (ONE[..9].to_vec(), Some(Broken::Gap));
        assert_eq!(told, [gap, (TWO.to_vec(), None)]);
    }

    #[test]
    fn what_cannot_be_cut_is_told_once_and_passed_over() {
        let broken = b"OPTIONS sip:a SIP/2.0\r\nl: x\r\n\r\n";
        let told = told(&[Some(&[broken, TWO].concat())], Limits::default());
        let fault = Broken::Frame(FrameError::ContentLength);
        let rest = [broken, TWO].concat();
        assert_eq!(told, [(rest, Some(fault)), (TWO.to_vec(), None)]);
    }

    #[test]
    fn a_stream_that_ends_within_a_message_and_one_that_holds_too_much_are_told() {
        let cut = &ONE[..ONE.len() - 1];
        let end = told(&[Some(cut)], Limits::default());
        assert_eq!(end, [(cut.to_vec(), Some(Broken::End))]);
        let limits = Limits {
            stream_bytes_max: 8,
            ..Limits::default()
        };
        let full = told(&[Some(cut)], limits);
        assert_eq!(full, [(cut.to_vec(), Some(Broken::Full))]);
    }
}
