//! The pen log: what is durable here is settled, and only what is settled is acknowledged.
//!
//! The trait does no I/O of its own kind: it is polled. `io/store` implements it over files and a
//! writer thread, `memory` for replay, tests and simulation.

use std::fmt;

use thiserror::Error;

pub mod framing;
mod memory;
pub mod recovery;

pub use memory::MemoryLog;

/// Position of a record in the log: counts up from 1 without gaps; 0 is before the first record.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct LogPos(pub u64);

impl LogPos {
    /// The position `count` records further on.
    #[must_use]
    pub const fn plus(self, count: u64) -> Self {
        Self(self.0.saturating_add(count))
    }
}

impl fmt::Display for LogPos {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The presentity's partition, or [`Partition::ALL`].
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Partition(pub u16);

impl Partition {
    /// For records that every partition must see (`Bind`, `SourceReset`).
    pub const ALL: Self = Self(u16::MAX);
}

/// What the body of a record is. Bodies are opaque to the log.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Kind(pub u8);

/// A record, borrowed from whoever holds the octets.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RecordRef<'a> {
    /// Whom it concerns.
    pub partition: Partition,
    /// What the body is.
    pub kind: Kind,
    /// The body.
    pub body: &'a [u8],
}

/// Records that become durable together: all of them or none.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    bodies: Vec<u8>,
    rows: Vec<(Partition, Kind, usize)>,
}

impl Batch {
    /// Appends a record whose body `write` appends to the buffer it is handed.
    pub fn push_with(
        &mut self,
        partition: Partition,
        kind: Kind,
        write: impl FnOnce(&mut Vec<u8>),
    ) {
        write(&mut self.bodies);
        self.rows.push((partition, kind, self.bodies.len()));
    }

    /// Appends a record.
    pub fn push(&mut self, record: RecordRef<'_>) {
        self.push_with(record.partition, record.kind, |body| {
            body.extend_from_slice(record.body)
        });
    }

    /// The records in order.
    pub fn records(&self) -> impl Iterator<Item = RecordRef<'_>> {
        let mut start = 0;
        self.rows.iter().map(move |&(partition, kind, end)| {
            let body = &self.bodies[start..end];
            start = end;
            RecordRef {
                partition,
                kind,
                body,
            }
        })
    }

    /// How many records.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is no record.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Octets of all bodies.
    #[must_use]
    pub fn octets(&self) -> usize {
        self.bodies.len()
    }

    /// Empties the batch and keeps its memory.
    pub fn clear(&mut self) {
        self.bodies.clear();
        self.rows.clear();
    }
}

/// Why a batch was not taken. Nothing of it was written; the sender stays unacknowledged.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum Refusal {
    /// The queue to the writer holds as much as the configuration allows.
    #[error("the log's queue is full")]
    Busy,
    /// The disk watermark is reached: no room until space is back.
    #[error("the log's disk is nearly full")]
    NoSpace,
    /// A write or a sync failed: the log takes nothing any more, the process has to restart.
    #[error("the log failed and is closed")]
    Failed,
    /// Larger than the log ever takes at once: offering it again does not help.
    #[error("the batch is larger than the log takes at once")]
    TooLarge,
}

/// What became of submitted batches.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Settlement {
    /// Everything up to this position, inclusive, is durable.
    Durable(LogPos),
    /// A write or a sync failed (the text is for the operator): nothing after the last durable
    /// position will ever be acknowledged.
    Failed(String),
}

/// Why the log cannot be read.
#[derive(Debug, Error)]
pub enum LogError {
    /// The records of these positions are damaged though they were synced once.
    #[error("log damaged in {segment} at offset {offset} (positions {first} to {last}): {what}")]
    Damaged {
        /// Segment file.
        segment: String,
        /// Offset of the record that cannot be read.
        offset: u64,
        /// First position that cannot be read.
        first: u64,
        /// Last position that is known to have been synced behind it.
        last: u64,
        /// What is wrong there.
        what: &'static str,
    },
    /// The log does not reach where the reader stands: state and log are not of one make.
    #[error("the log holds positions {first} to {last}, the state stands at {after}")]
    Missing {
        /// Where the reader stands.
        after: u64,
        /// First position held.
        first: u64,
        /// Last position held.
        last: u64,
    },
    /// Another process holds the log.
    #[error("the log in {folder} is held by another process{holder}")]
    Locked {
        /// The folder.
        folder: String,
        /// What the holder wrote about itself, with a leading blank, or nothing.
        holder: String,
    },
    /// The operating system refused.
    #[error("{what}: {source}")]
    Io {
        /// What was attempted, with the file's name.
        what: String,
        /// The system's answer.
        source: std::io::Error,
    },
}

/// An append-only log with group commit.
pub trait Log {
    /// Copies the batch and returns the position of its last record; never blocks. An empty batch
    /// writes nothing and settles nothing: the answer is the position of the record before it.
    ///
    /// # Errors
    /// [`Refusal`] when nothing of the batch was taken.
    fn submit(&mut self, batch: &Batch) -> Result<LogPos, Refusal>;

    /// The next settlement, if there is one. Several durable positions may be told as the last.
    fn poll(&mut self) -> Option<Settlement>;

    /// Whether a batch would be taken now: asked before input is processed at all.
    ///
    /// # Errors
    /// The [`Refusal`] that [`Log::submit`] would give.
    fn admits(&self) -> Result<(), Refusal>;

    /// The position of the last record taken, durable or not.
    fn last(&self) -> LogPos;

    /// The position before the oldest record that is still held: where a replay may begin.
    fn floor(&self) -> LogPos;

    /// At start only, before the first batch: every record after `after`, in order.
    ///
    /// # Errors
    /// [`LogError`] when the log is damaged or unreadable, or does not reach `after`.
    fn replay(
        &mut self,
        after: LogPos,
        each: &mut dyn FnMut(LogPos, RecordRef<'_>),
    ) -> Result<(), LogError>;

    /// Records up to `pos`, inclusive, are not needed any more. Some may be kept all the same;
    /// records that are not durable yet always are.
    fn truncate_to(&mut self, pos: LogPos);
}
