//! The octets of a capture through one bounded window, inflated when they come compressed.

use std::io::{self, Read};

use flate2::read::MultiGzDecoder;

use super::{
    error::{CaptureError, Damage, FileKind},
    octets::wide,
};

/// A window over a stream of octets. It grows only as far as a caller asks for.
pub(super) struct Source<R: Read> {
    inner: Inner<R>,
    window: Vec<u8>,
    start: usize,
    end: usize,
    offset: u64,
    ended: Option<Option<Damage>>,
}

type Inflating<R> = MultiGzDecoder<io::Chain<io::Cursor<Vec<u8>>, R>>;

enum Inner<R: Read> {
    Plain(R),
    Gzip(Box<Inflating<R>>),
    Gone,
}

impl<R: Read> Source<R> {
    pub(super) fn new(inner: R) -> Self {
        Self {
            inner: Inner::Plain(inner),
            window: vec![0; WINDOW],
            start: 0,
            end: 0,
            offset: 0,
            ended: None,
        }
    }

    /// Inflates from here on when the octets ahead are gzip (RFC 1952).
    pub(super) fn inflate(&mut self) {
        if self.fill(2) < 2 || self.ahead()[..2] != GZIP {
            return;
        }
        let head = io::Cursor::new(self.ahead().to_vec());
        if let Inner::Plain(inner) = std::mem::replace(&mut self.inner, Inner::Gone) {
            self.inner = Inner::Gzip(Box::new(MultiGzDecoder::new(head.chain(inner))));
            self.start = self.end;
            self.ended = None;
        }
    }

    /// Offset of the first octet ahead.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// What the window holds and nobody consumed.
    #[inline]
    pub(super) fn ahead(&self) -> &[u8] {
        &self.window[self.start..self.end]
    }

    /// Tries to have `wanted` octets ahead and says how many there are.
    #[inline]
    pub(super) fn fill(&mut self, wanted: usize) -> usize {
        let held = self.end - self.start;
        if held >= wanted {
            held
        } else {
            self.refill(wanted)
        }
    }

