//! What every log has to do, whatever it is made of.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use pengate::io::store::SegmentLog;
use pengate::pen::log::{Batch, Log, LogError, LogPos, MemoryLog};

use crate::disk::SimDisk;
use crate::support::{batch, durable, no_waker, options, replayed, settle};

/// Makes logs of one kind, and crashes them.
trait Bed {
    type Log: Log;
    fn fresh() -> (Self, Self::Log)
    where
        Self: Sized;
    /// The process or the machine dies without warning, and the log is opened again.
    fn crash(&mut self, log: Self::Log) -> Self::Log;
}

struct Memory;

impl Bed for Memory {
    type Log = MemoryLog;

    fn fresh() -> (Self, MemoryLog) {
        (Self, MemoryLog::new())
    }

    fn crash(&mut self, mut log: MemoryLog) -> MemoryLog {
        log.power_cut();
        log
    }
}

/// Segment files; a crash is what the folder holds while the log is open.
struct Files {
    parent: tempfile::TempDir,
    lives: u32,
}

impl Files {
    fn folder(&self) -> PathBuf {
        self.parent.path().join(self.lives.to_string())
    }
}

impl Bed for Files {
    type Log = SegmentLog;

    fn fresh() -> (Self, SegmentLog) {
        let bed = Self {
            parent: tempfile::tempdir().unwrap(),
            lives: 0,
        };
        let log = SegmentLog::open(&bed.folder(), options(), no_waker()).unwrap();
        (bed, log)
    }

    fn crash(&mut self, log: SegmentLog) -> SegmentLog {
        let before = self.folder();
        self.lives += 1;
        copy(&before, &self.folder());
        drop(log);
        SegmentLog::open(&self.folder(), options(), no_waker()).unwrap()
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let name = entry.unwrap().file_name();
        // The log goes on making and renaming spare files meanwhile.
        if name.to_string_lossy().ends_with(".pen") {
            match fs::copy(from.join(&name), to.join(&name)) {
                // Truncated meanwhile.
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                copied => drop(copied.unwrap()),
            }
        }
    }
}

/// Segment files on a disk that loses what was not synced, and writes in small pieces.
struct Frail(SimDisk);

impl Frail {
    fn open(&self) -> SegmentLog {
        self.0.faults(|faults| faults.write_octets_max = Some(1000));
        SegmentLog::open_on(Arc::new(self.0.clone()), options(), no_waker()).unwrap()
    }
}

impl Bed for Frail {
    type Log = SegmentLog;

    fn fresh() -> (Self, SegmentLog) {
        let bed = Self(SimDisk::default());
        let log = bed.open();
        (bed, log)
    }

    fn crash(&mut self, log: SegmentLog) -> SegmentLog {
        self.0.power_cut(&mut || false);
        drop(log);
        self.open()
    }
}

fn positions_count_from_one_without_gaps<B: Bed>() {
    let (_bed, mut log) = B::fresh();
    assert_eq!(log.last(), LogPos(0));
    let mut last = 0;
    for records in [1, 3, 1, 40] {
        last += records;
        assert_eq!(log.submit(&batch(log.last(), records)), Ok(LogPos(last)));
        assert_eq!(log.last(), LogPos(last));
    }
    durable(&mut log, LogPos(last));
    assert_eq!(log.poll(), None);
}

fn an_empty_batch_is_where_the_log_stands<B: Bed>() {
    let (_bed, mut log) = B::fresh();
    assert_eq!(log.submit(&Batch::default()), Ok(LogPos(0)));
    settle(&mut log, 2);
    assert_eq!(log.submit(&Batch::default()), Ok(LogPos(2)));
    assert_eq!(log.poll(), None);
}

fn what_is_durable_survives_a_crash<B: Bed>() {
    let (mut bed, mut log) = B::fresh();
    assert_eq!(replayed(&mut log, 0), None);
    for records in [1, 5, 2] {
        settle(&mut log, records);
    }
    let mut log = bed.crash(log);
    assert_eq!(replayed(&mut log, 0), Some((1, 8)));
    assert_eq!(replayed(&mut log, 5), Some((6, 8)));
    assert_eq!(replayed(&mut log, 8), None);
    assert_eq!(settle(&mut log, 1), LogPos(9));
    let mut log = bed.crash(log);
    assert_eq!(replayed(&mut log, 0), Some((1, 9)));
}

fn many_crashes_lose_nothing<B: Bed>() {
    let (mut bed, mut log) = B::fresh();
    let mut last = LogPos(0);
    for life in 0..12 {
        for _ in 0..life % 4 {
            last = settle(&mut log, 1 + life % 3);
        }
        log = bed.crash(log);
        assert_eq!(log.last(), last);
        assert_eq!(replayed(&mut log, 0), (last.0 > 0).then_some((1, last.0)));
    }
}

fn what_is_durable_can_be_replayed_while_the_log_is_open<B: Bed>() {
    let (_bed, mut log) = B::fresh();
    settle(&mut log, 400);
    settle(&mut log, 400);
    assert_eq!(replayed(&mut log, 0), Some((1, 800)));
    assert_eq!(replayed(&mut log, 650), Some((651, 800)));
}

fn after_a_crash_batches_are_whole<B: Bed>() {
    let (mut bed, mut log) = B::fresh();
    let settled = settle(&mut log, 4);
    for _ in 0..30 {
        log.submit(&batch(log.last(), 4)).unwrap();
    }
    let mut log = bed.crash(log);
    assert!(log.last() >= settled);
    assert_eq!(log.last().0 % 4, 0);
    assert_eq!(replayed(&mut log, 0), Some((1, log.last().0)));
}

fn truncation_keeps_what_comes_after<B: Bed>() {
    let (mut bed, mut log) = B::fresh();
    for _ in 0..40 {
        settle(&mut log, 20);
    }
    log.truncate_to(LogPos(500));
    settle(&mut log, 1);
    assert_eq!(replayed(&mut log, 500), Some((501, 801)));
    let mut log = bed.crash(log);
    assert_eq!(replayed(&mut log, 500), Some((501, 801)));
    log.truncate_to(LogPos(u64::MAX));
    assert_eq!(log.last(), LogPos(801));
    let mut log = bed.crash(log);
    assert_eq!(log.last(), LogPos(801));
    assert_eq!(replayed(&mut log, 801), None);
}

fn a_reader_that_stands_elsewhere_is_told<B: Bed>() {
    let (_bed, mut log) = B::fresh();
    settle(&mut log, 3);
    let ahead = log.replay(LogPos(4), &mut |_, _| {}).unwrap_err();
    let LogError::Missing { after, first, last } = ahead else {
        panic!("{ahead}");
    };
    assert_eq!((after, first, last), (4, 1, 3));
}

macro_rules! suite {
    ($($bed:ident as $name:ident),*; $tests:tt) => { $(suite!(@ $bed $name $tests);)* };
    (@ $bed:ident $name:ident { $($test:ident)* }) => {
        mod $name {
            $(#[test] fn $test() { super::$test::<super::$bed>(); })*
        }
    };
}

suite! { Memory as memory, Files as files, Frail as frail_disk; {
    positions_count_from_one_without_gaps
    an_empty_batch_is_where_the_log_stands
    what_is_durable_survives_a_crash
    many_crashes_lose_nothing
    what_is_durable_can_be_replayed_while_the_log_is_open
    after_a_crash_batches_are_whole
    truncation_keeps_what_comes_after
    a_reader_that_stands_elsewhere_is_told
} }
