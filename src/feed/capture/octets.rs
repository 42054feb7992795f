//! Fixed-width integers at an offset, in either byte order.

/// The byte order of a file or a field.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Endian {
    Big,
    Little,
}

impl Endian {
    /// Two octets at `at`.
    #[inline]
    pub(super) fn u16(self, octets: &[u8], at: usize) -> Option<u16> {
        let field = array(octets, at)?;
        Some(match self {
            Self::Big => u16::from_be_bytes(field),
            Self::Little => u16::from_le_bytes(field),
        })
    }

    /// Four octets at `at`.
    #[inline]
    pub(super) fn u32(self, octets: &[u8], at: usize) -> Option<u32> {
        let field = array(octets, at)?;
        Some(match self {
            Self::Big => u32::from_be_bytes(field),
            Self::Little => u32::from_le_bytes(field),
        })
    }

    /// Eight octets at `at`, as a signed number.
    pub(super) fn i64(self, octets: &[u8], at: usize) -> Option<i64> {
        let field = array(octets, at)?;
        Some(match self {
            Self::Big => i64::from_be_bytes(field),
            Self::Little => i64::from_le_bytes(field),
        })
    }
}

/// Two octets in network order.
#[inline]
pub(super) fn u16_at(octets: &[u8], at: usize) -> Option<u16> {
    Endian::Big.u16(octets, at)
}

/// Four octets in network order.
#[inline]
pub(super) fn u32_at(octets: &[u8], at: usize) -> Option<u32> {
    Endian::Big.u32(octets, at)
}

/// `N` octets at `at`.
#[inline]
pub(super) fn array<const N: usize>(octets: &[u8], at: usize) -> Option<[u8; N]> {
    octets.get(at..)?.first_chunk().copied()
}

/// Widens a length or an offset.
#[inline]
pub(super) fn wide(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

/// A 32-bit length as an index; saturates where addresses are narrower.
#[inline]
pub(super) fn index(length: u32) -> usize {
    usize::try_from(length).unwrap_or(usize::MAX)
}

/// A length as 32 bits, saturating.
#[inline]
pub(super) fn narrow(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
