//! The closed value sets of accounting (RFC 2866 clause 5, RFC 2867) and of NAS-Port-Type.

/// Acct-Status-Type (40): what happened.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum StatusType {
    /// The session, or one of its contexts, began (1).
    Start,
    /// It ended (2).
    Stop,
    /// It goes on; something may have changed (3).
    InterimUpdate,
    /// The NAS started: its earlier sessions are gone (7).
    AccountingOn,
    /// The NAS is going down: its sessions end (8).
    AccountingOff,
    /// Tunnel-Start of RFC 2867 (9).
    TunnelStart,
    /// Tunnel-Stop of RFC 2867 (10).
    TunnelStop,
    /// Tunnel-Reject of RFC 2867 (11).
    TunnelReject,
    /// Tunnel-Link-Start of RFC 2867 (12).
    TunnelLinkStart,
    /// Tunnel-Link-Stop of RFC 2867 (13).
    TunnelLinkStop,
    /// Tunnel-Link-Reject of RFC 2867 (14).
    TunnelLinkReject,
    /// A session could not be set up (15).
    Failed,
    /// A value without a name here.
    Other(u32),
}

impl StatusType {
    /// The value found on the wire.
    #[must_use]
    pub const fn from_wire(value: u32) -> Self {
        match value {
            1 => Self::Start,
            2 => Self::Stop,
            3 => Self::InterimUpdate,
            7 => Self::AccountingOn,
            8 => Self::AccountingOff,
            9 => Self::TunnelStart,
            10 => Self::TunnelStop,
            11 => Self::TunnelReject,
            12 => Self::TunnelLinkStart,
            13 => Self::TunnelLinkStop,
            14 => Self::TunnelLinkReject,
            15 => Self::Failed,
            other => Self::Other(other),
        }
    }

    /// The value to put on the wire.
    #[must_use]
    pub const fn to_wire(self) -> u32 {
        match self {
            Self::Start => 1,
            Self::Stop => 2,
            Self::InterimUpdate => 3,
            Self::AccountingOn => 7,
            Self::AccountingOff => 8,
            Self::TunnelStart => 9,
            Self::TunnelStop => 10,
            Self::TunnelReject => 11,
            Self::TunnelLinkStart => 12,
            Self::TunnelLinkStop => 13,
            Self::TunnelLinkReject => 14,
            Self::Failed => 15,
            Self::Other(other) => other,
        }
    }
}

/// Acct-Terminate-Cause (49): why a session ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TerminateCause {
    /// User-Request (1).
    UserRequest,
    /// Lost-Carrier (2).
    LostCarrier,
    /// Lost-Service (3).
    LostService,
    /// Idle-Timeout (4).
    IdleTimeout,
    /// Session-Timeout (5).
    SessionTimeout,
    /// Admin-Reset (6).
    AdminReset,
    /// Admin-Reboot (7).
    AdminReboot,
    /// Port-Error (8).
    PortError,
    /// NAS-Error (9).
    NasError,
    /// NAS-Request (10).
    NasRequest,
    /// NAS-Reboot (11).
    NasReboot,
    /// Port-Unneeded (12).
    PortUnneeded,
    /// Port-Preempted (13).
    PortPreempted,
    /// Port-Suspended (14).
    PortSuspended,
    /// Service-Unavailable (15).
    ServiceUnavailable,
    /// Callback (16).
    Callback,
    /// User-Error (17).
    UserError,
    /// Host-Request (18).
    HostRequest,
    /// A value without a name here.
    Other(u32),
}

