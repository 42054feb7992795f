//! BIT STRING (X.690 clause 8.6).

use std::fmt;

use crate::DecodeError;

/// Up to 64 bits, numbered from the first on the wire, which is bit 0.
#[derive(Clone, Copy, Default, Eq, Hash, PartialEq)]
pub struct Bits {
    /// Bit 0 is the most significant; what is beyond the length is zero.
    bits: u64,
    len: u8,
}

impl Bits {
    /// No bits.
    pub const NONE: Self = Self { bits: 0, len: 0 };

    /// `len` bits, at most 64, of which those named are set. What does not fit is not set.
    #[must_use]
    pub const fn new(len: u8, set: &[u8]) -> Self {
        let len = if len > 64 { 64 } else { len };
        let mut bits = 0;
        let mut next = 0;
        while next < set.len() {
            if set[next] < len {
                bits |= 1 << (63 - set[next]);
            }
            next += 1;
        }
        Self { bits, len }
    }

    /// From the contents on the wire: the count of unused bits, and the bits.
    #[inline]
    pub(crate) fn from_wire(octets: &[u8], at: usize) -> Result<Self, DecodeError> {
        // Nearly every one has flags in one octet, or in three.
        let (flags, len) = match *octets {
            [unused @ 0..=7, a] => ([a, 0, 0, 0], 8 - unused),
            [unused @ 0..=7, a, b, c] => ([a, b, c, 0], 24 - unused),
            _ => return Self::of_any(octets, at),
        };
        let bits = u64::from(u32::from_be_bytes(flags)) << 32 & mask(len);
        Ok(Self { bits, len })
    }

    fn of_any(octets: &[u8], at: usize) -> Result<Self, DecodeError> {
        let (unused, octets) = match octets {
            [unused @ 0..=7, octets @ ..] if *unused == 0 || !octets.is_empty() => {
                (*unused, octets)
            }
            _ => return Err(DecodeError::Contents { at }),
        };
        let size = octets.len() * 8 - usize::from(unused);
        let Some(len) = u8::try_from(size).ok().filter(|len| *len <= 64) else {
            return Err(DecodeError::Size { at, size });
        };
        let bits = octets
            .iter()
            .rfold(0, |bits, octet| bits >> 8 | u64::from(*octet) << 56);
        Ok(Self {
            bits: bits & mask(len),
            len,
        })
    }

    /// Whether bit `number` is there and set.
    #[must_use]
    #[inline]
    pub const fn has(self, number: u8) -> bool {
        number < self.len && self.bits & 1 << (63 - number) != 0
    }

    /// How many bits there are, set or not.
    #[must_use]
    #[inline]
    pub const fn len(self) -> u8 {
        self.len
    }

    /// Whether there are no bits.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.len == 0
    }

    /// The contents to put on the wire, and how many of their octets.
    pub(crate) fn to_wire(self) -> ([u8; 9], usize) {
        let octets = self.len.div_ceil(8);
        let mut wire = [0; 9];
        wire[0] = octets * 8 - self.len;
        wire[1..].copy_from_slice(&self.bits.to_be_bytes());
        (wire, usize::from(octets) + 1)
    }
}

/// The bits as ASN.1 writes them: `1011`.
impl fmt::Debug for Bits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (0..self.len).try_for_each(|number| f.write_str(if self.has(number) { "1" } else { "0" }))
    }
}

const fn mask(len: u8) -> u64 {
    if len == 0 { 0 } else { u64::MAX << (64 - len) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_numbered_from_the_first_on_the_wire() {
        let phases = Bits::from_wire(&[4, 0xbf], 0).unwrap();
        assert_eq!(format!("{phases:?}"), "1011");
        assert!(phases.has(0) && !phases.has(1) && phases.has(3) && !phases.has(4));
        assert_eq!(phases, Bits::new(4, &[0, 2, 3, 4]));
        assert_eq!(phases.to_wire(), ([4, 0xb0, 0, 0, 0, 0, 0, 0, 0], 2));
    }

    #[test]
    fn what_cannot_be_is_refused() {
        for octets in [&[][..], &[8, 0], &[1], &[0xff, 0xff]] {
            assert_eq!(
                Bits::from_wire(octets, 7),
                Err(DecodeError::Contents { at: 7 }),
                "{octets:?}"
            );
        }
        assert_eq!(
            Bits::from_wire(&[7; 10], 7),
            Err(DecodeError::Size { at: 7, size: 65 })
        );
        assert_eq!(Bits::from_wire(&[0], 7), Ok(Bits::default()));
        assert_eq!(Bits::new(64, &[63]).to_wire().1, 9);
    }
}
