//! Identities as they may appear in a log line.

use std::fmt;

use xxhash_rust::xxh3::xxh3_64_with_seed;

/// Shows an identity as a short digest: the same identity gives the same digest within one run of
/// the process, and the identity cannot be read back from it.
///
/// Logging in clear is a decision of the operator at run time (`log.identities`).
#[derive(Clone, Copy)]
pub struct Redacted<'a> {
    /// The identity.
    pub identity: &'a str,
    /// Chosen at start, so that digests of two runs cannot be compared; `None` shows it in clear.
    pub seed: Option<u64>,
}

impl fmt::Display for Redacted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.seed {
            Some(seed) => {
                write!(
                    f,
                    "~{:016x}",
                    xxh3_64_with_seed(self.identity.as_bytes(), seed)
                )
            }
            None => f.write_str(self.identity),
        }
    }
}

impl fmt::Debug for Redacted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
