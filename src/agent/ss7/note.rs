//! Dialogues of mm-EventReporting: what a VLR or an SGSN tells, and how it is answered
//! (TS 29.002 clauses 7.3, 8.1.8 and 15.1).

use pengate_asn1::{Oid, Value};
use pengate_codecs::{
    Stamp,
    map::{self, ErrorCode, NoteMmEventArg, Operation, Refusal},
    tcap::{
        Aare, AbortSource, Abrt, Component, ComponentWriter, Components, Dialogue, Faulty, Invoke,
        InvokeId, InvokeProblem, Problem, ReturnErrorProblem, ReturnResultProblem,
    },
};
use smallvec::SmallVec;

use super::{Said, Ss7, Talk, mobility, mobility::Meaning};
use crate::{
    agent::room::{Ticket, Verdict},
    event::Source,
    session::{sccp::Path, tcap::DialogueId},
};

/// A dialogue that is answered when everything in it is durable.
#[derive(Debug, Default)]
pub(super) struct Note {
    replies: SmallVec<[Reply; 1]>,
    /// Whether the peer was told already that the context is spoken.
    is_accepted: bool,
    /// Whether the log did not take something.
    is_refused: bool,
}

/// What is said to one component.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Reply {
    /// Nothing yet: its event is on the way to the log.
    Waits(InvokeId, Ticket),
    Result(InvokeId),
    Error(InvokeId, ErrorCode),
    Reject(Option<InvokeId>, Problem),
}

impl Reply {
    const fn invoke_id(self) -> Option<InvokeId> {
        match self {
            Self::Waits(id, _) | Self::Result(id) | Self::Error(id, _) => Some(id),
            Self::Reject(id, _) => id,
        }
    }

    fn write(self, writer: &mut ComponentWriter<'_>) {
        match self {
            Self::Waits(..) => {}
            Self::Result(id) => writer.empty_result(id),
            Self::Error(id, error) => writer.error(id, error.code(), |_| {}),
            Self::Reject(id, problem) => writer.reject(id, problem),
        }
    }
}

impl Ss7 {
    /// Takes the components of a dialogue, and answers if nothing has to wait.
    pub(super) fn on_note(
        &mut self,
        now: Stamp,
        id: DialogueId,
        components: &Components<'_>,
        said: &mut Said<'_>,
    ) {
        let Some(path) = self.dialogues.path(id).map(|(path, _)| path.clone()) else {
            return;
        };
        let mut note = match self.dialogues.user(id).map(std::mem::take) {
            Some(Talk::Note(note)) => *note,
            _ => Note::default(),
        };
        let is_empty = components.is_empty();
        for component in components.iter() {
            let is_full = note.replies.len() >= self.options.invokes_max;
            let reply = match component {
                Ok(Component::Invoke(invoke)) if is_full => {
                    said.fault(now, "invokes-max", None);
                    let full = Problem::Invoke(InvokeProblem::ResourceLimitation);
                    note.replies
                        .push(Reply::Reject(Some(invoke.invoke_id), full));
                    break;
                }
                _ if is_full => break,
                Ok(Component::Invoke(invoke)) => {
                    Some(self.on_note_invoke(now, id, &path, &note, &invoke, said))
                }
                Ok(answer) => unasked(&answer),
                Err(Faulty {
                    error,
                    invoke_id,
                    problem,
                }) => {
                    said.fault(now, "component", Some(error.at()));
                    Some(Reply::Reject(invoke_id, Problem::General(problem)))
                }
            };
            note.replies.extend(reply);
        }
        let is_opening = is_empty && !note.is_accepted;
        note.is_accepted |= is_opening;
        if let Some(user) = self.dialogues.user(id) {
            *user = Talk::Note(Box::new(note));
        }
        if is_opening {
            // What it is about comes with the next message.
            return self.accept(now, id, said);
        }
        self.answer_note(id, said);
    }

    fn accept(&mut self, now: Stamp, id: DialogueId, said: &mut Said<'_>) {
        let octets = map::ApplicationContext::MM_EVENT_REPORTING.to_octets();
        if let Some(context) = Oid::from_wire(&octets) {
            let dialogue = Some(Dialogue::Response(Aare::accept(context)));
            let (dialogues, mut lower) = self.lower(said);
            dialogues.proceed(now, id, dialogue, |_| {}, &mut lower);
        }
    }

