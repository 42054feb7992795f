//! The canonical name of a presentity, and the partition that it lives in.

use std::fmt;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use thiserror::Error;
use xxhash_rust::xxh3::xxh3_64;

use super::log::Partition;

/// A presentity (TS 23.141 clause 3.1) by its canonical URI; equal names are equal presentities.
///
/// Before any identity of a subscriber is bound to a public identity, what is told about the
/// subscriber is filed under a *provisional* name such as `imsi:001010000000001`, which no watcher
/// can subscribe to.
#[derive(Clone, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(transparent)]
pub struct Presentity(SmolStr);

/// A text that names no presentity.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum PresentityError {
    /// Not a SIP, SIPS, tel or pres URI.
    #[error("not a sip, sips, tel or pres URI")]
    Uri,
}

impl Presentity {
    /// From a name that is canonical already.
    #[must_use]
    pub fn canonical(name: impl Into<SmolStr>) -> Self {
        Self(name.into())
    }

    /// The canonical name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is a stand-in until an identity is bound: nobody can watch it.
    #[must_use]
    pub fn is_provisional(&self) -> bool {
        !["sip:", "sips:", "tel:", "pres:"]
            .iter()
            .any(|scheme| self.0.starts_with(scheme))
    }

    /// The partition of this presentity when there are `partitions` of them.
    #[must_use]
    pub fn partition(&self, partitions: u16) -> Partition {
        let digest = xxh3_64(self.0.as_bytes()) % u64::from(partitions.max(1));
        // A remainder by a u16 fits a u16.
        Partition(u16::try_from(digest).unwrap_or(0))
    }
}

impl fmt::Display for Presentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A presentity is an identity: `Debug` shows its scheme only.
impl fmt::Debug for Presentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = self.0.split(':').next().unwrap_or_default();
        write!(f, "Presentity({scheme}:~)")
    }
}
