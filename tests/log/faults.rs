//! Disks that fail, fill up, lie and rot.

use std::io::ErrorKind;
use std::sync::Arc;

use pengate::io::store::{LogOptions, SegmentLog};
use pengate::pen::log::{Log, LogError, LogPos, Refusal, Settlement};
use proptest::prelude::*;

use crate::disk::SimDisk;
use crate::support::{batch, durable, failure, no_waker, options, replayed, settle, until};

fn open(disk: &SimDisk) -> Result<SegmentLog, LogError> {
    SegmentLog::open_on(Arc::new(disk.clone()), options(), no_waker())
}

fn open_damaged(disk: &SimDisk) -> SegmentLog {
    let accept = LogOptions {
        accept_damage: true,
        ..options()
    };
    SegmentLog::open_on(Arc::new(disk.clone()), accept, no_waker()).unwrap()
}

/// A disk with one segment of `writes` writes of one record each, closed in good order.
fn written(writes: u64) -> SimDisk {
    let disk = SimDisk::default();
    let mut log = open(&disk).unwrap();
    for _ in 0..writes {
        settle(&mut log, 1);
    }
    drop(log);
    disk
}

#[test]
fn a_failed_sync_ends_the_log_and_nothing_after_is_acknowledged() {
    let disk = SimDisk::default();
    let mut log = open(&disk).unwrap();
    let settled = settle(&mut log, 3);
    disk.faults(|faults| faults.sync = Some(ErrorKind::Other));
    log.submit(&batch(log.last(), 2)).unwrap();
    let (_, why) = failure(&mut log);
    assert!(why.contains("cannot sync in a simulated disk"), "{why}");
    disk.faults(|faults| faults.sync = None);
    assert_eq!(log.submit(&batch(log.last(), 1)), Err(Refusal::Failed));
    assert_eq!(log.admits(), Err(Refusal::Failed));
    assert_eq!(log.poll(), None);
    // The power goes too: what the failed sync left in memory is gone, what was settled is not.
    disk.power_cut(&mut || false);
    drop(log);
    let mut log = open(&disk).unwrap();
    assert_eq!(replayed(&mut log, 0), Some((1, settled.0)));
}

#[test]
fn what_a_failed_sync_left_in_memory_is_made_durable_before_it_is_replayed() {
    let disk = SimDisk::default();
    let mut log = open(&disk).unwrap();
    settle(&mut log, 3);
    disk.faults(|faults| faults.sync = Some(ErrorKind::Other));
    log.submit(&batch(log.last(), 2)).unwrap();
    failure(&mut log);
    disk.faults(|faults| faults.sync = None);
    drop(log);
    // The process starts again: the octets are still in memory, so they are read and told.
    let mut log = open(&disk).unwrap();
    assert_eq!(replayed(&mut log, 0), Some((1, 5)));
    disk.power_cut(&mut || false);
    drop(log);
    let mut log = open(&disk).unwrap();
    assert_eq!(replayed(&mut log, 0), Some((1, 5)));
}

#[test]
fn a_failed_write_ends_the_log() {
    for kind in [ErrorKind::Other, ErrorKind::StorageFull] {
        let disk = SimDisk::default();
        let mut log = open(&disk).unwrap();
        settle(&mut log, 3);
        disk.faults(|faults| faults.write = Some(kind));
        log.submit(&batch(log.last(), 2)).unwrap();
        let (_, why) = failure(&mut log);
        assert!(why.contains("cannot write"), "{why}");
        drop(log);
        disk.faults(|faults| faults.write = None);
        let mut log = open(&disk).unwrap();
        assert_eq!(replayed(&mut log, 0), Some((1, 3)));
    }
}

#[test]
fn a_disk_that_takes_nothing_at_all_is_a_failure_and_no_endless_loop() {
    let disk = SimDisk::default();
    let mut log = open(&disk).unwrap();
    settle(&mut log, 1);
    disk.faults(|faults| faults.write_octets_max = Some(0));
    log.submit(&batch(log.last(), 1)).unwrap();
    failure(&mut log);
}

#[test]
fn a_full_disk_refuses_ahead_and_goes_on_when_there_is_room_again() {
    let disk = SimDisk::default();
    let watermark = LogOptions {
        free_bytes_min: 1000,
        ..options()
    };
    let mut log = SegmentLog::open_on(Arc::new(disk.clone()), watermark, no_waker()).unwrap();
    settle(&mut log, 2);
    disk.faults(|faults| faults.free = Some(999));
    until("the refusal", || log.admits() == Err(Refusal::NoSpace));
    assert_eq!(log.submit(&batch(log.last(), 1)), Err(Refusal::NoSpace));
    assert_eq!(log.last(), LogPos(2));
    disk.faults(|faults| faults.free = Some(1_000_000));
    until("room", || log.admits() == Ok(()));
    assert_eq!(settle(&mut log, 1), LogPos(3));
}

