//! Pl: the location server, a GMLC (TS 23.141 clause 4.3.7, OMA Mobile Location Protocol).
//!
//! While the place of a presentity is shown to somebody, its server is asked where the subscriber
//! is; what servers push is taken as well, and answered when it is durable. A result that forbids
//! to locate the subscriber takes away at once what was known.

mod answer;
mod estimate;
mod gmlc;
mod options;
mod push;
pub(super) mod subscribers;
#[cfg(test)]
mod tests;
mod unrecorded;

use std::{collections::BTreeMap, net::SocketAddr};

use pengate_codecs::{Stamp, mlp::Limits};
use smol_str::SmolStr;

pub use self::options::{Options, ServerOptions, VersionOption};
use self::{
    gmlc::Gmlc,
    push::{Pushed, Pushes},
    subscribers::{Ending, Name, Pace, Subscribers},
    unrecorded::Unrecorded,
};
use super::{
    arrival::Arrivals,
    room::{Fault, Input, Outbox, Room, Watch},
};
use crate::{
    event::Source,
    feed::{Channel, Chunk, Heading},
    session::{
        http::{self, Reply, Sink},
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
    unrecorded: Unrecorded,
    arrivals: Arrivals,
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
            unrecorded: Unrecorded::default(),
            arrivals: Arrivals::default(),
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
        // One that carried nothing just then ended in order.
        if let Some((presentity, _)) = asked {
            out.faults
                .push(fault(now, "connection-lost", Some(channel.peer), None));
            self.servers[place].failed(now, (&self.options, &mut self.random), out);
            self.subscribers
                .finish(now, &presentity, Ending::Lost, &self.pace);
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
                            target: SmolStr::from(request.origin_form()),
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
            self.servers[place].broke(at, out);
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
                if let Some(connection) = server.connections.get_mut(&channel) {
                    connection.is_ending = true;
                    if let Some((presentity, _)) = connection.asked.take() {
                        self.subscribers
                            .finish(now, &presentity, Ending::Failed, &self.pace);
                    }
                }
                server.failed(now, (&self.options, &mut self.random), out);
            }
            server.show(now, out);
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
            let held = server.held_until(now).filter(move |_| is_waiting);
            let resumes = server.resumes();
            server
                .deadline(timeout)
                .into_iter()
                .chain(held)
                .chain(resumes)
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
                Input::Chunk(_) | Input::Request(_) => {}
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

    fn resume(&mut self, source: Source, newest: Stamp) {
        if source == Source::Pl {
            self.arrivals.resume(newest);
        }
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
