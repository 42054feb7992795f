//! Network elements that start again, and what they told before.

use super::{
    rows::{gateway, keep, receive, restarted},
    *,
};
use crate::{
    event::{Imsi, Msisdn, SessionKey},
    pen::{IdentityKey, state::MemoryStore},
};

const NUMBER: &str = "99900000001";

/// What an accounting client tells, by Acct-Status-Type (RFC 2866 clause 5.1).
const START: u32 = 1;
const STOP: u32 = 2;
const ON: u32 = 7;
const OFF: u32 = 8;

/// An Accounting-Request with these attributes.
fn account(
    gateway: &mut Gateway<MemoryLog>,
    number: u8,
    status: u32,
    fill: impl for<'b> FnOnce(Builder<'b>) -> Builder<'b>,
) {
    let mut packet = Vec::new();
    let builder = Builder::new(&mut packet, Code::AccountingRequest, number)
        .integer(attribute::ACCT_STATUS_TYPE, status);
    fill(builder).finish_request(&[0; 16], &secret()).unwrap();
    receive(gateway, Source::Pk, number, &packet);
}

#[test]
fn a_session_named_again_after_its_element_restarted_is_another() {
    for end in [STOP, ON, OFF] {
        let mut gateway = gateway(MemoryLog::new());
        account(&mut gateway, 1, START, |builder| {
            builder
                .attribute(attribute::ACCT_SESSION_ID, b"00000001")
                .attribute(attribute::CALLING_STATION_ID, NUMBER.as_bytes())
        });
        account(&mut gateway, 2, end, |builder| match end {
            STOP => builder.attribute(attribute::ACCT_SESSION_ID, b"00000001"),
            _ => builder,
        });
        account(&mut gateway, 3, START, |builder| {
            builder
                .attribute(attribute::ACCT_SESSION_ID, b"00000001")
                .gi(gi::kind::IMSI, BOB.as_bytes())
        });
        let identities = gateway.feeds().identities();
        let of = |key| identities.find(&key).unwrap();
        let alice = of(IdentityKey::Msisdn(Msisdn(NUMBER.parse().unwrap())));
        let bob = of(IdentityKey::Imsi(Imsi(BOB.parse().unwrap())));
        assert_ne!(alice, bob, "ended by status {end}");
    }
}

#[test]
fn an_element_is_known_by_its_identifier_after_our_restart() {
    // By rows, or by the log where we were killed before any was written.
    for (keeps, restarts) in [(true, false), (true, true), (false, true)] {
        let mut rows = MemoryStore::new();
        let mut gateway = gateway(MemoryLog::new());
        account(&mut gateway, 1, START, |builder| {
            builder
                .attribute(attribute::NAS_IP_ADDRESS, &[192, 0, 2, 1])
                .attribute(attribute::NAS_IDENTIFIER, b"ggsn1")
                .attribute(attribute::ACCT_SESSION_ID, b"s1")
                .gi(gi::kind::IMSI, ALICE.as_bytes())
        });
        if keeps {
            assert!(keep(&mut gateway, &mut rows));
        }
        if restarts {
            gateway = restarted(&mut gateway, &mut rows);
        }
        let session = IdentityKey::Session(SessionKey::new(b"192.0.2.1", b"s1"));
        assert!(gateway.feeds().identities().find(&session).is_some());
        account(&mut gateway, 20, OFF, |builder| {
            builder.attribute(attribute::NAS_IDENTIFIER, b"ggsn1")
        });
        let ended = gateway.feeds().identities().find(&session);
        assert_eq!(ended, None, "rows kept: {keeps}, restarted: {restarts}");
    }
}

#[test]
fn two_hosts_of_one_wlan_are_two() {
    let mut gateway = gateway(MemoryLog::new());
    let host = |last: u8| [0x20, 1, 0x0d, 0xb8, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, last];
    let mut start = |number: u8, id: &[u8], imsi: Option<&str>, user: &str, last: u8| {
        let mut packet = Vec::new();
        let mut builder = Builder::new(&mut packet, Code::AccountingRequest, number)
            .integer(attribute::ACCT_STATUS_TYPE, START)
            .attribute(attribute::ACCT_SESSION_ID, id)
            .attribute(attribute::USER_NAME, user.as_bytes())
            // RFC 6911 clause 3.1: this host's address, of a prefix that others share.
            .attribute(attribute::FRAMED_IPV6_ADDRESS, &host(last));
        if let Some(imsi) = imsi {
            builder = builder.gi(gi::kind::IMSI, imsi.as_bytes());
        }
        builder.finish_request(&[0; 16], &secret()).unwrap();
        receive(&mut gateway, Source::Pr, number, &packet);
    };
    start(1, b"s1", Some(ALICE), "a", 0xa);
    start(
        2,
        b"s2",
        None,
        "2xyz@wlan.mnc001.mcc001.3gppnetwork.org",
        0xb,
    );
    let identities = gateway.feeds().identities();
    let of = |id: &[u8]| identities.find(&IdentityKey::Session(SessionKey::new(b"127.0.0.1", id)));
    assert!(of(b"s1").is_some());
    assert_ne!(of(b"s1"), of(b"s2"), "a stranger's session is not hers");
}
