//! The vectors of `tests/data/radius`: what they say, who signed them, and how we answer.
#![allow(clippy::expect_used, reason = "a test may stop at the first surprise")]
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
#![allow(
    missing_docs,
    reason = "a test crate has no readers of its documentation"
)]

use std::net::Ipv4Addr;

use pengate_codecs::{
    Plmn,
    radius::{
        Accounting, Builder, Code, DecodeError, Draft, Packet, Refusal, Secret, StatusType,
        TerminateCause, access_accept, accounting_response, attribute, gi, sign_batch,
        status_response, verify_batch, verify_request, verify_response,
    },
};
use proptest::prelude::*;
use vectors::octets;

#[path = "data/radius/mod.rs"]
mod vectors;

fn secret() -> Secret {
    Secret::from(vectors::SECRET)
}

#[test]
fn a_start_says_who_where_and_how() {
    let octets = octets(vectors::ACCOUNTING_START);
    let packet = Packet::decode(&octets).unwrap();
    let view = Accounting::decode(&packet).unwrap();
    assert_eq!(view.status_type, Some(StatusType::Start));
    assert_eq!(view.session_id, Some(b"0A000001000004D2".as_slice()));
    assert_eq!(view.user_name, Some(b"alice@ims.example".as_slice()));
    assert_eq!(view.calling_station_id, Some(b"99900000001".as_slice()));
    assert_eq!(view.called_station_id, Some(b"internet.example".as_slice()));
    assert_eq!(view.nas_ip_address, Some(Ipv4Addr::new(192, 0, 2, 1)));
    assert_eq!(view.nas_identifier, Some(b"ggsn1".as_slice()));
    assert_eq!(view.framed_ip_address, Some(Ipv4Addr::new(198, 51, 100, 7)));
    assert_eq!(
        (view.event_timestamp, view.delay_time),
        (Some(1_700_000_000), Some(2))
    );
    let plmn = Plmn::from_digits(b"00101");
    assert_eq!((view.gi.imsi_mcc_mnc, view.gi.sgsn_mcc_mnc), (plmn, plmn));
    assert_eq!(view.gi.imsi.unwrap().as_str(), "001010000000001");
    assert_eq!(view.gi.charging_id, Some(1234));
    assert_eq!(view.gi.nsapi.unwrap().number(), 5);
    assert_eq!(view.gi.rat_type, Some(gi::RatType::Utran));
    assert_eq!(view.gi.ms_timezone.unwrap().minutes_east(), 60);
    let sai = gi::Sai {
        plmn: plmn.unwrap(),
        lac: 0x1234,
        sac: 0x5678,
    };
    assert_eq!(view.gi.user_location_info, Some(gi::UserLocation::Sai(sai)));
    assert!(!view.gi.session_stop_indicator);
    assert_eq!(view.faults.count(), 0);
}

#[test]
fn a_stop_says_why_and_that_it_was_the_last_context() {
    let octets = octets(vectors::ACCOUNTING_STOP);
    let packet = Packet::decode(&octets).unwrap();
    let view = Accounting::decode(&packet).unwrap();
    assert_eq!(view.status_type, Some(StatusType::Stop));
    assert_eq!(view.terminate_cause, Some(TerminateCause::UserRequest));
    assert_eq!(view.session_time, Some(3600));
    assert_eq!(view.class, Some(b"class-1".as_slice()));
    assert!(view.gi.session_stop_indicator);
    assert_eq!(view.gi.imeisv.unwrap().as_str(), "1234567890123452");
    assert_eq!(view.gi.charging_characteristics, Some(0x0800));
    assert!(matches!(
        view.gi.user_location_info,
        Some(gi::UserLocation::TaiEcgi(..))
    ));
    assert_eq!(view.faults.count(), 0);
    let starent: Vec<_> = packet
        .vendor(8164)
        .map(|found| found.unwrap().kind)
        .collect();
    assert_eq!(starent, [2, 62]);
}

