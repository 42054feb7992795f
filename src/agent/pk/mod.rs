//! Pk: RADIUS accounting of the GGSN (TS 23.141 clause 4.3.11, TS 29.061 clause 16).
//!
//! A request is answered when its event is durable and not before (RFC 2866 clause 2). The same
//! machine serves Pp and Pr, whose network elements report in the same way (TS 29.161, 29.234).

mod clock;
mod elements;
mod repeats;
mod report;

use std::{sync::Arc, time::Duration};

use hashbrown::HashMap;
use pengate_codecs::{
    Stamp,
    radius::{Accounting, Code, StatusType},
};
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;
use smol_str::SmolStr;

use self::{
    clock::EventTime,
    elements::Elements,
    repeats::{Repeats, Standing},
};
use super::room::{Fault, Input, Outbox, Room, Ticket, Verdict};
use crate::{
    event::Source,
    feed::{Channel, Heading},
    pen::{
        Kinds, Record,
        log::{Batch, Kind, Partition, RecordRef},
        state::{Row, StateBatch},
    },
    session::radius::{self, Clients, Exchange, Request, Server, Sink},
};

/// What the operator decides about this room.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Whether an Access-Request is accepted (default true). Say false where requests only reach us
    /// as a copy and another server answers them.
    pub answer_access_requests: bool,
    /// How far ahead of our clock an event's time may be (default 60s); beyond, the time of arrival
    /// is taken and a fault counted.
    #[serde(with = "crate::options::duration")]
    pub clock_ahead_max: Duration,
    /// Interval at which the network elements send interim updates (default 1h), for sessions whose
    /// requests do not tell it (Acct-Interim-Interval).
    #[serde(with = "crate::options::duration")]
    pub interim_interval: Duration,
    /// How many intervals a session lives without any word (count, default 3; a Stop that was lost
    /// is thereby made good).
    pub interim_intervals_max: u32,
    /// How long a reported fact is remembered in order to recognise it under a new identifier
    /// (default 2m).
    #[serde(with = "crate::options::duration")]
    pub repeat_retention: Duration,
    /// Most facts remembered (count, default 1000000).
    pub repeats_max: usize,
    /// Most network elements whose identifier and address are remembered to be one (count, default
    /// 65536).
    pub elements_max: usize,
    /// Answers kept for repeated requests.
    pub replies: radius::Options,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            answer_access_requests: true,
            clock_ahead_max: Duration::from_secs(60),
            interim_interval: Duration::from_hours(1),
            interim_intervals_max: 3,
            repeat_retention: Duration::from_mins(2),
            repeats_max: 1_000_000,
            elements_max: 65_536,
            replies: radius::Options::default(),
        }
    }
}

/// The room.
#[derive(Debug)]
pub struct Pk {
    source: Source,
    options: Options,
    server: Server,
    repeats: Repeats,
    elements: Elements,
    /// Requests that wait for one event: the first, and repetitions under other identifiers.
    waiting: HashMap<Ticket, SmallVec<[Exchange; 1]>>,
    next_ticket: u64,
}

impl Pk {
    /// A room that serves these clients; `source` is Pk, or Pp or Pr with the same protocol.
    #[must_use]
    pub fn new(source: Source, options: Options, clients: Arc<Clients>) -> Self {
        Self {
            source,
            server: Server::new(clients, options.replies.clone()),
            repeats: Repeats::new(options.repeat_retention, options.repeats_max),
            elements: Elements::new(source, options.elements_max),
            options,
            waiting: HashMap::new(),
            next_ticket: 0,
        }
    }

    fn on_request(&mut self, request: &Request<'_>, out: &mut Outbox) {
        let view = match Accounting::decode(&request.packet) {
            Ok(view) => view,
            Err(error) => {
                // An invalid status voids the packet (RFC 2866 clause 5.1): silence.
                self.server.forget(request.exchange);
                self.sink(out)
                    .fault(request.at, request.channel, error.kind(), Some(error.at()));
                return;
            }
        };
        if view.faults.count() > 0 {
            let offset = view.faults.first_at();
            self.sink(out)
                .fault(request.at, request.channel, "attribute", offset);
        }
        match request.packet.code() {
            Code::AccountingRequest => self.on_accounting(request, &view, out),
            Code::AccessRequest => self.on_access(request, &view, out),
            _ => {
                self.server.forget(request.exchange);
                self.sink(out)
                    .fault(request.at, request.channel, "code", Some(0));
            }
        }
    }

