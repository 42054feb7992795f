//! The thread that writes state behind the log.

use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use pengate::io::store::{Applied, Behind, CheckpointOptions, Checkpointer};
use pengate::pen::log::{LogPos, Partition};
use pengate::pen::state::{
    Durability, MemoryStore, Row, StateBatch, StateStore, StoreError, Table,
};

use crate::support::until;

const NEVER: Duration = Duration::from_secs(1_000_000);

/// A store that is looked into from outside, and remembers its commits.
#[derive(Clone, Default)]
struct Watched(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    store: MemoryStore,
    commits: Vec<(usize, u64, Durability)>,
    stuck: bool,
}

impl StateStore for Watched {
    fn commit(
        &mut self,
        writes: &StateBatch,
        applied: LogPos,
        durability: Durability,
    ) -> Result<(), StoreError> {
        while self.0.lock().unwrap().stuck {
            thread::sleep(Duration::from_micros(200));
        }
        let mut inner = self.0.lock().unwrap();
        inner.commits.push((writes.len(), applied.0, durability));
        inner.store.commit(writes, applied, durability)
    }

    fn scan(&mut self, each: &mut dyn FnMut(Row<'_>)) -> Result<LogPos, StoreError> {
        self.0.lock().unwrap().store.scan(each)
    }
}

impl Watched {
    fn commits(&self) -> Vec<(usize, u64, Durability)> {
        self.0.lock().unwrap().commits.clone()
    }

