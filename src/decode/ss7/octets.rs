//! Octets without a meaning of their own.

use std::fmt::{self, Display};

/// Octets in base 16.
pub(super) struct Octets<'a>(pub(super) &'a [u8]);

impl Display for Octets<'_> {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .try_for_each(|octet| write!(to, "{octet:02x}"))
    }
}