    #[cold]
    fn refill(&mut self, wanted: usize) -> usize {
        self.window.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        if self.window.len() < wanted {
            self.window.resize(wanted.next_multiple_of(WINDOW), 0);
        }
        while self.end < wanted && self.ended.is_none() {
            let free = &mut self.window[self.end..];
            let read = match &mut self.inner {
                Inner::Plain(inner) => inner.read(free),
                Inner::Gzip(inner) => inner.read(free),
                Inner::Gone => Ok(0),
            };
            match read {
                Ok(0) => self.ended = Some(None),
                // A `Read` that claims more than it was given room for is not believed.
                Ok(read) => self.end += read.min(free.len()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => self.ended = Some(Some(self.damage(&error))),
            }
        }
        self.end
    }

    fn damage(&self, error: &io::Error) -> Damage {
        match (&self.inner, error.kind()) {
            (Inner::Gzip(_), io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput) => {
                Damage::Compression
            }
            (Inner::Gzip(_), io::ErrorKind::UnexpectedEof) => Damage::Truncated { missing: 1 },
            (_, kind) => Damage::Read(kind),
        }
    }

    /// Passes over octets that are in the window.
    #[inline]
    pub(super) fn consume(&mut self, count: usize) {
        let count = count.min(self.end - self.start);
        self.start += count;
        self.offset += wide(count);
    }

    /// Passes over octets without holding them and says how many were missing.
    pub(super) fn skip(&mut self, mut count: u64) -> u64 {
        while count > 0 {
            let held = self.fill(1);
            if held == 0 {
                break;
            }
            let step = usize::try_from(count).map_or(held, |count| count.min(held));
            self.consume(step);
            count -= wide(step);
        }
        count
    }

    /// Whether the octets ended without a failure and none is left.
    pub(super) fn is_finished(&mut self) -> bool {
        self.fill(1) == 0 && self.ended == Some(None)
    }

    /// Why there are not `wanted` octets ahead: a failure of the source, or its end.
    pub(super) fn shortage(&self, kind: FileKind, wanted: u64) -> CaptureError {
        let held = wide(self.end - self.start);
        let damage = match self.ended {
            Some(Some(damage)) => damage,
            _ => Damage::Truncated {
                missing: wanted.saturating_sub(held).max(1),
            },
        };
        CaptureError {
            kind,
            offset: self.offset.saturating_add(held),
            damage,
        }
    }
}

const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Octets read at a time.
const WINDOW: usize = 1 << 16;

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};

    use super::{super::testing::pcap, *};
    use crate::feed::capture::{Options, Reader};

    /// Gives an octet at a time, with an interruption before each.
    struct Dripping<'a>(&'a [u8], bool);

    impl Read for Dripping<'_> {
        fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
            self.1 = !self.1;
            if self.1 {
                return Err(io::ErrorKind::Interrupted.into());
            }
            let count = to.len().min(1);
            self.0.read(&mut to[..count])
        }
    }

    fn gzip(octets: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(octets).unwrap();
        encoder.finish().unwrap()
    }

    fn frames(source: impl Read) -> (usize, Result<(), CaptureError>) {
        let mut reader = Reader::new(source, &Options::default());
        let mut count = 0;
        loop {
            match reader.next_frame() {
                // What is inflated from damaged octets may still look like frames.
                Ok(Some(frame)) if frame.bytes != noise(count) => {}
                Ok(Some(_)) => count += 1,
                Ok(None) => return (count, Ok(())),
                Err(error) => return (count, Err(error)),
            }
        }
    }

    /// Octets that do not compress.
    fn noise(seed: usize) -> Vec<u8> {
        let mut state = seed as u64 + 1;
        let next = std::iter::from_fn(|| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            Some(state.to_be_bytes()[0])
        });
        next.take(1000).collect()
    }

    fn capture() -> Vec<u8> {
        pcap(1, &(0..200).map(noise).collect::<Vec<_>>())
    }

    #[test]
    fn a_slow_pipe_is_read_like_a_file() {
        assert_eq!(frames(Dripping(&capture(), false)), (200, Ok(())));
        assert_eq!(frames(Dripping(&gzip(&capture()), false)), (200, Ok(())));
    }

    #[test]
    fn compressed_members_follow_each_other() {
        let file = capture();
        let (one, two) = file.split_at(file.len() / 2 + 7);
        assert_eq!(frames(&[gzip(one), gzip(two)].concat()[..]), (200, Ok(())));
    }

    #[test]
    fn a_compressed_file_cut_short_gives_what_was_there() {
        let file = gzip(&capture());
        for cut in (0..file.len())
            .step_by(997)
            .chain([1, 2, 5, 11, file.len() - 1])
        {
            let (count, end) = frames(&file[..cut]);
            let error = end.unwrap_err();
            assert!(
                matches!(error.damage, Damage::Truncated { .. }),
                "{cut}: {error}"
            );
            let expected = cut.saturating_sub(100) / 1020;
            assert!(
                count >= expected.saturating_sub(1),
                "{count} frames of {cut} octets"
            );
        }
    }

    #[test]
    fn damaged_compression_is_an_error_behind_what_came_before_it() {
        let mut file = gzip(&capture());
        let middle = file.len() / 2;
        file.truncate(middle);
        file.extend([0xff; 5000]);
        let (count, end) = frames(&file[..]);
        assert!(end.is_err());
        assert!(
            count >= 97,
            "only {count} of the 100 frames before the damage"
        );
    }

    #[test]
    fn a_failing_source_is_named() {
        struct Failing;
        impl Read for Failing {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::ErrorKind::ConnectionReset.into())
            }
        }
        let file = capture();
        let (count, end) = frames((&file[..5000]).chain(Failing));
        let damage = Damage::Read(io::ErrorKind::ConnectionReset);
        assert_eq!(
            end,
            Err(CaptureError {
                kind: FileKind::Pcap,
                offset: 5000,
                damage
            })
        );
        assert_eq!(count, 4);
    }
}
