//! What every state store has to do, whatever it is made of.

use std::path::PathBuf;

use pengate::io::store::FjallStore;
use pengate::pen::log::{LogPos, Partition};
use pengate::pen::state::{
    Durability, KEY_OCTETS_MAX, MemoryStore, StateBatch, StateStore, StoreError, Table,
};

use crate::support::copy;

/// Makes stores of one kind, and crashes them.
trait Bed {
    type Store: StateStore;
    fn fresh() -> (Self, Self::Store)
    where
        Self: Sized;
    /// The process or the machine dies without warning, and the store is opened again.
    fn crash(&mut self, store: Self::Store) -> Self::Store;
}

struct Memory;

impl Bed for Memory {
    type Store = MemoryStore;

    fn fresh() -> (Self, MemoryStore) {
        (Self, MemoryStore::new())
    }

    fn crash(&mut self, mut store: MemoryStore) -> MemoryStore {
        store.power_cut();
        store
    }
}

/// A crash is what the folder holds while the store is open.
struct Fjall {
    parent: tempfile::TempDir,
    lives: u32,
}

impl Fjall {
    fn folder(&self) -> PathBuf {
        self.parent.path().join(self.lives.to_string())
    }
}

impl Bed for Fjall {
    type Store = FjallStore;

    fn fresh() -> (Self, FjallStore) {
        let bed = Self {
            parent: tempfile::tempdir().unwrap(),
            lives: 0,
        };
        let store = FjallStore::open(&bed.folder()).unwrap();
        (bed, store)
    }

    fn crash(&mut self, store: FjallStore) -> FjallStore {
        let before = self.folder();
        self.lives += 1;
        copy(&before, &self.folder());
        drop(store);
        FjallStore::open(&self.folder()).unwrap()
    }
}

/// Table, partition, key and value.
type OwnedRow = (Table, u16, Vec<u8>, Vec<u8>);

/// Everything in a store: where it stands, and its rows.
fn scanned(store: &mut dyn StateStore) -> (u64, Vec<OwnedRow>) {
    let mut rows = Vec::new();
    let applied = store
        .scan(&mut |row| {
            let (key, value) = (row.key.to_vec(), row.value.to_vec());
            rows.push((row.table, row.partition.0, key, value));
        })
        .unwrap();
    (applied.0, rows)
}

fn put(store: &mut dyn StateStore, key: &[u8], value: &[u8], applied: u64, durability: Durability) {
    let mut batch = StateBatch::default();
    batch.put(Table::Presentities, Partition(1), key, value);
    store.commit(&batch, LogPos(applied), durability).unwrap();
}

fn a_fresh_store_is_empty_and_stands_at_the_beginning<B: Bed>() {
    let (_bed, mut store) = B::fresh();
    assert_eq!(scanned(&mut store), (0, vec![]));
}

fn rows_come_by_table_partition_and_key<B: Bed>() {
    let (mut bed, mut store) = B::fresh();
    let mut batch = StateBatch::default();
    for table in Table::ALL.into_iter().rev() {
        for partition in [700, 3] {
            for key in [&b"b"[..], b"", b"ab"] {
                batch.put(table, Partition(partition), key, table.name().as_bytes());
            }
        }
    }
    store.commit(&batch, LogPos(9), Durability::Synced).unwrap();
    let mut expected = Vec::new();
    for table in Table::ALL {
        for partition in [3, 700] {
            for key in [&b""[..], b"ab", b"b"] {
                let value = table.name().as_bytes().to_vec();
                expected.push((table, partition, key.to_vec(), value));
            }
        }
    }
    assert_eq!(scanned(&mut store), (9, expected.clone()));
    let mut store = bed.crash(store);
    assert_eq!(scanned(&mut store), (9, expected));
}

