//! Cutting a stream into messages (RFC 3261 clause 18.3, RFC 5626 clause 4.4.1).

use thiserror::Error;

use super::lex;

/// How long the parts of a message on a stream may be.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct FrameLimits {
    /// Octets from the start line to the empty line.
    pub header_bytes: usize,
    /// Octets of the body.
    pub body_bytes: usize,
}

/// What was seen of a message that is not whole yet, so that no octet is looked at twice however
/// small the pieces are. It belongs to one buffer: make a new one after taking a frame from it.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct FrameScan {
    seen: usize,
    total: Option<usize>,
}

/// What stands at the start of a stream's buffer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Frame {
    /// Part of a message, or nothing: more octets are needed.
    Partial,
    /// So many octets of line ends. A `ping` is a double CRLF, to be answered with one CRLF.
    Blank {
        /// How many octets to discard.
        len: usize,
        /// Whether an answer is due.
        ping: bool,
    },
    /// A whole message of so many octets.
    Message {
        /// How many octets it has.
        len: usize,
    },
}

/// Why a stream cannot be followed any further: the connection must be closed.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum FrameError {
    /// No end of the header within the limit.
    #[error("header of more than {max} octets")]
    HeaderTooLong {
        /// The limit.
        max: usize,
    },
    /// A body above the limit is announced.
    #[error("body of {len} octets, more than {max}")]
    BodyTooLong {
        /// What Content-Length says.
        len: usize,
        /// The limit.
        max: usize,
    },
    /// What stands where a message must start is none.
    #[error("no request or status line")]
    StartLine,
    /// There is no Content-Length, it is no number, or two differ.
    #[error("no usable Content-Length")]
    ContentLength,
}

/// Looks at the start of `buffer`, which begins at a message boundary.
///
/// # Errors
/// Any [`FrameError`]; the boundary of the next message is unknown then.
pub fn frame(
    buffer: &[u8],
    scan: &mut FrameScan,
    limits: &FrameLimits,
) -> Result<Frame, FrameError> {
    if let Some(blank) = blank(buffer) {
        return Ok(blank);
    }
    if scan.total.is_none() {
        let Some(head) = head_len(buffer, scan) else {
            let max = limits.header_bytes;
            if buffer.len() > max {
                return Err(FrameError::HeaderTooLong { max });
            }
            return Ok(Frame::Partial);
        };
        scan.total = Some(total(&buffer[..head], limits)?);
    }
    Ok(match scan.total {
        Some(len) if len <= buffer.len() => Frame::Message { len },
        _ => Frame::Partial,
    })
}

/// Line ends before a message. A lone CRLF may be half of a ping, so it is left in the buffer until
/// what follows it is known.
fn blank(buffer: &[u8]) -> Option<Frame> {
    if !matches!(buffer.first()?, b'\r' | b'\n') {
        return None;
    }
    if buffer.starts_with(b"\r\n\r\n") {
        return Some(Frame::Blank { len: 4, ping: true });
    }
    if b"\r\n\r".starts_with(buffer) {
        return Some(Frame::Partial);
    }
    let line_ends = buffer
        .iter()
        .take_while(|octet| matches!(octet, b'\r' | b'\n'));
    let len = match buffer {
        [b'\r', b'\n', ..] => 2,
        _ => line_ends.count().min(1),
    };
    Some(Frame::Blank { len, ping: false })
}

/// Length of the header with its empty line, once that is there.
fn head_len(buffer: &[u8], scan: &mut FrameScan) -> Option<usize> {
    for at in memchr::memchr_iter(b'\n', &buffer[scan.seen..]) {
        let next = scan.seen + at + 1;
        match &buffer[next..] {
            [b'\n', ..] => return Some(next + 1),
            [b'\r', b'\n', ..] => return Some(next + 2),
            [] | [b'\r'] => {
                // Come back to this line end when what follows it is known.
                scan.seen += at;
                return None;
            }
            _ => {}
        }
    }
    scan.seen = buffer.len();
    None
}

