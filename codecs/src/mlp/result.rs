//! What became of a request, as a number (MLP clause 5.4.1).

use std::{borrow::Cow, fmt};

/// The attribute `resid` of an element `result`.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ResultCode(pub u16);

/// Who is at fault by a [`ResultCode`]: its range.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum ResultRange {
    /// 0 to 99: the location server.
    Server,
    /// 100 to 199: the request.
    Request,
    /// 200 to 299: the network.
    Network,
    /// 500 to 599: the vendor says.
    Vendor,
    /// 600 to 699: the client.
    Client,
    /// Reserved.
    Reserved,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident $number:literal $slogan:literal;)*) => {
        impl ResultCode {
            $($(#[$doc])* pub const $name: Self = Self($number);)*

            /// The words that stand for the number; empty for one that has none.
            #[must_use]
            pub const fn slogan(self) -> &'static str {
                match self.0 {
                    $($number => $slogan,)*
                    _ => "",
                }
            }

            /// Every code that has a meaning, in order.
            pub const ALL: &[Self] = &[$(Self($number)),*];
        }
    };
}

codes! {
    /// No error.
    OK 0 "OK";
    /// The server failed.
    SYSTEM_FAILURE 1 "SYSTEM FAILURE";
    /// Something else; also to hide what.
    UNSPECIFIED_ERROR 2 "UNSPECIFIED ERROR";
    /// The client may not ask this.
    UNAUTHORIZED_APPLICATION 3 "UNAUTHORIZED APPLICATION";
    /// Nobody of that identity.
    UNKNOWN_SUBSCRIBER 4 "UNKNOWN SUBSCRIBER";
    /// Not reachable.
    ABSENT_SUBSCRIBER 5 "ABSENT SUBSCRIBER";
    /// The method failed.
    POSITION_METHOD_FAILURE 6 "POSITION METHOD FAILURE";
    /// Time is over.
    TIMEOUT 7 "TIMEOUT";
    /// The server has too much to do.
    CONGESTION_IN_LOCATION_SERVER 101 "CONGESTION IN LOCATION SERVER";
    /// Not this version.
    UNSUPPORTED_VERSION 103 "UNSUPPORTED VERSION";
    /// Too many subscribers in one request.
    TOO_MANY_POSITION_ITEMS 104 "TOO MANY POSITION ITEMS";
    /// An element is missing or out of place.
    FORMAT_ERROR 105 "FORMAT ERROR";
    /// The document is invalid.
    SYNTAX_ERROR 106 "SYNTAX ERROR";
    /// An element is not supported.
    PROTOCOL_ELEMENT_NOT_SUPPORTED 107 "PROTOCOL ELEMENT NOT SUPPORTED";
    /// The service is not supported.
    SERVICE_NOT_SUPPORTED 108 "SERVICE NOT SUPPORTED";
    /// An attribute is not supported.
    PROTOCOL_ELEMENT_ATTRIBUTE_NOT_SUPPORTED 109 "PROTOCOL ELEMENT ATTRIBUTE NOT SUPPORTED";
    /// A value is invalid.
    INVALID_PROTOCOL_ELEMENT_VALUE 110 "INVALID PROTOCOL ELEMENT VALUE";
    /// An attribute's value is invalid.
    INVALID_PROTOCOL_ELEMENT_ATTRIBUTE_VALUE 111 "INVALID PROTOCOL ELEMENT ATTRIBUTE VALUE";
    /// A value is not supported.
    PROTOCOL_ELEMENT_VALUE_NOT_SUPPORTED 112 "PROTOCOL ELEMENT VALUE NOT SUPPORTED";
    /// An attribute's value is not supported.
    PROTOCOL_ELEMENT_ATTRIBUTE_VALUE_NOT_SUPPORTED 113 "PROTOCOL ELEMENT ATTRIBUTE VALUE NOT SUPPORTED";
    /// Triggered reporting is over.
    CANCELLATION_OF_TRIGGERED_LOCATION_REQUEST 114 "CANCELLATION OF TRIGGERED LOCATION REQUEST";
    /// Not a subscriber of that request.
    INVALID_MSID_IN_TLRSR 115 "INVALID MSID IN TLRSR";
    /// Only a whole request can be stopped.
    TLRSR_FOR_INDIVIDUAL_TARGET_NOT_SUPPORTED 116 "TLRSR FOR INDIVIDUAL TARGET NOT SUPPORTED";
    /// No analytic data.
    NO_ANALYTIC_DATA_AVAILABLE 117 "NO ANALYTIC DATA AVAILABLE";
    /// Not as exactly as asked.
    QOP_NOT_ATTAINABLE 201 "QOP NOT ATTAINABLE";
    /// The subscriber does not allow it.
    POSITIONING_NOT_ALLOWED 202 "POSITIONING NOT ALLOWED";
    /// The network has too much to do.
    CONGESTION_IN_MOBILE_NETWORK 203 "CONGESTION IN MOBILE NETWORK";
    /// The law does not allow it.
    DISALLOWED_BY_LOCAL_REGULATIONS 204 "DISALLOWED BY LOCAL REGULATIONS";
    /// The server is set up wrongly.
    MISCONFIGURATION_OF_LOCATION_SERVER 207 "MISCONFIGURATION OF LOCATION SERVER";
    /// Roaming protocol only.
    TARGET_MOVED_TO_NEW_MSC_SGSN 208 "TARGET MOVED TO NEW MSC/SGSN";
    /// The client does not take this service.
    CLIENT_SERVICE_NOT_SUPPORTED 601 "SERVICE NOT SUPPORTED";
    /// The client failed.
    MLS_CLIENT_ERROR 602 "MLS CLIENT ERROR";
    /// The client does not accept the report.
    NOT_ACCEPTED 603 "NOT ACCEPTED";
    /// Nobody that the client knows.
    SUBSCRIBER_NOT_VALID 604 "SUBSCRIBER NOT VALID";
    /// Not a service of the client.
    INVALID_SERVICE_ID 605 "INVALID SERVICE ID";
}

