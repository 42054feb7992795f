//! M3UA, the MTP3 user adaptation layer over SCTP (RFC 4666).
//!
//! One SCTP user message is one borrowed [`Message`]: its header is checked and its parameters are
//! known to fill it, nothing is copied and nothing allocated. [`Data`] is the short way to what MTP3
//! carries; [`Message::parameters`] walks everything, [`Parameter::value`] gives a parameter its
//! type, and [`Builder`] writes messages of our own.

mod build;
mod data;
mod error;
mod kind;
mod message;
mod parameter;
mod point_codes;
mod registration;
mod status;
pub mod tag;
mod value;

pub use build::{Builder, EncodeError};
pub use data::{Data, Label, ProtocolData};
pub use error::DecodeError;
pub use kind::{Class, MessageType};
pub use message::{HEADER_OCTETS, Message, VERSION};
pub use parameter::{Parameter, Parameters, Words};
pub use point_codes::{AffectedPointCode, AffectedPointCodes};
pub use registration::{
    DeregistrationResult, DeregistrationStatus, RegistrationResult, RegistrationStatus, RoutingKey,
};
pub use status::{AsState, Cause, ErrorCode, Status, TrafficMode};
pub use value::Value;

/// SCTP payload protocol identifier of M3UA (RFC 4666 clause 7.1).
pub const PAYLOAD_PROTOCOL: u32 = 3;
/// The registered SCTP port (RFC 4666 clause 7.2).
pub const PORT: u16 = 2905;
/// Service indicator of SCCP in MTP3's service information octet (Q.704 clause 14.2.1).
pub const SERVICE_SCCP: u8 = 3;
