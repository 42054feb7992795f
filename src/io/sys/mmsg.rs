//! Many datagrams with one system call: `recvmmsg(2)` and `sendmmsg(2)`.
#![expect(
    unsafe_code,
    reason = "recvmmsg and sendmmsg have no safe equivalent in std"
)]

use std::{
    io, mem,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6},
    os::fd::{AsRawFd, BorrowedFd},
    ptr,
};

use smallvec::SmallVec;

/// Room for a batch of datagrams of up to [`Arrivals::DATAGRAM_OCTETS`] each.
pub struct Arrivals {
    buffers: Vec<u8>,
    names: Vec<libc::sockaddr_storage>,
    lengths: Vec<usize>,
    count: usize,
}

impl Arrivals {
    /// Octets of the largest datagram.
    pub const DATAGRAM_OCTETS: usize = 65_536;

    /// From one buffer to the next. Whole powers of two would put the beginnings of all datagrams
    /// into the same few lines of the processor's caches.
    const STRIDE_OCTETS: usize = Self::DATAGRAM_OCTETS + 17 * 64;

    /// Room for `batch` datagrams.
    #[must_use]
    pub fn new(batch: usize) -> Self {
        Self {
            buffers: vec![0; batch * Self::STRIDE_OCTETS],
            names: vec![empty_name(); batch],
            lengths: vec![0; batch],
            count: 0,
        }
    }

    /// Reads what is waiting on a non-blocking socket, in place of the last batch.
    ///
    /// # Errors
    /// What the system says; `WouldBlock` when nothing is waiting.
    pub fn receive(&mut self, socket: BorrowedFd<'_>) -> io::Result<usize> {
        self.count = 0;
        let mut pieces: SmallVec<[libc::iovec; BATCH]> = self
            .buffers
            .chunks_exact_mut(Self::STRIDE_OCTETS)
            .map(|buffer| libc::iovec {
                iov_base: buffer.as_mut_ptr().cast(),
                iov_len: Self::DATAGRAM_OCTETS,
            })
            .collect();
        let mut headers: SmallVec<[libc::mmsghdr; BATCH]> = pieces
            .iter_mut()
            .zip(&mut self.names)
            .map(|(piece, name)| header(piece, ptr::from_mut(name)))
            .collect();
        let wanted = libc::c_uint::try_from(headers.len()).unwrap_or(libc::c_uint::MAX);
        // SAFETY: every header points to one iovec of `pieces` and one name of `self.names`, both
        // alive and not moved until the call returns; each iovec lies within one chunk of
        // `self.buffers`; `wanted` is at most the number of headers.
        let count = unsafe {
            libc::recvmmsg(
                socket.as_raw_fd(),
                headers.as_mut_ptr(),
                wanted,
                libc::MSG_DONTWAIT,
                ptr::null_mut(),
            )
        };
        self.count = usize::try_from(count).map_err(|_| io::Error::last_os_error())?;
        for (length, header) in self.lengths.iter_mut().zip(&headers[..self.count]) {
            *length = (header.msg_len as usize).min(Self::DATAGRAM_OCTETS);
        }
        Ok(self.count)
    }

    /// The datagrams of the last batch with their senders.
    pub fn iter(&self) -> impl Iterator<Item = (SocketAddr, &[u8])> {
        let buffers = self.buffers.chunks_exact(Self::STRIDE_OCTETS);
        buffers
            .zip(&self.lengths)
            .zip(&self.names)
            .take(self.count)
            .filter_map(|((buffer, length), name)| Some((address_of(name)?, &buffer[..*length])))
    }
}

/// Most datagrams handed to the system at once.
pub const SEND_BATCH: usize = BATCH;

/// For how many datagrams headers lie on the stack.
const BATCH: usize = 64;

/// Sends datagrams through a non-blocking socket; returns how many the system took.
///
/// # Errors
/// What the system says about the first datagram not taken when none was; `WouldBlock` when the
/// socket's buffer is full.
pub fn send<'a>(
    socket: BorrowedFd<'_>,
    datagrams: impl Iterator<Item = (SocketAddr, &'a [u8])>,
) -> io::Result<usize> {
    let mut names: SmallVec<[(libc::sockaddr_storage, libc::socklen_t); BATCH]> = SmallVec::new();
    let mut pieces: SmallVec<[libc::iovec; BATCH]> = SmallVec::new();
    for (address, octets) in datagrams.take(SEND_BATCH) {
        names.push(name_of(address));
        pieces.push(libc::iovec {
            iov_base: octets.as_ptr().cast_mut().cast(),
            iov_len: octets.len(),
        });
    }
    let mut headers: SmallVec<[libc::mmsghdr; BATCH]> = pieces
        .iter_mut()
        .zip(&mut names)
        .map(|(piece, (name, length))| {
            let mut header = header(piece, ptr::from_mut(name));
            header.msg_hdr.msg_namelen = *length;
            header
        })
        .collect();
    let wanted = libc::c_uint::try_from(headers.len()).unwrap_or(libc::c_uint::MAX);
    // SAFETY: every header points to one iovec of `pieces` and one name of `names`, both alive and
    // not moved until the call returns; sendmmsg reads the octets that the iovecs span, which
    // outlive `'a`, and does not write them; `wanted` is at most the number of headers.
    let count = unsafe {
        libc::sendmmsg(
            socket.as_raw_fd(),
            headers.as_mut_ptr(),
            wanted,
            libc::MSG_DONTWAIT,
        )
    };
    usize::try_from(count).map_err(|_| io::Error::last_os_error())
}

