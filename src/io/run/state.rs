//! The state behind the log: read at start, written as the gateway goes on.

use std::time::Duration;

use pengate_codecs::Stamp;

use crate::{
    gateway::Gateway,
    io::store::{Applied, Checkpointer, SegmentLog, StateWriter},
    pen::log::{Log, LogPos, Refusal},
};

use super::kept::Kept;

/// Hands changed rows to the thread that writes them, and lets go of the log behind them.
pub(super) struct State {
    checkpointer: Checkpointer,
    writer: StateWriter,
    applied: Applied,
    taken: Stamp,
    interval: Duration,
    kept: Kept,
    truncated: LogPos,
}

impl State {
    pub fn new(
        checkpointer: Checkpointer,
        writer: StateWriter,
        interval: Duration,
        kept: Kept,
        now: Stamp,
    ) -> Self {
        let (applied, truncated) = (Applied::default(), LogPos(0));
        Self {
            checkpointer,
            writer,
            applied,
            taken: now,
            interval,
            kept,
            truncated,
        }
    }

    /// Takes what changed, when it is time to. A store that is slower than the gateway gets the
    /// same rows again later, as they are then.
    ///
    /// # Errors
    /// Why the store failed.
    pub fn keep_up(&mut self, now: Stamp, gateway: &mut Gateway<SegmentLog>) -> Result<(), String> {
        if let Some(failure) = self.checkpointer.failure() {
            return Err(failure.to_owned());
        }
        if now.since(self.taken) < self.interval {
            return Ok(());
        }
        if !self.hand_over(now, gateway) {
            return Ok(());
        }
        self.taken = now;
        let mut needless = self.checkpointer.synced();
        // Where the disk is full, room goes before answers that may be asked for again.
        if gateway.log().admits() != Err(Refusal::NoSpace) {
            needless = needless.min(self.kept.old(now));
        }
        if needless > self.truncated {
            gateway.log_mut().truncate_to(needless);
            self.truncated = needless;
        }
        Ok(())
    }

    /// Hands over what changed now, whatever the time: before the end. Not while the gateway keeps
    /// it for the log's sake; what it keeps at the end is in the log.
    pub fn hand_over(&mut self, now: Stamp, gateway: &mut Gateway<SegmentLog>) -> bool {
        let Some((pos, octets)) = gateway.take_writes(&mut self.applied.writes) else {
            return false;
        };
        self.kept.note(now, pos, octets);
        if pos == self.applied.pos && self.applied.writes.is_empty() {
            return true;
        }
        self.applied.pos = pos;
        self.applied.log_octets += octets;
        let pos = self.applied.pos;
        // What is refused stays in `applied` and goes with the next; failure shows in `keep_up`.
        if self.writer.submit(&mut self.applied).is_ok() {
            self.applied.pos = pos;
        }
        true
    }
}
