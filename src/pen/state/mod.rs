//! The state that stands behind the pen log: written after it, and never ahead of it.
//!
//! Machines keep their state in memory and say what changed; a [`StateStore`] keeps the last synced
//! picture of it, so that a start need not read the log from its beginning. What a store loses of
//! its unsynced end is told again by the log.

use thiserror::Error;

use super::log::{LogPos, Partition};

mod memory;

pub use memory::MemoryStore;

/// What kind of state a row is.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Table {
    /// What is known of a presentity.
    Presentities,
    /// Publications (RFC 3903), by entity-tag.
    Publications,
    /// Subscriptions (RFC 6665), by dialog.
    Subscriptions,
    /// Which presentity an MSISDN, IMSI, address or session belongs to.
    Index,
    /// The latest that was seen of each source.
    Seen,
    /// Everything else that has to survive, such as reserved sequence numbers.
    Meta,
}

impl Table {
    /// Every table, in the order in which they are scanned.
    pub const ALL: [Self; 6] = [
        Self::Presentities,
        Self::Publications,
        Self::Subscriptions,
        Self::Index,
        Self::Seen,
        Self::Meta,
    ];

    /// Short name, as stores use it for their keyspaces.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Presentities => "pres",
            Self::Publications => "publ",
            Self::Subscriptions => "subs",
            Self::Index => "idx",
            Self::Seen => "seen",
            Self::Meta => "meta",
        }
    }
}

/// Longest key of a row, in octets.
pub const KEY_OCTETS_MAX: usize = 60_000;

/// A row, or the news that there is none any more.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Change<'a> {
    /// Where it belongs.
    pub table: Table,
    /// The presentity's partition.
    pub partition: Partition,
    /// The key within the partition.
    pub key: &'a [u8],
    /// The value; none where the row is removed.
    pub value: Option<&'a [u8]>,
}

/// A row of a store.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Row<'a> {
    /// Where it belongs.
    pub table: Table,
    /// The presentity's partition.
    pub partition: Partition,
    /// The key within the partition.
    pub key: &'a [u8],
    /// The value.
    pub value: &'a [u8],
}

/// Changes that a store takes together: all of them or none. Of several changes to one row the
/// last counts.
#[derive(Clone, Debug, Default)]
pub struct StateBatch {
    octets: Vec<u8>,
    rows: Vec<ChangeRow>,
}

#[derive(Clone, Copy, Debug)]
struct ChangeRow {
    table: Table,
    partition: Partition,
    /// Where the key ends in `octets`, and where the value does if there is one.
    key_end: usize,
    value_end: Option<usize>,
}

impl ChangeRow {
    fn end(&self) -> usize {
        self.value_end.unwrap_or(self.key_end)
    }
}

impl StateBatch {
    /// Writes a row, in place of what it was.
    pub fn put(&mut self, table: Table, partition: Partition, key: &[u8], value: &[u8]) {
        self.put_with(table, partition, key, |octets| {
            octets.extend_from_slice(value)
        });
    }

    /// Writes a row whose value `write` appends to the buffer it is handed.
    pub fn put_with(
        &mut self,
        table: Table,
        partition: Partition,
        key: &[u8],
        write: impl FnOnce(&mut Vec<u8>),
    ) {
        self.octets.extend_from_slice(key);
        let key_end = self.octets.len();
        write(&mut self.octets);
        let value_end = Some(self.octets.len());
        self.rows.push(ChangeRow {
            table,
            partition,
            key_end,
            value_end,
        });
    }

    /// Removes a row; that there is none is no error.
    pub fn remove(&mut self, table: Table, partition: Partition, key: &[u8]) {
        self.octets.extend_from_slice(key);
        let key_end = self.octets.len();
        self.rows.push(ChangeRow {
            table,
            partition,
            key_end,
            value_end: None,
        });
    }

    /// Appends all changes of another batch.
    pub fn append(&mut self, other: &Self) {
        let shift = self.octets.len();
        self.octets.extend_from_slice(&other.octets);
        self.rows.extend(other.rows.iter().map(|row| ChangeRow {
            key_end: row.key_end + shift,
            value_end: row.value_end.map(|end| end + shift),
            ..*row
        }));
    }

