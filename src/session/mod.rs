//! Protocol state that outlives a message.

pub mod duration;
pub mod radius;
pub mod random;
pub mod sip;
