//! What happened outside, and whom it is for.

use crate::{
    agent::room,
    event::Source,
    feed::{Channel, Chunk},
};

/// Who a chunk is for.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Service {
    /// RADIUS of a reference point: Pk, Pp or Pr.
    Radius(Source),
    /// Diameter of a reference point: Ph, Pp or Pr.
    Diameter(Source),
    /// M3UA, whose associations Pc and Pg share.
    M3ua,
    /// The Mobile Location Protocol over HTTP: Pl.
    Mlp,
    /// SIP: the server's rooms, and Pi.
    Sip,
}

impl Service {
    /// A word for it: in log lines and recordings.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Radius(Source::Pr) => "radius/pr",
            Self::Radius(Source::Pp) => "radius/pp",
            Self::Radius(_) => "radius",
            Self::Diameter(Source::Pr) => "diameter/pr",
            Self::Diameter(Source::Pp) => "diameter/pp",
            Self::Diameter(_) => "diameter",
            Self::M3ua => "m3ua",
            Self::Mlp => "mlp",
            Self::Sip => "sip",
        }
    }

    /// The reference point that it is counted under; of two that share it, the first. SIP has none:
    /// most of it is the server's.
    #[must_use]
    pub const fn source(self) -> Option<Source> {
        match self {
            Self::Radius(source) | Self::Diameter(source) => Some(source),
            Self::M3ua => Some(Source::Pc),
            Self::Mlp => Some(Source::Pl),
            Self::Sip => None,
        }
    }
}

/// What happened outside.
#[derive(Clone, Copy, Debug)]
pub enum Input<'a> {
    /// Octets arrived.
    Chunk(Service, Chunk<'a>),
    /// A connection or association came about.
    Up(Service, Channel),
    /// A connection or association ended.
    Down(Service, Channel),
    /// A connection or association that was asked for did not come about.
    Refused(Service, std::net::SocketAddr),
}

impl<'a> Input<'a> {
    /// Whom it is for.
    #[must_use]
    pub const fn service(&self) -> Service {
        match self {
            Self::Chunk(service, _)
            | Self::Up(service, _)
            | Self::Down(service, _)
            | Self::Refused(service, _) => *service,
        }
    }

    pub(super) const fn to_room(self) -> room::Input<'a> {
        match self {
            Self::Chunk(_, chunk) => room::Input::Chunk(chunk),
            Self::Up(_, channel) => room::Input::Up(channel),
            Self::Down(_, channel) => room::Input::Down(channel),
            Self::Refused(_, peer) => room::Input::Refused(peer),
        }
    }
}
