//! The dialogue portion: which application context is spoken (Q.773 clause 3.2).

use pengate_asn1::{Bits, Cursor, DecodeError, Element, Oid, Tag, oid, write};

use super::{External, UserInformation, external, message::DIALOGUE};

/// The dialogue portion, not yet read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct DialoguePortion<'a>(pub(super) Element<'a>);

/// What is said about the dialogue.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Dialogue<'a> {
    /// AARQ: opens a dialogue.
    Request(Aarq<'a>),
    /// AARE: accepts or refuses one.
    Response(Aare<'a>),
    /// ABRT: gives one up.
    Abort(Abrt<'a>),
    /// AUDT: there is none, the components stand alone.
    Unidialogue(Audt<'a>),
    /// A protocol data unit of another abstract syntax.
    Other(External<'a>),
}

/// Opens a dialogue.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Aarq<'a> {
    /// Which operations there will be, and how they are written.
    pub context: Oid<'a>,
    /// What the user adds.
    pub user_information: Option<UserInformation<'a>>,
}

/// Accepts or refuses a dialogue.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Aare<'a> {
    /// The context that is spoken, or would have been.
    pub context: Oid<'a>,
    /// Whether the dialogue is accepted.
    pub is_accepted: bool,
    /// Why not, or from whom the acceptance is.
    pub diagnostic: Diagnostic,
    /// What the user adds.
    pub user_information: Option<UserInformation<'a>>,
}

/// Gives a dialogue up.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Abrt<'a> {
    /// Who.
    pub source: AbortSource,
    /// What the user adds, such as its reason.
    pub user_information: Option<UserInformation<'a>>,
}

/// Names the context of components that stand alone.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Audt<'a> {
    /// Which operations there are, and how they are written.
    pub context: Oid<'a>,
    /// What the user adds.
    pub user_information: Option<UserInformation<'a>>,
}

/// Who says what about a dialogue that was asked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Diagnostic {
    /// The user, with 0 null, 1 no reason given, 2 application context not supported.
    User(i64),
    /// The provider, with 0 null, 1 no reason given, 2 no common dialogue portion.
    Provider(i64),
}

impl Diagnostic {
    /// The application context is not supported.
    pub const CONTEXT_NOT_SUPPORTED: Self = Self::User(2);
}

/// Who gives a dialogue up.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum AbortSource {
    /// The user, that is MAP or CAP.
    User,
    /// The provider, that is TCAP.
    Provider,
    /// A number that is not defined.
    Other(i64),
}

impl<'a> DialoguePortion<'a> {
    /// Reads what is said.
    ///
    /// # Errors
    /// What is wrong with the portion. The dialogue is to be aborted then.
    #[inline]
    pub fn decode(self) -> Result<Dialogue<'a>, DecodeError> {
        // Nearly every request is these octets and an application context of seven more.
        if self.0.is_constructed()
            && let Some(context) = self.0.contents().rest().strip_prefix(&PLAIN_REQUEST)
            && context.len() == 7
            && let Some(context) = Oid::from_wire(context)
        {
            return Ok(Dialogue::Request(Aarq {
                context,
                user_information: None,
            }));
        }
        self.decode_any()
    }

    #[inline(never)]
    fn decode_any(self) -> Result<Dialogue<'a>, DecodeError> {
        let external = External::from_element(self.0.inner()?)?;
        let is_structured = external.syntax == Some(STRUCTURED);
        if !is_structured && external.syntax != Some(UNSTRUCTURED) {
            return Ok(Dialogue::Other(external));
        }
        let unit = external.single()?;
        match unit.tag() {
            REQUEST if is_structured => {
                let members = &mut open(&unit)?;
                Ok(Dialogue::Request(Aarq {
                    context: context(members)?,
                    user_information: user_information(members)?,
                }))
            }
            RESPONSE if is_structured => Aare::decode(&unit).map(Dialogue::Response),
            ABORT if is_structured => Abrt::decode(&unit).map(Dialogue::Abort),
            REQUEST => {
                let members = &mut open(&unit)?;
                Ok(Dialogue::Unidialogue(Audt {
                    context: context(members)?,
                    user_information: user_information(members)?,
                }))
            }
            _ => Err(unit.unexpected()),
        }
    }
}

impl<'a> Aare<'a> {
    /// Accepts this context.
    #[must_use]
    pub const fn accept(context: Oid<'a>) -> Self {
        Self {
            context,
            is_accepted: true,
            diagnostic: Diagnostic::User(0),
            user_information: None,
        }
    }

    /// Refuses this context, because it is not supported.
    #[must_use]
    pub const fn refuse(context: Oid<'a>) -> Self {
        Self {
            context,
            is_accepted: false,
            diagnostic: Diagnostic::CONTEXT_NOT_SUPPORTED,
            user_information: None,
        }
    }

