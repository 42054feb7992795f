//! Messages out of the octets of a connection, in one direction.

use std::time::Duration;

use super::{
    HttpError, Method, Options, Side,
    chunked::Chunked,
    head::{Framing, Head, Start},
};

/// A request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Request<'a> {
    /// Its method.
    pub method: Method,
    /// Its target, as written.
    pub target: &'a str,
    /// What it carries.
    pub body: &'a [u8],
    /// Whether the connection goes on after its answer.
    pub is_kept: bool,
}

impl<'a> Request<'a> {
    /// The target in origin form: a path. It may come with scheme and host before it (RFC 9112
    /// clause 3.2.2), and is then as written from the path on.
    #[must_use]
    pub fn origin_form(&self) -> &'a str {
        let is_scheme = |scheme: &str| {
            let known = ["http", "https"];
            known.iter().any(|name| scheme.eq_ignore_ascii_case(name))
        };
        match self.target.split_once("://") {
            Some((scheme, rest)) if is_scheme(scheme) => {
                // An empty path is that of the root (RFC 9110 clause 4.2.3).
                rest.find(['/', '?']).map_or("/", |path| &rest[path..])
            }
            _ => self.target,
        }
    }
}

/// A response.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Response<'a> {
    /// Its status.
    pub status: u16,
    /// What it carries.
    pub body: &'a [u8],
    /// How long to wait before the next request.
    pub retry_after: Option<Duration>,
    /// Whether the connection goes on.
    pub is_kept: bool,
}

