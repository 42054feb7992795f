//! Segment files ahead of and behind the writer: a thread that fills spare ones with zeros, so that
//! a sync changes no metadata, and takes those away that nobody needs any more.

use std::io;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use super::disk::{Disk, DiskFile, as_u64, write_all};
use crate::pen::log::LogPos;

/// A segment file that is ready but not in use.
pub(super) const SPARE: &str = "spare";
/// A segment file that was in use and waits to be used again.
const USED: &str = "used";
/// A spare file that is not filled yet.
const FILLING: &str = "spare.filling";
const FILL_OCTETS: usize = 1 << 20;

/// The segments of the log, by the position of their first record, in order.
#[derive(Debug, Default)]
pub(super) struct Segments(Mutex<Vec<LogPos>>);

impl Segments {
    pub(super) fn new(firsts: Vec<LogPos>) -> Self {
        Self(Mutex::new(firsts))
    }

    pub(super) fn list(&self) -> Vec<LogPos> {
        self.lock().clone()
    }

    /// A new last segment; one of the same first position held no record and was replaced.
    pub(super) fn push(&self, first: LogPos) {
        let mut firsts = self.lock();
        if firsts.last() != Some(&first) {
            firsts.push(first);
        }
    }

    /// Takes out the oldest segment when all its records are at or before `pos`. The last segment
    /// always stays.
    fn pop_to(&self, pos: LogPos) -> Option<LogPos> {
        let mut firsts = self.lock();
        let next = firsts.get(1)?;
        (next.0 <= pos.0.saturating_add(1)).then(|| firsts.remove(0))
    }

    fn lock(&self) -> MutexGuard<'_, Vec<LogPos>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// File name of the segment that begins with a position.
pub(super) fn segment_name(first: LogPos) -> String {
    format!("{:020}.pen", first.0)
}

/// The first position of a segment, from its file name.
pub(super) fn segment_first(name: &str) -> Option<LogPos> {
    let digits = name.strip_suffix(".pen")?;
    let sound = digits.len() == 20 && digits.bytes().all(|digit| digit.is_ascii_digit());
    sound.then(|| digits.parse().ok()).flatten().map(LogPos)
}

enum Request {
    Spare,
    TruncateTo(LogPos),
}

/// A spare file, or none for want of space.
type Answer = io::Result<Option<Box<dyn DiskFile>>>;

/// The writer's end: spare files.
pub(super) struct Spares {
    requests: Sender<Request>,
    answers: Receiver<Answer>,
}

/// The front's end: truncation.
#[derive(Debug)]
pub(super) struct Truncations(Sender<Request>);

impl Spares {
    /// Asks for the next spare file ahead of its use.
    pub(super) fn order(&self) {
        // When the keeper is gone the next receive says so.
        let _ = self.requests.send(Request::Spare);
    }

    /// Waits for the file that was ordered; none for want of space.
    pub(super) fn receive(&self) -> Answer {
        let gone = || io::Error::other("the thread that prepares segments ended");
        self.answers.recv().unwrap_or_else(|_| Err(gone()))
    }
}

impl Truncations {
    pub(super) fn truncate_to(&self, pos: LogPos) {
        // When the keeper is gone the log has failed, and keeps what it has.
        let _ = self.0.send(Request::TruncateTo(pos));
    }
}

/// Starts the thread. It ends when both ends are dropped.
pub(super) fn start(
    disk: Arc<dyn Disk>,
    segments: Arc<Segments>,
    segment_bytes: usize,
    free_bytes_min: u64,
) -> io::Result<(Spares, Truncations, JoinHandle<()>)> {
    let (requests, received) = channel();
    let (answer, answers) = sync_channel(1);
    let keeper = Keeper {
        disk,
        segments,
        segment_bytes,
        free_bytes_min,
    };
    let thread = std::thread::Builder::new()
        .name("pen-keeper".into())
        .spawn(move || keeper.serve(&received, &answer))?;
    let spares = Spares {
        requests: requests.clone(),
        answers,
    };
    Ok((spares, Truncations(requests), thread))
}

struct Keeper {
    disk: Arc<dyn Disk>,
    segments: Arc<Segments>,
    segment_bytes: usize,
    free_bytes_min: u64,
}

impl Keeper {
    fn serve(&self, requests: &Receiver<Request>, answers: &SyncSender<Answer>) {
        for request in requests {
            match request {
                Request::Spare => {
                    if answers.send(self.spare()).is_err() {
                        // The writer is gone: only truncations may still come.
                    }
                }
                // A file that cannot be removed costs room, not records; the next start lists it
                // again.
                Request::TruncateTo(pos) => drop(self.truncate_to(pos)),
            }
        }
    }

