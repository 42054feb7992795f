//! Components of a dialogue, and what is said to each (Q.774 clause 3.2.2).

use std::ops::RangeInclusive;

use pengate_asn1::{DecodeError, Value};
use pengate_codecs::{
    Stamp,
    map::Refusal,
    tcap::{
        Code, Component, ComponentWriter, Components, Faulty, Invoke, InvokeId, InvokeProblem,
        Problem, ReturnErrorProblem, ReturnResultProblem,
    },
};
use smallvec::SmallVec;

use super::Said;
use crate::agent::room::Ticket;

/// What is said to one component.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Reply {
    /// Nothing: the operation reports nothing.
    Nothing(InvokeId),
    /// A result, once its event is recorded.
    Waits(InvokeId, Ticket),
    Result(InvokeId),
    /// An error of the operation, by its code.
    Error(InvokeId, i64),
    Reject(Option<InvokeId>, Problem),
}

pub(super) type Replies = SmallVec<[Reply; 1]>;

/// Where we ask nothing.
#[expect(clippy::reversed_empty_ranges, reason = "no invocation is ours")]
pub(super) const NOTHING: RangeInclusive<InvokeId> = 1..=0;

/// missingParameter and parameterOutOfRange of CAP (TS 29.078 clause 5.3), for [`read`].
pub(super) const CAP_ERRORS: [i64; 2] = [7, 8];

impl Reply {
    pub(super) const fn reject(id: InvokeId, problem: InvokeProblem) -> Self {
        Self::Reject(Some(id), Problem::Invoke(problem))
    }

    const fn invoke_id(self) -> Option<InvokeId> {
        match self {
            Self::Nothing(id) | Self::Waits(id, _) | Self::Result(id) | Self::Error(id, _) => {
                Some(id)
            }
            Self::Reject(id, _) => id,
        }
    }

    pub(super) const fn waits(self) -> bool {
        matches!(self, Self::Waits(..))
    }

    /// Whether it says that something was wrong.
    pub(super) const fn refuses(self) -> bool {
        matches!(self, Self::Error(..) | Self::Reject(..))
    }

    pub(super) fn write(self, writer: &mut ComponentWriter<'_>) {
        match self {
            Self::Nothing(_) | Self::Waits(..) => {}
            Self::Result(id) => writer.empty_result(id),
            Self::Error(id, code) => writer.error(id, Code::Local(code), |_| {}),
            Self::Reject(id, problem) => writer.reject(id, problem),
        }
    }
}

/// Goes through the components of a message. `serve` says what is said to an operation that is
/// invoked; answers to what was `asked` are the caller's to look at. What is said joins `replies`,
/// which wait from earlier messages of the dialogue. After `most` in all the rest is left.
pub(super) fn triage<'a>(
    now: Stamp,
    components: &Components<'a>,
    replies: &mut Replies,
    (asked, most): (RangeInclusive<InvokeId>, usize),
    said: &mut Said<'_>,
    mut serve: impl FnMut(&Invoke<'a>, &mut Said<'_>) -> Reply,
) {
    for component in components.iter() {
        let is_full = replies.len() >= most;
        let reply = match component {
            Ok(Component::Invoke(invoke)) if replies.len() == most => {
                said.fault(now, "invokes-max", None);
                let full = InvokeProblem::ResourceLimitation;
                replies.push(Reply::reject(invoke.invoke_id, full));
                break;
            }
            _ if is_full => break,
            Ok(Component::Invoke(invoke)) => {
                let own = Some(invoke.invoke_id);
                Some(if replies.iter().any(|reply| reply.invoke_id() == own) {
                    said.fault(now, "duplicate-invoke", None);
                    Reply::reject(invoke.invoke_id, InvokeProblem::DuplicateInvokeId)
                } else {
                    serve(&invoke, said)
                })
            }
            Ok(Component::Reject(_)) => {
                said.fault(now, "rejected", None);
                None
            }
            Ok(answer) => unasked(&answer, &asked),
            Err(Faulty {
                error,
                invoke_id,
                problem,
            }) => {
                said.fault(now, "component", Some(error.at()));
                Some(Reply::Reject(invoke_id, Problem::General(problem)))
            }
        };
        if let Some(reply) = reply {
            replies.push(reply);
        }
    }
}

/// Answers to what was never asked.
fn unasked(component: &Component<'_>, asked: &RangeInclusive<InvokeId>) -> Option<Reply> {
    let problem = match component {
        Component::ReturnResult(_) => {
            Problem::ReturnResult(ReturnResultProblem::UnrecognizedInvokeId)
        }
        Component::ReturnError(_) => Problem::ReturnError(ReturnErrorProblem::UnrecognizedInvokeId),
        Component::Invoke(_) | Component::Reject(_) => return None,
    };
    let own = component.invoke_id();
    let was_asked = own.is_some_and(|own| asked.contains(&own));
    (!was_asked).then_some(Reply::Reject(own, problem))
}

/// An operation that no dialogue of this context has.
pub(super) fn unknown(now: Stamp, invoke: &Invoke<'_>, said: &mut Said<'_>) -> Reply {
    said.fault(now, "operation", None);
    Reply::reject(invoke.invoke_id, InvokeProblem::UnrecognizedOperation)
}

/// Reads the argument of an operation, which stays where it is. Says what is said when there is none, or
/// it cannot be read: `codes` are those of the errors for something that is missing and for a value that
/// may not be.
#[inline(always)]
pub(super) fn read<'a, V: Value<'a>>(
    now: Stamp,
    invoke: &Invoke<'a>,
    told: &mut V,
    codes: [i64; 2],
    said: &mut Said<'_>,
) -> Result<(), Reply> {
    let own = invoke.invoke_id;
    let Some(argument) = invoke.argument else {
        said.fault(now, "data-missing", None);
        return Err(Reply::Error(own, codes[0]));
    };
    told.read_any(argument)
        .map_err(|error| unreadable(now, own, &error, codes, said))
}

/// What is said to an argument that cannot be read: with the code of the protocol's error for
/// something that is missing, or for a value that may not be.
#[cold]
fn unreadable(
    now: Stamp,
    id: InvokeId,
    error: &DecodeError,
    [missing, value]: [i64; 2],
    said: &mut Said<'_>,
) -> Reply {
    let (kind, reply) = match (error, Refusal::from(error)) {
        (DecodeError::Missing { .. }, _) => ("data-missing", Reply::Error(id, missing)),
        (_, Refusal::Error(_)) => ("data-value", Reply::Error(id, value)),
        (_, Refusal::Reject(problem)) => ("mistyped", Reply::reject(id, problem)),
    };
    said.fault(now, kind, Some(error.at()));
    reply
}
