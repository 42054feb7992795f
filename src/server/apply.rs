//! What durable records do. Nothing else changes what a shard knows.

use pengate_codecs::{Stamp, pidf};

use super::{
    Ending, Fault, Outbox, Room, Shard,
    notify::LOG_RETRY,
    octets::Octets,
    pending::{Answer, Subject, Waiting},
    policy::{Policy, handling},
    presentity::{Entry, Publication},
    record::{
        PublicationOutcome, PublicationRecord, ReservationRecord, ServerRecord,
        SubscriptionOutcome, SubscriptionRecord,
    },
    rooms::{pep, pw},
    slab::Slot,
    state::Key,
    subscription::{Subscription, Terms},
    timers::Timer,
};
use crate::{
    pen::{
        Bind, Handling, Kinds, PolicyChange, Presentity, PresentityUpdate, Record, RecordError,
        Reporting, SourceReset, log::RecordRef,
    },
    session::sip::ToTag,
};

impl Shard {
    pub(super) fn on_record(
        &mut self,
        now: Stamp,
        record: RecordRef<'_>,
        waiting: Option<Waiting>,
        out: &mut Outbox,
    ) {
        let done = match record.kind {
            Kinds::UPDATE => Record::read(record).map(|update| self.on_update(now, &update, out)),
            Kinds::SOURCE_RESET => {
                Record::read(record).map(|reset| self.on_source_reset(now, &reset, out))
            }
            Kinds::BIND => Record::read(record).map(|bind| self.on_bind(now, &bind, out)),
            Kinds::POLICY_CHANGE => {
                Record::read(record).map(|change| self.on_policy_change(now, change, out))
            }
            Kinds::PUBLICATION => {
                Record::read(record).map(|record| self.on_publication(now, record, waiting, out))
            }
            Kinds::SUBSCRIPTION => {
                Record::read(record).map(|record| self.on_subscription(now, record, waiting, out))
            }
            Kinds::RESERVATION => {
                Record::read(record).map(|record| self.on_reservation(now, &record, out))
            }
            _ => Ok(()),
        };
        if let Err(error) = done {
            let kind = match error {
                RecordError::Kind { .. } => "record-kind",
                RecordError::Body { .. } => "record-body",
            };
            fault(now, Room::Pen, kind, out);
        }
    }

    fn on_update(&mut self, now: Stamp, update: &PresentityUpdate, out: &mut Outbox) {
        let Some(slot) = self.entry(&update.presentity) else {
            fault(now, Room::Pen, "presentities-max", out);
            return;
        };
        let Some(entry) = self.presentities.get_mut(slot) else {
            return;
        };
        let mut scope = Self::scope(now, &mut self.names, &self.resets, &self.options);
        let changed = entry.facets.apply(update, &mut scope);
        self.after_facets(now, slot, changed, out);
    }

    /// What follows when facets were touched.
    fn after_facets(&mut self, now: Stamp, slot: Slot, changed: bool, out: &mut Outbox) {
        let Some(entry) = self.presentities.get_mut(slot) else {
            return;
        };
        let due = entry
            .facets
            .next_deadline(&self.options.facets)
            .unwrap_or(Stamp::MAX);
        if due != entry.facets_due {
            self.timers.disarm(entry.facets_due, Timer::Facets(slot));
            self.timers.arm(due, Timer::Facets(slot));
            entry.facets_due = due;
        }
        self.unsaved.note(|| Key::Presentity(entry.name.clone()));
        if changed {
            self.changed(now, slot, out);
        }
        self.tidy(slot);
    }

    pub(super) fn on_facets_due(&mut self, now: Stamp, slot: Slot, out: &mut Outbox) {
        let Some(entry) = self.presentities.get_mut(slot) else {
            return;
        };
        if entry.facets_due > now {
            return;
        }
        entry.facets_due = Stamp::MAX;
        let changed = entry.facets.expire(now, &self.options.facets);
        self.after_facets(now, slot, changed, out);
    }

    fn on_source_reset(&mut self, now: Stamp, reset: &SourceReset, out: &mut Outbox) {
        if !self.resets.insert(reset, &mut self.names) {
            return;
        }
        self.resets.purge(now, self.options.facets.reorder_horizon);
        self.unsaved.note(|| Key::Resets);
        let slots: Vec<_> = self.presentities.iter().map(|(slot, _)| slot).collect();
        for slot in slots {
            let entry = self.presentities.get_mut(slot);
            if entry.is_some_and(|entry| entry.facets.reset(reset, &self.names)) {
                self.after_facets(now, slot, true, out);
            }
        }
    }

