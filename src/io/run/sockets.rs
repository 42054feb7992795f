//! The sockets of a gateway: what they bring as batches of inputs, and where its words go.

use std::{
    io,
    net::{IpAddr, SocketAddr},
};

use hashbrown::HashMap;
use mio::{Events, Registry, Token};
use pengate_codecs::Stamp;

use crate::{
    feed::{Carrier, Channel, Chunk, Heading},
    gateway::{Effects, Input, Service},
    io::{
        net::{
            tcp::{self, Happening, Tcp},
            udp::Udp,
        },
        sys::mmsg::Arrivals,
    },
};

/// The token of the waker; datagram sockets come after it, then everything of TCP.
pub(super) const WAKE: Token = Token(0);

const FIRST_UDP: usize = 1;
const FIRST_TCP: usize = 1 << 16;

/// Datagrams read at once from one socket.
const BATCH: usize = 64;

struct Port {
    udp: Udp,
    service: Service,
    is_readable: bool,
}

/// All sockets.
pub(super) struct Sockets {
    ports: Vec<Port>,
    by_local: HashMap<SocketAddr, usize>,
    tcp: Tcp,
    tcp_local: Vec<SocketAddr>,
    arrivals: Arrivals,
    /// What the last poll brought over TCP, and what happened to connections.
    pieces: Vec<Piece>,
    octets: Vec<u8>,
    is_listening: bool,
}

enum Piece {
    Octets(Channel, std::ops::Range<usize>),
    Happened(Happening),
    Unreachable(SocketAddr),
}

impl Sockets {
    pub fn new(tcp: tcp::Options) -> Self {
        Self {
            ports: Vec::new(),
            by_local: HashMap::new(),
            tcp: Tcp::new(tcp, FIRST_TCP),
            tcp_local: Vec::new(),
            arrivals: Arrivals::new(BATCH),
            pieces: Vec::new(),
            octets: Vec::new(),
            is_listening: true,
        }
    }

    /// Adds a datagram socket; returns the address bound.
    pub fn add_udp(
        &mut self,
        mut udp: Udp,
        service: Service,
        registry: &Registry,
    ) -> io::Result<SocketAddr> {
        udp.register(registry, Token(FIRST_UDP + self.ports.len()))?;
        let local = udp.local();
        self.by_local.insert(local, self.ports.len());
        self.ports.push(Port {
            udp,
            service,
            is_readable: true,
        });
        Ok(local)
    }

    /// Listens for SIP connections; returns the address bound.
    pub fn listen_tcp(&mut self, at: SocketAddr, registry: &Registry) -> io::Result<SocketAddr> {
        let local = self.tcp.listen(at, registry)?;
        self.tcp_local.push(local);
        Ok(local)
    }

    /// Whether something was left unread.
    pub fn has_more(&self) -> bool {
        self.is_listening && self.ports.iter().any(|port| port.is_readable)
            || !self.pieces.is_empty()
    }

    /// Takes note of what a poll told, and reads connections.
    pub fn note(&mut self, events: &Events, now: Stamp, registry: &Registry) {
        for event in events {
            let token = event.token();
            if self.tcp.owns(token) {
                let Self {
                    tcp,
                    pieces,
                    octets,
                    ..
                } = self;
                tcp.ready(token, now, registry, &mut |happened| {
                    keep(happened, pieces, octets)
                });
            } else if let Some(port) = token
                .0
                .checked_sub(FIRST_UDP)
                .and_then(|at| self.ports.get_mut(at))
            {
                port.is_readable |= event.is_readable();
                port.udp.flush();
            }
        }
    }

