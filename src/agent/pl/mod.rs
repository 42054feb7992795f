//! Pl: the location server, a GMLC (TS 23.141 clause 4.3.7, OMA Mobile Location Protocol).
//!
//! While the place of a presentity is shown to somebody, its server is asked where the subscriber
//! is; what servers push is taken as well, and answered when it is durable. A result that forbids
//! to locate the subscriber takes away at once what was known.

mod estimate;
mod gmlc;
mod options;
mod push;
mod subscribers;
#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, net::SocketAddr, time::Duration};

use pengate_codecs::{
    Stamp,
    mlp::{Answer, Body, Estimate, Limits, Position, ResultCode, ResultRange, read, text_of},
};
use smol_str::SmolStr;

pub use self::options::{Options, ServerOptions, VersionOption};
use self::{
    gmlc::Gmlc,
    push::{Pushed, Pushes},
    subscribers::{Ending, Name, Pace, Subscribers},
};
use super::room::{Fault, Input, Outbox, Room, Ticket, Watch};
use crate::{
    event::{Located, Place, Source, Subject},
    feed::{Channel, Chunk, Heading},
    pen::Presentity,
    session::{
        http::{self, Reply, Response, Sink},
        random::Random,
    },
};

/// What bodies are.
const XML: &str = "text/xml; charset=utf-8";

/// The room.
#[derive(Debug)]
pub struct Pl {
    options: Options,
    limits: Limits,
    pace: Pace,
    servers: Vec<Gmlc>,
    subscribers: Subscribers,
    /// Connections on which servers push.
    listeners: BTreeMap<Channel, http::Server>,
    pushes: Pushes,
    next_ticket: u64,
    random: Random,
    deadline: Option<Stamp>,
}

impl Pl {
    /// A room that asks these servers; `random` spreads what is tried again.
    #[must_use]
    pub fn new(options: Options, random: Random) -> Self {
        let pace = Pace {
            interval: options.subscriber_interval,
            max_age: options.max_age,
            refusal_interval: options.refusal_interval,
            retry_max: options.retry_max,
        };
        let limits = Limits {
            octets_max: options.http.body_bytes_max,
            ..Limits::default()
        };
        let servers = options.servers.iter().cloned().map(Gmlc::new).collect();
        Self {
            options,
            limits,
            pace,
            servers,
            subscribers: Subscribers::default(),
            listeners: BTreeMap::new(),
            pushes: Pushes::default(),
            next_ticket: 0,
            random,
            deadline: None,
        }
    }

    fn on_watch(&mut self, now: Stamp, watch: &Watch<'_>, out: &mut Outbox) {
        if !(watch.watched && watch.place) {
            return self.subscribers.unwatch(watch.presentity);
        }
        // More of the subscriber's identities may become known later.
        let Some(name) = Name::of(watch.subject).filter(|_| !self.servers.is_empty()) else {
            return;
        };
        let is_full = self.subscribers.len() >= self.options.subscribers_max;
        if is_full && !self.subscribers.holds(watch.presentity) {
            return out.faults.push(fault(now, "subscribers-full", None, None));
        }
        self.subscribers.watch(now, watch.presentity, name);
    }

    fn on_up(&mut self, now: Stamp, channel: Channel, out: &mut Outbox) {
        if let Some(server) = self
            .servers
            .iter_mut()
            .find(|server| server.expects(channel))
        {
            return server.up(now, channel, out);
        }
        self.listen(now, channel, out);
    }

    /// A connection that somebody else opened.
    fn listen(&mut self, now: Stamp, channel: Channel, out: &mut Outbox) {
        if self.listeners.len() >= self.options.push_connections_max {
            out.faults
                .push(fault(now, "connections-full", Some(channel.peer), None));
            return out.hang_ups.push(channel);
        }
        self.listeners.insert(channel, http::Server::new(now));
    }

    fn on_refused(&mut self, now: Stamp, peer: SocketAddr, out: &mut Outbox) {
        let mut servers = self.servers.iter_mut();
        if let Some(server) = servers.find(|server| server.options.address == peer) {
            out.faults
                .push(fault(now, "not-connected", Some(peer), None));
            server.failed(now, (&self.options, &mut self.random), out);
        }
    }

