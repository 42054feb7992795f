//! When an event happened.

use std::time::Duration;

use pengate_codecs::{Stamp, radius::Accounting};

/// The time of an event as its network element tells it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct EventTime {
    /// The time.
    pub at: Stamp,
    /// Whether the element wrote the time itself, so that a repetition bears exactly the same.
    pub is_exact: bool,
    /// Whether the time told lay too far ahead to be believed.
    pub was_ahead: bool,
}

impl EventTime {
    /// Where no time is written, repetitions may differ by the rounding of Acct-Delay-Time.
    const ROUNDING: Duration = Duration::from_secs(2);

    /// Event-Timestamp, else the arrival less Acct-Delay-Time (RFC 2866 clause 5.2, RFC 2869 clause
    /// 5.3); the arrival where that lies more than `ahead_max` before the time told.
    pub fn of(view: &Accounting<'_>, arrival: Stamp, ahead_max: Duration) -> Self {
        let delay = Duration::from_secs(view.delay_time.unwrap_or(0).into());
        let guess = Self {
            at: arrival - delay,
            is_exact: false,
            was_ahead: false,
        };
        let Some(secs) = view.event_timestamp else {
            return guess;
        };
        let at = Stamp::from_secs(secs.into());
        if at.since(arrival) > ahead_max {
            return Self {
                at: arrival,
                is_exact: false,
                was_ahead: true,
            };
        }
        Self {
            at,
            is_exact: true,
            was_ahead: false,
        }
    }

    /// Whether the same fact at both times is one event.
    pub fn is_same(self, other: Self) -> bool {
        if self.is_exact && other.is_exact {
            return self.at == other.at;
        }
        self.at.since(other.at).max(other.at.since(self.at)) <= Self::ROUNDING
    }
}
