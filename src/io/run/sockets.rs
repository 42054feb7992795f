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
            streams::{self, Happening, Streams},
            udp::Udp,
        },
        sys::mmsg::Arrivals,
    },
};

/// The token of the waker; datagram sockets come after it, then the connections of SIP and those of
/// the feeds.
pub(super) const WAKE: Token = Token(0);

const FIRST_UDP: usize = 1;
const FIRST_SIP: usize = 1 << 16;
const FIRST_FEED: usize = FIRST_SIP + streams::TOKENS;

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
    /// Connections of SIP, and apart from them those of network elements: neither can use up what
    /// the other is allowed.
    sip: Streams,
    feeds: Streams,
    sip_local: Vec<SocketAddr>,
    arrivals: Arrivals,
    /// What the last poll brought over TCP, and what happened to connections.
    pieces: Vec<Piece>,
    octets: Vec<u8>,
    is_listening: bool,
}

enum Piece {
    Octets(Service, Channel, std::ops::Range<usize>),
    Happened(Service, Happening),
    Unreachable(Service, SocketAddr),
}

impl Sockets {
    pub fn new(sip: streams::Options, feeds: streams::Options) -> Self {
        Self {
            ports: Vec::new(),
            by_local: HashMap::new(),
            sip: Streams::new(sip, FIRST_SIP),
            feeds: Streams::new(feeds, FIRST_FEED),
            sip_local: Vec::new(),
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

    /// Listens for connections; returns the address bound.
    pub fn listen(
        &mut self,
        service: Service,
        carrier: Carrier,
        at: SocketAddr,
        registry: &Registry,
    ) -> io::Result<SocketAddr> {
        if service != Service::Sip {
            return self.feeds.listen(service, carrier, at, registry);
        }
        let local = self.sip.listen(service, carrier, at, registry)?;
        self.sip_local.push(local);
        Ok(local)
    }

    /// Every address where network elements reach us, and whom what comes there is for.
    pub fn bound(&self) -> Vec<(Service, SocketAddr)> {
        let ports = self.ports.iter();
        let udp = ports.map(|port| (port.service, port.udp.local()));
        udp.chain(self.feeds.bound()).collect()
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
            let Self {
                sip,
                feeds,
                pieces,
                octets,
                ..
            } = self;
            let mut each = |service, happened: Result<(Channel, &[u8]), Happening>| {
                keep(service, happened, pieces, octets);
            };
            if sip.owns(token) {
                sip.ready(token, now, registry, &mut each);
            } else if feeds.owns(token) {
                feeds.ready(token, now, registry, &mut each);
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
            if channel.carrier != Carrier::Udp {
                if !self.sip.send(channel, octets) {
                    self.feeds.send(channel, octets);
                }
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
        for (service, carrier, peer) in &effects.connects {
            if !self.connect(*service, *carrier, *peer, now, registry) {
                self.pieces.push(Piece::Unreachable(*service, *peer));
            }
        }
        for channel in &effects.hang_ups {
            self.sip.hang_up(*channel);
            self.feeds.hang_up(*channel);
        }
    }

    /// Begins to connect; `false` when it will never come about.
    fn connect(
        &mut self,
        service: Service,
        carrier: Carrier,
        peer: SocketAddr,
        now: Stamp,
        registry: &Registry,
    ) -> bool {
        let begun = match (carrier, service) {
            (Carrier::Udp | Carrier::Mtp, _) => return false,
            (_, Service::Sip) => {
                let local = self.local_ip(peer);
                self.sip
                    .connect(service, carrier, local, peer, now, registry)
            }
            _ => {
                let local = unspecified(peer);
                self.feeds
                    .connect(service, carrier, local, peer, now, registry)
            }
        };
        begun.is_ok()
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
            sip,
            feeds,
            pieces,
            octets,
            ..
        } = self;
        let mut each = |service, happened: Result<(Channel, &[u8]), Happening>| {
            keep(service, happened, pieces, octets);
        };
        sip.expire(now, &mut each);
        feeds.expire(now, &mut each);
    }

    /// The address that a connection to `peer` leaves from: that of a listener which reaches it.
    fn local_ip(&self, peer: SocketAddr) -> IpAddr {
        let fits = |local: &&SocketAddr| local.is_ipv4() == peer.is_ipv4();
        let near = |local: &&SocketAddr| local.ip().is_loopback() == peer.ip().is_loopback();
        let mut fitting = self.sip_local.iter().filter(fits);
        let any = fitting.clone().next();
        fitting
            .find(near)
            .or(any)
            .map_or_else(|| unspecified(peer), SocketAddr::ip)
    }
}

impl Piece {
    fn input<'a>(&self, now: Stamp, octets: &'a [u8]) -> Input<'a> {
        match self {
            Self::Octets(service, channel, range) => Input::Chunk(
                *service,
                Chunk {
                    at: now,
                    channel: *channel,
                    heading: Heading::In,
                    bytes: octets.get(range.clone()).unwrap_or_default(),
                },
            ),
            Self::Happened(service, Happening::Up(channel)) => Input::Up(*service, *channel),
            Self::Happened(service, Happening::Down(channel)) => Input::Down(*service, *channel),
            Self::Happened(service, Happening::Refused(channel)) => {
                Input::Refused(*service, channel.peer)
            }
            Self::Unreachable(service, peer) => Input::Refused(*service, *peer),
        }
    }
}

/// The address of any interface, of the peer's family.
const fn unspecified(peer: SocketAddr) -> IpAddr {
    match peer {
        SocketAddr::V4(_) => IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED),
        SocketAddr::V6(_) => IpAddr::V6(std::net::Ipv6Addr::UNSPECIFIED),
    }
}

fn keep(
    service: Service,
    happened: Result<(Channel, &[u8]), Happening>,
    pieces: &mut Vec<Piece>,
    octets: &mut Vec<u8>,
) {
    pieces.push(match happened {
        Ok((channel, bytes)) => {
            let start = octets.len();
            octets.extend_from_slice(bytes);
            Piece::Octets(service, channel, start..octets.len())
        }
        Err(happening) => Piece::Happened(service, happening),
    });
}
