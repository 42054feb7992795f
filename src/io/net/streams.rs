//! Connections over TCP and associations over SCTP: each known by its channel.

use std::{
    borrow::Cow,
    collections::VecDeque,
    io::{self, Read, Write},
    net::SocketAddr,
    os::fd::AsFd,
};

use hashbrown::HashMap;
use mio::{
    Interest, Registry, Token,
    net::{TcpListener, TcpStream},
};
use pengate_codecs::{Stamp, m3ua};
use socket2::{Domain, Protocol, Socket, Type};

pub use crate::config::Connections as Options;
use crate::{
    feed::{Carrier, Channel},
    gateway::Service,
    io::sys::sctp,
};

/// Takes the octets of connections and what happened to them.
pub type Each<'e> = dyn FnMut(Service, Result<(Channel, &[u8]), Happening>) + 'e;

/// What happened to a connection.
#[derive(Debug)]
pub enum Happening {
    /// It came about.
    Up(Channel),
    /// It ended.
    Down(Channel),
    /// It never came about.
    Refused(Channel),
}

/// How many sockets can be opened one after the other before tokens would meet those of another set.
pub const TOKENS: usize = 1 << 48;

struct Listener {
    socket: TcpListener,
    carrier: Carrier,
    local: SocketAddr,
    service: Service,
}

struct Connection {
    service: Service,
    /// The socket; of SCTP as well: what is common to both is the same call.
    stream: TcpStream,
    channel: Channel,
    backlog: Backlog,
    /// A message of SCTP of which more is to come.
    partial: Partial,
    is_up: bool,
    touched: Stamp,
}

/// Listeners and connections that share their limits.
pub struct Streams {
    options: Options,
    listeners: Vec<Listener>,
    first_token: usize,
    connections: HashMap<Token, Connection>,
    tokens: HashMap<Channel, Token>,
    next_token: usize,
    scratch: Vec<u8>,
}

impl Streams {
    /// No sockets yet. Tokens from `first_token` on, [`TOKENS`] of them, are theirs.
    #[must_use]
    pub fn new(options: Options, first_token: usize) -> Self {
        Self {
            options,
            listeners: Vec::new(),
            first_token,
            connections: HashMap::new(),
            tokens: HashMap::new(),
            next_token: first_token,
            scratch: vec![0; 64 << 10],
        }
    }

    /// Listens on `address`; port 0 takes any free one. Returns the address bound.
    ///
    /// # Errors
    /// What the system says.
    pub fn listen(
        &mut self,
        service: Service,
        carrier: Carrier,
        address: SocketAddr,
        registry: &Registry,
    ) -> io::Result<SocketAddr> {
        let socket = open(carrier, address)?;
        if address.is_ipv6() {
            socket.set_only_v6(true)?;
        }
        socket.set_reuse_address(true)?;
        socket.bind(&address.into())?;
        socket.listen(1_024)?;
        let mut socket = TcpListener::from_std(socket.into());
        let local = socket.local_addr()?;
        registry.register(&mut socket, Token(self.next_token), Interest::READABLE)?;
        self.next_token += 1;
        self.listeners.push(Listener {
            socket,
            carrier,
            local,
            service,
        });
        Ok(local)
    }

    /// Every address that is listened on, and for whom.
    pub fn bound(&self) -> impl Iterator<Item = (Service, SocketAddr)> {
        let listeners = self.listeners.iter();
        listeners.map(|listener| (listener.service, listener.local))
    }

    /// Whether a polled token is one of these sockets'.
    #[must_use]
    pub const fn owns(&self, token: Token) -> bool {
        token.0 >= self.first_token && token.0 - self.first_token < TOKENS
    }

