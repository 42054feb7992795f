//! What the operator sees of each feed: its links, peers and associations.

mod emit;
mod traffic;

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use hashbrown::HashMap;
use pengate_codecs::Stamp;
use serde_json::{Map, Value, json};
use smol_str::SmolStr;

use self::traffic::{Told, Traffic};
use crate::{
    agent::room::LinkChange,
    config::FeedLink,
    event::Source,
    feed::{Carrier, Channel},
    gateway::{Effects, Input},
    telemetry::event::{LinkChanged, PeerChanged},
};

/// Most peers of a feed told apart; what others send counts for the feed alone. Links are as many at
/// most.
const PEERS_MAX: usize = 4_096;

/// Figures of one feed.
#[derive(Debug, Default)]
struct Feed {
    listeners: Vec<(&'static str, SocketAddr)>,
    /// Connections and associations that are open, whoever opened them.
    connections: usize,
    answered: u64,
    traffic: Traffic,
    told: [Told; 2],
    links: BTreeMap<SmolStr, Link>,
    /// Whose link an address is: of this feed, since one element may be linked with several.
    addresses: HashMap<SocketAddr, SmolStr>,
    peers: BTreeMap<IpAddr, Peer>,
}

/// A link, peer or association with a state of its own, as its protocol knows it.
#[derive(Debug)]
struct Link {
    state: &'static str,
    since: Stamp,
    /// The state that metrics show.
    shown: &'static str,
    peer: Option<SocketAddr>,
    traffic: Traffic,
    told: [Told; 2],
}

/// An address that something came from.
#[derive(Debug)]
struct Peer {
    state: PeerState,
    since: Stamp,
    first: Stamp,
    traffic: Traffic,
}

/// What is known of a peer whose protocol has no connections.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum PeerState {
    Heard,
    Silent,
}

impl PeerState {
    const fn name(self) -> &'static str {
        match self {
            Self::Heard => "heard",
            Self::Silent => "silent",
        }
    }
}

/// Figures of all feeds since the start.
#[derive(Debug)]
pub(super) struct Feeds {
    /// After how long a peer that says nothing is silent.
    silent_after: Duration,
    feeds: BTreeMap<Source, Feed>,
    /// Whose connections and associations are open: as many as sockets are allowed, at most.
    channels: HashMap<Channel, Source>,
    /// Whose listener an address of ours is.
    locals: HashMap<SocketAddr, Source>,
    all: Traffic,
    told: [Told; 2],
}

impl Feeds {
    pub fn new(silent_after: Duration) -> Self {
        Self {
            silent_after,
            feeds: BTreeMap::new(),
            channels: HashMap::new(),
            locals: HashMap::new(),
            all: Traffic::default(),
            told: <[Told; 2]>::default(),
        }
    }

    /// A feed that listens, so that it is shown before anything came.
    pub fn listens(&mut self, source: Source, service: &'static str, address: SocketAddr) {
        let feed = self.feeds.entry(source).or_default();
        feed.listeners.push((service, address));
        self.locals.insert(address, source);
    }

    /// A feed whose requests come to a listener that it shares: what leaves from there is not its own
    /// for that.
    pub fn shares(&mut self, source: Source, service: &'static str, address: SocketAddr) {
        let feed = self.feeds.entry(source).or_default();
        feed.listeners.push((service, address));
    }

    /// A feed with a link that is configured, so that it is shown before anything happened to it.
    pub fn links_with(&mut self, at: Stamp, link: &FeedLink<'_>) {
        let Some(source) = link.service.source() else {
            return;
        };
        let first = LinkChange {
            at,
            source,
            link: link.name.into(),
            peer: link.address,
            state: link.state,
        };
        if let Some(link) = self.link_of(&first) {
            link.state = first.state;
        }
    }

