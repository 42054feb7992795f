//! Counts of the gateway on their way to the counters.

use metrics::{counter, histogram};

use crate::{event::Source, gateway::Counts, telemetry::Metric};

/// What happened since the counters were told last. They are told once a second: a counter for
/// each message would cost more than the message.
#[derive(Debug, Default)]
pub(super) struct Totals(Counts);

impl Totals {
    /// Adds what happened in a step.
    pub fn add(&mut self, counts: &Counts) {
        let total = &mut self.0;
        for (total, outcomes) in total.events.iter_mut().zip(counts.events) {
            *total += outcomes;
        }
        total.records += counts.records;
        total.updates += counts.updates;
        total.notified += counts.notified;
        total.notify_refused += counts.notify_refused;
        total.notify_lost += counts.notify_lost;
        for (total, count) in total.responses.iter_mut().zip(counts.responses) {
            *total += count;
        }
        // The histogram is told at once: it keeps what it is told in buckets anyway.
        for settled in &counts.settled {
            histogram!(Metric::LogSettleSeconds.name()).record(settled.as_secs_f64());
        }
    }

    /// Tells the counters, and begins anew.
    pub fn emit(&mut self) {
        let counts = std::mem::take(&mut self.0);
        for (source, events) in Source::ALL.into_iter().zip(counts.events) {
            for (outcome, count) in [
                ("idle", events.idle),
                ("recorded", events.recorded),
                ("refused", events.refused),
            ] {
                let room = source.name();
                counter!(Metric::Events.name(), "room" => room, "outcome" => outcome)
                    .increment(count);
            }
        }
        counter!(Metric::LogRecords.name()).increment(counts.records);
        counter!(Metric::Updates.name()).increment(counts.updates);
        for (outcome, count) in [
            ("accepted", counts.notified),
            ("refused", counts.notify_refused),
            ("timeout", counts.notify_lost),
        ] {
            counter!(Metric::Notifications.name(), "outcome" => outcome).increment(count);
        }
        for (class, count) in CLASSES.into_iter().zip(counts.responses).skip(1) {
            counter!(Metric::SipResponses.name(), "class" => class).increment(count);
        }
    }
}

/// Classes of status, by their first digit.
const CLASSES: [&str; 7] = ["0xx", "1xx", "2xx", "3xx", "4xx", "5xx", "6xx"];
