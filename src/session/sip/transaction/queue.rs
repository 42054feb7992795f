//! Timers of a constant length: first in, first out.

use std::collections::VecDeque;
use std::time::Duration;

use pengate_codecs::Stamp;

/// Deadlines that all lie the same time ahead when they are armed.
///
/// A timer is not disarmed: whoever takes it out looks whether it still means something.
#[derive(Clone, Debug)]
pub(in super::super) struct Queue<T> {
    after: Duration,
    rows: VecDeque<(Stamp, T)>,
}

impl<T: Copy> Queue<T> {
    pub(in super::super) const fn new(after: Duration) -> Self {
        Self {
            after,
            rows: VecDeque::new(),
        }
    }

    /// Arms a timer. Time that goes backwards is taken as standing still.
    pub(in super::super) fn arm(&mut self, now: Stamp, item: T) {
        let due = now + self.after;
        let last = self.rows.back().map_or(due, |(last, _)| *last);
        self.rows.push_back((due.max(last), item));
    }

    /// The earliest deadline.
    pub(in super::super) fn deadline(&self) -> Option<Stamp> {
        self.rows.front().map(|(due, _)| *due)
    }

    /// Takes out the earliest timer if it is due.
    pub(in super::super) fn expire(&mut self, now: Stamp) -> Option<T> {
        self.deadline().filter(|due| *due <= now)?;
        self.rows.pop_front().map(|(_, item)| item)
    }

    /// Takes out the earliest timer, due or not.
    pub(in super::super) fn pop(&mut self) -> Option<T> {
        self.rows.pop_front().map(|(_, item)| item)
    }
}

/// Deadlines that double from T1 up to T2: timers E and G.
#[derive(Clone, Debug)]
pub(super) struct Backoff<T> {
    steps: Vec<Queue<T>>,
}

impl<T: Copy> Backoff<T> {
    pub(super) fn new(t1: Duration, t2: Duration) -> Self {
        let mut after = t1.max(Duration::from_millis(1));
        let mut steps = Vec::new();
        while after < t2 {
            steps.push(Queue::new(after));
            after = after.saturating_mul(2);
        }
        steps.push(Queue::new(t2.max(t1)));
        Self { steps }
    }

    /// Arms the first interval.
    pub(super) fn arm(&mut self, now: Stamp, item: T) {
        if let Some(first) = self.steps.first_mut() {
            first.arm(now, item);
        }
    }

    /// Takes out one timer that is due, with the step it was at.
    pub(super) fn expire(&mut self, now: Stamp) -> Option<(usize, T)> {
        let mut steps = self.steps.iter_mut().enumerate();
        steps.find_map(|(step, queue)| Some((step, queue.expire(now)?)))
    }

    /// Arms the interval that follows `step`.
    pub(super) fn again(&mut self, now: Stamp, step: usize, item: T) {
        let last = self.steps.len().saturating_sub(1);
        if let Some(queue) = self.steps.get_mut(step.saturating_add(1).min(last)) {
            queue.arm(now, item);
        }
    }

    /// Arms the longest interval.
    pub(super) fn longest(&mut self, now: Stamp, item: T) {
        self.again(now, usize::MAX, item);
    }

    pub(super) fn deadline(&self) -> Option<Stamp> {
        self.steps.iter().filter_map(Queue::deadline).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(millis: i64) -> Stamp {
        Stamp::from_millis(millis)
    }

    #[test]
    fn intervals_double_up_to_the_longest() {
        let mut backoff = Backoff::new(Duration::from_millis(500), Duration::from_secs(4));
        backoff.arm(ms(0), 'x');
        let mut dues = Vec::new();
        while dues.len() < 6 {
            let due = backoff.deadline().unwrap();
            assert_eq!(
                backoff.expire(due + Duration::ZERO - Duration::from_nanos(1)),
                None
            );
            let (step, item) = backoff.expire(due).unwrap();
            backoff.again(due, step, item);
            dues.push(due.millis());
        }
        assert_eq!(dues, [500, 1500, 3500, 7500, 11_500, 15_500]);
    }

    #[test]
    fn a_clock_that_goes_back_does_not_disorder_a_queue() {
        let mut queue = Queue::new(Duration::from_secs(1));
        queue.arm(ms(5000), 'a');
        queue.arm(ms(1000), 'b');
        assert_eq!(queue.deadline(), Some(ms(6000)));
        assert_eq!(queue.expire(ms(5999)), None);
        assert_eq!(queue.expire(ms(6000)), Some('a'));
        assert_eq!(queue.expire(ms(6000)), Some('b'));
        assert_eq!(queue.deadline(), None);
    }
}
