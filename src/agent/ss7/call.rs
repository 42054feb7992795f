//! Calls over CAP: the gsmSSF asks how to go on, and is told to go on at once; what becomes of the
//! call is watched without holding it up (TS 23.078 clause 4.5, TS 29.078 clauses 11 and 14.1).

mod facts;
mod offer;
mod persons;

use pengate_asn1::{Oid, Value};
use pengate_codecs::{
    Stamp,
    cap::{self, ApplicationContext, EventReportBcsmArg, Operation},
    tcap::{
        Aare, Component, ComponentWriter, Components, Dialogue, InvokeId, InvokeProblem,
        TransactionId,
    },
};
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use self::{facts::Side, persons::Person};
pub(super) use self::{facts::is_request, persons::Persons};
use super::{
    Said, Ss7, Talk,
    components::{Replies, Reply, triage, unknown},
    keep::{Kept, Name},
    report::{self, Rank, Reporter},
};
use crate::{
    agent::room::{Ticket, Verdict},
    event::{Bearer, CallState, Fact, NetworkEvent, Order, Source},
    session::{sccp::Path, tcap::DialogueId},
};

/// A call of a subscriber.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Call {
    /// The version of CAP, 1 to 4.
    version: u8,
    side: Side,
    person: Person,
    reporter: SmolStr,
    bearer: Bearer,
    phase: Phase,
    /// Our transaction id, under which the peer speaks of it.
    pub ours: u32,
    /// How many events the answer waits for.
    waits: u8,
    /// When the peer was heard last.
    pub heard: Stamp,
    /// The event that tells that it begins: it is kept with that.
    #[serde(skip)]
    pub begins: Option<Ticket>,
    /// The peer was told that its dialogue is taken.
    #[serde(skip)]
    is_accepted: bool,
}

/// How far a call is.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
enum Phase {
    /// It waits for our answer, until the deadline at most.
    Offered,
    /// It is to go on without being watched.
    Passed,
    /// It goes on, and its end will be told.
    Watched,
    /// The same, and we asked whether it is still there.
    Tested,
    /// It is over; one more word may come.
    Over,
}

impl Call {
    /// Whether it goes on, and its end will be told.
    pub(super) const fn is_open(&self) -> bool {
        matches!(self.phase, Phase::Offered | Phase::Watched | Phase::Tested)
    }

    /// What is told of its subscriber. The fact is made where it stays.
    #[inline(always)]
    fn event(
        &self,
        order: Order,
        reporter: &Reporter,
        fact: impl FnOnce() -> Fact,
    ) -> NetworkEvent {
        NetworkEvent {
            order,
            source: Source::Pc,
            reporter: reporter.name.clone(),
            subject: self.person.into(),
            fact: fact(),
        }
    }
}

