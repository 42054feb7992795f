//! Reports of the network's management, and audits (RFC 4666 clauses 3.4 and 4.5).

use std::collections::BTreeMap;

use pengate_codecs::{
    Stamp,
    m3ua::{self, AffectedPointCode, DecodeError, Message, MessageType, Value, tag},
};
use smallvec::SmallVec;

use super::{
    Availability, Link, Sink,
    destinations::Scope,
    link::{foreign_context, foreign_network},
    timers::Timer,
};

impl Link {
    /// In which context something for a destination leaves: the one that is wanted if traffic flows
    /// in it, else the first that leads there. None where it would not arrive, as far as the network
    /// told.
    #[must_use]
    pub fn way_to(&self, point_code: u32, wanted: Option<u32>) -> Option<Option<u32>> {
        let leads = |scope| self.destinations.of(point_code, scope) != Availability::Unavailable;
        if self.active.is_empty() {
            return leads(Scope::All).then_some(None);
        }
        let wanted = wanted.filter(|context| self.active.contains(context));
        let is_taken = |context: &u32| {
            wanted.is_none_or(|wanted| wanted == *context) && leads(self.scope(*context))
        };
        self.active.iter().copied().find(is_taken).map(Some)
    }

    /// Who has one context has one network, however its reports name it.
    const fn scope(&self, context: u32) -> Scope {
        match self.options.routing_contexts.len() {
            0 | 1 => Scope::All,
            _ => Scope::Context(context),
        }
    }

    pub(super) fn on_network(
        &mut self,
        now: Stamp,
        message: &Message<'_>,
        sink: &mut dyn Sink,
    ) -> Result<(), DecodeError> {
        let scopes = self.scopes_of(now, message, sink)?;
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
        for scope in scopes {
            for range in codes.iter() {
                if self.destinations.note(range, scope, told) {
                    sink.destination(now, range, told);
                } else {
                    sink.fault(now, "destinations-full", None);
                }
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

    /// Which networks of ours a report is about; none if it is about those of others.
    fn scopes_of(
        &self,
        now: Stamp,
        message: &Message<'_>,
        sink: &mut dyn Sink,
    ) -> Result<SmallVec<[Scope; 2]>, DecodeError> {
        let mut scopes = SmallVec::new();
        let network = message.network_appearance()?;
        let contexts = message.routing_contexts()?;
        let named = contexts.and_then(|contexts| Some((contexts, contexts.iter().next()?)));
        if let Some((contexts, first)) = named {
            let ours = contexts.iter().filter(|it| self.options.takes(*it));
            scopes.extend(ours.map(|context| self.scope(context)));
            scopes.dedup();
            if scopes.is_empty() {
                foreign_context(now, message.octets(), first, sink);
                return Ok(scopes);
            }
        } else {
            scopes.push(Scope::All);
        }
        if !self.is_our_network(network) {
            foreign_network(now, message.octets(), network, sink);
            scopes.clear();
        }
        Ok(scopes)
    }

    /// Asks how those destinations are that cannot be reached.
    pub(super) fn audit(&mut self, now: Stamp, sink: &mut dyn Sink) {
        let options = &self.options;
        let mut lost: BTreeMap<Scope, Vec<AffectedPointCode>> = BTreeMap::new();
        for (range, scope) in self.destinations.unavailable().take(AUDITED_MAX) {
            lost.entry(scope).or_default().push(range);
        }
        if lost.is_empty() {
            return;
        }
        for (scope, ranges) in lost {
            let contexts = match &scope {
                Scope::Context(context) => std::slice::from_ref(context),
                Scope::All => &options.routing_contexts,
            };
            let mut out = Vec::new();
            let built = m3ua::Builder::new(&mut out, MessageType::DestinationStateAudit)
                .network_appearance(options.network_appearance)
                .routing_contexts(contexts)
                .affected_point_codes(&ranges)
                .finish();
            if built.is_ok() {
                sink.send(&out);
            }
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
