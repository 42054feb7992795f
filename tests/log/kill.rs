//! A real process that is killed while it writes, again and again.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use pengate::io::store::{LogOptions, SegmentLog};
use pengate::pen::log::{Log, LogPos, Settlement};

use crate::support::{self, batch, no_waker, replayed};

/// Where the process that is killed finds its folder.
const FOLDER: &str = "PENGATE_TEST_KILLED_LOG_FOLDER";
const ROUNDS: usize = 20;

/// Segments that last for a few rounds.
fn options() -> LogOptions {
    LogOptions {
        segment_bytes: 1 << 20,
        ..support::options()
    }
}

/// The process that is killed: several batches are always under way, and each position is printed
/// only when it is durable.
fn write_until_killed(folder: &Path) {
    let mut log = SegmentLog::open(folder, options(), no_waker()).unwrap();
    let mut out = std::io::stdout().lock();
    let mut durable = log.last();
    loop {
        while log.last().0 < durable.0 + 100 {
            log.submit(&batch(log.last(), 1 + log.last().0 % 5))
                .unwrap();
        }
        match log.poll() {
            Some(Settlement::Durable(pos)) => {
                durable = pos;
                writeln!(out, "durable {pos}").unwrap();
                out.flush().unwrap();
            }
            Some(Settlement::Failed(why)) => panic!("{why}"),
            None => std::thread::yield_now(),
        }
    }
}

#[test]
fn a_killed_process_loses_nothing_that_it_called_durable() {
    if let Some(folder) = std::env::var_os(FOLDER) {
        write_until_killed(Path::new(&folder));
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut told = 0;
    for round in 0..ROUNDS {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "kill::a_killed_process_loses_nothing_that_it_called_durable",
            ])
            .arg("--nocapture")
            .env(FOLDER, folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut acknowledged = |line: std::io::Result<String>| {
            // A line that was cut by the kill was not told.
            let pos = line.ok()?.strip_prefix("durable ")?.parse::<u64>().ok()?;
            told = pos.max(told);
            Some(())
        };
        let mut heard = 0;
        while heard <= round * 3 {
            heard += usize::from(acknowledged(lines.next().unwrap()).is_some());
        }
        child.kill().unwrap();
        lines.for_each(|line| {
            acknowledged(line);
        });
        child.wait().unwrap();

        let mut log = SegmentLog::open(folder.path(), options(), no_waker()).unwrap();
        assert!(
            log.last() >= LogPos(told),
            "{told} was told, {} is there",
            log.last()
        );
        assert_eq!(replayed(&mut log, 0), Some((1, log.last().0)));
    }
    assert!(told > 0);
}
