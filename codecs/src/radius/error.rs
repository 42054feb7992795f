//! What can be wrong with a packet, and at which octet.

use thiserror::Error;

/// A datagram that is not a RADIUS packet. It is to be discarded in silence (RFC 2865 clause 3).
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum DecodeError {
    /// The octets ended before the header or the Length field's count was complete.
    #[error("{missing} more octets needed at offset {at}")]
    Short {
        /// Offset at which the missing octets were due.
        at: usize,
        /// How many octets were missing.
        missing: usize,
    },
    /// The Length field is outside 20 to 4096.
    #[error("length {length} at offset {at} is outside 20 to 4096")]
    Length {
        /// Offset of the field.
        at: usize,
        /// Its value.
        length: u16,
    },
    /// An attribute's length is less than its own header, or more than what is left.
    #[error("attribute at offset {at} has length {length}")]
    AttributeLength {
        /// Offset of the attribute.
        at: usize,
        /// The length it claims.
        length: u16,
    },
    /// Octets remained that are too few for an attribute's header.
    #[error("attribute at offset {at} has no length")]
    AttributeHeader {
        /// Offset of the attribute.
        at: usize,
    },
    /// Acct-Status-Type is not four octets: the whole packet is void (RFC 2866 clause 5).
    #[error("Acct-Status-Type at offset {at} has {octets} octets")]
    StatusType {
        /// Offset of the attribute.
        at: usize,
        /// Length of its value.
        octets: usize,
    },
}

impl DecodeError {
    /// Offset of the first octet that is wrong or missing.
    #[must_use]
    pub const fn at(&self) -> usize {
        match *self {
            Self::Short { at, .. }
            | Self::Length { at, .. }
            | Self::AttributeLength { at, .. }
            | Self::AttributeHeader { at }
            | Self::StatusType { at, .. } => at,
        }
    }

    /// A name from a closed set, for counters.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Short { .. } => "short",
            Self::Length { .. } => "length",
            Self::AttributeLength { .. } => "attribute_length",
            Self::AttributeHeader { .. } => "attribute_header",
            Self::StatusType { .. } => "status_type",
        }
    }
}
