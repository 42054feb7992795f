//! The node: its peers, its connections, and its requests.

use std::net::SocketAddr;

use hashbrown::HashMap;
use pengate_codecs::{
    Stamp,
    diameter::{DisconnectCause, ResultCode, set_result},
};
use smol_str::{SmolStr, format_smolstr};

use super::{
    Arrivals, Call, Exchange, Kept, Local, Loss, Options, Reply, Sink,
    answers::{Answers, Telling},
    origins::Origins,
    peer::{Context, Event, Outcome, Peer},
    pending::Pending,
    stream::Stream,
    watchdog::Status,
};
use crate::{
    feed::{Channel, Chunk},
    session::random::Random,
};

/// A connection.
#[derive(Debug)]
pub(super) struct Connection {
    pub stream: Stream,
    /// Whose it is, once that is known.
    pub peer: Option<usize>,
}

/// What a new request must bear.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Ids {
    /// Hop-by-Hop Identifier.
    pub hop_by_hop: u32,
    /// End-to-End Identifier.
    pub end_to_end: u32,
    /// A new Session-Id.
    pub session_id: SmolStr,
}

/// Why a request was not sent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Unsent {
    /// No peer is open.
    NoPeer,
    /// As many requests as allowed wait for their answers.
    Full,
}

/// A Diameter node.
#[derive(Debug)]
pub struct Node {
    pub(super) options: Options,
    pub(super) local: Local,
    pub(super) random: Random,
    pub(super) peers: Vec<Peer>,
    pub(super) connections: HashMap<Channel, Connection>,
    /// Accepted connections that have not said whose they are, with the end of their time.
    pub(super) strangers: Vec<(Channel, Stamp)>,
    pub(super) pending: Pending,
    pub(super) answers: Answers,
    pub(super) arrivals: Arrivals,
    pub(super) origins: Origins,
    next_end_to_end: u32,
    next_session: u32,
    next_call: u64,
}

impl Node {
    /// A node that is about to connect. `seed` is its source of chance.
    #[must_use]
    pub fn new(options: Options, local: Local, seed: u64) -> Self {
        let mut random = Random::new(seed);
        let mut number = || u32::try_from(random.bits() >> 32).unwrap_or_default();
        let (hop_by_hop, end_to_end) = (number(), number());
        let peers = options
            .peers
            .iter()
            .take(options.peers_max)
            .map(|peer| Peer::new(peer.host.clone(), peer.address))
            .collect();
        Self {
            pending: Pending::new(options.requests_max, options.request_timeout, hop_by_hop),
            answers: Answers::new(options.answer_retention, options.answers_max),
            origins: Origins::new(options.hosts_max),
            options,
            local,
            random,
            peers,
            connections: HashMap::new(),
            strangers: Vec::new(),
            arrivals: Arrivals::default(),
            next_end_to_end: end_to_end,
            next_session: 0,
            next_call: 0,
        }
    }

    /// Our identity.
    #[must_use]
    pub const fn local(&self) -> &Local {
        &self.local
    }

    /// Takes what arrived since it was last asked; give the memory back with
    /// [`Self::recycle`].
    #[must_use]
    pub fn arrivals(&mut self) -> Arrivals {
        std::mem::take(&mut self.arrivals)
    }

    /// Takes back the memory of arrivals that were dealt with.
    pub fn recycle(&mut self, mut arrivals: Arrivals) {
        arrivals.clear();
        if self.arrivals.items.is_empty() {
            self.arrivals = arrivals;
        }
    }

    /// A connection is there, ours or accepted.
    pub fn up(&mut self, now: Stamp, channel: Channel, sink: &mut dyn Sink) {
        if self.connections.contains_key(&channel) {
            // Told twice.
            return;
        }
        let peer = self.peers.iter().position(|peer| peer.awaits(channel.peer));
        if peer.is_none() && self.strangers.len() >= self.options.strangers_max {
            sink.fault(now, Some(channel.peer), "strangers-max", None);
            sink.hang_up(channel);
            return;
        }
        let stream = Stream::default();
        self.connections
            .insert(channel, Connection { stream, peer });
        match peer {
            Some(peer) => self.step(now, peer, &Event::ConnAck(channel), sink),
            None => self
                .strangers
                .push((channel, now + self.options.peer_timeout)),
        }
    }

    /// A connection is gone.
    pub fn down(&mut self, now: Stamp, channel: Channel, sink: &mut dyn Sink) {
        self.strangers.retain(|(stranger, _)| *stranger != channel);
        let connection = self.connections.remove(&channel);
        if let Some(peer) = connection.and_then(|connection| connection.peer) {
            self.step(now, peer, &Event::Down(channel), sink);
        }
    }

    /// A connection that was asked for did not come about.
    pub fn refused(&mut self, now: Stamp, address: SocketAddr, sink: &mut dyn Sink) {
        if let Some(peer) = self.peers.iter().position(|peer| peer.awaits(address)) {
            sink.fault(now, Some(address), "connection-refused", None);
            self.step(now, peer, &Event::ConnNack, sink);
        }
    }

