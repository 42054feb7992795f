//! EXTERNAL, in which TCAP carries dialogues and what users add to them (X.690 clause 8.18).

use pengate_asn1::{Cursor, DecodeError, Element, Oid, Tag, Value, write};

/// A value of an abstract syntax that an object identifier names.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct External<'a> {
    /// The abstract syntax; nothing if it was named by a number only.
    pub syntax: Option<Oid<'a>>,
    /// The value: `[0]` with one element inside, or octets under `[1]`, bits under `[2]`.
    pub encoding: Element<'a>,
}

impl<'a> External<'a> {
    /// The value of this element.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn from_element(element: Element<'a>) -> Result<Self, DecodeError> {
        let mut members = element.expect(Tag::EXTERNAL)?.members()?;
        let mut syntax = None;
        while !members.is_empty() {
            let member = Element::read(&mut members)?;
            match member.tag() {
                Tag::OBJECT_IDENTIFIER if syntax.is_none() => syntax = Some(member.oid()?),
                // The number of a presentation context, and a description.
                Tag::INTEGER | OBJECT_DESCRIPTOR => {}
                SINGLE | OCTETS | BITS if members.is_empty() => {
                    return Ok(Self {
                        syntax,
                        encoding: member,
                    });
                }
                _ => return Err(member.unexpected()),
            }
        }
        Err(DecodeError::Missing {
            at: members.at(),
            member: "encoding",
        })
    }

    /// The one element inside, of a value that is ASN.1 itself.
    ///
    /// # Errors
    /// [`DecodeError::Unexpected`] if it is not, or what is wrong with it.
    pub fn single(&self) -> Result<Element<'a>, DecodeError> {
        self.encoding.expect(SINGLE)?.inner()
    }

    /// Writes the value as it was read.
    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        write::constructed(out, Tag::EXTERNAL, |out| {
            if let Some(syntax) = self.syntax {
                write::oid(out, Tag::OBJECT_IDENTIFIER, syntax);
            }
            self.encoding.encode(out);
        });
    }
}

/// Writes a value of ASN.1 itself.
pub(super) fn write(out: &mut Vec<u8>, syntax: Oid<'_>, value: impl FnOnce(&mut Vec<u8>)) {
    write::constructed(out, Tag::EXTERNAL, |out| {
        write::oid(out, Tag::OBJECT_IDENTIFIER, syntax);
        write::constructed(out, SINGLE, value);
    });
}

/// What the user of a dialogue adds to it: EXTERNALs, borrowed.
#[derive(Clone, Copy, Debug)]
pub struct UserInformation<'a> {
    members: Cursor<'a>,
}

impl<'a> UserInformation<'a> {
    pub(super) fn from_element(element: Element<'a>) -> Result<Self, DecodeError> {
        let members = element.members()?;
        Ok(Self { members })
    }

    /// Octets that [`Self::write`] made.
    #[must_use]
    pub const fn from_octets(octets: &'a [u8]) -> Self {
        Self {
            members: Cursor::new(octets),
        }
    }

    /// Appends one EXTERNAL of this syntax.
    pub fn write<'v>(out: &mut Vec<u8>, syntax: Oid<'_>, value: &impl Value<'v>) {
        write(out, syntax, |out| value.encode(out));
    }

    /// The octets of all EXTERNALs.
    #[must_use]
    pub const fn as_octets(&self) -> &'a [u8] {
        self.members.rest()
    }

    /// The EXTERNALs one by one, up to the first that cannot be read.
    pub fn iter(&self) -> impl Iterator<Item = Result<External<'a>, DecodeError>> {
        let mut members = self.members;
        std::iter::from_fn(move || {
            if members.is_empty() {
                return None;
            }
            let external = Element::read(&mut members).and_then(External::from_element);
            if external.is_err() {
                members = Cursor::new(&[]);
            }
            Some(external)
        })
    }

    /// The value of the first EXTERNAL of this syntax, if there is one.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn find<V: Value<'a>>(&self, syntax: Oid<'_>) -> Result<Option<V>, DecodeError> {
        let found = self
            .iter()
            .flatten()
            .find(|external| external.syntax == Some(syntax));
        found
            .map(|external| V::from_any(external.single()?))
            .transpose()
    }
}

impl PartialEq for UserInformation<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.as_octets() == other.as_octets()
    }
}

impl Eq for UserInformation<'_> {}

const OBJECT_DESCRIPTOR: Tag = Tag::universal(7);
const SINGLE: Tag = Tag::context(0);
const OCTETS: Tag = Tag::context(1);
const BITS: Tag = Tag::context(2);