    fn on_down(&mut self, now: Stamp, channel: Channel, out: &mut Outbox) {
        if self.listeners.remove(&channel).is_some() {
            return;
        }
        let Some(place) = self.server_of(channel) else {
            return;
        };
        let Some(mut connection) = self.servers[place].connections.remove(&channel) else {
            return;
        };
        let mut asked = connection.asked.take();
        connection.http.end(|reply| {
            if let (Reply::Answer(response), Some(asked)) = (reply, asked.take()) {
                self.on_response(now, (place, channel), asked, &response, out);
            }
        });
        let server = &mut self.servers[place];
        match asked {
            None => server.closed(now, out),
            Some((presentity, _)) => {
                out.faults
                    .push(fault(now, "connection-lost", Some(channel.peer), None));
                server.failed(now, (&self.options, &mut self.random), out);
                self.subscribers
                    .finish(now, &presentity, Ending::Lost, &self.pace);
            }
        }
    }

    fn on_chunk(&mut self, chunk: &Chunk<'_>, out: &mut Outbox) {
        let Chunk { at, channel, .. } = *chunk;
        match self.server_of(channel) {
            Some(place) => self.on_answer(place, chunk, out),
            None => {
                if !self.listeners.contains_key(&channel) {
                    self.listen(at, channel, out);
                }
                let Some(connection) = self.listeners.get_mut(&channel) else {
                    return;
                };
                let mut requests = Vec::new();
                let mut wire = Wire { at, channel, out };
                let options = &self.options.http;
                connection.take(
                    at,
                    chunk.bytes,
                    options,
                    &mut wire,
                    |exchange, request, _| {
                        requests.push(Pushed {
                            channel,
                            exchange,
                            method: request.method,
                            target: SmolStr::from(request.target),
                            body: request.body.to_vec(),
                        });
                    },
                );
                for pushed in &requests {
                    self.on_push(at, pushed, out);
                }
            }
        }
    }

    fn on_answer(&mut self, place: usize, chunk: &Chunk<'_>, out: &mut Outbox) {
        let Chunk { at, channel, .. } = *chunk;
        let Some(mut connection) = self.servers[place].connections.remove(&channel) else {
            return;
        };
        let http_options = self.options.http.clone();
        let mut asked = connection.asked.take();
        let mut unasked = false;
        let taken = connection
            .http
            .take(chunk.bytes, &http_options, |reply| match reply {
                Reply::Answer(response) => {
                    if let Some(asked) = asked.take() {
                        self.on_response(at, (place, channel), asked, &response, out);
                    }
                }
                Reply::Unasked(_) => unasked = true,
            });
        connection.asked = asked;
        if let Err(error) = taken {
            out.faults
                .push(fault(at, error.kind(), Some(channel.peer), None));
            if let Some((presentity, _)) = connection.asked.take() {
                self.subscribers
                    .finish(at, &presentity, Ending::Failed, &self.pace);
            }
        }
        if unasked {
            out.faults
                .push(fault(at, "unasked-answer", Some(channel.peer), None));
        }
        if (unasked || !connection.http.is_kept()) && !connection.is_ending {
            connection.is_ending = true;
            out.hang_ups.push(channel);
        }
        self.servers[place].connections.insert(channel, connection);
    }

    fn on_response(
        &mut self,
        now: Stamp,
        (place, channel): (usize, Channel),
        (presentity, name): (Presentity, Name),
        response: &Response<'_>,
        out: &mut Outbox,
    ) {
        let peer = Some(channel.peer);
        let ending = match response.status {
            200 => {
                self.servers[place].answered(now, out);
                self.on_slia(now, (place, channel), name, response.body, out)
            }
            status => {
                let (kind, told) = match status {
                    // Our name or password is wrong: only the operator can mend that.
                    401 | 403 => ("http-unauthorized", Some(self.options.retry_max)),
                    429 | 500..=599 => ("http-unavailable", response.retry_after),
                    _ => ("http-status", Some(self.options.retry_max)),
                };
                out.faults.push(fault(now, kind, peer, None));
                self.pause(now, place, told, out);
                Ending::Lost
            }
        };
        self.subscribers
            .finish(now, &presentity, ending, &self.pace);
    }

