//! What a step of the gateway wants done outside.

use std::{net::SocketAddr, ops::Range, time::Duration};

use super::Service;
use crate::{
    agent::{normalise::Meaning, room},
    event::{NetworkEvent, Source},
    feed::{Carrier, Channel},
    server,
};

/// What is collected for replay and tests, besides what the outside has to do.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Taps {
    /// Network events and what they mean.
    pub events: bool,
    /// Documents as they change.
    pub documents: bool,
}

/// Counts by reference point, in the order of [`Source::ALL`].
pub type PerSource = [u64; Source::ALL.len()];

/// What became of the events that network elements told; each ends in one of these.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Outcomes {
    /// They are durable in the pen log.
    pub recorded: u64,
    /// They mean nothing to presence, and were acknowledged without a record.
    pub idle: u64,
    /// Neither table nor log had room for them: not acknowledged.
    pub refused: u64,
}

impl std::ops::AddAssign for Outcomes {
    fn add_assign(&mut self, other: Self) {
        self.recorded += other.recorded;
        self.idle += other.idle;
        self.refused += other.refused;
    }
}

/// How often things happened: for metrics.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Counts {
    /// Events told by network elements, by reference point and by what became of them.
    pub events: [Outcomes; Source::ALL.len()],
    /// Messages sent to network elements, by the reference point that they are counted under.
    pub answers: PerSource,
    /// Records that became durable.
    pub records: u64,
    /// Updates among them.
    pub updates: u64,
    /// Responses to SIP requests by the first digit of their status.
    pub responses: [u64; 7],
    /// NOTIFYs that were answered with 2xx.
    pub notified: u64,
    /// NOTIFYs that were refused.
    pub notify_refused: u64,
    /// NOTIFYs that were not answered, or could not be sent.
    pub notify_lost: u64,
    /// From the submission of a batch until it was durable.
    pub settled: Vec<Duration>,
}

/// Filled by a step; owned and reused by the driver.
#[derive(Debug, Default)]
pub struct Effects {
    octets: Vec<u8>,
    sends: Vec<(Channel, Range<usize>)>,
    /// Connections and associations to open.
    pub connects: Vec<(Service, Carrier, SocketAddr)>,
    /// SIP requests that are a room's of the agent: by whom, and how many octets.
    pub requests: Vec<(Source, Channel, usize)>,
    /// Answers of the agent's rooms over SIP, which are among what is to be sent: to whom, and how many
    /// octets.
    pub answers: Vec<(Source, Channel, usize)>,
    /// Connections to end.
    pub hang_ups: Vec<Channel>,
    /// What was not understood or not taken on the agent's side.
    pub faults: Vec<room::Fault>,
    /// Links to network elements whose state changed.
    pub links: Vec<room::LinkChange>,
    /// What was refused or went wrong on the server's side.
    pub server_faults: Vec<server::Fault>,
    /// What was wrong with SIP messages: when, by whom, of which kind.
    pub sip_faults: Vec<(SocketAddr, &'static str)>,
    /// How often things happened.
    pub counts: Counts,
    /// Events, when tapped.
    pub events: Vec<NetworkEvent>,
    /// What they mean, when tapped.
    pub updates: Vec<Meaning>,
    /// Documents, when tapped.
    pub documents: Vec<server::Shown>,
    /// The log failed: what it said. The process must end and be started again.
    pub log_failure: Option<String>,
}

impl Effects {
    /// Has octets sent.
    pub fn send(&mut self, channel: Channel, octets: &[u8]) {
        let start = self.octets.len();
        self.octets.extend_from_slice(octets);
        self.sends.push((channel, start..self.octets.len()));
    }

    /// What is to be sent, in order.
    pub fn sends(&self) -> impl Iterator<Item = (Channel, &[u8])> {
        self.sends
            .iter()
            .map(|(channel, range)| (*channel, &self.octets[range.clone()]))
    }

    /// Empties it and keeps its memory.
    pub fn clear(&mut self) {
        self.octets.clear();
        self.sends.clear();
        self.connects.clear();
        self.requests.clear();
        self.answers.clear();
        self.hang_ups.clear();
        self.faults.clear();
        self.links.clear();
        self.server_faults.clear();
        self.sip_faults.clear();
        let settled = std::mem::take(&mut self.counts.settled);
        self.counts = Counts {
            settled,
            ..Counts::default()
        };
        self.counts.settled.clear();
        self.events.clear();
        self.updates.clear();
        self.documents.clear();
    }
}
