//! What a step of the gateway wants done outside.

use std::{mem::take, net::SocketAddr, ops::Range, time::Duration};

use crate::{
    agent::{normalise::Meaning, room},
    event::{NetworkEvent, Source},
    feed::Channel,
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

/// What happened in a step, for metrics.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Where each event came from.
    pub events: Vec<Source>,
    /// Records that became durable.
    pub records: u64,
    /// Updates of presentities among them.
    pub updates: u64,
    /// NOTIFYs answered with success.
    pub accepted: u64,
    /// NOTIFYs refused, or that could not be sent.
    pub refused: u64,
    /// NOTIFYs never answered.
    pub timeouts: u64,
    /// How long each batch took from its submission until it was durable.
    pub settle_times: Vec<Duration>,
}

impl Tally {
    /// Back to nothing, with the memory kept.
    fn clear(&mut self) {
        let (mut events, mut settle_times) = (take(&mut self.events), take(&mut self.settle_times));
        events.clear();
        settle_times.clear();
        *self = Self {
            events,
            settle_times,
            ..Self::default()
        };
    }
}

/// Filled by a step; owned and reused by the driver.
#[derive(Debug, Default)]
pub struct Effects {
    octets: Vec<u8>,
    sends: Vec<(Channel, Range<usize>)>,
    /// SIP connections to open, by their peer.
    pub connects: Vec<SocketAddr>,
    /// Connections to end.
    pub hang_ups: Vec<Channel>,
    /// What was not understood or not taken on the agent's side.
    pub faults: Vec<room::Fault>,
    /// What was refused or went wrong on the server's side.
    pub server_faults: Vec<server::Fault>,
    /// What was wrong with SIP messages: when, by whom, of which kind.
    pub sip_faults: Vec<(SocketAddr, &'static str)>,
    /// Events, when tapped.
    pub events: Vec<NetworkEvent>,
    /// What they mean, when tapped.
    pub updates: Vec<Meaning>,
    /// Documents, when tapped.
    pub documents: Vec<server::Shown>,
    /// Counts.
    pub tally: Tally,
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
        self.hang_ups.clear();
        self.faults.clear();
        self.server_faults.clear();
        self.sip_faults.clear();
        self.events.clear();
        self.updates.clear();
        self.documents.clear();
        self.tally.clear();
    }
}
