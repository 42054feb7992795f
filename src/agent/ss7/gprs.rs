//! Packet sessions over CAP: the gprsSSF asks how to go on, tells its events in dialogues of their
//! own, and ties them together by a reference (TS 23.078 clause 6, TS 29.078 clauses 12 and 14.1.7).

mod facts;
mod table;

use pengate_asn1::{Oid, Value};
use pengate_codecs::{
    Stamp,
    cap::{
        self, ApplicationContext, CapGprsReferenceNumber, EntityReleasedGprsArg,
        EventReportGprsArg, InitialDpGprsArg, Integer4, Operation,
    },
    tcap::{
        Aare, AbortSource, Abrt, ComponentWriter, Components, Dialogue, Invoke, InvokeId,
        InvokeProblem, UserInformation,
    },
};
use smallvec::SmallVec;

pub(super) use self::table::{Gprs, Sessions};
use super::{
    Said, Ss7, Talk,
    call::is_request,
    components::{CAP_ERRORS, NOTHING, Replies, Reply, read, triage, unknown},
    keep::{Kept, Name},
};
use crate::{
    agent::room::Verdict,
    event::{NetworkEvent, Source},
    session::tcap::DialogueId,
};

/// A dialogue of TCAP in which a gprsSSF speaks.
#[derive(Debug)]
pub(super) struct Serving {
    /// Our reference.
    ours: u32,
    /// Theirs, while they are to be told ours.
    opens: Option<u32>,
    /// Which events are to be reported of what begins.
    reports: &'static [cap::GprsEventType],
    replies: Replies,
    /// The contexts that wait to be told to go on.
    goes_on: SmallVec<[Option<cap::PdpId>; 1]>,
    waits: usize,
    /// Whether the context was accepted.
    is_accepted: bool,
    /// Whether something waits for our answer.
    is_due: bool,
}

impl Ss7 {
    /// A gprsSSF begins a dialogue of TCAP: one of its own, or one that goes on with another.
    pub(super) fn on_gprs_begin(
        &mut self,
        now: Stamp,
        id: DialogueId,
        dialogue: &Dialogue<'_>,
        components: &Components<'_>,
        said: &mut Said<'_>,
    ) {
        said.source = Source::Pg;
        let reference = match CapGprsReferenceNumber::of(dialogue) {
            Ok(reference) => reference,
            Err(error) => {
                said.fault(now, "reference", Some(error.at()));
                None
            }
        };
        let number = |told: Option<Integer4>| told.map(Integer4::get);
        let ours = reference.and_then(|it| number(it.destination_reference));
        let theirs = reference.and_then(|it| number(it.origination_reference));
        match (ours, theirs) {
            (None, Some(theirs)) => self.on_gprs_opens(now, id, theirs, components, said),
            (Some(ours), _) => {
                let known = self.sessions.get(ours);
                if known.is_some_and(|known| theirs.is_none_or(|it| it == known.theirs)) {
                    self.on_gprs_goes_on(now, id, ours, components, said);
                } else {
                    said.fault(now, "invalid-reference", None);
                    self.abort(id, Some(abort(cap::INVALID_REFERENCE)), said);
                }
            }
            (None, None) => {
                said.fault(now, "missing-reference", None);
                self.abort(id, Some(abort(cap::MISSING_REFERENCE)), said);
            }
        }
    }

    fn on_gprs_opens(
        &mut self,
        now: Stamp,
        id: DialogueId,
        theirs: u32,
        components: &Components<'_>,
        said: &mut Said<'_>,
    ) {
        let Some(path) = self.dialogues.path(id).map(|(path, _)| path.clone()) else {
            return;
        };
        let ours = self.sessions.reference();
        let reporter = self.reporters.of(&path).name;
        let mut opened = None;
        let limits = (NOTHING, self.options.invokes_max);
        let mut replies = Replies::new();
        let to = &mut replies;
        triage(now, components, to, limits, said, |invoke, said| {
            if Operation::from_code(invoke.operation) != Some(Operation::InitialDpGprs)
                || opened.is_some()
            {
                return unknown(now, invoke, said);
            }
            let mut told = InitialDpGprsArg::blank();
            if let Err(reply) = read(now, invoke, &mut told, CAP_ERRORS, said) {
                return reply;
            }
            let mut gprs = Gprs::new(theirs, reporter.clone(), &told, now);
            let facts = facts::of_initial_dp(now, ours, &mut gprs, &told, &self.options.cap);
            opened = Some((gprs, facts, facts::reports(told.gprs_event_type)));
            Reply::Nothing(invoke.invoke_id)
        });
        let Some((gprs, facts, reports)) = opened else {
            if replies.is_empty() {
                said.fault(now, "no-operation", None);
            }
            return self.refuse_gprs(id, &replies, said);
        };
        // What is refused ends the dialogue, and what was told beside it is told.
        let is_refused = replies.iter().any(|reply| reply.refuses());
        let is_of_use = gprs.is_somebodys() && !facts.is_over && !is_refused;
        let is_wanted = self.options.cap.monitor && is_of_use;
        let is_watched = is_wanted && self.has_room(now);
        if is_wanted && !is_watched {
            said.fault(now, "sessions-max", None);
        }
        let mut serving = Serving {
            ours,
            opens: Some(theirs),
            reports: if is_watched { reports } else { &[] },
            replies,
            goes_on: SmallVec::from_slice(&[None]),
            waits: 0,
            is_accepted: false,
            is_due: false,
        };
        let facts = facts.of_somebody(gprs.is_somebodys());
        let facts = if is_watched {
            facts
        } else {
            facts.without_sessions()
        };
        let events = facts.events(&mut self.arrivals, now, &gprs);
        if is_watched {
            self.sessions.insert(ours, gprs);
        }
        serving.waits = self.tell_gprs(events, (ours, is_watched), id, said);
        self.serve(now, id, serving, said);
    }

