//! SCCP, connectionless (Q.713): unitdata between two addresses, and what comes back when it could
//! not be delivered.
//!
//! [`Message::decode`] borrows from the octets it is given and allocates nothing. Every message is
//! written by its own `encode`, which refuses what does not fit and never cuts anything off.

mod address;
mod digits;
mod error;
mod extended;
mod fields;
mod long;
mod management;
mod message;
mod segmentation;
mod title;
mod titled;
mod unitdata;
mod values;

pub use address::{PartyAddress, Routing};
pub use digits::Digits;
pub use error::{DecodeError, EncodeError, Field};
pub use extended::{ExtendedUnitdata, ExtendedUnitdataService};
pub use long::{LongUnitdata, LongUnitdataService};
pub use management::{Management, ManagementKind};
pub use message::{Message, MessageType, Purpose, Transfer};
pub use segmentation::{SEGMENTS_MAX, Segmentation};
pub use title::{Address, GlobalTitle, Nature, Plan};
pub use titled::Titled;
pub use unitdata::{Unitdata, UnitdataService};
pub use values::{Delivery, ProtocolClass, ReturnCause, Sequence};

/// Subsystem numbers (TS 23.003 clause 8.2, Q.713 clause 3.4.2.2).
pub mod subsystem {
    /// SCCP management.
    pub const MANAGEMENT: u8 = 1;
    /// HLR.
    pub const HLR: u8 = 6;
    /// VLR.
    pub const VLR: u8 = 7;
    /// MSC.
    pub const MSC: u8 = 8;
    /// CAP.
    pub const CAP: u8 = 146;
    /// gsmSCF for MAP, and with it the Presence Network Agent.
    pub const GSM_SCF: u8 = 147;
    /// SGSN.
    pub const SGSN: u8 = 149;
}
