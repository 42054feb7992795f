//! A presence document as it is kept: one text, and where its components are in it.

use super::Namespaces;
use crate::Stamp;

/// How much of a document is read before it is refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Octets of a document (65 536).
    pub octets_max: usize,
    /// Elements within each other, the root being 1 (24).
    pub depth_max: usize,
    /// Elements of a document (2 048).
    pub elements_max: usize,
    /// Attributes of one element, declarations of namespaces included (64).
    pub attributes_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            octets_max: 65_536,
            depth_max: 24,
            elements_max: 2_048,
            attributes_max: 64,
        }
    }
}

/// What a component is, in the order in which a document holds them.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Kind {
    /// `tuple`: a service.
    Tuple,
    /// `note` of the whole document.
    Note,
    /// `dm:person`.
    Person,
    /// `dm:device`.
    Device,
    /// An element of another namespace.
    Other,
}

/// `basic` of a status.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Basic {
    /// Not able or not willing.
    Closed,
    /// Able and willing.
    Open,
}

impl Basic {
    /// The word of the schema.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
        }
    }
}

/// A part of a document's text.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Span {
    pub start: u32,
    pub end: u32,
}

impl Span {
    /// From offsets below 2^32; larger ones, which no accepted document has, give an empty span.
    pub(super) fn new(start: usize, end: usize) -> Self {
        match (u32::try_from(start), u32::try_from(end)) {
            (Ok(start), Ok(end)) => Self { start, end },
            _ => Self::default(),
        }
    }

    pub(super) const fn is_empty(self) -> bool {
        self.start >= self.end
    }

    pub(super) fn of(self, text: &str) -> &str {
        text.get(self.start as usize..self.end as usize)
            .unwrap_or_default()
    }

    pub(super) fn moved(self, from: usize, to: usize) -> Self {
        if self.is_empty() {
            return self;
        }
        Self::new(
            (self.start as usize + to).saturating_sub(from),
            (self.end as usize + to).saturating_sub(from),
        )
    }
}

/// What is known of a component without reading it again. Spans are of the document's text; an
/// empty one stands for what is absent.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Entry {
    pub kind: Kind,
    pub basic: Option<Basic>,
    pub namespaces: Namespaces,
    pub text: Span,
    pub id: Span,
    pub contact: Span,
    pub service_id: Span,
    pub class: Span,
    pub devices: Box<[Span]>,
    pub timestamp: Stamp,
}

/// A presence document, ready to be written again as it is or in parts.
///
/// The components' texts stand one after the other in one allocation, in the order of the schema.
/// Each is as it was received but for declarations of namespaces, which were moved: those of the
/// fixed table are the root's, the others are the component's own, so that a component can stand
/// in any document of ours.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Document {
    pub(super) entity: Box<str>,
    pub(super) text: Box<str>,
    pub(super) entries: Box<[Entry]>,
    pub(super) namespaces: Namespaces,
}

impl Document {
    /// Whom the document says it is about, unescaped.
    #[must_use]
    pub fn entity(&self) -> &str {
        &self.entity
    }

    /// Namespaces of the fixed table that the components use.
    #[must_use]
    pub const fn namespaces(&self) -> Namespaces {
        self.namespaces
    }

    /// All components' texts, one after the other.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The components in the order of the schema.
    pub fn components(&self) -> impl ExactSizeIterator<Item = Component<'_>> {
        self.entries.iter().map(|entry| Component {
            text: &self.text,
            entry,
        })
    }

    /// Octets of memory that it takes.
    #[must_use]
    pub fn size(&self) -> usize {
        let entries: usize = self
            .entries
            .iter()
            .map(|entry| size_of::<Entry>() + size_of_val::<[Span]>(&entry.devices))
            .sum();
        size_of::<Self>() + self.entity.len() + self.text.len() + entries
    }

    /// Appends the whole document, said to be about `entity`.
    pub fn write(&self, entity: &str, out: &mut Vec<u8>) {
        super::write_presence(entity, self.namespaces, out, |out| {
            out.extend_from_slice(self.text.as_bytes());
        });
    }
}

/// A component of a document.
#[derive(Clone, Copy, Debug)]
pub struct Component<'a> {
    text: &'a str,
    entry: &'a Entry,
}

impl<'a> Component<'a> {
    /// What it is.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.entry.kind
    }

    /// The whole element.
    #[must_use]
    pub fn text(&self) -> &'a str {
        self.entry.text.of(self.text)
    }

    /// Namespaces of the fixed table that it takes from the root.
    #[must_use]
    pub const fn namespaces(&self) -> Namespaces {
        self.entry.namespaces
    }

    /// Its `id`; absent in notes and foreign elements.
    #[must_use]
    pub fn id(&self) -> Option<&'a str> {
        self.some(self.entry.id)
    }

    /// Its element with another `id`, in two parts around it.
    #[must_use]
    pub fn around_id(&self) -> (&'a str, &'a str) {
        let Span { start, end } = self.entry.text;
        let id = self.entry.id;
        (
            Span {
                start,
                end: id.start,
            }
            .of(self.text),
            Span { start: id.end, end }.of(self.text),
        )
    }

    /// `contact` of a tuple as it was written (escaped).
    #[must_use]
    pub fn contact(&self) -> Option<&'a str> {
        self.some(self.entry.contact)
    }

    /// `op:service-id` of a tuple as it was written.
    #[must_use]
    pub fn service_id(&self) -> Option<&'a str> {
        self.some(self.entry.service_id)
    }

    /// `r:class` as it was written.
    #[must_use]
    pub fn class(&self) -> Option<&'a str> {
        self.some(self.entry.class)
    }

    /// `dm:deviceID`s as they were written.
    pub fn devices(&self) -> impl ExactSizeIterator<Item = &'a str> {
        let text = self.text;
        self.entry.devices.iter().map(move |span| span.of(text))
    }

    /// `basic` of a tuple's status.
    #[must_use]
    pub const fn basic(&self) -> Option<Basic> {
        self.entry.basic
    }

    /// The component's own time stamp.
    #[must_use]
    pub fn timestamp(&self) -> Option<Stamp> {
        (self.entry.timestamp != Stamp::MIN).then_some(self.entry.timestamp)
    }

    fn some(&self, span: Span) -> Option<&'a str> {
        (!span.is_empty()).then(|| span.of(self.text))
    }
}
