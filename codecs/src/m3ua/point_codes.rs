//! Affected Point Code (RFC 4666 clause 3.4.1).

use std::fmt;

use super::{DecodeError, Parameter};

/// A destination, or a range of them.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct AffectedPointCode {
    /// How many low-order bits of the code are wildcards.
    pub mask: u8,
    /// The point code, right-aligned; at most 24 bits.
    pub code: u32,
}

impl AffectedPointCode {
    /// One destination.
    #[must_use]
    pub const fn exact(code: u32) -> Self {
        Self { mask: 0, code }
    }

    /// Whether a destination is among those that are meant.
    #[must_use]
    pub const fn covers(self, code: u32) -> bool {
        match (self.code ^ code).checked_shr(self.mask as u32) {
            Some(difference) => difference == 0,
            None => true,
        }
    }

    pub(super) const fn from_wire([mask, a, b, c]: [u8; 4]) -> Self {
        Self {
            mask,
            code: u32::from_be_bytes([0, a, b, c]),
        }
    }

    pub(super) const fn to_wire(self) -> [u8; 4] {
        let [_, a, b, c] = self.code.to_be_bytes();
        [self.mask, a, b, c]
    }
}

/// A list of destinations, at least one.
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct AffectedPointCodes<'a>(&'a [[u8; 4]]);

impl<'a> AffectedPointCodes<'a> {
    pub(super) fn decode(parameter: &Parameter<'a>) -> Result<Self, DecodeError> {
        parameter.words().map(|words| Self(words.0))
    }

    /// The destinations in their order.
    #[must_use = "iterators are lazy"]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = AffectedPointCode> + use<'a> {
        self.0
            .iter()
            .map(|octets| AffectedPointCode::from_wire(*octets))
    }
}

impl fmt::Debug for AffectedPointCodes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_is_the_number_of_wildcard_bits() {
        let range = AffectedPointCode { mask: 3, code: 8 };
        let covered: Vec<u32> = (0..32).filter(|code| range.covers(*code)).collect();
        assert_eq!(covered, [8, 9, 10, 11, 12, 13, 14, 15]);
        assert!(AffectedPointCode::exact(5).covers(5));
        assert!(!AffectedPointCode::exact(5).covers(4));
        let all = AffectedPointCode { mask: 255, code: 0 };
        assert!(all.covers(0xff_ffff));
    }

    #[test]
    fn the_wire_form_keeps_mask_and_code() {
        let code = AffectedPointCode {
            mask: 7,
            code: 0x01_0203,
        };
        assert_eq!(code.to_wire(), [7, 1, 2, 3]);
        assert_eq!(AffectedPointCode::from_wire([7, 1, 2, 3]), code);
    }
}
