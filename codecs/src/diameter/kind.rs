//! Which AVP: its code, and whose code that is (RFC 6733 clause 4.1).

use std::fmt;

/// The vendor number of 3GPP.
pub const TGPP: u32 = 10415;

/// Vendor and code of an AVP.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Kind {
    /// Private enterprise number; 0 for the codes of the RFCs.
    pub vendor: u32,
    /// AVP code.
    pub code: u32,
}

impl Kind {
    /// An AVP of the RFCs.
    #[must_use]
    pub const fn base(code: u32) -> Self {
        Self { vendor: 0, code }
    }

    /// An AVP of 3GPP.
    #[must_use]
    pub const fn tgpp(code: u32) -> Self {
        Self { vendor: TGPP, code }
    }
}

/// The code, behind the vendor if there is one: `264`, `10415/702`.
impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.vendor != 0 {
            write!(f, "{}/", self.vendor)?;
        }
        write!(f, "{}", self.code)
    }
}

/// The AVPs that this codec itself deals with; the dictionary names them all.
pub mod kinds {
    #![expect(missing_docs, reason = "the names are the specifications' own")]

    use super::Kind;

    pub const USER_NAME: Kind = Kind::base(1);
    pub const FRAMED_IP_ADDRESS: Kind = Kind::base(8);
    pub const CALLED_STATION_ID: Kind = Kind::base(30);
    pub const CALLING_STATION_ID: Kind = Kind::base(31);
    pub const PROXY_STATE: Kind = Kind::base(33);
    pub const ACCOUNTING_SESSION_TIME: Kind = Kind::base(46);
    pub const ACCT_MULTI_SESSION_ID: Kind = Kind::base(50);
    pub const EVENT_TIMESTAMP: Kind = Kind::base(55);
    pub const ACCT_INTERIM_INTERVAL: Kind = Kind::base(85);
    pub const FRAMED_IPV6_PREFIX: Kind = Kind::base(97);
    pub const HOST_IP_ADDRESS: Kind = Kind::base(257);
    pub const AUTH_APPLICATION_ID: Kind = Kind::base(258);
    pub const ACCT_APPLICATION_ID: Kind = Kind::base(259);
    pub const VENDOR_SPECIFIC_APPLICATION_ID: Kind = Kind::base(260);
    pub const SESSION_ID: Kind = Kind::base(263);
    pub const ORIGIN_HOST: Kind = Kind::base(264);
    pub const SUPPORTED_VENDOR_ID: Kind = Kind::base(265);
    pub const VENDOR_ID: Kind = Kind::base(266);
    pub const FIRMWARE_REVISION: Kind = Kind::base(267);
    pub const RESULT_CODE: Kind = Kind::base(268);
    pub const PRODUCT_NAME: Kind = Kind::base(269);
    pub const DISCONNECT_CAUSE: Kind = Kind::base(273);
    pub const AUTH_SESSION_STATE: Kind = Kind::base(277);
    pub const ORIGIN_STATE_ID: Kind = Kind::base(278);
    pub const FAILED_AVP: Kind = Kind::base(279);
    pub const PROXY_HOST: Kind = Kind::base(280);
    pub const ERROR_MESSAGE: Kind = Kind::base(281);
    pub const ROUTE_RECORD: Kind = Kind::base(282);
    pub const DESTINATION_REALM: Kind = Kind::base(283);
    pub const PROXY_INFO: Kind = Kind::base(284);
    pub const ACCOUNTING_SUB_SESSION_ID: Kind = Kind::base(287);
    pub const DESTINATION_HOST: Kind = Kind::base(293);
    pub const ORIGIN_REALM: Kind = Kind::base(296);
    pub const EXPERIMENTAL_RESULT: Kind = Kind::base(297);
    pub const EXPERIMENTAL_RESULT_CODE: Kind = Kind::base(298);
    pub const INBAND_SECURITY_ID: Kind = Kind::base(299);
    pub const SUBSCRIPTION_ID: Kind = Kind::base(443);
    pub const SUBSCRIPTION_ID_DATA: Kind = Kind::base(444);
    pub const SUBSCRIPTION_ID_TYPE: Kind = Kind::base(450);
    pub const ACCOUNTING_RECORD_TYPE: Kind = Kind::base(480);
    pub const ACCOUNTING_RECORD_NUMBER: Kind = Kind::base(485);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_shows_its_vendor_only_if_it_has_one() {
        assert_eq!(kinds::ORIGIN_HOST.to_string(), "264");
        assert_eq!(Kind::tgpp(702).to_string(), "10415/702");
    }
}
