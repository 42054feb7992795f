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

/// Puts a member into its place.
///
/// # Errors
/// [`DecodeError::Duplicate`] if the place is taken.
#[inline(always)]
pub fn fill<T>(
    place: &mut Option<T>,
    element: Element<'_>,
    value: Result<T, DecodeError>,
    member: &'static str,
) -> Result<(), DecodeError> {
    if place.is_some() {
        let at = element.at();
        return Err(DecodeError::Duplicate { at, member });
    }
    *place = Some(value?);
    Ok(())
}
