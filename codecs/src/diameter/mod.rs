//! Diameter (RFC 6733): messages and AVPs, borrowed from the octets they came in.
//!
//! A message is cut out of its stream by [`frame()`] and becomes a [`Message`]; nothing is copied and
//! nothing allocated. Views read in one pass what their readers need: [`Envelope`] what every
//! message carries, [`Capabilities`] what peers tell each other, [`Accounting`] what is charged.
//! [`Builder`] writes messages, [`answer()`] and its like those that answer a request, with or
//! without error. Every AVP, known or not, can be walked with [`Message::avps`]; the dictionary names
//! them.

mod accounting;
mod address;
mod answer;
mod avp;
mod build;
mod capabilities;
mod closed;
pub mod command;
mod describe;
pub mod dict;
mod envelope;
mod error;
mod frame;
mod header;
mod kind;
mod message;
mod result;

pub use accounting::{Accounting, RecordType, SubscriptionIdType};
pub use address::Address;
pub use answer::{Failed, Origin, answer, experimental_answer, refuse, refuse_header, set_result};
pub use avp::{AVP_HEADER_OCTETS, Avp, AvpFlags, Avps, NESTING_MAX};
pub use build::{Builder, EncodeError};
pub use capabilities::{Application, Capabilities, DisconnectCause, Role};
pub(crate) use closed::closed;
pub use describe::describe;
pub use envelope::{Envelope, Outcome};
pub use error::DecodeError;
pub use frame::{Frame, FrameError, frame};
pub use header::{Flags, HEADER_OCTETS, Header, VERSION};
pub use kind::{Kind, TGPP, kinds};
pub use message::{MESSAGE_OCTETS_MAX, Message};
pub use result::{ExperimentalResult, ResultCode};

/// Application of the base protocol's own commands.
pub const COMMON_MESSAGES: u32 = 0;
/// Base accounting (RFC 6733 clause 9).
pub const BASE_ACCOUNTING: u32 = 3;
/// What a relay advertises (RFC 6733 clause 2.4).
pub const RELAY: u32 = 0xffff_ffff;
