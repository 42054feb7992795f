//! Requests of ours on their way (RFC 3261 clauses 17.1.2 and 18.1.1).

use std::io::Write as _;
use std::net::SocketAddr;

use pengate_codecs::Stamp;
use pengate_codecs::sip::Method;

use super::{Front, Hop, Listener, Outbox, Output, RequestError};
use crate::feed::{Carrier, Channel};
use crate::session::sip::Branch;
use crate::session::sip::transaction::ClientId;

/// A request that waits for its answer.
#[derive(Clone, Debug)]
pub(super) struct Pending {
    /// The message without Via.
    request: Box<[u8]>,
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
        let rest = self.request.strip_prefix(method.as_str().as_bytes());
        rest.is_some_and(|rest| rest.first() == Some(&b' '))
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
        if !request.windows(2).any(|pair| pair == b"\r\n") || request.starts_with(b"SIP/") {
            return Err(RequestError::NotRequest);
        }
        let unique = self.random.bits();
        let id = ClientId(Branch { partition, unique });
        if !self.clients.admits(id) {
            return Err(RequestError::Full);
        }
        let mut pending = Pending {
            request: request.into(),
            hop,
            by_size: false,
            datagram: None,
        };
        let way = self.way(now, &mut pending)?;
        self.clients.start(now, id, pending);
        match way {
            Way::Stream(channel) => self.send_on_stream(now, id, channel, out),
            Way::Open(peer) => {
                let waiting = self.opening.entry(peer).or_default();
                if waiting.is_empty() {
                    out.push(Output::Open { peer });
                }
                waiting.push(id);
            }
            Way::Datagram => {
                self.send_as_datagram(now, id, out);
            }
        }
        Ok(id)
    }

    /// Chooses the transport.
    fn way(&self, now: Stamp, pending: &mut Pending) -> Result<Way, RequestError> {
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
        let len = pending.request.len() + self.via_len;
        let fits = len + MTU_MARGIN <= self.mtu(peer);
        let stream = self.listener(Carrier::Tcp, peer).is_some();
        let datagram = self.listener(Carrier::Udp, peer).is_some() && len <= DATAGRAM_MAX;
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

    /// The listener that a request to `peer` leaves by.
    fn listener(&self, carrier: Carrier, peer: SocketAddr) -> Option<&Listener> {
        let fits = |listener: &&Listener| {
            listener.carrier == carrier && listener.local.is_ipv4() == peer.is_ipv4()
        };
        let near = |listener: &&Listener| {
            let local = listener.local.ip();
            local.is_loopback() == peer.ip().is_loopback()
        };
        let mut listeners = self.listeners.iter().filter(fits);
        let first = listeners.clone().next();
        listeners.find(near).or(first)
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
        let start = out.arena.len();
        self.write(id, &request, channel, &mut out.arena);
        out.send_from(channel, start);
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
        let hop = pending.hop;
        let channel = match hop {
            Hop::Channel(channel) if channel.carrier == Carrier::Udp => Some(channel),
            _ => self
                .listener(Carrier::Udp, hop.peer())
                .map(|listener| Channel {
                    carrier: Carrier::Udp,
                    local: listener.local,
                    peer: hop.peer(),
                }),
        };
        let Some(channel) = channel else {
            return false;
        };
        if let Some(pending) = self.clients.request_mut(id) {
            pending.datagram = Some(channel);
        }
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
        let start = out.arena.len();
        self.write(id, &request, channel, &mut out.arena);
        out.send_from(channel, start);
        if let Some(pending) = self.clients.request_mut(id) {
            pending.request = request;
        }
    }

    /// Writes the start line, our Via, and the rest.
    fn write(&self, id: ClientId, request: &[u8], channel: Channel, out: &mut Vec<u8>) {
        let line = memchr::memchr(b'\n', request).map_or(0, |end| end + 1);
        let (line, rest) = request.split_at(line);
        let transport = match channel.carrier {
            Carrier::Tcp => "TCP",
            Carrier::Udp | Carrier::Sctp | Carrier::Mtp => "UDP",
        };
        let branch = id.0;
        out.extend_from_slice(line);
        // Writing to a vector cannot fail.
        let _ = match self.listener(channel.carrier, channel.peer) {
            Some(listener) => {
                let host = &listener.sent_by;
                write!(
                    out,
                    "Via: SIP/2.0/{transport} {host};branch={branch};rport\r\n"
                )
            }
            None => {
                let host = channel.local;
                write!(
                    out,
                    "Via: SIP/2.0/{transport} {host};branch={branch};rport\r\n"
                )
            }
        };
        out.extend_from_slice(rest);
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
