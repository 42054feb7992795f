//! Protocol state that outlives a message.

pub mod radius;
pub mod random;
pub mod sip;
