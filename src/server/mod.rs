//! The server wing (TS 23.141 clause 5.1): documents, subscriptions, notifications.
//!
//! A [`Shard`] is the machine of its presentities; the reference points it speaks are in
//! [`rooms`]. What the network told is in [`facets`], and [`compose`] makes one document of it and
//! of what publishers told.

mod apply;
pub mod compose;
mod contact;
mod directory;
pub mod facets;
mod lifecycle;
mod message;
mod notify;
mod octets;
mod options;
mod outbox;
mod pending;
mod policy;
mod presentity;
mod provenance;
mod random;
mod record;
mod reply;
pub mod rooms;
mod shard;
mod slab;
mod state;
mod subscription;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod timers;

pub use directory::{Directory, canonical};
pub use options::{Expiry, Options};
pub use outbox::{Fault, Notify, NotifyToken, Outbox, Outcome, Room, Shown, Token};
pub use random::Etag;
pub use shard::{Shard, Sizes};
pub use state::LoadError;
pub use subscription::Ending;