#[test]
fn what_was_taken_before_the_disk_filled_waits_and_is_written_later() {
    let disk = SimDisk::default();
    let watermark = LogOptions {
        free_bytes_min: 1000,
        ..options()
    };
    let mut log = SegmentLog::open_on(Arc::new(disk.clone()), watermark, no_waker()).unwrap();
    settle(&mut log, 1);
    disk.faults(|faults| faults.hold_sync = true);
    let first = log.submit(&batch(log.last(), 1)).unwrap();
    until("the write", || disk.written() > 0);
    let second = log.submit(&batch(log.last(), 1)).unwrap();
    disk.faults(|faults| {
        faults.free = Some(0);
        faults.hold_sync = false;
    });
    until("the refusal", || log.admits() == Err(Refusal::NoSpace));
    disk.faults(|faults| faults.free = None);
    durable(&mut log, second);
    assert!(first < second);
    assert_eq!(log.admits(), Ok(()));
}

#[test]
fn no_room_for_a_first_segment_is_a_full_disk_and_no_failure() {
    let disk = SimDisk::default();
    disk.faults(|faults| faults.free = Some(100));
    let mut log = open(&disk).unwrap();
    let pos = log.submit(&batch(log.last(), 1)).unwrap();
    until("the refusal", || log.admits() == Err(Refusal::NoSpace));
    assert_eq!(log.poll(), None);
    disk.faults(|faults| faults.free = None);
    durable(&mut log, pos);
}

#[test]
fn a_log_on_a_full_disk_can_be_closed() {
    let disk = SimDisk::default();
    let watermark = LogOptions {
        free_bytes_min: 1000,
        ..options()
    };
    disk.faults(|faults| faults.free = Some(1000));
    let mut log = SegmentLog::open_on(Arc::new(disk.clone()), watermark, no_waker()).unwrap();
    log.submit(&batch(log.last(), 1)).unwrap();
    disk.faults(|faults| faults.free = Some(0));
    drop(log);
    disk.faults(|faults| faults.free = None);
    let log = open(&disk).unwrap();
    assert_eq!(log.last(), LogPos(0));
}

#[test]
fn damage_names_segment_offset_and_positions_and_can_be_accepted() {
    let disk = written(20);
    let name = disk.segments()[0].clone();
    disk.spoil(&name, |octets| octets[300] ^= 4);
    let Err(error) = open(&disk) else {
        panic!("damage was not seen")
    };
    let LogError::Damaged {
        segment,
        offset,
        first,
        last,
        ..
    } = &error
    else {
        panic!("{error}");
    };
    assert_eq!(segment, &name);
    assert!(*offset <= 300 && *last == 20 && *first > 1, "{error}");
    let first = *first;
    let mut log = open_damaged(&disk);
    let mut seen = Vec::new();
    log.replay(LogPos(0), &mut |pos, _| seen.push(pos.0))
        .unwrap();
    let lost = log.lost().to_vec();
    assert_eq!(lost, vec![first..=first]);
    let kept: Vec<_> = (1..=20).filter(|&pos| pos != first).collect();
    assert_eq!(seen, kept);
    assert_eq!(settle(&mut log, 1), LogPos(21));
}

#[test]
fn damage_to_the_last_write_of_a_closed_log_is_damage_and_no_tail() {
    let disk = written(3);
    let name = disk.segments()[0].clone();
    disk.spoil(&name, |octets| {
        let mark = octets.iter().rposition(|&octet| octet != 0).unwrap();
        octets[mark - 40] ^= 1;
    });
    assert!(matches!(
        open(&disk),
        Err(LogError::Damaged { last: 3, .. })
    ));
}

