//! User messages of an SCTP association with their stream and payload protocol (RFC 6458).
#![expect(
    unsafe_code,
    reason = "the socket interface of SCTP has no safe equivalent in std"
)]

use std::{
    io, mem,
    os::fd::{AsRawFd, BorrowedFd},
    ptr,
};

/// The protocol number of SCTP (RFC 9260 clause 3).
pub(crate) const PROTOCOL: i32 = 132;

/// What one read of an association gave.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Arrival {
    /// Octets read; 0 when the peer ended the association.
    pub length: usize,
    /// The payload protocol identifier of the message.
    pub protocol: u32,
    /// Whether the message ends here; what is longer than the buffer comes in several reads.
    pub is_end: bool,
    /// Whether this is the kernel's word and not the peer's.
    pub is_notification: bool,
}

/// Room for one control message of ours or the kernel's, aligned as it must be.
#[repr(C, align(8))]
struct Control([u8; 128]);

/// Asks for `streams` streams each way, for messages to leave at once, and for each message to come
/// with its payload protocol. To be called before the association comes about.
///
/// # Errors
/// What the system says.
pub(crate) fn prepare(socket: BorrowedFd<'_>, streams: u16) -> io::Result<()> {
    let init = libc::sctp_initmsg {
        sinit_num_ostreams: streams,
        sinit_max_instreams: streams,
        sinit_max_attempts: 0,
        sinit_max_init_timeo: 0,
    };
    let on: libc::c_int = 1;
    set(socket, libc::SCTP_INITMSG, &init)?;
    set(socket, libc::SCTP_NODELAY, &on)?;
    set(socket, libc::SCTP_RECVRCVINFO, &on)
}

fn set<T: Copy>(socket: BorrowedFd<'_>, option: libc::c_int, value: &T) -> io::Result<()> {
    let length = libc::socklen_t::try_from(size_of::<T>()).unwrap_or_default();
    // SAFETY: `value` is a plain value of `length` octets that lives until the call returns.
    let result = unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            libc::IPPROTO_SCTP,
            option,
            ptr::from_ref(value).cast(),
            length,
        )
    };
    if result == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

/// How many streams an association has towards the peer.
///
/// # Errors
/// What the system says, as when there is no association.
pub(crate) fn streams(socket: BorrowedFd<'_>) -> io::Result<u16> {
    // The count stands behind association, state, window and two counts of chunks (RFC 6458 clause
    // 8.2.1); the kernel's structure is longer and fits.
    const AT: usize = 18;
    let mut status = [0_u8; 512];
    let mut length = libc::socklen_t::try_from(status.len()).unwrap_or_default();
    // SAFETY: the kernel writes at most `length` octets, which is what `status` holds.
    let result = unsafe {
        libc::getsockopt(
            socket.as_raw_fd(),
            libc::IPPROTO_SCTP,
            libc::SCTP_STATUS,
            status.as_mut_ptr().cast(),
            &raw mut length,
        )
    };
    if result != 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(u16::from_ne_bytes([status[AT], status[AT + 1]]))
}

/// Reads a message or its next part.
///
/// # Errors
/// What the system says; `WouldBlock` when nothing is waiting.
pub(crate) fn receive(socket: BorrowedFd<'_>, buffer: &mut [u8]) -> io::Result<Arrival> {
    let mut control = Control([0; 128]);
    let mut piece = libc::iovec {
        iov_base: buffer.as_mut_ptr().cast(),
        iov_len: buffer.len(),
    };
    // SAFETY: a `msghdr` of zeros is valid: no name, no pieces, no control.
    let mut header: libc::msghdr = unsafe { mem::zeroed() };
    header.msg_iov = &raw mut piece;
    header.msg_iovlen = 1;
    header.msg_control = control.0.as_mut_ptr().cast();
    header.msg_controllen = control.0.len();
    // SAFETY: the header points to one iovec over the whole of `buffer` and to `control`, all alive
    // until the call returns.
    let count = unsafe { libc::recvmsg(socket.as_raw_fd(), &raw mut header, libc::MSG_DONTWAIT) };
    let length = usize::try_from(count).map_err(|_| io::Error::last_os_error())?;
    Ok(Arrival {
        length,
        protocol: protocol(&header).unwrap_or(0),
        is_end: header.msg_flags & libc::MSG_EOR != 0,
        is_notification: header.msg_flags & libc::MSG_NOTIFICATION != 0,
    })
}