    fn on_bind(&mut self, now: Stamp, bind: &Bind, out: &mut Outbox) {
        self.directory.bind(bind);
        if !bind.presentity.is_provisional() {
            self.unsaved.note_bind(bind);
        }
        let Some(former) = bind
            .former
            .as_ref()
            .filter(|former| **former != bind.presentity)
        else {
            return;
        };
        let Some(old) = self.presentities.find(former) else {
            return;
        };
        let Some(slot) = self.entry(&bind.presentity) else {
            fault(now, Room::Pen, "presentities-max", out);
            return;
        };
        let Some(entry) = self.presentities.get_mut(old) else {
            return;
        };
        let facets = std::mem::take(&mut entry.facets);
        self.after_facets(now, old, true, out);
        let Some(entry) = self.presentities.get_mut(slot) else {
            return;
        };
        let mut scope = Self::scope(now, &mut self.names, &self.resets, &self.options);
        let changed = entry.facets.absorb(facets, &mut scope);
        self.after_facets(now, slot, changed, out);
    }

    fn on_policy_change(&mut self, now: Stamp, change: PolicyChange, out: &mut Outbox) {
        let Some(slot) = self.entry(&change.presentity) else {
            fault(now, Room::Pen, "presentities-max", out);
            return;
        };
        let Some(entry) = self.presentities.get_mut(slot) else {
            return;
        };
        if entry
            .policy
            .as_ref()
            .is_some_and(|policy| policy.at > change.at)
        {
            return;
        }
        entry.policy = Some(Box::new(Policy::from(change)));
        let watchers = entry.watchers.clone();
        self.unsaved.note(|| Key::Presentity(entry.name.clone()));
        for watcher in watchers {
            self.decide(now, watcher, out);
        }
    }

    /// Decides anew what becomes of a watcher.
    fn decide(&mut self, now: Stamp, slot: Slot, out: &mut Outbox) {
        let Some(subscription) = self.subscriptions.get_mut(slot) else {
            return;
        };
        let entry = self.presentities.get(subscription.presentity);
        let policy = entry.and_then(|entry| entry.policy.as_deref());
        let watcher = &subscription.terms.watcher;
        let decided = handling(policy, watcher, self.options.default_handling);
        if decided == subscription.handling || subscription.ending.is_some() {
            return;
        }
        subscription.handling = decided;
        subscription.owed = true;
        self.tell_or_reject(now, slot, out);
    }

    fn on_publication(
        &mut self,
        now: Stamp,
        record: PublicationRecord,
        waiting: Option<Waiting>,
        out: &mut Outbox,
    ) {
        let (answer, document) = waiting.map_or((None, None), |one| (one.answer, one.document));
        let (PublicationOutcome::Live { etag, .. } | PublicationOutcome::Ended { etag }) =
            record.outcome;
        if let Some(Answer {
            transaction,
            echo,
            expires,
            ..
        }) = answer
        {
            out.answer_with(transaction, |out| pep::write_ok(&echo, etag, expires, out));
        }
        let Some(slot) = self.entry(&record.presentity) else {
            fault(now, Room::Pep, "presentities-max", out);
            return;
        };
        let key = (record.presentity.clone(), record.number);
        self.unsaved.note(|| Key::Publication(key.0, key.1));
        let changed = match record.outcome {
            PublicationOutcome::Live { .. } => self.put_publication(slot, record, document),
            PublicationOutcome::Ended { .. } => self.take_publication(slot, record.number),
        };
        if changed {
            self.changed(now, slot, out);
        }
        self.tidy(slot);
    }

