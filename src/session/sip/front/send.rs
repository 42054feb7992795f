//! Requests of ours on their way (RFC 3261 clauses 17.1.2 and 18.1.1).

use std::net::SocketAddr;

use pengate_codecs::Stamp;
use pengate_codecs::sip::Method;
use smol_str::SmolStr;

use super::{Front, Hop, Listener, Outbox, Output, RequestError};
use crate::feed::{Carrier, Channel};
use crate::session::sip::Branch;
use crate::session::sip::transaction::ClientId;

/// A request that waits for its answer.
#[derive(Clone, Debug)]
pub(super) struct Pending {
    /// Kept aside, since every response is held against it and the message is seldom needed again.
    method: SmolStr,
    /// The message without Via.
    pub(super) request: Vec<u8>,
    hop: Hop,
    /// Whether it went over a stream for its size alone, so that a datagram will do as well.
    by_size: bool,
    /// Where it was sent as a datagram.
    datagram: Option<Channel>,
}

/// The most octets of a UDP datagram: 65,535 less the headers of UDP and IPv4.
const DATAGRAM_MAX: usize = 65_507;

/// How close to the MTU a request may come (RFC 3261 clause 18.1.1).
const MTU_MARGIN: usize = 200;

impl Pending {
    /// Whether the request has this method.
    pub(super) fn is_method(&self, method: Method<'_>) -> bool {
        self.method == method.as_str()
    }

    /// The path it takes as a datagram.
    fn datagram_channel(&self, listeners: &[Listener]) -> Option<Channel> {
        match self.hop {
            Hop::Channel(channel) if channel.carrier == Carrier::Udp => Some(channel),
            hop => listener(listeners, Carrier::Udp, hop.peer()).map(|listener| Channel {
                carrier: Carrier::Udp,
                local: listener.local,
                peer: hop.peer(),
            }),
        }
    }
}

impl Front {
    /// Sends a request: `request` is the whole message but for the Via, which is added. `partition`
    /// says whose it is and comes back in the branch. The outcome is one [`Output::Response`],
    /// [`Output::Timeout`] or [`Output::TransportError`].
    ///
    /// # Errors
    /// [`RequestError`]; nothing is sent and nothing will come out then.
    pub fn request(
        &mut self,
        now: Stamp,
        hop: Hop,
        partition: u16,
        request: &[u8],
        out: &mut Outbox,
    ) -> Result<ClientId, RequestError> {
        let method = method_of(request).ok_or(RequestError::NotRequest)?;
        let unique = self.random.bits();
        let id = ClientId(Branch { partition, unique });
        if !self.clients.admits(id) {
            return Err(RequestError::Full);
        }
        let mut pending = Pending {
            method: method.into(),
            request: self.spare.take(),
            hop,
            by_size: false,
            datagram: None,
        };
        let way = match self.way(now, request.len(), &mut pending) {
            Ok(way) => way,
            Err(error) => {
                self.spare.give(pending.request);
                return Err(error);
            }
        };
        pending.request.extend_from_slice(request);
        match way {
            Way::Datagram => {
                let channel = pending.datagram_channel(&self.listeners);
                pending.datagram = channel;
                if let Some(channel) = channel {
                    self.send_written(id, request, channel, out);
                }
                self.clients.start_datagram(now, id, pending);
            }
            Way::Stream(channel) => {
                self.clients.start(now, id, pending);
                self.send_on_stream(now, id, channel, out);
            }
            Way::Open(peer) => {
                self.clients.start(now, id, pending);
                let waiting = self.opening.entry(peer).or_default();
                if waiting.is_empty() {
                    out.push(Output::Open { peer });
                }
                waiting.push(id);
            }
        }
        Ok(id)
    }

    /// Chooses the transport.
    fn way(&self, now: Stamp, len: usize, pending: &mut Pending) -> Result<Way, RequestError> {
        let peer = pending.hop.peer();
        let named = match pending.hop {
            Hop::Channel(channel) if channel.carrier == Carrier::Tcp => {
                let connected = self.connections.contains_key(&channel);
                let way = connected.then_some(Way::Stream(channel));
                return way.ok_or(RequestError::Unreachable);
            }
            Hop::Channel(_) => None,
            Hop::Address { carrier, .. } => carrier,
        };
        let len = len + self.via_len;
        let fits = len + MTU_MARGIN <= self.mtu(peer);
        let stream = listener(&self.listeners, Carrier::Tcp, peer).is_some();
        let datagram =
            len <= DATAGRAM_MAX && listener(&self.listeners, Carrier::Udp, peer).is_some();
        pending.by_size = named != Some(Carrier::Tcp);
        let wants_stream = !pending.by_size || (!fits && !self.refused.contains(now, peer));
        if stream && (wants_stream || !datagram) {
            let open = self.by_peer.get(&peer).copied();
            return Ok(open.map_or(Way::Open(peer), Way::Stream));
        }
        if datagram && pending.by_size {
            return Ok(Way::Datagram);
        }
        Err(RequestError::Unreachable)
    }

    fn mtu(&self, peer: SocketAddr) -> usize {
        if peer.ip().to_canonical().is_loopback() {
            self.options.mtu_loopback_bytes
        } else {
            self.options.mtu_bytes
        }
    }

