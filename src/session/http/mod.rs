//! HTTP/1.1 on a connection that somebody else reads and writes (RFC 9110, 9112).
//!
//! [`Server`] takes requests and sends answers in their order, [`Client`] sends one request at a
//! time. Both take the octets of a TCP stream as they come, live or from a capture.

mod chunked;
mod client;
mod error;
mod head;
mod options;
mod server;
mod stream;
#[cfg(test)]
mod tests;
mod write;

pub use client::{Client, Reply};
pub use error::HttpError;
pub use head::{Method, Side};
pub use options::Options;
pub use server::{Exchange, Server, Sink};
pub use stream::{Message, Request, Response, Stream};
pub use write::{PostRequest, write_answer};

/// What must hold of any octets on a connection, whichever way they are cut: the same messages, or
/// the same refusal at the same offset. For fuzzing.
///
/// # Panics
/// When it does not hold, which is a bug here.
#[doc(hidden)]
pub fn exercise(octets: &[u8]) {
    let Some((&cut, octets)) = octets.split_first() else {
        return;
    };
    let options = Options {
        header_bytes_max: 512,
        body_bytes_max: 256,
        ..Options::default()
    };
    for side in [Side::Server, Side::Client] {
        let read = |pieces: &mut dyn Iterator<Item = &[u8]>| {
            let mut stream = Stream::new(side);
            let mut messages = Vec::new();
            let mut refused = None;
            for piece in pieces {
                let result = stream.push(piece, &options, |message| {
                    // Whether a word is owed depends on how much came at once.
                    if message != Message::Continue {
                        messages.push(format!("{message:?}"));
                    }
                });
                if let Err(error) = result {
                    refused = Some(error);
                    break;
                }
                assert!(
                    stream.waiting() <= options.waiting_max(),
                    "what waits is bounded"
                );
            }
            if refused.is_none() {
                stream.end(|message| messages.push(format!("{message:?}")));
            }
            (messages, refused)
        };
        let whole = read(&mut std::iter::once(octets));
        let pieces = read(&mut octets.chunks(usize::from(cut).max(1)));
        assert_eq!(whole, pieces, "where a stream is cut makes no difference");
    }
}
