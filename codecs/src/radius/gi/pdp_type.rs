//! 3GPP-PDP-Type (3) (TS 29.061 clause 16.4.7).

/// What the context carries.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PdpType {
    /// IPv4 (0).
    Ipv4,
    /// PPP (1).
    Ppp,
    /// IPv6 (2).
    Ipv6,
    /// IPv4v6 (3).
    Ipv4v6,
    /// Non-IP (4).
    NonIp,
    /// A value without a name here.
    Other(u32),
}

impl PdpType {
    /// The value found on the wire.
    #[must_use]
    pub const fn from_wire(value: u32) -> Self {
        match value {
            0 => Self::Ipv4,
            1 => Self::Ppp,
            2 => Self::Ipv6,
            3 => Self::Ipv4v6,
            4 => Self::NonIp,
            other => Self::Other(other),
        }
    }

    /// The value to put on the wire.
    #[must_use]
    pub const fn to_wire(self) -> u32 {
        match self {
            Self::Ipv4 => 0,
            Self::Ppp => 1,
            Self::Ipv6 => 2,
            Self::Ipv4v6 => 3,
            Self::NonIp => 4,
            Self::Other(other) => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_survives() {
        for value in (0..10).chain([u32::MAX]) {
            assert_eq!(PdpType::from_wire(value).to_wire(), value);
        }
        assert_eq!(PdpType::from_wire(3), PdpType::Ipv4v6);
    }
}
