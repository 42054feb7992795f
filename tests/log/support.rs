//! What the tests of the log share.

use std::thread;
use std::time::{Duration, Instant};

use pengate::io::store::{LogOptions, Waker};
use pengate::pen::log::{Batch, Kind, Log, LogPos, Partition, RecordRef, Settlement};

/// Long enough for any machine: only a log that hangs takes it.
const PATIENCE: Duration = Duration::from_secs(60);

/// Small segments, no watermark.
pub fn options() -> LogOptions {
    LogOptions {
        segment_bytes: 64 << 10,
        free_bytes_min: 0,
        ..LogOptions::default()
    }
}

pub fn no_waker() -> Waker {
    Box::new(|| {})
}

/// A record that is wholly told by its position.
pub fn body(pos: u64) -> Vec<u8> {
    let len = usize::try_from(pos * 131 % 700).unwrap();
    pos.to_be_bytes()
        .iter()
        .copied()
        .cycle()
        .take(len)
        .collect()
}

pub fn partition(pos: u64) -> Partition {
    Partition(u16::try_from(pos % 256).unwrap())
}

pub fn kind(pos: u64) -> Kind {
    Kind(u8::try_from(pos % 7).unwrap())
}

/// A batch of the records that follow `last`.
pub fn batch(last: LogPos, records: u64) -> Batch {
    let mut batch = Batch::default();
    for pos in last.0 + 1..=last.0 + records {
        batch.push(RecordRef {
            partition: partition(pos),
            kind: kind(pos),
            body: &body(pos),
        });
    }
    batch
}

/// Submits the records that follow, and waits until they are durable.
pub fn settle(log: &mut dyn Log, records: u64) -> LogPos {
    let pos = log.submit(&batch(log.last(), records)).unwrap();
    durable(log, pos);
    pos
}

/// Waits until `pos` is told to be durable.
pub fn durable(log: &mut dyn Log, pos: LogPos) {
    until("durable", || match log.poll() {
        Some(Settlement::Durable(durable)) => durable >= pos,
        Some(Settlement::Failed(why)) => panic!("the log failed: {why}"),
        None => false,
    });
}

/// Waits until the log tells that it failed; gives the last durable position told before, and why.
pub fn failure(log: &mut dyn Log) -> (LogPos, String) {
    let mut last = LogPos(0);
    let mut why = String::new();
    until("failure", || match log.poll() {
        Some(Settlement::Durable(pos)) => {
            last = pos;
            false
        }
        Some(Settlement::Failed(text)) => {
            why = text;
            true
        }
        None => false,
    });
    (last, why)
}

/// Waits for what has to come.
pub fn until(what: &str, mut come: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !come() {
        assert!(begin.elapsed() < PATIENCE, "{what} did not come");
        thread::sleep(Duration::from_micros(200));
    }
}

/// Replays and checks that every record is the one of its position, without a gap; gives the first
/// and the last position, or nothing.
pub fn replayed(log: &mut dyn Log, after: u64) -> Option<(u64, u64)> {
    let mut seen: Option<(u64, u64)> = None;
    log.replay(LogPos(after), &mut |pos, record| {
        assert_eq!(record.body, body(pos.0), "body at {pos}");
        assert_eq!(record.partition, partition(pos.0), "partition at {pos}");
        assert_eq!(record.kind, kind(pos.0), "kind at {pos}");
        seen = match seen {
            None => Some((pos.0, pos.0)),
            Some((first, last)) => {
                assert_eq!(pos.0, last + 1, "a gap");
                Some((first, pos.0))
            }
        };
    })
    .unwrap();
    seen
}
