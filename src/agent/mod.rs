//! The agent wing (TS 23.141 clause 5.2.2): a room for each reference point.

pub mod identity;
pub mod normalise;
pub mod pi;
pub mod pk;
pub mod room;
