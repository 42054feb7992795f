//! Components: what is invoked and what comes of it (Q.773 clause 3.3).

use pengate_asn1::{Cursor, DecodeError, Element, Oid, Tag};
use thiserror::Error;

use super::{GeneralProblem, Problem};

/// The number of an invocation within its dialogue.
pub type InvokeId = i8;

/// Components, not yet read.
#[derive(Clone, Copy, Debug)]
pub struct Components<'a>(pub(super) Cursor<'a>);

/// One component.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Component<'a> {
    /// An operation is asked for.
    Invoke(Invoke<'a>),
    /// An operation succeeded.
    ReturnResult(ReturnResult<'a>),
    /// An operation failed.
    ReturnError(ReturnError<'a>),
    /// A component was not understood.
    Reject(Reject),
}

/// An operation is asked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Invoke<'a> {
    /// Under this number the answer comes.
    pub invoke_id: InvokeId,
    /// The operation during which this one is asked for.
    pub linked_id: Option<InvokeId>,
    /// Which operation.
    pub operation: Code<'a>,
    /// Its argument.
    pub argument: Option<Element<'a>>,
}

/// An operation succeeded.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ReturnResult<'a> {
    /// The number of the invoke.
    pub invoke_id: InvokeId,
    /// Whether there is no more of the result to come.
    pub is_last: bool,
    /// The operation and its result, if there is something to say.
    pub result: Option<(Code<'a>, Element<'a>)>,
}

/// An operation failed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ReturnError<'a> {
    /// The number of the invoke.
    pub invoke_id: InvokeId,
    /// Why.
    pub error: Code<'a>,
    /// More about it.
    pub parameter: Option<Element<'a>>,
}

/// A component was not understood.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Reject {
    /// Its number, if that was understood.
    pub invoke_id: Option<InvokeId>,
    /// Why.
    pub problem: Problem,
}

/// Which operation, or which error.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Code<'a> {
    /// A number that the application context explains.
    Local(i64),
    /// A name of its own.
    Global(Oid<'a>),
}

/// A component that cannot be read, and how to reject it.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("{error}")]
pub struct Faulty {
    /// What is wrong, and where.
    pub error: DecodeError,
    /// Its number, if that could be read.
    pub invoke_id: Option<InvokeId>,
    /// What to say to the peer.
    pub problem: GeneralProblem,
}

impl<'a> Components<'a> {
    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// One by one. Behind one that is not BER there can be no other.
    #[inline]
    pub fn iter(&self) -> impl Iterator<Item = Result<Component<'a>, Faulty>> + use<'a> {
        Iter(self.0)
    }
}

/// Components, one by one.
struct Iter<'a>(Cursor<'a>);

impl<'a> Iterator for Iter<'a> {
    type Item = Result<Component<'a>, Faulty>;

    #[inline(always)]
    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        // Nearly every one asks for an operation with a number.
        let mut rest = self.0;
        if let Some(element) = Element::read_long_if(&mut rest, INVOKE)
            && let Ok(members) = element.members()
            && let Some(invoke) = Invoke::usual(members)
        {
            self.0 = rest;
            return Some(Ok(Component::Invoke(invoke)));
        }
        Some(self.next_any())
    }
}

impl<'a> Iter<'a> {
    /// Any component, and whatever is wrong.
    #[inline(never)]
    fn next_any(&mut self) -> Result<Component<'a>, Faulty> {
        Element::read(&mut self.0)
            .map_err(|error| {
                self.0 = Cursor::new(&[]);
                Faulty {
                    error,
                    invoke_id: None,
                    problem: GeneralProblem::BadlyStructuredComponent,
                }
            })
            .and_then(Component::from_element)
    }
}

impl Default for Components<'_> {
    fn default() -> Self {
        Self(Cursor::new(&[]))
    }
}

impl PartialEq for Components<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.0.rest() == other.0.rest()
    }
}

impl Eq for Components<'_> {}

impl<'a> Component<'a> {
    fn from_element(element: Element<'a>) -> Result<Self, Faulty> {
        if element.tag() != INVOKE {
            return Self::from_answer(element);
        }
        let mut invoke_id = None;
        let invoke = Invoke::decode(&element, &mut invoke_id);
        invoke.map(Self::Invoke).map_err(|error| Faulty {
            error,
            invoke_id,
            problem: problem(&error),
        })
    }

    fn from_answer(element: Element<'a>) -> Result<Self, Faulty> {
        let mut invoke_id = None;
        let component = match element.tag() {
            RESULT_LAST => {
                ReturnResult::decode(&element, true, &mut invoke_id).map(Self::ReturnResult)
            }
            RESULT_NOT_LAST => {
                ReturnResult::decode(&element, false, &mut invoke_id).map(Self::ReturnResult)
            }
            ERROR => ReturnError::decode(&element, &mut invoke_id).map(Self::ReturnError),
            REJECT => Reject::decode(&element).map(Self::Reject),
            _ => {
                return Err(Faulty {
                    error: element.unexpected(),
                    invoke_id,
                    problem: GeneralProblem::UnrecognizedComponent,
                });
            }
        };
        component.map_err(|error| Faulty {
            error,
            invoke_id,
            problem: problem(&error),
        })
    }

