//! One element of BER: identifier, length and contents (X.690 clause 8.1).

use std::fmt;

use crate::{Bits, Cursor, DecodeError, Oid, Tag, tag::CONSTRUCTED};

/// How many indefinite lengths may be open inside each other.
///
/// Only these nest without a bound of their own: what has a definite length is stepped over whole,
/// and typed decoding goes no deeper than the types do.
pub const DEPTH_MAX: usize = 32;

/// A tag and the octets under it, borrowed.
#[derive(Clone, Copy)]
pub struct Element<'a> {
    tag: Tag,
    is_constructed: bool,
    at: usize,
    contents: Cursor<'a>,
}

impl<'a> Element<'a> {
    /// An empty NULL.
    pub const NULL: Self = Self {
        tag: Tag::NULL,
        is_constructed: false,
        at: 0,
        contents: Cursor::new(&[]),
    };

    /// The next element. Any form of tag and length is read; the length must be there in full.
    ///
    /// # Errors
    /// [`DecodeError::Short`], `Tag`, `Length`, `EndOfContents` or `Depth`.
    #[inline(always)]
    pub fn read(cursor: &mut Cursor<'a>) -> Result<Self, DecodeError> {
        if let Some((element, rest)) = Self::read_usual(*cursor) {
            *cursor = rest;
            return Ok(element);
        }
        // By value, so that the cursor of the usual case stays in registers.
        let (element, rest) = Self::read_any(*cursor)?;
        *cursor = rest;
        Ok(element)
    }

    /// The next element, if it has this tag and the form that nearly every member has: a tag number
    /// below 128 and a length below 128, in the least octets. Otherwise the cursor stays, and
    /// [`Self::read`] tells what is there.
    ///
    /// For whoever knows what comes next: the tag is compared where it stands.
    #[inline(always)]
    pub fn read_if(cursor: &mut Cursor<'a>, tag: Tag) -> Option<Self> {
        Self::read_tagged(cursor, tag, |octets| match octets {
            [length @ ..=0x7f, rest @ ..] => Some((usize::from(*length), rest)),
            _ => None,
        })
    }

    /// The same with a length below 256: for what holds members.
    #[inline(always)]
    pub fn read_long_if(cursor: &mut Cursor<'a>, tag: Tag) -> Option<Self> {
        Self::read_tagged(cursor, tag, usual_length)
    }

    #[inline(always)]
    fn read_tagged(
        cursor: &mut Cursor<'a>,
        tag: Tag,
        length: impl FnOnce(&'a [u8]) -> Option<(usize, &'a [u8])>,
    ) -> Option<Self> {
        // What a tag looks like is known when this is compiled.
        let (identifier, rest) = match (tag.low(), tag.high(), cursor.rest()) {
            // No element has that one.
            _ if tag == Tag::NONE => return None,
            (Some(low), _, [first, rest @ ..]) if first & !CONSTRUCTED == low => (first, rest),
            (_, Some([high, number]), [first, second, rest @ ..])
                if first & !CONSTRUCTED == high && *second == number =>
            {
                (first, rest)
            }
            _ => return None,
        };
        let (length, rest) = length(rest)?;
        let (contents, rest) = rest.split_at_checked(length)?;
        let at = cursor.at();
        *cursor = cursor.moved(rest);
        Some(Self {
            tag,
            is_constructed: identifier & CONSTRUCTED != 0,
            at,
            contents: cursor.behind(contents),
        })
    }

    /// Nearly every element: a tag number below 128 and a length below 256, in the least octets.
    #[inline(always)]
    fn read_usual(cursor: Cursor<'a>) -> Option<(Self, Cursor<'a>)> {
        let (&identifier, rest) = cursor.rest().split_first()?;
        let (tag, rest) = match (Tag::from_low(identifier), rest) {
            (Some(tag), rest) => (tag, rest),
            (None, [number @ 0x1f..=0x7f, rest @ ..]) => {
                (Tag::from_parts(identifier, u32::from(*number)), rest)
            }
            _ => return None,
        };
        let (length, rest) = usual_length(rest)?;
        let (contents, rest) = rest.split_at_checked(length)?;
        if tag == Tag::NONE {
            return None;
        }
        let at = cursor.at();
        let rest = cursor.moved(rest);
        let element = Self {
            tag,
            is_constructed: identifier & CONSTRUCTED != 0,
            at,
            contents: rest.behind(contents),
        };
        Some((element, rest))
    }

    /// Any form of tag and length, and whatever is wrong.
    #[inline(never)]
    fn read_any(mut cursor: Cursor<'a>) -> Result<(Self, Cursor<'a>), DecodeError> {
        let at = cursor.at();
        let (tag, is_constructed) = identifier(&mut cursor)?;
        if tag == Tag::NONE {
            return Err(DecodeError::EndOfContents { at });
        }
        let contents = match length(&mut cursor, is_constructed)? {
            Some(octets) => cursor.take(octets)?,
            None => {
                let (contents, rest) = indefinite(cursor)?;
                cursor = rest;
                contents
            }
        };
        let element = Self {
            tag,
            is_constructed,
            at,
            contents,
        };
        Ok((element, cursor))
    }

