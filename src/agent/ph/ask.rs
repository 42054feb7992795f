//! What we ask the HSS, and what comes of it: UDR and SNR (TS 29.329 clauses 6.1.1 and 6.1.5).

use std::{mem::replace, time::Duration};

use pengate_codecs::{
    Stamp,
    diameter::{Envelope, Message, Outcome, ResultCode},
    sh::{
        DataAnswer, DataReference, RequestedDomain, Requester, ShData, SubsReqType,
        SubscribeNotificationsRequest, UserDataRequest, UserIdentity, results,
    },
};

use super::{
    Cause, Ph, fault, outlet,
    report::{self, Told},
    users::{Ask, Timer, User, UserId},
};
use crate::{
    agent::room::{Outbox, Ticket},
    session::diameter::{Call, Ids, Unsent},
};

impl Ph {
    /// Sends what is to be asked, as far as the pace allows.
    pub(super) fn pump(&mut self, now: Stamp, out: &mut Outbox) {
        while self.calls.len() < self.options.requests_max
            && let Some((id, ask)) = self.queue.front()
        {
            match self.ask(now, id, ask, out) {
                Some(Ok(call)) => {
                    self.calls.insert(call, (id, ask));
                }
                // They wait until a peer is there, or an answer.
                Some(Err(Unsent::NoPeer | Unsent::Full)) => return,
                // Who is gone is not asked about.
                None => {}
            }
            self.queue.pop();
        }
    }

    fn ask(
        &mut self,
        now: Stamp,
        id: UserId,
        ask: Ask,
        out: &mut Outbox,
    ) -> Option<Result<Call, Unsent>> {
        let user = self.users.get(id)?;
        let identity = user.key.identity()?;
        let place = user.asks_place(ask);
        let local = self.node.local().clone();
        let realm = match self.options.realm.as_str() {
            "" => local.realm.as_str(),
            realm => realm,
        };
        let hss = Some(self.options.hss.as_str()).filter(|host| !host.is_empty());
        let expiry = now + self.options.subscription_lifetime;
        let mut outlet = outlet(out);
        Some(self.node.request(now, &mut outlet, |octets, ids| {
            let Ids {
                hop_by_hop,
                end_to_end,
                session_id,
            } = ids;
            let requester = Requester {
                session_id,
                origin: local.origin(),
                destination_host: hss,
                destination_realm: realm,
                hop_by_hop: *hop_by_hop,
                end_to_end: *end_to_end,
            };
            // Identities and names of ours do not make a message too long.
            let _ = match ask {
                Ask::Subscribe | Ask::Unsubscribe => {
                    subscription(ask, identity, expiry).encode(octets, &requester)
                }
                Ask::Ims | Ask::Cs | Ask::Ps => {
                    question(ask, identity, place).encode(octets, &requester)
                }
            };
        }))
    }

    pub(super) fn on_answer(
        &mut self,
        at: Stamp,
        call: Call,
        message: &Message<'_>,
        out: &mut Outbox,
    ) {
        let Some((id, ask)) = self.calls.remove(&call) else {
            return;
        };
        let answer = match DataAnswer::decode(message) {
            Ok(answer) => answer,
            Err(error) => {
                fault(at, error.kind(), Some(error.at()), out);
                return self.try_again(at, id, ask);
            }
        };
        match answer.envelope.outcome {
            Some(outcome) if outcome.is_success() => {
                self.on_success(at, (id, ask), &answer, out);
            }
            Some(outcome) => self.on_failure(at, (id, ask), outcome, out),
            None => {
                fault(at, "no-result", None, out);
                self.try_again(at, id, ask);
            }
        }
    }

    fn on_success(
        &mut self,
        at: Stamp,
        (id, ask): (UserId, Ask),
        answer: &DataAnswer<'_>,
        out: &mut Outbox,
    ) {
        match ask {
            Ask::Subscribe => self.on_subscribed(at, id, answer, out),
            Ask::Unsubscribe => self.on_unsubscribed(id),
            Ask::Ims | Ask::Cs | Ask::Ps => {}
        }
        if let Some(user) = self.users.get(id)
            && let Some(octets) = answer.user_data
            && let Some(identity) = user.key.clone().identity()
        {
            self.report(at, (id, ask), &answer.envelope, &identity, octets, out);
        }
    }

