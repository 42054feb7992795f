//! Transaction ids (Q.773 clause 3.1).

use std::{
    fmt,
    hash::{Hash, Hasher},
};

use pengate_asn1::{DecodeError, Element};

/// One to four octets, given by whoever will receive them back.
///
/// The number of octets is part of the id: 01 is not 0001.
#[derive(Clone, Copy, Eq, Ord, PartialEq, PartialOrd)]
pub struct TransactionId {
    octets: [u8; 4],
    len: u8,
}

/// In one piece: a table of dialogues is asked with each message.
impl Hash for TransactionId {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(u64::from(self.len) << 32 | u64::from(u32::from_be_bytes(self.octets)));
    }
}

impl TransactionId {
    /// From the octets on the wire; nothing unless there are one to four.
    #[must_use]
    #[inline(always)]
    pub fn from_wire(octets: &[u8]) -> Option<Self> {
        let (octets, len) = match *octets {
            [a, b, c, d] => ([a, b, c, d], 4),
            [a] => ([a, 0, 0, 0], 1),
            [a, b] => ([a, b, 0, 0], 2),
            [a, b, c] => ([a, b, c, 0], 3),
            _ => return None,
        };
        Some(Self { octets, len })
    }

    /// The octets to put on the wire.
    #[must_use]
    pub fn as_octets(&self) -> &[u8] {
        &self.octets[..usize::from(self.len)]
    }

    /// The octets as a number. Ids of different lengths may have the same.
    #[must_use]
    pub fn to_number(self) -> u32 {
        u32::from_be_bytes(self.octets) >> (8 * (4 - u32::from(self.len)))
    }

    #[inline(always)]
    pub(super) fn from_element(element: &Element<'_>) -> Result<Self, DecodeError> {
        let octets = element.octets()?;
        Self::from_wire(octets).ok_or(DecodeError::Size {
            at: element.at(),
            size: octets.len(),
        })
    }
}

/// Four octets.
impl From<u32> for TransactionId {
    fn from(number: u32) -> Self {
        Self {
            octets: number.to_be_bytes(),
            len: 4,
        }
    }
}

/// In hexadecimal, as analysers show it: `04123456`.
impl fmt::Display for TransactionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_octets()
            .iter()
            .try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}

impl fmt::Debug for TransactionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_is_part_of_the_id() {
        let short = TransactionId::from_wire(&[1]).unwrap();
        let long = TransactionId::from_wire(&[0, 1]).unwrap();
        assert_ne!(short, long);
        assert_eq!((short.to_number(), long.to_number()), (1, 1));
        assert_eq!(
            (short.to_string(), long.as_octets()),
            ("01".into(), &[0, 1][..])
        );
        assert_eq!(TransactionId::from(0x0412_3456).to_string(), "04123456");
        assert_eq!(TransactionId::from_wire(&[]), None);
        assert_eq!(TransactionId::from_wire(&[0; 5]), None);
    }
}
