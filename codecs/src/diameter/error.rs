//! What can be wrong with a message, and at which octet.

use thiserror::Error;

use super::{Kind, ResultCode};

/// Octets that are no Diameter message, or a message without what its command needs.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum DecodeError {
    /// The octets ended before the header or the Message Length's count was complete.
    #[error("{missing} more octets needed at offset {at}")]
    Short {
        /// Offset at which the missing octets were due.
        at: usize,
        /// How many octets were missing.
        missing: usize,
    },
    /// Another version than 1.
    #[error("version {version} at offset {at}")]
    Version {
        /// Offset of the field.
        at: usize,
        /// Its value.
        version: u8,
    },
    /// The Message Length is less than the header, or not a multiple of four.
    #[error("message length {length} at offset {at}")]
    Length {
        /// Offset of the field.
        at: usize,
        /// Its value.
        length: u32,
    },
    /// Octets remained that are too few for an AVP's header.
    #[error("AVP at offset {at} has no header")]
    AvpHeader {
        /// Offset of the AVP.
        at: usize,
    },
    /// An AVP's length is less than its own header, or more than what is left.
    #[error("AVP at offset {at} has length {length}")]
    AvpLength {
        /// Offset of the AVP.
        at: usize,
        /// The length it claims.
        length: u32,
    },
    /// Grouped AVPs stand in each other too deep.
    #[error("AVP at offset {at} is nested too deep")]
    Nesting {
        /// Offset of the AVP.
        at: usize,
    },
    /// An AVP's data has not the length of its type.
    #[error("AVP {kind} at offset {at} has a length that its type has not")]
    ValueLength {
        /// Offset of the AVP.
        at: usize,
        /// Which AVP.
        kind: Kind,
    },
    /// An AVP's data is not what its type may hold.
    #[error("AVP {kind} at offset {at} has an invalid value")]
    Value {
        /// Offset of the AVP.
        at: usize,
        /// Which AVP.
        kind: Kind,
    },
    /// An AVP that the command must have is not there.
    #[error("AVP {kind} is missing; the message ends at offset {at}")]
    Missing {
        /// Length of the message.
        at: usize,
        /// Which AVP.
        kind: Kind,
    },
}

impl DecodeError {
    /// Offset of the first octet that is wrong or missing.
    #[must_use]
    pub const fn at(&self) -> usize {
        match *self {
            Self::Short { at, .. }
            | Self::Version { at, .. }
            | Self::Length { at, .. }
            | Self::AvpHeader { at }
            | Self::AvpLength { at, .. }
            | Self::Nesting { at }
            | Self::ValueLength { at, .. }
            | Self::Value { at, .. }
            | Self::Missing { at, .. } => at,
        }
    }

    /// A name from a closed set, for counters.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Short { .. } => "short",
            Self::Version { .. } => "version",
            Self::Length { .. } => "message-length",
            Self::AvpHeader { .. } => "avp-header",
            Self::AvpLength { .. } => "avp-length",
            Self::Nesting { .. } => "nesting",
            Self::ValueLength { .. } => "value-length",
            Self::Value { .. } => "value",
            Self::Missing { .. } => "missing-avp",
        }
    }

    /// What a request with this error is answered with (RFC 6733 clause 7.1.5).
    #[must_use]
    pub const fn result(&self) -> ResultCode {
        match self {
            Self::Short { .. } | Self::Length { .. } => ResultCode::InvalidMessageLength,
            Self::Version { .. } => ResultCode::UnsupportedVersion,
            Self::AvpHeader { .. } | Self::AvpLength { .. } | Self::ValueLength { .. } => {
                ResultCode::InvalidAvpLength
            }
            Self::Nesting { .. } => ResultCode::UnableToComply,
            Self::Value { .. } => ResultCode::InvalidAvpValue,
            Self::Missing { .. } => ResultCode::MissingAvp,
        }
    }
}
