//! What the log's two sides share: the queue to the writer, and what became of it.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use super::disk::as_u64;
use super::segment_log::LogFigures;
use crate::pen::log::{Batch, Kind, LogPos, Partition, RecordRef};

/// Shared by the log's front and its writer thread.
#[derive(Debug)]
pub(super) struct Shared {
    queue: Mutex<Queue>,
    wake: Condvar,
    durable: AtomicU64,
    /// Records and octets taken and not durable yet.
    waiting_records: AtomicUsize,
    waiting_octets: AtomicUsize,
    no_space: AtomicBool,
    failure: OnceLock<String>,
    writes: AtomicU64,
    octets: AtomicU64,
    sync_micros: AtomicU64,
}

#[derive(Debug, Default)]
struct Queue {
    taken: Rows,
    /// The writer sleeps until this many records are queued.
    wanted: usize,
    closing: bool,
}

/// Records of whole batches, in order.
#[derive(Debug, Default)]
pub(super) struct Rows {
    bodies: Vec<u8>,
    rows: Vec<Row>,
}

#[derive(Clone, Copy, Debug)]
struct Row {
    partition: Partition,
    kind: Kind,
    /// Where the body ends.
    end: usize,
    last_of_batch: bool,
}

/// Some batches at the same place of the queue.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Extent {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) octets: usize,
}

impl Extent {
    pub(super) fn records(&self) -> usize {
        self.to - self.from
    }
}

impl Rows {
    fn push(&mut self, batch: &Batch) {
        let count = batch.len();
        self.rows.reserve(count);
        for (nth, record) in batch.records().enumerate() {
            self.bodies.extend_from_slice(record.body);
            self.rows.push(Row {
                partition: record.partition,
                kind: record.kind,
                end: self.bodies.len(),
                last_of_batch: nth + 1 == count,
            });
        }
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    fn clear(&mut self) {
        self.bodies.clear();
        self.rows.clear();
    }

    /// Whole batches from `from` on, at least one, up to both caps.
    pub(super) fn extent(&self, from: usize, records_max: usize, octets_max: usize) -> Extent {
        let start = self.start(from);
        let mut extent = Extent {
            from,
            to: from,
            octets: 0,
        };
        for (nth, row) in self.rows.iter().enumerate().skip(from) {
            let octets = row.end - start;
            let full = nth - from >= records_max || octets > octets_max;
            if full && extent.to > from {
                break;
            }
            if row.last_of_batch {
                extent = Extent {
                    from,
                    to: nth + 1,
                    octets,
                };
            }
        }
        extent
    }

    /// The records of an extent, each with whether it is the last of its batch.
    pub(super) fn records(&self, extent: Extent) -> impl Iterator<Item = (RecordRef<'_>, bool)> {
        let mut start = self.start(extent.from);
        self.rows[extent.from..extent.to].iter().map(move |row| {
            let record = RecordRef {
                partition: row.partition,
                kind: row.kind,
                body: &self.bodies[start..row.end],
            };
            start = row.end;
            (record, row.last_of_batch)
        })
    }

    fn start(&self, row: usize) -> usize {
        row.checked_sub(1).map_or(0, |before| self.rows[before].end)
    }
}

/// What the writer finds when it asks for work.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Work {
    /// Records were moved to the writer's rows.
    Taken,
    /// Nothing came for as long as was asked.
    Idle,
    /// The front is gone and the queue is empty.
    Closed,
}

