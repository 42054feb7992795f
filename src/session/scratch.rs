//! A buffer that is written to again and again.

use std::{
    fmt,
    ops::{Deref, DerefMut},
};

/// Octets of messages. They carry identities: `Debug` shows how many there are and no more.
#[derive(Default)]
pub(crate) struct Scratch(Vec<u8>);

impl From<Vec<u8>> for Scratch {
    fn from(octets: Vec<u8>) -> Self {
        Self(octets)
    }
}

impl From<Scratch> for Vec<u8> {
    fn from(scratch: Scratch) -> Self {
        scratch.0
    }
}

impl Deref for Scratch {
    type Target = Vec<u8>;

    fn deref(&self) -> &Vec<u8> {
        &self.0
    }
}

impl DerefMut for Scratch {
    fn deref_mut(&mut self) -> &mut Vec<u8> {
        &mut self.0
    }
}

impl fmt::Debug for Scratch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} octets", self.len())
    }
}
