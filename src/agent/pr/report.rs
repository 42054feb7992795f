//! From an accounting record to a fact (TS 29.234, TS 23.141 clause 5.2.2.2).

use std::{net::IpAddr, time::Duration};

use pengate_codecs::{
    Stamp,
    diameter::{Accounting, RecordType},
};
use smol_str::SmolStr;
use xxhash_rust::xxh3::Xxh3;

use crate::agent::{access_point, identity::imsi_of};
use crate::event::{
    Digits, Fact, Imsi, Msisdn, NetworkEvent, Order, Phase, Rat, Session, SessionKey, Source,
    Subject,
};

/// The event that a record tells; nothing if it tells nothing about presence.
pub(super) fn event(
    source: Source,
    at: Stamp,
    record: &Accounting<'_>,
    lifetime: Duration,
) -> Option<NetworkEvent> {
    let context = record.sub_session_id.map(context);
    let phase = match record.record_type {
        RecordType::Start | RecordType::Interim => Phase::Active,
        RecordType::Stop if context.is_some() => Phase::ContextEnded,
        RecordType::Stop => Phase::Ended,
        // An event record has no length, and what has none does not change what is.
        RecordType::Event | RecordType::Other(_) => return None,
    };
    let id = record.envelope.session_id?;
    let reporter = text(record.envelope.origin_host.unwrap_or_default());
    let called = record.called_station_id;
    let called = called.and_then(|called| access_point::name(source, called));
    let session = Session {
        phase,
        id: text(id),
        context,
        apn: record.wlan_apn.or(called).map(text),
        rat: Some(Rat::Wlan),
        serving: None,
        home: None,
        place: None,
        time_offset: None,
        lifetime: (phase == Phase::Active).then_some(lifetime),
    };
    Some(NetworkEvent {
        order: order(at, record),
        source,
        subject: subject(record, &reporter, id),
        reporter,
        fact: Fact::Session(session),
    })
}

fn subject(record: &Accounting<'_>, reporter: &str, session: &[u8]) -> Subject {
    let nai = record.user_name.map(text).filter(|name| name.contains('@'));
    let told = record.imsi.and_then(|imsi| Digits::from_ascii(imsi).ok());
    let named = nai.as_deref().and_then(imsi_of);
    let number = record.msisdn.or(record.calling_station_id).and_then(number);
    Subject {
        imsi: told.map(Imsi).or(named),
        msisdn: number.map(Msisdn),
        uri: record.sip_uri.map(text),
        nai,
        address: address(record),
        session: Some(SessionKey::new(reporter.as_bytes(), session)),
    }
}

/// International digits, with or without a plus sign; a MAC address is none.
fn number(octets: &[u8]) -> Option<Digits> {
    Digits::from_ascii(octets.strip_prefix(b"+").unwrap_or(octets)).ok()
}

fn address(record: &Accounting<'_>) -> Option<IpAddr> {
    let v4 = record
        .framed_ip_address
        .filter(|address| !address.is_unspecified());
    let v6 = record
        .framed_ipv6_prefix
        .map(|(prefix, _)| IpAddr::V6(prefix));
    v4.map(IpAddr::V4).or(v6)
}

/// The context that a sub-session is, 1 to 255. Numbers grow by one within a session (RFC 6733 clause
/// 9.8.6): two that are the same are those of sub-sessions that began long after one another.
fn context(sub_session: u64) -> u8 {
    // The remainder fits.
    1 + u8::try_from(sub_session % 255).unwrap_or_default()
}

/// What makes a record this very one: session, Accounting-Record-Number and -Type tell it from all
/// others (RFC 6733 clause 9.4); some elements number the records of each sub-session anew.
pub(super) fn fact(record: &Accounting<'_>) -> u64 {
    let mut digest = Xxh3::new();
    for part in [
        record.envelope.origin_host.unwrap_or_default(),
        record.envelope.session_id.unwrap_or_default(),
        &record.record_number.to_be_bytes(),
        &record.record_type.to_wire().to_be_bytes(),
    ] {
        digest.update(part);
        digest.update(&[0]);
    }
    if let Some(sub_session) = record.sub_session_id {
        digest.update(&sub_session.to_be_bytes());
    }
    digest.digest()
}

fn order(at: Stamp, record: &Accounting<'_>) -> Order {
    let rank: u64 = match record.record_type {
        RecordType::Start => 1,
        RecordType::Stop => 3,
        _ => 2,
    };
    Order {
        at: at.to_millis(),
        id: rank << 56 | fact(record) >> 8,
    }
}

fn text(octets: &[u8]) -> SmolStr {
    SmolStr::from(String::from_utf8_lossy(octets))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mac_address_is_no_number() {
        assert_eq!(number(b"+99900000001").unwrap().to_string(), "99900000001");
        assert_eq!(number(b"00-00-5E-00-53-01"), None);
    }

    #[test]
    fn sub_sessions_that_follow_one_another_are_contexts_of_their_own() {
        for first in [0, 1, 250, u64::MAX - 254] {
            let mut contexts: Vec<_> = (first..=first + 254).map(context).collect();
            contexts.sort_unstable();
            contexts.dedup();
            assert_eq!((contexts.len(), contexts[0]), (255, 1), "{first}");
        }
    }
}
