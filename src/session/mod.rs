//! Protocol state that outlives a message.

pub mod diameter;
pub mod http;
pub mod m3ua;
pub mod radius;
pub mod random;
pub mod sccp;
pub(crate) mod scratch;
pub mod sip;
pub mod tcap;