fn the_last_change_to_a_row_counts<B: Bed>() {
    let (_bed, mut store) = B::fresh();
    let (table, partition) = (Table::Seen, Partition(5));
    let mut batch = StateBatch::default();
    for value in [&b"1"[..], b"2", b"3"] {
        batch.put(table, partition, b"kept", value);
        batch.put(table, partition, b"gone", value);
        batch.remove(table, partition, b"back");
        batch.put(table, partition, b"back", value);
    }
    batch.remove(table, partition, b"gone");
    batch.remove(table, partition, b"never there");
    store
        .commit(&batch, LogPos(1), Durability::Buffered)
        .unwrap();
    let row = |key: &[u8]| (table, 5, key.to_vec(), b"3".to_vec());
    assert_eq!(scanned(&mut store), (1, vec![row(b"back"), row(b"kept")]));
}

fn a_removed_row_stays_removed<B: Bed>() {
    let (mut bed, mut store) = B::fresh();
    put(&mut store, b"alice", b"open", 1, Durability::Synced);
    let mut batch = StateBatch::default();
    batch.remove(Table::Presentities, Partition(1), b"alice");
    store.commit(&batch, LogPos(2), Durability::Synced).unwrap();
    let mut store = bed.crash(store);
    assert_eq!(scanned(&mut store), (2, vec![]));
}

fn what_is_synced_survives_with_all_before_it<B: Bed>() {
    let (mut bed, mut store) = B::fresh();
    put(&mut store, b"alice", b"1", 1, Durability::Buffered);
    put(&mut store, b"alice", b"2", 2, Durability::Buffered);
    put(&mut store, b"bob", b"1", 3, Durability::Synced);
    put(&mut store, b"alice", b"3", 4, Durability::Buffered);
    let mut store = bed.crash(store);
    let (applied, rows) = scanned(&mut store);
    let alice = match applied {
        3 => b"2",
        4 => b"3",
        other => panic!("the store stands at {other}"),
    };
    let row = |key: &[u8], value: &[u8]| (Table::Presentities, 1, key.to_vec(), value.to_vec());
    assert_eq!(rows, vec![row(b"alice", alice), row(b"bob", b"1")]);
}

fn a_commit_without_changes_moves_the_position<B: Bed>() {
    let (mut bed, mut store) = B::fresh();
    let none = StateBatch::default();
    store.commit(&none, LogPos(77), Durability::Synced).unwrap();
    let mut store = bed.crash(store);
    assert_eq!(scanned(&mut store), (77, vec![]));
}

fn a_key_may_be_long_but_not_too_long<B: Bed>() {
    let (_bed, mut store) = B::fresh();
    let long = vec![b'k'; KEY_OCTETS_MAX];
    put(&mut store, &long, b"value", 1, Durability::Synced);
    let mut batch = StateBatch::default();
    batch.put(Table::Index, Partition(1), b"short", b"");
    batch.put(Table::Index, Partition(1), &[&long[..], b"k"].concat(), b"");
    let refused = store.commit(&batch, LogPos(2), Durability::Synced);
    assert!(matches!(
        refused,
        Err(StoreError::KeyTooLong {
            table: Table::Index,
            ..
        })
    ));
    let (applied, rows) = scanned(&mut store);
    assert_eq!((applied, rows.len()), (1, 1));
    assert_eq!(rows[0].2, long);
}

macro_rules! suite {
    ($($bed:ident as $name:ident),*; $tests:tt) => { $(suite!(@ $bed $name $tests);)* };
    (@ $bed:ident $name:ident { $($test:ident)* }) => {
        mod $name {
            $(#[test] fn $test() { super::$test::<super::$bed>(); })*
        }
    };
}

suite! { Memory as memory, Fjall as fjall; {
    a_fresh_store_is_empty_and_stands_at_the_beginning
    rows_come_by_table_partition_and_key
    the_last_change_to_a_row_counts
    a_removed_row_stays_removed
    what_is_synced_survives_with_all_before_it
    a_commit_without_changes_moves_the_position
    a_key_may_be_long_but_not_too_long
} }

#[test]
fn two_users_of_one_folder_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let _store = FjallStore::open(folder.path()).unwrap();
    let second = FjallStore::open(folder.path()).err().unwrap();
    assert!(matches!(second, StoreError::Locked { .. }), "{second}");
}
