//! The state store on fjall: a keyspace a table, keys that begin with the partition.

use std::collections::HashSet;
use std::path::Path;

use ::fjall::{Database, Keyspace, KeyspaceCreateOptions, PersistMode};

use super::disk::make_folder;
use crate::pen::log::{LogPos, Partition};
use crate::pen::state::{
    Change, Durability, Row, StateBatch, StateStore, StoreError, Table, check_keys,
};

/// Presence state in a folder of fjall's.
pub struct FjallStore {
    database: Database,
    keyspaces: Vec<(Table, Keyspace)>,
}

/// Layout of rows and of the row about the store itself.
const LAYOUT: u32 = 1;
/// Key of the row about the store itself, in [`Table::Meta`]: layout and applied position. Shorter
/// than any other key, for those begin with the partition.
const OWN_KEY: [u8; 1] = [0];
const PARTITION_OCTETS: usize = 2;

impl FjallStore {
    /// Opens the store in a folder, which is made where it is missing.
    ///
    /// # Errors
    /// [`StoreError`] when another process holds it, when another version wrote it, or when it
    /// cannot be read.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        make_folder(folder).map_err(|error| StoreError::Engine {
            what: "cannot make the folder of the state",
            why: error.to_string(),
        })?;
        let database = Database::builder(folder)
            .open()
            .map_err(|error| match error {
                ::fjall::Error::Locked => StoreError::Locked {
                    folder: folder.display().to_string(),
                },
                error => failed("cannot open the state")(error),
            })?;
        let mut keyspaces = Vec::with_capacity(Table::ALL.len());
        for table in Table::ALL {
            let keyspace = database
                .keyspace(table.name(), KeyspaceCreateOptions::default)
                .map_err(failed("cannot open a table of the state"))?;
            keyspaces.push((table, keyspace));
        }
        let store = Self {
            database,
            keyspaces,
        };
        store.applied()?;
        Ok(store)
    }

    fn keyspace(&self, table: Table) -> Result<&Keyspace, StoreError> {
        let found = self.keyspaces.iter().find(|(other, _)| *other == table);
        found
            .map(|(_, keyspace)| keyspace)
            .ok_or(StoreError::Foreign { table })
    }

    fn applied(&self) -> Result<LogPos, StoreError> {
        let own = self
            .keyspace(Table::Meta)?
            .get(OWN_KEY)
            .map_err(failed("cannot read where the state stands"))?;
        own.map_or(Ok(LogPos(0)), |own| read_own(&own))
    }
}

impl StateStore for FjallStore {
    fn commit(
        &mut self,
        writes: &StateBatch,
        applied: LogPos,
        durability: Durability,
    ) -> Result<(), StoreError> {
        check_keys(writes)?;
        let mut batch = self.database.batch().durability(Some(match durability {
            Durability::Buffered => PersistMode::Buffer,
            Durability::Synced => PersistMode::SyncAll,
        }));
        // Within one batch the engine does not promise that the last of several changes to a row
        // counts, so only the last is handed to it.
        let changes: Vec<_> = writes.changes().collect();
        let mut seen = HashSet::with_capacity(changes.len());
        for change in changes.iter().rev() {
            if !seen.insert((change.table, change.partition, change.key)) {
                continue;
            }
            let keyspace = self.keyspace(change.table)?;
            match change.value {
                Some(value) => batch.insert(keyspace, row_key(change), value),
                None => batch.remove(keyspace, row_key(change)),
            }
        }
        batch.insert(self.keyspace(Table::Meta)?, OWN_KEY, own(applied));
        batch.commit().map_err(failed("cannot commit the state"))
    }

    fn scan(&mut self, each: &mut dyn FnMut(Row<'_>)) -> Result<LogPos, StoreError> {
        for (table, keyspace) in &self.keyspaces {
            for row in keyspace.iter() {
                let (key, value) = row.into_inner().map_err(failed("cannot read the state"))?;
                if *table == Table::Meta && *key == OWN_KEY {
                    continue;
                }
                let (partition, key) = key
                    .split_first_chunk::<PARTITION_OCTETS>()
                    .ok_or(StoreError::Foreign { table: *table })?;
                each(Row {
                    table: *table,
                    partition: Partition(u16::from_be_bytes(*partition)),
                    key,
                    value: &value,
                });
            }
        }
        self.applied()
    }
}

fn row_key(change: &Change<'_>) -> Vec<u8> {
    let mut key = Vec::with_capacity(PARTITION_OCTETS + change.key.len());
    key.extend_from_slice(&change.partition.0.to_be_bytes());
    key.extend_from_slice(change.key);
    key
}

fn own(applied: LogPos) -> [u8; 12] {
    let mut row = [0; 12];
    row[..4].copy_from_slice(&LAYOUT.to_be_bytes());
    row[4..].copy_from_slice(&applied.0.to_be_bytes());
    row
}

fn read_own(row: &[u8]) -> Result<LogPos, StoreError> {
    let foreign = StoreError::Foreign { table: Table::Meta };
    let Some((layout, rest)) = row.split_first_chunk() else {
        return Err(foreign);
    };
    let found = u32::from_be_bytes(*layout);
    if found != LAYOUT {
        return Err(StoreError::Layout {
            found,
            known: LAYOUT,
        });
    }
    let applied = rest.try_into().map_err(|_| foreign)?;
    Ok(LogPos(u64::from_be_bytes(applied)))
}

fn failed(what: &'static str) -> impl Fn(::fjall::Error) -> StoreError {
    move |error| StoreError::Engine {
        what,
        why: error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_of_another_layout_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let store = FjallStore::open(folder.path()).unwrap();
        let mut row = own(LogPos(7));
        row[3] = 2;
        let meta = store.keyspace(Table::Meta).unwrap();
        meta.insert(OWN_KEY, row).unwrap();
        drop(store);
        let opened = FjallStore::open(folder.path());
        assert!(matches!(
            opened.err(),
            Some(StoreError::Layout { found: 2, known: 1 })
        ));
    }

    #[test]
    fn a_row_about_the_store_that_is_cut_short_is_refused() {
        let row = own(LogPos(7));
        assert_eq!(read_own(&row).unwrap(), LogPos(7));
        for end in 0..row.len() {
            assert!(read_own(&row[..end]).is_err(), "{end}");
        }
    }
}
