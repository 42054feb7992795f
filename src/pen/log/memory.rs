//! The log in memory: for replay, tests and simulation. It settles at once, or by script.

use std::collections::VecDeque;

use super::{Batch, Kind, Log, LogError, LogPos, Partition, RecordRef, Refusal, Settlement};

/// A log that keeps its records in memory and its promises by script.
///
/// Left alone it settles every batch at once. [`MemoryLog::hold`] makes it wait for
/// [`MemoryLog::settle`]; [`MemoryLog::refuse`] and [`MemoryLog::fail`] inject faults;
/// [`MemoryLog::power_cut`] loses what was not settled.
#[derive(Debug)]
pub struct MemoryLog {
    /// Records that were not truncated yet, settled or not; the last is at `last`.
    rows: VecDeque<Row>,
    /// Whether settled records are kept for a replay.
    keeps: bool,
    last: LogPos,
    durable: LogPos,
    told: LogPos,
    /// Last positions of the batches that are held.
    held: VecDeque<LogPos>,
    holds: bool,
    refusal: Option<Refusal>,
    failure: Option<String>,
    /// Whether the failure was told.
    failed: bool,
}

#[derive(Debug)]
struct Row {
    partition: Partition,
    kind: Kind,
    body: Box<[u8]>,
}

impl Default for MemoryLog {
    fn default() -> Self {
        Self::new()
    }
}

impl MemoryLog {
    /// An empty log that keeps all its records until they are truncated.
    #[must_use]
    pub fn new() -> Self {
        Self {
            rows: VecDeque::new(),
            keeps: true,
            last: LogPos(0),
            durable: LogPos(0),
            told: LogPos(0),
            held: VecDeque::new(),
            holds: false,
            refusal: None,
            failure: None,
            failed: false,
        }
    }

    /// An empty log that keeps no settled record: its memory stays small however much goes through,
    /// and it cannot be replayed. For the replay of captures.
    #[must_use]
    pub fn transient() -> Self {
        Self {
            keeps: false,
            ..Self::new()
        }
    }

    /// From now on batches wait for [`MemoryLog::settle`].
    pub fn hold(&mut self) {
        self.holds = true;
    }

    /// Settles up to `batches` held batches, the oldest first.
    pub fn settle(&mut self, batches: usize) {
        if self.failure.is_some() {
            return;
        }
        let batches = batches.min(self.held.len());
        let last = self.held.drain(..batches).next_back();
        if let Some(pos) = last {
            self.settled(pos);
        }
    }

    /// Settles all that is held and settles at once again.
    pub fn release(&mut self) {
        self.holds = false;
        self.settle(usize::MAX);
    }

    /// How many batches wait for [`MemoryLog::settle`].
    #[must_use]
    pub fn held(&self) -> usize {
        self.held.len()
    }

    /// Refuses every batch with `refusal` until told otherwise with `None`.
    pub fn refuse(&mut self, refusal: Option<Refusal>) {
        self.refusal = refusal;
    }

    /// Fails as a log whose sync failed: what is held is never settled, and nothing is taken.
    pub fn fail(&mut self, why: &str) {
        self.failure.get_or_insert_with(|| why.to_owned());
    }

    /// Power is cut and comes back: what was not settled is lost, script and faults are forgotten,
    /// and the log can be replayed.
    pub fn power_cut(&mut self) {
        let lost = self.last.0 - self.durable.0;
        let kept = self
            .rows
            .len()
            .saturating_sub(usize::try_from(lost).unwrap_or(usize::MAX));
        self.rows.truncate(kept);
        *self = Self {
            rows: std::mem::take(&mut self.rows),
            keeps: self.keeps,
            last: self.durable,
            durable: self.durable,
            told: self.durable,
            ..Self::new()
        };
    }

    fn settled(&mut self, pos: LogPos) {
        self.durable = pos;
        if !self.keeps {
            self.truncate_to(pos);
        }
    }
}

impl Log for MemoryLog {
    fn submit(&mut self, batch: &Batch) -> Result<LogPos, Refusal> {
        self.admits()?;
        if batch.is_empty() {
            return Ok(self.last);
        }
        if self.keeps || self.holds {
            self.rows.extend(batch.records().map(|record| Row {
                partition: record.partition,
                kind: record.kind,
                body: record.body.into(),
            }));
        }
        self.last = self
            .last
            .plus(u64::try_from(batch.len()).unwrap_or(u64::MAX));
        if self.holds {
            self.held.push_back(self.last);
        } else {
            self.settled(self.last);
        }
        Ok(self.last)
    }

