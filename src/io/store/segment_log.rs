//! The pen log on disk, as its user sees it.

use std::cell::Cell;
use std::ops::RangeInclusive;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::LogOptions;
use super::disk::{Disk, Folder};
use super::keeper::{self, Segments, Truncations};
use super::opening;
use super::queue::Shared;
use super::writer::Writer;
use crate::pen::log::framing::BODY_OCTETS_MAX;
use crate::pen::log::recovery::Reading;
use crate::pen::log::{Batch, Log, LogError, LogPos, RecordRef, Refusal, Settlement};

/// Called by the writer thread whenever [`Log::poll`] has something to say.
pub type Waker = Box<dyn Fn() + Send>;

/// What a log has done since it was opened, and what waits: for metrics.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct LogFigures {
    /// Records taken that are not durable yet.
    pub waiting_records: usize,
    /// Octets of their bodies.
    pub waiting_octets: usize,
    /// Writes, each with its sync.
    pub writes: u64,
    /// Octets written.
    pub octets: u64,
    /// Time spent in syncs.
    pub sync_time: Duration,
}

/// How old an answer about free space may be when a batch is taken.
const SPACE_AGE_MAX: Duration = Duration::from_millis(10);
const SEGMENT_OCTETS_MIN: usize = 64 << 10;
const LINGER_MAX: Duration = Duration::from_secs(1);

/// The pen log in segment files of one folder.
///
/// Dropping it writes what is queued, unless the disk is full, and ends its threads.
pub struct SegmentLog {
    disk: Arc<dyn Disk>,
    shared: Arc<Shared>,
    segments: Arc<Segments>,
    options: LogOptions,
    log: u128,
    last: LogPos,
    told: LogPos,
    failure_told: bool,
    lost: Vec<RangeInclusive<u64>>,
    /// When free space was looked at last, and whether it was too little.
    space: Cell<(Instant, bool)>,
    truncations: Option<Truncations>,
    writer: Option<JoinHandle<()>>,
    keeper: Option<JoinHandle<()>>,
}

impl SegmentLog {
    /// Opens the log in a folder, which is made where it is missing, and locks it.
    ///
    /// # Errors
    /// [`LogError`] when another process holds the folder, when records that were durable cannot
    /// be read, or when the system refuses.
    pub fn open(folder: &Path, options: LogOptions, waker: Waker) -> Result<Self, LogError> {
        Self::open_on(Arc::new(Folder::open(folder)?), options, waker)
    }

    /// Opens the log on a disk of the caller's.
    ///
    /// # Errors
    /// As [`SegmentLog::open`].
    pub fn open_on(
        disk: Arc<dyn Disk>,
        mut options: LogOptions,
        waker: Waker,
    ) -> Result<Self, LogError> {
        options.segment_bytes = options.segment_bytes.max(SEGMENT_OCTETS_MIN);
        options.linger = options.linger.min(LINGER_MAX);
        let found = opening::open(&*disk, options.accept_damage)?;
        let shared = Arc::new(Shared::new(found.last));
        let segments = Arc::new(Segments::new(found.firsts));
        let thread = |source| LogError::Io {
            what: "cannot start a thread of the log".to_owned(),
            source,
        };
        let (spares, truncations, keeper) = keeper::start(
            Arc::clone(&disk),
            Arc::clone(&segments),
            options.segment_bytes,
            options.free_bytes_min,
        )
        .map_err(thread)?;
        let writer = Writer {
            disk: Arc::clone(&disk),
            shared: Arc::clone(&shared),
            segments: Arc::clone(&segments),
            spares,
            options: options.clone(),
            log: found.log,
            last: found.last,
            waker,
        };
        let writer = std::thread::Builder::new()
            .name("pen-writer".into())
            .spawn(move || writer.run())
            .map_err(thread)?;
        let space = Cell::new((Instant::now(), low(&*disk, &options)));
        Ok(Self {
            disk,
            shared,
            segments,
            options,
            log: found.log,
            last: found.last,
            told: found.last,
            failure_told: false,
            lost: found.lost,
            space,
            truncations: Some(truncations),
            writer: Some(writer),
            keeper: Some(keeper),
        })
    }

    /// The random number of this log.
    #[must_use]
    pub fn id(&self) -> u128 {
        self.log
    }

    /// Positions that were durable once and cannot be read any more, as far as they have been met:
    /// complete after [`Log::replay`]. Empty unless damage was accepted.
    #[must_use]
    pub fn lost(&self) -> &[RangeInclusive<u64>] {
        &self.lost
    }

    /// What was done and what waits, for metrics.
    #[must_use]
    pub fn figures(&self) -> LogFigures {
        self.shared.figures()
    }