    /// Octets of a connection.
    pub fn chunk(&mut self, chunk: &Chunk<'_>, sink: &mut dyn Sink) {
        let Some(connection) = self.connections.get_mut(&chunk.channel) else {
            sink.fault(chunk.at, Some(chunk.channel.peer), "no-connection", None);
            return;
        };
        let mut stream = std::mem::take(&mut connection.stream);
        stream.push(chunk.bytes);
        stream.cut(self.options.message_bytes_max, |cut| {
            self.on_cut(chunk.at, chunk.channel, cut, sink);
            self.connections.contains_key(&chunk.channel)
        });
        if let Some(connection) = self.connections.get_mut(&chunk.channel) {
            connection.stream = stream;
        }
    }

    /// Does what is due.
    pub fn tick(&mut self, now: Stamp, sink: &mut dyn Sink) {
        for peer in 0..self.peers.len() {
            if self.peers.get(peer).is_some_and(|peer| peer.due() <= now) {
                self.step(now, peer, &Event::Timer, sink);
            }
        }
        while let Some((channel, due)) = self.strangers.first().copied()
            && due <= now
        {
            sink.fault(now, Some(channel.peer), "no-capabilities", None);
            self.hang_up(channel, sink);
        }
        while let Some(call) = self.pending.expired(now) {
            sink.fault(now, None, "request-timeout", None);
            self.arrivals
                .push(now, Kept::Lost(call, Loss::Timeout), &[]);
        }
    }

    /// When something is due next.
    #[must_use]
    pub fn deadline(&self) -> Option<Stamp> {
        let peers = self.peers.iter().map(Peer::due);
        let stranger = self.strangers.first().map(|(_, due)| *due);
        let earliest = peers.chain(stranger).chain(self.pending.deadline()).min();
        earliest.filter(|due| *due < Stamp::MAX)
    }

    /// Parts from all peers for good.
    pub fn stop(&mut self, now: Stamp, cause: DisconnectCause, sink: &mut dyn Sink) {
        for peer in 0..self.peers.len() {
            self.step(now, peer, &Event::Stop(cause), sink);
        }
    }

    /// Whether a peer has not agreed yet to part.
    #[must_use]
    pub fn is_parting(&self) -> bool {
        self.peers.iter().any(Peer::is_parting)
    }

    /// Whether a request could be sent now.
    #[must_use]
    pub fn is_reachable(&self) -> bool {
        self.route(None).is_some()
    }

