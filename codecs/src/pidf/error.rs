//! Why octets are no presence document.

use thiserror::Error;

/// A document that was refused: what is wrong, and the octet where it shows.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("{kind} at offset {at}")]
pub struct PidfError {
    /// Offset of the element, attribute or octet that is wrong.
    pub at: usize,
    /// What is wrong.
    pub kind: PidfErrorKind,
}

/// What is wrong with a document.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum PidfErrorKind {
    /// More octets than [`Limits::octets_max`](super::Limits::octets_max).
    #[error("document too large")]
    TooLarge,
    /// Elements nested deeper than [`Limits::depth_max`](super::Limits::depth_max).
    #[error("elements nested too deep")]
    TooDeep,
    /// More elements than [`Limits::elements_max`](super::Limits::elements_max).
    #[error("too many elements")]
    TooManyElements,
    /// More attributes than [`Limits::attributes_max`](super::Limits::attributes_max).
    #[error("too many attributes")]
    TooManyAttributes,
    /// Not UTF-8, or declared to be something else.
    #[error("not UTF-8")]
    Encoding,
    /// A character that XML does not allow.
    #[error("forbidden character")]
    Character,
    /// A document type declaration: refused whatever it says.
    #[error("document type declaration")]
    Doctype,
    /// A reference to an entity that is not predefined.
    #[error("reference to an entity")]
    Entity,
    /// Not well-formed XML.
    #[error("not well-formed")]
    NotWellFormed,
    /// A prefix that no namespace is bound to.
    #[error("prefix without a namespace")]
    UnboundPrefix,
    /// The root element is not `presence` of PIDF.
    #[error("root element is not presence")]
    Root,
    /// Character data where only elements may stand.
    #[error("text between elements")]
    StrayText,
    /// An attribute that must be there is not: `entity` of presence, `id` of a component.
    #[error("required attribute missing")]
    MissingAttribute,
    /// An identifier that is not an XML name.
    #[error("identifier is not a name")]
    BadId,
    /// An identifier that another component has already.
    #[error("identifier used twice")]
    DuplicateId,
    /// An element that must be there is not: `status` of a tuple, `deviceID` of a device.
    #[error("required element missing")]
    MissingElement,
    /// An element where the schema does not allow it.
    #[error("element out of place")]
    OutOfPlace,
    /// `basic` is neither `open` nor `closed`.
    #[error("basic is neither open nor closed")]
    Basic,
    /// `priority` of a contact is not a decimal from 0 to 1 with three decimals at most.
    #[error("priority is not a decimal from 0 to 1")]
    Priority,
    /// Not a date and time.
    #[error("not a date and time")]
    Timestamp,
}

impl PidfErrorKind {
    /// At an offset.
    pub(super) const fn at(self, at: usize) -> PidfError {
        PidfError { at, kind: self }
    }

    /// Whether the document is refused for its size: 413 instead of 400.
    #[must_use]
    pub const fn is_limit(self) -> bool {
        matches!(
            self,
            Self::TooLarge | Self::TooDeep | Self::TooManyElements | Self::TooManyAttributes
        )
    }
}
