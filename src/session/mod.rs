//! Protocol state that outlives a message.

pub mod random;
pub mod sip;