    /// Makes or renews a publication. Returns whether its document changed.
    pub(super) fn put_publication(
        &mut self,
        slot: Slot,
        record: PublicationRecord,
        document: Option<pidf::Document>,
    ) -> bool {
        let PublicationOutcome::Live {
            etag,
            expires,
            request,
            publisher,
            body,
        } = record.outcome
        else {
            return false;
        };
        let Some(entry) = self.presentities.get_mut(slot) else {
            return false;
        };
        let number = record.number;
        let read = |body: Octets| pidf::parse(&body, &self.options.pidf).ok();
        let document = document.or_else(|| body.and_then(read));
        let changed = document.is_some();
        match (entry.place(number), document) {
            (Ok(place), document) => {
                let known = &mut entry.publications[place];
                self.timers
                    .disarm(known.expires, Timer::Publication(slot, number));
                (known.etag, known.expires, known.request) = (etag, expires, request);
                if let Some(document) = document {
                    (known.document, known.at) = (document, record.at);
                    known.publisher = publisher;
                }
            }
            (Err(place), Some(document)) => {
                entry.last_publication = entry.last_publication.max(number);
                let publication = Publication {
                    number,
                    etag,
                    expires,
                    at: record.at,
                    request,
                    publisher,
                    document,
                };
                entry.publications.reserve_exact(1);
                entry.publications.insert(place, publication);
            }
            // A refresh of what is over already.
            (Err(_), None) => return false,
        }
        self.timers.arm(expires, Timer::Publication(slot, number));
        changed
    }

    fn take_publication(&mut self, slot: Slot, number: u32) -> bool {
        let Some(entry) = self.presentities.get_mut(slot) else {
            return false;
        };
        let Ok(place) = entry.place(number) else {
            return false;
        };
        let publication = entry.publications.remove(place);
        self.timers
            .disarm(publication.expires, Timer::Publication(slot, number));
        true
    }

    pub(super) fn on_publication_due(
        &mut self,
        now: Stamp,
        slot: Slot,
        number: u32,
        out: &mut Outbox,
    ) {
        let Some(entry) = self.presentities.get(slot) else {
            return;
        };
        let over = |one: &Publication| one.expires <= now;
        let Some(publication) = entry.publication(number).filter(|one| over(one)) else {
            return;
        };
        let subject = Subject::Publication(entry.name.clone(), number);
        if self.pending.is_busy(&subject) {
            // It may be renewed this very moment.
            self.timers
                .arm(now + LOG_RETRY, Timer::Publication(slot, number));
            return;
        }
        let record = ServerRecord::Publication(PublicationRecord {
            presentity: entry.name.clone(),
            number,
            at: now,
            outcome: PublicationOutcome::Ended {
                etag: publication.etag,
            },
        });
        self.submit(Waiting::unattended(subject), &record, out);
    }

    fn on_subscription(
        &mut self,
        now: Stamp,
        record: SubscriptionRecord,
        waiting: Option<Waiting>,
        out: &mut Outbox,
    ) {
        if let Some(Answer {
            transaction,
            channel,
            echo,
            expires,
        }) = waiting.and_then(|waiting| waiting.answer)
        {
            out.answer_with(transaction, |out| {
                pw::write_ok(&echo, channel, expires, out)
            });
        }
        self.unsaved.note(|| Key::Subscription(record.tag));
        let slot = match record.outcome {
            SubscriptionOutcome::Live(terms) => {
                self.put_subscription(now, &record.presentity, record.tag, terms, out)
            }
            SubscriptionOutcome::Ended(ending) => {
                let slot = self.subscriptions.find(&record.tag);
                if let Some(subscription) = slot.and_then(|slot| self.subscriptions.get_mut(slot)) {
                    subscription.ending = Some(ending);
                    subscription.owed = self.live && ending.reason().is_some();
                }
                slot
            }
        };
        if let Some(slot) = slot {
            self.tell_or_reject(now, slot, out);
        }
    }

    /// Tells a watcher what it is owed, or that it is blocked.
    pub(super) fn tell_or_reject(&mut self, now: Stamp, slot: Slot, out: &mut Outbox) {
        let subscription = self.subscriptions.get(slot);
        let blocked = |subscription: &Subscription| {
            subscription.handling == Handling::Block && subscription.ending.is_none()
        };
        if self.live && subscription.is_some_and(blocked) {
            self.end(slot, Ending::Rejected, out);
        } else {
            self.tell(now, slot, out);
        }
    }

