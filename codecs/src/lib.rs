//! Octets to messages and back, for every protocol that pengate speaks.
//!
//! Codecs know protocols and nothing else: no clock, no I/O, no presence. Decoding borrows from the
//! octets it is given and does not allocate unless the type says so.

pub mod m3ua;
pub mod mlp;
pub mod pidf;
mod plmn;
pub mod radius;
pub mod sccp;
pub mod sip;
mod stamp;

pub use plmn::Plmn;
pub use stamp::{ParseStampError, Stamp};
