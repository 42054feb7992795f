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
