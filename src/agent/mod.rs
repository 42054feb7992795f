//! The agent wing (TS 23.141 clause 5.2.2): a room for each reference point.

mod access_point;
pub mod arrival;
mod diameter;
pub mod identity;
pub mod normalise;
pub mod ph;
pub mod pi;
pub mod pk;
pub mod pl;
pub mod pr;
pub mod room;
pub mod ss7;
