//! Log, store and the thread between them, through crashes: nothing that was settled is missing
//! from state and log together, however far the log was truncated.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use pengate::io::store::{
    Applied, Behind, CheckpointOptions, Checkpointer, FjallStore, LogOptions, SegmentLog,
    StateWriter,
};
use pengate::pen::log::{Batch, Kind, Log, LogPos, Partition, RecordRef, Settlement};
use pengate::pen::state::{StateBatch, StateStore, Table};

use crate::support::{copy, until};

/// Which record wrote a key last.
type State = BTreeMap<u16, u64>;

struct Node {
    log: SegmentLog,
    checkpointer: Checkpointer,
    writers: Vec<StateWriter>,
    state: State,
    /// What the store has not been told.
    news: Applied,
}

fn key(pos: u64) -> u16 {
    u16::try_from(pos * 7 % 23).unwrap()
}

impl Node {
    /// Opens what is in the folder; gives the position from which the log had to be replayed.
    fn open(folder: &Path) -> (Self, LogPos) {
        let options = LogOptions {
            segment_bytes: 64 << 10,
            free_bytes_min: 0,
            ..LogOptions::default()
        };
        let waker = || Box::new(|| {});
        let mut log = SegmentLog::open(&folder.join("log"), options, waker()).unwrap();
        let mut store = FjallStore::open(&folder.join("state")).unwrap();
        let mut state = State::new();
        let stands = store
            .scan(&mut |row| {
                let key = u16::from_be_bytes(row.key.try_into().unwrap());
                let pos = u64::from_be_bytes(row.value.try_into().unwrap());
                state.insert(key, pos);
            })
            .unwrap();
        let mut news = Applied {
            pos: log.last(),
            ..Applied::default()
        };
        log.replay(stands, &mut |pos, _| {
            apply(&mut state, &mut news.writes, pos.0)
        })
        .unwrap();
        let often = CheckpointOptions {
            commit_interval: Duration::from_millis(1),
            checkpoint_interval: Duration::from_millis(3),
            queue_batches_max: 4,
            ..CheckpointOptions::default()
        };
        let (checkpointer, writers) =
            Checkpointer::start(Box::new(store), stands, 1, often, waker()).unwrap();
        (
            Self {
                log,
                checkpointer,
                writers,
                state,
                news,
            },
            stands,
        )
    }

    /// Settles records, applies them, and truncates the log as far as is allowed.
    fn step(&mut self, records: u64) {
        let mut batch = Batch::default();
        let first = self.log.last().0 + 1;
        for _ in 0..records {
            let body = [0x5a; 600];
            batch.push(RecordRef {
                partition: Partition(1),
                kind: Kind(1),
                body: &body,
            });
        }
        let last = self.log.submit(&batch).unwrap();
        until("settlement", || {
            self.log.poll() == Some(Settlement::Durable(last))
        });
        for pos in first..=last.0 {
            apply(&mut self.state, &mut self.news.writes, pos);
        }
        self.news.pos = last;
        until("room in the store", || {
            self.writers[0].submit(&mut self.news) != Err(Behind::Busy)
        });
        self.log.truncate_to(self.checkpointer.synced());
    }
}

fn apply(state: &mut State, writes: &mut StateBatch, pos: u64) {
    state.insert(key(pos), pos);
    let partition = Partition(key(pos));
    writes.put(
        Table::Presentities,
        partition,
        &key(pos).to_be_bytes(),
        &pos.to_be_bytes(),
    );
}

fn first_segment(folder: &Path) -> u64 {
    let names = fs::read_dir(folder.join("log")).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let first = names
        .filter_map(|name| name.strip_suffix(".pen")?.parse().ok())
        .min();
    first.unwrap()
}

#[test]
fn state_and_log_together_know_all_that_was_settled() {
    let parent = tempfile::tempdir().unwrap();
    let folder = |life: u32| -> PathBuf { parent.path().join(life.to_string()) };
    let (mut node, _) = Node::open(&folder(0));
    let mut replays = Vec::new();
    for life in 1..=6 {
        for step in 0..12 {
            node.step(1 + step * 5);
        }
        // The log first: then whatever the thread does meanwhile, the state is not too old for it.
        fs::create_dir(folder(life)).unwrap();
        for part in ["log", "state"] {
            copy(&folder(life - 1).join(part), &folder(life).join(part));
        }
        let (opened, stands) = Node::open(&folder(life));
        assert_eq!(opened.state, node.state);
        assert_eq!(opened.log.last(), node.log.last());
        replays.push(stands);
        node = opened;
    }
    let last = node.log.last();
    until("a checkpoint", || {
        node.step(1);
        node.checkpointer.synced() > last
    });
    until("truncation", || {
        node.step(1);
        first_segment(&folder(6)) > 1000
    });
    assert!(replays.is_sorted() && replays[5] > LogPos(0), "{replays:?}");
}