/// Length of the message that starts with `head`.
fn total(head: &[u8], limits: &FrameLimits) -> Result<usize, FrameError> {
    if head.len() > limits.header_bytes {
        let max = limits.header_bytes;
        return Err(FrameError::HeaderTooLong { max });
    }
    let head = lex::head(head).ok_or(FrameError::StartLine)?;
    let len = lex::content_length(head.octets, &head.rows);
    let len = len.ok().flatten().ok_or(FrameError::ContentLength)?;
    let max = limits.body_bytes;
    if len > max {
        return Err(FrameError::BodyTooLong { len, max });
    }
    Ok(head.octets.len().saturating_add(len))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: FrameLimits = FrameLimits {
        header_bytes: 64,
        body_bytes: 16,
    };

    fn once(buffer: &[u8]) -> Result<Frame, FrameError> {
        frame(buffer, &mut FrameScan::default(), &LIMITS)
    }

    #[test]
    fn a_message_is_cut_whatever_the_pieces() {
        let stream = b"A b SIP/2.0\r\nl : 4\r\nX: y\r\n\r\nbodyA b SIP/2.0";
        let len = stream.len() - 11;
        assert_eq!(once(stream), Ok(Frame::Message { len }));
        let mut scan = FrameScan::default();
        for end in 0..len {
            let found = frame(&stream[..end], &mut scan, &LIMITS);
            assert_eq!(found, Ok(Frame::Partial), "{end}");
        }
        let found = frame(&stream[..len], &mut scan, &LIMITS);
        assert_eq!(found, Ok(Frame::Message { len }));
    }

    #[test]
    fn line_ends_between_messages_are_discarded_and_a_double_one_is_a_ping() {
        assert_eq!(once(b"\r\n\r\nA"), Ok(Frame::Blank { len: 4, ping: true }));
        assert_eq!(
            once(b"\r\nA"),
            Ok(Frame::Blank {
                len: 2,
                ping: false
            })
        );
        assert_eq!(
            once(b"\nA"),
            Ok(Frame::Blank {
                len: 1,
                ping: false
            })
        );
        assert_eq!(
            once(b"\rA"),
            Ok(Frame::Blank {
                len: 1,
                ping: false
            })
        );
        for partial in [&b""[..], b"\r", b"\r\n", b"\r\n\r"] {
            assert_eq!(once(partial), Ok(Frame::Partial));
        }
    }

    #[test]
    fn bare_line_feeds_and_folds_are_tolerated() {
        assert_eq!(
            once(b"A b SIP/2.0\nl:\n 1\n\nx"),
            Ok(Frame::Message { len: 20 })
        );
    }

    #[test]
    fn limits_and_lengths_are_enforced() {
        let long = [b'x'; 65];
        assert_eq!(once(&long[..64]), Ok(Frame::Partial));
        assert_eq!(once(&long), Err(FrameError::HeaderTooLong { max: 64 }));
        let mut ended = format!("A b SIP/2.0\r\nX: {:060}", 0).into_bytes();
        ended.extend_from_slice(b"\r\n\r\n");
        assert_eq!(once(&ended), Err(FrameError::HeaderTooLong { max: 64 }));
        let body = once(b"A b SIP/2.0\r\nl: 17\r\n\r\n");
        assert_eq!(body, Err(FrameError::BodyTooLong { len: 17, max: 16 }));
        let huge = once(b"A b SIP/2.0\r\nl: 99999999999999999999\r\n\r\n");
        assert_eq!(huge, Err(FrameError::ContentLength));
        assert_eq!(once(b"A b SIP/2.0\r\n\r\n"), Err(FrameError::ContentLength));
        let two = once(b"A b SIP/2.0\r\nl: 1\r\nl: 2\r\n\r\n");
        assert_eq!(two, Err(FrameError::ContentLength));
        assert_eq!(once(b"GET / HTTP/1.1\r\n\r\n"), Err(FrameError::StartLine));
    }
}
