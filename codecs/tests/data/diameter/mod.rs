//! Diameter messages with the identities of the test network 001/01, and one that another
//! implementation wrote.
#![allow(dead_code, reason = "each user of the messages takes some of them")]
#![allow(
    clippy::unwrap_used,
    reason = "a message that cannot be written stops the test"
)]

use pengate_codecs::{
    diameter::{Builder, Flags, Header, Origin, command, kinds},
    sh::{PushNotificationRequest, Requester, UserIdentity},
};

/// A CER out of the tests of go-diameter (`diam/message_test.go`, BSD-3-Clause); it names no
/// subscriber.
pub const CAPABILITIES_REQUEST: &str = "
    010000cc800001010000000 0a8cc407da8c1b2b4000001084000000c74657374000001284000001 16c6f6361
    6c686f737400000000000101400000 0e00010a01000100000000010a4000000c0000000d0000010d00000013676f2d
    6469616d65746572000000011 64000000c5350228a000001094000000c000028af000001094000000c0000000d
    000001024000000c000000040000012b4000000c00000000000001044000002000000102400000 0c000000040000
    010a4000000c000028af0000010b0000000c00000001";

/// What an HSS pushes when somebody registers.
pub const SH_DATA: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<Sh-Data>
  <PublicIdentifiers>
    <IMSPublicIdentity>sip:alice@ims.example</IMSPublicIdentity>
    <MSISDN>99900000001</MSISDN>
  </PublicIdentifiers>
  <Sh-IMS-Data>
    <SCSCFName>sip:scscf.ims.example</SCSCFName>
    <IMSUserState>1</IMSUserState>
  </Sh-IMS-Data>
  <CSLocationInformation>
    <CellGlobalId>APEQEjRWeA==</CellGlobalId>
    <VLRNumber><Address>kZkJAAAg8A==</Address></VLRNumber>
    <MSCNumber><Address>kZkJAAAg8A==</Address></MSCNumber>
    <CurrentLocationRetrieved>0</CurrentLocationRetrieved>
    <AgeOfLocationInformation>5</AgeOfLocationInformation>
  </CSLocationInformation>
  <CSUserState>2</CSUserState>
  <PSUserState>4</PSUserState>
</Sh-Data>
"#;

pub const HSS: Origin<'_> = Origin {
    host: "hss.ims.example",
    realm: "ims.example",
};

/// The octets of hexadecimal text.
pub fn octets(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text
        .bytes()
        .filter(|octet| !octet.is_ascii_whitespace())
        .collect();
    digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

/// A PNR.
pub fn push_notification() -> Vec<u8> {
    let mut out = Vec::new();
    let requester = Requester {
        session_id: "hss.ims.example;1772360130;1",
        origin: HSS,
        destination_host: Some("pna.ims.example"),
        destination_realm: "ims.example",
        hop_by_hop: 1,
        end_to_end: 2,
    };
    let user = UserIdentity::PublicIdentity("sip:alice@ims.example");
    PushNotificationRequest::encode(&mut out, &requester, &user, SH_DATA.as_bytes()).unwrap();
    out
}

/// An ACR that begins a WLAN session.
pub fn accounting_start() -> Vec<u8> {
    let header = Header {
        length: 0,
        flags: Flags::REQUEST.with(Flags::PROXIABLE),
        command: command::ACCOUNTING,
        application: 3,
        hop_by_hop: 3,
        end_to_end: 4,
    };
    let mut out = Vec::new();
    Builder::new(&mut out, &header)
        .text(kinds::SESSION_ID, "aaa.ims.example;1772360130;1")
        .text(kinds::ORIGIN_HOST, "aaa.ims.example")
        .text(kinds::ORIGIN_REALM, "ims.example")
        .text(kinds::DESTINATION_REALM, "ims.example")
        .unsigned32(kinds::ACCOUNTING_RECORD_TYPE, 2)
        .unsigned32(kinds::ACCOUNTING_RECORD_NUMBER, 0)
        .unsigned32(kinds::ACCT_APPLICATION_ID, 3)
        .text(
            kinds::USER_NAME,
            "0001010000000001@wlan.mnc001.mcc001.3gppnetwork.org",
        )
        .group(kinds::SUBSCRIPTION_ID, |group| {
            group
                .unsigned32(kinds::SUBSCRIPTION_ID_TYPE, 0)
                .text(kinds::SUBSCRIPTION_ID_DATA, "99900000001")
        })
        .finish()
        .unwrap();
    out
}
