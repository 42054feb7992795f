//! 3GPP-Selection-Mode (12): who chose the APN, as one character.

/// How sure it is that the subscription allows this APN (TS 29.060 clause 7.7.12).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SelectionMode {
    /// Chosen by the subscriber or the network, subscription verified ("0").
    Subscribed,
    /// Chosen by the mobile station, not verified ("1").
    MobileStation,
    /// Chosen by the network, not verified ("2").
    Network,
    /// Another character.
    Other(u8),
}

impl SelectionMode {
    /// From the one character on the wire.
    #[must_use]
    pub const fn decode(octets: &[u8]) -> Option<Self> {
        Some(match octets {
            b"0" => Self::Subscribed,
            b"1" => Self::MobileStation,
            b"2" => Self::Network,
            &[other] => Self::Other(other),
            _ => return None,
        })
    }

    /// The character on the wire.
    #[must_use]
    pub const fn encode(self) -> [u8; 1] {
        match self {
            Self::Subscribed => *b"0",
            Self::MobileStation => *b"1",
            Self::Network => *b"2",
            Self::Other(other) => [other],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_octet_survives() {
        for octet in 0..=u8::MAX {
            assert_eq!(SelectionMode::decode(&[octet]).unwrap().encode(), [octet]);
        }
        assert_eq!(
            SelectionMode::decode(b"1"),
            Some(SelectionMode::MobileStation)
        );
    }

    #[test]
    fn it_is_exactly_one_character() {
        assert_eq!(SelectionMode::decode(b""), None);
        assert_eq!(SelectionMode::decode(b"00"), None);
    }
}
