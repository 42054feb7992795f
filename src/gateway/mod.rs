//! The single path: what live traffic, replay, simulation and benches run.
//!
//! A [`Gateway`] joins the feed host, the SIP front, the server's shard and the pen log in one
//! machine. [`Gateway::step`] takes what arrived and says what is to be done; nothing here reads a
//! clock or a socket.

mod effects;
mod feed_host;
mod feeds;
mod input;
mod state;
#[cfg(test)]
mod tests;

use std::{collections::VecDeque, sync::Arc};

use hashbrown::HashMap;
use pengate_codecs::{
    Stamp,
    sip::{Framing, Message, Uri},
};
use xxhash_rust::xxh3::xxh3_64_with_seed;

pub use effects::{Counts, Effects, Outcomes, PerSource, Taps};
pub use feed_host::{FeedHost, Harvest, Intake, Options as FeedOptions};
pub use input::{Input, Service};

use self::state::Changed;
use crate::{
    agent::{
        identity::Subscriber,
        room::{self, Request, Ticket, Verdict},
    },
    feed::{Carrier, Channel},
    pen::{
        Kinds,
        log::{Batch, Log, LogPos, Settlement},
    },
    server::{self, NotifyToken, Outcome, Shard},
    session::{
        radius::Clients,
        random::Random,
        sip::{
            BuildClientIdHasher, ClientId, Output, ServerId,
            front::{self, Front, Hop, Listener},
            tighten,
        },
    },
};

/// What a gateway is made of.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The agent's wing.
    pub feeds: FeedOptions,
    /// SIP transport and transactions.
    pub front: front::Options,
    /// The server's wing.
    pub server: server::Options,
    /// Where SIP listens.
    pub listeners: Vec<Listener>,
    /// Random tags and branches are made from this. Live it comes from the operating system; the
    /// same seed and the same inputs give the same outputs.
    pub seed: u64,
    /// Grows with every start: the Origin-State-Id of Diameter nodes.
    pub epoch: u32,
    /// What is collected besides effects.
    pub taps: Taps,
}

/// Records on their way to be durable, with whom to tell.
#[derive(Debug, Default)]
struct Waiting {
    last: LogPos,
    /// When it was submitted.
    at: Stamp,
    batch: Batch,
    tickets: Vec<Ticket>,
    /// Tokens of the shard, each with the number of its record in the batch.
    tokens: VecDeque<(usize, server::Token)>,
}

/// The whole gateway but for sockets, files and the clock.
#[derive(Debug)]
pub struct Gateway<L> {
    feeds: FeedHost,
    front: Front,
    shard: Shard,
    log: L,
    taps: Taps,
    /// What this step records.
    staged: Waiting,
    waiting: VecDeque<Waiting>,
    notifies: HashMap<ClientId, NotifyToken, BuildClientIdHasher>,
    /// How far the log was applied, and how many octets of it since somebody asked.
    applied: LogPos,
    applied_octets: u64,
    /// Rows that wait for the log.
    changed: Option<Changed>,
    room_out: room::Outbox,
    front_out: front::Outbox,
    front_work: front::Outbox,
    shard_out: server::Outbox,
    shard_work: server::Outbox,
    harvest: Harvest,
}

impl<L: Log> Gateway<L> {
    /// A gateway with nothing in it.
    #[must_use]
    pub fn new(options: Options, clients: Clients, log: L) -> Self {
        let mut random = Random::new(options.seed);
        let agent_seed = xxh3_64_with_seed(b"agent", options.seed);
        let partitions = options.server.partitions;
        let mut shard = Shard::new(Arc::new(options.server), random.bits());
        shard.tap(options.taps.documents);
        Self {
            feeds: FeedHost::new(
                options.feeds,
                clients,
                partitions,
                (options.epoch, agent_seed),
            ),
            front: Front::new(options.front, options.listeners, random),
            shard,
            log,
            taps: options.taps,
            staged: Waiting::default(),
            waiting: VecDeque::new(),
            notifies: HashMap::default(),
            applied: LogPos(0),
            applied_octets: 0,
            changed: None,
            room_out: room::Outbox::default(),
            front_out: front::Outbox::default(),
            front_work: front::Outbox::default(),
            shard_out: server::Outbox::default(),
            shard_work: server::Outbox::default(),
            harvest: Harvest {
                tap: options.taps.events,
                ..Harvest::default()
            },
        }
    }

    /// Adds a provisioned subscriber.
    pub fn provision(&mut self, subscriber: &Subscriber) {
        self.feeds.provision(subscriber);
        let (imsi, msisdn) = (subscriber.imsi, subscriber.msisdn);
        self.shard.directory().provision(
            &subscriber.uris,
            server::compose::Identities { imsi, msisdn },
        );
    }