    /// Tells what an answer tells.
    fn report(
        &mut self,
        at: Stamp,
        (id, ask): (UserId, Ask),
        envelope: &Envelope<'_>,
        identity: &UserIdentity<'_>,
        octets: &[u8],
        out: &mut Outbox,
    ) {
        let data = match ShData::decode(octets) {
            Ok(data) => data,
            Err(error) => return fault(at, error.kind(), Some(error.at()), out),
        };
        if data.faults.count() > 0 {
            fault(at, "sh-data-value", data.faults.first_at(), out);
        }
        let told = Told {
            at: self.arrivals.stamp(at),
            origin: envelope.origin_host.unwrap_or_default(),
            session: envelope.session_id.unwrap_or_default(),
        };
        for event in report::events(told, identity, &data) {
            let ticket = self.ticket();
            self.tickets.insert(ticket, Cause::Answer(id, ask));
            out.events.push((ticket, event));
        }
    }

    pub(super) const fn ticket(&mut self) -> Ticket {
        let ticket = Ticket(self.next_ticket);
        self.next_ticket += 1;
        ticket
    }

    /// A subscription without an end does not end by itself; another is renewed before its end.
    fn on_subscribed(&mut self, at: Stamp, id: UserId, answer: &DataAnswer<'_>, out: &mut Outbox) {
        let user = self.users.get_mut(id);
        let was_subscribed = user.is_some_and(|user| replace(&mut user.is_subscribed, true));
        // The first time the registration is asked for anyway.
        if was_subscribed && answer.user_data.is_none() {
            self.enqueue(id, Ask::Ims);
        }
        self.users.disarm(id, Timer::Renew);
        if let Some(expiry) = answer.expiry {
            let wait = self.renewal(at, expiry, out);
            self.users.arm(id, Timer::Renew, at + wait);
        }
        if self.is_left(id) {
            self.part(id);
        }
    }

    /// When a subscription is renewed: when between 80 and 90 hundredths of its time are over, so
    /// that many do not come due at once.
    fn renewal(&mut self, at: Stamp, expiry: Stamp, out: &mut Outbox) -> Duration {
        if expiry <= at {
            // One of the clocks is wrong, and the true end is not known.
            fault(at, "hss-expiry-past", None, out);
            return self.options.retry_interval.max(RENEWAL_MIN);
        }
        let span = expiry.since(at);
        let tenth = u64::try_from(span.as_millis() / 10).unwrap_or(u64::MAX);
        let chance = Duration::from_millis(self.random.below(tenth.saturating_add(1)));
        (span / 10 * 8 + chance).max(RENEWAL_MIN)
    }

    fn is_left(&self, id: UserId) -> bool {
        self.users.get(id).is_some_and(User::is_left)
    }

    fn on_unsubscribed(&mut self, id: UserId) {
        let Some(user) = self.users.get_mut(id) else {
            return;
        };
        user.is_subscribed = false;
        if user.is_watched {
            // Somebody came back while it was ended.
            self.enqueue(id, Ask::Subscribe);
        } else {
            self.forget(id);
        }
    }

    fn on_failure(
        &mut self,
        at: Stamp,
        (id, ask): (UserId, Ask),
        outcome: Outcome,
        out: &mut Outbox,
    ) {
        let (kind, fate) = fate(outcome);
        fault(at, kind, None, out);
        match (fate, ask) {
            (Fate::Passing, _) => self.try_again(at, id, ask),
            // The HSS does not know the subscription that is to end: it is ended.
            (_, Ask::Unsubscribe) => self.on_unsubscribed(id),
            (Fate::Unknown, Ask::Subscribe) => self.forget(id),
            (Fate::Unknown, Ask::Ims) => self.on_unknown(id),
            (Fate::Lasting, Ask::Subscribe) => self.on_refused(at, id),
            (Fate::Lasting, Ask::Cs | Ask::Ps) => self.on_place_refused(id, ask),
            // Who is unknown in a domain, or not asked about, may be registered all the same.
            (Fate::Unknown | Fate::Lasting, _) => {}
        }
    }

    /// The registration of the user is not known: with a subscription that is no last word.
    fn on_unknown(&mut self, id: UserId) {
        let is_subscribed = self.users.get(id).is_some_and(|user| user.is_subscribed);
        if !is_subscribed && !self.is_subscribing(id) {
            self.forget(id);
        }
    }

    /// Who may not be told the place, or one thing at a time only, may be told the state.
    fn on_place_refused(&mut self, id: UserId, ask: Ask) {
        if let Some(user) = self.users.get_mut(id)
            && user.asks_place(ask)
        {
            user.refuses_place.push(ask);
            self.enqueue(id, ask);
        }
    }

    /// What an HSS refuses its operator may yet allow.
    fn on_refused(&mut self, at: Stamp, id: UserId) {
        let Some(user) = self.users.get_mut(id) else {
            return;
        };
        user.is_subscribed = false;
        if user.is_left() {
            return self.part(id);
        }
        let wait = self.options.refused_retry_interval;
        if user.is_watched && !wait.is_zero() {
            self.later(at, wait, id, Ask::Subscribe);
        }
    }