#[test]
fn an_on_names_the_nas_and_the_apn() {
    let octets = octets(vectors::ACCOUNTING_ON);
    let packet = Packet::decode(&octets).unwrap();
    assert_eq!(packet.octets().len(), octets.len() - 4, "padding");
    let view = Accounting::decode(&packet).unwrap();
    assert_eq!(view.status_type, Some(StatusType::AccountingOn));
    assert_eq!(view.nas_address(), Some("2001:db8::1".parse().unwrap()));
    assert_eq!(view.called_station_id, Some(b"internet.example".as_slice()));
}

#[test]
fn every_request_is_verified_and_every_changed_octet_is_noticed() {
    for (name, hex) in vectors::VECTORS {
        let octets = octets(hex);
        let packet = Packet::decode(&octets).unwrap();
        if matches!(packet.code(), Code::AccountingResponse | Code::AccessAccept) {
            assert_eq!(
                verify_request(&packet, &secret()),
                Err(Refusal::NotARequest),
                "{name}"
            );
            continue;
        }
        assert_eq!(verify_request(&packet, &secret()), Ok(()), "{name}");
        assert!(
            verify_request(&packet, &Secret::from("testing124")).is_err(),
            "{name}"
        );
        for place in 0..packet.octets().len() {
            let mut changed = octets.clone();
            changed[place] ^= 1;
            let is_believed =
                Packet::decode(&changed).is_ok_and(|p| verify_request(&p, &secret()).is_ok());
            assert!(!is_believed, "{name}: octet {place}");
        }
    }
}

#[test]
fn an_access_request_that_nothing_proves_is_refused() {
    let mut out = Vec::new();
    let builder = Builder::new(&mut out, Code::AccessRequest, 1).attribute(1, b"alice");
    builder.finish_request(&[3; 16], &secret()).unwrap();
    let packet = Packet::decode(&out).unwrap();
    assert_eq!(
        verify_request(&packet, &secret()),
        Err(Refusal::MessageAuthenticatorMissing)
    );
}

#[test]
fn answers_are_those_of_the_other_implementation() {
    let mut out = Vec::new();
    let request = octets(vectors::ACCOUNTING_START);
    accounting_response(&Packet::decode(&request).unwrap(), &secret(), &mut out).unwrap();
    assert_eq!(out, octets(vectors::ACCOUNTING_START_RESPONSE));

    out.clear();
    let request = octets(vectors::ACCESS_REQUEST);
    access_accept(&Packet::decode(&request).unwrap(), &secret(), &mut out).unwrap();
    assert_eq!(out, octets(vectors::ACCESS_ACCEPT));
}

#[test]
fn proxy_states_return_in_order_after_the_message_authenticator() {
    let request = octets(vectors::ACCOUNTING_STOP);
    let request = Packet::decode(&request).unwrap();
    let mut out = Vec::new();
    accounting_response(&request, &secret(), &mut out).unwrap();
    let response = Packet::decode(&out).unwrap();
    assert_eq!(response.code(), Code::AccountingResponse);
    assert_eq!(response.identifier(), request.identifier());
    let kinds: Vec<_> = response.attributes().map(|a| (a.kind, a.value)).collect();
    assert_eq!(kinds[0].0, attribute::MESSAGE_AUTHENTICATOR);
    assert_eq!(kinds[1..], [(33, b"proxy-b".as_slice()), (33, b"proxy-a")]);
    assert_eq!(
        verify_response(&response, request.authenticator(), &secret()),
        Ok(())
    );
    assert_eq!(
        verify_response(&response, &[0; 16], &secret()),
        Err(Refusal::Authenticator)
    );
}

