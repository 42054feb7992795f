//! Start, shut-down, and what an operator may look at.

use pengate_codecs::Stamp;
use serde_json::{Value, json};

use super::{Ending, Outbox, Shard, slab::Slot, subscription::Subscription, timers::Timer};
use crate::pen::Handling;

impl Shard {
    /// Call once after rows were loaded and the log was replayed: tells who is watched, and begins
    /// to bring watchers up to date, since nobody knows which NOTIFYs reached them.
    pub fn recovered(&mut self, now: Stamp, out: &mut Outbox) {
        let watched = self
            .presentities
            .iter()
            .filter(|(_, entry)| !entry.watchers.is_empty());
        let watched: Vec<Slot> = watched.map(|(slot, _)| slot).collect();
        for slot in watched {
            self.report(slot, out);
        }
        for slot in self.slots_of(|subscription| subscription.handling == Handling::Block) {
            self.end(slot, Ending::Rejected, out);
        }
        if self.options.catch_up_per_second > 0 && self.subscriptions.len() > 0 {
            self.catch_up = Some(Slot(0));
            self.timers.arm(now, Timer::CatchUp);
        }
    }

    /// Call before the process ends: by configuration, subscriptions are ended. They are when
    /// [`Shard::is_drained`] says so and what `out` holds was sent.
    pub fn drain(&mut self, out: &mut Outbox) {
        if !self.options.end_subscriptions_on_drain {
            return;
        }
        for slot in self.slots_of(|_| true) {
            self.end(slot, Ending::Deactivated, out);
        }
    }

    fn slots_of(&self, which: impl Fn(&Subscription) -> bool) -> Vec<Slot> {
        let all = self.subscriptions.iter();
        all.filter(|(_, subscription)| which(subscription))
            .map(|(slot, _)| slot)
            .collect()
    }

    /// Whether nothing waits for the log, and after [`Shard::drain`] nothing for a watcher.
    #[must_use]
    pub fn is_drained(&self) -> bool {
        let ending = !self.options.end_subscriptions_on_drain || self.subscriptions.len() == 0;
        self.pending.len() == 0 && ending
    }

    /// What is known of a presentity: the document as a watcher sees it, and who told what. `None`
    /// when there is no such presentity.
    #[must_use]
    pub fn document(&self, uri: &str) -> Option<Value> {
        let presentity = self.directory.resolve(uri)?;
        let xml = self.document_of(&presentity);
        let entry = self.find(&presentity);
        let publications = entry.map_or(&[][..], |entry| &entry.publications);
        let publications: Vec<_> = publications
            .iter()
            .map(|publication| {
                json!({
                    "number": publication.number,
                    "publisher": publication.publisher,
                    "at": publication.at,
                    "expires": publication.expires,
                })
            })
            .collect();
        let facets = entry.map(|entry| super::provenance::facets(&entry.facets, &self.names));
        Some(json!({
            "presentity": presentity,
            "document": String::from_utf8_lossy(&xml),
            "facets": facets.unwrap_or_default(),
            "publications": publications,
            "watchers": entry.map_or(0, |entry| entry.watchers.len()),
        }))
    }
}
