//! Protocol state that outlives a message.

pub mod diameter;
pub mod http;
pub mod radius;
pub mod random;
pub mod sip;
