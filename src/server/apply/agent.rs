//! Records of the agent: what the network told, and what the presentity decided.

use pengate_codecs::Stamp;

use super::fault;
use crate::{
    pen::{Bind, PolicyChange, Presentity, PresentityUpdate, SourceReset},
    server::{
        Outbox, Room, Shard,
        policy::{Policy, handling},
        slab::Slot,
        state::Key,
        timers::Timer,
    },
};

impl Shard {
    pub(super) fn on_update(&mut self, now: Stamp, update: &PresentityUpdate, out: &mut Outbox) {
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
    pub(super) fn after_facets(&mut self, now: Stamp, slot: Slot, changed: bool, out: &mut Outbox) {
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

    pub(in crate::server) fn on_facets_due(&mut self, now: Stamp, slot: Slot, out: &mut Outbox) {
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

    pub(super) fn on_source_reset(&mut self, now: Stamp, reset: &SourceReset, out: &mut Outbox) {
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

    pub(super) fn on_bind(&mut self, now: Stamp, bind: &Bind, out: &mut Outbox) {
        self.directory.bind(bind);
        self.unsaved.note_bind(bind);
        let home = self.directory.home(&bind.presentity);
        let former = bind.former.as_ref().filter(|former| **former != home);
        // A public identity that the operator provisions by now stays by itself.
        let ceases =
            |former: &&Presentity| former.is_provisional() || self.directory.home(former) == home;
        let former = former.filter(ceases);
        let moves = former.and_then(|former| self.presentities.find(former));
        let known = self.presentities.find(&home);
        let Some(slot) = known.or_else(|| moves.and_then(|_| self.entry(&home))) else {
            if moves.is_some() {
                fault(now, Room::Pen, "presentities-max", out);
            }
            return;
        };
        let watchers = moves.map(|former| self.unite(now, former, slot, out));
        // Be anything moved or not, the document may show the identity.
        self.after_facets(now, slot, true, out);
        for watcher in watchers.into_iter().flatten() {
            self.tell_or_reject(now, watcher, out);
        }
    }

    pub(super) fn on_policy_change(&mut self, now: Stamp, change: PolicyChange, out: &mut Outbox) {
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
        self.report(slot, out);
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
}
