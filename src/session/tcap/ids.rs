//! Transaction ids of ours.

use std::fmt;

use pengate_codecs::tcap::TransactionId;
use sha2::{Digest, Sha256};

/// Makes ids that a stranger cannot guess from those it has seen, and that are the same again from
/// the same seed: the parts of digests of the seed and a count.
pub(super) struct Ids {
    seed: u64,
    count: u64,
    /// Parts of the last digest that no id was made of yet, the next one last.
    left: Vec<u32>,
}

/// Shows nothing from which an id could be guessed.
impl fmt::Debug for Ids {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Ids");
        shown.field("count", &self.count).finish_non_exhaustive()
    }
}

impl Ids {
    pub(super) const fn new(seed: u64) -> Self {
        Self {
            seed,
            count: 0,
            left: Vec::new(),
        }
    }

    /// The next id, which may be in use.
    pub(super) fn next(&mut self) -> TransactionId {
        loop {
            match self.left.pop() {
                Some(part) => return TransactionId::from(part),
                None => self.draw(),
            }
        }
    }

    /// One digest gives eight ids.
    #[cold]
    fn draw(&mut self) {
        self.count = self.count.wrapping_add(1);
        let mut digest = Sha256::new();
        digest.update(b"tcap transaction");
        digest.update(self.seed.to_be_bytes());
        digest.update(self.count.to_be_bytes());
        let digest: [u8; 32] = digest.finalize().into();
        let (parts, _) = digest.as_chunks();
        let parts = parts.iter().rev().copied();
        self.left.extend(parts.map(u32::from_be_bytes));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn ids_are_the_same_from_the_same_seed() {
        let ids = |seed| {
            let mut ids = Ids::new(seed);
            (0..1000).map(|_| ids.next()).collect::<Vec<_>>()
        };
        assert_eq!(ids(1), ids(1));
        assert_ne!(ids(1), ids(2));
        let first = ids(1);
        let distinct: HashSet<_> = first.iter().collect();
        assert_eq!(distinct.len(), first.len());
    }
}