impl TerminateCause {
    /// The value found on the wire.
    #[must_use]
    pub const fn from_wire(value: u32) -> Self {
        match value {
            1 => Self::UserRequest,
            2 => Self::LostCarrier,
            3 => Self::LostService,
            4 => Self::IdleTimeout,
            5 => Self::SessionTimeout,
            6 => Self::AdminReset,
            7 => Self::AdminReboot,
            8 => Self::PortError,
            9 => Self::NasError,
            10 => Self::NasRequest,
            11 => Self::NasReboot,
            12 => Self::PortUnneeded,
            13 => Self::PortPreempted,
            14 => Self::PortSuspended,
            15 => Self::ServiceUnavailable,
            16 => Self::Callback,
            17 => Self::UserError,
            18 => Self::HostRequest,
            other => Self::Other(other),
        }
    }

    /// The value to put on the wire.
    #[must_use]
    pub const fn to_wire(self) -> u32 {
        match self {
            Self::UserRequest => 1,
            Self::LostCarrier => 2,
            Self::LostService => 3,
            Self::IdleTimeout => 4,
            Self::SessionTimeout => 5,
            Self::AdminReset => 6,
            Self::AdminReboot => 7,
            Self::PortError => 8,
            Self::NasError => 9,
            Self::NasRequest => 10,
            Self::NasReboot => 11,
            Self::PortUnneeded => 12,
            Self::PortPreempted => 13,
            Self::PortSuspended => 14,
            Self::ServiceUnavailable => 15,
            Self::Callback => 16,
            Self::UserError => 17,
            Self::HostRequest => 18,
            Self::Other(other) => other,
        }
    }
}

/// NAS-Port-Type (61), as far as access networks of ours use it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum NasPortType {
    /// Async (0).
    Async,
    /// Sync (1).
    Sync,
    /// ISDN Sync (2).
    Isdn,
    /// Virtual (5).
    Virtual,
    /// Ethernet (15).
    Ethernet,
    /// xDSL (16).
    Xdsl,
    /// Cable (17).
    Cable,
    /// Wireless - Other (18).
    WirelessOther,
    /// Wireless - IEEE 802.11 (19).
    Wireless80211,
    /// Wireless - CDMA2000 (22).
    Wireless1x,
    /// Wireless - UMTS (23).
    WirelessUmts,
    /// Wireless - 1X-EV (HRPD) (24).
    WirelessHrpd,
    /// A value without a name here.
    Other(u32),
}

impl NasPortType {
    /// The value found on the wire.
    #[must_use]
    pub const fn from_wire(value: u32) -> Self {
        match value {
            0 => Self::Async,
            1 => Self::Sync,
            2 => Self::Isdn,
            5 => Self::Virtual,
            15 => Self::Ethernet,
            16 => Self::Xdsl,
            17 => Self::Cable,
            18 => Self::WirelessOther,
            19 => Self::Wireless80211,
            22 => Self::Wireless1x,
            23 => Self::WirelessUmts,
            24 => Self::WirelessHrpd,
            other => Self::Other(other),
        }
    }

    /// The value to put on the wire.
    #[must_use]
    pub const fn to_wire(self) -> u32 {
        match self {
            Self::Async => 0,
            Self::Sync => 1,
            Self::Isdn => 2,
            Self::Virtual => 5,
            Self::Ethernet => 15,
            Self::Xdsl => 16,
            Self::Cable => 17,
            Self::WirelessOther => 18,
            Self::Wireless80211 => 19,
            Self::Wireless1x => 22,
            Self::WirelessUmts => 23,
            Self::WirelessHrpd => 24,
            Self::Other(other) => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_survives() {
        for value in (0..100).chain([u32::MAX]) {
            assert_eq!(StatusType::from_wire(value).to_wire(), value);
            assert_eq!(TerminateCause::from_wire(value).to_wire(), value);
            assert_eq!(NasPortType::from_wire(value).to_wire(), value);
        }
    }

    #[test]
    fn the_values_are_those_of_the_specifications() {
        assert_eq!(StatusType::from_wire(8), StatusType::AccountingOff);
        assert_eq!(TerminateCause::from_wire(11), TerminateCause::NasReboot);
        assert_eq!(NasPortType::from_wire(18), NasPortType::WirelessOther);
    }
}
