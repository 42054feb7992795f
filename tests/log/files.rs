//! Segments, their folder, and who may use it.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use pengate::io::store::{LogOptions, SegmentLog};
use pengate::pen::log::{Batch, Kind, Log, LogError, LogPos, Partition, RecordRef, Refusal};

use crate::disk::SimDisk;
use crate::support::{batch, durable, no_waker, options, replayed, settle, until};

fn segments(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = names
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".pen"))
        .collect();
    names.sort();
    names
}

#[test]
fn a_long_log_has_many_segments_and_reads_as_one() {
    let folder = tempfile::tempdir().unwrap();
    let mut log = SegmentLog::open(folder.path(), options(), no_waker()).unwrap();
    for _ in 0..60 {
        settle(&mut log, 30);
    }
    drop(log);
    let names = segments(folder.path());
    assert!(names.len() > 5, "{names:?}");
    assert_eq!(names[0], "00000000000000000001.pen");
    let mut log = SegmentLog::open(folder.path(), options(), no_waker()).unwrap();
    assert_eq!(replayed(&mut log, 0), Some((1, 1800)));
    assert_eq!(replayed(&mut log, 1234), Some((1235, 1800)));
}

#[test]
fn a_folder_and_those_above_it_are_made() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("data/pen");
    drop(SegmentLog::open(&folder, options(), no_waker()).unwrap());
    assert!(folder.is_dir());
    fs::write(parent.path().join("file"), "").unwrap();
    let opened = SegmentLog::open(&parent.path().join("file"), options(), no_waker());
    let Some(LogError::Io { what, .. }) = opened.err() else {
        panic!("a file was taken for a folder");
    };
    assert!(
        what.contains("cannot make") && what.ends_with("file"),
        "{what}"
    );
}

#[test]
fn truncation_takes_whole_segments_away_and_they_are_used_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut log = SegmentLog::open(folder.path(), options(), no_waker()).unwrap();
    for _ in 0..60 {
        settle(&mut log, 30);
    }
    let before = segments(folder.path());
    log.truncate_to(LogPos(900));
    until("truncation", || {
        segments(folder.path()).len() < before.len()
    });
    drop(log);
    let names = segments(folder.path());
    let mut log = SegmentLog::open(folder.path(), options(), no_waker()).unwrap();
    let first: u64 = names[0].trim_end_matches(".pen").parse().unwrap();
    assert!(first > 1 && first <= 901, "{names:?}");
    assert_eq!(replayed(&mut log, 900), Some((901, 1800)));
    let missing = log.replay(LogPos(first - 2), &mut |_, _| {}).unwrap_err();
    assert!(matches!(missing, LogError::Missing { .. }), "{missing}");
    // Segments that were used before, and hold octets of records, are filled with new ones.
    for _ in 0..20 {
        settle(&mut log, 30);
    }
    drop(log);
    let mut log = SegmentLog::open(folder.path(), options(), no_waker()).unwrap();
    assert_eq!(replayed(&mut log, 900), Some((901, 2400)));
}

#[test]
fn a_second_user_of_the_folder_is_told_who_holds_it() {
    let folder = tempfile::tempdir().unwrap();
    let log = SegmentLog::open(folder.path(), options(), no_waker()).unwrap();
    let Err(second) = SegmentLog::open(folder.path(), options(), no_waker()) else {
        panic!("two logs in one folder");
    };
    let told = second.to_string();
    assert!(matches!(second, LogError::Locked { .. }), "{told}");
    assert!(
        told.contains(&format!("process {}", std::process::id())),
        "{told}"
    );
    drop(log);
    SegmentLog::open(folder.path(), options(), no_waker()).unwrap();
}

/// Where the other process of the next test finds its folder.
const FOLDER_OF_ANOTHER: &str = "PENGATE_TEST_LOG_FOLDER";

#[test]
fn another_process_is_locked_out() {
    if let Some(folder) = std::env::var_os(FOLDER_OF_ANOTHER) {
        let opened = SegmentLog::open(Path::new(&folder), options(), no_waker());
        assert!(matches!(opened, Err(LogError::Locked { .. })));
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let _log = SegmentLog::open(folder.path(), options(), no_waker()).unwrap();
    let other = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "files::another_process_is_locked_out"])
        .env(FOLDER_OF_ANOTHER, folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&other.stdout);
    assert!(
        other.status.success() && said.contains("1 passed"),
        "{said}"
    );
}