    /// Tells events of a session, each with the session as it is to be kept; returns how many.
    fn tell_gprs(
        &mut self,
        events: Vec<NetworkEvent>,
        (ours, was_known): (u32, bool),
        id: DialogueId,
        said: &mut Said<'_>,
    ) -> usize {
        let count = events.len();
        let name = Name::Session(ours);
        for event in events {
            let ticket = self.tell(event, Some(id), said);
            let kept = match self.sessions.get(ours) {
                Some(session) => Kept::Session(ours, Box::new(session.clone())),
                None if was_known => Kept::Over(name),
                None => continue,
            };
            self.memory.hold(ticket, kept);
        }
        self.memory.touch(name);
        count
    }

    /// Answers when everything is durable; what is added to an answer does not put it off.
    fn serve(&mut self, now: Stamp, id: DialogueId, mut serving: Serving, said: &mut Said<'_>) {
        let is_waiting = serving.waits > 0;
        let was_due = std::mem::replace(&mut serving.is_due, true);
        if let Some(user) = self.dialogues.user_mut(id) {
            *user = Talk::Gprs(Box::new(serving));
        }
        if !is_waiting {
            self.answer_gprs(now, id, said);
        } else if !was_due {
            self.due.set(id, now + self.options.cap.deadline);
        }
    }

    fn on_gprs_goes_on(
        &mut self,
        now: Stamp,
        id: DialogueId,
        ours: u32,
        components: &Components<'_>,
        said: &mut Said<'_>,
    ) {
        let serving = Serving {
            ours,
            opens: None,
            reports: &[],
            replies: Replies::new(),
            goes_on: SmallVec::new(),
            waits: 0,
            is_accepted: false,
            is_due: false,
        };
        self.hear_gprs(now, id, serving, components, said);
    }

    /// The gprsSSF says more in a dialogue that it did not end yet.
    pub(super) fn on_gprs_continue(
        &mut self,
        now: Stamp,
        id: DialogueId,
        components: &Components<'_>,
        said: &mut Said<'_>,
    ) {
        said.source = Source::Pg;
        let talk = self.dialogues.user_mut(id).map(std::mem::take);
        let Some(Talk::Gprs(serving)) = talk else {
            return;
        };
        // What it was told with the first answer is not told again; what waits goes on waiting.
        let serving = Serving {
            opens: None,
            reports: &[],
            ..*serving
        };
        self.hear_gprs(now, id, serving, components, said);
    }

    /// Takes what is told of a session, and has it answered.
    fn hear_gprs(
        &mut self,
        now: Stamp,
        id: DialogueId,
        mut serving: Serving,
        components: &Components<'_>,
        said: &mut Said<'_>,
    ) {
        let ours = serving.ours;
        let most = self.options.invokes_max;
        // One for each context that waited to be told to go on.
        let last = InvokeId::try_from(most.saturating_add(1)).unwrap_or(InvokeId::MAX);
        let mut replies = std::mem::take(&mut serving.replies);
        let mut waits = 0;
        triage(
            now,
            components,
            &mut replies,
            (REPORT..=last, most),
            said,
            |invoke, said| {
                let (reply, told, goes_on) = self.on_gprs_invoke(now, id, ours, invoke, said);
                waits += told;
                serving.goes_on.extend(goes_on);
                reply
            },
        );
        serving.replies = replies;
        serving.waits += waits;
        if serving.replies.iter().any(|reply| reply.refuses()) {
            // What is refused ends the session's dialogue with us (TS 29.078 clause 14.1), with the
            // answer, which waits for what is recorded.
            self.sessions.remove(ours);
            self.memory.touch(Name::Session(ours));
        }
        if serving.replies.is_empty() && serving.is_accepted {
            if let Some(user) = self.dialogues.user_mut(id) {
                *user = Talk::Gprs(Box::new(serving));
            }
            return;
        }
        self.serve(now, id, serving, said);
    }