    fn decode(unit: &Element<'a>) -> Result<Self, DecodeError> {
        let members = &mut open(unit)?;
        let context = context(members)?;
        let result = next(members, Tag::context(2), "result")?;
        let is_accepted = result.inner()?.expect(Tag::INTEGER)?.integer()? == 0;
        let source = next(members, Tag::context(3), "result-source-diagnostic")?.inner()?;
        let diagnostic = match source.tag().number() {
            1 => Diagnostic::User(source.inner()?.expect(Tag::INTEGER)?.integer()?),
            2 => Diagnostic::Provider(source.inner()?.expect(Tag::INTEGER)?.integer()?),
            _ => return Err(source.unexpected()),
        };
        Ok(Self {
            context,
            is_accepted,
            diagnostic,
            user_information: user_information(members)?,
        })
    }
}

impl<'a> Abrt<'a> {
    fn decode(unit: &Element<'a>) -> Result<Self, DecodeError> {
        let members = &mut unit.members()?;
        let source = match next(members, Tag::context(0), "abort-source")?.integer()? {
            0 => AbortSource::User,
            1 => AbortSource::Provider,
            other => AbortSource::Other(other),
        };
        Ok(Self {
            source,
            user_information: user_information(members)?,
        })
    }
}

impl<'a> Dialogue<'a> {
    /// Opens a dialogue of this context.
    #[must_use]
    pub const fn request(context: Oid<'a>) -> Self {
        Self::Request(Aarq {
            context,
            user_information: None,
        })
    }

    /// The application context, if one is named.
    #[must_use]
    pub const fn context(&self) -> Option<Oid<'a>> {
        match self {
            Self::Request(Aarq { context, .. })
            | Self::Response(Aare { context, .. })
            | Self::Unidialogue(Audt { context, .. }) => Some(*context),
            Self::Abort(_) | Self::Other(_) => None,
        }
    }

    /// What the user adds.
    #[must_use]
    pub const fn user_information(&self) -> Option<UserInformation<'a>> {
        match self {
            Self::Request(Aarq {
                user_information, ..
            })
            | Self::Response(Aare {
                user_information, ..
            })
            | Self::Abort(Abrt {
                user_information, ..
            })
            | Self::Unidialogue(Audt {
                user_information, ..
            }) => *user_information,
            Self::Other(_) => None,
        }
    }

    /// Writes the whole portion.
    pub fn encode(&self, out: &mut Vec<u8>) {
        write::constructed(out, DIALOGUE, |out| match self {
            Self::Request(aarq) => external::write(out, STRUCTURED, |out| aarq.encode(out)),
            Self::Response(aare) => external::write(out, STRUCTURED, |out| aare.encode(out)),
            Self::Abort(abrt) => external::write(out, STRUCTURED, |out| abrt.encode(out)),
            Self::Unidialogue(audt) => external::write(out, UNSTRUCTURED, |out| audt.encode(out)),
            Self::Other(other) => other.encode(out),
        });
    }
}

impl Aarq<'_> {
    fn encode(&self, out: &mut Vec<u8>) {
        write::constructed(out, REQUEST, |out| {
            write_opening(out, self.context);
            write_user_information(out, self.user_information);
        });
    }
}

impl Audt<'_> {
    fn encode(&self, out: &mut Vec<u8>) {
        write::constructed(out, REQUEST, |out| {
            write_opening(out, self.context);
            write_user_information(out, self.user_information);
        });
    }
}

impl Aare<'_> {
    fn encode(&self, out: &mut Vec<u8>) {
        write::constructed(out, RESPONSE, |out| {
            write_opening(out, self.context);
            write::constructed(out, Tag::context(2), |out| {
                write::integer(out, Tag::INTEGER, i64::from(!self.is_accepted));
            });
            write::constructed(out, Tag::context(3), |out| {
                let (tag, number) = match self.diagnostic {
                    Diagnostic::User(number) => (1, number),
                    Diagnostic::Provider(number) => (2, number),
                };
                write::constructed(out, Tag::context(tag), |out| {
                    write::integer(out, Tag::INTEGER, number);
                });
            });
            write_user_information(out, self.user_information);
        });
    }
}

impl Abrt<'_> {
    fn encode(&self, out: &mut Vec<u8>) {
        let source = match self.source {
            AbortSource::User => 0,
            AbortSource::Provider => 1,
            AbortSource::Other(other) => other,
        };
        write::constructed(out, ABORT, |out| {
            write::integer(out, Tag::context(0), source);
            write_user_information(out, self.user_information);
        });
    }
}

/// The members behind the protocol version, which says nothing new: there is only version 1.
fn open<'a>(unit: &Element<'a>) -> Result<Cursor<'a>, DecodeError> {
    let mut members = unit.members()?;
    let mut rest = members;
    if Element::read(&mut rest)?.tag() == Tag::context(0) {
        members = rest;
    }
    Ok(members)
}

fn context<'a>(members: &mut Cursor<'a>) -> Result<Oid<'a>, DecodeError> {
    let context = next(members, Tag::context(1), "application-context-name")?;
    context.inner()?.expect(Tag::OBJECT_IDENTIFIER)?.oid()
}

