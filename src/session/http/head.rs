//! Start line and header fields (RFC 9112 clauses 2 to 6).

use std::{ops::Range, time::Duration};

use httparse::{EMPTY_HEADER, Error, Header, Status};

use super::{HttpError, Options};

/// Which side of the connection is ours.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Side {
    /// Requests come.
    Server,
    /// Responses come.
    Client,
}

/// A request method.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Method {
    /// Only the head of what GET would give.
    Head,
    /// To send something.
    Post,
    /// Any other.
    Other,
}

/// What is known once the head is there.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Head {
    pub start: Start,
    /// Octets of the head, its empty line included.
    pub length: usize,
    pub framing: Framing,
    /// Whether the connection goes on after the message.
    pub is_kept: bool,
    /// The sender waits for a word before it sends the body.
    pub expects_continue: bool,
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Start {
    /// The target is a part of the head.
    Request {
        method: Method,
        target: Range<usize>,
    },
    Response {
        status: u16,
        retry_after: Option<Duration>,
    },
}

/// How the body ends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Framing {
    Length(usize),
    Chunked,
    /// With the connection.
    Close,
}

/// The most header fields that may be configured.
const HEADERS_MAX: usize = 128;

impl Head {
    /// Reads a head that is there in whole, up to its empty line.
    pub(super) fn read(octets: &[u8], side: Side, options: &Options) -> Result<Self, HttpError> {
        let mut room = [EMPTY_HEADER; HEADERS_MAX];
        let room = &mut room[..options.headers_max.min(HEADERS_MAX)];
        match side {
            Side::Server => Self::request(octets, room, options),
            Side::Client => Self::response(octets, room, options),
        }
    }

    fn request<'a>(
        octets: &'a [u8],
        room: &mut [Header<'a>],
        options: &Options,
    ) -> Result<Self, HttpError> {
        let mut request = httparse::Request::new(room);
        let length = complete(request.parse(octets))?;
        let (Some(method), Some(path), Some(minor)) =
            (request.method, request.path, request.version)
        else {
            return Err(HttpError::Head);
        };
        let method = match method {
            "POST" => Method::Post,
            "HEAD" => Method::Head,
            _ => Method::Other,
        };
        let fields = Fields::read(request.headers)?;
        if minor >= 1 && fields.hosts != 1 {
            return Err(HttpError::Host);
        }
        let framing = match (fields.framing(options)?, method) {
            (Some(framing), _) => framing,
            (None, Method::Post) => return Err(HttpError::LengthRequired),
            (None, _) => Framing::Length(0),
        };
        // The target lies in the octets: between two spaces of the start line.
        let start = path.as_ptr().addr().saturating_sub(octets.as_ptr().addr());
        Ok(Self {
            start: Start::Request {
                method,
                target: start..start + path.len(),
            },
            length,
            framing,
            is_kept: fields.is_kept(minor),
            expects_continue: fields.expects_continue && minor >= 1,
        })
    }

    fn response<'a>(
        octets: &'a [u8],
        room: &mut [Header<'a>],
        options: &Options,
    ) -> Result<Self, HttpError> {
        let mut response = httparse::Response::new(room);
        let length = complete(response.parse(octets))?;
        let (Some(status), Some(minor)) = (response.code, response.version) else {
            return Err(HttpError::Head);
        };
        let fields = Fields::read(response.headers)?;
        let framing = match status {
            100..=199 | 204 | 304 => Framing::Length(0),
            _ => fields.framing(options)?.unwrap_or(Framing::Close),
        };
        Ok(Self {
            start: Start::Response {
                status,
                retry_after: fields.retry_after,
            },
            length,
            framing,
            is_kept: fields.is_kept(minor) && framing != Framing::Close,
            expects_continue: false,
        })
    }
}

fn complete(parsed: httparse::Result<usize>) -> Result<usize, HttpError> {
    match parsed {
        Ok(Status::Complete(length)) => Ok(length),
        Ok(Status::Partial) => Err(HttpError::Head),
        Err(Error::TooManyHeaders) => Err(HttpError::HeadTooLong),
        Err(Error::Version) => Err(HttpError::Version),
        Err(_) => Err(HttpError::Head),
    }
}

/// The header fields that matter.
#[derive(Debug, Default)]
struct Fields {
    hosts: usize,
    length: Option<usize>,
    /// Whether there is a transfer coding, and whether it is chunked and nothing else.
    coding: Option<bool>,
    close: bool,
    keep_alive: bool,
    expects_continue: bool,
    retry_after: Option<Duration>,
}

impl Fields {
    fn read(headers: &[Header<'_>]) -> Result<Self, HttpError> {
        let mut fields = Self::default();
        for Header { name, value } in headers {
            let value = value.trim_ascii();
            let is = |known: &str| name.eq_ignore_ascii_case(known);
            if is("host") {
                fields.hosts += 1;
            } else if is("content-length") {
                let length = decimal(value).ok_or(HttpError::ContentLength)?;
                if fields.length.is_some_and(|before| before != length) {
                    return Err(HttpError::ContentLength);
                }
                fields.length = Some(length);
            } else if is("transfer-encoding") {
                let is_chunked = fields.coding.is_none() && value.eq_ignore_ascii_case(b"chunked");
                fields.coding = Some(is_chunked);
            } else if is("connection") {
                for token in value.split(|octet| *octet == b',') {
                    fields.close |= token.trim_ascii().eq_ignore_ascii_case(b"close");
                    fields.keep_alive |= token.trim_ascii().eq_ignore_ascii_case(b"keep-alive");
                }
            } else if is("expect") {
                if !value.eq_ignore_ascii_case(b"100-continue") {
                    return Err(HttpError::Expectation);
                }
                fields.expects_continue = true;
            } else if is("retry-after") {
                // A date is not read: our own delays apply.
                let secs = decimal(value).and_then(|secs| u64::try_from(secs).ok());
                fields.retry_after = secs.map(Duration::from_secs);
            }
        }
        Ok(fields)
    }

    fn framing(&self, options: &Options) -> Result<Option<Framing>, HttpError> {
        match (self.coding, self.length) {
            // Two lengths of one body are how requests are smuggled (RFC 9112 clause 6.3).
            (Some(_), Some(_)) => Err(HttpError::ContentLength),
            (Some(true), None) => Ok(Some(Framing::Chunked)),
            (Some(false), None) => Err(HttpError::TransferCoding),
            (None, Some(length)) if length > options.body_bytes_max => Err(HttpError::BodyTooLong),
            (None, length) => Ok(length.map(Framing::Length)),
        }
    }

    const fn is_kept(&self, minor: u8) -> bool {
        !self.close && (minor >= 1 || self.keep_alive)
    }
}

/// A number of decimal digits; one that is too large is the largest.
fn decimal(digits: &[u8]) -> Option<usize> {
    let is_number = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    is_number.then(|| {
        digits.iter().fold(0_usize, |sum, digit| {
            sum.saturating_mul(10)
                .saturating_add(usize::from(digit - b'0'))
        })
    })
}
