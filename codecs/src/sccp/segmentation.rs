//! Segmentation (Q.713 clause 3.17): a message that is one of several.

use super::EncodeError;

/// Most segments of a message: the first, and fifteen that remain.
pub const SEGMENTS_MAX: usize = 16;

/// Which segment a message is.
///
/// ```text
///  bit 8 first, 7 class, 6-5 spare, 4-1 remaining segments; then the local reference
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Segmentation {
    /// Whether it is the first.
    pub first: bool,
    /// Whether the sender of the whole asked for class 1.
    pub in_sequence: bool,
    /// How many come after it; at most 15.
    pub remaining: u8,
    /// What the segments of one message share; 24 bits.
    pub local_reference: u32,
}

impl Segmentation {
    pub(super) const fn from_wire([flags, a, b, c]: [u8; 4]) -> Self {
        Self {
            first: flags & 0x80 != 0,
            in_sequence: flags & 0x40 != 0,
            remaining: flags & 0x0f,
            local_reference: u32::from_le_bytes([a, b, c, 0]),
        }
    }

    pub(super) const fn to_wire(self) -> Result<[u8; 4], EncodeError> {
        let [a, b, c, over] = self.local_reference.to_le_bytes();
        if over != 0 || self.remaining > 15 {
            return Err(EncodeError::Segmentation);
        }
        let first = if self.first { 0x80 } else { 0 };
        let class = if self.in_sequence { 0x40 } else { 0 };
        Ok([first | class | self.remaining, a, b, c])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wire_form_is_kept_but_for_spare_bits() {
        for flags in 0..=u8::MAX {
            let segment = Segmentation::from_wire([flags, 1, 2, 3]);
            assert_eq!(segment.to_wire(), Ok([flags & 0xcf, 1, 2, 3]));
            assert_eq!(segment.local_reference, 0x0003_0201);
        }
    }

    #[test]
    fn more_than_the_bits_can_hold_is_refused() {
        let segment = Segmentation {
            first: true,
            in_sequence: false,
            remaining: 16,
            local_reference: 0,
        };
        assert_eq!(segment.to_wire(), Err(EncodeError::Segmentation));
        let segment = Segmentation {
            remaining: 0,
            local_reference: 1 << 24,
            ..segment
        };
        assert_eq!(segment.to_wire(), Err(EncodeError::Segmentation));
    }
}
