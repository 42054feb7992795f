//! NOTIFYs (RFC 6665 clause 4.2.2): one outstanding a dialog, always the newest state.

use std::{mem, sync::Arc, time::Duration};

use pengate_codecs::Stamp;

use super::{
    Fault, NotifyToken, Outbox, Outcome, Room, Shard, Shown,
    compose::{self, Sources, compose},
    message::{State, neutral_document, write_notify},
    pending::{Subject, Waiting},
    presentity::{Entry, Served},
    record::{ReservationRecord, ServerRecord, SubscriptionOutcome, SubscriptionRecord},
    slab::Slot,
    subscription::{CSEQ_BLOCK, Ending, Terms, View},
    timers::Timer,
};
use crate::{
    pen::{Handling, Presentity},
    session::sip::ToTag,
};

/// How long to wait before a NOTIFY that failed for a while is sent again.
const RETRY: Duration = Duration::from_secs(30);
/// How long to wait before the log is asked again.
pub(super) const LOG_RETRY: Duration = Duration::from_secs(1);
/// Watchers are brought up to date after a restart in so many steps a second.
const CATCH_UP_STEPS: u32 = 10;

impl Shard {
    /// What the presentity's document is made of changed.
    pub(super) fn changed(&mut self, now: Stamp, presentity: Slot, out: &mut Outbox) {
        let Some(entry) = self.presentities.get_mut(presentity) else {
            return;
        };
        if let Some(served) = &mut entry.served {
            served.stale = true;
        }
        if !self.live {
            return;
        }
        if self.tap {
            self.show(now, presentity, out);
        }
        let watcher_at = |shard: &Self, place: usize| {
            let entry = shard.presentities.get(presentity)?;
            entry.watchers.get(place).copied()
        };
        // Nobody joins or leaves meanwhile: that takes a record, or `tell`.
        let mut place = 0;
        while let Some(watcher) = watcher_at(self, place) {
            self.tell_unless_over(now, watcher, out);
            place += 1;
        }
    }

    /// Sends a watcher what it is owed, unless something is waited for. After its last NOTIFY a
    /// subscription is forgotten.
    pub(super) fn tell(&mut self, now: Stamp, slot: Slot, out: &mut Outbox) {
        self.tell_unless_over(now, slot, out);
        let told = self.subscriptions.get(slot);
        if told.is_some_and(|told| told.ending.is_some() && !told.owed) {
            self.forget(slot, out);
        }
    }

    fn tell_unless_over(&mut self, now: Stamp, slot: Slot, out: &mut Outbox) {
        let Some(subscription) = self.subscriptions.get(slot) else {
            return;
        };
        if !self.live || !subscription.may_send() {
            return;
        }
        let (view, owed, told) = (subscription.view(), subscription.owed, subscription.told);
        let presentity = subscription.presentity;
        let version = match view {
            View::Document => self.version(presentity),
            View::Neutral | View::Nothing => told,
        };
        if (!owed && version == told) || !self.has_number(slot, out) {
            return;
        }
        if view == View::Document {
            self.render(presentity);
        }
        self.send(now, slot, view, version, out);
    }

    fn send(&mut self, now: Stamp, slot: Slot, view: View, version: u64, out: &mut Outbox) {
        let Some(subscription) = self.subscriptions.get_mut(slot) else {
            return;
        };
        let Some(entry) = self.presentities.get_mut(subscription.presentity) else {
            return;
        };
        let neutral;
        let body = match (view, &entry.served) {
            (View::Document, Some(served)) => served.body.as_deref().unwrap_or_default(),
            (View::Neutral, _) => {
                neutral = neutral_document(&entry.name);
                &neutral
            }
            _ => &[],
        };
        let state = State::of(subscription, now);
        let token = write_notify(subscription.tag, &mut subscription.terms, state, body, out);
        subscription.owed = false;
        subscription.told = version;
        subscription.outstanding = Some(token.cseq);
        if let (View::Document, Some(served)) = (view, &mut entry.served) {
            served.told();
        }
    }

    /// The NOTIFY of a fetch.
    pub(super) fn notify_once(
        &self,
        presentity: &Presentity,
        handling: Handling,
        tag: ToTag,
        terms: &mut Terms,
        out: &mut Outbox,
    ) {
        let body = match View::of(handling) {
            View::Document => self.document_of(presentity),
            View::Neutral => neutral_document(presentity),
            View::Nothing => Vec::new(),
        };
        write_notify(tag, terms, State::Terminated("timeout"), &body, out);
    }

