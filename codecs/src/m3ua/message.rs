//! The message: common header and parameters (RFC 4666 clause 3.1).

use std::fmt;

use super::{
    AffectedPointCodes, DecodeError, MessageType, Parameter, Parameters, Value, Words, tag,
};

/// Octets of the common header.
pub const HEADER_OCTETS: usize = 8;
/// The only version there is.
pub const VERSION: u8 = 1;

/// A message whose parameters are known to fill it, and which has the one its type cannot do
/// without.
///
/// ```text
///  0         1          2       3      4                8
/// +---------+----------+-------+------+----------------+---------------------+
/// | Version | reserved | Class | Type | Message Length | Parameters          |
/// +---------+----------+-------+------+----------------+---------------------+
/// ```
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct Message<'a> {
    octets: &'a [u8],
    kind: MessageType,
}

impl<'a> Message<'a> {
    /// Reads an SCTP user message. The padding of the last parameter may be counted in the message
    /// length or not, and be there or not (RFC 4666 clause 3.1.4).
    ///
    /// # Errors
    /// [`DecodeError`] names the first octet that is wrong.
    pub fn decode(octets: &'a [u8]) -> Result<Self, DecodeError> {
        let message = Self::frame(octets)?;
        let mut mandatory = message.kind.mandatory();
        let mut parameters = message.parameters();
        while let Some(parameter) = parameters.step()? {
            mandatory = mandatory.filter(|tag| *tag != parameter.tag);
        }
        match mandatory {
            None => Ok(message),
            Some(tag) => Err(DecodeError::Missing {
                at: parameters.at(),
                tag,
            }),
        }
    }

    /// Checks the header alone.
    #[inline(always)]
    pub(super) fn frame(octets: &'a [u8]) -> Result<Self, DecodeError> {
        let short = |needed: usize| DecodeError::Short {
            at: octets.len(),
            missing: needed.saturating_sub(octets.len()),
        };
        let Some(&[version, _, class, kind, a, b, c, d]) = octets.first_chunk::<HEADER_OCTETS>()
        else {
            return Err(short(HEADER_OCTETS));
        };
        if version != VERSION {
            return Err(DecodeError::Version { at: 0, version });
        }
        let length = u32::from_be_bytes([a, b, c, d]);
        let end = usize::try_from(length).unwrap_or(usize::MAX);
        let wrong = DecodeError::Length { at: 4, length };
        if end < HEADER_OCTETS {
            return Err(wrong);
        }
        let whole = octets.get(..end).ok_or_else(|| short(end))?;
        if octets.len() > end.next_multiple_of(4) {
            return Err(wrong);
        }
        Ok(Self {
            octets: whole,
            kind: MessageType::from_wire(class, kind),
        })
    }

    /// What the message is.
    #[must_use]
    pub const fn kind(&self) -> MessageType {
        self.kind
    }

    /// The message as its length field counts it.
    #[must_use]
    pub const fn octets(&self) -> &'a [u8] {
        self.octets
    }

    /// The parameters in their order.
    #[must_use]
    pub fn parameters(&self) -> Parameters<'a> {
        let octets = self.octets.get(HEADER_OCTETS..).unwrap_or_default();
        Parameters::new(octets, HEADER_OCTETS)
    }

    /// The first parameter with a tag.
    #[must_use]
    pub fn parameter(&self, tag: u16) -> Option<Parameter<'a>> {
        self.parameters().find(|parameter| parameter.tag == tag)
    }

    /// The first parameter with a tag, read.
    ///
    /// # Errors
    /// [`DecodeError::Value`] when its value cannot be read.
    pub fn value(&self, tag: u16) -> Result<Option<Value<'a>>, DecodeError> {
        self.parameter(tag)
            .map(|parameter| parameter.value())
            .transpose()
    }

    /// The application servers that are meant, if they are told.
    ///
    /// # Errors
    /// [`DecodeError::Value`] when the value is no list of numbers.
    pub fn routing_contexts(&self) -> Result<Option<Words<'a>>, DecodeError> {
        self.parameter(tag::ROUTING_CONTEXT)
            .map(|parameter| parameter.words())
            .transpose()
    }

    /// The network in which point codes are to be read, if it is told.
    ///
    /// # Errors
    /// [`DecodeError::Value`] when the value is no number.
    pub fn network_appearance(&self) -> Result<Option<u32>, DecodeError> {
        self.parameter(tag::NETWORK_APPEARANCE)
            .map(|parameter| parameter.word())
            .transpose()
    }

    /// The destinations that are meant, if they are told.
    ///
    /// # Errors
    /// [`DecodeError::Value`] when the value is no list of point codes.
    pub fn affected_point_codes(&self) -> Result<Option<AffectedPointCodes<'a>>, DecodeError> {
        match self.value(tag::AFFECTED_POINT_CODE)? {
            Some(Value::AffectedPointCode(codes)) => Ok(Some(codes)),
            _ => Ok(None),
        }
    }
}

/// Shows no values: they hold subscriber identities.
impl fmt::Debug for Message<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("kind", &self.kind)
            .field("octets", &self.octets.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