    /// Makes or renews a subscription.
    pub(super) fn put_subscription(
        &mut self,
        now: Stamp,
        presentity: &Presentity,
        tag: ToTag,
        mut terms: Terms,
        out: &mut Outbox,
    ) -> Option<Slot> {
        let expires = terms.expires;
        let slot = match self.subscriptions.find(&tag) {
            Some(slot) => {
                let subscription = self.subscriptions.get_mut(slot)?;
                self.timers
                    .disarm(subscription.terms.expires, Timer::Subscription(slot));
                terms.cseq_max = terms.cseq_max.max(subscription.terms.cseq_max);
                let used = subscription.terms.dialog.local_cseq();
                terms
                    .dialog
                    .set_local_cseq(if self.live { used } else { terms.cseq_max });
                subscription.terms = terms;
                subscription.owed = true;
                slot
            }
            None => {
                let Some(home) = self.entry(presentity) else {
                    fault(now, Room::Pw, "presentities-max", out);
                    return None;
                };
                let policy = self
                    .presentities
                    .get(home)
                    .and_then(|entry| entry.policy.as_deref());
                let handling = handling(policy, &terms.watcher, self.options.default_handling);
                if !self.live {
                    // Any of them may have been used.
                    terms.dialog.set_local_cseq(terms.cseq_max);
                }
                let subscription = Subscription::new(tag, home, terms, handling);
                let slot = self.subscriptions.insert(subscription)?;
                self.watch(home, slot, out);
                slot
            }
        };
        self.timers.arm(expires, Timer::Subscription(slot));
        Some(slot)
    }

    fn watch(&mut self, home: Slot, slot: Slot, out: &mut Outbox) {
        if let Some(entry) = self.presentities.get_mut(home) {
            entry.watchers.push(slot);
            if entry.watchers.len() == 1 && self.live {
                out.reporting.push(Reporting {
                    presentity: entry.name.clone(),
                    watched: true,
                });
            }
        }
    }

    /// Lets go of a subscription that is over.
    pub(super) fn forget(&mut self, slot: Slot, out: &mut Outbox) {
        let Some(subscription) = self.subscriptions.remove(slot) else {
            return;
        };
        self.timers
            .disarm(subscription.terms.expires, Timer::Subscription(slot));
        if let Some(at) = subscription.retry_at {
            self.timers.disarm(at, Timer::Retry(slot));
        }
        let home = subscription.presentity;
        if let Some(entry) = self.presentities.get_mut(home) {
            entry.watchers.retain(|watcher| *watcher != slot);
            if entry.watchers.is_empty() {
                entry.served = entry.served.take().filter(|_| self.tap);
                if self.live {
                    out.reporting.push(Reporting {
                        presentity: entry.name.clone(),
                        watched: false,
                    });
                }
            }
        }
        self.tidy(home);
    }

    fn on_reservation(&mut self, now: Stamp, record: &ReservationRecord, out: &mut Outbox) {
        self.unsaved.note(|| Key::Subscription(record.tag));
        let Some(slot) = self.subscriptions.find(&record.tag) else {
            return;
        };
        let Some(subscription) = self.subscriptions.get_mut(slot) else {
            return;
        };
        let terms = &mut subscription.terms;
        terms.cseq_max = terms.cseq_max.max(record.cseq_max);
        if self.live {
            subscription.reserving = false;
            self.tell(now, slot, out);
        } else {
            terms.dialog.set_local_cseq(terms.cseq_max);
        }
    }

    /// What we wanted recorded was not: it is wanted again later.
    pub(super) fn on_refused(&mut self, now: Stamp, waiting: &Waiting) {
        let again = now + LOG_RETRY;
        match &waiting.subject {
            Subject::Publication(presentity, number) if waiting.answer.is_none() => {
                if let Some(slot) = self.presentities.find(presentity) {
                    self.timers.arm(again, Timer::Publication(slot, *number));
                }
            }
            Subject::End(tag) | Subject::Reservation(tag) => {
                if let Some(slot) = self.subscriptions.find(tag) {
                    self.pause(again, slot);
                }
            }
            Subject::Publication(..) | Subject::Dialog(_) => {}
        }
    }

    /// What is known of a presentity.
    pub(super) fn find(&self, presentity: &Presentity) -> Option<&Entry> {
        self.presentities.get(self.presentities.find(presentity)?)
    }
}

fn fault(at: Stamp, room: Room, kind: &'static str, out: &mut Outbox) {
    out.faults.push(Fault {
        at,
        room,
        kind,
        peer: None,
    });
}
