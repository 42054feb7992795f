//! Messages out of the octets of one connection.

use pengate_codecs::diameter::{DecodeError, Frame, FrameError, HEADER_OCTETS, frame};

/// What waits for its rest. Never more than one message and the chunk that came last.
#[derive(Debug, Default)]
pub(super) struct Stream {
    octets: Vec<u8>,
    /// Octets still to come that are passed over.
    skipped: usize,
}

/// What stood in a stream.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Cut<'a> {
    /// A message that is whole.
    Message(&'a [u8]),
    /// The header of a message that is passed over, and why.
    Refused(&'a [u8; HEADER_OCTETS], DecodeError),
    /// There is no telling where the next message starts.
    Lost(FrameError),
}

impl Stream {
    /// Takes the next octets.
    pub fn push(&mut self, mut octets: &[u8]) {
        let skipped = self.skipped.min(octets.len());
        self.skipped -= skipped;
        octets = octets.get(skipped..).unwrap_or_default();
        self.octets.extend_from_slice(octets);
    }

    /// Gives all that is whole to `each` until that says stop, and keeps what is left. After
    /// [`Cut::Lost`] nothing is left.
    pub fn cut(&mut self, octets_max: usize, mut each: impl FnMut(Cut<'_>) -> bool) {
        let mut at = 0;
        let mut goes_on = true;
        while goes_on {
            let rest = self.octets.get(at..).unwrap_or_default();
            match frame(rest, octets_max) {
                Ok(Frame::Partial) => break,
                Ok(Frame::Message { len }) => {
                    goes_on = each(Cut::Message(rest.get(..len).unwrap_or_default()));
                    at += len;
                }
                Ok(Frame::Refused { len, error }) => {
                    if let Some(header) = rest.first_chunk() {
                        goes_on = each(Cut::Refused(header, error));
                    }
                    let there = len.min(rest.len());
                    self.skipped = len - there;
                    at += there;
                }
                Err(error) => {
                    each(Cut::Lost(error));
                    self.octets.clear();
                    return;
                }
            }
        }
        self.octets.drain(..at.min(self.octets.len()));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn message(length: u8) -> Vec<u8> {
        let mut octets = vec![length; length.into()];
        octets[..4].copy_from_slice(&[1, 0, 0, length]);
        octets
    }

    fn told(pieces: &[&[u8]], octets_max: usize) -> Vec<String> {
        let mut stream = Stream::default();
        let mut told = Vec::new();
        for piece in pieces {
            stream.push(piece);
            stream.cut(octets_max, |cut| {
                told.push(match cut {
                    Cut::Message(octets) => format!("{}", octets.len()),
                    Cut::Refused(_, error) => error.kind().to_owned(),
                    Cut::Lost(error) => format!("lost {}", error.length),
                });
                true
            });
        }
        told
    }

    #[test]
    fn a_stream_that_is_lost_is_told_once() {
        let octets = [message(20), vec![1, 0, 0, 19], message(20)].concat();
        assert_eq!(told(&[&octets], 100), ["20", "lost 19"]);
    }

    proptest! {
        #[test]
        fn messages_are_cut_wherever_the_chunks_end(
            lengths in proptest::collection::vec((5..=12_u8).prop_map(|words| words * 4), 1..6),
            sizes in proptest::collection::vec(1..30_usize, 1..40),
        ) {
            let octets: Vec<u8> = lengths.iter().flat_map(|length| message(*length)).collect();
            let mut pieces = Vec::new();
            let mut rest = octets.as_slice();
            for size in sizes {
                let (piece, after) = rest.split_at(size.min(rest.len()));
                pieces.push(piece);
                rest = after;
            }
            pieces.push(rest);
            let expected: Vec<_> = lengths
                .iter()
                .map(|length| if *length > 40 {
                    "message-length".to_owned()
                } else {
                    length.to_string()
                })
                .collect();
            prop_assert_eq!(told(&pieces, 40), expected);
        }
    }
}
