//! The packet's code (RFC 2865 clause 3, RFC 2866 clause 4, RFC 5176 clause 2.3, RFC 5997).

/// What a packet is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Code {
    /// Access-Request (1).
    AccessRequest,
    /// Access-Accept (2).
    AccessAccept,
    /// Access-Reject (3).
    AccessReject,
    /// Accounting-Request (4).
    AccountingRequest,
    /// Accounting-Response (5).
    AccountingResponse,
    /// Access-Challenge (11).
    AccessChallenge,
    /// Status-Server (12).
    StatusServer,
    /// Status-Client (13).
    StatusClient,
    /// Disconnect-Request (40).
    DisconnectRequest,
    /// Disconnect-ACK (41).
    DisconnectAck,
    /// Disconnect-NAK (42).
    DisconnectNak,
    /// CoA-Request (43).
    CoaRequest,
    /// CoA-ACK (44).
    CoaAck,
    /// CoA-NAK (45).
    CoaNak,
    /// A value without a name here.
    Other(u8),
}

impl Code {
    /// The value found on the wire.
    #[must_use]
    pub const fn from_wire(value: u8) -> Self {
        match value {
            1 => Self::AccessRequest,
            2 => Self::AccessAccept,
            3 => Self::AccessReject,
            4 => Self::AccountingRequest,
            5 => Self::AccountingResponse,
            11 => Self::AccessChallenge,
            12 => Self::StatusServer,
            13 => Self::StatusClient,
            40 => Self::DisconnectRequest,
            41 => Self::DisconnectAck,
            42 => Self::DisconnectNak,
            43 => Self::CoaRequest,
            44 => Self::CoaAck,
            45 => Self::CoaNak,
            other => Self::Other(other),
        }
    }

    /// The value to put on the wire.
    #[must_use]
    pub const fn to_wire(self) -> u8 {
        match self {
            Self::AccessRequest => 1,
            Self::AccessAccept => 2,
            Self::AccessReject => 3,
            Self::AccountingRequest => 4,
            Self::AccountingResponse => 5,
            Self::AccessChallenge => 11,
            Self::StatusServer => 12,
            Self::StatusClient => 13,
            Self::DisconnectRequest => 40,
            Self::DisconnectAck => 41,
            Self::DisconnectNak => 42,
            Self::CoaRequest => 43,
            Self::CoaAck => 44,
            Self::CoaNak => 45,
            Self::Other(other) => other,
        }
    }

    /// The specification's name, if the code has one.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::AccessRequest => "Access-Request",
            Self::AccessAccept => "Access-Accept",
            Self::AccessReject => "Access-Reject",
            Self::AccountingRequest => "Accounting-Request",
            Self::AccountingResponse => "Accounting-Response",
            Self::AccessChallenge => "Access-Challenge",
            Self::StatusServer => "Status-Server",
            Self::StatusClient => "Status-Client",
            Self::DisconnectRequest => "Disconnect-Request",
            Self::DisconnectAck => "Disconnect-ACK",
            Self::DisconnectNak => "Disconnect-NAK",
            Self::CoaRequest => "CoA-Request",
            Self::CoaAck => "CoA-ACK",
            Self::CoaNak => "CoA-NAK",
            Self::Other(_) => return None,
        })
    }

    /// Whether the authenticator of such a request is a digest over the packet rather than random.
    #[must_use]
    pub const fn is_digested_request(self) -> bool {
        matches!(
            self,
            Self::AccountingRequest | Self::DisconnectRequest | Self::CoaRequest
        )
    }
}

impl Code {
    /// Whether this answers a request whose authenticator is a digest.
    ///
    /// No RFC says what stands in the header while the Message-Authenticator of such an answer is
    /// computed (RFC 3579 knows only Access packets). `FreeRADIUS` puts zeros there, as in the
    /// request, and drops an answer made with the request's authenticator, so zeros it is.
    #[must_use]
    pub const fn is_digested_answer(self) -> bool {
        matches!(
            self,
            Self::AccountingResponse
                | Self::DisconnectAck
                | Self::DisconnectNak
                | Self::CoaAck
                | Self::CoaNak
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_survives() {
        for value in 0..=u8::MAX {
            assert_eq!(Code::from_wire(value).to_wire(), value);
        }
    }

    #[test]
    fn codes_have_the_names_of_their_specifications() {
        assert_eq!(Code::from_wire(4).name(), Some("Accounting-Request"));
        assert_eq!(Code::from_wire(45).name(), Some("CoA-NAK"));
        assert_eq!(Code::from_wire(46).name(), None);
    }
}