    /// The log did not take what an answer told, and the HSS will not tell it again by itself: it is
    /// asked again, once however many events there were.
    pub(super) fn on_not_recorded(&mut self, at: Stamp, id: UserId, ask: Ask) {
        if self.is_left(id) {
            return;
        }
        let ask = match ask {
            // The subscription is there.
            Ask::Subscribe | Ask::Unsubscribe => Ask::Ims,
            Ask::Ims | Ask::Cs | Ask::Ps => ask,
        };
        self.later(at, self.options.retry_interval, id, ask);
    }

    pub(super) fn on_lost(&mut self, at: Stamp, call: Call) {
        if let Some((id, ask)) = self.calls.remove(&call) {
            self.try_again(at, id, ask);
        }
    }

    fn try_again(&mut self, at: Stamp, id: UserId, ask: Ask) {
        if ask == Ask::Subscribe && self.is_left(id) {
            // It may be there though no answer said so.
            return self.enqueue(id, Ask::Unsubscribe);
        }
        self.later(at, self.options.retry_interval, id, ask);
    }

    /// Asks after this time and up to a quarter more, so that many do not come due at once.
    fn later(&mut self, at: Stamp, wait: Duration, id: UserId, ask: Ask) {
        let spread = u64::try_from(wait.as_millis() / 4).unwrap_or(u64::MAX);
        let chance = Duration::from_millis(self.random.below(spread.saturating_add(1)));
        self.users.arm(id, Timer::Retry(ask), at + wait + chance);
    }
}

/// A subscription is not renewed more often.
const RENEWAL_MIN: Duration = Duration::from_secs(5);

/// What a failure means for the next attempt.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Fate {
    /// It may work later.
    Passing,
    /// It will not work.
    Lasting,
    /// The HSS does not know the user.
    Unknown,
}

/// The kind of fault, and what follows.
const fn fate(outcome: Outcome) -> (&'static str, Fate) {
    match outcome {
        Outcome::Result(ResultCode::TooBusy) => ("hss-too-busy", Fate::Passing),
        // Routes change.
        Outcome::Result(
            ResultCode::UnableToDeliver | ResultCode::RealmNotServed | ResultCode::LoopDetected,
        ) => ("hss-undelivered", Fate::Passing),
        Outcome::Result(ResultCode::ResourcesExceeded | ResultCode::UnableToComply) => {
            ("hss-transient", Fate::Passing)
        }
        Outcome::Result(result) if result.to_wire() / 1000 == 4 => ("hss-transient", Fate::Passing),
        Outcome::Result(_) => ("hss-refused", Fate::Lasting),
        Outcome::Experimental(result) => match result.code {
            code if code == results::USER_DATA_NOT_AVAILABLE.code => {
                ("hss-data-not-available", Fate::Passing)
            }
            code if code == results::PRIOR_UPDATE_IN_PROGRESS.code => {
                ("hss-update-in-progress", Fate::Passing)
            }
            code if code == results::USER_UNKNOWN.code => ("hss-user-unknown", Fate::Unknown),
            code if code == results::SUBS_DATA_ABSENT.code => {
                ("hss-subscription-absent", Fate::Lasting)
            }
            _ => ("hss-refused", Fate::Lasting),
        },
    }
}

const fn subscription(
    ask: Ask,
    user: UserIdentity<'_>,
    expiry: Stamp,
) -> SubscribeNotificationsRequest<'_> {
    let begins = matches!(ask, Ask::Subscribe);
    SubscribeNotificationsRequest {
        user,
        kind: if begins {
            SubsReqType::Subscribe
        } else {
            SubsReqType::Unsubscribe
        },
        references: &[DataReference::ImsUserState],
        expiry: if begins { Some(expiry) } else { None },
        send_data: begins,
    }
}

const fn question(ask: Ask, user: UserIdentity<'_>, place: bool) -> UserDataRequest<'_> {
    const STATE: &[DataReference] = &[DataReference::UserState];
    const BOTH: &[DataReference] = &[DataReference::UserState, DataReference::LocationInformation];
    let of_domain = if place { BOTH } else { STATE };
    let (references, domain): (&[DataReference], _) = match ask {
        Ask::Cs => (of_domain, Some(RequestedDomain::Cs)),
        Ask::Ps => (of_domain, Some(RequestedDomain::Ps)),
        _ => (&[DataReference::ImsUserState], None),
    };
    UserDataRequest {
        user,
        references,
        domain,
    }
}