    /// The version of a watched presentity's document, composed again when it is stale.
    fn version(&mut self, presentity: Slot) -> u64 {
        let served = |shard: &Self| shard.presentities.get(presentity)?.served.as_ref()?.known();
        if let Some(version) = served(self) {
            return version;
        }
        self.render(presentity);
        served(self).unwrap_or(0)
    }

    /// Composes a watched presentity's document, unless it is at hand.
    fn render(&mut self, presentity: Slot) {
        let Some(entry) = self.presentities.get(presentity) else {
            return;
        };
        let at_hand = |served: &Served| served.known().is_some() && served.body.is_some();
        if entry.served.as_deref().is_some_and(at_hand) {
            return;
        }
        let mut body = mem::take(&mut self.scratch);
        body.clear();
        self.compose(entry, &mut body);
        if let Some(entry) = self.presentities.get_mut(presentity) {
            let watchers = entry.watchers.len();
            let served = entry.served.get_or_insert_default();
            served.update(&body, watchers);
        }
        self.scratch = body;
    }

    /// Hands out a document that changed.
    fn show(&mut self, now: Stamp, presentity: Slot, out: &mut Outbox) {
        let shown = |shard: &Self| {
            let entry = shard.presentities.get(presentity)?;
            entry.served.as_ref().map(|served| served.version)
        };
        let before = shown(self);
        self.version(presentity);
        if let Some(entry) = self.presentities.get(presentity)
            && let Some(served) = &entry.served
            && let Some(body) = &served.body
            && before != Some(served.version)
        {
            out.documents.push(Shown {
                presentity: entry.name.clone(),
                at: now,
                body: Arc::clone(body),
            });
        }
    }

    /// The document of a presentity, be anything known of it or not.
    pub(super) fn document_of(&self, presentity: &Presentity) -> Vec<u8> {
        let mut body = Vec::new();
        match self.find(presentity) {
            Some(entry) => self.compose(entry, &mut body),
            None => self.compose(&Entry::new(presentity.clone()), &mut body),
        }
        body
    }

    pub(super) fn compose(&self, entry: &Entry, out: &mut Vec<u8>) {
        let publications: smallvec::SmallVec<[_; 4]> = entry
            .publications
            .iter()
            .map(|publication| compose::Publication {
                number: publication.number,
                publisher: publication.publisher,
                at: publication.at,
                document: &publication.document,
            })
            .collect();
        let sources = Sources {
            presentity: &entry.name,
            identities: self.directory.identities(&entry.name),
            facets: Some(&entry.facets),
            names: &self.names,
            publications: &publications,
        };
        compose(&sources, &self.options.compose).write(out);
    }

    /// Whether a number for the next NOTIFY is reserved; asks for more in time.
    fn has_number(&mut self, slot: Slot, out: &mut Outbox) -> bool {
        let Some(subscription) = self.subscriptions.get_mut(slot) else {
            return false;
        };
        let (left, tag) = (subscription.numbers_left(), subscription.tag);
        if left >= CSEQ_BLOCK / 4 || subscription.reserving {
            return left > 0;
        }
        subscription.reserving = true;
        let cseq_max = subscription.terms.cseq_max.saturating_add(CSEQ_BLOCK);
        if let Some(entry) = self.presentities.get(subscription.presentity) {
            let record = ServerRecord::Reservation(ReservationRecord {
                presentity: entry.name.clone(),
                tag,
                cseq_max,
            });
            self.submit(Waiting::unattended(Subject::Reservation(tag)), &record, out);
        }
        left > 0
    }

