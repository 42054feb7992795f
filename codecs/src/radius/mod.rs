//! RADIUS (RFC 2865, 2866) with the 3GPP vendor attributes of TS 29.061.
//!
//! A datagram becomes a borrowed [`Packet`]; nothing is copied and nothing allocated. From there:
//! [`Accounting`] is the one-pass view of what a gateway node reports, [`verify_request`] and
//! [`verify_batch`] check who sent it, [`accounting_response`] and [`Draft`] answer it, and
//! [`Builder`] makes packets of our own. Every attribute, known or not, can be walked with
//! [`Packet::attributes`] and [`Packet::vendor`].

mod accounting;
pub mod attribute;
mod authenticator;
mod batch;
mod build;
mod code;
mod describe;
pub mod dict;
mod error;
pub mod gi;
pub mod md5;
mod packet;
mod reply;
mod secret;
mod status;
mod vendor;

pub use accounting::{Accounting, Faults};
pub use authenticator::{Refusal, verify_request, verify_response};
pub use batch::{sign_batch, verify_batch};
pub use build::{Builder, EncodeError};
pub use code::Code;
pub use describe::describe;
pub use error::DecodeError;
pub use gi::Gi;
pub use packet::{
    AUTHENTICATOR_OCTETS, Attribute, Attributes, Authenticator, HEADER_OCTETS, PACKET_OCTETS_MAX,
    Packet,
};
pub use reply::{Draft, access_accept, accounting_response, status_response};
pub use secret::Secret;
pub use status::{NasPortType, StatusType, TerminateCause};
pub use vendor::{VendorAttribute, VendorAttributes, VendorFormat};
