//! Parameters: tag, length, value, padding (RFC 4666 clause 3.2).

use std::fmt;

use super::DecodeError;

/// Octets of a parameter's tag and length.
pub(super) const PARAMETER_HEADER: usize = 4;

/// One parameter, its value not looked into.
///
/// ```text
///  0               2               4
/// +---------------+---------------+------------------+------------------------+
/// | Tag           | Length        | Value            | zeros to four octets   |
/// +---------------+---------------+------------------+------------------------+
/// ```
///
/// The length counts tag, length and value, not the padding.
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct Parameter<'a> {
    /// What it is: one of [`tag`](super::tag), or another.
    pub tag: u16,
    /// Its value without padding.
    pub value: &'a [u8],
    /// Offset of the parameter in its message.
    pub at: usize,
}

impl<'a> Parameter<'a> {
    /// Offset of the value in the message.
    #[must_use]
    pub const fn value_at(&self) -> usize {
        self.at + PARAMETER_HEADER
    }

    /// The value as exactly `N` octets.
    pub(super) fn array<const N: usize>(&self) -> Result<[u8; N], DecodeError> {
        self.value.try_into().map_err(|_| DecodeError::Value {
            at: self.value_at() + self.value.len().min(N),
            tag: self.tag,
        })
    }

    /// The value as a number of 32 bits.
    pub(super) fn word(&self) -> Result<u32, DecodeError> {
        self.array().map(u32::from_be_bytes)
    }

    /// The value as a list of 32-bit numbers, at least one.
    pub(super) fn words(&self) -> Result<Words<'a>, DecodeError> {
        let (words, rest) = self.value.as_chunks::<4>();
        if words.is_empty() || !rest.is_empty() {
            return Err(DecodeError::Value {
                at: self.value_at() + self.value.len(),
                tag: self.tag,
            });
        }
        Ok(Words(words))
    }
}

/// Shows tag, length and place, never the value: it may hold subscriber identities.
impl fmt::Debug for Parameter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Parameter({:#06x}, {} octets at {})",
            self.tag,
            self.value.len(),
            self.at
        )
    }
}

/// A list of 32-bit numbers, at least one: routing contexts, point codes.
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct Words<'a>(pub(super) &'a [[u8; 4]]);

impl Words<'_> {
    /// The numbers in their order.
    #[must_use = "iterators are lazy"]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = u32> + '_ {
        self.0.iter().map(|word| u32::from_be_bytes(*word))
    }
}

impl fmt::Debug for Words<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// Iterates over parameters, each checked when it is reached.
#[derive(Clone, Debug)]
pub struct Parameters<'a> {
    rest: &'a [u8],
    at: usize,
}

impl<'a> Parameters<'a> {
    /// Over `octets`, the first of which is at offset `at` of the message.
    pub(super) const fn new(octets: &'a [u8], at: usize) -> Self {
        Self { rest: octets, at }
    }

    /// Offset of what comes next.
    pub(super) const fn at(&self) -> usize {
        self.at
    }

    /// Whether nothing is left, not even padding.
    pub(super) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next parameter, if it has this tag and is whole; otherwise it stays.
    #[inline(always)]
    pub(super) fn step_if(&mut self, tag: u16) -> Option<Parameter<'a>> {
        let (header, _) = self.rest.split_first_chunk::<PARAMETER_HEADER>()?;
        let header = u32::from_be_bytes(*header);
        if header >> 16 != u32::from(tag) {
            return None;
        }
        self.step().ok().flatten()
    }

    /// A parameter of one number, under the same conditions.
    #[inline(always)]
    pub(super) fn word_if(&mut self, tag: u16) -> Option<u32> {
        let (header, rest) = self.rest.split_first_chunk::<PARAMETER_HEADER>()?;
        let (word, rest) = rest.split_first_chunk()?;
        if u32::from_be_bytes(*header) != u32::from(tag) << 16 | 8 {
            return None;
        }
        self.rest = rest;
        self.at = self.at.wrapping_add(8);
        Some(u32::from_be_bytes(*word))
    }

    /// The next parameter; `None` when there is none, or when what is left is padding.
    #[inline(always)]
    pub(super) fn step(&mut self) -> Result<Option<Parameter<'a>>, DecodeError> {
        let at = self.at;
        let Some((&[tag_high, tag_low, high, low], _)) =
            self.rest.split_first_chunk::<PARAMETER_HEADER>()
        else {
            return match self.rest.is_empty() {
                true => Ok(None),
                false => Err(DecodeError::ParameterHeader { at }),
            };
        };
        let length = u16::from_be_bytes([high, low]);
        let octets = usize::from(length);
        let value = match self.rest.get(PARAMETER_HEADER..octets) {
            Some(value) => value,
            None => return Err(DecodeError::ParameterLength { at, length }),
        };
        // The padding of the last parameter may be left out of the message's length.
        let padded = ((octets + 3) & !3).min(self.rest.len());
        self.rest = self.rest.get(padded..).unwrap_or_default();
        self.at = self.at.wrapping_add(padded);
        Ok(Some(Parameter {
            tag: u16::from_be_bytes([tag_high, tag_low]),
            value,
            at,
        }))
    }
}

impl<'a> Iterator for Parameters<'a> {
    type Item = Parameter<'a>;

    /// What is wrong was told when the message was decoded: here it is the end.
    #[inline]
    fn next(&mut self) -> Option<Parameter<'a>> {
        self.step().ok().flatten()
    }
}