#[test]
fn a_status_server_is_answered_by_its_port() {
    let request = octets(vectors::STATUS_SERVER);
    let request = Packet::decode(&request).unwrap();
    for (is_accounting, code) in [
        (true, Code::AccountingResponse),
        (false, Code::AccessAccept),
    ] {
        let mut out = Vec::new();
        status_response(&request, is_accounting, &secret(), &mut out).unwrap();
        let response = Packet::decode(&out).unwrap();
        assert_eq!(response.code(), code);
        assert_eq!(response.attributes().count(), 1);
        assert_eq!(
            verify_response(&response, request.authenticator(), &secret()),
            Ok(())
        );
    }
}

#[test]
fn batches_agree_with_single_packets() {
    let secrets = [secret(), Secret::from("testing124")];
    let octets: Vec<_> = vectors::VECTORS
        .iter()
        .map(|(_, hex)| octets(hex))
        .collect();
    for count in 0..40 {
        let requests: Vec<_> = (0..count)
            .map(|n| {
                let packet = Packet::decode(&octets[n * 5 % octets.len()]).unwrap();
                (packet, &secrets[usize::from(n % 7 == 3)])
            })
            .collect();
        let mut verdicts = vec![Err(Refusal::NotARequest)];
        verify_batch(&requests, &mut verdicts);
        let singly: Vec<_> = requests
            .iter()
            .map(|(p, secret)| verify_request(p, secret))
            .collect();
        assert_eq!(verdicts, singly);

        let (mut together, mut singly) = (Vec::new(), Vec::new());
        let drafts: Vec<_> = requests
            .iter()
            .map(|(packet, secret)| (Draft::answer(packet, &mut together).unwrap(), *secret))
            .collect();
        sign_batch(&drafts, &mut together);
        for (packet, secret) in &requests {
            let draft = Draft::answer(packet, &mut singly).unwrap();
            draft.sign(&mut singly, secret);
        }
        assert_eq!(together, singly);
    }
}

#[test]
fn every_truncation_is_an_error() {
    for (name, hex) in vectors::VECTORS {
        let octets = octets(hex);
        let length = Packet::decode(&octets).unwrap().octets().len();
        for end in 0..length {
            let error = Packet::decode(&octets[..end]).unwrap_err();
            assert!(
                matches!(error, DecodeError::Short { at, .. } if at == end),
                "{name}: {end}"
            );
        }
    }
}

#[test]
fn malformed_fields_are_dropped_and_counted() {
    let mut out = Vec::new();
    let builder = Builder::new(&mut out, Code::AccountingRequest, 1)
        .integer(attribute::ACCT_STATUS_TYPE, 1)
        .attribute(attribute::NAS_IP_ADDRESS, &[192, 0, 2])
        .gi(gi::kind::IMSI, b"00101000000000x")
        .gi(gi::kind::USER_LOCATION_INFO, &[0x80, 0x00])
        .attribute(
            attribute::VENDOR_SPECIFIC,
            b"\x00\x00\x28\xaf\x0a\x035\x0c\x09",
        )
        .gi(gi::kind::RAT_TYPE, &[6]);
    builder.finish_request(&[0; 16], &secret()).unwrap();
    let packet = Packet::decode(&out).unwrap();
    let view = Accounting::decode(&packet).unwrap();
    assert_eq!((view.faults.count(), view.faults.first_at()), (4, Some(26)));
    assert_eq!((view.nas_ip_address, view.gi.imsi), (None, None));
    assert_eq!(
        view.gi.nsapi.unwrap().number(),
        5,
        "what stands before a fault is kept"
    );
    assert_eq!(view.gi.rat_type, Some(gi::RatType::Eutran));
}

#[test]
fn a_status_of_wrong_length_voids_the_packet() {
    for octets in [0, 3, 5] {
        let mut out = Vec::new();
        let builder = Builder::new(&mut out, Code::AccountingRequest, 1)
            .integer(5, 1)
            .attribute(attribute::ACCT_STATUS_TYPE, &vec![0; octets]);
        builder.finish_request(&[0; 16], &secret()).unwrap();
        let packet = Packet::decode(&out).unwrap();
        let error = DecodeError::StatusType { at: 26, octets };
        assert_eq!(Accounting::decode(&packet), Err(error));
    }
}