    fn on_accounting(&mut self, request: &Request<'_>, view: &Accounting<'_>, out: &mut Outbox) {
        let Some(status) = view.status_type else {
            self.server.forget(request.exchange);
            return self
                .sink(out)
                .fault(request.at, request.channel, "no-status-type", None);
        };
        let reporter = self.reporter(view, request.channel);
        let time = EventTime::of(view, request.at, self.options.clock_ahead_max);
        if time.was_ahead {
            self.sink(out)
                .fault(request.at, request.channel, "time-ahead", None);
        }
        let fact = match status {
            StatusType::AccountingOn | StatusType::AccountingOff => {
                report::reset(self.source, view)
            }
            StatusType::Start | StatusType::InterimUpdate | StatusType::Stop => {
                report::session(self.source, view, status, self.lifetime(view))
            }
            // Tunnel and failure records tell nothing about presence; they are answered.
            _ => None,
        };
        let Some(fact) = fact else {
            if let Some(kind) = untold(status) {
                self.sink(out)
                    .fault(request.at, request.channel, kind, None);
            }
            return self.answer(request.exchange, out);
        };
        let digest = report::digest(&reporter, view, status);
        let ticket = Ticket(self.next_ticket);
        match self.repeats.meet(digest, time, ticket, request.at) {
            Standing::New => self.next_ticket += 1,
            Standing::Waiting(first) => {
                self.waiting
                    .entry(first)
                    .or_default()
                    .push(request.exchange);
                return self
                    .sink(out)
                    .fault(request.at, request.channel, "repeated-fact", None);
            }
            Standing::Settled => {
                self.sink(out)
                    .fault(request.at, request.channel, "repeated-fact", None);
                return self.answer(request.exchange, out);
            }
        }
        let order = report::order(time.at, status, digest);
        let event = report::event(self.source, reporter, order, view, fact);
        self.waiting
            .insert(ticket, smallvec::smallvec![request.exchange]);
        out.events.push((ticket, event));
    }

    /// An Access-Request says who asks for a session and where; no session exists yet.
    fn on_access(&mut self, request: &Request<'_>, view: &Accounting<'_>, out: &mut Outbox) {
        if !self.options.answer_access_requests {
            self.server.forget(request.exchange);
        }
        let reporter = self.reporter(view, request.channel);
        let time = EventTime::of(view, request.at, self.options.clock_ahead_max);
        let order = report::order(
            time.at,
            StatusType::InterimUpdate,
            report::digest_of_access(&reporter, request.packet.authenticator()),
        );
        let Some(fact) = report::access(view) else {
            return self.answer(request.exchange, out);
        };
        let ticket = Ticket(self.next_ticket);
        self.next_ticket += 1;
        let event = report::event(self.source, reporter, order, view, fact);
        self.waiting
            .insert(ticket, smallvec::smallvec![request.exchange]);
        out.events.push((ticket, event));
    }

    fn on_settled(&mut self, ticket: Ticket, verdict: Verdict, out: &mut Outbox) {
        let exchanges = self.waiting.remove(&ticket).unwrap_or_default();
        self.repeats.settle(ticket, verdict);
        let next = Ticket(self.next_ticket);
        self.elements.settle(ticket, verdict, next);
        for exchange in exchanges {
            match verdict {
                Verdict::Settled => self.answer(exchange, out),
                Verdict::Refused => self.server.forget(exchange),
            }
        }
    }

    fn answer(&mut self, exchange: Exchange, out: &mut Outbox) {
        self.server.answer(
            exchange,
            &mut Faulty {
                source: self.source,
                out,
            },
        );
    }

    const fn sink<'o>(&self, out: &'o mut Outbox) -> Faulty<'o> {
        Faulty {
            source: self.source,
            out,
        }
    }

    /// The network element by its own attributes: a proxy may stand between it and us. Its address
    /// counts first; an identifier leads to the address that was once told beside it, so that all
    /// reports of an element bear one name.
    fn reporter(&mut self, view: &Accounting<'_>, channel: Channel) -> SmolStr {
        let identifier = view
            .nas_identifier
            .map(|octets| SmolStr::from(String::from_utf8_lossy(octets)));
        match (view.nas_address(), identifier) {
            (Some(address), Some(identifier)) => {
                let address = smol_str::format_smolstr!("{address}");
                let ticket = Ticket(self.next_ticket);
                self.elements.learn(identifier, &address, ticket);
                address
            }
            (Some(address), None) => smol_str::format_smolstr!("{address}"),
            (None, Some(identifier)) => self.elements.name(identifier),
            (None, None) => smol_str::format_smolstr!("{}", channel.peer.ip()),
        }
    }

    fn lifetime(&self, view: &Accounting<'_>) -> Duration {
        let told = view.interim_interval.filter(|secs| *secs > 0);
        let interval = told.map_or(self.options.interim_interval, |secs| {
            Duration::from_secs(secs.into())
        });
        interval.saturating_mul(self.options.interim_intervals_max)
    }
}

