//! Why octets are not the SIP message, or the header value, they should be.

use thiserror::Error;

use super::Name;

/// What is wrong, and the offset of the first octet that shows it, counted from the first octet of
/// the message as it was handed in.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum DecodeError {
    /// More octets than an offset can count, which no carrier delivers as one message.
    #[error("message of {len} octets")]
    TooLarge {
        /// How many octets there were.
        len: usize,
    },
    /// The first line is neither a request line nor a status line.
    #[error("no request or status line at offset {at}")]
    StartLine {
        /// Where the line goes wrong.
        at: usize,
    },
    /// The octets ended before the empty line that ends the header.
    #[error("header not ended at offset {at}")]
    Unterminated {
        /// The end of the octets.
        at: usize,
    },
    /// A line of the header is not `name: value`.
    #[error("no header field at offset {at}")]
    Field {
        /// Where the name goes wrong.
        at: usize,
    },
    /// The Content-Length is no number, or two of them differ.
    #[error("bad Content-Length at offset {at}")]
    ContentLength {
        /// The value.
        at: usize,
    },
    /// The body is shorter than the Content-Length says.
    #[error("body at offset {at} lacks {missing} octets")]
    BodyShort {
        /// The first octet of the body.
        at: usize,
        /// How many octets are missing.
        missing: usize,
    },
    /// A header that must be present is not.
    #[error("no {} header", name.as_str())]
    Missing {
        /// Its name.
        name: Name,
    },
    /// A header that may occur once occurs again.
    #[error("second {} header at offset {at}", name.as_str())]
    Repeated {
        /// The second value.
        at: usize,
        /// Its name.
        name: Name,
    },
    /// The value of a header does not follow its grammar.
    #[error("bad {} header at offset {at}", name.as_str())]
    Value {
        /// The first octet that does not fit.
        at: usize,
        /// The name of the header.
        name: Name,
    },
    /// A URI does not follow its grammar.
    #[error("bad URI at offset {at}")]
    Uri {
        /// The first octet that does not fit.
        at: usize,
    },
}
