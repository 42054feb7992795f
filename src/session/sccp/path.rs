//! Owned addresses: what a dialogue keeps to answer by.

use std::fmt;

use pengate_codecs::{
    m3ua::Label,
    sccp::{Digits, EncodeError, GlobalTitle, PartyAddress},
};
use smallvec::SmallVec;

/// A party address on its own, as it is on the wire.
#[derive(Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Address(SmallVec<[u8; 24]>);

/// In one piece: a clone of the octets one by one costs more than the rest of reading a message.
impl Clone for Address {
    fn clone(&self) -> Self {
        Self(SmallVec::from_slice(&self.0))
    }
}

impl Address {
    /// Keeps an address.
    ///
    /// # Errors
    /// [`EncodeError`] when a part of it has more bits than there are.
    pub fn new(address: &PartyAddress<'_>) -> Result<Self, EncodeError> {
        Self::written(address, &mut Vec::with_capacity(24))
    }

    /// Keeps an address, which is written to a buffer first.
    pub(super) fn written(
        address: &PartyAddress<'_>,
        buffer: &mut Vec<u8>,
    ) -> Result<Self, EncodeError> {
        buffer.clear();
        address.encode(buffer)?;
        Ok(Self(SmallVec::from_slice(buffer)))
    }

    /// Keeps the octets of an address that was read.
    pub(super) fn kept(octets: &[u8]) -> Self {
        Self(SmallVec::from_slice(octets))
    }

    /// A subsystem behind an international number; `None` when that is not made of digits.
    #[must_use]
    pub fn international(digits: &str, subsystem: u8) -> Option<Self> {
        let mut octets = Vec::new();
        let odd = Digits::write(digits, &mut octets)?;
        let title = GlobalTitle::international(Digits::new(&octets, odd));
        Self::new(&PartyAddress::titled(title, subsystem)).ok()
    }

    /// Its octets, to be kept.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        &self.0
    }

    /// From the octets of [`Self::octets`].
    #[must_use]
    pub fn from_octets(octets: &[u8]) -> Option<Self> {
        PartyAddress::decode(octets, 0).ok()?;
        Some(Self(SmallVec::from_slice(octets)))
    }

    /// Its subsystem.
    #[must_use]
    pub fn subsystem(&self) -> Option<u8> {
        match *self.0.as_slice() {
            [indicator, ..] if indicator & 0x02 == 0 => None,
            [indicator, _, _, subsystem, ..] if indicator & 0x01 != 0 => Some(subsystem),
            [indicator, subsystem, ..] if indicator & 0x01 == 0 => Some(subsystem),
            _ => None,
        }
    }

    /// The address.
    #[must_use]
    pub fn party(&self) -> PartyAddress<'_> {
        // It was encoded from an address.
        PartyAddress::decode(&self.0, 0).unwrap_or(PartyAddress::subsystem(0))
    }
}

/// Shows what it is routed by, never the digits.
impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.party().fmt(f)
    }
}

/// The way to the user at the other end.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Path {
    /// The label of what we send.
    pub label: Label,
    /// The other user.
    pub remote: Address,
    /// Which subsystem of ours speaks.
    pub subsystem: u8,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_subsystem_is_found_without_the_rest() {
        for octets in [
            &[0x42, 147][..],
            &[0x43, 1, 2, 147],
            &[0x40],
            &[0x41, 1, 2],
            &[0x12, 7, 0, 0x11, 4, 0x99, 9],
            &[0x13, 1, 2, 7, 0, 0x11, 4, 0x99, 9],
            &[0x10, 0, 0x11, 4, 0x99, 9],
        ] {
            let address = Address::from_octets(octets).unwrap();
            assert_eq!(address.subsystem(), address.party().subsystem, "{octets:?}");
        }
    }
}
