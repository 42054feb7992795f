//! Dialogues of mm-EventReporting: what a VLR or an SGSN tells, and how it is answered
//! (TS 29.002 clauses 7.3, 8.1.8 and 15.1).

use pengate_asn1::{Oid, Value};
use pengate_codecs::{
    Stamp,
    map::{self, NoteMmEventArg, Operation},
    tcap::{Aare, AbortSource, Abrt, ComponentWriter, Components, Dialogue, Invoke},
};

use super::{
    Said, Ss7, Talk,
    components::{NOTHING, Replies, Reply, read, triage, unknown},
    mobility,
    mobility::Meaning,
    report,
};
use crate::{
    agent::room::{Ticket, Verdict},
    event::Source,
    session::{sccp::Path, tcap::DialogueId},
};

/// A dialogue that is answered when everything in it is durable.
#[derive(Debug, Default)]
pub(super) struct Note {
    replies: Replies,
    /// Whether the peer was told already that the context is spoken.
    is_accepted: bool,
    /// Whether the log did not take something.
    is_refused: bool,
}

impl Ss7 {
    /// Takes the components that come with a dialogue.
    pub(super) fn on_note_begin(
        &mut self,
        now: Stamp,
        (id, path): (DialogueId, &Path),
        components: &Components<'_>,
        said: &mut Said<'_>,
    ) {
        self.take_note(now, (id, path), components, Note::default(), said);
    }

    /// The same of one that goes on: it speaks for who began it.
    pub(super) fn on_note_continue(
        &mut self,
        now: Stamp,
        id: DialogueId,
        components: &Components<'_>,
        said: &mut Said<'_>,
    ) {
        self.due.clear(id);
        let note = match self.dialogues.user_mut(id) {
            Some(Talk::Note(note)) => std::mem::take(note),
            _ => return,
        };
        if let Some(path) = self.dialogues.path(id).map(|(path, _)| path.clone()) {
            self.take_note(now, (id, &path), components, note, said);
        }
    }

    /// Goes through components, and answers if nothing has to wait.
    #[inline(always)]
    fn take_note(
        &mut self,
        now: Stamp,
        (id, path): (DialogueId, &Path),
        components: &Components<'_>,
        mut note: Note,
        said: &mut Said<'_>,
    ) {
        let limits = (NOTHING, self.options.invokes_max);
        let replies = &mut note.replies;
        triage(now, components, replies, limits, said, |invoke, said| {
            self.on_note_invoke(now, id, path, invoke, said)
        });
        let waits = note.replies.iter().any(|reply| reply.waits());
        let is_opening = components.is_empty() && !note.is_accepted;
        note.is_accepted |= is_opening;
        if let Some(user) = self.dialogues.user_mut(id) {
            *user = Talk::Note(note);
        }
        if is_opening {
            // What it is about comes with the next message.
            return self.accept(now, id, said);
        }
        if !waits {
            self.answer_note(id, said);
        }
    }

    fn accept(&mut self, now: Stamp, id: DialogueId, said: &mut Said<'_>) {
        let octets = map::ApplicationContext::MM_EVENT_REPORTING.to_octets();
        if let Some(context) = Oid::from_wire(&octets) {
            let dialogue = Some(Dialogue::Response(Aare::accept(context)));
            self.due.set(id, now + self.options.tcap.result_timeout);
            let (dialogues, mut lower) = self.lower(said);
            dialogues.proceed(now, id, dialogue, |_| {}, &mut lower);
        }
    }

    /// A dialogue was opened, and nothing came of it.
    pub(super) fn on_note_due(&mut self, now: Stamp, id: DialogueId, said: &mut Said<'_>) {
        said.fault(now, "nothing-told", None);
        self.abort(id, None, said);
    }

    #[inline(always)]
    fn on_note_invoke(
        &mut self,
        now: Stamp,
        id: DialogueId,
        path: &Path,
        invoke: &Invoke<'_>,
        said: &mut Said<'_>,
    ) -> Reply {
        let own = invoke.invoke_id;
        if Operation::from_code(invoke.operation) != Some(Operation::NoteMmEvent) {
            return unknown(now, invoke, said);
        }
        // It is read where it stays: it has some 700 octets.
        let mut told = NoteMmEventArg::blank();
        let codes = [DATA_MISSING, UNEXPECTED_DATA];
        if let Err(reply) = read(now, invoke, &mut told, codes, said) {
            return reply;
        }
        let Some(meaning) = Meaning::of(told.event_met) else {
            said.fault(now, "mm-code", None);
            return if self.options.mobility.acknowledge_unknown {
                Reply::Result(own)
            } else {
                Reply::Error(own, EVENT_NOT_SUPPORTED)
            };
        };
        said.source = meaning.source();
        let Some(imsi) = report::imsi(told.imsi) else {
            said.fault(now, "data-value", None);
            return Reply::Error(own, UNEXPECTED_DATA);
        };
        let at = self.arrivals.stamp(now);
        let reporter = self.reporters.of(path);
        let ticket = self.tickets.give(Some(id));
        let event = || mobility::event(at, reporter, meaning, (imsi, &told));
        said.out.tell_with(ticket, event);
        Reply::Waits(own, ticket)
    }

    /// An event of a dialogue was recorded, or not.
    pub(super) fn on_note_settled(
        &mut self,
        id: DialogueId,
        ticket: Ticket,
        verdict: Verdict,
        said: &mut Said<'_>,
    ) {
        let Some(Talk::Note(note)) = self.dialogues.user_mut(id) else {
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
        let Some(Talk::Note(note)) = self.dialogues.user_mut(id) else {
            return;
        };
        if note.replies.iter().any(|reply| reply.waits()) {
            return;
        }
        let note = std::mem::take(note);
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

/// Errors of the operation (TS 29.002 clause 17.6.6).
const DATA_MISSING: i64 = 35;
const UNEXPECTED_DATA: i64 = 36;
const EVENT_NOT_SUPPORTED: i64 = 59;

/// The reference point of a subsystem, when nothing else tells it.
pub(super) fn source(path: &Path) -> Source {
    match path.remote.subsystem() {
        Some(pengate_codecs::sccp::subsystem::SGSN) => Source::Pg,
        _ => Source::Pc,
    }
}