    /// The one element there is, and nothing behind it.
    ///
    /// # Errors
    /// As [`Self::read`], and [`DecodeError::Trailing`].
    #[inline(always)]
    pub fn only(mut cursor: Cursor<'a>) -> Result<Self, DecodeError> {
        let element = Self::read(&mut cursor)?;
        if cursor.is_empty() {
            Ok(element)
        } else {
            Err(DecodeError::Trailing {
                at: cursor.at(),
                octets: cursor.len(),
            })
        }
    }

    /// How an element begins: its tag, and what is there of its contents. It may be cut short.
    #[must_use]
    pub fn begun(mut cursor: Cursor<'a>) -> Option<(Tag, Cursor<'a>)> {
        let (tag, is_constructed) = identifier(&mut cursor).ok()?;
        let octets = length(&mut cursor, is_constructed).ok()?;
        let octets = octets.unwrap_or(usize::MAX).min(cursor.len());
        Some((tag, cursor.take(octets).ok()?))
    }

    /// Class and number.
    #[must_use]
    #[inline]
    pub const fn tag(&self) -> Tag {
        self.tag
    }

    /// Whether the contents are elements again.
    #[must_use]
    #[inline]
    pub const fn is_constructed(&self) -> bool {
        self.is_constructed
    }

    /// Offset of the identifier.
    #[must_use]
    #[inline]
    pub const fn at(&self) -> usize {
        self.at
    }

    /// The octets under the tag, whatever they are.
    #[must_use]
    #[inline]
    pub const fn contents(&self) -> Cursor<'a> {
        self.contents
    }

    /// The same, if the tag is this one.
    ///
    /// # Errors
    /// [`DecodeError::Unexpected`] if it is not.
    #[inline]
    pub fn expect(self, tag: Tag) -> Result<Self, DecodeError> {
        if self.tag == tag {
            Ok(self)
        } else {
            Err(self.unexpected())
        }
    }

    /// That this element should not be here.
    #[must_use]
    pub const fn unexpected(&self) -> DecodeError {
        DecodeError::Unexpected {
            at: self.at,
            tag: self.tag,
        }
    }

    /// The elements inside.
    ///
    /// # Errors
    /// [`DecodeError::Unexpected`] if the element is primitive.
    #[inline]
    pub fn members(&self) -> Result<Cursor<'a>, DecodeError> {
        if self.is_constructed {
            Ok(self.contents)
        } else {
            Err(self.unexpected())
        }
    }

    /// The one element inside, as under an explicit tag.
    ///
    /// # Errors
    /// As [`Self::members`] and [`Self::only`].
    #[inline]
    pub fn inner(&self) -> Result<Self, DecodeError> {
        Self::only(self.members()?)
    }

    /// The octets of an OCTET STRING.
    ///
    /// # Errors
    /// [`DecodeError::Segments`] if they are not in one piece.
    #[inline]
    pub fn octets(&self) -> Result<&'a [u8], DecodeError> {
        if self.is_constructed {
            self.one_segment(Tag::OCTET_STRING)
        } else {
            Ok(self.contents.rest())
        }
    }

    #[cold]
    fn one_segment(&self, tag: Tag) -> Result<&'a [u8], DecodeError> {
        let mut members = self.contents;
        let segment = Self::read(&mut members)?.expect(tag)?;
        if segment.is_constructed || !members.is_empty() {
            return Err(DecodeError::Segments { at: self.at });
        }
        Ok(segment.contents.rest())
    }

    /// An INTEGER or ENUMERATED of up to eight octets; more than the least number is accepted.
    ///
    /// # Errors
    /// [`DecodeError::Contents`] for none or more than eight octets.
    #[inline]
    pub fn integer(&self) -> Result<i64, DecodeError> {
        match (self.is_constructed, self.contents.rest()) {
            (false, &[octet]) => Ok(i64::from(octet.cast_signed())),
            (false, octets @ [first, ..]) if octets.len() <= 8 => {
                let sign = i64::from(first.cast_signed() >> 7);
                let number = octets
                    .iter()
                    .fold(sign, |number, octet| number << 8 | i64::from(*octet));
                Ok(number)
            }
            _ => Err(DecodeError::Contents { at: self.at }),
        }
    }

    /// An INTEGER or ENUMERATED from `min` to `max`.
    ///
    /// # Errors
    /// As [`Self::integer`], and [`DecodeError::Value`].
    #[inline]
    pub fn unsigned(&self, min: u32, max: u32) -> Result<u32, DecodeError> {
        let value = self.integer()?;
        match u32::try_from(value) {
            Ok(number) if (min..=max).contains(&number) => Ok(number),
            _ => Err(DecodeError::Value { at: self.at, value }),
        }
    }

    /// That there is nothing inside.
    ///
    /// # Errors
    /// [`DecodeError::Contents`] if there is.
    #[inline]
    pub fn null(&self) -> Result<(), DecodeError> {
        if self.contents.is_empty() && !self.is_constructed {
            Ok(())
        } else {
            Err(DecodeError::Contents { at: self.at })
        }
    }

    /// A BOOLEAN: any octet but zero is true.
    ///
    /// # Errors
    /// [`DecodeError::Contents`] if it is not one octet.
    pub fn boolean(&self) -> Result<bool, DecodeError> {
        match (self.is_constructed, self.contents.rest()) {
            (false, &[octet]) => Ok(octet != 0),
            _ => Err(DecodeError::Contents { at: self.at }),
        }
    }

    /// A BIT STRING of up to 64 bits.
    ///
    /// # Errors
    /// [`DecodeError::Contents`] if the count of unused bits cannot be, [`DecodeError::Size`] if
    /// there are more bits.
    #[inline]
    pub fn bits(&self) -> Result<Bits, DecodeError> {
        let octets = if self.is_constructed {
            self.one_segment(Tag::BIT_STRING)?
        } else {
            self.contents.rest()
        };
        Bits::from_wire(octets, self.at)
    }

    /// An OBJECT IDENTIFIER.
    ///
    /// # Errors
    /// [`DecodeError::Contents`] if it ends within an arc or has none.
    #[inline]
    pub fn oid(&self) -> Result<Oid<'a>, DecodeError> {
        match Oid::from_wire(self.contents.rest()) {
            Some(oid) if !self.is_constructed => Ok(oid),
            _ => Err(DecodeError::Contents { at: self.at }),
        }
    }
}

