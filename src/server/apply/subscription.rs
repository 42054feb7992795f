//! Records of subscriptions and of their numbers (RFC 6665).

use pengate_codecs::Stamp;

use super::fault;
use crate::{
    pen::{Handling, Presentity, Reporting},
    server::{
        Ending, Outbox, Room, Shard,
        pending::{Answer, Waiting},
        policy::handling,
        record::{ReservationRecord, SubscriptionOutcome, SubscriptionRecord},
        rooms::pw,
        slab::Slot,
        state::Key,
        subscription::{Subscription, Terms},
        timers::Timer,
    },
    session::sip::ToTag,
};

impl Shard {
    pub(super) fn on_subscription(
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
                    // Whether its last NOTIFY can be sent yet is nothing to the network.
                    let home = subscription.presentity;
                    self.report(home, out);
                }
                slot
            }
        };
        if let Some(slot) = slot {
            self.tell_or_reject(now, slot, out);
        }
    }

    /// Tells a watcher what it is owed, or that it is blocked.
    pub(in crate::server) fn tell_or_reject(&mut self, now: Stamp, slot: Slot, out: &mut Outbox) {
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
    pub(in crate::server) fn put_subscription(
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
        }
        self.report(home, out);
    }

    /// Tells the agent when a presentity begins or ceases to be watched by somebody who is shown
    /// what the network tells (clause 4.3.2). While the log is replayed nothing is told.
    pub(in crate::server) fn report(&mut self, home: Slot, out: &mut Outbox) {
        let Some(entry) = self.presentities.get_mut(home).filter(|_| self.live) else {
            return;
        };
        let mut watchers = entry.watchers.iter();
        let watched = watchers.any(|watcher| {
            let subscription = self.subscriptions.get(*watcher);
            subscription.is_some_and(|subscription| {
                subscription.handling == Handling::Allow && subscription.ending.is_none()
            })
        });
        if watched != entry.reported {
            entry.reported = watched;
            out.reporting.push(Reporting {
                presentity: entry.name.clone(),
                watched,
                place: watched && self.options.compose.show_location,
            });
        }
    }

    /// Lets go of a subscription that is over.
    pub(in crate::server) fn forget(&mut self, slot: Slot, out: &mut Outbox) {
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
            }
        }
        self.report(home, out);
        self.tidy(home);
    }

    pub(super) fn on_reservation(
        &mut self,
        now: Stamp,
        record: &ReservationRecord,
        out: &mut Outbox,
    ) {
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
}
