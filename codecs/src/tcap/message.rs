//! The transaction portion (Q.773 clause 3.1).

use pengate_asn1::{Cursor, DecodeError, Element, Tag};
use thiserror::Error;

use super::{Components, DialoguePortion, PAbortCause, TransactionId};

/// A whole TCAP message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Message<'a> {
    /// Components without a transaction.
    Unidirectional(Unidirectional<'a>),
    /// Opens a transaction.
    Begin(Begin<'a>),
    /// Ends a transaction.
    End(End<'a>),
    /// Confirms a transaction, or goes on with it.
    Continue(Continue<'a>),
    /// Gives a transaction up.
    Abort(Abort<'a>),
}

/// Components without a transaction.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Unidirectional<'a> {
    /// The application context, if it is told.
    pub dialogue: Option<DialoguePortion<'a>>,
    /// What is invoked.
    pub components: Components<'a>,
}

/// Opens a transaction.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Begin<'a> {
    /// The sender's id, under which it wants the answer.
    pub otid: TransactionId,
    /// Nothing in MAP version 1.
    pub dialogue: Option<DialoguePortion<'a>>,
    /// What is invoked.
    pub components: Components<'a>,
}

/// Ends a transaction.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct End<'a> {
    /// The receiver's id.
    pub dtid: TransactionId,
    /// There only in the first answer to a Begin.
    pub dialogue: Option<DialoguePortion<'a>>,
    /// Results, errors, and what is invoked last.
    pub components: Components<'a>,
}

/// Confirms a transaction, or goes on with it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Continue<'a> {
    /// The sender's id.
    pub otid: TransactionId,
    /// The receiver's id.
    pub dtid: TransactionId,
    /// There only in the first answer to a Begin.
    pub dialogue: Option<DialoguePortion<'a>>,
    /// Results, errors, and what is invoked.
    pub components: Components<'a>,
}

/// Gives a transaction up.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Abort<'a> {
    /// The receiver's id.
    pub dtid: TransactionId,
    /// Who gave up and why, if that is told.
    pub cause: Option<AbortCause<'a>>,
}

/// Who gave up.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum AbortCause<'a> {
    /// The transaction sublayer.
    Provider(PAbortCause),
    /// The user, that is MAP or CAP. A refused application context comes this way too, as an AARE.
    User(DialoguePortion<'a>),
}

/// A message whose transaction portion cannot be read (Q.774 clause 3.3.3.2).
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("{error}")]
pub struct Malformed {
    /// What is wrong, and where.
    pub error: DecodeError,
    /// What to say to the peer. It is said only if its id is known.
    pub cause: PAbortCause,
    /// The peer's id, if that could be read and the peer waits for a word.
    pub otid: Option<TransactionId>,
    /// The receiver's id, if that could be read: nothing more is to be heard in this transaction.
    pub dtid: Option<TransactionId>,
}

impl<'a> Message<'a> {
    /// Reads a message, which is all there is in `octets`.
    ///
    /// # Errors
    /// [`Malformed`], with the offset in `octets`.
    #[inline]
    pub fn decode(octets: &'a [u8]) -> Result<Self, Malformed> {
        match Begin::usual(octets) {
            Some(begin) => Ok(Self::Begin(begin)),
            None => Self::decode_at(Cursor::new(octets)),
        }
    }

    /// Reads a message in the middle of another, so that offsets are from the start of that.
    ///
    /// # Errors
    /// As [`Self::decode`].
    pub fn decode_at(cursor: Cursor<'a>) -> Result<Self, Malformed> {
        Self::read(cursor).map_err(|error| Malformed::new(cursor, error))
    }

    fn read(cursor: Cursor<'a>) -> Result<Self, DecodeError> {
        let element = Element::only(cursor)?;
        let members = &mut element.members()?;
        match element.tag() {
            BEGIN => Begin::decode(members).map(Self::Begin),
            END => End::decode(members).map(Self::End),
            CONTINUE => Continue::decode(members).map(Self::Continue),
            ABORT => Abort::decode(members).map(Self::Abort),
            UNIDIRECTIONAL => Unidirectional::decode(members).map(Self::Unidirectional),
            _ => Err(element.unexpected()),
        }
    }
}

impl Malformed {
    /// What is wrong with a message. Its ids come first: they may be whole where the rest is not.
    #[cold]
    fn new(message: Cursor<'_>, error: DecodeError) -> Self {
        let Some((kind, mut members)) = Element::begun(message) else {
            return Self {
                cause: cause(&error),
                error,
                otid: None,
                dtid: None,
            };
        };
        let own = id(&mut members, OTID);
        let is_strange = ![UNIDIRECTIONAL, BEGIN, END, CONTINUE, ABORT].contains(&kind);
        let unrecognized = DecodeError::Unexpected {
            at: message.at(),
            tag: kind,
        };
        Self {
            cause: if is_strange && error == unrecognized {
                PAbortCause::UnrecognizedMessageType
            } else {
                cause(&error)
            },
            error,
            // Whoever ends a transaction hears no more of it.
            otid: own.filter(|_| is_strange || matches!(kind, BEGIN | CONTINUE)),
            dtid: id(&mut members, DTID).filter(|_| matches!(kind, END | CONTINUE | ABORT)),
        }
    }
}