    /// The number of the invocation it belongs to.
    #[must_use]
    pub const fn invoke_id(&self) -> Option<InvokeId> {
        match self {
            Self::Invoke(Invoke { invoke_id, .. })
            | Self::ReturnResult(ReturnResult { invoke_id, .. })
            | Self::ReturnError(ReturnError { invoke_id, .. }) => Some(*invoke_id),
            Self::Reject(reject) => reject.invoke_id,
        }
    }
}

impl<'a> Invoke<'a> {
    fn decode(element: &Element<'a>, known: &mut Option<InvokeId>) -> Result<Self, DecodeError> {
        let mut members = element.members()?;
        let invoke_id = own_id(&mut members, known)?;
        let mut member = due(&mut members, "opcode")?;
        let mut linked_id = None;
        if member.tag() == LINKED_ID {
            linked_id = Some(id(&member)?);
            member = due(&mut members, "opcode")?;
        }
        Ok(Self {
            invoke_id,
            linked_id,
            operation: Code::from_element(&member)?,
            argument: last(members)?,
        })
    }

    /// Nearly every one: no linked id, and an operation with a number.
    #[inline(always)]
    fn usual(mut members: Cursor<'a>) -> Option<Self> {
        let own = Element::read_if(&mut members, Tag::INTEGER)?;
        let operation = Element::read_if(&mut members, Tag::INTEGER)?;
        Some(Self {
            invoke_id: id(&own).ok()?,
            linked_id: None,
            operation: Code::Local(operation.integer().ok()?),
            argument: last(members).ok()?,
        })
    }
}

impl<'a> ReturnResult<'a> {
    fn decode(
        element: &Element<'a>,
        is_last: bool,
        known: &mut Option<InvokeId>,
    ) -> Result<Self, DecodeError> {
        let mut members = element.members()?;
        let invoke_id = own_id(&mut members, known)?;
        let result = match last(members)? {
            None => None,
            Some(result) => {
                let mut members = result.expect(Tag::SEQUENCE)?.members()?;
                let operation = Code::from_element(&due(&mut members, "opcode")?)?;
                // Some send the operation alone when there is nothing to say about it.
                last(members)?.map(|result| (operation, result))
            }
        };
        Ok(Self {
            invoke_id,
            is_last,
            result,
        })
    }
}

impl<'a> ReturnError<'a> {
    fn decode(element: &Element<'a>, known: &mut Option<InvokeId>) -> Result<Self, DecodeError> {
        let mut members = element.members()?;
        Ok(Self {
            invoke_id: own_id(&mut members, known)?,
            error: Code::from_element(&due(&mut members, "errcode")?)?,
            parameter: last(members)?,
        })
    }
}

impl Reject {
    fn decode(element: &Element<'_>) -> Result<Self, DecodeError> {
        let mut members = element.members()?;
        let first = due(&mut members, "invokeId")?;
        let invoke_id = match first.tag() {
            Tag::NULL => None,
            Tag::INTEGER => Some(id(&first)?),
            _ => return Err(first.unexpected()),
        };
        let last = Element::only(members)?;
        let problem = match last.tag() {
            tag if tag == Tag::context(tag.number()) => {
                Problem::from_wire(tag.number(), last.integer()?)
            }
            _ => None,
        };
        let problem = problem.ok_or_else(|| last.unexpected())?;
        Ok(Self { invoke_id, problem })
    }
}

impl<'a> Code<'a> {
    #[inline(always)]
    fn from_element(element: &Element<'a>) -> Result<Self, DecodeError> {
        match element.tag() {
            Tag::INTEGER => element.integer().map(Self::Local),
            Tag::OBJECT_IDENTIFIER => element.oid().map(Self::Global),
            _ => Err(element.unexpected()),
        }
    }
}

#[inline(always)]
fn own_id(members: &mut Cursor<'_>, known: &mut Option<InvokeId>) -> Result<InvokeId, DecodeError> {
    let own = id(&due(members, "invokeId")?.expect(Tag::INTEGER)?)?;
    *known = Some(own);
    Ok(own)
}

#[inline(always)]
fn id(element: &Element<'_>) -> Result<InvokeId, DecodeError> {
    let value = element.integer()?;
    let at = element.at();
    InvokeId::try_from(value).map_err(|_| DecodeError::Value { at, value })
}

#[inline(always)]
fn due<'a>(members: &mut Cursor<'a>, member: &'static str) -> Result<Element<'a>, DecodeError> {
    if members.is_empty() {
        let at = members.at();
        return Err(DecodeError::Missing { at, member });
    }
    Element::read(members)
}

/// At most one more.
#[inline(always)]
fn last(members: Cursor<'_>) -> Result<Option<Element<'_>>, DecodeError> {
    if members.is_empty() {
        Ok(None)
    } else {
        Element::only(members).map(Some)
    }
}

const fn problem(error: &DecodeError) -> GeneralProblem {
    match error {
        DecodeError::Missing { .. }
        | DecodeError::Unexpected { .. }
        | DecodeError::Trailing { .. }
        | DecodeError::Value { .. }
        | DecodeError::Contents { .. } => GeneralProblem::MistypedComponent,
        _ => GeneralProblem::BadlyStructuredComponent,
    }
}

pub(super) const INVOKE: Tag = Tag::context(1);
pub(super) const RESULT_LAST: Tag = Tag::context(2);
pub(super) const ERROR: Tag = Tag::context(3);
pub(super) const REJECT: Tag = Tag::context(4);
pub(super) const RESULT_NOT_LAST: Tag = Tag::context(7);
pub(super) const LINKED_ID: Tag = Tag::context(0);