    /// Sends on a connection; nothing is lost there, so it is sent once.
    pub(super) fn send_on_stream(
        &mut self,
        now: Stamp,
        id: ClientId,
        channel: Channel,
        out: &mut Outbox,
    ) {
        let Some(pending) = self.clients.request_mut(id) else {
            return;
        };
        let request = std::mem::take(&mut pending.request);
        self.send_written(id, &request, channel, out);
        if let Some(pending) = self.clients.request_mut(id) {
            pending.request = request;
        }
        self.clients.sent(now, id, Carrier::Tcp);
        let Some(connection) = self.connections.get_mut(&channel) else {
            return;
        };
        let clients = &mut self.clients;
        while let Some(first) = connection.requests.front().copied() {
            if clients.request_mut(first).is_some() {
                break;
            }
            connection.requests.pop_front();
        }
        connection.requests.push_back(id);
    }

    /// Sends as a datagram. False when that cannot be.
    pub(super) fn send_as_datagram(&mut self, now: Stamp, id: ClientId, out: &mut Outbox) -> bool {
        let Some(pending) = self.clients.request_mut(id) else {
            return true;
        };
        if !pending.by_size || pending.request.len() + self.via_len > DATAGRAM_MAX {
            return false;
        }
        let Some(channel) = pending.datagram_channel(&self.listeners) else {
            return false;
        };
        pending.datagram = Some(channel);
        self.send_again(id, out);
        self.clients.sent(now, id, Carrier::Udp);
        true
    }

    /// Sends a datagram, for the first time or again.
    pub(super) fn send_again(&mut self, id: ClientId, out: &mut Outbox) {
        let Some(pending) = self.clients.request_mut(id) else {
            return;
        };
        let Some(channel) = pending.datagram else {
            return;
        };
        let request = std::mem::take(&mut pending.request);
        self.send_written(id, &request, channel, out);
        if let Some(pending) = self.clients.request_mut(id) {
            pending.request = request;
        }
    }

    /// Sends the start line, our Via, and the rest.
    fn send_written(&self, id: ClientId, request: &[u8], channel: Channel, out: &mut Outbox) {
        let start = out.arena.len();
        let octets = &mut out.arena;
        let line = memchr::memchr(b'\n', request).map_or(0, |end| end + 1);
        let (line, rest) = request.split_at(line);
        octets.extend_from_slice(line);
        octets.extend_from_slice(match channel.carrier {
            Carrier::Tcp => b"Via: SIP/2.0/TCP ",
            Carrier::Udp | Carrier::Sctp | Carrier::Mtp => b"Via: SIP/2.0/UDP ",
        });
        match listener(&self.listeners, channel.carrier, channel.peer) {
            Some(listener) => octets.extend_from_slice(listener.sent_by.as_bytes()),
            None => octets.extend_from_slice(channel.local.to_string().as_bytes()),
        }
        octets.extend_from_slice(b";branch=");
        id.0.write(octets);
        octets.extend_from_slice(b";rport\r\n");
        octets.extend_from_slice(rest);
        out.send_from(channel, start);
    }
}

/// The method of a request, if its first line is that of one.
fn method_of(request: &[u8]) -> Option<&str> {
    let end = memchr::memchr(b'\n', request)?;
    let line = request.get(..end)?.strip_suffix(b"\r")?;
    let method = line.get(..memchr::memchr(b' ', line)?)?;
    let method = std::str::from_utf8(method).ok()?;
    (!method.starts_with("SIP/")).then_some(method)
}

/// The listener that a request to `peer` leaves by.
fn listener(listeners: &[Listener], carrier: Carrier, peer: SocketAddr) -> Option<&Listener> {
    let fits = |listener: &&Listener| {
        listener.carrier == carrier && listener.local.is_ipv4() == peer.is_ipv4()
    };
    let near = |listener: &&Listener| {
        let local = listener.local.ip();
        local.is_loopback() == peer.ip().is_loopback()
    };
    let mut listeners = listeners.iter().filter(fits);
    let first = listeners.clone().next();
    listeners.find(near).or(first)
}

/// Memory of requests that were answered, for the next ones.
#[derive(Clone, Debug, Default)]
pub(super) struct Spare {
    buffers: Vec<Vec<u8>>,
}

impl Spare {
    /// Most buffers kept, and the most octets each may hold.
    const BUFFERS_MAX: usize = 1_024;
    const OCTETS_MAX: usize = 4_096;

    /// An empty buffer.
    pub(super) fn take(&mut self) -> Vec<u8> {
        self.buffers.pop().unwrap_or_default()
    }

    /// Takes back a buffer that nobody needs any more.
    pub(super) fn give(&mut self, mut buffer: Vec<u8>) {
        if self.buffers.len() < Self::BUFFERS_MAX && buffer.capacity() <= Self::OCTETS_MAX {
            buffer.clear();
            self.buffers.push(buffer);
        }
    }
}

/// What a Via of ours adds beside its sent-by.
pub(super) const VIA_LEN: usize =
    "Via: SIP/2.0/UDP ;branch=z9hG4bK-0000-0000000000000000;rport\r\n".len();

/// How a request goes.
enum Way {
    Datagram,
    Stream(Channel),
    Open(SocketAddr),
}
