//! When something happened that a network element tells without a time: when it arrived.

use std::time::Duration;

use pengate_codecs::Stamp;

/// Stamps arrivals, each at least a nanosecond after the one before.
///
/// What is taken in one step of the loop has one time, and while the system's clock is set back the
/// time stands still: without more the digests of such events would decide which of them counts, and
/// not which came last. A nanosecond is less than taking a message costs, so that stamps do not run
/// ahead of the time for long. After a restart the stamps go on above those that are recorded,
/// whatever the clock says by then: [`Arrivals::resume`].
#[derive(Debug)]
pub struct Arrivals {
    last: Stamp,
}

impl Default for Arrivals {
    fn default() -> Self {
        Self { last: Stamp::MIN }
    }
}

impl Arrivals {
    /// The time of what arrives `now`: after everything that arrived before.
    pub fn stamp(&mut self, now: Stamp) -> Stamp {
        self.last = now.max(self.last + Duration::from_nanos(1));
        self.last
    }

    /// What is recorded happened until `newest`: nothing that arrives from now on was before it.
    pub fn resume(&mut self, newest: Stamp) {
        self.last = self.last.max(newest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrivals_of_one_step_come_one_after_the_other() {
        let now = Stamp::from_secs(1);
        let mut arrivals = Arrivals::default();
        assert_eq!(arrivals.stamp(now), now, "the first is not moved");
        assert_eq!(arrivals.stamp(now).nanos(), now.nanos() + 1);
        assert_eq!(arrivals.stamp(now).nanos(), now.nanos() + 2);
        let later = Stamp::from_secs(2);
        assert_eq!(arrivals.stamp(later), later, "nor one that is later anyway");
    }

    #[test]
    fn a_clock_that_is_set_back_does_not_turn_the_order() {
        let mut arrivals = Arrivals::default();
        let before = arrivals.stamp(Stamp::from_secs(3_600));
        let after = arrivals.stamp(Stamp::from_secs(0));
        assert!(after > before);
        assert_eq!(after.since(before), Duration::from_nanos(1));
        assert_eq!(arrivals.stamp(Stamp::from_secs(3_601)).secs(), 3_601);
    }

    #[test]
    fn what_is_recorded_comes_before_what_arrives_after_a_restart() {
        let recorded = Stamp::from_secs(3_600);
        let mut arrivals = Arrivals::default();
        arrivals.resume(recorded);
        arrivals.resume(Stamp::from_secs(1));
        assert!(arrivals.stamp(Stamp::from_secs(60)) > recorded);
        let mut fresh = Arrivals::default();
        assert_eq!(fresh.stamp(Stamp::from_secs(60)).secs(), 60);
    }
}
