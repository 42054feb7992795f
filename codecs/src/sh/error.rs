//! What can be wrong with an Sh-Data document, and at which octet.

use thiserror::Error;

/// A document that cannot be read.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum ShDataError {
    /// The document is longer than allowed.
    #[error("the document is too long")]
    TooLong {
        /// The most octets allowed.
        at: usize,
    },
    /// The text is not UTF-8.
    #[error("no UTF-8 at offset {at}")]
    Utf8 {
        /// Offset of the first bad octet.
        at: usize,
    },
    /// What stands there is no XML.
    #[error("not well-formed at offset {at}")]
    Syntax {
        /// Offset of the tag, comment or text.
        at: usize,
    },
    /// A document type: it might define entities.
    #[error("a document type at offset {at}")]
    DocumentType {
        /// Offset of the declaration.
        at: usize,
    },
    /// Elements stand in each other too deep.
    #[error("the element at offset {at} is nested too deep")]
    Depth {
        /// Offset of the start tag.
        at: usize,
    },
    /// The end tag is another element's.
    #[error("the end tag at offset {at} is another element's")]
    EndTag {
        /// Offset of the end tag.
        at: usize,
    },
    /// The document ends within an element, or has none.
    #[error("the document ends too early, at offset {at}")]
    End {
        /// Length of the document.
        at: usize,
    },
    /// The root is not Sh-Data.
    #[error("the root element at offset {at} is not Sh-Data")]
    Root {
        /// Offset of the start tag.
        at: usize,
    },
}

impl ShDataError {
    /// Offset of the first octet that is wrong.
    #[must_use]
    pub const fn at(&self) -> usize {
        match *self {
            Self::TooLong { at }
            | Self::Utf8 { at }
            | Self::Syntax { at }
            | Self::DocumentType { at }
            | Self::Depth { at }
            | Self::EndTag { at }
            | Self::End { at }
            | Self::Root { at } => at,
        }
    }

    /// A name from a closed set, for counters.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::TooLong { .. } => "sh-data-too-long",
            Self::Utf8 { .. } => "sh-data-utf8",
            Self::Syntax { .. } => "sh-data-syntax",
            Self::DocumentType { .. } => "sh-data-doctype",
            Self::Depth { .. } => "sh-data-depth",
            Self::EndTag { .. } => "sh-data-end-tag",
            Self::End { .. } => "sh-data-end",
            Self::Root { .. } => "sh-data-root",
        }
    }
}
