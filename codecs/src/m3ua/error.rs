//! What can be wrong with a message, and at which octet.

use pengate_asn1::Short;
use thiserror::Error;

use super::ErrorCode;

/// A user message that is not M3UA, or lacks what its type needs.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum DecodeError {
    /// The octets ended before the header or the length field's count was complete.
    #[error("{missing} more octets needed at offset {at}")]
    Short {
        /// Offset at which the missing octets were due.
        at: usize,
        /// How many octets were missing.
        missing: usize,
    },
    /// The version is not 1.
    #[error("version {version} at offset {at} is not 1")]
    Version {
        /// Offset of the field.
        at: usize,
        /// Its value.
        version: u8,
    },
    /// The message length is below 8, or octets follow that are no padding.
    #[error("message length {length} at offset {at} does not fit")]
    Length {
        /// Offset of the field.
        at: usize,
        /// Its value.
        length: u32,
    },
    /// A parameter's length is less than its own header, or more than what is left.
    #[error("parameter at offset {at} has length {length}")]
    ParameterLength {
        /// Offset of the parameter.
        at: usize,
        /// The length it claims.
        length: u16,
    },
    /// Octets remained that are too few for a parameter's header.
    #[error("parameter at offset {at} has no length")]
    ParameterHeader {
        /// Offset of the parameter.
        at: usize,
    },
    /// A parameter's value cannot have that many octets, or not that value.
    #[error("parameter {tag:#06x} has no such value at offset {at}")]
    Value {
        /// Offset of the first octet that is wrong or missing.
        at: usize,
        /// The parameter's tag.
        tag: u16,
    },
    /// A parameter is missing without which the message means nothing.
    #[error("parameter {tag:#06x} is missing at offset {at}")]
    Missing {
        /// Offset of the end of the parameters it should be among.
        at: usize,
        /// The parameter's tag.
        tag: u16,
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
            | Self::ParameterLength { at, .. }
            | Self::ParameterHeader { at }
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
            Self::Length { .. } => "length",
            Self::ParameterLength { .. } => "parameter_length",
            Self::ParameterHeader { .. } => "parameter_header",
            Self::Value { .. } => "value",
            Self::Missing { .. } => "missing",
        }
    }

    /// What an ERR message says of it (RFC 4666 clause 3.8.1).
    #[must_use]
    pub const fn error_code(&self) -> ErrorCode {
        match self {
            Self::Short { .. } | Self::Length { .. } => ErrorCode::ProtocolError,
            Self::Version { .. } => ErrorCode::InvalidVersion,
            Self::ParameterLength { .. } | Self::ParameterHeader { .. } => {
                ErrorCode::ParameterFieldError
            }
            Self::Value { .. } => ErrorCode::InvalidParameterValue,
            Self::Missing { .. } => ErrorCode::MissingParameter,
        }
    }
}

impl From<Short> for DecodeError {
    fn from(Short { at, missing }: Short) -> Self {
        Self::Short { at, missing }
    }
}