fn next<'a>(
    members: &mut Cursor<'a>,
    tag: Tag,
    member: &'static str,
) -> Result<Element<'a>, DecodeError> {
    if members.is_empty() {
        let at = members.at();
        return Err(DecodeError::Missing { at, member });
    }
    Element::read(members)?.expect(tag)
}

fn user_information<'a>(
    members: &mut Cursor<'a>,
) -> Result<Option<UserInformation<'a>>, DecodeError> {
    if members.is_empty() {
        return Ok(None);
    }
    let element = Element::only(*members)?.expect(USER_INFORMATION)?;
    UserInformation::from_element(element).map(Some)
}

fn write_opening(out: &mut Vec<u8>, context: Oid<'_>) {
    write::bits(out, Tag::context(0), Bits::new(1, &[0]));
    write::constructed(out, Tag::context(1), |out| {
        write::oid(out, Tag::OBJECT_IDENTIFIER, context);
    });
}

fn write_user_information(out: &mut Vec<u8>, information: Option<UserInformation<'_>>) {
    if let Some(information) = information {
        write::constructed(out, USER_INFORMATION, |out| {
            out.extend_from_slice(information.as_octets());
        });
    }
}

/// `0.0.17.773.1.1.1`: dialogues.
const STRUCTURED: Oid<'static> = oid![0x00, 0x11, 0x86, 0x05, 0x01, 0x01, 0x01];
/// `0.0.17.773.1.2.1`: components that stand alone.
const UNSTRUCTURED: Oid<'static> = oid![0x00, 0x11, 0x86, 0x05, 0x01, 0x02, 0x01];

const REQUEST: Tag = Tag::application(0);
const RESPONSE: Tag = Tag::application(1);
const ABORT: Tag = Tag::application(4);
const USER_INFORMATION: Tag = Tag::context(30);

/// EXTERNAL, its syntax, `[0]`, AARQ, version 1, and up to the contents of an application context
/// of seven octets, behind which nothing is.
const PLAIN_REQUEST: [u8; 23] = [
    0x28, 0x1c, 0x06, 0x07, 0x00, 0x11, 0x86, 0x05, 0x01, 0x01, 0x01, 0xa0, 0x11, 0x60, 0x0f, 0x80,
    0x02, 0x07, 0x80, 0xa1, 0x09, 0x06, 0x07,
];

#[cfg(test)]
mod tests {
    use pengate_asn1::Value;

    use super::*;
    use crate::tcap::{Component, Message, UserInformation};

    fn begin() -> Vec<u8> {
        let mut out = Vec::new();
        let mut information = Vec::new();
        let identity = Element::read(&mut Cursor::new(&[0x04, 4, 0x21, 0x43, 0x65, 0xf7])).unwrap();
        UserInformation::write(&mut information, STRUCTURED, &identity);
        let request = Dialogue::Request(Aarq {
            context: UNSTRUCTURED,
            user_information: Some(UserInformation::from_octets(&information)),
        });
        crate::tcap::begin(&mut out, 1.into(), Some(request), |to| {
            to.invoke(1, crate::tcap::Code::Local(89), |out| identity.encode(out));
        });
        out
    }

    #[test]
    fn a_primitive_portion_is_an_error_in_every_form() {
        let mut out = Vec::new();
        let context = oid![0x04, 0x00, 0x00, 0x01, 0x00, 0x2a, 0x03];
        crate::tcap::begin(&mut out, 1.into(), Some(Dialogue::request(context)), |_| ());
        let at = out.iter().position(|octet| *octet == 0x6b).unwrap();
        assert!(
            out[at + 2..].starts_with(&PLAIN_REQUEST),
            "the shortcut is not taken"
        );
        for mut octets in [out, begin()] {
            let at = octets.iter().position(|octet| *octet == 0x6b).unwrap();
            octets[at] = 0x4b;
            let Message::Begin(begin) = Message::decode(&octets).unwrap() else {
                panic!("it is a Begin");
            };
            let tag = DIALOGUE;
            let error = DecodeError::Unexpected { at, tag };
            assert_eq!(begin.dialogue.unwrap().decode(), Err(error));
        }
    }

    #[test]
    fn nothing_shows_the_octets_it_borrows() {
        let octets = begin();
        let message = Message::decode(&octets).unwrap();
        let Message::Begin(begin) = message else {
            panic!("it is a Begin");
        };
        let dialogue = begin.dialogue.unwrap().decode().unwrap();
        let component: Component<'_> = begin.components.iter().next().unwrap().unwrap();
        let shown = format!(
            "{message:?} {dialogue:?} {component:?} {:?}",
            begin.components
        );
        // 0x21, 0x43 and 0x65 in either base.
        for secret in ["33, ", "67, ", "101, ", "21, ", "43, ", "65, "] {
            assert!(!shown.contains(secret), "{shown}");
        }
        assert!(
            shown.contains(&format!("octets at {}", octets.len() - 14)),
            "{shown}"
        );
    }
}
