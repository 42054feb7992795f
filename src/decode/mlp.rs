//! The Mobile Location Protocol over HTTP as lines.

mod area;
mod document;

use hashbrown::HashMap;
use pengate_codecs::mlp::{Document, Estimate, Limits as DocumentLimits, MlpError, read, text_of};
use thiserror::Error;

use super::{
    Detail, Limits,
    line::{Key, Line},
};
use crate::{
    feed::{Channel, Heading},
    session::http::{HttpError, Message, Method, Options, Side, Stream},
};

/// One direction of a connection.
type Way = (Channel, Heading);

/// The streams that hold part of a message.
#[derive(Debug)]
pub(super) struct Streams {
    options: Options,
    limits: Limits,
    streams: HashMap<Way, Waiting>,
    /// Octets of all of them.
    held: usize,
}

/// A stream, or nothing when the boundary of its next message is unknown: it starts at the next
/// start line.
type Waiting = Option<Stream>;

/// Why octets of a stream are no whole message.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub(super) enum Broken {
    /// They are not those of HTTP.
    #[error("{0}")]
    Http(HttpError),
    /// Octets after them were not captured.
    #[error("octets of the stream were not captured")]
    Gap,
    /// The stream ends within a message.
    #[error("the stream ends within a message")]
    End,
    /// All streams together hold more than the limit.
    #[error("more octets wait in streams than stream_bytes_max")]
    Full,
}