fn header(piece: &mut libc::iovec, name: *mut libc::sockaddr_storage) -> libc::mmsghdr {
    // SAFETY: an all-zero mmsghdr is valid: null pointers, zero lengths, no flags.
    let mut header: libc::mmsghdr = unsafe { mem::zeroed() };
    header.msg_hdr.msg_iov = piece;
    header.msg_hdr.msg_iovlen = 1;
    header.msg_hdr.msg_name = name.cast();
    header.msg_hdr.msg_namelen = socklen::<libc::sockaddr_storage>();
    header
}

fn empty_name() -> libc::sockaddr_storage {
    // SAFETY: an all-zero sockaddr_storage is valid: of no address family.
    unsafe { mem::zeroed() }
}

fn socklen<T>() -> libc::socklen_t {
    // The sizes of socket addresses are small constants.
    libc::socklen_t::try_from(size_of::<T>()).unwrap_or(0)
}

fn address_of(name: &libc::sockaddr_storage) -> Option<SocketAddr> {
    match i32::from(name.ss_family) {
        libc::AF_INET => {
            // SAFETY: the family says that the system wrote a sockaddr_in here, which is smaller
            // than and aligned no stricter than sockaddr_storage.
            let v4 = unsafe { &*ptr::from_ref(name).cast::<libc::sockaddr_in>() };
            let ip = Ipv4Addr::from(u32::from_be(v4.sin_addr.s_addr));
            Some(SocketAddr::new(IpAddr::V4(ip), u16::from_be(v4.sin_port)))
        }
        libc::AF_INET6 => {
            // SAFETY: as above, for sockaddr_in6.
            let v6 = unsafe { &*ptr::from_ref(name).cast::<libc::sockaddr_in6>() };
            let ip = Ipv6Addr::from(v6.sin6_addr.s6_addr);
            let port = u16::from_be(v6.sin6_port);
            Some(SocketAddrV6::new(ip, port, v6.sin6_flowinfo, v6.sin6_scope_id).into())
        }
        _ => None,
    }
}

fn name_of(address: SocketAddr) -> (libc::sockaddr_storage, libc::socklen_t) {
    let mut name = empty_name();
    let length = match address {
        SocketAddr::V4(address) => write_v4(&mut name, address),
        SocketAddr::V6(address) => write_v6(&mut name, address),
    };
    (name, length)
}

fn write_v4(name: &mut libc::sockaddr_storage, address: SocketAddrV4) -> libc::socklen_t {
    // SAFETY: sockaddr_storage is larger than and aligned at least as sockaddr_in, and all-zero is
    // a valid sockaddr_in.
    let v4 = unsafe { &mut *ptr::from_mut(name).cast::<libc::sockaddr_in>() };
    v4.sin_family = libc::sa_family_t::try_from(libc::AF_INET).unwrap_or(0);
    v4.sin_port = address.port().to_be();
    v4.sin_addr.s_addr = u32::from(*address.ip()).to_be();
    socklen::<libc::sockaddr_in>()
}

fn write_v6(name: &mut libc::sockaddr_storage, address: SocketAddrV6) -> libc::socklen_t {
    // SAFETY: as above, for sockaddr_in6.
    let v6 = unsafe { &mut *ptr::from_mut(name).cast::<libc::sockaddr_in6>() };
    v6.sin6_family = libc::sa_family_t::try_from(libc::AF_INET6).unwrap_or(0);
    v6.sin6_port = address.port().to_be();
    v6.sin6_addr.s6_addr = address.ip().octets();
    v6.sin6_flowinfo = address.flowinfo();
    v6.sin6_scope_id = address.scope_id();
    socklen::<libc::sockaddr_in6>()
}

#[cfg(test)]
mod tests {
    use std::{net::UdpSocket, os::fd::AsFd};

    use super::*;

    fn exchange(bind: &str) {
        let (here, there) = (
            UdpSocket::bind(bind).unwrap(),
            UdpSocket::bind(bind).unwrap(),
        );
        let to = there.local_addr().unwrap();
        let datagrams = [&b"one"[..], b"", &[7; 9_000]];
        let sent = send(here.as_fd(), datagrams.iter().map(|octets| (to, *octets))).unwrap();
        assert_eq!(sent, 3);
        let mut arrivals = Arrivals::new(8);
        assert_eq!(arrivals.receive(there.as_fd()).unwrap(), 3);
        let from = here.local_addr().unwrap();
        assert!(
            arrivals
                .iter()
                .eq(datagrams.iter().map(|octets| (from, *octets)))
        );
        let error = arrivals.receive(there.as_fd()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
        assert_eq!(arrivals.iter().count(), 0);
    }

    #[test]
    fn datagrams_keep_their_octets_order_and_sender_over_ipv4() {
        exchange("127.0.0.1:0");
    }

    #[test]
    fn datagrams_keep_their_octets_order_and_sender_over_ipv6() {
        exchange("[::1]:0");
    }
}
