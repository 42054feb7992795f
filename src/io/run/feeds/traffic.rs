//! What goes over a feed, a link or from a peer, and how fast.

use std::{collections::BTreeMap, time::Duration};

use pengate_codecs::Stamp;
use serde::Serialize;
use serde_json::{Map, Value, json};

/// Messages and octets in one direction.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Way {
    pub messages: u64,
    pub bytes: u64,
    pub last: Option<Stamp>,
    meter: Meter,
}

impl Way {
    pub fn count(&mut self, at: Stamp, octets: usize) {
        self.messages += 1;
        self.bytes += u64::try_from(octets).unwrap_or(u64::MAX);
        self.last = Some(at);
        self.meter.count(at);
    }

    /// What was counted since the last call, for counters.
    pub const fn since(&self, told: &mut Told) -> Told {
        let more = Told {
            messages: self.messages - told.messages,
            bytes: self.bytes - told.bytes,
        };
        told.messages = self.messages;
        told.bytes = self.bytes;
        more
    }
}

/// How much of a [`Way`] the counters know.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Told {
    pub messages: u64,
    pub bytes: u64,
}

/// Both directions, and what was wrong.
#[derive(Clone, Debug, Default)]
pub(super) struct Traffic {
    pub received: Way,
    pub sent: Way,
    pub faults: BTreeMap<&'static str, u64>,
}

impl Traffic {
    pub fn fault(&mut self, kind: &'static str) {
        *self.faults.entry(kind).or_default() += 1;
    }

    /// As members of an object that also tells `more`.
    pub fn show(&self, now: Stamp, more: impl Serialize) -> Value {
        let mut shown = match json!(more) {
            Value::Object(members) => members,
            _ => Map::new(),
        };
        for (name, way) in [("received", &self.received), ("sent", &self.sent)] {
            shown.insert(name.to_owned(), json!(way.messages));
            shown.insert(format!("{name}_bytes"), json!(way.bytes));
            shown.insert(
                format!("{name}_per_second"),
                json!(way.meter.per_second(now)),
            );
        }
        shown.insert("last".to_owned(), json!(self.received.last));
        shown.insert("last_sent".to_owned(), json!(self.sent.last));
        shown.insert("faults".to_owned(), json!(self.faults));
        Value::Object(shown)
    }
}

/// Messages a second, of the last [`WINDOW`] that is over.
#[derive(Clone, Copy, Debug, Default)]
struct Meter {
    begun: Option<Stamp>,
    count: u32,
    /// Of the window before.
    before: Option<f64>,
}

const WINDOW: Duration = Duration::from_secs(10);

impl Meter {
    fn count(&mut self, at: Stamp) {
        match self.begun {
            Some(begun) if at.since(begun) < WINDOW => {}
            Some(_) => {
                self.before = Some(self.per_second(at));
                self.begun = Some(at);
                self.count = 0;
            }
            None => self.begun = Some(at),
        }
        self.count = self.count.saturating_add(1);
    }

    fn per_second(&self, now: Stamp) -> f64 {
        let Some(begun) = self.begun else { return 0.0 };
        let elapsed = now.since(begun);
        let rate = match self.before {
            // The window that runs is too short to judge by.
            Some(before) if elapsed < WINDOW => before,
            _ => f64::from(self.count) / elapsed.max(Duration::from_secs(1)).as_secs_f64(),
        };
        (rate * 1_000.0).round() / 1_000.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Stamp {
        Stamp::from_millis(1_700_000_000_000 + millis)
    }

    #[test]
    #[expect(clippy::float_cmp, reason = "rates are rounded to thousandths")]
    fn a_rate_is_that_of_the_last_window_and_falls_in_silence() {
        let mut meter = Meter::default();
        assert_eq!(meter.per_second(at(0)), 0.0);
        (0..5).for_each(|second| meter.count(at(second * 1_000)));
        assert_eq!(meter.per_second(at(5_000)), 1.0, "the first window so far");
        (5..10).for_each(|second| meter.count(at(second * 1_000)));
        meter.count(at(10_000));
        assert_eq!(meter.per_second(at(11_000)), 1.0, "the window before");
        assert_eq!(meter.per_second(at(20_000)), 0.1, "one in ten seconds");
        assert_eq!(meter.per_second(at(110_000)), 0.01);
    }

    #[test]
    fn counters_are_told_what_is_new() {
        let (mut way, mut told) = (Way::default(), Told::default());
        way.count(at(0), 10);
        way.count(at(1), 20);
        let more = way.since(&mut told);
        assert_eq!((more.messages, more.bytes), (2, 30));
        way.count(at(2), 5);
        let more = way.since(&mut told);
        assert_eq!((more.messages, more.bytes), (1, 5));
    }
}
