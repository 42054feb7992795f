//! The pen log on a real disk: settled events a second and the time from submit to settlement, for
//! several numbers of senders that each wait for their answer, beside what a bare write and
//! `fdatasync` of the same size costs on the same disk in the same run.
//!
//! ```text
//! cargo bench --bench log [-- FOLDER [SECONDS]]
//! ```
//!
//! One event is one batch of one record of 300 octets. The folder is by default the one for build
//! results, not the one for temporary files, which often is in memory.

use std::collections::VecDeque;
use std::error::Error;
use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant};

use pengate::io::store::{LogOptions, SegmentLog};
use pengate::pen::log::{Batch, Kind, Log, LogPos, Partition, RecordRef, Settlement};

const BODY: [u8; 300] = [0x5a; 300];
const SENDERS: [usize; 3] = [1, 64, 256];

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let arguments: Vec<_> = std::env::args()
        .skip(1)
        .filter(|a| !a.starts_with("--"))
        .collect();
    let folder = arguments
        .first()
        .map_or_else(|| PathBuf::from(env!("CARGO_TARGET_TMPDIR")), PathBuf::from);
    let seconds = arguments
        .get(1)
        .map_or(Ok(3.0), |text| text.parse::<f64>())?;
    let time = Duration::try_from_secs_f64(seconds)?;
    let folder = tempfile::tempdir_in(folder)?;
    println!(
        "{:<36} {:>9} {:>7} {:>7} {:>7} {:>6}",
        "", "events/s", "p50 us", "p99 us", "max us", "cpu %"
    );
    bare(folder.path(), time)?;
    for linger in [LogOptions::default().linger, Duration::ZERO] {
        for senders in SENDERS {
            closed_loop(folder.path(), time, senders, linger)?;
        }
    }
    for linger in [LogOptions::default().linger, Duration::ZERO] {
        for rate in [1_000, 20_000] {
            open_loop(folder.path(), time, rate, linger)?;
        }
    }
    // Again, to see what the machine did meanwhile.
    bare(folder.path(), time)?;
    Ok(())
}

/// A write of one event and `fdatasync`, one after the other, over zeros written before.
fn bare(folder: &Path, time: Duration) -> Outcome<()> {
    let file = OpenOptions::new()
        .create(true)
        .truncate(true)
        .write(true)
        .open(folder.join("bare"))?;
    const SIZE: u64 = 64 << 20;
    for at in (0..SIZE).step_by(1 << 20) {
        file.write_all_at(&vec![0; 1 << 20], at)?;
    }
    File::sync_all(&file)?;
    let mut times = Vec::new();
    let run = Run::begin();
    let mut at = 0;
    while run.begin.elapsed() < time && at + 320 < SIZE {
        let start = Instant::now();
        file.write_all_at(&BODY, at)?;
        file.sync_data()?;
        times.push(start.elapsed());
        at += 320;
    }
    run.report("write + fdatasync", times);
    Ok(())
}

struct Bench {
    log: SegmentLog,
    wakes: Receiver<()>,
    batch: Batch,
    /// When each event that waits was submitted, in order.
    waiting: VecDeque<(LogPos, Instant)>,
    times: Vec<Duration>,
}

impl Bench {
    fn open(folder: &Path, linger: Duration) -> Outcome<Self> {
        let (wake, wakes) = sync_channel(1);
        let options = LogOptions {
            linger,
            free_bytes_min: 0,
            ..LogOptions::default()
        };
        let waker = Box::new(move || {
            // A wake that waits already is as good as two.
            let _ = wake.try_send(());
        });
        let log = SegmentLog::open(&folder.join("log"), options, waker)?;
        let mut batch = Batch::default();
        batch.push(RecordRef {
            partition: Partition(7),
            kind: Kind(1),
            body: &BODY,
        });
        let (waiting, times) = (VecDeque::new(), Vec::new());
        let mut bench = Self {
            log,
            wakes,
            batch,
            waiting,
            times,
        };
        // The first segment is made by the first write.
        bench.submit(Instant::now())?;
        bench.settle()?;
        bench.times.clear();
        Ok(bench)
    }

