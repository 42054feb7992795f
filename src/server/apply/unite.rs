//! Two presentities turn out to be one person: everything of the one that ceases to be moves.

use std::mem;

use pengate_codecs::Stamp;

use crate::server::{
    Outbox, Shard, policy::handling, presentity::Publication, slab::Slot, state::Key, timers::Timer,
};

impl Shard {
    /// Moves what network, publishers and watchers brought. Gives the watchers that moved: they are
    /// to be told once the presentity is whole.
    pub(super) fn unite(
        &mut self,
        now: Stamp,
        former: Slot,
        home: Slot,
        out: &mut Outbox,
    ) -> Vec<Slot> {
        let Some(entry) = self.presentities.get_mut(former) else {
            return Vec::new();
        };
        let facets = mem::take(&mut entry.facets);
        let publications = mem::take(&mut entry.publications);
        let watchers = mem::take(&mut entry.watchers);
        let policy = entry.policy.take();
        let name = entry.name.clone();
        for publication in &publications {
            let number = publication.number;
            self.timers
                .disarm(publication.expires, Timer::Publication(former, number));
            self.unsaved.note(|| Key::Publication(name.clone(), number));
        }
        self.report(former, out);
        self.after_facets(now, former, true, out);
        if let Some(entry) = self.presentities.get_mut(home) {
            let mut scope = Self::scope(now, &mut self.names, &self.resets, &self.options);
            entry.facets.absorb(facets, &mut scope);
            // Of two presentities' rules those decided last count.
            let own = entry.policy.as_ref().map(|policy| policy.at);
            if policy.as_ref().is_some_and(|other| own < Some(other.at)) {
                entry.policy = policy;
            }
        }
        for publication in publications {
            self.move_publication(home, publication);
        }
        self.move_watchers(home, &watchers, out);
        watchers
    }

    fn move_publication(&mut self, home: Slot, publication: Publication) {
        let Some(entry) = self.presentities.get_mut(home) else {
            return;
        };
        let number = entry.last_publication.saturating_add(1);
        entry.last_publication = number;
        let name = entry.name.clone();
        self.timers
            .arm(publication.expires, Timer::Publication(home, number));
        // The greatest number is the last.
        entry.publications.push(Publication {
            number,
            ..publication
        });
        self.unsaved.note(|| Key::Publication(name, number));
    }

    /// Watchers of both are decided about by the rules that count now.
    fn move_watchers(&mut self, home: Slot, watchers: &[Slot], out: &mut Outbox) {
        let Some(entry) = self.presentities.get_mut(home) else {
            return;
        };
        entry.watchers.extend_from_slice(watchers);
        let policy = entry.policy.as_deref();
        for slot in &entry.watchers {
            let Some(subscription) = self.subscriptions.get_mut(*slot) else {
                continue;
            };
            let tag = subscription.tag;
            let watcher = &subscription.terms.watcher;
            subscription.handling = handling(policy, watcher, self.options.default_handling);
            if subscription.presentity != home {
                subscription.presentity = home;
                // Its documents were counted elsewhere.
                subscription.told = 0;
                self.unsaved.note(|| Key::Subscription(tag));
            }
        }
        self.report(home, out);
    }
}