    /// What a crash at this moment leaves: where the store stands, and how many rows it has.
    fn after_power_cut(&self) -> (u64, usize) {
        let mut store = self.0.lock().unwrap().store.clone();
        store.power_cut();
        let mut rows = 0;
        let applied = store.scan(&mut |_| rows += 1).unwrap();
        (applied.0, rows)
    }
}

/// Nothing happens by time, only by size.
fn by_size() -> CheckpointOptions {
    CheckpointOptions {
        commit_interval: NEVER,
        commit_changes_max: 10,
        checkpoint_interval: NEVER,
        checkpoint_log_bytes: 1000,
        kept_log_bytes_max: 1,
        queue_batches_max: 4,
    }
}

fn start(
    store: &Watched,
    stands: u64,
    shards: usize,
    options: CheckpointOptions,
) -> (Checkpointer, Vec<pengate::io::store::StateWriter>) {
    let store = Box::new(store.clone());
    Checkpointer::start(store, LogPos(stands), shards, options, Box::new(|| {})).unwrap()
}

fn applied(pos: u64, changes: u64, log_octets: u64) -> Applied {
    let mut writes = StateBatch::default();
    for nth in 0..changes {
        let key = (pos * 1000 + nth).to_be_bytes();
        writes.put(Table::Presentities, Partition(1), &key, b"state");
    }
    Applied {
        writes,
        pos: LogPos(pos),
        log_octets,
    }
}

#[test]
fn changes_are_gathered_and_only_a_checkpoint_counts_as_synced() {
    let store = Watched::default();
    let (checkpointer, writers) = start(&store, 0, 1, by_size());
    // The first checkpoint is due from the beginning, with the first change.
    writers[0].submit(&mut applied(1, 1, 1)).unwrap();
    until("the first checkpoint", || {
        checkpointer.synced() == LogPos(1)
    });
    writers[0].submit(&mut applied(2, 9, 1)).unwrap();
    writers[0].submit(&mut applied(3, 1, 1)).unwrap();
    until("a commit", || store.commits().len() == 2);
    assert_eq!(store.commits()[1], (10, 3, Durability::Buffered));
    assert_eq!(checkpointer.synced(), LogPos(1));
    assert_eq!(store.after_power_cut(), (1, 1));
    writers[0].submit(&mut applied(4, 0, 998)).unwrap();
    until("the checkpoint", || checkpointer.synced() == LogPos(4));
    assert_eq!(store.after_power_cut(), (4, 11));
}

#[test]
fn the_slowest_shard_says_how_far_the_state_stands() {
    let store = Watched::default();
    let (checkpointer, writers) = start(&store, 5, 2, by_size());
    until("the first checkpoint", || {
        checkpointer.synced() == LogPos(5)
    });
    writers[0].submit(&mut applied(40, 10, 1000)).unwrap();
    until("a checkpoint", || store.after_power_cut() == (5, 10));
    assert_eq!(checkpointer.synced(), LogPos(5));
    writers[1].submit(&mut applied(30, 0, 1000)).unwrap();
    until("the next checkpoint", || {
        checkpointer.synced() == LogPos(30)
    });
    assert_eq!(store.after_power_cut(), (30, 10));
}

#[test]
fn time_alone_brings_commits_and_checkpoints() {
    let store = Watched::default();
    let often = CheckpointOptions {
        commit_interval: Duration::from_millis(1),
        checkpoint_interval: Duration::from_millis(5),
        ..by_size()
    };
    let (checkpointer, writers) = start(&store, 0, 1, often);
    for pos in 1..=3 {
        writers[0].submit(&mut applied(pos, 1, 0)).unwrap();
        until("a checkpoint", || checkpointer.synced() == LogPos(pos));
    }
    assert_eq!(store.after_power_cut(), (3, 3));
}

#[test]
fn a_store_that_is_stuck_makes_the_shards_wait_and_loses_nothing() {
    let store = Watched::default();
    let (checkpointer, writers) = start(&store, 0, 1, by_size());
    store.0.lock().unwrap().stuck = true;
    let mut sent = 0;
    let mut next = applied(1, 10, 0);
    while writers[0].submit(&mut next).is_ok() {
        sent += 1;
        assert!(sent < 20, "the queue has no end");
        next = applied(sent + 1, 10, 0);
    }
    assert_eq!((next.writes.len(), next.pos), (10, LogPos(sent + 1)));
    store.0.lock().unwrap().stuck = false;
    until("room", || writers[0].submit(&mut next) != Err(Behind::Busy));
    drop(writers);
    drop(checkpointer);
    let rows = usize::try_from(sent + 1).unwrap() * 10;
    assert_eq!(store.after_power_cut(), (sent + 1, rows));
}

#[test]
fn a_failing_store_is_told_and_ends_the_thread() {
    let store = Watched::default();
    let (checkpointer, writers) = start(&store, 0, 1, by_size());
    store.0.lock().unwrap().store.fail("no disk");
    writers[0].submit(&mut applied(1, 10, 0)).unwrap();
    until("the failure", || checkpointer.failure().is_some());
    assert_eq!(checkpointer.failure(), Some("cannot commit: no disk"));
    assert_eq!(checkpointer.synced(), LogPos(0));
    let mut next = applied(2, 1, 0);
    assert_eq!(writers[0].submit(&mut next), Err(Behind::Failed));
    assert_eq!(next.pos, LogPos(2));
}

#[test]
fn what_the_scan_found_is_no_checkpoint_until_it_was_synced() {
    let store = Watched::default();
    store.0.lock().unwrap().stuck = true;
    let (checkpointer, _writers) = start(&store, 9, 1, by_size());
    assert_eq!(checkpointer.synced(), LogPos(0));
    store.0.lock().unwrap().stuck = false;
    until("the first checkpoint", || {
        checkpointer.synced() == LogPos(9)
    });
    assert_eq!(store.commits(), [(0, 9, Durability::Synced)]);
}

#[test]
fn an_orderly_end_is_a_checkpoint() {
    let store = Watched::default();
    let (checkpointer, writers) = start(&store, 0, 1, by_size());
    writers[0].submit(&mut applied(1, 1, 0)).unwrap();
    writers[0].submit(&mut applied(2, 2, 0)).unwrap();
    drop(checkpointer);
    assert_eq!(store.after_power_cut(), (2, 3));
    let late = writers[0].submit(&mut applied(3, 1, 0));
    assert_eq!(late, Err(Behind::Failed));
}