    /// Takes the answer about one subscriber.
    fn on_slia(
        &mut self,
        now: Stamp,
        (place, channel): (usize, Channel),
        name: Name,
        body: &[u8],
        out: &mut Outbox,
    ) -> Ending {
        let peer = Some(channel.peer);
        let text = text_of(body);
        let document = text.as_ref().map_err(|error| *error);
        let document = match document.and_then(|text| read(text, &self.limits)) {
            Ok(document) => document,
            Err(error) => {
                out.faults
                    .push(fault(now, error.kind.name(), peer, Some(error.at)));
                return Ending::Failed;
            }
        };
        let positions = match &document.body {
            Body::Answer(Answer::Positions(positions)) => positions,
            Body::Answer(Answer::Refused(outcome)) => {
                let code = outcome.code;
                let (withheld, ending) = self.on_result(now, code, peer, out);
                if let Some(located) = withheld {
                    let reporter = self.servers[place].options.name.clone();
                    self.tell(reporter, now, name.subject(), located, out);
                }
                self.on_server_result(now, place, code, out);
                return ending;
            }
            Body::Answer(Answer::Accepted { .. }) | Body::Report(_) | Body::Request(_) => {
                out.faults.push(fault(now, "service", peer, None));
                return Ending::Failed;
            }
        };
        let mut ending = Ending::Failed;
        for position in positions {
            let told = estimate::subject(&position.msids);
            if told.is_some_and(|told| name.contradicts(&told)) {
                out.faults.push(fault(now, "other-subscriber", peer, None));
                continue;
            }
            if let Estimate::Failed(error) = &position.estimate {
                self.on_server_result(now, place, error.outcome.code, out);
            }
            let (located, come_of_it) = self.located(now, position, peer, out);
            if let Some((at, located)) = located {
                let reporter = self.servers[place].options.name.clone();
                self.tell(reporter, at, name.subject(), located, out);
            }
            ending = come_of_it;
        }
        ending
    }

    /// What a position tells, and when it was so; and what comes of the request for it.
    fn located(
        &self,
        now: Stamp,
        position: &Position<'_>,
        peer: Option<SocketAddr>,
        out: &mut Outbox,
    ) -> (Option<(Stamp, Located)>, Ending) {
        let data = match &position.estimate {
            Estimate::Located(data) => data,
            Estimate::Failed(error) => {
                let (withheld, ending) = self.on_result(now, error.outcome.code, peer, out);
                return (withheld.map(|located| (now, located)), ending);
            }
            Estimate::Unreadable(error) => {
                out.faults
                    .push(fault(now, error.kind.name(), peer, Some(error.at)));
                return (None, Ending::Failed);
            }
            Estimate::At(_) | Estimate::Absent => return (None, Ending::Failed),
        };
        if data.time > now + self.options.clock_ahead_max {
            out.faults.push(fault(now, "time-ahead", peer, None));
            return (None, Ending::Failed);
        }
        // A clock that is a little fast does not outdo what is forbidden later.
        let at = data.time.min(now);
        let Some(place) = estimate::place(position, data, at) else {
            out.faults.push(fault(now, "no-place", peer, None));
            return (None, Ending::Failed);
        };
        let located = Located {
            place,
            lifetime: Some(self.options.lifetime),
        };
        (Some((at, located)), Ending::Located)
    }

    /// What a result means for a subscriber: one that forbids takes away what is known.
    fn on_result(
        &self,
        now: Stamp,
        code: ResultCode,
        peer: Option<SocketAddr>,
        out: &mut Outbox,
    ) -> (Option<Located>, Ending) {
        if code.is_forbidden() {
            let located = Located {
                place: Place::default(),
                lifetime: None,
            };
            return (Some(located), Ending::Refused);
        }
        let ending = match code {
            ResultCode::UNKNOWN_SUBSCRIBER => Ending::Refused,
            _ => Ending::Failed,
        };
        // An absent subscriber is nobody's fault.
        if code != ResultCode::ABSENT_SUBSCRIBER {
            let kind = match code.range() {
                ResultRange::Server => "result-server",
                ResultRange::Request => "result-request",
                ResultRange::Network => "result-network",
                ResultRange::Vendor | ResultRange::Client | ResultRange::Reserved => "result-other",
            };
            out.faults.push(fault(now, kind, peer, None));
        }
        (None, ending)
    }

    /// What a result means for the server as a whole.
    fn on_server_result(&mut self, now: Stamp, place: usize, code: ResultCode, out: &mut Outbox) {
        match code {
            ResultCode::UNAUTHORIZED_APPLICATION | ResultCode::UNSUPPORTED_VERSION => {
                self.pause(now, place, Some(self.options.retry_max), out);
            }
            ResultCode::CONGESTION_IN_LOCATION_SERVER => self.pause(now, place, None, out),
            _ => {}
        }
    }

    fn pause(&mut self, now: Stamp, place: usize, told: Option<Duration>, out: &mut Outbox) {
        let scope = (&self.options, &mut self.random);
        self.servers[place].pause(now, told, scope, out);
    }

    fn tell(
        &mut self,
        reporter: SmolStr,
        at: Stamp,
        subject: Subject,
        located: Located,
        out: &mut Outbox,
    ) -> Ticket {
        let ticket = Ticket(self.next_ticket);
        self.next_ticket += 1;
        let event = estimate::event(reporter, at, subject, located);
        out.events.push((ticket, event));
        ticket
    }

