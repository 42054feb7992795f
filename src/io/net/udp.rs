//! A datagram socket: batches in, batches out.

use std::{collections::VecDeque, io, net::SocketAddr, os::fd::AsFd};

use mio::{Interest, Registry, Token, net::UdpSocket};
use socket2::{Domain, Protocol, Socket, Type};

use crate::io::sys::mmsg::{self, Arrivals};

/// A bound datagram socket with what still waits to be sent.
pub struct Udp {
    socket: UdpSocket,
    local: SocketAddr,
    backlog: VecDeque<(SocketAddr, Vec<u8>)>,
    backlog_max: usize,
    /// Datagrams dropped because the backlog was full or the system refused them.
    pub dropped: u64,
}

impl Udp {
    /// Binds to `address`; port 0 takes any free one. Both buffers ask for `buffer_bytes`.
    ///
    /// # Errors
    /// What the system says.
    pub fn bind(address: SocketAddr, buffer_bytes: usize, backlog_max: usize) -> io::Result<Self> {
        let socket = Socket::new(
            Domain::for_address(address),
            Type::DGRAM,
            Some(Protocol::UDP),
        )?;
        if address.is_ipv6() {
            // IPv4 has listeners of its own: a peer has one address only.
            socket.set_only_v6(true)?;
        }
        // The system gives less where its own limit is lower.
        let _ = socket.set_recv_buffer_size(buffer_bytes);
        let _ = socket.set_send_buffer_size(buffer_bytes);
        socket.set_nonblocking(true)?;
        socket.bind(&address.into())?;
        let socket = UdpSocket::from_std(socket.into());
        let local = socket.local_addr()?;
        Ok(Self {
            socket,
            local,
            backlog: VecDeque::new(),
            backlog_max,
            dropped: 0,
        })
    }

    /// Has the socket polled.
    ///
    /// # Errors
    /// What the system says.
    pub fn register(&mut self, registry: &Registry, token: Token) -> io::Result<()> {
        registry.register(
            &mut self.socket,
            token,
            Interest::READABLE | Interest::WRITABLE,
        )
    }

    /// The address that it is bound to.
    #[must_use]
    pub const fn local(&self) -> SocketAddr {
        self.local
    }

    /// Reads what is waiting into `arrivals`; 0 when nothing is.
    ///
    /// # Errors
    /// What the system says, except that nothing is waiting.
    pub fn receive(&self, arrivals: &mut Arrivals) -> io::Result<usize> {
        match arrivals.receive(self.socket.as_fd()) {
            Err(error) if is_passing(&error) => Ok(0),
            other => other,
        }
    }

    /// Sends datagrams in order; what the system does not take now waits.
    pub fn send<'a>(&mut self, datagrams: impl Iterator<Item = (SocketAddr, &'a [u8])>) {
        let mut datagrams = datagrams.peekable();
        if self.backlog.is_empty() {
            self.send_now(&mut datagrams);
        }
        for (to, octets) in datagrams {
            if self.backlog.len() >= self.backlog_max {
                self.dropped += 1;
            } else {
                self.backlog.push_back((to, octets.to_vec()));
            }
        }
    }

    /// Sends what waits, as far as the system takes it.
    pub fn flush(&mut self) {
        while !self.backlog.is_empty() {
            let waiting = self
                .backlog
                .iter()
                .map(|(to, octets)| (*to, octets.as_slice()));
            match mmsg::send(self.socket.as_fd(), waiting) {
                Ok(sent) => {
                    self.backlog.drain(..sent);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(_) => {
                    self.backlog.pop_front();
                    self.dropped += 1;
                }
            }
        }
    }

    /// Sends until the system takes no more, and leaves the rest in `datagrams`.
    fn send_now<'a>(
        &mut self,
        datagrams: &mut std::iter::Peekable<impl Iterator<Item = (SocketAddr, &'a [u8])>>,
    ) {
        let mut batch: Vec<(SocketAddr, &[u8])> = Vec::with_capacity(mmsg::SEND_BATCH);
        loop {
            batch.extend(datagrams.take(mmsg::SEND_BATCH - batch.len()));
            if batch.is_empty() {
                return;
            }
            match mmsg::send(self.socket.as_fd(), batch.iter().copied()) {
                Ok(sent) => {
                    batch.drain(..sent);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(_) => {
                    // This one cannot be sent (no route, or too long); the others can.
                    batch.remove(0);
                    self.dropped += 1;
                }
            }
        }
        let waiting = batch.into_iter().map(|(to, octets)| (to, octets.to_vec()));
        self.backlog.extend(waiting);
    }
}

/// Nothing is wrong with the socket: nothing waits, or an earlier datagram was refused by its
/// receiver (an ICMP error that Linux tells here).
fn is_passing(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::ConnectionRefused | io::ErrorKind::Interrupted
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_than_a_batch_arrives_in_order() {
        let here = "127.0.0.1:0".parse().unwrap();
        let mut sender = Udp::bind(here, 1 << 20, 1_000).unwrap();
        let receiver = Udp::bind(here, 1 << 20, 0).unwrap();
        let datagrams: Vec<[u8; 2]> = (0..200_u16).map(u16::to_be_bytes).collect();
        let to = receiver.local();
        sender.send(datagrams.iter().map(|octets| (to, &octets[..])));
        let mut arrivals = Arrivals::new(32);
        let mut seen = vec![];
        while seen.len() < datagrams.len() {
            sender.flush();
            receiver.receive(&mut arrivals).unwrap();
            seen.extend(arrivals.iter().map(|(from, octets)| {
                assert_eq!(from, sender.local());
                octets.to_vec()
            }));
        }
        assert!(seen.iter().eq(&datagrams));
        assert_eq!(sender.dropped, 0);
    }

    #[test]
    fn a_datagram_that_cannot_be_sent_does_not_hold_up_the_others() {
        let here = "127.0.0.1:0".parse().unwrap();
        let mut sender = Udp::bind(here, 1 << 20, 10).unwrap();
        let receiver = Udp::bind(here, 1 << 20, 0).unwrap();
        let too_long = vec![0; 70_000];
        let to = receiver.local();
        sender.send([(to, &too_long[..]), (to, &b"short"[..])].into_iter());
        let mut arrivals = Arrivals::new(4);
        while receiver.receive(&mut arrivals).unwrap() == 0 {}
        assert!(arrivals.iter().map(|(_, octets)| octets).eq([b"short"]));
        assert_eq!(sender.dropped, 1);
    }
}
