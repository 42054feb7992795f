//! NOTIFYs (RFC 6665 clause 4.2.2): one outstanding a dialog, always the newest state.

use std::{fmt, mem, sync::Arc, time::Duration};

use pengate_codecs::{
    Stamp, pidf,
    sip::{Method, Name},
};

use super::{
    Fault, NotifyToken, Outbox, Outcome, Room, Shard, Shown,
    compose::{self, Sources, compose},
    contact::Contact,
    outbox::NotifyRow,
    pending::{Subject, Waiting},
    presentity::{Entry, Served},
    record::{ReservationRecord, ServerRecord, SubscriptionOutcome, SubscriptionRecord},
    reply::PIDF,
    slab::Slot,
    subscription::{CSEQ_BLOCK, Ending, Subscription, Terms, View},
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
        let watchers = match self.presentities.get_mut(presentity) {
            Some(entry) => mem::take(&mut entry.watchers),
            None => return,
        };
        for watcher in &watchers {
            self.tell_unless_over(now, *watcher, out);
        }
        if let Some(entry) = self.presentities.get_mut(presentity) {
            entry.watchers = watchers;
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
        let version = match view {
            View::Document => self.version(subscription.presentity),
            View::Neutral | View::Nothing => told,
        };
        if (owed || version != told) && self.has_number(slot, out) {
            self.send(now, slot, view, version, out);
        }
    }

    fn send(&mut self, now: Stamp, slot: Slot, view: View, version: u64, out: &mut Outbox) {
        let Some(subscription) = self.subscriptions.get_mut(slot) else {
            return;
        };
        let Some(entry) = self.presentities.get(subscription.presentity) else {
            return;
        };
        let neutral;
        let body = match (view, &entry.served) {
            (View::Document, Some(served)) => &*served.body,
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
        let fresh =
            |served: &Served| (served.version > 0 && !served.stale).then_some(served.version);
        let Some(entry) = self.presentities.get(presentity) else {
            return 0;
        };
        if let Some(version) = entry.served.as_deref().and_then(fresh) {
            return version;
        }
        let mut body = mem::take(&mut self.scratch);
        body.clear();
        self.compose(entry, &mut body);
        let version = match self.presentities.get_mut(presentity) {
            Some(entry) => entry.served.get_or_insert_default().update(&body),
            None => 0,
        };
        self.scratch = body;
        version
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
            && before != Some(served.version)
        {
            out.documents.push(Shown {
                presentity: entry.name.clone(),
                at: now,
                body: Arc::clone(&served.body),
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

/// A document that says nothing: for watchers that are blocked politely.
fn neutral_document(presentity: &Presentity) -> Vec<u8> {
    let mut out = Vec::new();
    pidf::write_presence(
        presentity.as_str(),
        pidf::Namespaces::NONE,
        &mut out,
        |_| {},
    );
    out
}

/// Where a subscription stands (RFC 6665 clause 4.1.3).
#[derive(Clone, Copy)]
enum State {
    Active(u64),
    Pending(u64),
    Terminated(&'static str),
}

impl State {
    fn of(subscription: &Subscription, now: Stamp) -> Self {
        let left = subscription.terms.expires.since(now);
        let secs = left.as_secs() + u64::from(left.subsec_nanos() > 0);
        match (subscription.ending, subscription.handling) {
            (Some(ending), _) => Self::Terminated(ending.reason().unwrap_or("noresource")),
            (None, Handling::Confirm | Handling::Block) => Self::Pending(secs),
            (None, Handling::Allow | Handling::PoliteBlock) => Self::Active(secs),
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Active(secs) => write!(f, "active;expires={secs}"),
            Self::Pending(secs) => write!(f, "pending;expires={secs}"),
            Self::Terminated(reason) => write!(f, "terminated;reason={reason}"),
        }
    }
}

/// Appends a NOTIFY, all but its Via.
fn write_notify(
    tag: ToTag,
    terms: &mut Terms,
    state: State,
    body: &[u8],
    out: &mut Outbox,
) -> NotifyToken {
    let channel = terms.path;
    let start = out.octets.len();
    out.octets
        .extend_from_slice(terms.dialog.next_hop().as_bytes());
    let request = out.octets.len();
    let mut writer = terms.dialog.request(&mut out.octets, Method::Notify);
    writer
        .header(Name::Contact, Contact(channel))
        .header(Name::Event, &terms.event)
        .header(Name::SubscriptionState, state);
    if body.is_empty() {
        writer.finish();
    } else {
        writer.body(PIDF, body);
    }
    let token = NotifyToken {
        tag,
        cseq: terms.dialog.local_cseq(),
    };
    out.notifies.push(NotifyRow {
        token,
        channel,
        next_hop: start..request,
        request: request..out.octets.len(),
    });
    token
}
