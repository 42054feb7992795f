//! Transaction ids of ours.

use pengate_codecs::tcap::TransactionId;
use sha2::{Digest, Sha256};

/// Makes ids that a stranger cannot guess from those it has seen, and that are the same again from
/// the same seed: a digest of the seed and a count.
#[derive(Debug)]
pub(super) struct Ids {
    seed: u64,
    count: u64,
}

impl Ids {
    pub(super) const fn new(seed: u64) -> Self {
        Self { seed, count: 0 }
    }

    /// The next id that is not in use.
    pub(super) fn next(&mut self, is_used: impl Fn(TransactionId) -> bool) -> TransactionId {
        loop {
            self.count = self.count.wrapping_add(1);
            let mut digest = Sha256::new();
            digest.update(b"tcap transaction");
            digest.update(self.seed.to_be_bytes());
            digest.update(self.count.to_be_bytes());
            let digest = digest.finalize();
            let id = TransactionId::from_wire(digest.get(..4).unwrap_or_default());
            if let Some(id) = id.filter(|id| !is_used(*id)) {
                return id;
            }
        }
    }
}
