//! Owned addresses: what a dialogue keeps to answer by.

use std::{
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
};

use pengate_codecs::{
    m3ua::Label,
    sccp::{Digits, EncodeError, GlobalTitle, PartyAddress},
};

/// A party address on its own, as it is on the wire.
pub struct Address(Kept);

/// Its octets. Nearly all addresses have few, and are copied in one piece: a clone octet by octet costs
/// more than the rest of reading a message.
#[derive(Clone)]
enum Kept {
    Few([u8; FEW], u8),
    Many(Box<[u8]>),
}

/// A title of 34 digits fits.
const FEW: usize = 22;

impl Address {
    /// Keeps an address.
    ///
    /// # Errors
    /// [`EncodeError`] when a part of it has more bits than there are.
    pub fn new(address: &PartyAddress<'_>) -> Result<Self, EncodeError> {
        Self::written(address, &mut Vec::with_capacity(FEW))
    }

    /// Keeps an address, which is written to a buffer first.
    pub(super) fn written(
        address: &PartyAddress<'_>,
        buffer: &mut Vec<u8>,
    ) -> Result<Self, EncodeError> {
        buffer.clear();
        address.encode(buffer)?;
        Ok(Self::kept(buffer))
    }

    /// Keeps the octets of an address that was read.
    #[inline(always)]
    pub(super) fn kept(octets: &[u8]) -> Self {
        let mut kept = Self(Kept::Few([0; FEW], 0));
        kept.set(octets);
        kept
    }

    /// Keeps others in their place.
    #[inline(always)]
    fn set(&mut self, octets: &[u8]) {
        match (&mut self.0, u8::try_from(octets.len())) {
            (Kept::Few(few, length), Ok(count)) if octets.len() <= FEW => {
                *length = count;
                few[..octets.len()].copy_from_slice(octets);
            }
            (kept, _) => *kept = Kept::Many(octets.into()),
        }
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
    #[inline]
    pub fn octets(&self) -> &[u8] {
        match &self.0 {
            Kept::Few(octets, length) => octets.get(..usize::from(*length)).unwrap_or_default(),
            Kept::Many(octets) => octets,
        }
    }

    /// From the octets of [`Self::octets`].
    #[must_use]
    pub fn from_octets(octets: &[u8]) -> Option<Self> {
        PartyAddress::decode(octets, 0).ok()?;
        Some(Self::kept(octets))
    }

    /// Its subsystem.
    #[must_use]
    pub fn subsystem(&self) -> Option<u8> {
        match *self.octets() {
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
        PartyAddress::decode(self.octets(), 0).unwrap_or(PartyAddress::subsystem(0))
    }
}

impl Clone for Address {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }

    #[inline]
    fn clone_from(&mut self, other: &Self) {
        self.set(other.octets());
    }
}

impl PartialEq for Address {
    fn eq(&self, other: &Self) -> bool {
        self.octets() == other.octets()
    }
}

impl Eq for Address {}

impl PartialOrd for Address {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Address {
    fn cmp(&self, other: &Self) -> Ordering {
        self.octets().cmp(other.octets())
    }
}

impl Hash for Address {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.octets().hash(state);
    }
}

/// Shows what it is routed by, never the digits.
impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.party().fmt(f)
    }
}

/// The way to the user at the other end.
#[derive(Debug, Eq, Hash, PartialEq)]
pub struct Path {
    /// The label of what we send.
    pub label: Label,
    /// The other user.
    pub remote: Address,
    /// Which subsystem of ours speaks.
    pub subsystem: u8,
}

impl Clone for Path {
    fn clone(&self) -> Self {
        Self {
            label: self.label,
            remote: self.remote.clone(),
            subsystem: self.subsystem,
        }
    }

    #[inline]
    fn clone_from(&mut self, other: &Self) {
        self.label = other.label;
        self.remote.clone_from(&other.remote);
        self.subsystem = other.subsystem;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_any_length_is_kept() {
        let mut kept = Address::from_octets(&[0x42, 147]).unwrap();
        for length in (6..=255).rev() {
            let mut octets = vec![0x12, 7, 0, 0x12, 4];
            octets.resize(length, 0x99);
            let address = Address::from_octets(&octets).unwrap();
            assert_eq!(address.octets(), octets);
            assert_eq!(address.clone(), address);
            for mut other in [kept.clone(), Address::from_octets(&[0x42, 7]).unwrap()] {
                other.clone_from(&address);
                assert_eq!(other, address);
            }
            kept = address;
        }
    }

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
