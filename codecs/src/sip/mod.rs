//! SIP messages (RFC 3261): a lenient lexer, typed headers on demand, and writers.
//!
//! [`Message::decode`] finds the start line, every header field and the body in one pass and
//! borrows them. What a header means is read when asked for: [`Message::header`],
//! [`Message::required`] and [`Message::list`] with the types of [`header`]. [`frame()`] cuts a stream
//! into messages. [`Writer`] appends messages to a buffer.

mod error;
mod exercise;
mod find;
mod frame;
pub mod header;
mod lex;
mod message;
mod method;
mod name;
mod params;
mod register;
mod scan;
mod status;
mod uri;
mod write;

pub use error::DecodeError;
#[doc(hidden)]
pub use exercise::exercise;
pub use frame::{Frame, FrameError, FrameLimits, FrameScan, frame};
pub use message::{Field, Framing, Message, RequestLine, StartLine, StatusLine, Version};
pub use method::Method;
pub use name::Name;
pub use params::{Param, Params, unescape};
pub use register::Register;
pub use scan::Scan;
pub use status::reason;
pub use uri::{Scheme, Uri};
pub use write::Writer;
