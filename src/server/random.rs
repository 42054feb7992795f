//! Values that nobody can guess: entity-tags and dialog tags.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{pen::log::Partition, session::sip::ToTag};

/// A generator of values that cannot be told from earlier ones. Its seed comes from outside and
/// must differ at each start of the process.
#[derive(Debug)]
pub(super) struct Generator {
    seed: u64,
    drawn: u64,
    pool: [u64; 4],
    left: usize,
}

impl Generator {
    pub(super) const fn new(seed: u64) -> Self {
        Self {
            seed,
            drawn: 0,
            pool: [0; 4],
            left: 0,
        }
    }

    pub(super) fn next(&mut self) -> u64 {
        if self.left == 0 {
            self.refill();
        }
        self.left -= 1;
        self.pool[self.left]
    }

    fn refill(&mut self) {
        let mut digest = Sha256::new();
        digest.update(self.seed.to_le_bytes());
        digest.update(self.drawn.to_le_bytes());
        self.drawn = self.drawn.wrapping_add(1);
        let octets = digest.finalize();
        for (word, piece) in self.pool.iter_mut().zip(octets.chunks_exact(8)) {
            *word = u64::from_le_bytes(piece.try_into().unwrap_or_default());
        }
        self.left = self.pool.len();
    }

    pub(super) fn etag(&mut self) -> Etag {
        Etag(self.next(), self.next())
    }

    pub(super) fn tag(&mut self, partition: Partition) -> ToTag {
        ToTag {
            partition: partition.0,
            unique: self.next(),
        }
    }
}

/// An entity-tag of a publication (RFC 3903 clause 11.3.1): 32 hexadecimal digits.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub struct Etag(u64, u64);

impl Etag {
    /// Reads a tag of ours; what is not of our form was never given out.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (high, low) = text.split_at_checked(16)?;
        Some(Self(hex(high, 16)?, hex(low, 16)?))
    }
}

impl fmt::Display for Etag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}{:016x}", self.0, self.1)
    }
}

/// Reads exactly `digits` lower-case hexadecimal digits.
fn hex(text: &str, digits: usize) -> Option<u64> {
    let plain = |octet: u8| matches!(octet, b'0'..=b'9' | b'a'..=b'f');
    (text.len() == digits && text.bytes().all(plain))
        .then(|| u64::from_str_radix(text, 16).ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_values_and_no_value_comes_twice() {
        let draw = |seed| {
            let mut generator = Generator::new(seed);
            (0..100).map(|_| generator.next()).collect::<Vec<_>>()
        };
        assert_eq!(draw(1), draw(1));
        let mut all = [draw(1), draw(2)].concat();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 200);
    }

    #[test]
    fn entity_tags_are_read_as_they_are_written() {
        let mut generator = Generator::new(7);
        let etag = generator.etag();
        assert_eq!(Etag::parse(&etag.to_string()), Some(etag));
    }

    #[test]
    fn what_is_not_of_our_form_is_no_entity_tag() {
        for text in [
            "",
            "00a1",
            "0000000000000000000000000000000G",
            "0000000000000000000000000000000A",
            "+0000000000000000000000000000000",
            "000000000000000000000000000000000",
            "é",
        ] {
            assert_eq!(Etag::parse(text), None, "{text}");
        }
    }
}
