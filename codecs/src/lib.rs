//! Octets to messages and back, for every protocol that pengate speaks.
//!
//! Codecs know protocols and nothing else: no clock, no I/O, no presence. Decoding borrows from the
//! octets it is given and does not allocate unless the type says so.

mod bcd;
pub mod cap;
pub mod diameter;
pub mod m3ua;
pub mod map;
pub mod mlp;
pub mod mtp3;
pub mod pidf;
mod plmn;
pub mod radius;
pub mod sccp;
pub mod sh;
pub mod sip;
mod stamp;
pub mod tcap;

pub use bcd::Bcd;
pub use plmn::Plmn;
pub use stamp::{ParseStampError, Stamp};