#[test]
fn crate_radius_reads_and_believes_what_we_build() {
    use radius::core::{packet::Packet as Theirs, rfc2865, rfc2866};

    let request = octets(vectors::ACCOUNTING_START);
    assert!(Theirs::is_authentic_request(
        &request,
        vectors::SECRET.as_bytes()
    ));
    let mut response = Vec::new();
    accounting_response(&Packet::decode(&request).unwrap(), &secret(), &mut response).unwrap();
    assert!(Theirs::is_authentic_response(
        &response,
        &request,
        vectors::SECRET.as_bytes()
    ));

    let mut out = Vec::new();
    let builder = Builder::new(&mut out, Code::AccountingRequest, 9)
        .integer(attribute::ACCT_STATUS_TYPE, 2)
        .attribute(attribute::USER_NAME, b"alice@ims.example");
    builder.finish_request(&[0; 16], &secret()).unwrap();
    assert!(Theirs::is_authentic_request(
        &out,
        vectors::SECRET.as_bytes()
    ));
    let theirs = Theirs::decode(&out, vectors::SECRET.as_bytes()).unwrap();
    assert_eq!(theirs.get_identifier(), 9);
    assert_eq!(
        rfc2865::lookup_user_name(&theirs).unwrap().unwrap(),
        "alice@ims.example"
    );
    assert_eq!(
        rfc2866::lookup_acct_status_type(&theirs).unwrap().unwrap(),
        2
    );
}

proptest! {
    /// Theirs accepts fewer packets (no padding), but where it does we see the same attributes.
    #[test]
    fn crate_radius_sees_the_attributes_that_we_see(
        values in proptest::collection::vec(
            (any::<u8>(), proptest::collection::vec(any::<u8>(), 0..30)), 0..20),
    ) {
        let mut out = Vec::new();
        let mut builder = Builder::new(&mut out, Code::AccountingRequest, 1);
        for (kind, value) in &values {
            builder = builder.attribute(*kind, value);
        }
        builder.finish_request(&[0; 16], &secret()).unwrap();
        let ours = Packet::decode(&out).unwrap();
        let found: Vec<_> = ours.attributes().map(|a| (a.kind, a.value.to_vec())).collect();
        prop_assert_eq!(&found, &values);
        let theirs = radius::core::packet::Packet::decode(&out, b"testing123").unwrap();
        for (kind, _) in &values {
            let expected: Vec<_> =
                values.iter().filter(|(other, _)| other == kind).map(|(_, v)| v.clone()).collect();
            let seen: Vec<_> =
                theirs.lookup_all(*kind).iter().map(|avp| avp.encode_bytes()).collect();
            prop_assert_eq!(seen, expected);
        }
    }
}

#[test]
fn the_message_authenticator_of_an_accounting_response_is_made_over_zeros() {
    // radclient of FreeRADIUS 3.2 believes such an answer and drops one over the request's
    // authenticator; for a Status-Server it is the other way round (RFC 5997 clause 3).
    for (hex, is_zero) in [
        (vectors::ACCOUNTING_STOP, true),
        (vectors::STATUS_SERVER, false),
    ] {
        let request = octets(hex);
        let request = Packet::decode(&request).unwrap();
        let mut out = Vec::new();
        status_response(&request, true, &secret(), &mut out).unwrap();
        let seed = if is_zero {
            [0; 16]
        } else {
            *request.authenticator()
        };
        let (claimed, zeros) = (out[22..38].to_vec(), [0; 16]);
        let expected = secret().hmac([&out[..4], &seed, &out[20..22], &zeros, &out[38..]]);
        assert_eq!(claimed, expected);
    }
}
