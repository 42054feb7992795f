//! State is written behind the log, by a thread of its own: nobody's acknowledgement waits for it.
//!
//! Shards hand over what changed. The thread gathers it, commits it unsynced every now and then, and
//! makes a checkpoint (a synced commit) more rarely. Only a checkpoint lets the log be truncated.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::segment_log::Waker;
use crate::config::CheckpointOptions;
use crate::pen::log::LogPos;
use crate::pen::state::{Durability, StateBatch, StateStore, StoreError};

/// What a shard did since it was heard last.
#[derive(Clone, Debug, Default)]
pub struct Applied {
    /// Rows that changed. They contain the whole effect of the log up to `pos` on this shard.
    pub writes: StateBatch,
    /// How far the shard has read the log, whether or not anything there was its own.
    pub pos: LogPos,
    /// Octets of the log it has read since it was heard last.
    pub log_octets: u64,
}

/// Why state was not taken over.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Behind {
    /// The store is slower than the shards: keep note of what changed and offer it later.
    #[error("the state store is busy")]
    Busy,
    /// The store failed: the log cannot be truncated any more, the process has to restart.
    #[error("the state store failed")]
    Failed,
}

/// The thread that writes state, seen from its owner. Dropping it makes a last checkpoint of what
/// was handed over before.
pub struct Checkpointer {
    progress: Arc<Progress>,
    sender: SyncSender<News>,
    thread: Option<JoinHandle<()>>,
}

/// A shard's end of the [`Checkpointer`].
pub struct StateWriter {
    shard: usize,
    sender: SyncSender<News>,
    progress: Arc<Progress>,
}

/// What the thread is told.
enum News {
    /// A shard did something.
    Applied(usize, Applied),
    /// The checkpointer is dropped.
    End,
}

#[derive(Debug, Default)]
struct Progress {
    synced: AtomicU64,
    failure: OnceLock<String>,
}

impl Checkpointer {
    /// Starts the thread on a store that stands at `stands`, as its scan told, with a writer for
    /// each shard. `waker` is called by the thread after each checkpoint and on failure.
    ///
    /// # Errors
    /// When the system has no thread to give.
    pub fn start(
        store: Box<dyn StateStore + Send>,
        stands: LogPos,
        shards: usize,
        options: CheckpointOptions,
        waker: Waker,
    ) -> io::Result<(Self, Vec<StateWriter>)> {
        let (sender, receiver) = sync_channel(options.queue_batches_max.max(1));
        let progress = Arc::new(Progress::default());
        let worker = Worker {
            store,
            options,
            waker,
            progress: Arc::clone(&progress),
            shards: vec![stands; shards],
            writes: StateBatch::default(),
            committed: stands,
            log_octets: 0,
            // What the scan found may be in memory only, so the first checkpoint is due at once.
            dirty: stands > LogPos(0),
            commit_at: None,
            checkpoint_at: Instant::now(),
        };
        let thread = std::thread::Builder::new()
            .name("pen-state".into())
            .spawn(move || worker.run(&receiver))?;
        let writers = (0..shards).map(|shard| StateWriter {
            shard,
            sender: sender.clone(),
            progress: Arc::clone(&progress),
        });
        let writers = writers.collect();
        Ok((
            Self {
                progress,
                sender,
                thread: Some(thread),
            },
            writers,
        ))
    }

    /// Position of the last checkpoint: the log may be truncated to it, and no further.
    #[must_use]
    pub fn synced(&self) -> LogPos {
        LogPos(self.progress.synced.load(Ordering::Acquire))
    }

    /// Why the store failed, if it did: for the operator. The process has to restart.
    #[must_use]
    pub fn failure(&self) -> Option<&str> {
        self.progress.failure.get().map(String::as_str)
    }
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        // When the thread is gone already there is nobody to tell.
        let _ = self.sender.send(News::End);
        if let Some(thread) = self.thread.take() {
            // A panic there shows in the missing checkpoint: the log is replayed instead.
            let _ = thread.join();
        }
    }
}