impl Ss7 {
    /// Lets the call go on, watched or not.
    fn answer_call(&mut self, now: Stamp, id: DialogueId, said: &mut Said<'_>) {
        let Some(Talk::Call(call)) = self.dialogues.user_mut(id) else {
            return;
        };
        let (version, side, is_accepted) = (call.version, call.side, call.is_accepted);
        let is_watched = call.phase == Phase::Offered;
        if is_watched {
            call.phase = Phase::Watched;
        }
        let octets = context(version).to_octets();
        let accepted = Oid::from_wire(&octets).filter(|_| !is_accepted);
        let accepted = accepted.map(|it| Dialogue::Response(Aare::accept(it)));
        let activity = now + self.options.cap.activity_interval;
        let (dialogues, mut lower) = self.lower(said);
        if is_watched {
            let events = side.events(version);
            let write = |writer: &mut ComponentWriter<'_>| {
                writer.invoke(REPORT, Operation::RequestReportBcsmEvent.code(), |out| {
                    if let Some(events) = cap::BcsmEvents::new(&events) {
                        cap::RequestReportBcsmEventArg::new(events).encode(out);
                    }
                });
                writer.invoke(GO_ON, Operation::Continue.code(), |_| {});
            };
            dialogues.proceed(now, id, accepted, write, &mut lower);
            self.due.set(id, activity);
        } else {
            let write = |writer: &mut ComponentWriter<'_>| {
                writer.invoke(GO_ON, Operation::Continue.code(), |_| {});
            };
            dialogues.end(id, accepted, write, &mut lower);
            self.due.clear(id);
        }
    }

    /// An event of a call that waits was recorded, or not: it goes on either way.
    pub(super) fn on_call_settled(
        &mut self,
        now: Stamp,
        id: DialogueId,
        verdict: Verdict,
        said: &mut Said<'_>,
    ) {
        if verdict == Verdict::Refused {
            said.fault(now, "not-recorded", None);
        }
        let Some(Talk::Call(call)) = self.dialogues.user_mut(id) else {
            return;
        };
        call.waits = call.waits.saturating_sub(1);
        let is_next = matches!(call.phase, Phase::Offered | Phase::Passed) && call.waits == 0;
        if is_next {
            self.answer_call(now, id, said);
        }
    }

    /// The deadline of an answer, the time for a test, or the end of a wait.
    pub(super) fn on_call_due(&mut self, now: Stamp, id: DialogueId, said: &mut Said<'_>) {
        let label = self.dialogues.path(id).map(|(path, _)| path.label);
        let is_silenced = label.is_some_and(|label| !self.links.leads(label));
        let Some(Talk::Call(call)) = self.dialogues.user_mut(id) else {
            return;
        };
        match call.phase {
            // Nobody could be asked, or answer: that says nothing of the call.
            Phase::Watched | Phase::Tested if is_silenced => {
                call.phase = Phase::Watched;
                self.due.set(id, now + self.options.cap.activity_timeout);
            }
            Phase::Offered | Phase::Passed => {
                // The log is slow, and the call is not to wait for it.
                said.fault(now, "answered-unrecorded", None);
                self.answer_call(now, id, said);
            }
            Phase::Watched => {
                call.phase = Phase::Tested;
                self.due.set(id, now + self.options.cap.activity_timeout);
                let (dialogues, mut lower) = self.lower(said);
                let write = |writer: &mut ComponentWriter<'_>| {
                    writer.invoke(TEST, Operation::ActivityTest.code(), |_| {});
                };
                dialogues.proceed(now, id, None, write, &mut lower);
            }
            Phase::Tested => {
                said.fault(now, "call-lost", None);
                let call = call.clone();
                self.lose_call(id, &call, said);
                self.abort(id, None, said);
            }
            Phase::Over => {
                self.dialogues.forget(id);
            }
        }
    }

    /// The gsmSSF goes on with a call.
    pub(super) fn on_call_continue(
        &mut self,
        now: Stamp,
        id: DialogueId,
        components: &Components<'_>,
        said: &mut Said<'_>,
    ) {
        let Some(Talk::Call(call)) = self.dialogues.user_mut(id) else {
            return;
        };
        call.heard = now;
        let mut call = call.clone();
        let (replies, goes_on) = self.hear_call(now, (id, &mut call), components, said);
        if call.phase == Phase::Tested {
            // Whatever it says, it is there.
            call.phase = Phase::Watched;
        }
        let next = match call.phase {
            Phase::Over => self.options.cap.linger,
            _ => self.options.cap.activity_interval,
        };
        self.due.set(id, now + next);
        self.memory.touch(Name::Call(call.ours));
        if let Some(user) = self.dialogues.user_mut(id) {
            *user = Talk::Call(call);
        }
        if replies.iter().any(|reply| reply.refuses()) || goes_on {
            let (dialogues, mut lower) = self.lower(said);
            let write = |writer: &mut ComponentWriter<'_>| {
                replies.iter().for_each(|reply| reply.write(writer));
                if goes_on {
                    writer.invoke(GO_ON, Operation::Continue.code(), |_| {});
                }
            };
            dialogues.proceed(now, id, None, write, &mut lower);
        }
    }

    /// The gsmSSF ended a dialogue, gave it up or is lost: with its last word or without one the call
    /// is no longer told about.
    pub(super) fn on_call_closed(
        &mut self,
        now: Stamp,
        id: DialogueId,
        mut call: Call,
        components: &Components<'_>,
        said: &mut Said<'_>,
    ) {
        self.due.clear(id);
        if !components.is_empty() {
            call.heard = now;
        }
        self.hear_call(now, (id, &mut call), components, said);
        if call.is_open() {
            self.lose_call(id, &call, said);
        }
    }

    /// Takes what is told of a call; says whether it waits to be told to go on.
    fn hear_call(
        &mut self,
        now: Stamp,
        (id, call): (DialogueId, &mut Call),
        components: &Components<'_>,
        said: &mut Said<'_>,
    ) -> (Replies, bool) {
        let mut goes_on = false;
        let limits = (REPORT..=TEST, self.options.invokes_max);
        for component in components.iter().flatten() {
            if let Component::ReturnError(_) = component {
                said.fault(now, "operation-failed", None);
            }
        }
        let mut replies = Replies::new();
        let to = &mut replies;
        triage(now, components, to, limits, said, |invoke, said| {
            if Operation::from_code(invoke.operation) != Some(Operation::EventReportBcsm) {
                return unknown(now, invoke, said);
            }
            let own = invoke.invoke_id;
            let Some(argument) = invoke.argument else {
                said.fault(now, "data-missing", None);
                return Reply::reject(own, InvokeProblem::MistypedParameter);
            };
            // The operation has no errors: what cannot be read is rejected.
            match EventReportBcsmArg::from_any(argument) {
                Ok(told) => {
                    goes_on |= is_request(told.misc_call_info.as_ref());
                    self.on_call_event(now, (id, &mut *call), &told, said);
                    Reply::Nothing(own)
                }
                Err(error) => {
                    said.fault(now, "mistyped", Some(error.at()));
                    Reply::reject(own, InvokeProblem::MistypedParameter)
                }
            }
        });
        (replies, goes_on)
    }

    fn on_call_event(
        &mut self,
        now: Stamp,
        (id, call): (DialogueId, &mut Call),
        told: &EventReportBcsmArg<'_>,
        said: &mut Said<'_>,
    ) {
        if let Some(mobility) = facts::of_event(now, told) {
            let at = self.arrivals.stamp(now);
            self.tell_more((at, Rank::Is), call, Fact::Mobility(mobility), said);
        }
        if facts::is_end(told.event_type_bcsm) && call.is_open() {
            let at = self.arrivals.stamp(now);
            self.end_call(at, (id, call), said);
            call.phase = Phase::Over;
        }
    }

    /// Nobody tells of a call any more. It is held to be over, since when is not known; and that it
    /// is lost is no word of where its subscriber is. So it is told as of its last word, and what was
    /// told after that, such as a detach, goes on to count.
    fn lose_call(&mut self, id: DialogueId, call: &Call, said: &mut Said<'_>) {
        let at = self.calls.last_word(call);
        // While the clock is set back that may be ahead of it: what arrives from now on comes after.
        self.arrivals.resume(at);
        self.end_call(at, (id, call), said);
    }

    /// A call is over. Its subscriber is idle, unless there is another one.
    fn end_call(&mut self, at: Stamp, (id, call): (DialogueId, &Call), said: &mut Said<'_>) {
        let other = self.calls.close(id, call.person);
        let state = match other {
            Some(_) => CallState::Busy,
            None => CallState::Idle,
        };
        let bearer = match other.and_then(|other| self.dialogues.user(other)) {
            // What goes on is what is told of.
            Some(Talk::Call(other)) => other.bearer,
            _ => call.bearer,
        };
        let fact = Fact::Call(crate::event::Call { state, bearer });
        let ticket = self.tell_more((at, Rank::Ends), call, fact, said);
        let name = Name::Call(call.ours);
        self.memory.hold(ticket, Kept::Over(name));
        self.memory.touch(name);
        self.calls.told(call.person, at);
        // What goes on and is lost one day is not told as of an earlier time than this, after a
        // restart either: one of the calls remembers it for all of the subscriber's.
        if let Some(other) = other
            && let Some(Talk::Call(call)) = self.dialogues.user(other)
        {
            self.memory.hold_beside(ticket, other);
            self.memory.touch(Name::Call(call.ours));
        }
    }

    /// Takes up a call again after a restart.
    pub(super) fn resume_call(
        &mut self,
        heard: Stamp,
        path: Path,
        ids: (TransactionId, TransactionId),
        mut call: Call,
    ) {
        call.phase = Phase::Watched;
        call.waits = 0;
        let person = call.person;
        let id = self.dialogues.resume(heard, path, ids, Talk::Call(call));
        self.calls.open(id, person, heard);
        self.due.set(id, heard + self.options.cap.activity_interval);
    }

    /// Forgets a call by our transaction id, at start.
    pub(super) fn forget_call(&mut self, ours: u32) {
        let Some(id) = self.dialogues.of_transaction(ours.into()) else {
            return;
        };
        self.due.clear(id);
        if let Some(Talk::Call(call)) = self.dialogues.forget(id) {
            self.calls.close(id, call.person);
        }
    }

    /// Tells what becomes of a call; nobody waits for that to be durable.
    fn tell_more(
        &mut self,
        at: (Stamp, Rank),
        call: &Call,
        fact: Fact,
        said: &mut Said<'_>,
    ) -> Ticket {
        let subject = call.person.into();
        let event = report::event(at, Source::Pc, &call.reporter, subject, fact);
        self.tell(event, None, said)
    }
}

/// The context of calls in a version.
const fn context(version: u8) -> ApplicationContext {
    match version {
        1 => ApplicationContext::SsfToScfV1,
        2 => ApplicationContext::SsfToScfV2,
        3 => ApplicationContext::SsfToScfV3,
        _ => ApplicationContext::SsfToScfV4,
    }
}

/// Our invocations in the dialogue of a call.
const REPORT: InvokeId = 1;
const GO_ON: InvokeId = 2;
const TEST: InvokeId = 3;