    /// What is said to an operation, how many events it told, and what waits to be told to go on.
    fn on_gprs_invoke(
        &mut self,
        now: Stamp,
        id: DialogueId,
        ours: u32,
        invoke: &Invoke<'_>,
        said: &mut Said<'_>,
    ) -> (Reply, usize, Option<Option<cap::PdpId>>) {
        let own = invoke.invoke_id;
        let mistyped = Reply::reject(own, InvokeProblem::MistypedParameter);
        let operation = Operation::from_code(invoke.operation);
        let argument = match (operation, invoke.argument) {
            (_, Some(argument)) => argument,
            (Some(Operation::EventReportGprs | Operation::EntityReleasedGprs), None) => {
                said.fault(now, "data-missing", None);
                return (mistyped, 0, None);
            }
            (_, None) => return (unknown(now, invoke, said), 0, None),
        };
        let cap = self.options.cap;
        let (facts, goes_on) = match operation {
            Some(Operation::EventReportGprs) => match EventReportGprsArg::from_any(argument) {
                Ok(told) => {
                    let waits = is_request(told.misc_gprs_info.as_ref());
                    let facts = self.sessions.with(ours, now, |gprs| {
                        facts::of_event(now, ours, gprs, &told, &cap)
                    });
                    (facts, waits.then_some(told.pdp_id))
                }
                Err(error) => {
                    said.fault(now, "mistyped", Some(error.at()));
                    return (mistyped, 0, None);
                }
            },
            Some(Operation::EntityReleasedGprs) => {
                match EntityReleasedGprsArg::from_any(argument) {
                    Ok(told) => {
                        let facts = self
                            .sessions
                            .with(ours, now, |gprs| facts::of_release(gprs, told.pdp_id));
                        (facts, None)
                    }
                    Err(error) => {
                        said.fault(now, "mistyped", Some(error.at()));
                        return (mistyped, 0, None);
                    }
                }
            }
            _ => return (unknown(now, invoke, said), 0, None),
        };
        let mut told = 0;
        if let (Some(facts), Some(gprs)) = (facts, self.sessions.get(ours).cloned()) {
            let is_over = facts.is_over;
            let events = facts.events(&mut self.arrivals, now, &gprs);
            if is_over {
                self.sessions.remove(ours);
            }
            told = self.tell_gprs(events, (ours, true), id, said);
        }
        (Reply::Result(own), told, goes_on)
    }

    /// An event was recorded, or not: a session is not held up by that.
    pub(super) fn on_gprs_settled(
        &mut self,
        now: Stamp,
        id: DialogueId,
        verdict: Verdict,
        said: &mut Said<'_>,
    ) {
        said.source = Source::Pg;
        if verdict == Verdict::Refused {
            said.fault(now, "not-recorded", None);
        }
        let Some(Talk::Gprs(serving)) = self.dialogues.user_mut(id) else {
            return;
        };
        serving.waits = serving.waits.saturating_sub(1);
        if serving.waits == 0 && serving.is_due {
            self.answer_gprs(now, id, said);
        }
    }

    pub(super) fn on_gprs_due(&mut self, now: Stamp, id: DialogueId, said: &mut Said<'_>) {
        said.source = Source::Pg;
        let Some(Talk::Gprs(serving)) = self.dialogues.user_mut(id) else {
            return;
        };
        if serving.is_due {
            said.fault(now, "answered-unrecorded", None);
            self.answer_gprs(now, id, said);
        } else {
            // Ending it is the gprsSSF's, which did not.
            said.fault(now, "not-ended", None);
            self.dialogues.forget(id);
        }
    }