impl StateWriter {
    /// Hands over what the shard did and leaves `applied` empty; never blocks.
    ///
    /// # Errors
    /// [`Behind`]; then `applied` is left as it was.
    pub fn submit(&self, applied: &mut Applied) -> Result<(), Behind> {
        if self.progress.failure.get().is_some() {
            return Err(Behind::Failed);
        }
        let taken = std::mem::take(applied);
        let (back, behind) = match self.sender.try_send(News::Applied(self.shard, taken)) {
            Ok(()) => return Ok(()),
            Err(TrySendError::Full(back)) => (back, Behind::Busy),
            Err(TrySendError::Disconnected(back)) => (back, Behind::Failed),
        };
        if let News::Applied(_, back) = back {
            *applied = back;
        }
        Err(behind)
    }
}

struct Worker {
    store: Box<dyn StateStore + Send>,
    options: CheckpointOptions,
    waker: Waker,
    progress: Arc<Progress>,
    /// How far each shard has come.
    shards: Vec<LogPos>,
    writes: StateBatch,
    committed: LogPos,
    log_octets: u64,
    /// Whether anything was committed, or waits for it, since the last checkpoint.
    dirty: bool,
    /// When what waits is to be committed.
    commit_at: Option<Instant>,
    checkpoint_at: Instant,
}

impl Worker {
    fn run(mut self, receiver: &Receiver<News>) {
        if let Err(error) = self.serve(receiver) {
            // The first failure is the cause; there is no second, the thread ends.
            let _ = self.progress.failure.set(error.to_string());
            (self.waker)();
        }
    }

    fn serve(&mut self, receiver: &Receiver<News>) -> Result<(), StoreError> {
        loop {
            let now = Instant::now();
            self.work(now)?;
            let due = match (self.commit_at, self.dirty) {
                (Some(commit), _) => Some(commit.min(self.checkpoint_at)),
                (None, true) => Some(self.checkpoint_at),
                (None, false) => None,
            };
            let received = match due {
                Some(due) => receiver.recv_timeout(due.saturating_duration_since(now)),
                None => receiver.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            match received {
                Ok(News::Applied(shard, applied)) => self.gather(shard, &applied),
                Err(RecvTimeoutError::Timeout) => {}
                Ok(News::End) | Err(RecvTimeoutError::Disconnected) if self.dirty => {
                    return self.commit(Durability::Synced);
                }
                Ok(News::End) | Err(RecvTimeoutError::Disconnected) => return Ok(()),
            }
        }
    }

    fn gather(&mut self, shard: usize, applied: &Applied) {
        self.writes.append(&applied.writes);
        if let Some(pos) = self.shards.get_mut(shard) {
            *pos = applied.pos.max(*pos);
        }
        self.log_octets = self.log_octets.saturating_add(applied.log_octets);
        if !self.writes.is_empty() || self.applied() > self.committed {
            self.dirty = true;
            let interval = self.options.commit_interval;
            self.commit_at.get_or_insert_with(|| later(interval));
        }
    }

    /// All shards have read the log up to here; some may have read more, which a replay repeats
    /// without harm.
    fn applied(&self) -> LogPos {
        self.shards.iter().copied().min().unwrap_or(self.committed)
    }

    /// Does what is due.
    fn work(&mut self, now: Instant) -> Result<(), StoreError> {
        let much_log = self.log_octets >= self.options.checkpoint_log_bytes;
        if self.dirty && (much_log || now >= self.checkpoint_at) {
            return self.commit(Durability::Synced);
        }
        let many = self.writes.len() >= self.options.commit_changes_max;
        if self.commit_at.is_some_and(|at| many || now >= at) {
            return self.commit(Durability::Buffered);
        }
        Ok(())
    }

    fn commit(&mut self, durability: Durability) -> Result<(), StoreError> {
        let applied = self.applied();
        self.store.commit(&self.writes, applied, durability)?;
        self.writes.clear();
        self.commit_at = None;
        self.committed = applied;
        if durability == Durability::Synced {
            self.dirty = false;
            self.log_octets = 0;
            self.checkpoint_at = later(self.options.checkpoint_interval);
            self.progress.synced.store(applied.0, Ordering::Release);
            (self.waker)();
        }
        Ok(())
    }
}

/// A while from now; a far day where the clock has no such time.
fn later(interval: Duration) -> Instant {
    const FAR: Duration = Duration::from_secs(86_400);
    let now = Instant::now();
    now.checked_add(interval).unwrap_or(now + FAR)
}