    /// How many connections there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.connections.len()
    }

    /// Whether there is no connection.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.connections.is_empty()
    }

    /// Handles a polled token: accepts, connects, reads and writes. `each` is given every piece read
    /// from a connection and what happened to it, in order.
    pub fn ready(&mut self, token: Token, now: Stamp, registry: &Registry, each: &mut Each<'_>) {
        let listener = token
            .0
            .checked_sub(self.first_token)
            .filter(|at| *at < self.listeners.len());
        if let Some(listener) = listener {
            self.accept(listener, now, registry, each);
            return;
        }
        let Some(connection) = self.connections.get_mut(&token) else {
            return;
        };
        if !connection.is_up {
            match is_connected(&connection.stream) {
                Ok(false) => return,
                Ok(true) => {
                    connection.is_up = true;
                    each(connection.service, Err(Happening::Up(connection.channel)));
                }
                Err(_) => return self.close(token, each),
            }
        }
        connection.touched = now;
        let limit = self.options.message_bytes_max;
        let alive = match connection.channel.carrier {
            Carrier::Sctp => read_messages(connection, &mut self.scratch, limit, each),
            _ => read_all(connection, &mut self.scratch, each),
        };
        if !(alive && write_all(connection)) {
            self.close(token, each);
        }
    }

    /// Sends on a connection; `false` when there is none, or its peer reads too slowly and it is
    /// closed.
    pub fn send(&mut self, channel: Channel, octets: &[u8]) -> bool {
        let Some(token) = self.tokens.get(&channel) else {
            return false;
        };
        let Some(connection) = self.connections.get_mut(token) else {
            return false;
        };
        connection.backlog.push(octets);
        if connection.backlog.octets.len() > self.options.backlog_bytes_max {
            // Shutting down makes the socket readable, and the next poll closes it.
            let _ = connection.stream.shutdown(std::net::Shutdown::Both);
            connection.backlog = Backlog::default();
            return false;
        }
        if connection.is_up && !write_all(connection) {
            let _ = connection.stream.shutdown(std::net::Shutdown::Both);
            return false;
        }
        true
    }

    /// Begins to connect to `peer` from the address of `local`. The channel that it will be, or the
    /// reason why it never will.
    ///
    /// # Errors
    /// What the system says, or that there are as many connections as allowed.
    pub fn connect(
        &mut self,
        service: Service,
        carrier: Carrier,
        local: std::net::IpAddr,
        peer: SocketAddr,
        now: Stamp,
        registry: &Registry,
    ) -> io::Result<Channel> {
        if self.connections.len() >= self.options.connections_max {
            return Err(io::Error::new(
                io::ErrorKind::QuotaExceeded,
                "as many as allowed",
            ));
        }
        let socket = open(carrier, peer)?;
        socket.bind(&SocketAddr::new(local, 0).into())?;
        match socket.connect(&peer.into()) {
            Ok(()) => {}
            Err(error) if error.raw_os_error() == Some(libc::EINPROGRESS) => {}
            Err(error) => return Err(error),
        }
        let stream = TcpStream::from_std(socket.into());
        let channel = Channel {
            carrier,
            local: stream.local_addr()?,
            peer,
        };
        self.add(service, stream, channel, false, now, registry)?;
        Ok(channel)
    }

    /// Ends a connection once what waits was sent, as far as the system takes it now.
    pub fn hang_up(&mut self, channel: Channel) {
        if let Some(token) = self.tokens.get(&channel)
            && let Some(connection) = self.connections.get_mut(token)
        {
            let _ = write_all(connection);
            let _ = connection.stream.shutdown(std::net::Shutdown::Both);
        }
    }

    /// Closes connections that are silent for too long or never came about.
    pub fn expire(&mut self, now: Stamp, each: &mut Each<'_>) {
        let options = &self.options;
        let mut stale: Vec<Token> = self
            .connections
            .iter()
            .filter(|(_, connection)| {
                let patience = if connection.is_up {
                    options.idle_timeout
                } else {
                    options.connect_timeout
                };
                now.since(connection.touched) >= patience
            })
            .map(|(token, _)| *token)
            .collect();
        stale.sort_unstable();
        for token in stale {
            self.close(token, each);
        }
    }

    fn accept(&mut self, listener: usize, now: Stamp, registry: &Registry, each: &mut Each<'_>) {
        let Some(row) = self.listeners.get(listener) else {
            return;
        };
        let (carrier, service, bound) = (row.carrier, row.service, row.local);
        while let Ok((stream, peer)) = self.listeners[listener].socket.accept() {
            if self.connections.len() >= self.options.connections_max {
                continue;
            }
            let _ = stream.set_nodelay(true);
            let local = stream.local_addr().unwrap_or(bound);
            let channel = Channel {
                carrier,
                local,
                peer,
            };
            if self
                .add(service, stream, channel, true, now, registry)
                .is_ok()
            {
                each(service, Err(Happening::Up(channel)));
            }
        }
    }

    fn add(
        &mut self,
        service: Service,
        mut stream: TcpStream,
        channel: Channel,
        is_up: bool,
        now: Stamp,
        registry: &Registry,
    ) -> io::Result<()> {
        let token = Token(self.next_token);
        self.next_token += 1;
        registry.register(&mut stream, token, Interest::READABLE | Interest::WRITABLE)?;
        self.connections.insert(
            token,
            Connection {
                service,
                stream,
                channel,
                backlog: Backlog::default(),
                partial: Partial::default(),
                is_up,
                touched: now,
            },
        );
        self.tokens.insert(channel, token);
        Ok(())
    }

    fn close(&mut self, token: Token, each: &mut Each<'_>) {
        if let Some(connection) = self.connections.remove(&token) {
            self.tokens.remove(&connection.channel);
            let happened = if connection.is_up {
                Happening::Down(connection.channel)
            } else {
                Happening::Refused(connection.channel)
            };
            each(connection.service, Err(happened));
        }
    }
}

