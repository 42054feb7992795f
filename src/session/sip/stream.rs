//! Putting messages of a TCP connection together again (RFC 3261 clause 18.3).

use pengate_codecs::sip::{Frame, FrameError, FrameLimits, FrameScan, frame};

/// What one piece of a stream completed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Piece<'a> {
    /// One whole message.
    Message(&'a [u8]),
    /// A keep-alive, to be answered with CRLF (RFC 5626 clause 4.4.1).
    Ping,
}

/// The reassembly buffer of one connection. What arrives in whole messages is never copied.
#[derive(Clone, Debug, Default)]
pub struct Stream {
    buffer: Vec<u8>,
    scan: FrameScan,
}

impl Stream {
    /// Takes the next octets and hands every message they complete to `sink`, in order.
    ///
    /// The buffer holds at most one message within `limits` and the octets of one piece.
    ///
    /// # Errors
    /// [`FrameError`]: the connection must be closed.
    pub fn push(
        &mut self,
        octets: &[u8],
        limits: &FrameLimits,
        mut sink: impl FnMut(Piece<'_>),
    ) -> Result<(), FrameError> {
        if self.buffer.is_empty() {
            let used = drain(octets, &mut self.scan, limits, &mut sink)?;
            self.buffer
                .extend_from_slice(octets.get(used..).unwrap_or_default());
            return Ok(());
        }
        self.buffer.extend_from_slice(octets);
        let used = drain(&self.buffer, &mut self.scan, limits, &mut sink)?;
        if used == self.buffer.len() {
            // Most connections are idle most of the time: they hold no memory then.
            self.buffer = Vec::new();
        } else {
            self.buffer.drain(..used);
        }
        Ok(())
    }

    /// How many octets wait for the rest of their message.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.buffer.len()
    }
}

/// Cuts as many frames as there are; says how many octets they take.
fn drain(
    octets: &[u8],
    scan: &mut FrameScan,
    limits: &FrameLimits,
    sink: &mut impl FnMut(Piece<'_>),
) -> Result<usize, FrameError> {
    let mut used = 0;
    while let Some(rest) = octets.get(used..).filter(|rest| !rest.is_empty()) {
        let len = match frame(rest, scan, limits)? {
            Frame::Partial => break,
            Frame::Blank { len, ping } => {
                if ping {
                    sink(Piece::Ping);
                }
                len
            }
            Frame::Message { len } => {
                sink(Piece::Message(rest.get(..len).unwrap_or_default()));
                len
            }
        };
        *scan = FrameScan::default();
        used += len;
    }
    Ok(used)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LIMITS: FrameLimits = FrameLimits {
        header_bytes: 128,
        body_bytes: 64,
    };
    const STREAM: &[u8] = b"A b SIP/2.0\r\nl: 4\r\n\r\nbody\r\n\r\nSIP/2.0 200 OK\r\n\
        Content-Length: 0\r\n\r\n\r\nC d SIP/2.0\r\nl:1\r\n\r\nx";

    fn cut(pieces: &[&[u8]]) -> (Vec<Vec<u8>>, usize, usize) {
        let mut stream = Stream::default();
        let mut messages = Vec::new();
        let mut pings = 0;
        for piece in pieces {
            let done = stream.push(piece, &LIMITS, |piece| match piece {
                Piece::Message(octets) => messages.push(octets.to_vec()),
                Piece::Ping => pings += 1,
            });
            assert_eq!(done, Ok(()));
        }
        (messages, pings, stream.waiting())
    }

    proptest! {
        #[test]
        fn pieces_make_no_difference(cuts in proptest::collection::vec(0..STREAM.len(), 0..9)) {
            let mut cuts = cuts;
            cuts.sort_unstable();
            cuts.push(STREAM.len());
            let mut start = 0;
            let pieces: Vec<_> = cuts
                .iter()
                .map(|end| {
                    let piece = &STREAM[start..*end];
                    start = *end;
                    piece
                })
                .collect();
            let (messages, pings, waiting) = cut(&pieces);
            prop_assert_eq!((messages.len(), pings, waiting), (3, 1, 0));
            prop_assert_eq!(&messages[0], b"A b SIP/2.0\r\nl: 4\r\n\r\nbody");
            prop_assert_eq!(&messages[2], b"C d SIP/2.0\r\nl:1\r\n\r\nx");
        }
    }

    #[test]
    fn a_message_that_never_ends_is_cut_off_at_the_limit() {
        let mut stream = Stream::default();
        let mut refused = None;
        for _ in 0..LIMITS.header_bytes + 1 {
            assert_eq!(refused, None);
            refused = stream.push(b"x", &LIMITS, |_| {}).err();
        }
        assert_eq!(refused, Some(FrameError::HeaderTooLong { max: 128 }));
    }
}
