//! How a request went (RFC 6733 clause 7).

use std::fmt;

macro_rules! results {
    ($($(#[$doc:meta])* $name:ident = $code:literal $text:literal,)+) => {
        /// Result-Code (268).
        #[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
        pub enum ResultCode {
            $($(#[$doc])* $name,)+
            /// Any other, by its number.
            Other(u32),
        }

        impl ResultCode {
            /// Every code that has a name, in order.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// From the number on the wire.
            #[must_use]
            pub const fn from_wire(code: u32) -> Self {
                match code {
                    $($code => Self::$name,)+
                    other => Self::Other(other),
                }
            }

            /// The number to put on the wire.
            #[must_use]
            pub const fn to_wire(self) -> u32 {
                match self {
                    $(Self::$name => $code,)+
                    Self::Other(code) => code,
                }
            }

            /// The specification's name, if it has one.
            #[must_use]
            pub const fn name(self) -> Option<&'static str> {
                match self {
                    $(Self::$name => Some($text),)+
                    Self::Other(_) => None,
                }
            }
        }
    };
}

results! {
    /// More round trips are needed.
    MultiRoundAuth = 1001 "DIAMETER_MULTI_ROUND_AUTH",
    /// Done.
    Success = 2001 "DIAMETER_SUCCESS",
    /// Done in part.
    LimitedSuccess = 2002 "DIAMETER_LIMITED_SUCCESS",
    /// The command is not known.
    CommandUnsupported = 3001 "DIAMETER_COMMAND_UNSUPPORTED",
    /// Nobody there to deliver it to.
    UnableToDeliver = 3002 "DIAMETER_UNABLE_TO_DELIVER",
    /// The realm is not served.
    RealmNotServed = 3003 "DIAMETER_REALM_NOT_SERVED",
    /// Not now.
    TooBusy = 3004 "DIAMETER_TOO_BUSY",
    /// The message came in a circle.
    LoopDetected = 3005 "DIAMETER_LOOP_DETECTED",
    /// Ask somebody else.
    RedirectIndication = 3006 "DIAMETER_REDIRECT_INDICATION",
    /// The application is not served.
    ApplicationUnsupported = 3007 "DIAMETER_APPLICATION_UNSUPPORTED",
    /// Command flags that may not be.
    InvalidHeaderBits = 3008 "DIAMETER_INVALID_HDR_BITS",
    /// AVP flags that may not be.
    InvalidAvpBits = 3009 "DIAMETER_INVALID_AVP_BITS",
    /// A peer that nobody told of.
    UnknownPeer = 3010 "DIAMETER_UNKNOWN_PEER",
    /// Not authentic.
    AuthenticationRejected = 4001 "DIAMETER_AUTHENTICATION_REJECTED",
    /// No room to record it.
    OutOfSpace = 4002 "DIAMETER_OUT_OF_SPACE",
    /// The other connection is kept.
    ElectionLost = 4003 "ELECTION_LOST",
    /// A mandatory AVP is not known.
    AvpUnsupported = 5001 "DIAMETER_AVP_UNSUPPORTED",
    /// No such session.
    UnknownSessionId = 5002 "DIAMETER_UNKNOWN_SESSION_ID",
    /// Not authorised.
    AuthorizationRejected = 5003 "DIAMETER_AUTHORIZATION_REJECTED",
    /// A value that may not be.
    InvalidAvpValue = 5004 "DIAMETER_INVALID_AVP_VALUE",
    /// An AVP is missing.
    MissingAvp = 5005 "DIAMETER_MISSING_AVP",
    /// More than is allowed.
    ResourcesExceeded = 5006 "DIAMETER_RESOURCES_EXCEEDED",
    /// AVPs that contradict each other.
    ContradictingAvps = 5007 "DIAMETER_CONTRADICTING_AVPS",
    /// An AVP that may not be here.
    AvpNotAllowed = 5008 "DIAMETER_AVP_NOT_ALLOWED",
    /// An AVP too often.
    AvpOccursTooManyTimes = 5009 "DIAMETER_AVP_OCCURS_TOO_MANY_TIMES",
    /// No application that both speak.
    NoCommonApplication = 5010 "DIAMETER_NO_COMMON_APPLICATION",
    /// Another version.
    UnsupportedVersion = 5011 "DIAMETER_UNSUPPORTED_VERSION",
    /// It cannot be done.
    UnableToComply = 5012 "DIAMETER_UNABLE_TO_COMPLY",
    /// An unknown bit in the header.
    InvalidBitInHeader = 5013 "DIAMETER_INVALID_BIT_IN_HEADER",
    /// An AVP's length is wrong.
    InvalidAvpLength = 5014 "DIAMETER_INVALID_AVP_LENGTH",
    /// The message's length is wrong.
    InvalidMessageLength = 5015 "DIAMETER_INVALID_MESSAGE_LENGTH",
    /// AVP flags that may not be.
    InvalidAvpBitCombo = 5016 "DIAMETER_INVALID_AVP_BIT_COMBO",
    /// No security that both speak.
    NoCommonSecurity = 5017 "DIAMETER_NO_COMMON_SECURITY",
}

impl ResultCode {
    /// Whether it is a protocol error, whose answer bears the E bit (RFC 6733 clause 7.1.3).
    #[must_use]
    pub const fn is_protocol_error(self) -> bool {
        self.to_wire() / 1000 == 3
    }

    /// Whether the request was served.
    #[must_use]
    pub const fn is_success(self) -> bool {
        self.to_wire() / 1000 == 2
    }
}

/// The name, or the number where there is none.
impl fmt::Display for ResultCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "{}", self.to_wire()),
        }
    }
}

/// Experimental-Result (297): a vendor's own code in place of a Result-Code.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct ExperimentalResult {
    /// Private enterprise number.
    pub vendor: u32,
    /// Experimental-Result-Code (298).
    pub code: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_survives() {
        for code in 0..6000 {
            assert_eq!(ResultCode::from_wire(code).to_wire(), code);
        }
        assert!(ResultCode::ALL.is_sorted_by_key(|code| code.to_wire()));
    }

    #[test]
    fn thousands_tell_the_class() {
        assert!(ResultCode::CommandUnsupported.is_protocol_error());
        assert!(!ResultCode::MissingAvp.is_protocol_error());
        assert!(ResultCode::LimitedSuccess.is_success());
        assert_eq!(ResultCode::Other(5999).to_string(), "5999");
        assert_eq!(ResultCode::Success.to_string(), "DIAMETER_SUCCESS");
    }
}
