//! Rows for the state store: what changed since they were taken last, and how they come back.

use std::collections::{BTreeMap, BTreeSet};

use pengate_codecs::Stamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{
    Outbox, Shard,
    facets::Facets,
    octets::Octets,
    policy::Policy,
    presentity::{Entry, Publication},
    record::{PublicationOutcome, PublicationRecord, SubscriptionOutcome, SubscriptionRecord},
};
use crate::{
    pen::{
        Bind, IdentityKey, Presentity, SourceReset,
        log::Partition,
        state::{Row, StateBatch, Table},
    },
    session::sip::ToTag,
};

/// A row that is to be written.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Key {
    Presentity(Presentity),
    Publication(Presentity, u32),
    /// With the partition in the tag.
    Subscription(ToTag),
    Resets,
}

/// Rows that changed, when somebody asks for them.
#[derive(Debug, Default)]
pub(super) struct Unsaved {
    collect: bool,
    keys: BTreeSet<Key>,
    binds: BTreeMap<IdentityKey, Bind>,
}

impl Unsaved {
    pub(super) fn note(&mut self, key: impl FnOnce() -> Key) {
        if self.collect {
            self.keys.insert(key());
        }
    }

    /// Sessions and addresses have rows of the agent's.
    pub(super) fn note_bind(&mut self, bind: &Bind) {
        let is_lasting = !matches!(bind.key, IdentityKey::Session(_) | IdentityKey::Address(_));
        if self.collect && is_lasting {
            self.binds.insert(bind.key.clone(), bind.clone());
        }
    }
}

/// A row that cannot be taken back.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("unreadable row in {table:?}")]
pub struct LoadError {
    /// Its table.
    pub table: Table,
}

/// What a presentity's row holds.
#[derive(Deserialize, Serialize)]
struct StoredPresentity {
    name: Presentity,
    facets: Octets,
    policy: Option<Policy>,
    last_publication: u32,
}

const RESETS: &[u8] = b"server/resets";
const BIND: &[u8] = b"server/bind/";

impl Shard {
    /// Notes from now on which rows change, for [`Shard::take_writes`].
    pub const fn collect_writes(&mut self) {
        self.unsaved.collect = true;
    }

    /// Appends every row that changed since the last call: as it is now, or as removed.
    pub fn take_writes(&mut self, batch: &mut StateBatch) {
        for key in std::mem::take(&mut self.unsaved.keys) {
            match &key {
                Key::Presentity(presentity) => self.write_presentity(presentity, batch),
                Key::Publication(presentity, number) => {
                    self.write_publication(presentity, *number, batch);
                }
                Key::Subscription(tag) => self.write_subscription(*tag, batch),
                Key::Resets => {
                    let resets: Vec<_> = self.resets.iter(&self.names).collect();
                    put(batch, Table::Meta, Partition::ALL, RESETS, &resets);
                }
            }
        }
        for (key, bind) in std::mem::take(&mut self.unsaved.binds) {
            let mut name = BIND.to_vec();
            write_to(&key, &mut name);
            put(batch, Table::Meta, Partition::ALL, &name, &bind);
        }
    }

    /// Takes back a row, at start, before the log is replayed; rows of others are left alone.
    ///
    /// # Errors
    /// [`LoadError`] when the row is not what this version writes.
    pub fn load(&mut self, now: Stamp, row: Row<'_>) -> Result<(), LoadError> {
        let loaded = match row.table {
            Table::Presentities => self.load_presentity(row.value),
            Table::Publications => self.load_publication(row.value),
            Table::Subscriptions => self.load_subscription(now, row.value),
            Table::Meta if row.key == RESETS => self.load_resets(row.value),
            Table::Meta if row.key.starts_with(BIND) => {
                read::<Bind>(row.value).map(|bind| self.directory.bind(&bind))
            }
            Table::Index | Table::Seen | Table::Meta => Some(()),
        };
        loaded.ok_or(LoadError { table: row.table })
    }

    /// The bind that a row holds, if it holds one: the agent needs it as well.
    #[must_use]
    pub fn bind_of(row: Row<'_>) -> Option<Bind> {
        let is_bind = row.table == Table::Meta && row.key.starts_with(BIND);
        is_bind.then(|| read(row.value)).flatten()
    }