/// Where an element stood is not part of what it is.
impl PartialEq for Element<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.tag == other.tag
            && self.is_constructed == other.is_constructed
            && self.contents.rest() == other.contents.rest()
    }
}

impl Eq for Element<'_> {}

/// Shows how many octets, not which: they may identify a subscriber.
impl fmt::Debug for Element<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} octets", self.tag, self.contents.len())
    }
}

/// A length below 256 in the least octets, and what is behind it.
#[inline(always)]
const fn usual_length(octets: &[u8]) -> Option<(usize, &[u8])> {
    match octets {
        [length @ ..=0x7f, rest @ ..] => Some((*length as usize, rest)),
        [0x81, length, rest @ ..] => Some((*length as usize, rest)),
        _ => None,
    }
}

#[inline(always)]
fn identifier(cursor: &mut Cursor<'_>) -> Result<(Tag, bool), DecodeError> {
    let at = cursor.at();
    let first = cursor.u8()?;
    let is_constructed = first & CONSTRUCTED != 0;
    if let Some(tag) = Tag::from_low(first) {
        return Ok((tag, is_constructed));
    }
    let mut number = 0;
    for _ in 0..4 {
        let octet = cursor.u8()?;
        number = number << 7 | u32::from(octet & 0x7f);
        if number == 0 {
            break;
        }
        if octet & 0x80 == 0 {
            let is_minimal = number > 30;
            return is_minimal
                .then(|| (Tag::from_parts(first, number), is_constructed))
                .ok_or(DecodeError::Tag { at });
        }
    }
    Err(DecodeError::Tag { at })
}

/// Nothing if it is indefinite.
#[inline(always)]
fn length(cursor: &mut Cursor<'_>, is_constructed: bool) -> Result<Option<usize>, DecodeError> {
    let at = cursor.at();
    match cursor.u8()? {
        short @ ..0x80 => Ok(Some(usize::from(short))),
        0x80 if is_constructed => Ok(None),
        0x80 | 0xff => Err(DecodeError::Length { at }),
        long => {
            let octets = cursor.bytes(usize::from(long & 0x7f))?;
            let length = octets.iter().try_fold(0_usize, |length, octet| {
                Some(length.checked_mul(256)? | usize::from(*octet))
            });
            length.map(Some).ok_or(DecodeError::Length { at })
        }
    }
}

/// The contents up to the end-of-contents octets that belong to them, and what is behind these.
#[cold]
fn indefinite(start: Cursor<'_>) -> Result<(Cursor<'_>, Cursor<'_>), DecodeError> {
    let mut cursor = start;
    let mut open = 1;
    loop {
        let at = cursor.at();
        let (tag, is_constructed) = identifier(&mut cursor)?;
        if tag == Tag::NONE {
            match length(&mut cursor, is_constructed)? {
                Some(0) if !is_constructed => open -= 1,
                _ => return Err(DecodeError::EndOfContents { at }),
            }
            if open == 0 {
                let mut contents = start;
                return Ok((contents.take(at - start.at())?, cursor));
            }
            continue;
        }
        match length(&mut cursor, is_constructed)? {
            Some(octets) => {
                cursor.bytes(octets)?;
            }
            None if open == DEPTH_MAX => return Err(DecodeError::Depth { at }),
            None => open += 1,
        }
    }
}