/// What waits to be sent.
#[derive(Default)]
struct Backlog {
    octets: Vec<u8>,
    /// Lengths of the messages that the octets are: SCTP sends them one by one.
    lengths: VecDeque<usize>,
}

impl Backlog {
    fn push(&mut self, octets: &[u8]) {
        self.octets.extend_from_slice(octets);
        self.lengths.push_back(octets.len());
    }
}

/// A socket that never blocks.
fn open(carrier: Carrier, address: SocketAddr) -> io::Result<Socket> {
    let protocol = match carrier {
        Carrier::Sctp => sctp::PROTOCOL.into(),
        _ => Protocol::TCP,
    };
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(protocol))?;
    socket.set_nonblocking(true)?;
    if carrier == Carrier::Sctp {
        sctp::prepare(socket.as_fd(), STREAMS)?;
    }
    Ok(socket)
}

/// Streams of an association each way: one for management, and one for each signalling link
/// selection of four bits.
const STREAMS: u16 = 17;

/// Whether a connection that was begun came about, or why it never will.
fn is_connected(stream: &TcpStream) -> io::Result<bool> {
    if let Some(error) = stream.take_error()? {
        return Err(error);
    }
    match stream.peer_addr() {
        Ok(_) => {
            let _ = stream.set_nodelay(true);
            Ok(true)
        }
        Err(error) if error.kind() == io::ErrorKind::NotConnected => Ok(false),
        Err(error) => Err(error),
    }
}

/// Reads until nothing waits; `false` when the connection ended.
fn read_all(connection: &mut Connection, scratch: &mut [u8], each: &mut Each<'_>) -> bool {
    loop {
        match connection.stream.read(scratch) {
            Ok(0) => return false,
            Ok(count) => each(
                connection.service,
                Ok((connection.channel, &scratch[..count])),
            ),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return true,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return false,
        }
    }
}

/// Reads messages until none waits; `false` when the association ended.
fn read_messages(
    connection: &mut Connection,
    scratch: &mut [u8],
    limit: usize,
    each: &mut Each<'_>,
) -> bool {
    loop {
        let arrival = match sctp::receive(connection.stream.as_fd(), scratch) {
            Ok(arrival) => arrival,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return true,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(_) => return false,
        };
        if arrival.length == 0 {
            return false;
        }
        if arrival.is_notification {
            continue;
        }
        let piece = &scratch[..arrival.length];
        let message = connection.partial.take(piece, arrival.is_end, limit);
        if let Some(message) = message {
            each(connection.service, Ok((connection.channel, &message)));
        }
    }
}

