//! `P-Access-Network-Info` (RFC 7315 clause 5.4, TS 24.229 clause 7.2A.4).

use super::{Header, ListHeader};
use crate::sip::scan::{Scan, is_space};
use crate::sip::{DecodeError, Name, Params};

/// One access network, as the terminal or the network tells it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct AccessNetwork<'a> {
    /// Access type or class, such as `3GPP-E-UTRAN-FDD`; without case.
    pub access: &'a str,
    /// The access information.
    pub params: Params<'a>,
}

impl<'a> AccessNetwork<'a> {
    /// The cell of GSM: MCC, MNC, LAC, CI.
    #[must_use]
    pub fn cgi_3gpp(&self) -> Option<&'a str> {
        self.params.value("cgi-3gpp")
    }

    /// The cell of UTRAN, E-UTRAN or NR.
    #[must_use]
    pub fn utran_cell_id_3gpp(&self) -> Option<&'a str> {
        self.params.value("utran-cell-id-3gpp")
    }

    /// The service area of UTRAN.
    #[must_use]
    pub fn utran_sai_3gpp(&self) -> Option<&'a str> {
        self.params.value("utran-sai-3gpp")
    }

    /// The access point of a wireless LAN.
    #[must_use]
    pub fn i_wlan_node_id(&self) -> Option<&'a str> {
        self.params.value("i-wlan-node-id")
    }

    /// Whether the network vouches for it rather than the terminal.
    #[must_use]
    pub fn is_network_provided(&self) -> bool {
        self.params.has("network-provided")
    }
}

impl<'a> Header<'a> for AccessNetwork<'a> {
    const NAME: Name = Name::PAccessNetworkInfo;

    #[inline]
    fn scan(scan: &mut Scan<'a>) -> Result<Self, DecodeError> {
        // Types such as `IEEE-802.11a/b` are seen in the field: any word will do.
        let access = scan.stretch(
            |word| word.is_below(b'-') | word.is(b';'),
            |octet| is_space(octet) || matches!(octet, b';' | b','),
        );
        if access.is_empty() {
            return Err(scan.error());
        }
        Ok(Self {
            access,
            params: scan.params()?,
        })
    }
}

impl<'a> ListHeader<'a> for AccessNetwork<'a> {}

#[cfg(test)]
mod tests {
    use super::super::{bad, parse};
    use super::*;

    #[test]
    fn access_and_cell_are_read() {
        let info: AccessNetwork<'_> =
            parse("3GPP-E-UTRAN-FDD; utran-cell-id-3gpp=\"0010112345678901\";network-provided")
                .unwrap();
        assert_eq!(info.access, "3GPP-E-UTRAN-FDD");
        assert_eq!(info.utran_cell_id_3gpp(), Some("0010112345678901"));
        assert!(info.is_network_provided());
        assert_eq!(info.cgi_3gpp(), None);
        let error = parse::<AccessNetwork<'_>>(";x");
        assert_eq!(error, Err(bad(Name::PAccessNetworkInfo, 0)));
    }
}
