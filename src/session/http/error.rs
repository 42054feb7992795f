//! Why octets are no message that is taken.

use thiserror::Error;

/// A message that is not taken. The connection must end: where the next message starts is not known.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum HttpError {
    /// Start line or header fields are not those of HTTP.
    #[error("malformed head")]
    Head,
    /// Another version than 1.0 and 1.1.
    #[error("version not supported")]
    Version,
    /// The head is longer than [`Options::header_bytes_max`](super::Options::header_bytes_max), or
    /// has more fields than [`Options::headers_max`](super::Options::headers_max).
    #[error("head too long")]
    HeadTooLong,
    /// A request of HTTP/1.1 without exactly one host.
    #[error("not exactly one host")]
    Host,
    /// The length of the body is told wrongly, or twice and differently.
    #[error("length of the body told wrongly")]
    ContentLength,
    /// A request with a body whose length is not told.
    #[error("length of the body not told")]
    LengthRequired,
    /// The body is longer than [`Options::body_bytes_max`](super::Options::body_bytes_max).
    #[error("body too long")]
    BodyTooLong,
    /// A transfer coding other than chunked.
    #[error("transfer coding not known")]
    TransferCoding,
    /// Chunks that cannot be told apart.
    #[error("malformed chunk")]
    Chunk,
    /// An expectation other than to go on.
    #[error("expectation not known")]
    Expectation,
}

impl HttpError {
    /// The status that a server answers (RFC 9110 clause 15).
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::Head | Self::Host | Self::ContentLength | Self::Chunk => 400,
            Self::LengthRequired => 411,
            Self::BodyTooLong => 413,
            Self::Expectation => 417,
            Self::HeadTooLong => 431,
            Self::TransferCoding => 501,
            Self::Version => 505,
        }
    }

    /// A name from a closed set, for counters.
    #[must_use]
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Head => "http-head",
            Self::Version => "http-version",
            Self::HeadTooLong => "http-head-too-long",
            Self::Host => "http-host",
            Self::ContentLength => "http-content-length",
            Self::LengthRequired => "http-length-required",
            Self::BodyTooLong => "http-body-too-long",
            Self::TransferCoding => "http-transfer-coding",
            Self::Chunk => "http-chunk",
            Self::Expectation => "http-expectation",
        }
    }
}