    /// Takes what arrived up to `now`, does what is due, and says what is to be done outside.
    pub fn step(&mut self, now: Stamp, inputs: &[Input<'_>], effects: &mut Effects) {
        for run in inputs.chunk_by(|one, other| one.service() == other.service()) {
            match run.first().map(Input::service) {
                Some(Service::Sip) => self.take_sip(now, run, effects),
                Some(service) => self.take_feed(now, service, run, effects),
                None => {}
            }
        }
        self.tick_feeds(now, effects);
        self.front.tick(now, &mut self.front_out);
        self.shard.tick(now, &mut self.shard_out);
        self.turn(now, effects);
        self.settle(now, effects);
        tighten(&mut self.notifies);
    }

    /// The earliest time at which something is due without further input.
    #[must_use]
    pub fn deadline(&self) -> Option<Stamp> {
        let deadlines = [
            self.feeds.deadline(),
            self.front.deadline(),
            self.shard.deadline(),
        ];
        deadlines.into_iter().flatten().min()
    }

    /// How many records wait to become durable.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.waiting.iter().map(|waiting| waiting.batch.len()).sum()
    }

    /// Prepares for the end: subscriptions are ended or left to be recovered, as configured, and
    /// network elements are told.
    pub fn drain(&mut self, now: Stamp, effects: &mut Effects) {
        self.with_feeds(now, effects, |feeds, intake| feeds.drain(now, intake));
        self.shard.drain(&mut self.shard_out);
        self.turn(now, effects);
        self.settle(now, effects);
    }

    /// Whether nothing holds the end up any more, after [`Self::drain`].
    #[must_use]
    pub fn is_drained(&self) -> bool {
        self.waiting.is_empty() && self.feeds.is_drained()
    }

    /// The log, to be asked how it is.
    pub const fn log(&self) -> &L {
        &self.log
    }

    /// The log, to let go of what stands in the state.
    pub const fn log_mut(&mut self) -> &mut L {
        &mut self.log
    }

    /// The server's shard, for the administrative interface.
    pub const fn shard(&mut self) -> &mut Shard {
        &mut self.shard
    }

    /// The agent's wing.
    #[must_use]
    pub const fn feeds(&self) -> &FeedHost {
        &self.feeds
    }

    /// The SIP front.
    #[must_use]
    pub const fn front(&self) -> &Front {
        &self.front
    }