/// The payload protocol that the kernel told with a message.
fn protocol(header: &libc::msghdr) -> Option<u32> {
    // SAFETY: the kernel filled the control room of this header, and `CMSG_FIRSTHDR` gives a
    // pointer within it or null.
    let first = unsafe { libc::CMSG_FIRSTHDR(header).as_ref() }?;
    let room = size_of::<libc::sctp_rcvinfo>();
    // SAFETY: `CMSG_LEN` only computes.
    let wanted = unsafe { libc::CMSG_LEN(u32::try_from(room).ok()?) };
    let is_info = first.cmsg_level == libc::IPPROTO_SCTP
        && first.cmsg_type == libc::SCTP_RCVINFO
        && first.cmsg_len >= usize::try_from(wanted).ok()?;
    if !is_info {
        return None;
    }
    // SAFETY: the control message is of this kind and long enough to hold the structure, which is
    // read without regard to alignment.
    let info: libc::sctp_rcvinfo = unsafe {
        libc::CMSG_DATA(first)
            .cast::<libc::sctp_rcvinfo>()
            .read_unaligned()
    };
    Some(u32::from_be(info.rcv_ppid))
}

/// Sends one message.
///
/// # Errors
/// What the system says; `WouldBlock` when its buffer is full, and then nothing was sent.
pub(crate) fn send(
    socket: BorrowedFd<'_>,
    message: &[u8],
    stream: u16,
    protocol: u32,
) -> io::Result<()> {
    let info = libc::sctp_sndinfo {
        snd_sid: stream,
        snd_flags: 0,
        snd_ppid: protocol.to_be(),
        snd_context: 0,
        snd_assoc_id: 0,
    };
    let room = u32::try_from(size_of::<libc::sctp_sndinfo>()).unwrap_or_default();
    let mut control = Control([0; 128]);
    let mut piece = libc::iovec {
        iov_base: message.as_ptr().cast_mut().cast(),
        iov_len: message.len(),
    };
    // SAFETY: a `msghdr` of zeros is valid: no name, no pieces, no control.
    let mut header: libc::msghdr = unsafe { mem::zeroed() };
    header.msg_iov = &raw mut piece;
    header.msg_iovlen = 1;
    header.msg_control = control.0.as_mut_ptr().cast();
    // SAFETY: `CMSG_SPACE` and `CMSG_LEN` only compute; a header and `sctp_sndinfo` take 32 octets
    // of the 128 that `control` has, so `CMSG_FIRSTHDR` is within it and there is room to write.
    unsafe {
        header.msg_controllen = usize::try_from(libc::CMSG_SPACE(room)).unwrap_or_default();
        let first = libc::CMSG_FIRSTHDR(&raw const header);
        (*first).cmsg_level = libc::IPPROTO_SCTP;
        (*first).cmsg_type = libc::SCTP_SNDINFO;
        (*first).cmsg_len = usize::try_from(libc::CMSG_LEN(room)).unwrap_or_default();
        libc::CMSG_DATA(first)
            .cast::<libc::sctp_sndinfo>()
            .write_unaligned(info);
    }
    let flags = libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL;
    // SAFETY: the header points to one iovec over the whole of `message`, which the kernel only
    // reads, and to `control`, all alive until the call returns.
    let count = unsafe { libc::sendmsg(socket.as_raw_fd(), &raw const header, flags) };
    if count < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(())
    }
}