    pub fn arrived(&mut self, inputs: &[Input<'_>]) {
        for input in inputs {
            match input {
                Input::Chunk(service, chunk) => {
                    self.all.received.count(chunk.at, chunk.bytes.len());
                    if let Some(source) = service.source() {
                        let peer = chunk.channel.peer;
                        self.received(source, chunk.at, peer, chunk.bytes.len());
                    }
                }
                Input::Up(service, channel) => {
                    if let Some(source) = service.source() {
                        self.channels.insert(*channel, source);
                        self.feeds.entry(source).or_default().connections += 1;
                    }
                }
                Input::Down(_, channel) => {
                    if let Some(source) = self.channels.remove(channel) {
                        let feed = self.feeds.entry(source).or_default();
                        feed.connections = feed.connections.saturating_sub(1);
                    }
                }
                Input::Refused(..) => {}
            }
        }
    }

    fn received(&mut self, source: Source, at: Stamp, from: SocketAddr, octets: usize) {
        let feed = self.feeds.entry(source).or_default();
        feed.traffic.received.count(at, octets);
        if let Some(link) = feed.link_at(from) {
            return link.traffic.received.count(at, octets);
        }
        let is_full = feed.peers.len() >= PEERS_MAX;
        let address = from.ip();
        if is_full && !feed.peers.contains_key(&address) {
            return;
        }
        let peer = feed.peers.entry(address).or_insert_with(|| Peer {
            state: PeerState::Silent,
            since: at,
            first: at,
            traffic: Traffic::default(),
        });
        peer.traffic.received.count(at, octets);
        peer.becomes(PeerState::Heard, at, source, address);
    }

    pub fn happened(&mut self, now: Stamp, effects: &Effects) {
        for (source, channel, octets) in &effects.requests {
            self.received(*source, now, channel.peer, *octets);
        }
        for fault in &effects.faults {
            let feed = self.feeds.entry(fault.source).or_default();
            feed.traffic.fault(fault.kind);
            let Some(address) = fault.peer else { continue };
            if let Some(peer) = feed.peers.get_mut(&address.ip()) {
                peer.traffic.fault(fault.kind);
            }
            // What an association carries is of several feeds; the link is the first one's.
            let of_link = match fault.source {
                Source::Pg | Source::Ph if feed.link_at(address).is_none() => Source::Pc,
                source => source,
            };
            let feed = self.feeds.get_mut(&of_link);
            if let Some(link) = feed.and_then(|feed| feed.link_at(address)) {
                link.traffic.fault(fault.kind);
            }
        }
        for (source, answers) in Source::ALL.into_iter().zip(effects.counts.answers) {
            if answers > 0 {
                self.feeds.entry(source).or_default().answered += answers;
            }
        }
        for change in &effects.links {
            self.changed(change);
        }
        for (source, channel, octets) in &effects.answers {
            self.sent(*source, now, channel.peer, *octets);
        }
        for (channel, octets) in effects.sends() {
            self.all.sent.count(now, octets.len());
            if let Some(source) = self.sender(channel) {
                self.sent(source, now, channel.peer, octets.len());
            }
        }
    }

    /// Whose it is what leaves by this path.
    fn sender(&self, channel: Channel) -> Option<Source> {
        let of_connection = match channel.carrier {
            Carrier::Udp => None,
            Carrier::Tcp | Carrier::Sctp | Carrier::Mtp => self.channels.get(&channel).copied(),
        };
        of_connection.or_else(|| self.listener(channel.local))
    }

    fn sent(&mut self, source: Source, now: Stamp, to: SocketAddr, octets: usize) {
        let Some(feed) = self.feeds.get_mut(&source) else {
            return;
        };
        feed.traffic.sent.count(now, octets);
        if let Some(link) = feed.link_at(to) {
            return link.traffic.sent.count(now, octets);
        }
        if let Some(peer) = feed.peers.get_mut(&to.ip()) {
            peer.traffic.sent.count(now, octets);
        }
    }

    /// Whose listener has this address, by itself or as one of all addresses.
    fn listener(&self, local: SocketAddr) -> Option<Source> {
        let any: IpAddr = match local {
            SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
            SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
        };
        let any = SocketAddr::new(any, local.port());
        let found = self.locals.get(&local);
        found.or_else(|| self.locals.get(&any)).copied()
    }

    fn changed(&mut self, change: &LinkChange) {
        let Some(link) = self.link_of(change) else {
            return;
        };
        let before = link.state;
        if before != change.state {
            link.state = change.state;
            link.since = change.at;
            let before = Some(before).filter(|state| !state.is_empty());
            LinkChanged { change, before }.emit();
        }
    }

    /// The link that changes, a new one in no state yet if it was unknown, found by its peer's address
    /// from now on; nothing if there are as many as allowed.
    fn link_of(&mut self, change: &LinkChange) -> Option<&mut Link> {
        let feed = self.feeds.entry(change.source).or_default();
        let Feed {
            links, addresses, ..
        } = feed;
        let known = links.get(&change.link);
        if known.is_none() && links.len() >= PEERS_MAX {
            return None;
        }
        if let Some(former) = known.and_then(|link| link.peer)
            && addresses.get(&former) == Some(&change.link)
        {
            addresses.remove(&former);
        }
        if let Some(peer) = change.peer {
            addresses.insert(peer, change.link.clone());
        }
        let link = links.entry(change.link.clone()).or_insert_with(|| Link {
            state: "",
            since: change.at,
            shown: "",
            peer: None,
            traffic: Traffic::default(),
            told: <[Told; 2]>::default(),
        });
        link.peer = change.peer;
        Some(link)
    }

    /// Looks for peers that have fallen silent.
    pub fn look(&mut self, now: Stamp) {
        for (source, feed) in &mut self.feeds {
            for (address, peer) in &mut feed.peers {
                let last = peer.traffic.received.last;
                let is_silent = last.is_some_and(|last| now.since(last) >= self.silent_after);
                if is_silent {
                    peer.becomes(PeerState::Silent, now, *source, *address);
                }
            }
        }
    }

    pub fn to_json(&self, now: Stamp) -> Value {
        let feeds = self.feeds.iter();
        let feeds: Vec<Value> = feeds
            .map(|(source, feed)| feed.show(now, *source))
            .collect();
        json!({ "at": now, "feeds": feeds })
    }
}

impl Peer {
    fn becomes(&mut self, state: PeerState, at: Stamp, source: Source, address: IpAddr) {
        if self.state == state {
            return;
        }
        self.state = state;
        self.since = at;
        PeerChanged {
            source,
            address,
            state: state.name(),
        }
        .emit();
    }
}

impl Feed {
    /// The link whose peer has this address.
    fn link_at(&mut self, address: SocketAddr) -> Option<&mut Link> {
        let name = self.addresses.get(&address)?;
        self.links.get_mut(name)
    }

    fn show(&self, now: Stamp, source: Source) -> Value {
        let listeners = self.listeners.iter();
        let listeners: Vec<Value> = listeners
            .map(|(service, address)| json!({ "service": service, "address": address }))
            .collect();
        let links = self.links.iter().map(|(name, link)| {
            let more = json!({ "state": link.state, "since": link.since, "peer": link.peer });
            (name.to_string(), link.traffic.show(now, more))
        });
        let peers = self.peers.iter().map(|(address, peer)| {
            let state = peer.state.name();
            let more = json!({ "state": state, "since": peer.since, "first": peer.first });
            (address.to_string(), peer.traffic.show(now, more))
        });
        let more = json!({
            "source": source,
            "listeners": listeners,
            "connections": self.connections,
            "answered": self.answered,
            "links": links.collect::<Map<String, Value>>(),
            "peers": peers.collect::<Map<String, Value>>(),
        });
        self.traffic.show(now, more)
    }
}

#[cfg(test)]
mod tests;
