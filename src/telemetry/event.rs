//! What happens to the process, as named events: each makes its log line and its counter together.

use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use metrics::{counter, gauge};
use pengate_codecs::Stamp;
use tracing::{error, info, warn};

use super::Metric;
use crate::{
    agent::room::{Fault, LinkChange},
    event::Source,
    pen::log::Refusal,
};

/// A listener is bound and takes what comes.
#[derive(Clone, Copy, Debug)]
pub struct Listening {
    /// What is spoken: `radius`, `sip/udp`, `sip/tcp`, `admin`.
    pub service: &'static str,
    /// The address that was bound, with the port that was found when the configuration says 0.
    pub address: SocketAddr,
}

impl Listening {
    /// Makes the log line.
    pub fn emit(self) {
        info!(service = self.service, address = %self.address, "Listening.");
    }
}

/// A link to a network element came into another state.
#[derive(Clone, Copy, Debug)]
pub struct LinkChanged<'a> {
    /// The link and its state now.
    pub change: &'a LinkChange,
    /// Its state before, if it had one.
    pub before: Option<&'static str>,
}

impl LinkChanged<'_> {
    /// Makes the log line and counts it.
    pub fn emit(self) {
        let Self { change, before } = self;
        let (room, state) = (change.source.name(), change.state);
        info!(
            room,
            link = %change.link,
            peer = change.peer.map(tracing::field::display),
            from = before,
            state,
            "Link changed."
        );
        counter!(Metric::LinkChanges.name(), "room" => room, "state" => state).increment(1);
    }
}

/// A network element whose protocol has no connections is heard for the first time, has fallen
/// silent, or is heard again.
#[derive(Clone, Copy, Debug)]
pub struct PeerChanged {
    /// In which room.
    pub source: Source,
    /// The element's address.
    pub address: IpAddr,
    /// `heard` or `silent`.
    pub state: &'static str,
}

impl PeerChanged {
    /// Makes the log line and counts it.
    pub fn emit(self) {
        let (room, state) = (self.source.name(), self.state);
        info!(room, peer = %self.address, state, "Peer changed.");
        counter!(Metric::PeerChanges.name(), "room" => room, "state" => state).increment(1);
    }
}

/// The gateway began, or stopped, to take and acknowledge events.
#[derive(Clone, Copy, Debug)]
pub struct ReadyChanged<'a> {
    /// Whether it is ready now.
    pub ready: bool,
    /// Why not: closed words, as in `/readyz`.
    pub reasons: &'a [&'static str],
}

impl ReadyChanged<'_> {
    /// Makes the log line and sets the gauge.
    pub fn emit(self) {
        if self.ready {
            info!("Ready.");
        } else {
            warn!(reasons = self.reasons.join(", "), "Not ready.");
        }
        gauge!(Metric::Ready.name()).set(u8::from(self.ready));
    }
}

/// The pen log did not take a batch: its senders are not acknowledged and will try again.
#[derive(Clone, Copy, Debug)]
pub struct LogRefused {
    /// Why.
    pub refusal: Refusal,
}

impl LogRefused {
    /// Counts it. The line comes with [`ReadyChanged`]: this may happen at every packet.
    pub fn emit(self) {
        let reason = match self.refusal {
            Refusal::Busy => "busy",
            Refusal::NoSpace => "no-space",
            Refusal::Failed => "failed",
            Refusal::TooLarge => "too-large",
        };
        counter!(Metric::LogRefusals.name(), "reason" => reason).increment(1);
    }
}

/// A write or a sync of the pen log failed: nothing more is acknowledged, the process ends.
#[derive(Clone, Copy, Debug)]
pub struct LogFailed<'a> {
    /// What the operating system said.
    pub what: &'a str,
}

impl LogFailed<'_> {
    /// Makes the log line and counts it.
    pub fn emit(self) {
        error!(what = self.what, "The pen log failed; the process ends.");
        counter!(Metric::LogRefusals.name(), "reason" => "failed").increment(1);
    }
}

