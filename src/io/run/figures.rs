//! What happened, counted until metrics are told once a second.

use std::{collections::BTreeMap, mem::take};

use metrics::{counter, gauge, histogram};

use super::as_gauge;
use crate::{
    event::Source,
    gateway::{Effects, Gateway},
    io::store::SegmentLog,
    telemetry::Metric,
};

/// Counts since metrics were told last.
#[derive(Debug, Default)]
pub(super) struct Figures {
    events: BTreeMap<Source, u64>,
    records: u64,
    updates: u64,
    accepted: u64,
    refused: u64,
    timeouts: u64,
    /// SIP responses sent, by the first digit of their status less one.
    responses: [u64; 6],
}

/// Names of [`Figures::responses`].
const CLASSES: [&str; 6] = ["1xx", "2xx", "3xx", "4xx", "5xx", "6xx"];

impl Figures {
    /// Takes what a step brought about.
    pub fn happened(&mut self, effects: &Effects) {
        let tally = &effects.tally;
        for source in &tally.events {
            *self.events.entry(*source).or_default() += 1;
        }
        self.records += tally.records;
        self.updates += tally.updates;
        self.accepted += tally.accepted;
        self.refused += tally.refused;
        self.timeouts += tally.timeouts;
        for (_, octets) in effects.sends() {
            let digit = octets.strip_prefix(b"SIP/2.0 ").and_then(<[u8]>::first);
            let class = digit.and_then(|digit| usize::from(*digit).checked_sub(usize::from(b'1')));
            if let Some(count) = class.and_then(|class| self.responses.get_mut(class)) {
                *count += 1;
            }
        }
        for time in &tally.settle_times {
            histogram!(Metric::LogSettleSeconds.name()).record(time.as_secs_f64());
        }
    }

    /// Tells the metrics, and how large things are now.
    pub fn emit(&mut self, gateway: &mut Gateway<SegmentLog>) {
        for (source, count) in &mut self.events {
            counter!(Metric::Events.name(), "room" => source.name()).increment(take(count));
        }
        counter!(Metric::LogRecords.name()).increment(take(&mut self.records));
        counter!(Metric::Updates.name()).increment(take(&mut self.updates));
        for (outcome, count) in [
            ("accepted", &mut self.accepted),
            ("refused", &mut self.refused),
            ("timeout", &mut self.timeouts),
        ] {
            counter!(Metric::Notifications.name(), "outcome" => outcome).increment(take(count));
        }
        for (class, count) in CLASSES.into_iter().zip(&mut self.responses) {
            counter!(Metric::SipResponses.name(), "class" => class).increment(take(count));
        }
        if let Some(free) = gateway.log().free_bytes() {
            let free = usize::try_from(free).unwrap_or(usize::MAX);
            gauge!(Metric::LogFreeBytes.name()).set(as_gauge(free));
        }
        let (presentities, subscriptions) = gateway.shard().sizes();
        gauge!(Metric::Presentities.name()).set(as_gauge(presentities));
        gauge!(Metric::Subscriptions.name()).set(as_gauge(subscriptions));
        let publications = gateway.shard().publications();
        gauge!(Metric::Publications.name()).set(as_gauge(publications));
    }
}