    /// How many requests wait for their answers.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.pending.len()
    }

    /// Sends the request that `write` appends with the identifiers it is handed.
    ///
    /// # Errors
    /// [`Unsent`]; `write` was not called then.
    pub fn request(
        &mut self,
        now: Stamp,
        sink: &mut dyn Sink,
        write: impl FnOnce(&mut Vec<u8>, &Ids),
    ) -> Result<Call, Unsent> {
        let (peer, channel) = self.route(None).ok_or(Unsent::NoPeer)?;
        if self.pending.is_full() {
            return Err(Unsent::Full);
        }
        let (hop_by_hop, end_to_end) = self.ids();
        self.next_session = self.next_session.wrapping_add(1);
        let ids = Ids {
            hop_by_hop,
            end_to_end,
            session_id: format_smolstr!(
                "{};{};{}",
                self.local.host,
                self.local.state,
                self.next_session
            ),
        };
        let mut octets = Vec::new();
        write(&mut octets, &ids);
        let call = Call(self.next_call);
        self.next_call += 1;
        sink.send(channel, &mut |out| out.extend_from_slice(&octets));
        self.pending.insert(now, hop_by_hop, call, peer, &octets);
        Ok(call)
    }

    /// Writes the answer that an exchange will have, in place of any before.
    pub fn draft(&mut self, exchange: Exchange, write: impl FnOnce(&mut Vec<u8>)) {
        if let Some(draft) = self.answers.draft(exchange) {
            draft.clear();
            write(draft);
        }
    }

    /// Notes which fact a new request tells, by a digest of what makes it this very fact; its answer
    /// is drafted already. False if it was told before: then it is answered as and when the first
    /// one is, and its user has nothing to do.
    pub fn tell(&mut self, at: Stamp, exchange: Exchange, fact: u64, sink: &mut dyn Sink) -> bool {
        let telling = self.answers.tell(exchange, fact);
        if telling != Telling::First {
            sink.fault(at, None, "repeated-fact", None);
        }
        if telling == Telling::Answered {
            self.answer(exchange, sink);
        }
        telling == Telling::First
    }

    /// The answer that an exchange will have: what must be recorded to repeat it after a restart.
    #[must_use]
    pub fn reply(&self, exchange: Exchange) -> Option<Reply> {
        self.answers.reply(exchange)
    }

    /// Puts back an answer that was given before a restart.
    pub fn restore(&mut self, at: Stamp, reply: Reply) {
        self.answers.restore(at, reply);
    }

    /// Sends the drafted answer of an exchange and keeps it for repetitions of the request.
    pub fn answer(&mut self, exchange: Exchange, sink: &mut dyn Sink) {
        let repeats = self.answers.take_repeats(exchange);
        for exchange in std::iter::once(exchange).chain(repeats) {
            if let Some((channel, octets)) = self.answers.answer(exchange)
                && self.connections.contains_key(&channel)
            {
                sink.send(channel, &mut |out| out.extend_from_slice(octets));
            }
        }
    }

    /// Sends the drafted answer of an exchange with another Result-Code, and forgets the exchange:
    /// the request may come again as if it were new.
    pub fn refuse(&mut self, exchange: Exchange, result: ResultCode, sink: &mut dyn Sink) {
        let repeats = self.answers.take_repeats(exchange);
        for exchange in std::iter::once(exchange).chain(repeats) {
            if let Some(draft) = self.answers.draft(exchange)
                && set_result(draft, result)
            {
                self.answer(exchange, sink);
            }
            self.answers.forget(exchange);
        }
    }

    /// The best peer but one: who is trusted goes before who is back, and that one before who is
    /// suspected.
    fn route(&self, but: Option<usize>) -> Option<(usize, Channel)> {
        let open = self.peers.iter().enumerate().filter_map(|(place, peer)| {
            let (channel, status) = peer.open().filter(|_| Some(place) != but)?;
            let rank = match status {
                Status::Okay => 0,
                Status::Reopen => 1,
                Status::Suspect => 2,
            };
            Some((rank, place, channel))
        });
        let best = open.min_by_key(|(rank, place, _)| (*rank, *place));
        best.map(|(_, place, channel)| (place, channel))
    }

    /// Hop-by-Hop and End-to-End Identifier of a new request.
    pub(super) fn ids(&mut self) -> (u32, u32) {
        self.next_end_to_end = self.next_end_to_end.wrapping_add(1);
        (self.pending.hop_by_hop(), self.next_end_to_end)
    }

    /// A step of one peer, and what follows from it.
    pub(super) fn step(
        &mut self,
        now: Stamp,
        place: usize,
        event: &Event<'_>,
        sink: &mut dyn Sink,
    ) {
        let was_reachable = self.is_reachable();
        let ids = self.ids();
        let mut hung_up = Vec::new();
        let Some(peer) = self.peers.get_mut(place) else {
            return;
        };
        let mut context = Context {
            now,
            options: &self.options,
            local: &self.local,
            random: &mut self.random,
            sink,
            ids,
            hung_up: &mut hung_up,
        };
        let outcome = peer.step(event, &mut context);
        for channel in hung_up {
            self.connections.remove(&channel);
        }
        match outcome {
            Outcome::Nothing => {}
            Outcome::Opened if was_reachable => {}
            Outcome::Opened | Outcome::OpenedAgain => {
                self.arrivals.push(now, Kept::Reachable, &[]);
            }
            Outcome::Closed => self.fail_over(now, place, true, sink),
            Outcome::FailOver => {
                let peer = self.peers.get(place).and_then(Peer::open);
                let address = peer.map(|(channel, _)| channel.peer);
                sink.fault(now, address, "watchdog", None);
                self.fail_over(now, place, false, sink);
            }
        }
    }

    /// Tells the watchdog of a peer that something came.
    pub(super) fn heard(&mut self, now: Stamp, place: usize, is_dwa: bool, sink: &mut dyn Sink) {
        let mut hung_up = Vec::new();
        if let Some(peer) = self.peers.get_mut(place) {
            peer.heard(
                is_dwa,
                &mut Context {
                    now,
                    options: &self.options,
                    local: &self.local,
                    random: &mut self.random,
                    sink,
                    ids: (0, 0),
                    hung_up: &mut hung_up,
                },
            );
        }
    }

    /// Sends what waits for a peer to another (RFC 6733 clause 5.5.4). Where there is none, it
    /// waits on, unless the peer is gone.
    fn fail_over(&mut self, now: Stamp, from: usize, is_gone: bool, sink: &mut dyn Sink) {
        let other = self.route(Some(from));
        if other.is_none() && !is_gone {
            return;
        }
        for mut waiting in self.pending.of_peer(from) {
            let Some((peer, channel)) = other else {
                self.arrivals
                    .push(now, Kept::Lost(waiting.call, Loss::NoPeer), &[]);
                continue;
            };
            let hop_by_hop = self.pending.hop_by_hop();
            waiting.mark_sent_again(hop_by_hop);
            sink.send(channel, &mut |out| out.extend_from_slice(&waiting.octets));
            self.pending.sent_again(hop_by_hop, peer, waiting);
        }
    }

    /// Gives a connection up that is nobody's.
    pub(super) fn hang_up(&mut self, channel: Channel, sink: &mut dyn Sink) {
        self.strangers.retain(|(stranger, _)| *stranger != channel);
        self.connections.remove(&channel);
        sink.hang_up(channel);
    }

    /// Whose the connection is that a message came on.
    pub(super) fn peer_of(&self, channel: Channel) -> Option<usize> {
        self.connections
            .get(&channel)
            .and_then(|connection| connection.peer)
    }
}
