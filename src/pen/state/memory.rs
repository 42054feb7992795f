//! The state store in memory: for replay, tests and simulation.

use std::collections::BTreeMap;

use super::{Durability, Row, StateBatch, StateStore, StoreError, Table, check_keys};
use crate::pen::log::{LogPos, Partition};

/// A store that keeps its rows in memory, and what it would have after a power cut.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    now: Picture,
    synced: Picture,
    failure: Option<String>,
}

type Key = (Table, Partition, Box<[u8]>);

#[derive(Clone, Debug, Default)]
struct Picture {
    rows: BTreeMap<Key, Box<[u8]>>,
    applied: LogPos,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// From now on every commit fails.
    pub fn fail(&mut self, why: &str) {
        self.failure = Some(why.to_owned());
    }

    /// Power is cut and comes back: what was not synced is lost, and faults are forgotten.
    pub fn power_cut(&mut self) {
        self.now = self.synced.clone();
        self.failure = None;
    }
}

impl StateStore for MemoryStore {
    fn commit(
        &mut self,
        writes: &StateBatch,
        applied: LogPos,
        durability: Durability,
    ) -> Result<(), StoreError> {
        check_keys(writes)?;
        if let Some(why) = &self.failure {
            let why = why.clone();
            return Err(StoreError::Engine {
                what: "cannot commit",
                why,
            });
        }
        for change in writes.changes() {
            let key = (change.table, change.partition, change.key.into());
            match change.value {
                Some(value) => drop(self.now.rows.insert(key, value.into())),
                None => drop(self.now.rows.remove(&key)),
            }
        }
        self.now.applied = applied;
        if durability == Durability::Synced {
            self.synced = self.now.clone();
        }
        Ok(())
    }

    fn scan(&mut self, each: &mut dyn FnMut(Row<'_>)) -> Result<LogPos, StoreError> {
        for ((table, partition, key), value) in &self.now.rows {
            each(Row {
                table: *table,
                partition: *partition,
                key,
                value,
            });
        }
        Ok(self.now.applied)
    }
}
