//! The Accounting-Request that the comparisons use, as a GGSN sends it. All identities are test
//! ones.

use std::net::Ipv4Addr;

use pengate_codecs::radius::{Builder, Code, EncodeError, Secret, attribute as ietf, gi::kind};

/// What differs between requests.
pub struct Request {
    /// Counts requests; Start, Interim-Update and Stop of a session take turns.
    pub number: u32,
    /// How many subscribers take turns.
    pub subscribers: u32,
    /// Event-Timestamp: seconds since 1970.
    pub at: u32,
    /// The packet's identifier.
    pub identifier: u8,
}

impl Request {
    /// Appends the request, 25 attributes of TS 29.061 clause 16.4; gives its length.
    pub fn encode(&self, secret: &Secret, octets: &mut Vec<u8>) -> Result<usize, EncodeError> {
        let number = self.number;
        let session = number / 3;
        let subscriber = session % self.subscribers + 1;
        let status = [1, 3, 2][usize::try_from(number % 3).unwrap_or_default()];
        let imsi = format!("00101{subscriber:010}");
        let msisdn = format!("999{subscriber:08}");
        let session_id = format!("{:08X}{session:08X}", 0xc000_0201_u32);
        let address = Ipv4Addr::from_bits(0x0a00_0000 + subscriber);
        Builder::new(octets, Code::AccountingRequest, self.identifier)
            .integer(ietf::ACCT_STATUS_TYPE, status)
            .attribute(ietf::USER_NAME, msisdn.as_bytes())
            .attribute(ietf::NAS_IP_ADDRESS, &[192, 0, 2, 1])
            .integer(ietf::SERVICE_TYPE, 2)
            .integer(ietf::FRAMED_PROTOCOL, 7)
            .attribute(ietf::FRAMED_IP_ADDRESS, &address.octets())
            .attribute(ietf::CALLED_STATION_ID, b"internet.ims.example")
            .attribute(ietf::CALLING_STATION_ID, msisdn.as_bytes())
            .attribute(ietf::NAS_IDENTIFIER, b"ggsn1.ims.example")
            .integer(ietf::ACCT_DELAY_TIME, 0)
            .attribute(ietf::ACCT_SESSION_ID, session_id.as_bytes())
            .integer(ietf::ACCT_AUTHENTIC, 1)
            .integer(ietf::ACCT_INPUT_OCTETS, number)
            .integer(ietf::ACCT_OUTPUT_OCTETS, number)
            .integer(ietf::EVENT_TIMESTAMP, self.at)
            .integer(ietf::NAS_PORT_TYPE, 18)
            .gi(kind::IMSI, imsi.as_bytes())
            .gi(kind::CHARGING_ID, &session.to_be_bytes())
            .gi(kind::PDP_TYPE, &[0, 0, 0, 0])
            .gi(kind::SGSN_ADDRESS, &[192, 0, 2, 3])
            .gi(kind::GGSN_ADDRESS, &[192, 0, 2, 1])
            .gi(kind::NSAPI, b"5")
            .gi(kind::SGSN_MCC_MNC, b"00101")
            .gi(kind::RAT_TYPE, &[1])
            .gi(
                kind::USER_LOCATION_INFO,
                &[1, 0x00, 0xf1, 0x10, 0x12, 0x34, 0x56, 0x78],
            )
            .finish_request(&[0; 16], secret)
    }
}