    pub(super) fn on_answered(
        &mut self,
        now: Stamp,
        notify: NotifyToken,
        outcome: Outcome,
        out: &mut Outbox,
    ) {
        let Some(slot) = self.subscriptions.find(&notify.tag) else {
            return;
        };
        let Some(subscription) = self.subscriptions.get_mut(slot) else {
            return;
        };
        if subscription.outstanding != Some(notify.cseq) {
            return;
        }
        subscription.outstanding = None;
        let longest = self.options.retry_after_max;
        match outcome {
            Outcome::Answered {
                status: 200..=299, ..
            } => {}
            _ if subscription.ending.is_some() => {}
            outcome if is_fatal(outcome) => {
                fault(now, "notify-failed", out);
                self.end(slot, Ending::Gone, out);
                return;
            }
            Outcome::Answered { retry_after, .. } => {
                let asked = retry_after.map(|secs| Duration::from_secs(secs.into()).min(longest));
                let retry_at = now + asked.unwrap_or(RETRY);
                subscription.owed = true;
                subscription.retry_at = Some(retry_at);
                self.timers.arm(retry_at, Timer::Retry(slot));
                fault(now, "notify-delayed", out);
            }
            Outcome::Timeout | Outcome::Unreachable => {}
        }
        self.tell(now, slot, out);
    }

    pub(super) fn on_retry(&mut self, now: Stamp, slot: Slot, out: &mut Outbox) {
        let Some(subscription) = self.subscriptions.get_mut(slot) else {
            return;
        };
        if subscription.retry_at.is_none_or(|at| at > now) {
            return;
        }
        subscription.retry_at = None;
        match subscription.wanted {
            Some(ending) => self.end(slot, ending, out),
            None => self.tell_or_reject(now, slot, out),
        }
    }

    /// Pauses a subscription: what it needs from the log is asked for again.
    pub(super) fn pause(&mut self, until: Stamp, slot: Slot) {
        if let Some(subscription) = self.subscriptions.get_mut(slot) {
            subscription.reserving = false;
            subscription.retry_at = Some(until);
            self.timers.arm(until, Timer::Retry(slot));
        }
    }

    pub(super) fn on_subscription_due(&mut self, now: Stamp, slot: Slot, out: &mut Outbox) {
        let Some(subscription) = self.subscriptions.get(slot) else {
            return;
        };
        if subscription.terms.expires > now {
            return;
        }
        if self.pending.is_busy(&Subject::Dialog(subscription.tag)) {
            // It may be refreshed this very moment.
            self.timers.arm(now + LOG_RETRY, Timer::Subscription(slot));
        } else {
            self.end(slot, Ending::Timeout, out);
        }
    }

    /// Has the end of a subscription recorded; the last NOTIFY follows when it is durable.
    pub(super) fn end(&mut self, slot: Slot, ending: Ending, out: &mut Outbox) {
        let Some(subscription) = self.subscriptions.get_mut(slot) else {
            return;
        };
        let subject = Subject::End(subscription.tag);
        if subscription.ending.is_some() || self.pending.is_busy(&subject) {
            return;
        }
        subscription.wanted = Some(ending);
        if let Some(entry) = self.presentities.get(subscription.presentity) {
            let record = ServerRecord::Subscription(SubscriptionRecord {
                presentity: entry.name.clone(),
                tag: subscription.tag,
                outcome: SubscriptionOutcome::Ended(ending),
            });
            self.submit(Waiting::unattended(subject), &record, out);
        }
    }

    pub(super) fn on_catch_up(&mut self, now: Stamp, out: &mut Outbox) {
        let Some(Slot(first)) = self.catch_up.take() else {
            return;
        };
        let step = self.options.catch_up_per_second.div_ceil(CATCH_UP_STEPS);
        let mut next = first;
        let mut told = 0;
        while told < step {
            if next >= self.subscriptions.end() {
                return;
            }
            let slot = Slot(next);
            if self
                .subscriptions
                .get(slot)
                .is_some_and(|subscription| subscription.owed)
            {
                self.tell(now, slot, out);
                told += 1;
            }
            next += 1;
        }
        self.catch_up = Some(Slot(next));
        let pace = Duration::from_secs(1) / CATCH_UP_STEPS;
        self.timers.arm(now + pace, Timer::CatchUp);
    }
}

/// Whether an outcome ends the subscription (RFC 6665 clause 4.2.2).
const fn is_fatal(outcome: Outcome) -> bool {
    match outcome {
        Outcome::Timeout | Outcome::Unreachable => true,
        Outcome::Answered { status, .. } => matches!(
            status,
            404 | 405 | 408 | 410 | 416 | 480..=485 | 489 | 501 | 604
        ),
    }
}

fn fault(at: Stamp, kind: &'static str, out: &mut Outbox) {
    out.faults.push(Fault {
        at,
        room: Room::Pw,
        kind,
        peer: None,
    });
}