impl<'a> Begin<'a> {
    /// Reads a message that opens a transaction as nearly every one does, with all its portions.
    /// Nothing of anything else, right or wrong: that is for [`Message::decode`], which says the same
    /// of this one.
    #[must_use]
    #[inline(always)]
    pub fn usual(octets: &'a [u8]) -> Option<Self> {
        let mut cursor = Cursor::new(octets);
        let mut members = Element::read_long_if(&mut cursor, BEGIN)?.members().ok()?;
        let otid = Element::read_if(&mut members, OTID)?;
        let dialogue = Element::read_if(&mut members, DIALOGUE)?;
        let components = Element::read_long_if(&mut members, COMPONENTS)?;
        if !cursor.is_empty() || !members.is_empty() {
            return None;
        }
        Some(Self {
            otid: TransactionId::from_element(&otid).ok()?,
            dialogue: Some(DialoguePortion(dialogue)),
            components: Components(components.members().ok()?),
        })
    }

    fn decode(members: &mut Cursor<'a>) -> Result<Self, DecodeError> {
        let otid = transaction(members, OTID, "otid")?;
        let (dialogue, components) = portions(members)?;
        Ok(Self {
            otid,
            dialogue,
            components,
        })
    }
}

impl<'a> Continue<'a> {
    fn decode(members: &mut Cursor<'a>) -> Result<Self, DecodeError> {
        let otid = transaction(members, OTID, "otid")?;
        let dtid = transaction(members, DTID, "dtid")?;
        let (dialogue, components) = portions(members)?;
        Ok(Self {
            otid,
            dtid,
            dialogue,
            components,
        })
    }
}

impl<'a> End<'a> {
    fn decode(members: &mut Cursor<'a>) -> Result<Self, DecodeError> {
        let dtid = transaction(members, DTID, "dtid")?;
        let (dialogue, components) = portions(members)?;
        Ok(Self {
            dtid,
            dialogue,
            components,
        })
    }
}

impl<'a> Unidirectional<'a> {
    fn decode(members: &mut Cursor<'a>) -> Result<Self, DecodeError> {
        let (dialogue, components) = portions(members)?;
        Ok(Self {
            dialogue,
            components,
        })
    }
}

impl<'a> Abort<'a> {
    fn decode(members: &mut Cursor<'a>) -> Result<Self, DecodeError> {
        let dtid = transaction(members, DTID, "dtid")?;
        let cause = if members.is_empty() {
            None
        } else {
            let element = Element::only(*members)?;
            Some(match element.tag() {
                P_ABORT_CAUSE => AbortCause::Provider(PAbortCause::from_wire(element.integer()?)),
                DIALOGUE => AbortCause::User(DialoguePortion(element)),
                _ => return Err(element.unexpected()),
            })
        };
        Ok(Self { dtid, cause })
    }
}

fn transaction(
    members: &mut Cursor<'_>,
    tag: Tag,
    member: &'static str,
) -> Result<TransactionId, DecodeError> {
    if members.is_empty() {
        let at = members.at();
        return Err(DecodeError::Missing { at, member });
    }
    TransactionId::from_element(&Element::read(members)?.expect(tag)?)
}

type Portions<'a> = (Option<DialoguePortion<'a>>, Components<'a>);

/// The dialogue portion and the components, both optional, and nothing behind them.
fn portions<'a>(members: &mut Cursor<'a>) -> Result<Portions<'a>, DecodeError> {
    let none = Components::default();
    if members.is_empty() {
        return Ok((None, none));
    }
    let mut element = Element::read(members)?;
    let mut dialogue = None;
    if element.tag() == DIALOGUE {
        dialogue = Some(DialoguePortion(element));
        if members.is_empty() {
            return Ok((dialogue, none));
        }
        element = Element::read(members)?;
    }
    let components = Components(element.expect(COMPONENTS)?.members()?);
    if members.is_empty() {
        Ok((dialogue, components))
    } else {
        Err(Element::read(members)?.unexpected())
    }
}

/// An id that is next, if it is whole.
fn id(members: &mut Cursor<'_>, tag: Tag) -> Option<TransactionId> {
    let element = Element::read_if(members, tag)?;
    TransactionId::from_element(&element).ok()
}

/// BER that is none is badly formatted; anything else is the wrong thing in the right form.
const fn cause(error: &DecodeError) -> PAbortCause {
    match error {
        DecodeError::Missing { .. }
        | DecodeError::Unexpected { .. }
        | DecodeError::Size { .. }
        | DecodeError::Contents { .. } => PAbortCause::IncorrectTransactionPortion,
        _ => PAbortCause::BadlyFormattedTransactionPortion,
    }
}

pub(super) const UNIDIRECTIONAL: Tag = Tag::application(1);
pub(super) const BEGIN: Tag = Tag::application(2);
pub(super) const END: Tag = Tag::application(4);
pub(super) const CONTINUE: Tag = Tag::application(5);
pub(super) const ABORT: Tag = Tag::application(7);
pub(super) const OTID: Tag = Tag::application(8);
pub(super) const DTID: Tag = Tag::application(9);
pub(super) const P_ABORT_CAUSE: Tag = Tag::application(10);
pub(super) const DIALOGUE: Tag = Tag::application(11);
pub(super) const COMPONENTS: Tag = Tag::application(12);