/// What comes out of a stream.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Message<'a> {
    /// A whole request.
    Request(Request<'a>),
    /// A whole response. Interim ones (1xx) are passed over.
    Response(Response<'a>),
    /// A request's body is awaited, and its sender waits for a word (RFC 9110 clause 10.1.1).
    Continue,
}

/// The reassembly buffer of one direction. What arrives in whole messages is never copied.
#[derive(Clone, Debug)]
pub struct Stream {
    side: Side,
    buffer: Vec<u8>,
    scan: Scan,
    /// Nothing is read any more: the message before was the last, or was refused.
    is_over: bool,
}

/// What is known of the message at the front of the buffer.
#[derive(Clone, Debug, Default)]
struct Scan {
    /// So far there is no end of the head.
    searched: usize,
    head: Option<Head>,
    chunked: Chunked,
    continued: bool,
}

impl Stream {
    /// A stream of which nothing has come.
    #[must_use]
    pub fn new(side: Side) -> Self {
        Self {
            side,
            buffer: Vec::new(),
            scan: Scan::default(),
            is_over: false,
        }
    }

    /// Takes the next octets and hands every message they complete to `sink`, in order.
    ///
    /// # Errors
    /// [`HttpError`]: the connection must end; nothing more is taken.
    pub fn push(
        &mut self,
        octets: &[u8],
        options: &Options,
        mut sink: impl FnMut(Message<'_>),
    ) -> Result<(), HttpError> {
        if self.is_over {
            return Ok(());
        }
        if self.buffer.is_empty() {
            let used = self.drain(octets, options, &mut sink)?;
            let rest = octets.get(used..).filter(|_| !self.is_over);
            self.buffer.extend_from_slice(rest.unwrap_or_default());
            return Ok(());
        }
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.extend_from_slice(octets);
        let used = self.drain(&buffer, options, &mut sink)?;
        if used < buffer.len() && !self.is_over {
            buffer.drain(..used);
            self.buffer = buffer;
        }
        Ok(())
    }

    /// The stream is over: a response that ends with the connection ends here.
    pub fn end(&mut self, mut sink: impl FnMut(Message<'_>)) {
        if let Some(Head {
            start:
                Start::Response {
                    status,
                    retry_after,
                },
            length,
            framing: Framing::Close,
            ..
        }) = self.scan.head
        {
            sink(Message::Response(Response {
                status,
                body: self.buffer.get(length..).unwrap_or_default(),
                retry_after,
                is_kept: false,
            }));
        }
        *self = Self {
            is_over: true,
            ..Self::new(self.side)
        };
    }

    /// How many octets wait for the rest of their message.
    #[must_use]
    pub const fn waiting(&self) -> usize {
        self.buffer.len()
    }

    /// Cuts as many messages as there are; says how many octets they take.
    fn drain(
        &mut self,
        octets: &[u8],
        options: &Options,
        sink: &mut impl FnMut(Message<'_>),
    ) -> Result<usize, HttpError> {
        let mut used = 0;
        while let Some(rest) = octets.get(used..).filter(|rest| !rest.is_empty()) {
            // Empty lines before a start line are passed over (RFC 9112 clause 2.2).
            if self.scan.searched == 0 && self.scan.head.is_none() && is_blank(rest) {
                if rest == b"\r" {
                    break;
                }
                used += 2;
                continue;
            }
            match self.cut(rest, options, sink) {
                Ok(Some(length)) => used += length,
                Ok(None) => break,
                Err(error) => {
                    self.is_over = true;
                    return Err(error);
                }
            }
            self.scan = Scan::default();
            if self.is_over {
                break;
            }
        }
        Ok(used)
    }

    /// The length of the message at the front, once it is there in whole and was handed on.
    fn cut(
        &mut self,
        octets: &[u8],
        options: &Options,
        sink: &mut impl FnMut(Message<'_>),
    ) -> Result<Option<usize>, HttpError> {
        if self.scan.head.is_none() {
            let Some(length) = self.scan.head_length(octets, options)? else {
                return Ok(None);
            };
            let head = octets.get(..length).unwrap_or_default();
            self.scan.head = Some(Head::read(head, self.side, options)?);
        }
        let Scan {
            head: Some(head),
            chunked,
            continued,
            ..
        } = &mut self.scan
        else {
            return Ok(None);
        };
        let behind = octets.get(head.length..).unwrap_or_default();
        let (body, length) = match head.framing {
            Framing::Length(length) => match behind.get(..length) {
                Some(body) => (body, length),
                None => return Ok(wait(head, continued, sink)),
            },
            Framing::Chunked => match chunked.read(behind, options)? {
                Some(length) => (&chunked.body[..], length),
                None => return Ok(wait(head, continued, sink)),
            },
            Framing::Close if behind.len() > options.body_bytes_max => {
                return Err(HttpError::BodyTooLong);
            }
            Framing::Close => return Ok(None),
        };
        let length = head.length + length;
        match &head.start {
            Start::Request { method, target } => {
                let target = octets.get(target.clone()).unwrap_or_default();
                self.is_over = !head.is_kept;
                sink(Message::Request(Request {
                    method: *method,
                    target: std::str::from_utf8(target).map_err(|_| HttpError::Head)?,
                    body,
                    is_kept: head.is_kept,
                }));
            }
            // Interim responses say nothing that matters here.
            Start::Response {
                status: 100..=199, ..
            } => {}
            Start::Response {
                status,
                retry_after,
            } => {
                self.is_over = !head.is_kept;
                sink(Message::Response(Response {
                    status: *status,
                    body,
                    retry_after: *retry_after,
                    is_kept: head.is_kept,
                }));
            }
        }
        Ok(Some(length))
    }
}

/// The body is still to come: who waits for a word is told to go on, once.
fn wait(head: &Head, continued: &mut bool, sink: &mut impl FnMut(Message<'_>)) -> Option<usize> {
    if head.expects_continue && !std::mem::replace(continued, true) {
        sink(Message::Continue);
    }
    None
}

impl Scan {
    /// The length of the head, once its empty line is there.
    fn head_length(
        &mut self,
        octets: &[u8],
        options: &Options,
    ) -> Result<Option<usize>, HttpError> {
        let from = self.searched.saturating_sub(3);
        let window = octets.get(..options.header_bytes_max).unwrap_or(octets);
        let rest = window.get(from..).unwrap_or_default();
        if let Some(place) = memchr::memmem::find(rest, b"\r\n\r\n") {
            return Ok(Some(from + place + 4));
        }
        if octets.len() >= options.header_bytes_max {
            return Err(HttpError::HeadTooLong);
        }
        self.searched = octets.len();
        Ok(None)
    }
}

/// Whether a line end stands at the front, or half of one.
fn is_blank(octets: &[u8]) -> bool {
    octets.starts_with(b"\r\n") || octets == b"\r"
}
