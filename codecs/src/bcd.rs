//! Decimal digits that were checked: what an identity is made of, whatever protocol told it.

use std::{fmt, num::NonZeroU64};

/// One to fifteen decimal digits.
///
/// The upper four bits hold their number, the rest the digits, the first one uppermost, and zeros
/// behind the last.
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct Bcd(NonZeroU64);

impl Bcd {
    /// Of what was looked at.
    #[inline]
    pub(crate) const fn new(packed: NonZeroU64) -> Self {
        Self(packed)
    }

    /// Number and digits.
    #[must_use]
    #[inline]
    pub const fn packed(self) -> NonZeroU64 {
        self.0
    }
}

/// Shows how many digits, not which.
impl fmt::Debug for Bcd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} digits", self.0.get() >> 60)
    }
}
