//! What a later release added to a SEQUENCE: not understood, not lost.

use std::fmt;

use crate::{Cursor, DecodeError, Element, Row, Value};

/// The members of a SEQUENCE that its table has no row for, borrowed and in their order.
#[derive(Clone, Copy)]
pub struct Carried<'a> {
    /// All members, known or not; empty if all are known.
    members: &'a [u8],
    rows: &'static [Row],
}

impl<'a> Carried<'a> {
    /// Nothing unknown.
    pub const NONE: Self = Self {
        members: &[],
        rows: &[],
    };

    /// Of these members, those that no row names.
    #[must_use]
    pub const fn new(members: &'a [u8], rows: &'static [Row]) -> Self {
        Self { members, rows }
    }

    /// Whether there is nothing unknown.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// The unknown members. They were read once, so none is cut off.
    pub fn iter(&self) -> impl Iterator<Item = Element<'a>> {
        let mut members = Cursor::new(self.members);
        let rows = self.rows;
        std::iter::from_fn(move || Element::read(&mut members).ok())
            .filter(move |member| rows.iter().all(|row| row.tag != member.tag()))
    }

    /// Writes them as they were read.
    pub fn encode(&self, out: &mut Vec<u8>) {
        self.iter().for_each(|member| member.encode(out));
    }
}

impl Default for Carried<'_> {
    fn default() -> Self {
        Self::NONE
    }
}

impl PartialEq for Carried<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Carried<'_> {}

impl fmt::Debug for Carried<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// Which rows of a SEQUENCE were read.
#[derive(Clone, Copy, Debug, Default)]
pub struct Seen(u64);

impl Seen {
    /// Whether this row, one bit of 64, was not read yet.
    #[must_use]
    #[inline(always)]
    pub const fn lacks(self, row: u64) -> bool {
        self.0 & row == 0
    }

    /// That this row is read now.
    #[inline(always)]
    pub const fn note(&mut self, row: u64) {
        self.0 |= row;
    }

    /// That all rows are read which have to be.
    ///
    /// # Errors
    /// [`DecodeError::Missing`] with the first that is not.
    #[inline(always)]
    pub fn all(self, mandatory: u64, at: usize, rows: &'static [Row]) -> Result<(), DecodeError> {
        if mandatory & !self.0 == 0 {
            Ok(())
        } else {
            Err(self.missing(mandatory, at, rows))
        }
    }

    #[cold]
    fn missing(self, mandatory: u64, at: usize, rows: &'static [Row]) -> DecodeError {
        let first = (mandatory & !self.0).trailing_zeros();
        let row = usize::try_from(first)
            .ok()
            .and_then(|first| rows.get(first));
        let member = row.map_or("", |row| row.name);
        DecodeError::Missing { at, member }
    }
}

/// What is to be done with a member for which no row is left.
///
/// # Errors
/// [`DecodeError::Duplicate`] if there were rows of its tag.
#[cold]
pub fn unknown(member: &Element<'_>, rows: &'static [Row]) -> Result<(), DecodeError> {
    match rows.iter().rfind(|row| row.tag == member.tag()) {
        Some(row) => Err(DecodeError::Duplicate {
            at: member.at(),
            member: row.name,
        }),
        None => Ok(()),
    }
}
