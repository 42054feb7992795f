//! What can be wrong with BER octets, and at which of them.

use thiserror::Error;

use crate::{Short, Tag};

/// Octets that are not the value that was due.
///
/// Every offset is absolute, that is from the first octet of the whole message.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum DecodeError {
    /// The octets ended before the element did.
    #[error("{missing} more octets needed at offset {at}")]
    Short {
        /// Offset at which the missing octets were due.
        at: usize,
        /// How many octets were missing.
        missing: usize,
    },
    /// A tag number that is not minimal, or has more than 28 bits.
    #[error("tag at offset {at} has no such form")]
    Tag {
        /// Offset of the first identifier octet.
        at: usize,
    },
    /// A length that is reserved, does not fit, or is indefinite where it cannot be.
    #[error("length at offset {at} has no such form")]
    Length {
        /// Offset of the first length octet.
        at: usize,
    },
    /// The two zero octets that end an indefinite length stand where none was open.
    #[error("end-of-contents octets at offset {at} end nothing")]
    EndOfContents {
        /// Offset of the first zero octet.
        at: usize,
    },
    /// More indefinite lengths inside each other than [`crate::DEPTH_MAX`].
    #[error("nested too deeply at offset {at}")]
    Depth {
        /// Offset of the element that was one too many.
        at: usize,
    },
    /// Another element was due here.
    #[error("{tag} is not expected at offset {at}")]
    Unexpected {
        /// Offset of the element.
        at: usize,
        /// What stands there.
        tag: Tag,
    },
    /// Octets remain behind the last element.
    #[error("{octets} octets too many at offset {at}")]
    Trailing {
        /// Offset of the first of them.
        at: usize,
        /// How many.
        octets: usize,
    },
    /// A mandatory member is absent.
    #[error("{member} is missing, its SEQUENCE ends at offset {at}")]
    Missing {
        /// Offset of the end of the SEQUENCE.
        at: usize,
        /// The member's name.
        member: &'static str,
    },
    /// A member stands there twice.
    #[error("{member} stands a second time at offset {at}")]
    Duplicate {
        /// Offset of the second.
        at: usize,
        /// The member's name.
        member: &'static str,
    },
    /// A string or list violates its SIZE constraint.
    #[error("{size} is not a size for the element at offset {at}")]
    Size {
        /// Offset of the element.
        at: usize,
        /// Octets of an octet string, bits of a bit string, elements of a list.
        size: usize,
    },
    /// A number outside its range, or no value of an ENUMERATED type that has no others.
    #[error("{value} is not a value for the element at offset {at}")]
    Value {
        /// Offset of the element.
        at: usize,
        /// The number.
        value: i64,
    },
    /// The contents of a primitive type have no such form: an INTEGER without octets or with
    /// more than eight, a NULL with some, unused bits that cannot be.
    #[error("contents of the element at offset {at} have no such form")]
    Contents {
        /// Offset of the element.
        at: usize,
    },
    /// A string in several segments, which cannot be borrowed. No SS7 stack sends them.
    #[error("string at offset {at} is in several segments")]
    Segments {
        /// Offset of the element.
        at: usize,
    },
}

impl DecodeError {
    /// Offset of the first octet that is wrong or missing.
    #[must_use]
    pub const fn at(&self) -> usize {
        match *self {
            Self::Short { at, .. }
            | Self::Tag { at }
            | Self::Length { at }
            | Self::EndOfContents { at }
            | Self::Depth { at }
            | Self::Unexpected { at, .. }
            | Self::Trailing { at, .. }
            | Self::Missing { at, .. }
            | Self::Duplicate { at, .. }
            | Self::Size { at, .. }
            | Self::Value { at, .. }
            | Self::Contents { at }
            | Self::Segments { at } => at,
        }
    }

    /// A name from a closed set, for counters.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Short { .. } => "short",
            Self::Tag { .. } => "tag",
            Self::Length { .. } => "length",
            Self::EndOfContents { .. } => "end_of_contents",
            Self::Depth { .. } => "depth",
            Self::Unexpected { .. } => "unexpected",
            Self::Trailing { .. } => "trailing",
            Self::Missing { .. } => "missing",
            Self::Duplicate { .. } => "duplicate",
            Self::Size { .. } => "size",
            Self::Value { .. } => "value",
            Self::Contents { .. } => "contents",
            Self::Segments { .. } => "segments",
        }
    }
}

impl From<Short> for DecodeError {
    fn from(Short { at, missing }: Short) -> Self {
        Self::Short { at, missing }
    }
}
