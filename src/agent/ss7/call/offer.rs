//! How a call begins: initialDP, what it tells, and what is wrong beside it.

use pengate_asn1::{Oid, Value};
use pengate_codecs::{
    Stamp,
    cap::{ApplicationContext, InitialDpArg, Operation},
    tcap::{Aare, ComponentWriter, Components, Dialogue},
};

use super::{
    Call, Phase,
    facts::{self, Side},
    persons::Person,
};
use crate::{
    agent::{
        room::Ticket,
        ss7::{
            Said, Ss7, Talk,
            components::{CAP_ERRORS, NOTHING, Replies, Reply, read, triage, unknown},
            keep::Name,
            place::Told,
            report::{self, Rank, Reporter},
        },
    },
    event::{CallState, Domain, Fact, Mobility},
    session::{sccp::Path, tcap::DialogueId},
};

impl Ss7 {
    /// A gsmSSF begins a dialogue.
    pub(in super::super) fn on_call_begin(
        &mut self,
        now: Stamp,
        (id, path): (DialogueId, &Path),
        context: ApplicationContext,
        components: &Components<'_>,
        said: &mut Said<'_>,
    ) {
        // It is read where it stays: it has more than a thousand octets.
        let mut told = InitialDpArg::blank();
        let mut is_told = false;
        let limits = (NOTHING, self.options.invokes_max);
        let mut replies = Replies::new();
        let to = &mut replies;
        triage(now, components, to, limits, said, |invoke, said| {
            let operation = Operation::from_code(invoke.operation);
            if operation != Some(Operation::InitialDp) || is_told {
                return unknown(now, invoke, said);
            }
            match read(now, invoke, &mut told, CAP_ERRORS, said) {
                Ok(()) => {
                    is_told = true;
                    Reply::Nothing(invoke.invoke_id)
                }
                Err(reply) => reply,
            }
        });
        // What is wrong beside a call does not lose the call.
        let is_accepted = replies.iter().any(|reply| reply.refuses());
        if is_accepted || !is_told {
            self.refuse(now, id, (context, is_told), &replies, said);
        }
        if is_told {
            self.on_offer(now, (id, path), (context, is_accepted), &told, said);
        }
    }

    /// Says what is wrong. Where that is all, it ends the dialogue, and the gsmSSF does with the call
    /// as the subscription says.
    #[cold]
    fn refuse(
        &mut self,
        now: Stamp,
        id: DialogueId,
        (context, goes_on): (ApplicationContext, bool),
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
        if goes_on {
            dialogues.proceed(now, id, accepted, write, &mut lower);
        } else {
            dialogues.end(id, accepted, write, &mut lower);
        }
    }

    /// Tells what the call says, and lets it go on when that is durable; soon in any case.
    #[inline(always)]
    fn on_offer(
        &mut self,
        now: Stamp,
        (id, path): (DialogueId, &Path),
        (context, is_accepted): (ApplicationContext, bool),
        told: &InitialDpArg<'_>,
        said: &mut Said<'_>,
    ) {
        let reporter = self.reporters.of(path);
        let mut call = self.offered(now, &reporter, context, told, said);
        call.is_accepted = is_accepted;
        // A forwarded call says nothing: where its subscriber is and what he does is not told.
        if call.side != Side::Forwarded && call.person != Person::Nobody {
            let is_told = self.tell_place(now, (id, &call, &reporter), told, said);
            call.waits += u8::from(is_told);
        }
        if call.phase == Phase::Offered {
            let (at, ticket) = self.tell_busy(now, (id, &call, &reporter), said);
            call.waits += 1;
            call.begins = Some(ticket);
            let ids = self.dialogues.transactions(id);
            call.ours = ids.map_or(0, |(ours, _)| ours.to_number());
            self.calls.open(id, call.person, at);
            self.memory.touch(Name::Call(call.ours));
        }
        let is_waiting = call.waits > 0;
        if let Some(user) = self.dialogues.user_mut(id) {
            *user = Talk::Call(call);
        }
        if is_waiting {
            self.due.set(id, now + self.options.cap.deadline);
        } else {
            self.answer_call(now, id, said);
        }
    }

    /// A call that is new; it is watched when its end will say something of its subscriber.
    #[inline(always)]
    fn offered(
        &self,
        now: Stamp,
        reporter: &Reporter,
        context: ApplicationContext,
        told: &InitialDpArg<'_>,
        said: &mut Said<'_>,
    ) -> Call {
        let side = Side::of(told);
        let person = side.person(told);
        // Who cannot be reached does not get the call: its end would say that he is idle.
        let is_his = match side {
            Side::Originating => true,
            Side::Terminating => !facts::is_unreachable(told),
            Side::Forwarded => false,
        };
        // One that meets its trigger at its end (busy, no answer) does not go on.
        let is_over = told.event_type_bcsm.is_some_and(facts::is_end);
        let is_wanted = self.options.cap.monitor && person != Person::Nobody && is_his && !is_over;
        let is_full = self.calls.len() >= self.options.cap.calls_max;
        if is_wanted && is_full {
            said.fault(now, "calls-max", None);
        }
        Call {
            version: context.version(),
            side,
            person,
            reporter: reporter.name.clone(),
            bearer: facts::bearer(told),
            phase: if is_wanted && !is_full {
                Phase::Offered
            } else {
                Phase::Passed
            },
            ours: 0,
            waits: 0,
            heard: now,
            begins: None,
            is_accepted: false,
        }
    }

    /// Tells where the subscriber is and whether it can be reached, if the call says anything of that.
    #[inline(always)]
    fn tell_place(
        &mut self,
        now: Stamp,
        (id, call, reporter): (DialogueId, &Call, &Reporter),
        told: &InitialDpArg<'_>,
        said: &mut Said<'_>,
    ) -> bool {
        let state = facts::state(told);
        let Told { place, serving } = facts::place(now, told);
        if state.is_none() && place.is_none() && serving.is_none() {
            return false;
        }
        let ticket = self.tickets.give(Some(id));
        let at = (self.arrivals.stamp(now), Rank::Is);
        let domain = Domain::Cs;
        let kind = report::mobility(domain, state);
        let order = reporter.order(at, call.person.to_bits(), kind);
        let fact = || {
            Fact::Mobility(Mobility {
                domain,
                state,
                serving,
                place,
            })
        };
        said.out
            .tell_with(ticket, || call.event(order, reporter, fact));
        true
    }

    /// Tells that the call itself makes its subscriber busy.
    #[inline(always)]
    fn tell_busy(
        &mut self,
        now: Stamp,
        (id, call, reporter): (DialogueId, &Call, &Reporter),
        said: &mut Said<'_>,
    ) -> (Stamp, Ticket) {
        let ticket = self.tickets.give(Some(id));
        let at = self.arrivals.stamp(now);
        let (state, bearer) = (CallState::Busy, call.bearer);
        let person = call.person.to_bits();
        let order = reporter.order((at, Rank::Begins), person, report::call(state));
        let fact = || Fact::Call(crate::event::Call { state, bearer });
        said.out
            .tell_with(ticket, || call.event(order, reporter, fact));
        (at, ticket)
    }
}
