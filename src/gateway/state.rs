//! The gateway's state: rows and log taken back at start, and rows handed out as they change.

use pengate_codecs::Stamp;

use super::Gateway;
use crate::{
    pen::{
        log::{Log, LogError, LogPos, RecordRef, Refusal},
        state::{Row, StateBatch},
    },
    server::{LoadError, Shard},
};

/// Rows that changed, on their way to the store.
#[derive(Debug)]
pub(super) struct Changed {
    rows: StateBatch,
    /// They contain the effect of the log up to here.
    pos: LogPos,
    /// Octets of log since the rows before.
    octets: u64,
    /// What the agent learned from records that were on their way, up to here, is in them as well.
    ahead: LogPos,
}

impl<L: Log> Gateway<L> {
    /// Takes back a row of the state store: at start, after provisioning.
    ///
    /// # Errors
    /// [`LoadError`] when the row is not what this version writes.
    pub fn load(&mut self, now: Stamp, row: Row<'_>) -> Result<(), LoadError> {
        self.feeds.load(row);
        if let Some(bind) = Shard::bind_of(row) {
            self.feeds.bound(&bind);
        }
        self.shard.load(now, row)
    }

    /// Takes every record of the log after `stands`, where the loaded rows stand: at start, after
    /// them and before the first step. Tells how many there were.
    ///
    /// # Errors
    /// [`LogError`] when the log is damaged or unreadable.
    pub fn recover(&mut self, now: Stamp, stands: LogPos) -> Result<u64, LogError> {
        let Self {
            feeds,
            shard,
            log,
            applied,
            ..
        } = self;
        let mut count = 0;
        *applied = stands;
        let mut each = |pos: LogPos, record: RecordRef<'_>| {
            if pos <= stands {
                return feeds.recall(record);
            }
            feeds.recover(record);
            shard.replay(now, record);
            *applied = pos;
            count += 1;
        };
        // Rows hold no answers: those are in the log alone, before and behind where rows stand.
        // Damage there is no reason not to start.
        let floor = log.floor().min(stands);
        match log.replay(floor, &mut each) {
            Err(_) if floor < stands => log.replay(stands, &mut each)?,
            read => read?,
        }
        self.feeds.resume(&self.shard.newest());
        self.shard.recovered(now, &mut self.shard_out);
        Ok(count)
    }

    /// Has changed rows noted from now on, for [`Self::take_writes`]: before [`Self::recover`].
    pub fn collect_writes(&mut self) {
        self.feeds.collect_writes();
        self.shard.collect_writes();
    }

    /// Appends every row that changed. They contain the effect of the log up to the position
    /// returned; octets of log since the last time are returned as well.
    ///
    /// None while a record is not durable that the agent learned something from: rows that knew it
    /// would outlive the record, and whoever told it again would teach nothing. Ask again after the
    /// next step. A log that has no space does not hold rows up, without which it gets none.
    pub fn take_writes(&mut self, batch: &mut StateBatch) -> Option<(LogPos, u64)> {
        if self.feeds.owes() && self.log.admits() != Err(Refusal::NoSpace) {
            return None;
        }
        let waits = self.changed.take();
        let mut changed = waits.unwrap_or_else(|| self.changes());
        if changed.ahead > self.applied {
            self.changed = Some(changed);
            return None;
        }
        if batch.is_empty() {
            std::mem::swap(batch, &mut changed.rows);
        } else {
            batch.append(&changed.rows);
        }
        Some((changed.pos, changed.octets))
    }

    fn changes(&mut self) -> Changed {
        let mut rows = StateBatch::default();
        self.feeds.take_writes(&mut rows);
        self.shard.take_writes(&mut rows);
        let ahead = self.waiting.back().map(|waiting| waiting.last);
        Changed {
            rows,
            pos: self.applied,
            octets: std::mem::take(&mut self.applied_octets),
            ahead: ahead.unwrap_or(self.applied),
        }
    }
}