    fn server_of(&self, channel: Channel) -> Option<usize> {
        let mut servers = self.servers.iter();
        servers.position(|server| server.connections.contains_key(&channel))
    }

    /// Ends what takes too long.
    fn expire(&mut self, now: Stamp, out: &mut Outbox) {
        let timeout = self.options.request_timeout;
        for place in 0..self.servers.len() {
            let server = &mut self.servers[place];
            let peer = Some(server.options.address);
            if server.gives_up(timeout).is_some_and(|at| at <= now) {
                out.faults.push(fault(now, "not-connected", peer, None));
                server.failed(now, (&self.options, &mut self.random), out);
            }
            for channel in server.overdue(now, timeout) {
                out.faults.push(fault(now, "no-answer", peer, None));
                out.hang_ups.push(channel);
                server.failed(now, (&self.options, &mut self.random), out);
                if let Some(connection) = server.connections.get_mut(&channel) {
                    connection.is_ending = true;
                    if let Some((presentity, _)) = connection.asked.take() {
                        self.subscribers
                            .finish(now, &presentity, Ending::Failed, &self.pace);
                    }
                }
            }
        }
        for (channel, connection) in &mut self.listeners {
            let mut wire = Wire {
                at: now,
                channel: *channel,
                out,
            };
            connection.tick(now, &self.options.http, &mut wire);
        }
    }

    /// Asks for as many of those who are due as there are free connections.
    fn pump(&mut self, now: Stamp, out: &mut Outbox) {
        let overflow = self
            .subscribers
            .advance(now, self.options.queue_max, &self.pace);
        if overflow > 0 {
            out.faults.push(fault(now, "queue-full", None, None));
        }
        while self.subscribers.has_waiting() {
            let free = self.servers.iter().enumerate().find_map(|(place, server)| {
                let channel = server.free(now)?;
                Some((place, channel))
            });
            let Some((place, channel)) = free else {
                return self.connect(now, out);
            };
            if let Some(asked) = self.subscribers.ask(now, &self.pace) {
                self.servers[place].ask(now, channel, asked, &self.options, out);
            }
        }
    }

    /// Asks for one more connection to the first server that is not held back.
    fn connect(&mut self, now: Stamp, out: &mut Outbox) {
        let mut servers = self.servers.iter_mut();
        if let Some(server) = servers.find(|server| !server.is_out(now)) {
            server.connect(now, out);
        }
    }

    fn next_deadline(&mut self, now: Stamp) -> Option<Stamp> {
        let timeout = self.options.request_timeout;
        let is_waiting = self.subscribers.has_waiting();
        let servers = self.servers.iter().flat_map(|server| {
            let held = server.held_until(now).filter(|_| is_waiting);
            server.deadline(timeout).into_iter().chain(held)
        });
        let listeners = self.listeners.values();
        let listeners = listeners.filter_map(|server| server.deadline(&self.options.http));
        servers
            .chain(listeners)
            .chain(self.subscribers.deadline())
            .min()
    }
}

impl Room for Pl {
    fn source(&self) -> Source {
        Source::Pl
    }

    fn input(&mut self, now: Stamp, batch: &[Input<'_>], out: &mut Outbox) {
        for input in batch {
            match input {
                Input::Chunk(chunk) if chunk.heading == Heading::In => self.on_chunk(chunk, out),
                Input::Chunk(_) => {}
                Input::Up(channel) => self.on_up(now, *channel, out),
                Input::Down(channel) => self.on_down(now, *channel, out),
                Input::Refused(peer) => self.on_refused(now, *peer, out),
                Input::Watch(watch) => self.on_watch(now, watch, out),
                Input::Settled(ticket, verdict) => self.on_settled(now, *ticket, *verdict, out),
            }
        }
        self.expire(now, out);
        self.pump(now, out);
        self.deadline = self.next_deadline(now);
    }

    fn deadline(&self) -> Option<Stamp> {
        self.deadline
    }
}

const fn fault(
    at: Stamp,
    kind: &'static str,
    peer: Option<SocketAddr>,
    offset: Option<usize>,
) -> Fault {
    Fault {
        at,
        source: Source::Pl,
        kind,
        peer,
        offset,
    }
}

/// What a listening connection says.
struct Wire<'o> {
    at: Stamp,
    channel: Channel,
    out: &'o mut Outbox,
}

impl Sink for Wire<'_> {
    fn send(&mut self, octets: &[u8]) {
        self.out.send(self.channel, octets);
    }

    fn close(&mut self) {
        self.out.hang_ups.push(self.channel);
    }

    fn fault(&mut self, kind: &'static str) {
        let peer = Some(self.channel.peer);
        self.out.faults.push(fault(self.at, kind, peer, None));
    }
}
