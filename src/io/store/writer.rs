//! The log's writer thread: one write, one sync, then everybody it covers is answered.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::LogOptions;
use super::disk::{Disk, DiskFile, as_u64, write_all};
use super::keeper::{SPARE, Segments, Spares, segment_name};
use super::opening::random;
use super::queue::{Extent, Rows, Shared, Work};
use super::segment_log::Waker;
use crate::pen::log::LogPos;
use crate::pen::log::framing::{self, HEADER_OCTETS, Header, MARK_OCTETS, RECORD_OCTETS, Salt};

/// How long the log must be idle before a last mark proves what was written.
const IDLE: Duration = Duration::from_millis(50);
/// How often a full disk is looked at again.
const SPACE_CHECK: Duration = Duration::from_millis(50);

pub(super) struct Writer {
    pub(super) disk: Arc<dyn Disk>,
    pub(super) shared: Arc<Shared>,
    pub(super) segments: Arc<Segments>,
    pub(super) spares: Spares,
    pub(super) options: LogOptions,
    pub(super) log: u128,
    pub(super) last: LogPos,
    pub(super) waker: Waker,
}

/// The segment that is written.
struct Active {
    file: Box<dyn DiskFile>,
    salt: Salt,
    end: u64,
    /// Whether the last write is proved by a mark behind it.
    marked: bool,
}

/// A step of the writer that failed, and why.
struct Failed {
    what: String,
    error: io::Error,
}

/// What ends a wait for space: space, or the end of the log.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Space {
    Found,
    Closed,
}

impl Writer {
    /// Serves until the front is gone, or until a write or a sync fails.
    pub(super) fn run(mut self) {
        let panicked = Panicked(Arc::clone(&self.shared));
        if let Err(Failed { what, error }) = self.serve() {
            self.shared
                .fail(format!("cannot {what} in {}: {error}", self.disk.place()));
            (self.waker)();
        }
        drop(panicked);
    }

    fn serve(&mut self) -> Result<(), Failed> {
        let mut active = None;
        let mut rows = Rows::default();
        let mut encoded = Vec::new();
        let mut synced = Instant::now();
        let mut answered = 1;
        self.spares.order();
        loop {
            let patience = active
                .as_ref()
                .and_then(|a: &Active| (!a.marked).then_some(IDLE));
            let wanted = answered.min(self.options.write_records_max);
            let until = synced + self.options.linger;
            match self.shared.take(&mut rows, wanted, until, patience) {
                Work::Closed => return self.prove(active.as_mut(), true),
                Work::Idle => self.prove(active.as_mut(), false)?,
                Work::Taken => {
                    let mut from = 0;
                    while from < rows.len() {
                        let extent = self.extent(&rows, from);
                        if self.space()? == Space::Closed {
                            return Ok(());
                        }
                        let Some(open) = self.room(active.take(), extent)? else {
                            return Ok(());
                        };
                        let open = active.insert(open);
                        self.write(open, &rows, extent, &mut encoded)?;
                        (self.waker)();
                        from = extent.to;
                        answered = extent.records();
                    }
                    synced = Instant::now();
                }
            }
        }
    }

    fn extent(&self, rows: &Rows, from: usize) -> Extent {
        rows.extent(
            from,
            self.options.write_records_max,
            self.options.write_bytes_max,
        )
    }

    /// Waits until the disk has room above the watermark.
    fn space(&self) -> Result<Space, Failed> {
        loop {
            let free = self
                .disk
                .free_bytes()
                .map_err(failed("ask for free space"))?;
            let full = free < self.options.free_bytes_min;
            self.shared.set_no_space(full);
            if !full {
                return Ok(Space::Found);
            }
            if self.shared.pause(SPACE_CHECK) {
                return Ok(Space::Closed);
            }
        }
    }

    /// The active segment if the extent has room in it, else the next; none when the log is closed
    /// while it waits for space.
    fn room(&self, active: Option<Active>, extent: Extent) -> Result<Option<Active>, Failed> {
        let needed = MARK_OCTETS + extent.records() * RECORD_OCTETS + extent.octets;
        let limit = as_u64(self.options.segment_bytes);
        match active {
            Some(active) if active.end + as_u64(needed) <= limit => Ok(Some(active)),
            _ => self.roll(),
        }
    }

    fn roll(&self) -> Result<Option<Active>, Failed> {
        loop {
            let spare = self.spares.receive().map_err(failed("prepare a segment"))?;
            if let Some(file) = spare {
                return self.begin(file).map(Some);
            }
            self.shared.set_no_space(true);
            let closed = self.shared.pause(SPACE_CHECK);
            if closed {
                return Ok(None);
            }
            self.spares.order();
        }
    }

    /// Makes a spare file the next segment: its header is durable before its name is.
    fn begin(&self, mut file: Box<dyn DiskFile>) -> Result<Active, Failed> {
        let first = self.last.plus(1);
        let name = segment_name(first);
        let fault = |error| failed(&format!("begin segment {name}"))(error);
        let header = Header {
            node: self.options.node,
            log: self.log,
            segment: random(),
            first,
        };
        write_all(&mut *file, 0, &header.encode()).map_err(fault)?;
        file.sync().map_err(fault)?;
        self.disk.rename(SPARE, &name).map_err(fault)?;
        self.disk.sync_names().map_err(fault)?;
        self.segments.push(first);
        self.shared.set_no_space(false);
        self.spares.order();
        Ok(Active {
            file,
            salt: header.salt(),
            end: as_u64(HEADER_OCTETS),
            marked: true,
        })
    }

    fn write(
        &mut self,
        active: &mut Active,
        rows: &Rows,
        extent: Extent,
        encoded: &mut Vec<u8>,
    ) -> Result<(), Failed> {
        encoded.clear();
        framing::mark(encoded, active.salt, self.last, self.last);
        let mut pos = self.last;
        for (record, last_of_batch) in rows.records(extent) {
            pos = pos.plus(1);
            framing::record(encoded, active.salt, pos, record, last_of_batch);
        }
        write_all(&mut *active.file, active.end, encoded).map_err(failed("write"))?;
        let begin = Instant::now();
        active.file.sync().map_err(failed("sync"))?;
        self.shared.count(encoded.len(), begin.elapsed());
        active.end += as_u64(encoded.len());
        active.marked = false;
        self.last = pos;
        self.shared.settle(extent, pos);
        Ok(())
    }

    /// Leaves a mark behind the last write, which proves that it was synced: without it, damage to
    /// the last write of all could not be told from a write that never was finished.
    fn prove(&self, active: Option<&mut Active>, closing: bool) -> Result<(), Failed> {
        let Some(active) = active.filter(|active| !active.marked) else {
            return Ok(());
        };
        active.marked = true;
        let mut encoded = Vec::with_capacity(MARK_OCTETS);
        framing::mark(&mut encoded, active.salt, self.last, self.last);
        if active.end + as_u64(encoded.len()) > as_u64(self.options.segment_bytes) {
            return Ok(());
        }
        write_all(&mut *active.file, active.end, &encoded).map_err(failed("write a mark"))?;
        active.end += as_u64(encoded.len());
        if closing {
            active.file.sync().map_err(failed("sync a mark"))?;
        }
        Ok(())
    }
}

fn failed(what: &str) -> impl FnOnce(io::Error) -> Failed {
    let what = what.to_owned();
    move |error| Failed { what, error }
}

/// Tells the front when the writer ends by a panic, so that nobody waits for it.
struct Panicked(Arc<Shared>);

impl Drop for Panicked {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.fail("the log's writer panicked".to_owned());
        }
    }
}
