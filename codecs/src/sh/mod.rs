//! Sh: what the HSS tells an application server (TS 29.328, TS 29.329).
//!
//! Commands are Diameter messages, typed here: [`UserDataRequest`], [`SubscribeNotificationsRequest`]
//! and [`PushNotificationRequest`] with their answers. What is told stands in an XML document,
//! read by [`ShData`]: elements are found by their names wherever the releases put them, unknown ones
//! are passed over, and locations are the octets of MAP in base64.

mod address;
mod answer;
mod base64;
mod data;
mod error;
mod identity;
pub mod kinds;
mod location;
mod push;
mod reference;
mod request;
pub mod results;
mod shape;
mod state;
#[cfg(test)]
mod tests;
mod xml;

pub use address::IsdnAddress;
pub use answer::DataAnswer;
pub use data::{Faults, OCTETS_MAX, ShData, Text};
pub use error::ShDataError;
pub use identity::UserIdentity;
pub use location::{Area, Location};
pub use push::PushNotificationRequest;
pub use reference::{DataReference, RequestedDomain, SubsReqType};
pub use request::{Asked, Requester, SubscribeNotificationsRequest, UserDataRequest};
pub use shape::Geographic;
pub use state::{CsUserState, ImsUserState, PsUserState};
pub use xml::DEPTH_MAX;

/// The application (TS 29.329 clause 6.1).
pub const APPLICATION: u32 = 16_777_217;
