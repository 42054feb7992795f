//! What the operator sees of each feed.

use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr},
};

use metrics::counter;
use pengate_codecs::Stamp;
use serde::Serialize;
use serde_json::{Value, json};
use smol_str::SmolStr;

use crate::{
    agent::room::LinkChange,
    event::Source,
    gateway::{Effects, Input},
    telemetry::{Metric, event::LinkChanged},
};

/// Most peers told apart; what others send counts for the feed alone. Links are as many at most.
const PEERS_MAX: usize = 4_096;

/// Figures of one feed.
#[derive(Debug, Default, Serialize)]
struct Feed {
    received: u64,
    received_bytes: u64,
    answered: u64,
    last: Option<Stamp>,
    faults: BTreeMap<&'static str, u64>,
    links: BTreeMap<SmolStr, Link>,
    peers: BTreeMap<IpAddr, Peer>,
}

/// A link, peer or association.
#[derive(Debug, Serialize)]
struct Link {
    state: &'static str,
    since: Stamp,
    peer: Option<SocketAddr>,
}

#[derive(Debug, Default, Serialize)]
struct Peer {
    received: u64,
    first: Stamp,
    last: Stamp,
}

/// Figures of all feeds since the start.
#[derive(Debug, Default)]
pub(super) struct Feeds {
    feeds: BTreeMap<Source, Feed>,
    /// What was counted since the counters were told last.
    received: u64,
    received_bytes: u64,
    sent: u64,
    sent_bytes: u64,
}

impl Feeds {
    /// A feed that listens, so that it is shown before anything came.
    pub fn listens(&mut self, source: Source) {
        self.feeds.entry(source).or_default();
    }

    pub fn arrived(&mut self, inputs: &[Input<'_>]) {
        for input in inputs {
            let Input::Chunk(service, chunk) = input else {
                continue;
            };
            let octets = u64::try_from(chunk.bytes.len()).unwrap_or(u64::MAX);
            self.received += 1;
            self.received_bytes += octets;
            let Some(source) = service.source() else {
                continue;
            };
            let feed = self.feeds.entry(source).or_default();
            feed.received += 1;
            feed.received_bytes += octets;
            feed.last = Some(chunk.at);
            let address = chunk.channel.peer.ip();
            if feed.peers.len() < PEERS_MAX || feed.peers.contains_key(&address) {
                let peer = feed.peers.entry(address).or_default();
                if peer.received == 0 {
                    peer.first = chunk.at;
                }
                peer.received += 1;
                peer.last = chunk.at;
            }
        }
    }

    pub fn happened(&mut self, effects: &Effects) {
        for fault in &effects.faults {
            let feed = self.feeds.entry(fault.source).or_default();
            *feed.faults.entry(fault.kind).or_default() += 1;
        }
        for (source, answers) in Source::ALL.into_iter().zip(effects.counts.answers) {
            if answers > 0 {
                self.feeds.entry(source).or_default().answered += answers;
            }
        }
        for change in &effects.links {
            self.changed(change);
        }
        for (_, octets) in effects.sends() {
            self.sent += 1;
            self.sent_bytes += u64::try_from(octets.len()).unwrap_or(u64::MAX);
        }
    }

    fn changed(&mut self, change: &LinkChange) {
        let links = &mut self.feeds.entry(change.source).or_default().links;
        let before = links.get(&change.link).map(|link| link.state);
        if before == Some(change.state) {
            return;
        }
        LinkChanged { change, before }.emit();
        if links.len() < PEERS_MAX || before.is_some() {
            let link = Link {
                state: change.state,
                since: change.at,
                peer: change.peer,
            };
            links.insert(change.link.clone(), link);
        }
    }

    /// Tells the counters.
    pub fn emit(&mut self) {
        let (chunks, octets) = (Metric::Chunks.name(), Metric::ChunkBytes.name());
        counter!(chunks, "heading" => "in").increment(std::mem::take(&mut self.received));
        counter!(chunks, "heading" => "out").increment(std::mem::take(&mut self.sent));
        counter!(octets, "heading" => "in").increment(std::mem::take(&mut self.received_bytes));
        counter!(octets, "heading" => "out").increment(std::mem::take(&mut self.sent_bytes));
    }

    pub fn to_json(&self) -> Value {
        let feeds: Vec<Value> = self
            .feeds
            .iter()
            .map(|(source, feed)| {
                let mut row = json!(feed);
                row["source"] = json!(source);
                row
            })
            .collect();
        json!({ "feeds": feeds })
    }
}