    fn poll(&mut self) -> Option<Settlement> {
        if self.told < self.durable {
            self.told = self.durable;
            return Some(Settlement::Durable(self.durable));
        }
        let why = self.failure.as_ref()?;
        if std::mem::replace(&mut self.failed, true) {
            return None;
        }
        Some(Settlement::Failed(why.clone()))
    }

    fn admits(&self) -> Result<(), Refusal> {
        if self.failure.is_some() {
            return Err(Refusal::Failed);
        }
        self.refusal.map_or(Ok(()), Err)
    }

    fn last(&self) -> LogPos {
        self.last
    }

    fn floor(&self) -> LogPos {
        let held = u64::try_from(self.rows.len()).unwrap_or(u64::MAX);
        LogPos(self.last.0.saturating_sub(held))
    }

    fn replay(
        &mut self,
        after: LogPos,
        each: &mut dyn FnMut(LogPos, RecordRef<'_>),
    ) -> Result<(), LogError> {
        let LogPos(floor) = self.floor();
        if after.0 < floor || after > self.last {
            return Err(LogError::Missing {
                after: after.0,
                first: floor + 1,
                last: self.last.0,
            });
        }
        for (pos, row) in (floor + 1..=self.durable.0).zip(&self.rows) {
            if pos > after.0 {
                let record = RecordRef {
                    partition: row.partition,
                    kind: row.kind,
                    body: &row.body,
                };
                each(LogPos(pos), record);
            }
        }
        Ok(())
    }

    fn truncate_to(&mut self, pos: LogPos) {
        let done = pos.min(self.durable).0.saturating_sub(self.floor().0);
        let done = usize::try_from(done).unwrap_or(usize::MAX);
        self.rows.drain(..done.min(self.rows.len()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(bodies: &[&[u8]]) -> Batch {
        let mut batch = Batch::default();
        for body in bodies {
            batch.push(RecordRef {
                partition: Partition(1),
                kind: Kind(2),
                body,
            });
        }
        batch
    }

    fn bodies(log: &mut MemoryLog, after: u64) -> Vec<(u64, Vec<u8>)> {
        let mut seen = Vec::new();
        log.replay(LogPos(after), &mut |pos, record| {
            seen.push((pos.0, record.body.to_vec()));
        })
        .unwrap();
        seen
    }

    #[test]
    fn what_is_held_settles_in_order_and_by_count() {
        let mut log = MemoryLog::new();
        log.hold();
        for body in [&b"a"[..], b"b", b"c"] {
            log.submit(&batch(&[body, body])).unwrap();
        }
        assert_eq!(log.poll(), None);
        log.settle(2);
        assert_eq!(log.poll(), Some(Settlement::Durable(LogPos(4))));
        assert_eq!((log.poll(), log.held()), (None, 1));
        log.release();
        assert_eq!(log.poll(), Some(Settlement::Durable(LogPos(6))));
    }

    #[test]
    fn a_power_cut_loses_what_was_not_settled_and_positions_go_on_from_there() {
        let mut log = MemoryLog::new();
        log.submit(&batch(&[b"kept"])).unwrap();
        log.hold();
        log.submit(&batch(&[b"lost", b"lost"])).unwrap();
        log.power_cut();
        assert_eq!(bodies(&mut log, 0), [(1, b"kept".to_vec())]);
        assert_eq!(log.submit(&batch(&[b"new"])), Ok(LogPos(2)));
        assert_eq!(bodies(&mut log, 1), [(2, b"new".to_vec())]);
    }

    #[test]
    fn faults_refuse_and_a_failure_stays() {
        let mut log = MemoryLog::new();
        for refusal in [Refusal::Busy, Refusal::NoSpace] {
            log.refuse(Some(refusal));
            assert_eq!(log.admits(), Err(refusal));
            assert_eq!(log.submit(&batch(&[b"a"])), Err(refusal));
        }
        log.refuse(None);
        log.hold();
        assert_eq!(log.submit(&batch(&[b"a"])), Ok(LogPos(1)));
        log.fail("sync failed");
        log.settle(1);
        assert_eq!(log.poll(), Some(Settlement::Failed("sync failed".into())));
        assert_eq!(log.poll(), None);
        assert_eq!(log.submit(&batch(&[b"b"])), Err(Refusal::Failed));
    }

    #[test]
    fn a_transient_log_keeps_nothing_that_is_settled() {
        let mut log = MemoryLog::transient();
        log.submit(&batch(&[b"a", b"b"])).unwrap();
        assert!(log.rows.is_empty());
        log.hold();
        log.submit(&batch(&[b"c"])).unwrap();
        assert_eq!(log.rows.len(), 1);
        log.release();
        assert!(log.rows.is_empty());
        assert_eq!(log.last(), LogPos(3));
    }
}
