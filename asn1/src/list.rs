//! SEQUENCE OF and SET OF, read where they stand.

use std::{fmt, marker::PhantomData};

use crate::{Cursor, DecodeError, Element, Tag, Value, write};

/// Elements of one type: on the wire, or values that are to be written.
///
/// Reading goes through them once to count and to check, so that going through them again finds
/// nothing wrong.
#[derive(Clone, Copy)]
pub struct List<'a, T> {
    source: Source<'a, T>,
}

#[derive(Clone, Copy)]
enum Source<'a, T> {
    Wire(Cursor<'a>, PhantomData<T>),
    Values(&'a [T]),
}

impl<'a, T: Value<'a> + Copy> List<'a, T> {
    /// No values.
    pub const NONE: Self = Self {
        source: Source::Values(&[]),
    };

    /// Values to be written; nothing if there are fewer than `min` or more than `max`.
    #[must_use]
    pub fn new(values: &'a [T], min: usize, max: usize) -> Option<Self> {
        (min..=max).contains(&values.len()).then_some(Self {
            source: Source::Values(values),
        })
    }

    /// The elements inside this one.
    ///
    /// # Errors
    /// What is wrong with one of them, or [`DecodeError::Size`].
    pub fn from_element(element: Element<'a>, min: usize, max: usize) -> Result<Self, DecodeError> {
        let members = element.members()?;
        let (mut rest, mut size) = (members, 0);
        while !rest.is_empty() {
            T::from_any(Element::read(&mut rest)?)?;
            size += 1;
            // No more is looked at than may be there.
            if size > max {
                break;
            }
        }
        if !(min..=max).contains(&size) {
            let at = element.at();
            return Err(DecodeError::Size { at, size });
        }
        Ok(Self {
            source: Source::Wire(members, PhantomData),
        })
    }

    /// The values in their order.
    pub fn iter(&self) -> impl Iterator<Item = T> {
        let (mut members, values) = match self.source {
            Source::Wire(members, _) => (members, &[][..]),
            Source::Values(values) => (Cursor::new(&[]), values),
        };
        let read = std::iter::from_fn(move || {
            let element = Element::read(&mut members).ok()?;
            T::from_any(element).ok()
        });
        read.chain(values.iter().copied())
    }

    /// Writes them under a tag.
    pub fn encode_as(&self, tag: Tag, out: &mut Vec<u8>) {
        write::constructed(out, tag, |out| {
            self.iter().for_each(|value| value.encode(out));
        });
    }
}

impl<'a, T: Value<'a> + Copy + PartialEq> PartialEq for List<'a, T> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl<'a, T: Value<'a> + Copy + Eq> Eq for List<'a, T> {}

impl<'a, T: Value<'a> + Copy + fmt::Debug> fmt::Debug for List<'a, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