/// Log lines about faults at a bounded rate: a line a room and kind in each interval, which tells
/// how many were left out. Every fault is counted.
///
/// A line names the peer, which is a network element, and never a subscriber.
#[derive(Debug)]
pub struct FaultLog {
    interval: Duration,
    told: BTreeMap<(Source, &'static str), Told>,
}

#[derive(Clone, Copy, Debug)]
struct Told {
    at: Stamp,
    left_out: u64,
}

impl Default for FaultLog {
    fn default() -> Self {
        Self::new(Duration::from_secs(10))
    }
}

impl FaultLog {
    /// With one line a room and kind in each `interval`.
    #[must_use]
    pub const fn new(interval: Duration) -> Self {
        Self {
            interval,
            told: BTreeMap::new(),
        }
    }

    /// Counts a fault, and makes a log line when it is due.
    pub fn emit(&mut self, fault: &Fault) {
        let room = fault.source.name();
        counter!(Metric::Faults.name(), "room" => room, "kind" => fault.kind).increment(1);
        if let Some(left_out) = self.due(fault) {
            warn!(
                room,
                kind = fault.kind,
                peer = fault.peer.map(tracing::field::display),
                offset = fault.offset,
                left_out,
                "Message not understood or not taken."
            );
        }
    }

    /// How many lines were left out since the last one, when one is due.
    fn due(&mut self, fault: &Fault) -> Option<u64> {
        // Rooms and kinds are closed sets: this table does not grow with what peers send.
        let told = self.told.get_mut(&(fault.source, fault.kind));
        match told {
            Some(told) if fault.at.since(told.at) < self.interval => {
                told.left_out = told.left_out.saturating_add(1);
                None
            }
            Some(told) => {
                told.at = fault.at;
                Some(std::mem::take(&mut told.left_out))
            }
            None => {
                let first = Told {
                    at: fault.at,
                    left_out: 0,
                };
                self.told.insert((fault.source, fault.kind), first);
                Some(0)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(secs: i64, kind: &'static str) -> Fault {
        Fault {
            at: Stamp::from_secs(secs),
            source: Source::Pk,
            kind,
            peer: "127.0.0.1:40000".parse().ok(),
            offset: None,
        }
    }

    #[test]
    fn a_line_a_kind_in_each_interval_tells_what_was_left_out() {
        let mut log = FaultLog::default();
        let due = [
            (0, "malformed"),
            (1, "malformed"),
            (2, "unknown-client"),
            (9, "malformed"),
        ]
        .map(|(secs, kind)| log.due(&fault(secs, kind)));
        assert_eq!(due, [Some(0), None, Some(0), None]);
        assert_eq!(log.due(&fault(10, "malformed")), Some(2));
        assert_eq!(log.due(&fault(20, "malformed")), Some(0));
    }

    #[test]
    fn every_fault_is_counted_by_room_and_kind() {
        let recorder = crate::telemetry::recorder().unwrap();
        metrics::with_local_recorder(&recorder, || {
            let mut log = FaultLog::default();
            for secs in 0..5 {
                log.emit(&fault(secs, "malformed"));
            }
        });
        let text = recorder.handle().render();
        assert!(
            text.contains("pengate_faults_total{room=\"pk\",kind=\"malformed\"} 5"),
            "{text}"
        );
    }

    #[test]
    fn readiness_and_refusals_are_rendered() {
        let recorder = crate::telemetry::recorder().unwrap();
        metrics::with_local_recorder(&recorder, || {
            ReadyChanged {
                ready: true,
                reasons: &[],
            }
            .emit();
            LogRefused {
                refusal: Refusal::NoSpace,
            }
            .emit();
        });
        let text = recorder.handle().render();
        assert!(text.contains("pengate_ready 1"), "{text}");
        assert!(
            text.contains("pengate_log_refusals_total{reason=\"no-space\"} 1"),
            "{text}"
        );
    }
}
