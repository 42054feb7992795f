//! Whether a peer is there (RFC 3539 clause 3.4).

use std::time::Duration;

use pengate_codecs::Stamp;

use crate::session::random::Random;

/// How far a peer is trusted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Status {
    /// It answers.
    Okay,
    /// It did not answer in time: others are asked in its place.
    Suspect,
    /// It is back, and must answer some watchdogs before it is trusted again.
    Reopen,
}

/// What is to be done when the timer expires.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Due {
    /// Send a watchdog request.
    Ask,
    /// Send what waits for this peer to others.
    FailOver,
    /// Give the connection up.
    Close,
}

/// The watchdog of an open connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Watchdog {
    status: Status,
    is_asked: bool,
    /// Answers since it is back; below zero after one that was missed.
    answers: i8,
    due: Stamp,
}

/// How many watchdogs a peer must answer that was down.
const REOPEN_ANSWERS: i8 = 3;
/// Tw is more or less by so much.
const JITTER: Duration = Duration::from_secs(2);
/// The least Tw.
const INTERVAL_MIN: Duration = Duration::from_secs(6);

impl Watchdog {
    /// For a connection that just opened; `was_down` if one to the same peer was given up before.
    pub fn new(was_down: bool, now: Stamp, interval: Duration, random: &mut Random) -> Self {
        let mut watchdog = Self {
            status: if was_down {
                Status::Reopen
            } else {
                Status::Okay
            },
            is_asked: false,
            answers: 0,
            due: now,
        };
        // A peer that is back is asked at once.
        if !was_down {
            watchdog.set(now, interval, random);
        }
        watchdog
    }

    pub const fn status(&self) -> Status {
        self.status
    }

    pub const fn due(&self) -> Stamp {
        self.due
    }

    /// Something came that is no answer to a watchdog request. True if the peer is trusted again.
    pub fn heard(&mut self, now: Stamp, interval: Duration, random: &mut Random) -> bool {
        match self.status {
            Status::Okay => {
                self.set(now, interval, random);
                false
            }
            Status::Suspect => {
                self.status = Status::Okay;
                self.set(now, interval, random);
                true
            }
            Status::Reopen => false,
        }
    }

    /// A watchdog request was answered. True if the peer is trusted again.
    pub fn answered(&mut self, now: Stamp, interval: Duration, random: &mut Random) -> bool {
        self.is_asked = false;
        if self.status != Status::Reopen {
            return self.heard(now, interval, random);
        }
        self.answers += 1;
        if self.answers < REOPEN_ANSWERS {
            return false;
        }
        self.status = Status::Okay;
        true
    }

    /// The timer expired.
    pub fn expired(&mut self, now: Stamp, interval: Duration, random: &mut Random) -> Due {
        self.set(now, interval, random);
        match self.status {
            _ if !self.is_asked => {
                self.is_asked = true;
                Due::Ask
            }
            Status::Okay => {
                self.status = Status::Suspect;
                Due::FailOver
            }
            Status::Reopen if self.answers >= 0 => {
                self.answers = -1;
                Due::Ask
            }
            Status::Suspect | Status::Reopen => Due::Close,
        }
    }

    fn set(&mut self, now: Stamp, interval: Duration, random: &mut Random) {
        let millis = u64::try_from(2 * JITTER.as_millis()).unwrap_or_default();
        let jitter = Duration::from_millis(random.below(millis + 1));
        self.due = now + interval.max(INTERVAL_MIN) - JITTER + jitter;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TW: Duration = Duration::from_secs(30);

    fn watchdog(was_down: bool) -> (Watchdog, Random) {
        let mut random = Random::new(1);
        (Watchdog::new(was_down, Stamp::MIN, TW, &mut random), random)
    }

    #[test]
    fn a_silent_peer_is_asked_then_suspected_then_given_up() {
        let (mut watchdog, mut random) = watchdog(false);
        let now = watchdog.due();
        let mut expired = || watchdog.expired(now, TW, &mut random);
        assert_eq!(
            [expired(), expired(), expired()],
            [Due::Ask, Due::FailOver, Due::Close]
        );
    }

    #[test]
    fn any_message_makes_a_suspect_trusted() {
        let (mut watchdog, mut random) = watchdog(false);
        let now = watchdog.due();
        watchdog.expired(now, TW, &mut random);
        watchdog.expired(now, TW, &mut random);
        assert_eq!(watchdog.status(), Status::Suspect);
        assert!(watchdog.heard(now, TW, &mut random));
        assert_eq!(watchdog.status(), Status::Okay);
    }

    #[test]
    fn a_peer_that_was_down_must_answer_three_times() {
        let (mut watchdog, mut random) = watchdog(true);
        let now = watchdog.due();
        for _ in 0..2 {
            assert_eq!(watchdog.expired(now, TW, &mut random), Due::Ask);
            assert!(!watchdog.answered(now, TW, &mut random));
            assert!(
                !watchdog.heard(now, TW, &mut random),
                "other messages do not count"
            );
        }
        assert_eq!(watchdog.expired(now, TW, &mut random), Due::Ask);
        assert!(watchdog.answered(now, TW, &mut random));
        assert_eq!(watchdog.status(), Status::Okay);
    }

    #[test]
    fn a_peer_that_was_down_and_stays_silent_is_given_up() {
        let (mut watchdog, mut random) = watchdog(true);
        let now = watchdog.due();
        let mut expired = || watchdog.expired(now, TW, &mut random);
        assert_eq!(
            [expired(), expired(), expired()],
            [Due::Ask, Due::Ask, Due::Close]
        );
    }

    #[test]
    fn the_interval_varies_by_two_seconds_and_is_never_below_six() {
        let mut random = Random::new(9);
        let now = Stamp::from_secs(1000);
        let mut seen = Vec::new();
        for _ in 0..500 {
            let watchdog = Watchdog::new(false, now, Duration::from_secs(1), &mut random);
            seen.push(watchdog.due().since(now).as_millis());
        }
        assert!(seen.iter().all(|millis| (4000..=8000).contains(millis)));
        assert!(seen.iter().max() > seen.iter().min());
    }
}
