//! A reader over borrowed octets that knows where it stands.

use std::fmt;

use thiserror::Error;

/// A position in a message. Copying it is the checkpoint for look-ahead.
///
/// Offsets are absolute: a cursor made by [`Cursor::take`] keeps counting from the first octet of
/// the whole message, so that every error can name the octet it means.
#[derive(Clone, Copy)]
pub struct Cursor<'a> {
    rest: &'a [u8],
    /// The offset behind the last octet: it stays while the cursor moves, and where that stands is
    /// wanted for errors only.
    end: usize,
}

/// The octets ended before the element did.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("{missing} more octets needed at offset {at}")]
pub struct Short {
    /// Offset at which the missing octets were due.
    pub at: usize,
    /// How many octets were missing.
    pub missing: usize,
}

impl<'a> Cursor<'a> {
    /// Starts at the first octet of a message.
    #[must_use]
    pub const fn new(octets: &'a [u8]) -> Self {
        Self::starting_at(octets, 0)
    }

    /// Starts in the middle of a message: `at` is the offset of `octets[0]` in it.
    #[must_use]
    pub const fn starting_at(octets: &'a [u8], at: usize) -> Self {
        Self {
            rest: octets,
            end: at.wrapping_add(octets.len()),
        }
    }

    /// Absolute offset of the next octet.
    #[must_use]
    pub const fn at(&self) -> usize {
        self.end.wrapping_sub(self.rest.len())
    }

    /// What is left, unread.
    #[must_use]
    pub const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Whether everything was read.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// How many octets are left.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.rest.len()
    }

    /// The next `len` octets.
    ///
    /// # Errors
    /// [`Short`] when fewer are left; the cursor does not move then.
    #[inline]
    pub fn bytes(&mut self, len: usize) -> Result<&'a [u8], Short> {
        match self.rest.split_at_checked(len) {
            Some((head, tail)) => {
                self.rest = tail;
                Ok(head)
            }
            None => Err(Short {
                at: self.end,
                missing: len - self.rest.len(),
            }),
        }
    }

    /// The next `N` octets as an array.
    ///
    /// # Errors
    /// [`Short`] when fewer are left.
    #[inline]
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], Short> {
        match self.rest.split_first_chunk::<N>() {
            Some((head, tail)) => {
                self.rest = tail;
                Ok(*head)
            }
            None => Err(Short {
                at: self.end,
                missing: N - self.rest.len(),
            }),
        }
    }

    /// A cursor over the next `len` octets, which this one steps over.
    ///
    /// # Errors
    /// [`Short`] when fewer are left.
    #[inline]
    pub fn take(&mut self, len: usize) -> Result<Self, Short> {
        let taken = self.bytes(len)?;
        Ok(self.behind(taken))
    }

    /// A cursor over octets that this one just stepped over.
    #[inline(always)]
    pub(crate) const fn behind(&self, taken: &'a [u8]) -> Self {
        Self {
            rest: taken,
            end: self.at(),
        }
    }

    /// This cursor, moved to where so much is left.
    #[inline(always)]
    pub(crate) const fn moved(self, rest: &'a [u8]) -> Self {
        Self {
            rest,
            end: self.end,
        }
    }

    /// One octet.
    ///
    /// # Errors
    /// [`Short`] at the end.
    #[inline]
    pub fn u8(&mut self) -> Result<u8, Short> {
        self.array::<1>().map(|[octet]| octet)
    }

    /// Two octets, big-endian.
    ///
    /// # Errors
    /// [`Short`] when fewer are left.
    #[inline]
    pub fn u16(&mut self) -> Result<u16, Short> {
        self.array().map(u16::from_be_bytes)
    }

    /// Three octets, big-endian.
    ///
    /// # Errors
    /// [`Short`] when fewer are left.
    #[inline]
    pub fn u24(&mut self) -> Result<u32, Short> {
        self.array()
            .map(|[a, b, c]| u32::from_be_bytes([0, a, b, c]))
    }

    /// Four octets, big-endian.
    ///
    /// # Errors
    /// [`Short`] when fewer are left.
    #[inline]
    pub fn u32(&mut self) -> Result<u32, Short> {
        self.array().map(u32::from_be_bytes)
    }

    /// Eight octets, big-endian.
    ///
    /// # Errors
    /// [`Short`] when fewer are left.
    #[inline]
    pub fn u64(&mut self) -> Result<u64, Short> {
        self.array().map(u64::from_be_bytes)
    }
}

/// Shows where and how many octets, not which: they may identify a subscriber.
impl fmt::Debug for Cursor<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} octets at {}", self.rest.len(), self.at())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_to_read_is_not_shown() {
        let mut cursor = Cursor::new(&[0x91, 0x99, 0x09, 0x00]);
        assert_eq!(cursor.u8(), Ok(0x91));
        assert_eq!(format!("{cursor:?}"), "3 octets at 1");
    }

    #[test]
    fn a_taken_cursor_keeps_counting_from_the_message_start() {
        let mut outer = Cursor::new(&[1, 2, 3, 4, 5, 6]);
        assert_eq!(outer.u16(), Ok(0x0102));
        let mut inner = outer.take(3).unwrap();
        assert_eq!((inner.at(), outer.at()), (2, 5));
        assert_eq!(inner.u24(), Ok(0x0003_0405));
        assert_eq!(inner.u8(), Err(Short { at: 5, missing: 1 }));
        assert_eq!(outer.u8(), Ok(6));
    }

    #[test]
    fn a_short_read_says_where_and_how_much_and_does_not_move() {
        let mut cursor = Cursor::new(&[1, 2, 3]);
        assert_eq!(cursor.u64(), Err(Short { at: 3, missing: 5 }));
        assert_eq!(cursor.bytes(4), Err(Short { at: 3, missing: 1 }));
        assert_eq!(cursor.u24(), Ok(0x0001_0203));
        assert!(cursor.is_empty());
    }
}