impl Shared {
    pub(super) fn new(durable: LogPos) -> Self {
        Self {
            queue: Mutex::new(Queue {
                wanted: usize::MAX,
                ..Queue::default()
            }),
            wake: Condvar::new(),
            durable: AtomicU64::new(durable.0),
            waiting_records: AtomicUsize::new(0),
            waiting_octets: AtomicUsize::new(0),
            no_space: AtomicBool::new(false),
            failure: OnceLock::new(),
            writes: AtomicU64::new(0),
            octets: AtomicU64::new(0),
            sync_micros: AtomicU64::new(0),
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Front: queues a batch.
    pub(super) fn push(&self, batch: &Batch) {
        self.waiting_records
            .fetch_add(batch.len(), Ordering::Relaxed);
        self.waiting_octets
            .fetch_add(batch.octets(), Ordering::Relaxed);
        let mut queue = self.queue();
        queue.taken.push(batch);
        if queue.taken.len() >= queue.wanted {
            queue.wanted = usize::MAX;
            drop(queue);
            self.wake.notify_one();
        }
    }

    /// Front: nothing more will come.
    pub(super) fn close(&self) {
        self.queue().closing = true;
        self.wake.notify_one();
    }

    /// Records and octets that wait to become durable.
    pub(super) fn waiting(&self) -> (usize, usize) {
        (
            self.waiting_records.load(Ordering::Relaxed),
            self.waiting_octets.load(Ordering::Relaxed),
        )
    }

    pub(super) fn durable(&self) -> LogPos {
        LogPos(self.durable.load(Ordering::Acquire))
    }

    pub(super) fn no_space(&self) -> bool {
        self.no_space.load(Ordering::Relaxed)
    }

    pub(super) fn set_no_space(&self, no_space: bool) {
        self.no_space.store(no_space, Ordering::Relaxed);
    }

    pub(super) fn failure(&self) -> Option<&str> {
        self.failure.get().map(String::as_str)
    }

    pub(super) fn fail(&self, why: String) {
        // The first failure is the cause; later ones are its consequences.
        let _ = self.failure.set(why);
    }

    /// Writer: a write of so many octets was synced in so much time.
    pub(super) fn count(&self, octets: usize, sync: Duration) {
        let micros = u64::try_from(sync.as_micros()).unwrap_or(u64::MAX);
        self.writes.fetch_add(1, Ordering::Relaxed);
        self.octets.fetch_add(as_u64(octets), Ordering::Relaxed);
        self.sync_micros.fetch_add(micros, Ordering::Relaxed);
    }

    /// What was counted so far.
    pub(super) fn figures(&self) -> LogFigures {
        let (waiting_records, waiting_octets) = self.waiting();
        LogFigures {
            waiting_records,
            waiting_octets,
            writes: self.writes.load(Ordering::Relaxed),
            octets: self.octets.load(Ordering::Relaxed),
            sync_time: Duration::from_micros(self.sync_micros.load(Ordering::Relaxed)),
        }
    }

    /// Writer: everything of an extent is durable, up to `pos`.
    pub(super) fn settle(&self, extent: Extent, pos: LogPos) {
        self.waiting_records
            .fetch_sub(extent.records(), Ordering::Relaxed);
        self.waiting_octets
            .fetch_sub(extent.octets, Ordering::Relaxed);
        // Last, so that who sees the position sees the room as well.
        self.durable.store(pos.0, Ordering::Release);
    }

    /// Writer: swaps its empty rows for the queue once `wanted` records are there or `until` has
    /// come with at least one; gives up after `patience` without any.
    pub(super) fn take(
        &self,
        rows: &mut Rows,
        wanted: usize,
        until: Instant,
        patience: Option<Duration>,
    ) -> Work {
        rows.clear();
        let tired = patience.map(|patience| Instant::now() + patience);
        let mut queue = self.queue();
        loop {
            let queued = queue.taken.len();
            let now = Instant::now();
            let deadline = if queued == 0 {
                if queue.closing {
                    return Work::Closed;
                }
                if tired.is_some_and(|tired| now >= tired) {
                    return Work::Idle;
                }
                queue.wanted = 1;
                tired
            } else {
                if queued >= wanted || queue.closing || now >= until {
                    queue.wanted = usize::MAX;
                    std::mem::swap(&mut queue.taken, rows);
                    return Work::Taken;
                }
                queue.wanted = wanted;
                Some(until)
            };
            let time = deadline.map(|deadline| deadline.saturating_duration_since(now));
            queue = self.sleep(queue, time);
        }
    }

    /// Writer: sleeps for a while or until the front is gone; tells whether it is gone.
    pub(super) fn pause(&self, time: Duration) -> bool {
        let queue = self.queue();
        queue.closing || self.sleep(queue, Some(time)).closing
    }

    fn sleep<'a>(
        &self,
        queue: MutexGuard<'a, Queue>,
        time: Option<Duration>,
    ) -> MutexGuard<'a, Queue> {
        match time {
            Some(time) => {
                let slept = self.wake.wait_timeout(queue, time);
                slept.unwrap_or_else(PoisonError::into_inner).0
            }
            None => self
                .wake
                .wait(queue)
                .unwrap_or_else(PoisonError::into_inner),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    fn batch(bodies: &[&[u8]]) -> Batch {
        let mut batch = Batch::default();
        for body in bodies {
            batch.push(RecordRef {
                partition: Partition(1),
                kind: Kind(2),
                body,
            });
        }
        batch
    }

    fn queued(batches: &[&[&[u8]]]) -> Rows {
        let mut rows = Rows::default();
        for bodies in batches {
            rows.push(&batch(bodies));
        }
        rows
    }

    #[test]
    fn an_extent_is_whole_batches_up_to_either_cap() {
        let rows = queued(&[&[b"aa", b"b"], &[b"c"], &[b"dd", b"dd"], &[b"e"]]);
        let extent = |from, to, octets| Extent { from, to, octets };
        assert_eq!(rows.extent(0, 100, 100), extent(0, 6, 9));
        assert_eq!(rows.extent(0, 4, 100), extent(0, 3, 4));
        assert_eq!(rows.extent(0, 100, 7), extent(0, 3, 4));
        assert_eq!(rows.extent(3, 100, 4), extent(3, 5, 4));
        // A batch over a cap goes alone, but whole.
        assert_eq!(rows.extent(0, 1, 1), extent(0, 2, 3));
        assert_eq!(rows.extent(5, 0, 0), extent(5, 6, 1));
    }

    #[test]
    fn an_extent_gives_its_records() {
        let rows = queued(&[&[b"aa", b"b"], &[b""], &[b"dd", b"e"]]);
        let records: Vec<_> = rows
            .records(Extent {
                from: 2,
                to: 5,
                octets: 3,
            })
            .map(|(record, last)| (record.body, last))
            .collect();
        assert_eq!(records, [(&b""[..], true), (b"dd", false), (b"e", true)]);
    }

    #[test]
    fn as_many_as_were_answered_are_taken_without_lingering() {
        let shared = Shared::new(LogPos(0));
        let mut rows = Rows::default();
        shared.push(&batch(&[b"a"]));
        let work = shared.take(&mut rows, 1, Instant::now() + HOUR, None);
        assert_eq!((work, rows.len()), (Work::Taken, 1));
        shared.push(&batch(&[b"a", b"b"]));
        std::thread::scope(|threads| {
            threads.spawn(|| {
                shared.push(&batch(&[b"c"]));
                shared.push(&batch(&[b"d"]));
            });
            let work = shared.take(&mut rows, 4, Instant::now() + HOUR, None);
            assert_eq!((work, rows.len()), (Work::Taken, 4));
        });
    }

    #[test]
    fn lingering_ends_with_its_time_or_with_the_log() {
        let shared = Shared::new(LogPos(0));
        let mut rows = Rows::default();
        shared.push(&batch(&[b"a"]));
        let soon = Instant::now() + Duration::from_millis(2);
        assert_eq!(shared.take(&mut rows, 4, soon, None), Work::Taken);
        assert!(Instant::now() >= soon);
        shared.push(&batch(&[b"a"]));
        shared.close();
        let late = Instant::now() + HOUR;
        assert_eq!(shared.take(&mut rows, 4, late, None), Work::Taken);
        assert_eq!(shared.take(&mut rows, 4, late, None), Work::Closed);
    }

    #[test]
    fn a_queue_to_which_nothing_comes_is_idle() {
        let shared = Shared::new(LogPos(0));
        let mut rows = Rows::default();
        let patience = Some(Duration::from_millis(1));
        let work = shared.take(&mut rows, 1, Instant::now(), patience);
        assert_eq!((work, rows.len()), (Work::Idle, 0));
    }

    #[test]
    fn what_is_settled_leaves_room() {
        let shared = Shared::new(LogPos(4));
        shared.push(&batch(&[b"aa", b"b"]));
        shared.push(&batch(&[b"c"]));
        assert_eq!(shared.waiting(), (3, 4));
        shared.settle(
            Extent {
                from: 0,
                to: 2,
                octets: 3,
            },
            LogPos(6),
        );
        assert_eq!((shared.waiting(), shared.durable()), ((1, 1), LogPos(6)));
    }
}