    fn submit(&mut self, at: Instant) -> Outcome<()> {
        let pos = self.log.submit(&self.batch)?;
        self.waiting.push_back((pos, at));
        Ok(())
    }

    /// Waits for a settlement.
    fn settle(&mut self) -> Outcome<()> {
        loop {
            if self.poll()? {
                return Ok(());
            }
            self.wakes.recv()?;
        }
    }

    fn poll(&mut self) -> Outcome<bool> {
        match self.log.poll() {
            None => Ok(false),
            Some(Settlement::Failed(why)) => Err(why.into()),
            Some(Settlement::Durable(durable)) => {
                let now = Instant::now();
                while let Some(&(_, at)) = self.waiting.front().filter(|(pos, _)| *pos <= durable) {
                    self.times.push(now.saturating_duration_since(at));
                    self.waiting.pop_front();
                }
                self.log.truncate_to(durable);
                Ok(true)
            }
        }
    }
}

/// Each sender sends its next event when the one before is settled.
fn closed_loop(folder: &Path, time: Duration, senders: usize, linger: Duration) -> Outcome<()> {
    let mut bench = Bench::open(folder, linger)?;
    let run = Run::begin();
    while run.begin.elapsed() < time {
        while bench.waiting.len() < senders {
            bench.submit(Instant::now())?;
        }
        bench.settle()?;
    }
    let name = format!("{senders} outstanding, linger {linger:?}");
    run.report(&name, bench.times);
    Ok(())
}

/// Events come at their times, whatever the log does.
fn open_loop(folder: &Path, time: Duration, rate: u32, linger: Duration) -> Outcome<()> {
    let mut bench = Bench::open(folder, linger)?;
    let gap = Duration::from_secs(1) / rate;
    let run = Run::begin();
    let mut next = run.begin;
    while next - run.begin < time {
        let now = Instant::now();
        while next <= now {
            bench.submit(next)?;
            next += gap;
        }
        bench.poll()?;
        // A wake or the next event, whichever is first.
        let _ = bench
            .wakes
            .recv_timeout(next.saturating_duration_since(Instant::now()));
    }
    while !bench.waiting.is_empty() {
        bench.settle()?;
    }
    run.report(&format!("{rate}/s offered, linger {linger:?}"), bench.times);
    Ok(())
}

/// A measurement under way: when it began, and what the process had used by then.
struct Run {
    begin: Instant,
    used: Duration,
}

impl Run {
    fn begin() -> Self {
        Self {
            begin: Instant::now(),
            used: processor_time(),
        }
    }

    fn report(self, name: &str, mut times: Vec<Duration>) {
        let elapsed = self.begin.elapsed().as_secs_f64();
        let used = (processor_time() - self.used).as_secs_f64();
        times.sort_unstable();
        let at = |share: usize| {
            let nth = (times.len() * share / 100).min(times.len().saturating_sub(1));
            times.get(nth).map_or(0, Duration::as_micros)
        };
        let count = u32::try_from(times.len()).map_or(f64::INFINITY, f64::from);
        println!(
            "{name:<36} {:>9.0} {:>7} {:>7} {:>7} {:>6.0}",
            count / elapsed,
            at(50),
            at(99),
            at(100),
            100.0 * used / elapsed,
        );
    }
}

/// Processor time that the process has used so far, in the system's ticks of 10 ms; nothing where
/// the system does not tell it as Linux does.
fn processor_time() -> Duration {
    let told = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = told.rsplit(") ").next().unwrap_or_default().split(' ');
    let ticks: u64 = fields
        .skip(11)
        .take(2)
        .filter_map(|field| field.parse::<u64>().ok())
        .sum();
    Duration::from_millis(ticks * 10)
}