#[test]
fn the_waker_is_called_when_there_is_something_to_poll() {
    let calls = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&calls);
    let waker = Box::new(move || {
        counter.fetch_add(1, Ordering::SeqCst);
    });
    let disk = Arc::new(SimDisk::default());
    let mut log = SegmentLog::open_on(disk, options(), waker).unwrap();
    log.submit(&batch(log.last(), 1)).unwrap();
    until("the waker", || calls.load(Ordering::SeqCst) > 0);
    assert!(log.poll().is_some());
}

#[test]
fn a_full_queue_is_busy_until_the_disk_has_caught_up() {
    let disk = SimDisk::default();
    let few = LogOptions {
        queue_records_max: 10,
        ..options()
    };
    let mut log = SegmentLog::open_on(Arc::new(disk.clone()), few, no_waker()).unwrap();
    settle(&mut log, 1);
    disk.faults(|faults| faults.hold_sync = true);
    let taken = log.submit(&batch(log.last(), 6)).unwrap();
    assert_eq!(log.submit(&batch(taken, 5)), Err(Refusal::Busy));
    assert_eq!(log.admits(), Ok(()));
    let taken = log.submit(&batch(taken, 4)).unwrap();
    assert_eq!(log.admits(), Err(Refusal::Busy));
    disk.faults(|faults| faults.hold_sync = false);
    durable(&mut log, taken);
    assert_eq!(log.admits(), Ok(()));
    assert_eq!(settle(&mut log, 5), LogPos(16));
}

#[test]
fn a_batch_that_never_fits_is_refused_for_good() {
    let few = LogOptions {
        queue_records_max: 10,
        queue_bytes_max: 1000,
        ..options()
    };
    let disk = Arc::new(SimDisk::default());
    let mut log = SegmentLog::open_on(disk, few, no_waker()).unwrap();
    assert_eq!(log.submit(&batch(LogPos(0), 11)), Err(Refusal::TooLarge));
    let mut large = Batch::default();
    large.push(RecordRef {
        partition: Partition(1),
        kind: Kind(1),
        body: &[7; 1001],
    });
    assert_eq!(log.submit(&large), Err(Refusal::TooLarge));
    assert_eq!(log.last(), LogPos(0));
}

#[test]
fn a_batch_larger_than_a_segment_is_written_whole() {
    let disk = SimDisk::default();
    let mut log = SegmentLog::open_on(Arc::new(disk.clone()), options(), no_waker()).unwrap();
    settle(&mut log, 1);
    settle(&mut log, 600);
    settle(&mut log, 1);
    drop(log);
    assert_eq!(disk.segments().len(), 3);
    let mut log = SegmentLog::open_on(Arc::new(disk), options(), no_waker()).unwrap();
    assert_eq!(replayed(&mut log, 0), Some((1, 602)));
}

#[test]
fn one_sync_serves_all_who_came_during_the_one_before() {
    let disk = SimDisk::default();
    let mut log = SegmentLog::open_on(Arc::new(disk.clone()), options(), no_waker()).unwrap();
    settle(&mut log, 1);
    disk.faults(|faults| faults.hold_sync = true);
    let mut last = log.submit(&batch(log.last(), 1)).unwrap();
    for _ in 0..40 {
        last = log.submit(&batch(last, 1)).unwrap();
    }
    let before = disk.syncs();
    disk.faults(|faults| faults.hold_sync = false);
    assert_eq!(log.figures().waiting_records, 41);
    durable(&mut log, last);
    let syncs = disk.syncs() - before;
    assert!(syncs <= 3, "{syncs} syncs");
    let figures = log.figures();
    assert_eq!((figures.waiting_records, figures.waiting_octets), (0, 0));
    assert!(figures.writes <= 3, "{figures:?}");
}

#[test]
fn a_dropped_log_has_written_what_it_had_taken() {
    let disk = SimDisk::default();
    let mut log = SegmentLog::open_on(Arc::new(disk.clone()), options(), no_waker()).unwrap();
    for _ in 0..10 {
        log.submit(&batch(log.last(), 7)).unwrap();
    }
    drop(log);
    disk.power_cut(&mut || false);
    let mut log = SegmentLog::open_on(Arc::new(disk), options(), no_waker()).unwrap();
    assert_eq!(replayed(&mut log, 0), Some((1, 70)));
}
