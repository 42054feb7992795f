//! The client side of a connection: one request at a time.

use pengate_codecs::Stamp;

use super::{HttpError, Message, Options, PostRequest, Response, Side, Stream};

/// One connection on which we ask.
#[derive(Debug)]
pub struct Client {
    stream: Stream,
    /// When the request was sent whose answer is due.
    asked: Option<Stamp>,
    is_kept: bool,
}

/// What came on a connection.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Reply<'a> {
    /// The answer to the request.
    Answer(Response<'a>),
    /// An answer to nothing.
    Unasked(Response<'a>),
}

impl Default for Client {
    fn default() -> Self {
        Self {
            stream: Stream::new(Side::Client),
            asked: None,
            is_kept: true,
        }
    }
}

impl Client {
    /// Whether a request may be sent.
    #[must_use]
    pub const fn is_free(&self) -> bool {
        self.asked.is_none() && self.is_kept
    }

    /// Whether the connection goes on.
    #[must_use]
    pub const fn is_kept(&self) -> bool {
        self.is_kept
    }

    /// When the request was sent that waits for its answer.
    #[must_use]
    pub const fn asked(&self) -> Option<Stamp> {
        self.asked
    }

    /// Appends a request to `out`; it must be [free](Self::is_free).
    pub fn ask(&mut self, at: Stamp, request: &PostRequest<'_>, out: &mut Vec<u8>) {
        self.asked = Some(at);
        request.write(out);
    }

    /// Takes octets; answers go to `sink`.
    ///
    /// # Errors
    /// [`HttpError`]: the connection must end.
    pub fn take(
        &mut self,
        octets: &[u8],
        options: &Options,
        mut sink: impl FnMut(Reply<'_>),
    ) -> Result<(), HttpError> {
        let Self {
            stream,
            asked,
            is_kept,
        } = self;
        let taken = stream.push(octets, options, |message| {
            reply(message, asked, is_kept, &mut sink);
        });
        if taken.is_err() {
            self.is_kept = false;
        }
        taken
    }

    /// The connection is over: an answer that ends with it is told.
    pub fn end(&mut self, mut sink: impl FnMut(Reply<'_>)) {
        let Self {
            stream,
            asked,
            is_kept,
        } = self;
        stream.end(|message| reply(message, asked, is_kept, &mut sink));
        self.is_kept = false;
    }
}

fn reply(
    message: Message<'_>,
    asked: &mut Option<Stamp>,
    is_kept: &mut bool,
    sink: &mut impl FnMut(Reply<'_>),
) {
    if let Message::Response(response) = message {
        *is_kept &= response.is_kept;
        sink(match asked.take() {
            Some(_) => Reply::Answer(response),
            None => Reply::Unasked(response),
        });
    }
}
