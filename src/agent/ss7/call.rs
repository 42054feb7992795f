//! Calls over CAP: the gsmSSF asks how to go on, and is told to go on at once; what becomes of the
//! call is watched without holding it up (TS 23.078 clause 4.5, TS 29.078 clauses 11 and 14.1).

mod facts;
mod persons;

use pengate_asn1::{Oid, Value};
use pengate_codecs::{
    Stamp,
    cap::{self, ApplicationContext, EventReportBcsmArg, InitialDpArg, Operation},
    tcap::{
        Aare, Component, ComponentWriter, Components, Dialogue, Invoke, InvokeId, InvokeProblem,
        TransactionId,
    },
};
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use self::{facts::Side, persons::Person};
pub(super) use self::{facts::is_request, persons::Persons};
use super::{
    Said, Ss7, Talk,
    components::{NOTHING, Replies, Reply, triage, unknown, unreadable},
    keep::{Kept, Name},
    report::{self, Rank},
};
use crate::{
    agent::room::Verdict,
    event::{Bearer, CallState, Fact, Source, Subject},
    session::{sccp::Path, tcap::DialogueId},
};

/// A call of a subscriber.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Call {
    /// The version of CAP, 1 to 4.
    version: u8,
    side: Side,
    subject: Subject,
    reporter: SmolStr,
    bearer: Bearer,
    phase: Phase,
    /// Our transaction id, under which the peer speaks of it.
    pub ours: u32,
    /// How many events the answer waits for.
    waits: usize,
    /// When the peer was heard last.
    pub heard: Stamp,
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

    const fn person(&self) -> Person {
        match self.subject.imsi {
            Some(imsi) => (Some(imsi), None),
            None => (None, self.subject.msisdn),
        }
    }
}

/// What a first message brought.
struct Offer {
    call: Box<Call>,
    facts: facts::Facts,
}

impl Ss7 {
    /// A gsmSSF begins a dialogue.
    pub(super) fn on_call_begin(
        &mut self,
        now: Stamp,
        (id, path): (DialogueId, &Path),
        context: ApplicationContext,
        components: &Components<'_>,
        said: &mut Said<'_>,
    ) {
        let mut offer = None;
        let limits = (NOTHING, self.options.invokes_max);
        let mut replies = Replies::new();
        let to = &mut replies;
        triage(now, components, to, limits, said, |invoke, said| {
            if Operation::from_code(invoke.operation) != Some(Operation::InitialDp)
                || offer.is_some()
            {
                return unknown(now, invoke, said);
            }
            match self.read_initial_dp(now, path, context, invoke, said) {
                Ok(told) => {
                    offer = Some(told);
                    Reply::Nothing(invoke.invoke_id)
                }
                Err(reply) => reply,
            }
        });
        match offer {
            Some(offer) if !replies.iter().any(|reply| reply.refuses()) => {
                self.on_offer(now, id, offer, said);
            }
            _ => self.refuse_call(now, id, context, &replies, said),
        }
    }

