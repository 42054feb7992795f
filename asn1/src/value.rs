//! What every type of a table can do, and the types that are in no table.

use crate::{Cursor, DecodeError, Definition, Element, Shape, Tag, write};

/// A type of ASN.1 with its BER form.
pub trait Value<'a>: Sized {
    /// The tag without a `[n]`; [`Tag::NONE`] for a CHOICE, which has as many as alternatives.
    const TAG: Tag;

    /// What the table says.
    const DEFINITION: &'static Definition;

    /// A value to be read into. What it says before that means nothing.
    const BLANK: Self;

    /// The same, for a place: of a large value no more is written than has to be.
    #[must_use]
    #[inline(always)]
    fn blank() -> Self {
        Self::BLANK
    }

    /// Reads into [`Self::BLANK`] what an element says that was recognised by [`Self::TAG`], or by
    /// an implicit `[n]`. A large value is made where it stays, and never moved.
    ///
    /// # Errors
    /// What is wrong with the contents. The value means nothing then.
    fn read(&mut self, element: Element<'a>) -> Result<(), DecodeError>;

    /// The value in an element, as by [`Self::read`].
    ///
    /// # Errors
    /// What is wrong with the contents.
    #[inline(always)]
    fn from_element(element: Element<'a>) -> Result<Self, DecodeError> {
        let mut value = Self::blank();
        value.read(element)?;
        Ok(value)
    }

    /// Writes the value under its own tag, or under an implicit `[n]`.
    fn encode_as(&self, tag: Tag, out: &mut Vec<u8>);

    /// Reads what stands under `[n]`, which is explicit for a CHOICE.
    ///
    /// # Errors
    /// As [`Self::read`].
    #[inline(always)]
    fn read_tagged(&mut self, element: Element<'a>) -> Result<(), DecodeError> {
        self.read(element)
    }

    /// Writes the value under `[n]`, which is explicit for a CHOICE.
    fn encode_tagged(&self, tag: Tag, out: &mut Vec<u8>) {
        self.encode_as(tag, out);
    }

    /// Writes the value under its own tag.
    fn encode(&self, out: &mut Vec<u8>) {
        self.encode_as(Self::TAG, out);
    }

    /// Reads into [`Self::BLANK`] an element that may be anything: as [`Self::read`], a large value is
    /// made where it stays.
    ///
    /// # Errors
    /// As [`Self::from_any`].
    #[inline(always)]
    fn read_any(&mut self, element: Element<'a>) -> Result<(), DecodeError> {
        self.read(element.expect(Self::TAG)?)
    }

    /// The value of an element that may be anything.
    ///
    /// # Errors
    /// [`DecodeError::Unexpected`] if the tag is another; what is wrong with the contents.
    #[inline]
    fn from_any(element: Element<'a>) -> Result<Self, DecodeError> {
        let mut value = Self::blank();
        value.read_any(element)?;
        Ok(value)
    }

    /// The value that these octets are, and nothing behind it.
    ///
    /// # Errors
    /// What is wrong with the octets.
    #[inline]
    fn decode(octets: &'a [u8]) -> Result<Self, DecodeError> {
        Self::from_any(Element::only(Cursor::new(octets))?)
    }
}

/// NULL: to be there is all it says.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Null;

impl Value<'_> for Null {
    const TAG: Tag = Tag::NULL;
    const DEFINITION: &'static Definition = &Definition {
        name: "NULL",
        shape: Shape::Null,
    };

    const BLANK: Self = Self;

    #[inline(always)]
    fn read(&mut self, element: Element<'_>) -> Result<(), DecodeError> {
        element.null()
    }

    fn encode_as(&self, tag: Tag, out: &mut Vec<u8>) {
        write::null(out, tag);
    }
}

impl Value<'_> for bool {
    const TAG: Tag = Tag::universal(1);
    const DEFINITION: &'static Definition = &Definition {
        name: "BOOLEAN",
        shape: Shape::Boolean,
    };

    const BLANK: Self = false;

    #[inline(always)]
    fn read(&mut self, element: Element<'_>) -> Result<(), DecodeError> {
        *self = element.boolean()?;
        Ok(())
    }

    fn encode_as(&self, tag: Tag, out: &mut Vec<u8>) {
        write::boolean(out, tag, *self);
    }
}

/// Any element: it is written as it was read, but with definite lengths.
impl<'a> Value<'a> for Element<'a> {
    const TAG: Tag = Tag::NONE;
    const DEFINITION: &'static Definition = &Definition {
        name: "ANY",
        shape: Shape::Any,
    };

    const BLANK: Self = Element::NULL;

    #[inline(always)]
    fn read(&mut self, element: Element<'a>) -> Result<(), DecodeError> {
        *self = element;
        Ok(())
    }

    fn encode_as(&self, tag: Tag, out: &mut Vec<u8>) {
        if self.is_constructed() {
            write::constructed(out, tag, |out| {
                out.extend_from_slice(self.contents().rest())
            });
        } else {
            write::primitive(out, tag, self.contents().rest());
        }
    }

    fn encode(&self, out: &mut Vec<u8>) {
        self.encode_as(self.tag(), out);
    }

    fn read_any(&mut self, element: Element<'a>) -> Result<(), DecodeError> {
        self.read(element)
    }
}