    fn spare(&self) -> Answer {
        let names = self.disk.names()?;
        if names.iter().any(|found| found == FILLING) {
            self.disk.remove(FILLING)?;
        }
        for name in [SPARE, USED] {
            if names.iter().any(|found| found == name) {
                let file = self.disk.open(name)?;
                if file.len()? == as_u64(self.segment_bytes) {
                    self.disk.rename(name, SPARE)?;
                    self.disk.sync_names()?;
                    return Ok(Some(file));
                }
                self.disk.remove(name)?;
            }
        }
        let needed = self
            .free_bytes_min
            .saturating_add(as_u64(self.segment_bytes));
        if self.disk.free_bytes()? < needed {
            return Ok(None);
        }
        match self.fill() {
            Err(error) if error.kind() == io::ErrorKind::StorageFull => {
                self.disk.remove(FILLING)?;
                Ok(None)
            }
            filled => filled.map(Some),
        }
    }

    fn fill(&self) -> io::Result<Box<dyn DiskFile>> {
        let mut file = self.disk.create(FILLING)?;
        let zeros = vec![0; FILL_OCTETS.min(self.segment_bytes)];
        let mut offset = 0;
        while offset < self.segment_bytes {
            let count = zeros.len().min(self.segment_bytes - offset);
            write_all(&mut *file, as_u64(offset), &zeros[..count])?;
            // In small steps, so that the writer's syncs do not queue behind a large one.
            file.sync()?;
            offset += count;
        }
        self.disk.rename(FILLING, SPARE)?;
        self.disk.sync_names()?;
        Ok(file)
    }

    fn truncate_to(&self, pos: LogPos) -> io::Result<()> {
        while let Some(first) = self.segments.pop_to(pos) {
            let name = segment_name(first);
            let size = self.disk.open(&name)?.len()?;
            let names = self.disk.names()?;
            if size == as_u64(self.segment_bytes) && !names.iter().any(|found| found == USED) {
                self.disk.rename(&name, USED)?;
            } else {
                self.disk.remove(&name)?;
            }
            self.disk.sync_names()?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segment_names_sort_as_their_positions_and_read_back() {
        assert_eq!(segment_name(LogPos(7)), "00000000000000000007.pen");
        for pos in [0, 7, u64::MAX] {
            assert_eq!(segment_first(&segment_name(LogPos(pos))), Some(LogPos(pos)));
        }
        for name in [
            "lock",
            "spare",
            "7.pen",
            "99999999999999999999.pen",
            "+0000000000000000007.pen",
        ] {
            assert_eq!(segment_first(name), None, "{name}");
        }
    }

    #[test]
    fn only_whole_segments_are_taken_away_and_never_the_last() {
        let segments = Segments::new(vec![LogPos(1), LogPos(11), LogPos(21)]);
        assert_eq!(segments.pop_to(LogPos(9)), None);
        assert_eq!(segments.pop_to(LogPos(10)), Some(LogPos(1)));
        assert_eq!(segments.pop_to(LogPos(999)), Some(LogPos(11)));
        assert_eq!(segments.pop_to(LogPos(999)), None);
    }
}
