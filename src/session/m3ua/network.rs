//! Reports of the network's management, and audits (RFC 4666 clauses 3.4 and 4.5).

use pengate_codecs::{
    Stamp,
    m3ua::{self, AffectedPointCode, DecodeError, Message, MessageType, Value, tag},
};

use super::{
    Availability, Link, Sink,
    link::{foreign_context, foreign_network},
    timers::Timer,
};

impl Link {
    /// Whether a destination can be reached, as far as the network told.
    #[must_use]
    pub fn availability(&self, point_code: u32) -> Availability {
        self.destinations.of(point_code)
    }

    /// Every destination of which something was told.
    pub fn destinations(&self) -> impl Iterator<Item = (AffectedPointCode, Availability)> + '_ {
        self.destinations.iter()
    }

    pub(super) fn on_network(
        &mut self,
        now: Stamp,
        message: &Message<'_>,
        sink: &mut dyn Sink,
    ) -> Result<(), DecodeError> {
        if !self.is_about_us(now, message, sink)? {
            return Ok(());
        }
        let told = match message.kind() {
            MessageType::DestinationUnavailable => Availability::Unavailable,
            MessageType::DestinationAvailable => Availability::Available,
            MessageType::DestinationRestricted => Availability::Restricted,
            MessageType::SignallingCongestion => congestion(message)?,
            // The user part alone is missing there: the destination can be reached.
            _ => {
                sink.fault(now, "user-part-unavailable", None);
                return Ok(());
            }
        };
        let Some(codes) = message.affected_point_codes()? else {
            return Ok(());
        };
        for range in codes.iter() {
            if self.destinations.note(range, told) {
                sink.destination(now, range, told);
            } else {
                sink.fault(now, "destinations-full", None);
            }
        }
        let is_waiting = self.destinations.unavailable().next().is_some();
        match (is_waiting, self.timers.is_armed(Timer::Audit)) {
            (true, false) => self
                .timers
                .arm(Timer::Audit, now + self.options.audit_interval),
            (false, true) => self.timers.stop(Timer::Audit),
            _ => {}
        }
        Ok(())
    }

    /// Whether a report is about a network of ours: the same point code is somebody else in another.
    fn is_about_us(
        &self,
        now: Stamp,
        message: &Message<'_>,
        sink: &mut dyn Sink,
    ) -> Result<bool, DecodeError> {
        if let Some(contexts) = message.routing_contexts()?
            && let Some(first) = contexts.iter().next()
            && !contexts.iter().any(|context| self.options.takes(context))
        {
            foreign_context(now, message.octets(), first, sink);
            return Ok(false);
        }
        let network = message.network_appearance()?;
        if !self.is_our_network(network) {
            foreign_network(now, message.octets(), network, sink);
            return Ok(false);
        }
        Ok(true)
    }

    /// Asks how those destinations are that cannot be reached.
    pub(super) fn audit(&mut self, now: Stamp, sink: &mut dyn Sink) {
        let codes: Vec<_> = self.destinations.unavailable().take(AUDITED_MAX).collect();
        if codes.is_empty() {
            return;
        }
        let options = &self.options;
        let mut out = Vec::new();
        let built = m3ua::Builder::new(&mut out, MessageType::DestinationStateAudit)
            .network_appearance(options.network_appearance)
            .routing_contexts(&options.routing_contexts)
            .affected_point_codes(&codes)
            .finish();
        if built.is_ok() {
            sink.send(&out);
        }
        self.timers.arm(Timer::Audit, now + options.audit_interval);
    }
}

/// The level that SCON tells; without one it is the lowest, and level 0 is the end of it.
fn congestion(message: &Message<'_>) -> Result<Availability, DecodeError> {
    Ok(match message.value(tag::CONGESTION_INDICATIONS)? {
        Some(Value::CongestionIndications(0)) => Availability::Available,
        Some(Value::CongestionIndications(level)) => Availability::Congested(level),
        _ => Availability::Congested(1),
    })
}

/// Most destinations in one audit.
const AUDITED_MAX: usize = 256;
