//! Why octets are no MLP document, or a position in it cannot be used.

use thiserror::Error;

/// What is wrong, and the octet of the document where it shows.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("{kind} at offset {at}")]
pub struct MlpError {
    /// Offset of the element, attribute, text or octet that is wrong.
    pub at: usize,
    /// What is wrong.
    pub kind: MlpErrorKind,
}

/// What is wrong with a document, or with one position in it.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum MlpErrorKind {
    /// More octets than [`Limits::octets_max`](super::Limits::octets_max).
    #[error("document too large")]
    TooLarge,
    /// Elements nested deeper than [`Limits::depth_max`](super::Limits::depth_max).
    #[error("elements nested too deep")]
    TooDeep,
    /// More positions than [`Limits::positions_max`](super::Limits::positions_max).
    #[error("too many positions")]
    TooManyPositions,
    /// More coordinates in one shape than [`Limits::coordinates_max`](super::Limits::coordinates_max).
    #[error("too many coordinates")]
    TooManyCoordinates,
    /// More subscribers in one element than [`Limits::msids_max`](super::Limits::msids_max).
    #[error("too many msids")]
    TooManyMsids,
    /// Text longer than [`Limits::text_max`](super::Limits::text_max).
    #[error("text too long")]
    TextTooLong,
    /// A document type declaration longer than [`Limits::doctype_max`](super::Limits::doctype_max),
    /// in the wrong place, or one that declares an entity of the content.
    #[error("document type declaration not accepted")]
    Doctype,
    /// Not in the encoding that it declares, or in one that is not read.
    #[error("encoding")]
    Encoding,
    /// A character that XML does not allow.
    #[error("forbidden character")]
    Character,
    /// A reference to an entity that is not predefined.
    #[error("reference to an entity")]
    Entity,
    /// Not well-formed XML.
    #[error("not well-formed")]
    NotWellFormed,
    /// The root element is none of `svc_init`, `svc_result` and `gem`.
    #[error("root element is not of MLP")]
    Root,
    /// A version other than 3.
    #[error("unsupported version")]
    Version,
    /// The service is not known, or there is none, or there is more than one.
    #[error("not exactly one known service")]
    Service,
    /// An element that must be there is not.
    #[error("required element missing")]
    MissingElement,
    /// An attribute that must be there is not.
    #[error("required attribute missing")]
    MissingAttribute,
    /// The result's number is not one.
    #[error("resid is not a number")]
    Resid,
    /// Not a number, or one out of range.
    #[error("not a number in range")]
    Number,
    /// Not a time of `yyyyMMddhhmmss`, or its `utc_off` is not an offset.
    #[error("not a time")]
    Time,
    /// Not a coordinate, or one out of range.
    #[error("not a coordinate")]
    Coordinate,
    /// The coordinates are of another reference system than WGS 84.
    #[error("coordinate reference system is not WGS 84")]
    ReferenceSystem,
    /// A unit of length or angle that is not known.
    #[error("unit not known")]
    Unit,
    /// A shape that is not known, or not one shape.
    #[error("not exactly one known shape")]
    Shape,
}

impl MlpErrorKind {
    /// At an offset.
    pub(super) const fn at(self, at: usize) -> MlpError {
        MlpError { at, kind: self }
    }

    /// A name from a closed set, for counters.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::TooLarge => "too-large",
            Self::TooDeep => "too-deep",
            Self::TooManyPositions => "too-many-positions",
            Self::TooManyCoordinates => "too-many-coordinates",
            Self::TooManyMsids => "too-many-msids",
            Self::TextTooLong => "text-too-long",
            Self::Doctype => "doctype",
            Self::Encoding => "encoding",
            Self::Character => "character",
            Self::Entity => "entity",
            Self::NotWellFormed => "not-well-formed",
            Self::Root => "root",
            Self::Version => "version",
            Self::Service => "service",
            Self::MissingElement => "missing-element",
            Self::MissingAttribute => "missing-attribute",
            Self::Resid => "resid",
            Self::Number => "number",
            Self::Time => "time",
            Self::Coordinate => "coordinate",
            Self::ReferenceSystem => "reference-system",
            Self::Unit => "unit",
            Self::Shape => "shape",
        }
    }

    /// Whether only the position is spoiled in which it was found: the rest of the document can be
    /// read.
    pub(super) const fn is_of_position(self) -> bool {
        matches!(
            self,
            Self::MissingElement
                | Self::MissingAttribute
                | Self::Resid
                | Self::Number
                | Self::Time
                | Self::Coordinate
                | Self::ReferenceSystem
                | Self::Unit
                | Self::Shape
                | Self::TooManyCoordinates
        )
    }
}
