//! Protocol state that outlives a message.

pub mod duration;
pub mod random;
pub mod sip;