impl ResultCode {
    /// Who is at fault.
    #[must_use]
    pub const fn range(self) -> ResultRange {
        match self.0 {
            0..100 => ResultRange::Server,
            100..200 => ResultRange::Request,
            200..300 => ResultRange::Network,
            500..600 => ResultRange::Vendor,
            600..700 => ResultRange::Client,
            _ => ResultRange::Reserved,
        }
    }

    /// Whether it forbids to tell where the subscriber is: what is known must go at once.
    #[must_use]
    pub const fn is_forbidden(self) -> bool {
        matches!(
            self,
            Self::POSITIONING_NOT_ALLOWED | Self::DISALLOWED_BY_LOCAL_REGULATIONS
        )
    }
}

impl fmt::Display for ResultCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.slogan() {
            "" => write!(f, "{}", self.0),
            slogan => write!(f, "{} {slogan}", self.0),
        }
    }
}

/// A result with what is said about it (MLP elements `result`, `add_info`).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Outcome<'a> {
    /// The number.
    pub code: ResultCode,
    /// The words in the element, as they were read; the slogan of the number is written instead of
    /// none.
    pub words: Option<Cow<'a, str>>,
    /// More words; often the name of the element that was wrong.
    pub add_info: Option<Cow<'a, str>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_told_by_number_range_and_words() {
        assert_eq!(ResultCode(202).to_string(), "202 POSITIONING NOT ALLOWED");
        assert_eq!(ResultCode(10).to_string(), "10");
        assert_eq!(ResultCode(10).range(), ResultRange::Server);
        assert_eq!(ResultCode(450).range(), ResultRange::Reserved);
        assert!(ResultCode::ALL.is_sorted());
        let forbidden = ResultCode::ALL.iter().filter(|code| code.is_forbidden());
        assert_eq!(forbidden.map(|code| code.0).collect::<Vec<_>>(), [202, 204]);
        for code in ResultCode::ALL {
            assert!(!code.slogan().is_empty() && code.range() != ResultRange::Reserved);
        }
    }
}