#[test]
fn a_missing_segment_and_a_spoilt_header_are_damage() {
    let disk = SimDisk::default();
    let mut log = open(&disk).unwrap();
    for _ in 0..10 {
        settle(&mut log, 100);
    }
    drop(log);
    let names = disk.segments();
    assert!(names.len() > 4);
    let missing = disk.snapshot();
    pengate::io::store::Disk::remove(&missing, &names[1]).unwrap();
    let mut log = open(&missing).unwrap();
    let error = log.replay(LogPos(0), &mut |_, _| {}).unwrap_err();
    assert!(
        matches!(&error, LogError::Damaged { segment, .. } if *segment == names[0]),
        "{error}"
    );

    for spoilt in [&names[1], names.last().unwrap()] {
        let disk = disk.snapshot();
        disk.spoil(spoilt, |octets| octets[20] ^= 1);
        assert!(matches!(
            open(&disk),
            Err(LogError::Damaged { offset: 0, .. })
        ));
        let mut log = open_damaged(&disk);
        let mut seen = 0;
        log.replay(LogPos(0), &mut |_, _| seen += 1).unwrap();
        let lost: u64 = log
            .lost()
            .iter()
            .map(|lost| lost.end() - lost.start() + 1)
            .sum();
        assert!(lost > 0 && seen + lost >= 1000 && log.last().0 >= 1000);
        let next = log.last();
        assert_eq!(settle(&mut log, 1), next.plus(1));
    }
}

#[test]
fn a_segment_of_another_log_is_damage() {
    let (disk, other) = (written(3), written(9));
    let mut foreign = Vec::new();
    other.spoil(&other.segments()[0], |octets| foreign = octets.clone());
    let mut log = open(&disk).unwrap();
    settle(&mut log, 1);
    drop(log);
    let name = disk.segments()[0].clone();
    disk.spoil(&name, |octets| *octets = foreign);
    let Err(error) = open(&disk) else {
        panic!("a stranger was taken in")
    };
    assert!(
        error.to_string().contains("segment of another log"),
        "{error}"
    );
}

#[test]
fn a_disk_that_lied_about_syncs_is_found_out_when_later_writes_survived() {
    let disk = SimDisk::default();
    let mut log = open(&disk).unwrap();
    settle(&mut log, 1);
    disk.faults(|faults| faults.lying_sync = true);
    for _ in 0..8 {
        settle(&mut log, 5);
    }
    // Blocks 0 and 1 of what was not synced are lost, all later ones survive.
    let mut block = 0;
    disk.power_cut(&mut || {
        block += 1;
        block > 4
    });
    drop(log);
    assert!(matches!(open(&disk), Err(LogError::Damaged { .. })));
}

#[test]
fn a_power_cut_right_after_a_segment_got_its_name_leaves_an_empty_one() {
    let disk = SimDisk::default();
    disk.faults(|faults| faults.cut_at_segment = true);
    let mut log = open(&disk).unwrap();
    log.submit(&batch(log.last(), 1)).unwrap();
    let (durable, _) = failure(&mut log);
    assert_eq!(durable, LogPos(0));
    drop(log);
    assert_eq!(disk.segments().len(), 1);
    let mut log = open(&disk).unwrap();
    assert_eq!(settle(&mut log, 2), LogPos(2));
    assert_eq!(replayed(&mut log, 0), Some((1, 2)));
}

/// What a random life of the log does.
#[derive(Clone, Debug)]
enum Step {
    Submit(u64),
    Settle(u64),
    Truncate(u64),
    /// The power is cut while the last writes are under way.
    Cut(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (1..30_u64).prop_map(Step::Submit),
        4 => (1..60_u64).prop_map(Step::Settle),
        1 => (0..500_u64).prop_map(Step::Truncate),
        2 => any::<u64>().prop_map(Step::Cut),
    ];
    prop::collection::vec(step, 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever is cut, and whichever blocks survive: all that was acknowledged is there, in order
    /// and whole, and the log opens without a word.
    #[test]
    fn no_power_cut_loses_what_was_acknowledged(steps in steps()) {
        let disk = SimDisk::default();
        let mut log = open(&disk).unwrap();
        let (mut acknowledged, mut floor) = (LogPos(0), 0);
        for step in steps {
            match step {
                Step::Submit(records) => {
                    log.submit(&batch(log.last(), records)).unwrap();
                }
                Step::Settle(records) => acknowledged = settle(&mut log, records),
                Step::Truncate(pos) => {
                    floor = floor.max(pos.min(acknowledged.0));
                    log.truncate_to(LogPos(floor));
                }
                Step::Cut(seed) => {
                    while let Some(Settlement::Durable(pos)) = log.poll() {
                        acknowledged = pos;
                    }
                    let mut state = seed;
                    disk.power_cut(&mut || {
                        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                        state >> 40 & 1 == 1
                    });
                    drop(log);
                    log = open(&disk).unwrap();
                    prop_assert!(log.last() >= acknowledged);
                    let seen = replayed(&mut log, floor);
                    let all = (log.last().0 > floor).then_some((floor + 1, log.last().0));
                    prop_assert_eq!(seen, all);
                    acknowledged = log.last();
                }
            }
        }
    }
}
