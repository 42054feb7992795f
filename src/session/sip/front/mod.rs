//! The one door for SIP: framing, server and client transactions on shared sockets.
//!
//! Octets, time and the fate of connections come in; what is to be sent, requests for the rooms and
//! the outcome of requests of theirs come out in the [`Outbox`]. A request leaves the rooms without
//! a Via: the front adds it, since the transport may change after the request was made.

mod hop;
mod inspect;
mod options;
mod outbox;
mod receive;
mod send;

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;

use pengate_codecs::Stamp;
use thiserror::Error;

pub use hop::Hop;
pub use options::Options;
pub use outbox::{Arrived, FaultKind, Outbox, Output};

use hop::Refused;
use send::{Pending, Spare, VIA_LEN};

use super::stream::Stream;
use super::transaction::{ClientId, Clients, Due, Retransmit, Servers};
use crate::feed::{Carrier, Channel};
use crate::session::random::Random;

/// An address at which we listen.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Listener {
    /// For datagrams or for connections.
    pub carrier: Carrier,
    /// The address.
    pub local: SocketAddr,
    /// Host and port that peers reach it by: the sent-by of our Via.
    pub sent_by: String,
}

/// Why a request of ours was not taken.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum RequestError {
    /// `requests_max` are open.
    #[error("too many open requests")]
    Full,
    /// No listener has the address family, or the connection is gone.
    #[error("no way to the peer")]
    Unreachable,
    /// The octets do not start with a request line.
    #[error("no request")]
    NotRequest,
}

/// Why an answer was not taken.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum RespondError {
    /// The transaction is over, or was answered before.
    #[error("no transaction waits for this answer")]
    Gone,
    /// The connection the request came by is gone; nobody gets the answer.
    #[error("connection gone")]
    Disconnected,
    /// The octets do not start with a status line.
    #[error("no response")]
    NotResponse,
}

/// See the [module](self).
#[derive(Clone, Debug)]
pub struct Front {
    options: Options,
    allow: String,
    listeners: Vec<Listener>,
    /// What the Via adds to a request, at most.
    via_len: usize,
    random: Random,
    /// Keeps others from choosing what our tables hash to.
    secret: u64,
    servers: Servers,
    clients: Clients<Pending>,
    spare: Spare,
    connections: HashMap<Channel, Connection>,
    by_peer: HashMap<SocketAddr, Channel>,
    /// Requests that wait for a connection.
    opening: HashMap<SocketAddr, Vec<ClientId>>,
    refused: Refused,
}

#[derive(Clone, Debug, Default)]
struct Connection {
    stream: Stream,
    /// Requests that went out here; those answered since are passed over.
    requests: VecDeque<ClientId>,
}

impl Front {
    /// Makes a front without any transaction. `random` makes branches.
    #[must_use]
    pub fn new(options: Options, listeners: Vec<Listener>, mut random: Random) -> Self {
        let hosts = listeners.iter().map(|listener| listener.sent_by.len());
        Self {
            allow: options.allow(),
            via_len: VIA_LEN + hosts.max().unwrap_or_default(),
            secret: random.bits(),
            servers: Servers::new(options.timers, options.transactions_max),
            clients: Clients::new(options.timers, options.requests_max),
            spare: Spare::default(),
            connections: HashMap::new(),
            by_peer: HashMap::new(),
            opening: HashMap::new(),
            refused: Refused::new(options.refused_for, options.refused_max),
            options,
            listeners,
            random,
        }
    }

    /// A connection came up, by whichever side: what waited for it is sent.
    pub fn up(&mut self, now: Stamp, channel: Channel, out: &mut Outbox) {
        self.connections.insert(channel, Connection::default());
        self.by_peer.insert(channel.peer, channel);
        for id in self.opening.remove(&channel.peer).unwrap_or_default() {
            self.send_on_stream(now, id, channel, out);
        }
    }

    /// A connection went down: requests that had no answer on it have failed.
    pub fn down(&mut self, channel: Channel, out: &mut Outbox) {
        let Some(connection) = self.connections.remove(&channel) else {
            return;
        };
        if self.by_peer.get(&channel.peer) == Some(&channel) {
            self.by_peer.remove(&channel.peer);
        }
        for transaction in connection.requests {
            if self.clients.fail(transaction) {
                out.push(Output::TransportError { transaction });
            }
        }
    }

    /// A connection asked for could not be opened. Requests that wanted it only for their size go
    /// as datagrams instead, and so do later ones for a time.
    pub fn refused(&mut self, now: Stamp, peer: SocketAddr, out: &mut Outbox) {
        self.refused.note(now, peer);
        for transaction in self.opening.remove(&peer).unwrap_or_default() {
            if !self.send_as_datagram(now, transaction, out) && self.clients.fail(transaction) {
                out.push(Output::TransportError { transaction });
            }
        }
    }

    /// When [`Front::tick`] may have something to do: timers of what is over by then count too.
    #[must_use]
    pub fn deadline(&self) -> Option<Stamp> {
        let deadlines = [self.servers.deadline(), self.clients.deadline()];
        deadlines.into_iter().flatten().min()
    }

    /// Does what is due.
    pub fn tick(&mut self, now: Stamp, out: &mut Outbox) {
        while let Some(due) = self.servers.expire(now) {
            match due {
                Due::Resend(id) => {
                    if let Some((channel, response)) = self.servers.response(id) {
                        out.send(channel, response);
                    }
                }
                Due::Unanswered(channel) => out.fault(channel, FaultKind::Unanswered),
            }
        }
        while let Some(due) = self.clients.expire(now) {
            match due {
                Retransmit::Again(id) => self.send_again(id, out),
                Retransmit::Timeout(transaction) => out.push(Output::Timeout { transaction }),
            }
        }
    }

    /// How many requests of others are open or remembered.
    #[must_use]
    pub fn transactions(&self) -> usize {
        self.servers.len()
    }

    /// How many requests of ours are open or absorb late copies of their response.
    #[must_use]
    pub fn requests(&self) -> usize {
        self.clients.len()
    }
}

#[cfg(test)]
mod tests;
