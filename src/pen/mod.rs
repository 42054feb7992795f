//! Pen (TS 23.141 clause 4.3.2): the one door between agent and server, and it is a durable log.
//!
//! One way go [`PresentityUpdate`]s, [`SourceReset`]s, [`Bind`]s and [`PolicyChange`]s, all of them
//! records of the [`log`]; the other way goes [`Reporting`], which is not recorded.

pub mod log;
mod policy;
mod presentity;
mod record;
mod reporting;
pub mod state;
mod update;

pub use policy::{Handling, PolicyChange, WatcherRule};
pub use presentity::{Presentity, PresentityError};
pub use record::{Kinds, Record, RecordError};
pub use reporting::Reporting;
pub use update::{
    Bind, Change, Ended, IdentityKey, NetworkId, PresentityUpdate, Slot, SourceReset, Tie,
};