/// What was read of a message so far.
#[derive(Debug, Default)]
struct Partial {
    octets: Vec<u8>,
    is_cut: bool,
}

impl Partial {
    /// Takes the next piece; the message, when it is whole. Of one beyond the limit only the head is
    /// handed on: whoever reads it sees that its length is not what it says, and answers that.
    fn take<'p>(&mut self, piece: &'p [u8], is_end: bool, limit: usize) -> Option<Cow<'p, [u8]>> {
        if is_end && self.octets.is_empty() {
            let is_long = piece.len() > limit;
            let head = piece.get(..HEAD_OCTETS.min(limit)).filter(|_| is_long);
            return Some(Cow::Borrowed(head.unwrap_or(piece)));
        }
        if !self.is_cut {
            self.octets.extend_from_slice(piece);
            self.is_cut = self.octets.len() > limit;
            if self.is_cut {
                self.octets.truncate(HEAD_OCTETS.min(limit));
            }
        }
        is_end.then(|| {
            self.is_cut = false;
            Cow::Owned(std::mem::take(&mut self.octets))
        })
    }
}

/// How much of a message is handed on that is too long.
const HEAD_OCTETS: usize = 1 << 10;

/// Sends the messages that wait, as far as the system takes them; `false` when the association ended.
fn write_messages(connection: &mut Connection) -> bool {
    let socket = connection.stream.as_fd();
    let streams = sctp::streams(socket).unwrap_or(1);
    let Backlog { octets, lengths } = &mut connection.backlog;
    let mut sent = 0;
    let alive = loop {
        let Some(message) = lengths
            .front()
            .and_then(|length| octets.get(sent..sent + length))
        else {
            break true;
        };
        let stream = stream_of(message, streams);
        match sctp::send(socket, message, stream, m3ua::PAYLOAD_PROTOCOL) {
            Ok(()) => {
                sent += message.len();
                lengths.pop_front();
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => break true,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => break false,
        }
    };
    octets.drain(..sent);
    alive
}

/// The stream for a message of M3UA: data by its signalling link selection, so that the order within
/// it is kept; all else on stream 0 (RFC 4666 clause 1.4.7).
fn stream_of(message: &[u8], streams: u16) -> u16 {
    let data = m3ua::Data::decode(message).ok().flatten();
    match data {
        Some(data) if streams > 1 => {
            1 + u16::from(data.protocol_data.label.selection) % (streams - 1)
        }
        _ => 0,
    }
}

/// Writes what waits, as far as the system takes it; `false` when the connection ended.
fn write_all(connection: &mut Connection) -> bool {
    if connection.channel.carrier == Carrier::Sctp {
        return connection.backlog.octets.is_empty() || write_messages(connection);
    }
    connection.backlog.lengths.clear();
    let octets = &mut connection.backlog.octets;
    let mut sent = 0;
    let alive = loop {
        if sent == octets.len() {
            break true;
        }
        match connection.stream.write(&octets[sent..]) {
            Ok(0) => break false,
            Ok(count) => sent += count,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => break true,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => break false,
        }
    };
    octets.drain(..sent);
    alive
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_message_that_is_too_long_the_head_is_handed_on_and_the_next_one_is_whole() {
        let mut partial = Partial::default();
        let piece = [7; 3_000];
        assert_eq!(partial.take(&piece, false, 4_000), None);
        assert_eq!(partial.take(&piece, false, 4_000), None);
        assert_eq!(partial.take(&piece, false, 4_000), None);
        let head = partial.take(&piece, true, 4_000).unwrap();
        assert_eq!(head.len(), HEAD_OCTETS);
        assert_eq!(partial.take(&[1, 2], false, 4_000), None);
        assert_eq!(*partial.take(&[3], true, 4_000).unwrap(), [1, 2, 3]);
        assert_eq!(partial.take(&piece, true, 4_000).unwrap().len(), 3_000);
        assert_eq!(
            partial.take(&piece, true, 2_000).unwrap().len(),
            HEAD_OCTETS
        );
        assert_eq!(partial.take(&piece, true, 500).unwrap().len(), 500);
    }
}