impl Room for Pk {
    fn source(&self) -> Source {
        self.source
    }

    fn input(&mut self, now: Stamp, batch: &[Input<'_>], out: &mut Outbox) {
        let chunks = batch.iter().filter_map(|input| match input {
            Input::Chunk(chunk) if chunk.heading == Heading::In => Some(*chunk),
            _ => None,
        });
        let mut fresh = Vec::new();
        self.server.take(
            chunks,
            &mut Faulty {
                source: self.source,
                out,
            },
            &mut fresh,
        );
        for request in &fresh {
            self.on_request(request, out);
        }
        for input in batch {
            if let Input::Settled(ticket, verdict) = input {
                self.on_settled(*ticket, *verdict, out);
            }
        }
        self.server.expire(now);
        self.repeats.expire(now);
    }

    fn deadline(&self) -> Option<Stamp> {
        // What expires here is memory, not state: it is forgotten when something comes in.
        None
    }

    /// The answers that an event will have, so that a request repeated after a restart is recognised.
    fn keep(&self, now: Stamp, ticket: Ticket, batch: &mut Batch) {
        let exchanges = self.waiting.get(&ticket).into_iter().flatten();
        for reply in exchanges.filter_map(|exchange| self.server.reply(*exchange)) {
            let answered = Answered {
                at: now,
                source: self.source,
                channel: reply.channel,
                identifier: reply.identifier,
                authenticator: reply.authenticator,
                octets: reply.octets.clone(),
            };
            answered.append(Partition::ALL, batch);
        }
        self.elements.keep(ticket, batch);
    }

    fn retention(&self) -> Duration {
        self.options.replies.reply_retention
    }

    fn restore(&mut self, record: RecordRef<'_>) {
        if record.kind == Kinds::ELEMENT {
            return self.elements.restore(record);
        }
        let Ok(answered) = Answered::read(record) else {
            return;
        };
        if answered.source != self.source {
            return;
        }
        let Answered {
            at,
            channel,
            identifier,
            authenticator,
            octets,
            ..
        } = answered;
        self.server.restore(
            at,
            radius::Reply {
                channel,
                identifier,
                authenticator,
                octets,
            },
        );
    }

    fn collect_writes(&mut self) {
        self.elements.collect_writes();
    }

    fn take_writes(&mut self, batch: &mut StateBatch) {
        self.elements.take_writes(batch);
    }

    fn load(&mut self, row: Row<'_>) {
        self.elements.load(row);
    }
}

/// An answer as the log keeps it for repetitions of the request after a restart.
#[derive(Debug, Deserialize, Serialize)]
struct Answered {
    at: Stamp,
    source: Source,
    channel: Channel,
    identifier: u8,
    authenticator: [u8; 16],
    octets: SmallVec<[u8; 40]>,
}

impl Record for Answered {
    const KIND: Kind = Kinds::ANSWERED;
}

/// What is wrong with a report of which nothing comes.
const fn untold(status: StatusType) -> Option<&'static str> {
    match status {
        StatusType::Start | StatusType::InterimUpdate | StatusType::Stop => Some("no-session-id"),
        StatusType::AccountingOn | StatusType::AccountingOff => Some("access-point-restarted"),
        _ => None,
    }
}

/// An outbox that knows whose faults it takes.
struct Faulty<'o> {
    source: Source,
    out: &'o mut Outbox,
}

impl Sink for Faulty<'_> {
    fn send(&mut self, channel: Channel, octets: &[u8]) {
        self.out.send(channel, octets);
    }

    fn fault(&mut self, at: Stamp, channel: Channel, kind: &'static str, offset: Option<usize>) {
        let (source, peer) = (self.source, Some(channel.peer));
        self.out.faults.push(Fault {
            at,
            source,
            kind,
            peer,
            offset,
        });
    }
}

#[cfg(test)]
mod tests;