    /// Errors and rejects end the dialogue, and the gsmSSF does with the call as the subscription
    /// says.
    fn refuse_call(
        &mut self,
        now: Stamp,
        id: DialogueId,
        context: ApplicationContext,
        replies: &Replies,
        said: &mut Said<'_>,
    ) {
        if replies.is_empty() {
            said.fault(now, "no-operation", None);
        }
        let octets = context.to_octets();
        let accepted = Oid::from_wire(&octets).map(|it| Dialogue::Response(Aare::accept(it)));
        let (dialogues, mut lower) = self.lower(said);
        let write = |writer: &mut ComponentWriter<'_>| {
            replies.iter().for_each(|reply| reply.write(writer));
        };
        dialogues.end(id, accepted, write, &mut lower);
    }

    fn read_initial_dp(
        &mut self,
        now: Stamp,
        path: &Path,
        context: ApplicationContext,
        invoke: &Invoke<'_>,
        said: &mut Said<'_>,
    ) -> Result<Offer, Reply> {
        let own = invoke.invoke_id;
        let Some(argument) = invoke.argument else {
            said.fault(now, "data-missing", None);
            return Err(Reply::Error(own, MISSING_PARAMETER));
        };
        // It is read where it stays: it has more than a thousand octets.
        let mut told = InitialDpArg::blank();
        told.read_any(argument).map_err(|error| {
            unreadable(now, own, &error, [MISSING_PARAMETER, OUT_OF_RANGE], said)
        })?;
        let side = Side::of(&told);
        let subject = side.subject(&told);
        let is_somebodys = subject.imsi.is_some() || subject.msisdn.is_some();
        let is_full = self.calls.len() >= self.options.cap.calls_max;
        let mut facts = facts::of_initial_dp(now, side, &told);
        // Who cannot be reached does not get the call: its end would say that he is idle.
        let is_his = match side {
            Side::Originating => true,
            Side::Terminating => !facts.is_unreachable,
            Side::Forwarded => false,
        };
        let is_watched = self.options.cap.monitor && is_somebodys && is_his;
        if is_watched && is_full {
            said.fault(now, "calls-max", None);
        }
        let is_watched = is_watched && !is_full;
        facts.is_busy &= is_watched;
        if !is_somebodys {
            facts = facts::Facts::default();
        }
        let call = Box::new(Call {
            version: context.version(),
            side,
            subject,
            reporter: self.reporters.of(path),
            bearer: facts::bearer(&told),
            phase: if is_watched {
                Phase::Offered
            } else {
                Phase::Passed
            },
            ours: 0,
            waits: 0,
            heard: now,
        });
        Ok(Offer { call, facts })
    }

    /// Tells what the call says, and lets it go on when that is durable; soon in any case.
    fn on_offer(&mut self, now: Stamp, id: DialogueId, offer: Offer, said: &mut Said<'_>) {
        let Offer { mut call, facts } = offer;
        let is_watched = call.phase == Phase::Offered;
        let mobility = facts.mobility.map(Fact::Mobility);
        let busy = facts.is_busy.then(|| self.busy(&call));
        call.waits = usize::from(mobility.is_some()) + usize::from(busy.is_some());
        let is_waiting = call.waits > 0;
        if let Some(fact) = mobility {
            let at = self.arrivals.stamp(now);
            self.tell_of(at, &call, fact, Rank::Is, Some(id), said);
        }
        if is_watched {
            let ids = self.dialogues.transactions(id);
            call.ours = ids.map_or(0, |(ours, _)| ours.to_number());
            self.calls.open(&call);
            self.memory.touch(Name::Call(call.ours));
        }
        if let Some(fact) = busy {
            let at = self.arrivals.stamp(now);
            let ticket = self.tell_of(at, &call, fact, Rank::Begins, Some(id), said);
            self.calls.told(&call, at);
            if let Some(kept) = self.kept_call(id, &call) {
                self.memory.hold(ticket, Kept::Call(kept));
            }
        }
        if let Some(user) = self.dialogues.user(id) {
            *user = Talk::Call(call);
        }
        if is_waiting {
            self.due.set(id, now + self.options.cap.deadline);
        } else {
            self.answer_call(now, id, said);
        }
    }

    fn busy(&self, call: &Call) -> Fact {
        Fact::Call(crate::event::Call {
            state: CallState::Busy,
            bearer: call.bearer,
        })
    }

    /// Lets the call go on, watched or not.
    fn answer_call(&mut self, now: Stamp, id: DialogueId, said: &mut Said<'_>) {
        let Some(Talk::Call(call)) = self.dialogues.user(id) else {
            return;
        };
        let (version, side) = (call.version, call.side);
        let is_watched = call.phase == Phase::Offered;
        if is_watched {
            call.phase = Phase::Watched;
        }
        let octets = context(version).to_octets();
        let accepted = Oid::from_wire(&octets).map(|it| Dialogue::Response(Aare::accept(it)));
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
        let Some(Talk::Call(call)) = self.dialogues.user(id) else {
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
        let Some(Talk::Call(call)) = self.dialogues.user(id) else {
            return;
        };
        match call.phase {
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
                let call = (**call).clone();
                self.lose_call(&call, said);
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
        let Some(Talk::Call(call)) = self.dialogues.user(id) else {
            return;
        };
        call.heard = now;
        let mut call = (**call).clone();
        let (replies, goes_on) = self.hear_call(now, &mut call, components, said);
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
        if let Some(user) = self.dialogues.user(id) {
            *user = Talk::Call(Box::new(call));
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
        self.hear_call(now, &mut call, components, said);
        if call.is_open() {
            self.lose_call(&call, said);
        }
    }

    /// Takes what is told of a call; says whether it waits to be told to go on.
    fn hear_call(
        &mut self,
        now: Stamp,
        call: &mut Call,
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
                    self.on_call_event(now, call, &told, said);
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
        call: &mut Call,
        told: &EventReportBcsmArg<'_>,
        said: &mut Said<'_>,
    ) {
        if let Some(mobility) = facts::of_event(now, told) {
            let at = self.arrivals.stamp(now);
            self.tell_of(at, call, Fact::Mobility(mobility), Rank::Is, None, said);
        }
        if facts::is_end(told.event_type_bcsm) && call.is_open() {
            let at = self.arrivals.stamp(now);
            self.end_call(at, call, said);
            call.phase = Phase::Over;
        }
    }

    /// Nobody tells of a call any more. It is held to be over, since when is not known; and that it
    /// is lost is no word of where its subscriber is. So it is told as of its last word, and what was
    /// told after that, such as a detach, goes on to count.
    fn lose_call(&mut self, call: &Call, said: &mut Said<'_>) {
        let at = self.calls.last_word(call);
        // While the clock is set back that may be ahead of it: what arrives from now on comes after.
        self.arrivals.resume(at);
        self.end_call(at, call, said);
    }

    /// A call is over. Its subscriber is idle, unless there is another one.
    fn end_call(&mut self, at: Stamp, call: &Call, said: &mut Said<'_>) {
        let other = self.calls.close(call);
        let state = match other {
            Some(_) => CallState::Busy,
            None => CallState::Idle,
        };
        let fact = Fact::Call(crate::event::Call {
            state,
            bearer: call.bearer,
        });
        let ticket = self.tell_of(at, call, fact, Rank::Ends, None, said);
        let name = Name::Call(call.ours);
        self.memory.hold(ticket, Kept::Over(name));
        self.memory.touch(name);
        self.calls.told(call, at);
        // What goes on and is lost one day is not told as of an earlier time than this, after a
        // restart either: one of the calls remembers it for all of the subscriber's.
        if let Some(ours) = other
            && let Some(kept) = self.row_of_call(ours)
        {
            self.memory.hold_beside(ticket, Kept::Call(kept));
            self.memory.touch(Name::Call(ours));
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
        self.calls.open(&call);
        self.calls.told(&call, heard);
        let id = self
            .dialogues
            .resume(heard, path, ids, Talk::Call(Box::new(call)));
        self.due.set(id, heard + self.options.cap.activity_interval);
    }

    /// Forgets a call by our transaction id, at start.
    pub(super) fn forget_call(&mut self, ours: u32) {
        let Some(id) = self.dialogues.of_transaction(ours.into()) else {
            return;
        };
        self.due.clear(id);
        if let Some(Talk::Call(call)) = self.dialogues.forget(id) {
            self.calls.close(&call);
        }
    }

    #[inline(always)]
    fn tell_of(
        &mut self,
        at: Stamp,
        call: &Call,
        fact: Fact,
        rank: Rank,
        id: Option<DialogueId>,
        said: &mut Said<'_>,
    ) -> crate::agent::room::Ticket {
        let (reporter, subject) = (&call.reporter, &call.subject);
        let ticket = self.tickets.give(id);
        // It is made where it goes.
        let event = report::event((at, rank), Source::Pc, reporter, subject, fact);
        said.out.events.push((ticket, event));
        ticket
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

/// Errors of initialDP (TS 29.078 clause 5.3).
const MISSING_PARAMETER: i64 = 7;
const OUT_OF_RANGE: i64 = 8;
