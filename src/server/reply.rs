//! Answers to requests (RFC 3261 clause 8.2.6).

use std::io::Write as _;

use pengate_codecs::{
    pidf::PidfError,
    sip::{Message, Name, Writer, header::Require},
};
use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::shard::Request;
use crate::session::sip::ToTag;

/// The media type of presence documents.
pub(super) const PIDF: &str = "application/pidf+xml";
/// The event package that is served.
pub(super) const PRESENCE: &str = "presence";

/// Why a request is not done.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Refusal {
    /// A header that is needed is absent, twice there, or cannot be read.
    BadRequest(&'static str),
    /// The published document cannot be read.
    BadDocument(PidfError),
    /// Not allowed, or not vouched for by a peer that we trust.
    Forbidden,
    /// No such presentity.
    NotFound,
    /// Neither PUBLISH nor SUBSCRIBE.
    MethodNotAllowed,
    /// No media type that the watcher takes.
    NotAcceptable,
    /// The entity-tag names no live publication.
    ConditionalRequestFailed,
    /// More octets than are taken.
    TooLarge,
    /// A body of a type that is not taken: of a PUBLISH, or of a SUBSCRIBE (filters).
    UnsupportedMediaType { publish: bool },
    /// A content encoding that is not taken.
    UnsupportedEncoding,
    /// An extension that is required and unknown.
    BadExtension,
    /// A lifetime below the least, in seconds.
    IntervalTooBrief(u32),
    /// No such dialog.
    NoSuchDialog,
    /// No such event package.
    BadEvent,
    /// A number below that of an earlier request in the dialog.
    OutOfOrder,
    /// Too much to do, or the log takes nothing: a limit by its name.
    Unavailable(&'static str, u32),
}

impl Refusal {
    /// The status code.
    pub(super) const fn status(self) -> u16 {
        match self {
            Self::BadRequest(_) | Self::BadDocument(_) => 400,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::NotAcceptable => 406,
            Self::ConditionalRequestFailed => 412,
            Self::TooLarge => 413,
            Self::UnsupportedMediaType { .. } | Self::UnsupportedEncoding => 415,
            Self::BadExtension => 420,
            Self::IntervalTooBrief(_) => 423,
            Self::NoSuchDialog => 481,
            Self::BadEvent => 489,
            Self::OutOfOrder => 500,
            Self::Unavailable(..) => 503,
        }
    }

    /// A metric label.
    pub(super) const fn kind(self) -> &'static str {
        match self {
            Self::BadRequest(_) => "bad-request",
            Self::BadDocument(_) => "bad-document",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not-found",
            Self::MethodNotAllowed => "method-not-allowed",
            Self::NotAcceptable => "not-acceptable",
            Self::ConditionalRequestFailed => "conditional-request-failed",
            Self::TooLarge => "publication-bytes-max",
            Self::UnsupportedMediaType { .. } => "unsupported-media-type",
            Self::UnsupportedEncoding => "unsupported-encoding",
            Self::BadExtension => "bad-extension",
            Self::IntervalTooBrief(_) => "interval-too-brief",
            Self::NoSuchDialog => "no-such-dialog",
            Self::BadEvent => "bad-event",
            Self::OutOfOrder => "out-of-order",
            Self::Unavailable(limit, _) => limit,
        }
    }

    /// Adds the headers that tell more.
    fn write_headers(self, message: &Message<'_>, writer: &mut Writer<'_>) {
        match self {
            Self::BadRequest(what) => warn(what, writer),
            Self::BadDocument(error) => warn(error, writer),
            Self::MethodNotAllowed => {
                writer.header(Name::Allow, "PUBLISH, REGISTER, SUBSCRIBE");
            }
            Self::NotAcceptable | Self::UnsupportedMediaType { publish: true } => {
                writer.header(Name::Accept, PIDF);
            }
            Self::UnsupportedMediaType { publish: false } => {
                writer.header(Name::Accept, "");
            }
            Self::UnsupportedEncoding => {
                writer.header(Name::AcceptEncoding, "identity");
            }
            Self::BadExtension => {
                for extension in message.list::<Require<'_>>().flatten() {
                    writer.header(Name::Unsupported, extension.0);
                }
            }
            Self::IntervalTooBrief(least) => {
                writer.header(Name::MinExpires, least);
            }
            Self::BadEvent => {
                writer.header(Name::AllowEvents, PRESENCE);
            }
            Self::Unavailable(_, secs) => {
                writer.header(Name::RetryAfter, secs);
            }
            Self::Forbidden
            | Self::NotFound
            | Self::ConditionalRequestFailed
            | Self::TooLarge
            | Self::NoSuchDialog
            | Self::OutOfOrder => {}
        }
    }

    /// Appends the whole answer; nothing when the request names nobody to answer.
    pub(super) fn write(self, request: &Request<'_>, seed: u64, out: &mut Vec<u8>) {
        let (message, peer) = (request.message, Some(request.channel.peer));
        let tag = stateless_tag(message, seed).to_string();
        if let Ok(mut writer) = Writer::answer(out, message, self.status(), peer, Some(&tag)) {
            self.write_headers(message, &mut writer);
            writer.finish();
        }
    }
}

fn warn(what: impl std::fmt::Display, writer: &mut Writer<'_>) {
    writer.header(Name::Warning, format_args!("399 pengate \"{what}\""));
}

/// What an answer copies from its request, kept until the answer may leave.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Echo(Vec<u8>);

impl Echo {
    /// Copies Via, From, To (with our tag), Call-ID and CSeq; Record-Route too when the request
    /// makes a dialog.
    pub(super) fn new(request: &Request<'_>, tag: ToTag, dialog: bool) -> Self {
        let (message, peer) = (request.message, Some(request.channel.peer));
        let mut lines = Vec::with_capacity(512);
        let tag = tag.to_string();
        if let Ok(mut writer) = Writer::answer(&mut lines, message, 200, peer, Some(&tag))
            && dialog
        {
            writer.copy(message, Name::RecordRoute);
        }
        Self(lines)
    }

    /// The lines after the status line.
    fn lines(&self) -> &[u8] {
        self.0.get(OK.len()..).unwrap_or_default()
    }

    /// Appends a 200 with the headers that `headers` adds.
    pub(super) fn write_ok(&self, out: &mut Vec<u8>, headers: impl FnOnce(&mut Vec<u8>)) {
        out.extend_from_slice(OK);
        out.extend_from_slice(self.lines());
        headers(out);
        out.extend_from_slice(b"Content-Length: 0\r\n\r\n");
    }

    /// Appends a 503 (RFC 3261 clause 21.5.4).
    pub(super) fn write_unavailable(&self, retry_after: u32, out: &mut Vec<u8>) {
        out.extend_from_slice(b"SIP/2.0 503 Service Unavailable\r\n");
        out.extend_from_slice(self.lines());
        // Writing to memory does not fail.
        let _ = write!(
            out,
            "Retry-After: {retry_after}\r\nContent-Length: 0\r\n\r\n"
        );
    }
}

const OK: &[u8] = b"SIP/2.0 200 OK\r\n";

/// Our tag of an answer that makes no dialog: the same for the same request.
pub(super) fn stateless_tag(message: &Message<'_>, seed: u64) -> ToTag {
    let word = |name| {
        message
            .field(name)
            .map_or(0, |field| xxh3_64_with_seed(field.octets, seed))
    };
    ToTag {
        partition: u16::MAX,
        unique: word(Name::CallId) ^ word(Name::CSeq).rotate_left(17),
    }
}