impl Streams {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            options: Options {
                header_bytes_max: limits.header_bytes_max,
                body_bytes_max: limits.body_bytes_max,
                ..Options::default()
            },
            limits,
            streams: HashMap::new(),
            held: 0,
        }
    }

    /// Takes the next octets of a stream.
    pub(super) fn push(
        &mut self,
        way: Way,
        octets: &[u8],
        each: &mut dyn FnMut(Result<Message<'_>, Broken>),
    ) {
        let is_response = octets.starts_with(b"HTTP/");
        let side = if is_response {
            Side::Client
        } else {
            Side::Server
        };
        let mut stream = match self.take(way) {
            Some(Some(stream)) => stream,
            Some(None) if !is_response && !starts_request(octets) => {
                return self.put(way, None);
            }
            _ => Stream::new(side),
        };
        let pushed = stream.push(octets, &self.options, |message| {
            // That a sender waits for a word is nothing that anybody said.
            if message != Message::Continue {
                each(Ok(message));
            }
        });
        let is_full = self.held + stream.waiting() > self.limits.stream_bytes_max;
        let broken = match pushed {
            Err(error) => Some(Broken::Http(error)),
            Ok(()) => is_full.then_some(Broken::Full),
        };
        if let Some(broken) = broken {
            each(Err(broken));
        }
        self.put(way, broken.is_none().then_some(stream));
    }

    /// Octets of a stream are missing.
    pub(super) fn gap(&mut self, way: Way, each: &mut dyn FnMut(Result<Message<'_>, Broken>)) {
        each(Err(Broken::Gap));
        self.take(way);
        self.put(way, None);
    }

    /// A stream is over.
    pub(super) fn end(&mut self, way: Way, each: &mut dyn FnMut(Result<Message<'_>, Broken>)) {
        let Some(Some(mut stream)) = self.take(way) else {
            return;
        };
        let mut is_broken = stream.waiting() > 0;
        stream.end(|message| {
            is_broken = false;
            each(Ok(message));
        });
        if is_broken {
            each(Err(Broken::End));
        }
    }

    /// The streams that wait for the rest of a message, in order.
    pub(super) fn open(&self) -> Vec<Way> {
        let is_open = |waiting: &Waiting| matches!(waiting, Some(stream) if stream.waiting() > 0);
        let open = self.streams.iter().filter(|(_, waiting)| is_open(waiting));
        let mut open: Vec<_> = open.map(|(way, _)| *way).collect();
        open.sort_unstable();
        open
    }

    fn take(&mut self, way: Way) -> Option<Waiting> {
        let waiting = self.streams.remove(&way);
        self.held -= waiting.iter().flatten().map(Stream::waiting).sum::<usize>();
        waiting
    }

    fn put(&mut self, way: Way, waiting: Waiting) {
        if self.streams.len() >= self.limits.streams_max {
            // Only where the reader forgot connections before they ended.
            self.streams.clear();
            self.held = 0;
        }
        self.held += waiting.iter().map(Stream::waiting).sum::<usize>();
        self.streams.insert(way, waiting);
    }
}

/// Whether octets start with a request that the protocol makes.
fn starts_request(octets: &[u8]) -> bool {
    octets.starts_with(b"POST ")
}

/// Tells a message under the names of its specifications; `head` tells where it comes from, after
/// its operation. True when nothing was wrong.
pub(super) fn tell(
    line: &mut Line,
    message: &Message<'_>,
    detail: Detail,
    head: impl FnOnce(&mut Line),
) -> bool {
    let (body, method) = match message {
        Message::Request(request) => (request.body, Some(request.method)),
        Message::Response(response) => (response.body, None),
        Message::Continue => (&[][..], None),
    };
    let text = text_of(body);
    let document = match &text {
        _ if body.is_empty() => None,
        Ok(text) => Some(read(text, &DocumentLimits::default())),
        Err(error) => Some(Err(*error)),
    };
    match (&document, method) {
        (Some(Ok(document)), _) => line.envelope(Key::Operation, document.service.element()),
        (_, Some(Method::Post)) => line.envelope(Key::Operation, "POST"),
        (_, Some(_)) => line.envelope(Key::Operation, "Request"),
        (_, None) => line.envelope(Key::Operation, "Response"),
    }
    head(line);
    let fault = document.as_ref().and_then(first_fault);
    if let Some(error) = fault {
        line.fault(error.kind, Some(error.at));
    }
    match message {
        Message::Request(request) => line.text("Request-URI", request.target),
        Message::Response(response) => line.number("Status-Code", response.status.into()),
        Message::Continue => {}
    }
    if let Some(Ok(document)) = &document {
        document::tell(line, document, detail);
    }
    fault.is_none()
}

/// What is wrong with a document, or with the first position that is spoiled.
fn first_fault(document: &Result<Document<'_>, MlpError>) -> Option<MlpError> {
    match document {
        Err(error) => Some(*error),
        Ok(document) => document
            .positions()
            .iter()
            .find_map(|position| match position.estimate {
                Estimate::Unreadable(error) => Some(error),
                _ => None,
            }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feed::Carrier;

    const SLIA: &str = include_str!("../../codecs/tests/data/mlp/slia-circle.xml");

    fn way() -> Way {
        let channel = Channel {
            carrier: Carrier::Tcp,
            local: "192.0.2.1:40000".parse().unwrap(),
            peer: "192.0.2.9:9210".parse().unwrap(),
        };
        (channel, Heading::In)
    }

    /// Lines of what comes out of pieces of a stream, each with whether it is sound.
    fn lines(pieces: &[&[u8]], detail: Detail) -> Vec<(String, bool)> {
        let mut streams = Streams::new(Limits::default());
        let mut told = Vec::new();
        let mut each = |piece: Result<Message<'_>, Broken>| {
            let mut line = Line::default();
            let is_sound = match piece {
                Ok(message) => tell(&mut line, &message, detail, |_| {}),
                Err(broken) => {
                    line.fault(broken, None);
                    false
                }
            };
            told.push((
                String::from_utf8_lossy(line.finish()).trim().to_owned(),
                is_sound,
            ));
        };
        for piece in pieces {
            streams.push(way(), piece, &mut each);
        }
        for way in streams.open() {
            streams.end(way, &mut each);
        }
        told
    }

    fn answer() -> String {
        format!(
            "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{SLIA}",
            SLIA.len()
        )
    }

    #[test]
    fn an_answer_is_told_however_it_is_cut() {
        let answer = answer();
        let expected = "{\"operation\":\"slia\",\"Status-Code\":200,\"ver\":\"3.4.0\",\
            \"pos\":{\"MSISDN\":\"99900000001\",\"time\":\"2026-03-01T10:15:30Z\",\
            \"shape\":\"CircularArea\"}}";
        let (one, other) = answer.as_bytes().split_at(300);
        for pieces in [&[answer.as_bytes()][..], &[one, other]] {
            assert_eq!(lines(pieces, Detail::Matter), [(expected.to_owned(), true)]);
        }
        let full = &lines(&[answer.as_bytes()], Detail::Full)[0].0;
        assert!(
            full.contains("\"lev_conf\":90")
                && full.contains("\"area\":\"30.46258 45.43077 570 m\""),
            "{full}"
        );
    }

    #[test]
    fn what_is_wrong_is_told_with_its_offset() {
        let bad = answer().replace("30 27 45.3N", "30 27 75.3N");
        let (line, is_sound) = &lines(&[bad.as_bytes()], Detail::Matter)[0];
        let at = SLIA.find("30 27 45.3N").unwrap();
        let fault = format!("\"fault\":{{\"what\":\"not a coordinate\",\"offset\":{at}}}");
        assert!(line.contains(&fault) && !is_sound, "{line}");
        let cut = &answer().into_bytes()[..200];
        let (line, is_sound) = &lines(&[cut], Detail::Matter)[0];
        assert!(
            line.contains("ends within a message") && !is_sound,
            "{line}"
        );
        let (line, _) = &lines(&[b"POST\r\n\r\n"], Detail::Matter)[0];
        assert!(line.contains("malformed head"), "{line}");
    }

    #[test]
    fn a_password_is_never_told() {
        let body = "<svc_init ver='3.4.0'><hdr><client><id>a</id><pwd>secret</pwd></client></hdr>\
            <slir><msids><msid>99900000001</msid></msids></slir></svc_init>";
        let request = format!(
            "POST /mlp HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let (line, is_sound) = &lines(&[request.as_bytes()], Detail::Full)[0];
        assert!(*is_sound && !line.contains("secret"), "{line}");
        assert!(
            line.contains("\"operation\":\"slir\",\"Request-URI\":\"/mlp\""),
            "{line}"
        );
    }

    #[test]
    fn a_request_whose_body_is_awaited_is_one_message() {
        let body = "<svc_init ver='3.4.0'><slir><msids><msid>99900000001</msid></msids></slir>\
            </svc_init>";
        let head = format!(
            "POST /mlp HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        let lines = lines(&[head.as_bytes(), body.as_bytes()], Detail::Matter);
        let [(line, true)] = &lines[..] else {
            panic!("{lines:?}");
        };
        assert!(line.starts_with("{\"operation\":\"slir\""), "{line}");
    }

    #[test]
    fn after_octets_that_were_not_captured_the_next_start_line_counts() {
        let mut streams = Streams::new(Limits::default());
        let mut count = 0;
        streams.gap(way(), &mut |piece| assert_eq!(piece, Err(Broken::Gap)));
        streams.push(way(), b"rest of a body", &mut |_| count += 1);
        streams.push(way(), answer().as_bytes(), &mut |_| count += 1);
        assert_eq!(count, 1);
    }
}
