//! The clock: the only place where the time is read.

use std::{
    cell::Cell,
    time::{SystemTime, UNIX_EPOCH},
};

use pengate_codecs::Stamp;

/// Wall-clock time that never goes back: when the system's clock is set back, it stands still until
/// the clock has caught up.
#[derive(Debug, Default)]
pub struct Clock {
    last: Cell<Stamp>,
}

impl Clock {
    /// The time now.
    #[must_use]
    pub fn now(&self) -> Stamp {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let nanos = i64::try_from(since.as_nanos()).unwrap_or(i64::MAX);
        let now = Stamp::from_nanos(nanos).max(self.last.get());
        self.last.set(now);
        now
    }
}