    fn take_sip(&mut self, now: Stamp, inputs: &[Input<'_>], effects: &mut Effects) {
        for input in inputs {
            match input {
                Input::Chunk(_, chunk) => self.take_sip_chunk(now, chunk, effects),
                Input::Up(_, channel) => self.front.up(now, *channel, &mut self.front_out),
                Input::Down(_, channel) => self.front.down(*channel, &mut self.front_out),
                Input::Refused(_, peer) => self.front.refused(now, *peer, &mut self.front_out),
            }
            self.turn(now, effects);
        }
    }

    /// Carries what front and shard have to say to each other until both are quiet.
    fn turn(&mut self, now: Stamp, effects: &mut Effects) {
        loop {
            let is_quiet = self.front_out.outputs().is_empty() && self.shard_out.is_empty();
            if is_quiet {
                return;
            }
            std::mem::swap(&mut self.front_out, &mut self.front_work);
            let mut work = std::mem::take(&mut self.front_work);
            self.take_front(now, &work, effects);
            work.clear();
            self.front_work = work;
            std::mem::swap(&mut self.shard_out, &mut self.shard_work);
            let mut work = std::mem::take(&mut self.shard_work);
            self.take_shard(now, &mut work, effects);
            work.clear();
            self.shard_work = work;
        }
    }

    fn take_front(&mut self, now: Stamp, work: &front::Outbox, effects: &mut Effects) {
        for output in work.outputs() {
            match output {
                Output::Send { channel, bytes } => {
                    effects.send(*channel, work.bytes(bytes));
                }
                Output::Open { peer } => {
                    effects.connects.push((Service::Sip, Carrier::Tcp, *peer));
                }
                Output::Close { channel } => effects.hang_ups.push(*channel),
                Output::Request {
                    transaction,
                    channel,
                    bytes,
                } => {
                    // Came over a stream. The front read it before; it is whole.
                    let octets = work.bytes(bytes);
                    if let Ok(message) = Message::decode(octets, Framing::Datagram) {
                        let request = Request {
                            transaction: *transaction,
                            channel: *channel,
                            message: &message,
                        };
                        self.take_request(now, &request, effects);
                    }
                }
                Output::Response {
                    transaction,
                    status,
                    retry_after,
                    ..
                } => {
                    let outcome = Outcome::Answered {
                        status: *status,
                        retry_after: *retry_after,
                    };
                    match outcome {
                        Outcome::Answered {
                            status: 200..=299, ..
                        } => effects.counts.notified += 1,
                        _ => effects.counts.notify_refused += 1,
                    }
                    self.notified(now, *transaction, outcome);
                }
                Output::Timeout { transaction } => {
                    effects.counts.notify_lost += 1;
                    self.notified(now, *transaction, Outcome::Timeout);
                }
                Output::TransportError { transaction } => {
                    effects.counts.notify_lost += 1;
                    self.notified(now, *transaction, Outcome::Unreachable);
                }
                Output::Fault { channel, kind } => {
                    effects.sip_faults.push((channel.peer, kind.name()));
                }
            }
        }
    }

    fn notified(&mut self, now: Stamp, transaction: ClientId, outcome: Outcome) {
        if let Some(token) = self.notifies.remove(&transaction) {
            self.shard
                .answered(now, token, outcome, &mut self.shard_out);
        }
    }

    fn take_shard(&mut self, now: Stamp, work: &mut server::Outbox, effects: &mut Effects) {
        for (transaction, octets) in work.answers() {
            self.respond(now, transaction, octets, effects);
        }
        for notify in work.notifies() {
            let hop = Uri::parse(notify.next_hop).map_or(Hop::Channel(notify.channel), |uri| {
                Hop::of(&uri, notify.channel)
            });
            let partition = notify.token.tag.partition;
            let sent = self
                .front
                .request(now, hop, partition, notify.request, &mut self.front_out);
            match sent {
                Ok(transaction) => {
                    self.notifies.insert(transaction, notify.token);
                }
                Err(_) => {
                    let out = &mut self.shard_out;
                    self.shard
                        .answered(now, notify.token, Outcome::Unreachable, out);
                }
            }
        }
        let tokens = work.tokens.iter();
        for (record, token) in work.records.records().zip(tokens) {
            self.staged
                .tokens
                .push_back((self.staged.batch.len(), *token));
            self.staged.batch.push(record);
        }
        for reporting in work.reporting.drain(..) {
            self.with_feeds(now, effects, |feeds, intake| {
                feeds.report(now, &reporting, intake)
            });
        }
        effects.server_faults.append(&mut work.faults);
        if self.taps.documents {
            effects.documents.append(&mut work.documents);
        }
    }

    /// Answers a SIP request; gives the path that the answer leaves by.
    fn respond(
        &mut self,
        now: Stamp,
        transaction: ServerId,
        octets: &[u8],
        effects: &mut Effects,
    ) -> Option<Channel> {
        let class = octets
            .get(8)
            .map_or(0, |digit| usize::from(digit.wrapping_sub(b'0')));
        if let Some(count) = effects.counts.responses.get_mut(class) {
            *count += 1;
        }
        // A peer that is gone does not get its answer; what it asked for stands all the same.
        self.front
            .respond(now, transaction, octets, &mut self.front_out)
            .ok()
    }

    /// Submits what was staged and applies what is durable, until nothing more comes of it.
    fn settle(&mut self, now: Stamp, effects: &mut Effects) {
        loop {
            self.submit(now, effects);
            let Some(settlement) = self.log.poll() else {
                break;
            };
            match settlement {
                Settlement::Durable(pos) => self.on_durable(now, pos, effects),
                Settlement::Failed(reason) => effects.log_failure = Some(reason),
            }
        }
    }

    fn submit(&mut self, now: Stamp, effects: &mut Effects) {
        if self.log.admits().is_ok() {
            self.feeds.pay(&mut self.staged.batch);
        }
        if self.staged.batch.is_empty() {
            return;
        }
        let mut staged = std::mem::take(&mut self.staged);
        match self.log.submit(&staged.batch) {
            Ok(last) => {
                staged.last = last;
                staged.at = now;
                self.waiting.push_back(staged);
            }
            Err(_) => {
                self.feeds.owe(&staged.batch);
                self.with_feeds(now, effects, |feeds, intake| {
                    feeds.settled(now, &staged.tickets, Verdict::Refused, intake);
                });
                for (_, token) in staged.tokens {
                    self.shard.refused(now, token, &mut self.shard_out);
                }
                self.turn(now, effects);
            }
        }
    }

    fn on_durable(&mut self, now: Stamp, pos: LogPos, effects: &mut Effects) {
        while let Some(mut done) = self.waiting.pop_front_if(|waiting| waiting.last <= pos) {
            for (at, record) in done.batch.records().enumerate() {
                let token = done
                    .tokens
                    .pop_front_if(|(of, _)| *of == at)
                    .map(|(_, token)| token);
                effects.counts.records += 1;
                effects.counts.updates += u64::from(record.kind == Kinds::UPDATE);
                self.shard.apply(now, record, token, &mut self.shard_out);
            }
            self.applied = done.last;
            effects.counts.settled.push(now.since(done.at));
            self.applied_octets += u64::try_from(done.batch.octets()).unwrap_or(u64::MAX);
            self.turn(now, effects);
            self.with_feeds(now, effects, |feeds, intake| {
                feeds.settled(now, &done.tickets, Verdict::Settled, intake);
            });
            self.turn(now, effects);
        }
    }
}