    /// Octets that may still be written to the file system; `None` when the system does not tell.
    #[must_use]
    pub fn free_bytes(&self) -> Option<u64> {
        self.disk.free_bytes().ok()
    }

    /// Whether the disk watermark is reached.
    fn no_space(&self) -> bool {
        if self.shared.no_space() {
            return true;
        }
        let (at, no_space) = self.space.get();
        if at.elapsed() < SPACE_AGE_MAX && !no_space {
            return false;
        }
        let no_space = low(&*self.disk, &self.options);
        self.space.set((Instant::now(), no_space));
        no_space
    }

    fn has_room(&self, records: usize, octets: usize) -> bool {
        let (waiting_records, waiting_octets) = self.shared.waiting();
        waiting_records.saturating_add(records) <= self.options.queue_records_max
            && waiting_octets.saturating_add(octets) <= self.options.queue_bytes_max
    }

    fn takes(&self, batch: &Batch) -> bool {
        batch.len() <= self.options.queue_records_max
            && batch.octets() <= self.options.queue_bytes_max
            && (batch.octets() <= BODY_OCTETS_MAX
                || batch
                    .records()
                    .all(|record| record.body.len() <= BODY_OCTETS_MAX))
    }
}

/// Whether free space is under the watermark; unknown is not enough.
fn low(disk: &dyn Disk, options: &LogOptions) -> bool {
    disk.free_bytes()
        .map_or(true, |free| free < options.free_bytes_min)
}

const fn before(first: LogPos) -> LogPos {
    LogPos(first.0.saturating_sub(1))
}

impl Log for SegmentLog {
    fn submit(&mut self, batch: &Batch) -> Result<LogPos, Refusal> {
        if batch.is_empty() {
            return Ok(self.last);
        }
        if !self.takes(batch) {
            return Err(Refusal::TooLarge);
        }
        self.admits()?;
        if !self.has_room(batch.len(), batch.octets()) {
            return Err(Refusal::Busy);
        }
        self.last = self
            .last
            .plus(u64::try_from(batch.len()).unwrap_or(u64::MAX));
        self.shared.push(batch);
        Ok(self.last)
    }

    fn poll(&mut self) -> Option<Settlement> {
        let durable = self.shared.durable();
        if durable > self.told {
            self.told = durable;
            return Some(Settlement::Durable(durable));
        }
        let why = self.shared.failure()?.to_owned();
        // The failure was set after the last durable position, which may be newer than the look
        // above.
        let durable = self.shared.durable();
        if durable > self.told {
            self.told = durable;
            return Some(Settlement::Durable(durable));
        }
        let told = std::mem::replace(&mut self.failure_told, true);
        (!told).then_some(Settlement::Failed(why))
    }

    fn admits(&self) -> Result<(), Refusal> {
        if self.shared.failure().is_some() {
            return Err(Refusal::Failed);
        }
        if self.no_space() {
            return Err(Refusal::NoSpace);
        }
        if !self.has_room(1, 1) {
            return Err(Refusal::Busy);
        }
        Ok(())
    }

    fn last(&self) -> LogPos {
        self.last
    }

    fn floor(&self) -> LogPos {
        let first = self.segments.list().first().copied();
        first.map_or_else(|| self.shared.durable(), before)
    }

    fn replay(
        &mut self,
        after: LogPos,
        each: &mut dyn FnMut(LogPos, RecordRef<'_>),
    ) -> Result<(), LogError> {
        let durable = self.shared.durable();
        let firsts = self.segments.list();
        let floor = firsts.first().map_or(durable, |&first| before(first));
        if after > durable || (after < floor && self.lost.is_empty()) {
            return Err(LogError::Missing {
                after: after.0,
                first: floor.0 + 1,
                last: durable.0,
            });
        }
        let mut octets = Vec::new();
        for (nth, &first) in firsts.iter().enumerate() {
            let next = firsts.get(nth + 1).map(|&next| before(next));
            let until = next.unwrap_or(durable);
            if until <= after {
                continue;
            }
            let reading = Reading {
                after,
                until: Some(until),
                accept_damage: self.options.accept_damage,
            };
            let recovered = opening::segment(&*self.disk, first, reading, &mut octets, each)?;
            for lost in recovered.lost {
                if !self.lost.contains(&lost) {
                    self.lost.push(lost);
                }
            }
        }
        Ok(())
    }

    fn truncate_to(&mut self, pos: LogPos) {
        if let Some(truncations) = &self.truncations {
            truncations.truncate_to(pos.min(self.shared.durable()));
        }
    }
}

impl Drop for SegmentLog {
    fn drop(&mut self) {
        self.shared.close();
        self.truncations = None;
        for thread in [self.writer.take(), self.keeper.take()]
            .into_iter()
            .flatten()
        {
            // A panic there has been told as a failure already.
            let _ = thread.join();
        }
    }
}