    fn write_presentity(&self, presentity: &Presentity, batch: &mut StateBatch) {
        let partition = self.options.partition(presentity);
        let key = presentity.as_str().as_bytes();
        let stored = self.find(presentity).filter(|entry| {
            !entry.facets.is_empty() || entry.policy.is_some() || !entry.publications.is_empty()
        });
        match stored {
            Some(entry) => {
                let stored = StoredPresentity {
                    name: entry.name.clone(),
                    facets: Octets::new(entry.facets.to_bytes(&self.names)),
                    policy: entry.policy.as_deref().cloned(),
                    last_publication: entry.last_publication,
                };
                put(batch, Table::Presentities, partition, key, &stored);
            }
            None => batch.remove(Table::Presentities, partition, key),
        }
    }

    fn write_publication(&self, presentity: &Presentity, number: u32, batch: &mut StateBatch) {
        let partition = self.options.partition(presentity);
        let mut key = number.to_be_bytes().to_vec();
        key.extend_from_slice(presentity.as_str().as_bytes());
        let entry = self.find(presentity);
        match entry.and_then(|entry| Some((entry, entry.publication(number)?))) {
            Some((entry, publication)) => {
                let record = publication_record(entry, publication);
                put(batch, Table::Publications, partition, &key, &record);
            }
            None => batch.remove(Table::Publications, partition, &key),
        }
    }

    fn write_subscription(&self, tag: ToTag, batch: &mut StateBatch) {
        let partition = Partition(tag.partition);
        let key = tag.unique.to_be_bytes();
        let slot = self.subscriptions.find(&tag);
        let live = slot
            .and_then(|slot| self.subscriptions.get(slot))
            .filter(|subscription| subscription.ending.is_none());
        let home = live.and_then(|live| self.presentities.get(live.presentity));
        match (live, home) {
            (Some(subscription), Some(entry)) => {
                let record = SubscriptionRecord {
                    presentity: entry.name.clone(),
                    tag,
                    outcome: SubscriptionOutcome::Live(subscription.terms.clone()),
                };
                put(batch, Table::Subscriptions, partition, &key, &record);
            }
            _ => batch.remove(Table::Subscriptions, partition, &key),
        }
    }

    fn load_presentity(&mut self, value: &[u8]) -> Option<()> {
        let stored: StoredPresentity = read(value)?;
        let facets = Facets::from_bytes(&stored.facets, &mut self.names).ok()?;
        let slot = self.entry(&stored.name)?;
        let entry = self.presentities.get_mut(slot)?;
        let due = facets
            .next_deadline(&self.options.facets)
            .unwrap_or(Stamp::MAX);
        self.timers
            .disarm(entry.facets_due, super::timers::Timer::Facets(slot));
        self.timers.arm(due, super::timers::Timer::Facets(slot));
        entry.facets_due = due;
        entry.facets = facets;
        entry.policy = stored.policy.map(Box::new);
        entry.last_publication = entry.last_publication.max(stored.last_publication);
        Some(())
    }

    fn load_publication(&mut self, value: &[u8]) -> Option<()> {
        let record: PublicationRecord = read(value)?;
        let slot = self.entry(&record.presentity)?;
        self.put_publication(slot, record, None).then_some(())
    }

    fn load_subscription(&mut self, now: Stamp, value: &[u8]) -> Option<()> {
        let record: SubscriptionRecord = read(value)?;
        let SubscriptionOutcome::Live(terms) = record.outcome else {
            return None;
        };
        let mut nowhere = Outbox::default();
        self.live = false;
        let slot = self.put_subscription(now, &record.presentity, record.tag, terms, &mut nowhere);
        self.live = true;
        slot.map(|_| ())
    }

    fn load_resets(&mut self, value: &[u8]) -> Option<()> {
        for reset in read::<Vec<SourceReset>>(value)? {
            self.resets.insert(&reset, &mut self.names);
        }
        Some(())
    }
}

fn publication_record(entry: &Entry, publication: &Publication) -> PublicationRecord {
    let mut body = Vec::new();
    publication
        .document
        .write(publication.document.entity(), &mut body);
    PublicationRecord {
        presentity: entry.name.clone(),
        number: publication.number,
        at: publication.at,
        outcome: PublicationOutcome::Live {
            etag: publication.etag,
            expires: publication.expires,
            request: publication.request,
            publisher: publication.publisher,
            body: Some(Octets::new(body)),
        },
    }
}

fn put(
    batch: &mut StateBatch,
    table: Table,
    partition: Partition,
    key: &[u8],
    value: &impl Serialize,
) {
    batch.put_with(table, partition, key, |out| write_to(value, out));
}

fn write_to(value: &impl Serialize, out: &mut Vec<u8>) {
    // Writing to memory does not fail, and none of our types refuses to be serialised.
    let _ = postcard::to_io(value, out);
}

fn read<'a, T: Deserialize<'a>>(value: &'a [u8]) -> Option<T> {
    postcard::from_bytes(value).ok()
}
