//! Sockets of a watcher: one thread reads each and hands messages on.

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream, UdpSocket},
    sync::{
        Arc,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
    time::Duration,
};

use pengate_codecs::sip::{Frame, FrameLimits, FrameScan, frame};

/// What comes in.
pub(super) enum Arrival {
    /// A datagram, or a message of a stream.
    Message {
        /// The message.
        octets: Vec<u8>,
        /// Who sent it.
        source: SocketAddr,
        /// The way back.
        back: Back,
    },
    /// The connection to the server is lost.
    Closed,
}

/// The way back to whoever sent a message.
#[derive(Clone)]
pub(super) enum Back {
    /// By datagram.
    Udp,
    /// Over the same connection.
    Tcp(Arc<TcpStream>),
}

/// The way to the server.
pub(super) struct Transport {
    local: SocketAddr,
    server: SocketAddr,
    socket: Socket,
    arrivals: Receiver<Arrival>,
}

enum Socket {
    Udp(UdpSocket),
    Tcp(Arc<TcpStream>),
}

const LIMITS: FrameLimits = FrameLimits {
    header_bytes: 64 << 10,
    body_bytes: 4 << 20,
};
/// How many messages may wait to be looked at.
const WAITING_MAX: usize = 64;
const CONNECT_WITHIN: Duration = Duration::from_secs(10);
/// How many connections a server may open to us.
const CONNECTIONS_MAX: usize = 8;

impl Transport {
    /// Opens the way to a server.
    pub(super) fn open(server: SocketAddr, tcp: bool) -> io::Result<Self> {
        let (sender, arrivals) = sync_channel(WAITING_MAX);
        let (local, socket) = if tcp {
            open_tcp(server, &sender)?
        } else {
            open_udp(server, sender)?
        };
        Ok(Self {
            local,
            server,
            socket,
            arrivals,
        })
    }

    /// Where we can be reached.
    pub(super) const fn local(&self) -> SocketAddr {
        self.local
    }

    /// What came in.
    pub(super) const fn arrivals(&self) -> &Receiver<Arrival> {
        &self.arrivals
    }

    /// Sends a request to the server.
    pub(super) fn send(&self, octets: &[u8]) -> io::Result<()> {
        match &self.socket {
            Socket::Udp(socket) => socket.send_to(octets, self.server).map(drop),
            Socket::Tcp(stream) => stream.as_ref().write_all(octets),
        }
    }

    /// Sends an answer: back over its connection, or to an address.
    pub(super) fn answer(&self, back: &Back, to: SocketAddr, octets: &[u8]) -> io::Result<()> {
        match (back, &self.socket) {
            (Back::Tcp(stream), _) => stream.as_ref().write_all(octets),
            (Back::Udp, Socket::Udp(socket)) => socket.send_to(octets, to).map(drop),
            (Back::Udp, Socket::Tcp(_)) => Ok(()),
        }
    }
}

/// A socket on the address from which the server is reached; NOTIFYs may come from another one.
fn open_udp(server: SocketAddr, sender: SyncSender<Arrival>) -> io::Result<(SocketAddr, Socket)> {
    let any = SocketAddr::new(unspecified(server), 0);
    let probe = UdpSocket::bind(any)?;
    probe.connect(server)?;
    let socket = UdpSocket::bind(SocketAddr::new(probe.local_addr()?.ip(), 0))?;
    let local = socket.local_addr()?;
    let reader = socket.try_clone()?;
    thread::Builder::new()
        .name("udp".to_owned())
        .spawn(move || {
            let mut buffer = vec![0; 1 << 16];
            loop {
                let Ok((len, source)) = reader.recv_from(&mut buffer) else {
                    // Such as an ICMP error of an earlier datagram; timers tell the rest.
                    thread::sleep(Duration::from_millis(10));
                    continue;
                };
                let message = Arrival::Message {
                    octets: buffer[..len].to_vec(),
                    source,
                    back: Back::Udp,
                };
                if sender.send(message).is_err() {
                    return;
                }
            }
        })?;
    Ok((local, Socket::Udp(socket)))
}

/// A connection, and a listener beside it for servers that connect to the Contact.
fn open_tcp(server: SocketAddr, sender: &SyncSender<Arrival>) -> io::Result<(SocketAddr, Socket)> {
    let stream = Arc::new(TcpStream::connect_timeout(&server, CONNECT_WITHIN)?);
    stream.set_nodelay(true)?;
    let listener = TcpListener::bind(SocketAddr::new(stream.local_addr()?.ip(), 0))?;
    let local = listener.local_addr()?;
    let (ours, to) = (Arc::clone(&stream), sender.clone());
    thread::Builder::new()
        .name("tcp".to_owned())
        .spawn(move || {
            read_stream(&ours, server, &to);
            // When nobody listens any more, nobody misses it.
            let _ = to.send(Arrival::Closed);
        })?;
    let to = sender.clone();
    thread::Builder::new()
        .name("listener".to_owned())
        .spawn(move || {
            for accepted in listener.incoming().flatten().take(CONNECTIONS_MAX) {
                let to = to.clone();
                let Ok(source) = accepted.peer_addr() else {
                    continue;
                };
                thread::spawn(move || read_stream(&Arc::new(accepted), source, &to));
            }
        })?;
    Ok((local, Socket::Tcp(stream)))
}

/// Cuts a stream into messages until it ends or cannot be followed.
fn read_stream(stream: &Arc<TcpStream>, source: SocketAddr, to: &SyncSender<Arrival>) {
    let mut buffer = Vec::new();
    let mut scan = FrameScan::default();
    let mut piece = vec![0; 1 << 16];
    loop {
        match frame(&buffer, &mut scan, &LIMITS) {
            Ok(Frame::Partial) => {
                let Ok(len @ 1..) = stream.as_ref().read(&mut piece) else {
                    return;
                };
                buffer.extend_from_slice(&piece[..len]);
                continue;
            }
            Ok(Frame::Blank { len, ping }) => {
                buffer.drain(..len);
                if ping && stream.as_ref().write_all(b"\r\n").is_err() {
                    return;
                }
            }
            Ok(Frame::Message { len }) => {
                let octets = buffer.drain(..len).collect();
                let back = Back::Tcp(Arc::clone(stream));
                if to
                    .send(Arrival::Message {
                        octets,
                        source,
                        back,
                    })
                    .is_err()
                {
                    return;
                }
            }
            Err(_) => return,
        }
        scan = FrameScan::default();
    }
}

fn unspecified(like: SocketAddr) -> std::net::IpAddr {
    match like {
        SocketAddr::V4(_) => std::net::Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => std::net::Ipv6Addr::UNSPECIFIED.into(),
    }
}