    /// Answers everything in a message, and leaves the end of the dialogue to the gprsSSF.
    fn answer_gprs(&mut self, now: Stamp, id: DialogueId, said: &mut Said<'_>) {
        let Some(Talk::Gprs(serving)) = self.dialogues.user_mut(id) else {
            return;
        };
        serving.is_due = false;
        let replies = std::mem::take(&mut serving.replies);
        if replies.iter().any(|reply| reply.refuses()) {
            return self.refuse_gprs(id, &replies, said);
        }
        let goes_on = std::mem::take(&mut serving.goes_on);
        let (ours, opens, reports) = (serving.ours, serving.opens, serving.reports);
        let is_accepted = std::mem::replace(&mut serving.is_accepted, true);
        let mut information = Vec::new();
        if let Some(theirs) = opens {
            let reference = CapGprsReferenceNumber {
                destination_reference: Integer4::new(theirs),
                origination_reference: Integer4::new(ours),
            };
            reference.write_user_information(&mut information);
        }
        let octets = ApplicationContext::GprsSsfToScf.to_octets();
        let accepted = Oid::from_wire(&octets).filter(|_| !is_accepted);
        let accepted = accepted.map(|context| {
            let user_information =
                (!information.is_empty()).then(|| UserInformation::from_octets(&information));
            Dialogue::Response(Aare {
                user_information,
                ..Aare::accept(context)
            })
        });
        self.due.set(id, now + self.options.tcap.result_timeout);
        let (dialogues, mut lower) = self.lower(said);
        let write = |writer: &mut ComponentWriter<'_>| {
            replies.iter().for_each(|reply| reply.write(writer));
            write_orders(writer, reports, &goes_on);
        };
        dialogues.proceed(now, id, accepted, write, &mut lower);
    }

    /// Ends a dialogue with errors and rejects.
    fn refuse_gprs(&mut self, id: DialogueId, replies: &Replies, said: &mut Said<'_>) {
        let octets = ApplicationContext::GprsSsfToScf.to_octets();
        let accepted = match self.dialogues.user_mut(id) {
            Some(Talk::Gprs(serving)) if serving.is_accepted => None,
            _ => Oid::from_wire(&octets).map(|it| Dialogue::Response(Aare::accept(it))),
        };
        self.due.clear(id);
        let (dialogues, mut lower) = self.lower(said);
        let write = |writer: &mut ComponentWriter<'_>| {
            replies.iter().for_each(|reply| reply.write(writer));
        };
        dialogues.end(id, accepted, write, &mut lower);
    }

    /// The gprsSSF ended a dialogue of TCAP; the session's goes on, unless it was given up.
    ///
    /// Who gives up the control of a session does not end it: it is handled by default, and goes on
    /// as a rule (TS 23.078 clause 6). So nothing is told, and what was told is believed in for its
    /// lifetime.
    pub(super) fn on_gprs_closed(&mut self, id: DialogueId, serving: &Serving, is_aborted: bool) {
        self.due.clear(id);
        if is_aborted {
            self.sessions.remove(serving.ours);
            self.memory.touch(Name::Session(serving.ours));
        }
    }

    /// Makes room for one more session where there is none: of one that was silent for its lifetime
    /// nothing is believed any more. It is kept as long as there is room all the same, for it may be
    /// that of a subscriber who does not move, and what is told of it at last is taken.
    fn has_room(&mut self, now: Stamp) -> bool {
        let cap = self.options.cap;
        if self.sessions.len() >= cap.sessions_max
            && let Some(ours) = self.sessions.expired(now, cap.session_lifetime)
        {
            self.memory.touch(Name::Session(ours));
        }
        self.sessions.len() < cap.sessions_max
    }
}

fn write_orders(
    writer: &mut ComponentWriter<'_>,
    reports: &[cap::GprsEventType],
    goes_on: &[Option<cap::PdpId>],
) {
    if !reports.is_empty() {
        let events: SmallVec<[cap::GprsEvent; 6]> = reports
            .iter()
            .map(|kind| cap::GprsEvent::new(*kind, cap::MonitorMode::NotifyAndContinue))
            .collect();
        writer.invoke(REPORT, Operation::RequestReportGprsEvent.code(), |out| {
            if let Some(events) = cap::GprsEvents::new(&events) {
                cap::RequestReportGprsEventArg::new(events).encode(out);
            }
        });
    }
    for (id, pdp_id) in (GO_ON..=InvokeId::MAX).zip(goes_on) {
        writer.invoke(id, Operation::ContinueGprs.code(), |out| {
            let argument = cap::ContinueGprsArg {
                pdp_id: *pdp_id,
                ..cap::ContinueGprsArg::new()
            };
            argument.encode(out);
        });
    }
}

const fn abort(reason: UserInformation<'_>) -> Dialogue<'_> {
    Dialogue::Abort(Abrt {
        source: AbortSource::User,
        user_information: Some(reason),
    })
}

/// Our invocations in a dialogue: further ones count on from the last.
const REPORT: InvokeId = 1;
const GO_ON: InvokeId = 2;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_no_more_orders_than_invocations() {
        let goes_on = [None; 200];
        let mut octets = Vec::new();
        let write = |writer: &mut ComponentWriter<'_>| write_orders(writer, &[], &goes_on);
        pengate_codecs::tcap::begin(&mut octets, 1.into(), None, write);
        let Ok(pengate_codecs::tcap::Message::Begin(begin)) =
            pengate_codecs::tcap::Message::decode(&octets)
        else {
            panic!("no Begin");
        };
        let ids: Vec<_> = begin
            .components
            .iter()
            .map(|component| component.unwrap().invoke_id())
            .collect();
        let expected: Vec<_> = (GO_ON..=InvokeId::MAX).map(Some).collect();
        assert_eq!(ids, expected);
        assert_eq!(ids.len(), crate::agent::ss7::INVOKES_MOST);
    }
}
