//! Stream sockets: listeners and connections, each known by its channel.

use std::{
    io::{self, Read, Write},
    net::SocketAddr,
};

use hashbrown::HashMap;
use mio::{
    Interest, Registry, Token,
    net::{TcpListener, TcpStream},
};
use pengate_codecs::Stamp;
use socket2::{Domain, Protocol, Socket, Type};

pub use crate::config::Connections as Options;
use crate::{
    feed::{Carrier, Channel},
    gateway::Service,
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

struct Connection {
    service: Service,
    stream: TcpStream,
    channel: Channel,
    backlog: Vec<u8>,
    is_up: bool,
    touched: Stamp,
}

/// Stream sockets that share their limits.
pub struct Tcp {
    options: Options,
    listeners: Vec<(TcpListener, SocketAddr, Service)>,
    first_token: usize,
    connections: HashMap<Token, Connection>,
    tokens: HashMap<Channel, Token>,
    next_token: usize,
    scratch: Vec<u8>,
}

impl Tcp {
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
        address: SocketAddr,
        service: Service,
        registry: &Registry,
    ) -> io::Result<SocketAddr> {
        let socket = Socket::new(
            Domain::for_address(address),
            Type::STREAM,
            Some(Protocol::TCP),
        )?;
        if address.is_ipv6() {
            socket.set_only_v6(true)?;
        }
        socket.set_reuse_address(true)?;
        socket.set_nonblocking(true)?;
        socket.bind(&address.into())?;
        socket.listen(1_024)?;
        let mut listener = TcpListener::from_std(socket.into());
        let local = listener.local_addr()?;
        registry.register(&mut listener, Token(self.next_token), Interest::READABLE)?;
        self.next_token += 1;
        self.listeners.push((listener, local, service));
        Ok(local)
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
        let alive = read_all(connection, &mut self.scratch, each) && write_all(connection);
        if !alive {
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
        connection.backlog.extend_from_slice(octets);
        if connection.backlog.len() > self.options.backlog_bytes_max {
            // Shutting down makes the socket readable, and the next poll closes it.
            let _ = connection.stream.shutdown(std::net::Shutdown::Both);
            connection.backlog.clear();
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
        let socket = Socket::new(Domain::for_address(peer), Type::STREAM, Some(Protocol::TCP))?;
        socket.set_nonblocking(true)?;
        socket.bind(&SocketAddr::new(local, 0).into())?;
        match socket.connect(&peer.into()) {
            Ok(()) => {}
            Err(error) if error.raw_os_error() == Some(libc::EINPROGRESS) => {}
            Err(error) => return Err(error),
        }
        let stream = TcpStream::from_std(socket.into());
        let channel = Channel {
            carrier: Carrier::Tcp,
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
        while let Ok((stream, peer)) = self.listeners[listener].0.accept() {
            if self.connections.len() >= self.options.connections_max {
                continue;
            }
            let _ = stream.set_nodelay(true);
            let local = stream.local_addr().unwrap_or(self.listeners[listener].1);
            let channel = Channel {
                carrier: Carrier::Tcp,
                local,
                peer,
            };
            let service = self.listeners[listener].2;
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
        let backlog = Vec::new();
        self.connections.insert(
            token,
            Connection {
                service,
                stream,
                channel,
                backlog,
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

/// Writes what waits, as far as the system takes it; `false` when the connection ended.
fn write_all(connection: &mut Connection) -> bool {
    let mut sent = 0;
    let alive = loop {
        if sent == connection.backlog.len() {
            break true;
        }
        match connection.stream.write(&connection.backlog[sent..]) {
            Ok(0) => break false,
            Ok(count) => sent += count,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => break true,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => break false,
        }
    };
    connection.backlog.drain(..sent);
    alive
}
