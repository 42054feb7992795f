//! A SIP client of the tests' own: small, over UDP and TCP, and free to send what it likes.

mod message;
mod party;

pub use message::Message;
pub use party::{Notification, Party, Subscription};
