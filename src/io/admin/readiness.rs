//! Whether the gateway takes and acknowledges events, and why not.

use std::sync::{
    Arc,
    atomic::{AtomicU8, Ordering},
};

/// Why the gateway is not ready.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[repr(u8)]
pub enum Reason {
    /// State is being read back after a start.
    Recovering = 1,
    /// The disk of the pen log is nearly full: nothing is acknowledged until there is room.
    LogNoSpace = 1 << 1,
    /// The pen log failed: the process is about to end.
    LogFailed = 1 << 2,
    /// The process was told to end.
    Draining = 1 << 3,
}

impl Reason {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::Recovering,
        Self::LogNoSpace,
        Self::LogFailed,
        Self::Draining,
    ];

    /// As it is written in `/readyz`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Recovering => "recovering",
            Self::LogNoSpace => "log-no-space",
            Self::LogFailed => "log-failed",
            Self::Draining => "draining",
        }
    }
}

/// The reasons that hold now: written by the gateway's thread, read by `/readyz`.
#[derive(Clone, Debug)]
pub struct Readiness(Arc<AtomicU8>);

impl Default for Readiness {
    /// Not ready: recovering.
    fn default() -> Self {
        Self(Arc::new(AtomicU8::new(Reason::Recovering as u8)))
    }
}

impl Readiness {
    /// A reason holds, or no longer. Tells whether that is a change.
    pub fn set(&self, reason: Reason, holds: bool) -> bool {
        let bit = reason as u8;
        let before = if holds {
            self.0.fetch_or(bit, Ordering::Relaxed)
        } else {
            self.0.fetch_and(!bit, Ordering::Relaxed)
        };
        (before & bit != 0) != holds
    }

    /// The reasons that hold; ready when there is none.
    #[must_use]
    pub fn reasons(&self) -> Vec<Reason> {
        let bits = self.0.load(Ordering::Relaxed);
        let holds = |reason: &Reason| bits & *reason as u8 != 0;
        Reason::ALL.into_iter().filter(holds).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_ready_when_no_reason_is_left() {
        let readiness = Readiness::default();
        assert_eq!(readiness.reasons(), [Reason::Recovering]);
        assert!(readiness.set(Reason::LogNoSpace, true));
        assert!(!readiness.set(Reason::LogNoSpace, true), "no change");
        assert!(readiness.set(Reason::Recovering, false));
        assert_eq!(readiness.reasons(), [Reason::LogNoSpace]);
        assert!(readiness.set(Reason::LogNoSpace, false));
        assert_eq!(readiness.reasons(), []);
    }
}