    /// The changes in order.
    pub fn changes(&self) -> impl Iterator<Item = Change<'_>> {
        let mut start = 0;
        self.rows.iter().map(move |row| {
            let change = Change {
                table: row.table,
                partition: row.partition,
                key: &self.octets[start..row.key_end],
                value: row.value_end.map(|end| &self.octets[row.key_end..end]),
            };
            start = row.end();
            change
        })
    }

    /// How many changes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is no change.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Octets of all keys and values.
    #[must_use]
    pub fn octets(&self) -> usize {
        self.octets.len()
    }

    /// Empties the batch and keeps its memory.
    pub fn clear(&mut self) {
        self.octets.clear();
        self.rows.clear();
    }
}

/// How far a commit is carried.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Durability {
    /// As far as is cheap: a crash may lose it, and everything after it, but never a part of it.
    Buffered,
    /// Durable, with everything before it, when the call returns.
    Synced,
}

/// Why a store could not do as told.
#[derive(Debug, Error)]
pub enum StoreError {
    /// A key longer than [`KEY_OCTETS_MAX`]. Nothing of the batch was taken.
    #[error("a key of {octets} octets in {table:?} is too long")]
    KeyTooLong {
        /// Whose key.
        table: Table,
        /// How long it is.
        octets: usize,
    },
    /// Another process holds the store.
    #[error("the state in {folder} is held by another process")]
    Locked {
        /// The folder.
        folder: String,
    },
    /// The store was written by another version of its layout.
    #[error("the state has layout {found}, this version knows {known}")]
    Layout {
        /// What the store says.
        found: u32,
        /// What is known here.
        known: u32,
    },
    /// A row that no version of this program wrote.
    #[error("the state holds a row in {table:?} that cannot be read")]
    Foreign {
        /// In which table.
        table: Table,
    },
    /// The engine under the store failed; nothing more will be taken.
    #[error("{what}: {why}")]
    Engine {
        /// What was attempted.
        what: &'static str,
        /// What the engine said.
        why: String,
    },
}

/// Keeps the state that machines hold in memory.
pub trait StateStore {
    /// Takes the changes together with the position up to which the log is contained in them.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing of the batch was taken.
    fn commit(
        &mut self,
        writes: &StateBatch,
        applied: LogPos,
        durability: Durability,
    ) -> Result<(), StoreError>;

    /// At start: hands out every row, table by table in the order of [`Table::ALL`], within a table
    /// in the order of partition and key, and tells where in the log the state stands.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    fn scan(&mut self, each: &mut dyn FnMut(Row<'_>)) -> Result<LogPos, StoreError>;
}

impl<S: StateStore + ?Sized> StateStore for Box<S> {
    fn commit(
        &mut self,
        writes: &StateBatch,
        applied: LogPos,
        durability: Durability,
    ) -> Result<(), StoreError> {
        (**self).commit(writes, applied, durability)
    }

    fn scan(&mut self, each: &mut dyn FnMut(Row<'_>)) -> Result<LogPos, StoreError> {
        (**self).scan(each)
    }
}

/// Refuses a batch with a key that not every store can hold.
///
/// # Errors
/// [`StoreError::KeyTooLong`].
pub fn check_keys(writes: &StateBatch) -> Result<(), StoreError> {
    let long = writes
        .changes()
        .find(|change| change.key.len() > KEY_OCTETS_MAX);
    long.map_or(Ok(()), |change| {
        Err(StoreError::KeyTooLong {
            table: change.table,
            octets: change.key.len(),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_gives_back_its_changes_in_order() {
        let mut first = StateBatch::default();
        first.put(Table::Presentities, Partition(1), b"alice", b"open");
        first.remove(Table::Seen, Partition(2), b"ggsn");
        let mut batch = StateBatch::default();
        batch.put(Table::Meta, Partition(3), b"", b"");
        batch.append(&first);
        let changes: Vec<_> = batch
            .changes()
            .map(|change| (change.table, change.partition.0, change.key, change.value))
            .collect();
        assert_eq!(
            changes,
            [
                (Table::Meta, 3, &b""[..], Some(&b""[..])),
                (Table::Presentities, 1, b"alice", Some(b"open")),
                (Table::Seen, 2, b"ggsn", None),
            ]
        );
        assert_eq!((batch.len(), batch.octets()), (3, 13));
    }
}