    /// Gives everything that arrived, in batches: each datagram socket's, then that of TCP.
    pub fn batches(&mut self, now: Stamp, each: &mut dyn FnMut(&[Input<'_>])) {
        if self.is_listening {
            for port in self.ports.iter_mut().filter(|port| port.is_readable) {
                let count = port.udp.receive(&mut self.arrivals).unwrap_or(0);
                // Less than asked for is all there was; the next arrival is told by a poll.
                port.is_readable = count == BATCH;
                let local = port.udp.local();
                let inputs: Vec<Input<'_>> = self
                    .arrivals
                    .iter()
                    .map(|(peer, bytes)| {
                        let channel = Channel {
                            carrier: Carrier::Udp,
                            local,
                            peer,
                        };
                        let chunk = Chunk {
                            at: now,
                            channel,
                            heading: Heading::In,
                            bytes,
                        };
                        Input::Chunk(port.service, chunk)
                    })
                    .collect();
                if !inputs.is_empty() {
                    each(&inputs);
                }
            }
        }
        if !self.pieces.is_empty() {
            let inputs: Vec<Input<'_>> = self
                .pieces
                .iter()
                .map(|piece| piece.input(now, &self.octets))
                .collect();
            each(&inputs);
            self.pieces.clear();
            self.octets.clear();
        }
    }

    /// Sends, connects and hangs up.
    pub fn carry_out(&mut self, now: Stamp, effects: &Effects, registry: &Registry) {
        let mut sends = effects.sends().peekable();
        while let Some(&(channel, octets)) = sends.peek() {
            if channel.carrier == Carrier::Tcp {
                self.tcp.send(channel, octets);
                sends.next();
                continue;
            }
            let Some(port) = self.by_local.get(&channel.local).copied() else {
                sends.next();
                continue;
            };
            let run = std::iter::from_fn(|| {
                sends.next_if(|(next, _)| {
                    next.carrier == Carrier::Udp && next.local == channel.local
                })
            });
            self.ports[port]
                .udp
                .send(run.map(|(channel, octets)| (channel.peer, octets)));
        }
        for peer in &effects.connects {
            let opened = self.tcp.connect(self.local_ip(*peer), *peer, now, registry);
            if opened.is_err() {
                self.pieces.push(Piece::Unreachable(*peer));
            }
        }
        for channel in &effects.hang_ups {
            self.tcp.hang_up(*channel);
        }
    }

    /// Takes no further datagram; connections stay, for answers.
    pub fn stop_listening(&mut self) {
        self.is_listening = false;
    }

    /// Sends what waits, as far as the system takes it.
    pub fn flush(&mut self) {
        self.ports.iter_mut().for_each(|port| port.udp.flush());
    }

    /// Closes connections that nobody uses.
    pub fn expire(&mut self, now: Stamp) {
        let Self {
            tcp,
            pieces,
            octets,
            ..
        } = self;
        tcp.expire(now, &mut |happened| keep(happened, pieces, octets));
    }

    /// The address that a connection to `peer` leaves from: that of a listener which reaches it.
    fn local_ip(&self, peer: SocketAddr) -> IpAddr {
        let fits = |local: &&SocketAddr| local.is_ipv4() == peer.is_ipv4();
        let near = |local: &&SocketAddr| local.ip().is_loopback() == peer.ip().is_loopback();
        let mut fitting = self.tcp_local.iter().filter(fits);
        let any = fitting.clone().next();
        fitting.find(near).or(any).map_or_else(
            || match peer {
                SocketAddr::V4(_) => IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED),
                SocketAddr::V6(_) => IpAddr::V6(std::net::Ipv6Addr::UNSPECIFIED),
            },
            SocketAddr::ip,
        )
    }
}

impl Piece {
    fn input<'a>(&self, now: Stamp, octets: &'a [u8]) -> Input<'a> {
        match self {
            Self::Octets(channel, range) => Input::Chunk(
                Service::Sip,
                Chunk {
                    at: now,
                    channel: *channel,
                    heading: Heading::In,
                    bytes: octets.get(range.clone()).unwrap_or_default(),
                },
            ),
            Self::Happened(Happening::Up(channel)) => Input::Up(*channel),
            Self::Happened(Happening::Down(channel)) => Input::Down(*channel),
            Self::Happened(Happening::Refused(channel)) => Input::Refused(channel.peer),
            Self::Unreachable(peer) => Input::Refused(*peer),
        }
    }
}

fn keep(
    happened: Result<(Channel, &[u8]), Happening>,
    pieces: &mut Vec<Piece>,
    octets: &mut Vec<u8>,
) {
    pieces.push(match happened {
        Ok((channel, bytes)) => {
            let start = octets.len();
            octets.extend_from_slice(bytes);
            Piece::Octets(channel, start..octets.len())
        }
        Err(happening) => Piece::Happened(happening),
    });
}