    fn on_note_invoke(
        &mut self,
        now: Stamp,
        id: DialogueId,
        path: &Path,
        note: &Note,
        invoke: &Invoke<'_>,
        said: &mut Said<'_>,
    ) -> Reply {
        let own = invoke.invoke_id;
        let reject = |problem| Reply::Reject(Some(own), Problem::Invoke(problem));
        let mut known = note.replies.iter().map(|reply| reply.invoke_id());
        if known.any(|known| known == Some(own)) {
            said.fault(now, "duplicate-invoke", None);
            return reject(InvokeProblem::DuplicateInvokeId);
        }
        if Operation::from_code(invoke.operation) != Some(Operation::NoteMmEvent) {
            said.fault(now, "operation", None);
            return reject(InvokeProblem::UnrecognizedOperation);
        }
        let Some(argument) = invoke.argument else {
            said.fault(now, "data-missing", None);
            return Reply::Error(own, ErrorCode::DataMissing);
        };
        let told = match NoteMmEventArg::from_any(argument) {
            Ok(told) => told,
            Err(error) => {
                let (kind, reply) = match Refusal::from(&error) {
                    Refusal::Error(ErrorCode::DataMissing) => {
                        ("data-missing", Reply::Error(own, ErrorCode::DataMissing))
                    }
                    Refusal::Error(code) => ("data-value", Reply::Error(own, code)),
                    Refusal::Reject(problem) => ("mistyped", reject(problem)),
                };
                said.fault(now, kind, Some(error.at()));
                return reply;
            }
        };
        let Some(meaning) = Meaning::of(told.event_met) else {
            said.fault(now, "mm-code", None);
            return if self.options.mobility.acknowledge_unknown {
                Reply::Result(own)
            } else {
                Reply::Error(own, ErrorCode::MmEventNotSupported)
            };
        };
        said.source = meaning.source();
        let at = self.arrivals.stamp(now);
        match mobility::event(at, path, meaning, &told) {
            Ok(event) => Reply::Waits(own, self.tell(event, id, said)),
            Err(error) => {
                said.fault(now, "data-value", None);
                Reply::Error(own, error)
            }
        }
    }

    /// An event of a dialogue was recorded, or not.
    pub(super) fn on_note_settled(
        &mut self,
        id: DialogueId,
        ticket: Ticket,
        verdict: Verdict,
        said: &mut Said<'_>,
    ) {
        let Some(Talk::Note(note)) = self.dialogues.user(id) else {
            return;
        };
        for reply in &mut note.replies {
            if let Reply::Waits(own, waits) = *reply
                && waits == ticket
            {
                *reply = Reply::Result(own);
            }
        }
        note.is_refused |= verdict == Verdict::Refused;
        self.answer_note(id, said);
    }

    /// Ends the dialogue, unless something waits.
    ///
    /// An event that was not recorded is not acknowledged: the operation has no error for that, so
    /// the user of the dialogue gives it up, for want of resources.
    fn answer_note(&mut self, id: DialogueId, said: &mut Said<'_>) {
        let Some(Talk::Note(note)) = self.dialogues.user(id) else {
            return;
        };
        let waits = |reply: &Reply| matches!(reply, Reply::Waits(..));
        if note.replies.iter().any(waits) {
            return;
        }
        let note = std::mem::take(&mut **note);
        let octets = map::ApplicationContext::MM_EVENT_REPORTING.to_octets();
        let context = Oid::from_wire(&octets).filter(|_| !note.is_accepted);
        let (dialogues, mut lower) = self.lower(said);
        if note.is_refused {
            let abort = Dialogue::Abort(Abrt {
                source: AbortSource::User,
                user_information: Some(map::RESOURCE_UNAVAILABLE),
            });
            dialogues.abort(id, Some(abort), &mut lower);
            return;
        }
        let dialogue = context.map(|context| Dialogue::Response(Aare::accept(context)));
        let write = |writer: &mut ComponentWriter<'_>| {
            note.replies.iter().for_each(|reply| reply.write(writer));
        };
        dialogues.end(id, dialogue, write, &mut lower);
    }
}

/// Answers to what was never asked.
const fn unasked(component: &Component<'_>) -> Option<Reply> {
    let problem = match component {
        Component::ReturnResult(_) => {
            Problem::ReturnResult(ReturnResultProblem::UnrecognizedInvokeId)
        }
        Component::ReturnError(_) => Problem::ReturnError(ReturnErrorProblem::UnrecognizedInvokeId),
        Component::Invoke(_) | Component::Reject(_) => return None,
    };
    Some(Reply::Reject(component.invoke_id(), problem))
}

/// The reference point of a subsystem, when nothing else tells it.
pub(super) fn source(path: &Path) -> Source {
    match path.remote.party().subsystem {
        Some(pengate_codecs::sccp::subsystem::SGSN) => Source::Pg,
        _ => Source::Pc,
    }
}
