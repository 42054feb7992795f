//! What can be wrong with a message, and at which octet.

use pengate_asn1::Short;
use thiserror::Error;

/// A part of a message with a length of its own.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Field {
    /// Called party address.
    Called,
    /// Calling party address.
    Calling,
    /// User data.
    Data,
    /// A parameter of the optional part.
    Optional,
}

/// Octets that are not a connectionless SCCP message.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum DecodeError {
    /// The octets ended before a part did.
    #[error("{missing} more octets needed at offset {at}")]
    Short {
        /// Offset at which the missing octets were due.
        at: usize,
        /// How many octets were missing.
        missing: usize,
    },
    /// A pointer to a part that must be there is 0.
    #[error("pointer at offset {at} points nowhere")]
    Pointer {
        /// Offset of the pointer.
        at: usize,
    },
    /// An address has fewer octets than its indicator promises.
    #[error("address ends at offset {at} within what its indicator promises")]
    Address {
        /// Offset at which the missing octet was due.
        at: usize,
    },
    /// The optional part has a parameter whose length is not its type's.
    #[error("optional parameter at offset {at} cannot have {octets} octets")]
    Optional {
        /// Offset of the parameter.
        at: usize,
        /// Length of its value.
        octets: usize,
    },
    /// A management message whose length is not its format's.
    #[error("management message cannot end at offset {at}")]
    Management {
        /// Offset of the first octet that is wrong or missing.
        at: usize,
    },
}

impl DecodeError {
    /// Offset of the first octet that is wrong or missing.
    #[must_use]
    pub const fn at(&self) -> usize {
        match *self {
            Self::Short { at, .. }
            | Self::Pointer { at }
            | Self::Address { at }
            | Self::Optional { at, .. }
            | Self::Management { at } => at,
        }
    }

    /// A name from a closed set, for counters.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Short { .. } => "short",
            Self::Pointer { .. } => "pointer",
            Self::Address { .. } => "address",
            Self::Optional { .. } => "optional",
            Self::Management { .. } => "management",
        }
    }
}

impl From<Short> for DecodeError {
    fn from(Short { at, missing }: Short) -> Self {
        Self::Short { at, missing }
    }
}

/// Why a message could not be written. The buffer is then as it was before.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum EncodeError {
    /// A part does not fit behind its length octet or its pointer.
    #[error("{field:?} of {octets} octets does not fit")]
    TooLong {
        /// Which part.
        field: Field,
        /// Length of the part.
        octets: usize,
    },
    /// A point code has more than 14 bits.
    #[error("point code {code} has more than 14 bits")]
    PointCode {
        /// The point code.
        code: u16,
    },
    /// A local reference has more than 24 bits, or more than 15 segments remain.
    #[error("segmentation cannot say that")]
    Segmentation,
    /// A global title's indicator, nature, plan or encoding does not fit into its bits.
    #[error("global title cannot say that")]
    Title,
}
