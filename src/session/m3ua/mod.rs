//! M3UA (RFC 4666): one association with a signalling gateway or another IP node, from ASP Up to
//! traffic, without I/O. Rooms hand it user messages and get what MTP3 carried.

mod contexts;
mod destinations;
mod link;
mod network;
mod options;
mod parting;
mod peer;
mod timers;

use pengate_codecs::{Stamp, m3ua::AffectedPointCode};

pub use destinations::Availability;
pub use link::{Link, NotActive};
pub use options::{Options, Role, Sharing};

/// How far a link is (RFC 4666 clause 4.3.1).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum State {
    /// There is no association.
    Disconnected,
    /// ASP-DOWN: the association is there, ASP Up is not acknowledged.
    Down,
    /// ASP-INACTIVE: up, ASP Active is not acknowledged.
    Inactive,
    /// ASP-INACTIVE, because another process took the traffic over.
    Standby,
    /// ASP-ACTIVE: traffic flows.
    Active,
    /// ASP Inactive was said, to part in order: what is under way is still taken and answered.
    Leaving,
    /// ASP Down was said, to end the association in order.
    Closing,
}

impl State {
    /// A word for it: shown to the operator, and a metric label.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Disconnected => "disconnected",
            Self::Down => "down",
            Self::Inactive => "inactive",
            Self::Standby => "standby",
            Self::Active => "active",
            Self::Leaving => "leaving",
            Self::Closing => "closing",
        }
    }
}

/// What a link says besides the data that it hands on.
pub trait Sink {
    /// A user message to the peer.
    fn send(&mut self, octets: &[u8]);

    /// Something that was not understood or not expected: `kind` is of a closed set, `offset` the
    /// first bad octet.
    fn fault(&mut self, at: Stamp, kind: &'static str, offset: Option<usize>);

    /// The link came into another state.
    fn state(&mut self, at: Stamp, state: State);

    /// The network told whether a destination, or a range of them, can be reached.
    fn destination(&mut self, at: Stamp, range: AffectedPointCode, told: Availability);

    /// The association is to be ended: it is of no use any more.
    fn hang_up(&mut self, at: Stamp);
}

#[cfg(test)]
mod tests;
