//! Messages that another implementation wrote, and that ours writes.
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
#![allow(
    missing_docs,
    reason = "a test crate has no readers of its documentation"
)]

use pengate_codecs::{
    Stamp,
    diameter::{
        Accounting, Application, AvpFlags, Builder, Capabilities, DecodeError, Envelope, Message,
        RecordType, Role, describe,
    },
    sh::{
        Asked, DataAnswer, DataReference, ImsUserState, PushNotificationRequest, RequestedDomain,
        Requester, ShData, SubsReqType, SubscribeNotificationsRequest, UserDataRequest,
        UserIdentity,
    },
};

#[path = "data/diameter/mod.rs"]
mod vectors;

fn all() -> [Vec<u8>; 5] {
    [
        vectors::octets(vectors::CAPABILITIES_REQUEST),
        vectors::push_notification(),
        vectors::accounting_start(),
        user_data_request(),
        subscribe_notifications_request(),
    ]
}

const ALICE: UserIdentity<'_> = UserIdentity::PublicIdentity("sip:alice@ims.example");
const REQUESTER: Requester<'_> = Requester {
    session_id: "pna.ims.example;1;1",
    origin: vectors::HSS,
    destination_host: None,
    destination_realm: "ims.example",
    hop_by_hop: 1,
    end_to_end: 2,
};

fn user_data_request() -> Vec<u8> {
    let mut out = Vec::new();
    let request = UserDataRequest {
        user: ALICE,
        references: &[DataReference::UserState, DataReference::LocationInformation],
        domain: Some(RequestedDomain::Ps),
    };
    request.encode(&mut out, &REQUESTER).unwrap();
    out
}

fn subscribe_notifications_request() -> Vec<u8> {
    let mut out = Vec::new();
    let request = SubscribeNotificationsRequest {
        user: ALICE,
        kind: SubsReqType::Subscribe,
        references: &[DataReference::ImsUserState],
        expiry: Some(Stamp::from_secs(1_772_360_130)),
        send_data: true,
    };
    request.encode(&mut out, &REQUESTER).unwrap();
    out
}

/// What every view has against a message.
fn views(message: &Message<'_>) -> [Option<DecodeError>; 6] {
    [
        Envelope::decode(message).err(),
        Capabilities::decode(message).err(),
        Accounting::decode(message).err(),
        Asked::decode(message).err(),
        DataAnswer::decode(message).err(),
        PushNotificationRequest::decode(message).err(),
    ]
}

#[test]
fn another_implementations_capabilities_are_read() {
    let octets = vectors::octets(vectors::CAPABILITIES_REQUEST);
    let message = Message::decode(&octets).unwrap();
    assert_eq!(message.octets().len(), octets.len());
    let told = Capabilities::decode(&message).unwrap();
    assert_eq!(told.envelope.origin_host, Some(&b"test"[..]));
    assert_eq!(told.envelope.origin_realm, Some(&b"localhost"[..]));
    assert_eq!(told.addresses[0].to_string(), "10.1.0.1");
    assert_eq!((told.vendor, told.product), (13, &b"go-diameter"[..]));
    assert_eq!(told.supported_vendors.as_slice(), [10415, 13]);
    let credit_control = |vendor| Application {
        vendor,
        role: Role::Authorization,
        id: 4,
    };
    assert_eq!(
        told.applications.as_slice(),
        [credit_control(0), credit_control(10415)]
    );
    assert_eq!(
        (told.security.as_slice(), told.firmware),
        (&[0][..], Some(1))
    );
}

#[test]
fn what_is_read_is_written_as_it_was() {
    for octets in all() {
        let message = Message::decode(&octets).unwrap();
        let mut out = Vec::new();
        let mut builder = Builder::new(&mut out, message.header());
        for avp in message.avps() {
            builder = builder.value(avp.kind, AvpFlags(avp.flags.0), |out| {
                out.extend_from_slice(avp.data);
            });
        }
        assert_eq!(builder.finish(), Ok(octets.len()));
        assert_eq!(out, octets);
    }
}

#[test]
fn every_truncation_is_an_error_at_its_end() {
    for octets in all() {
        for end in 0..octets.len() {
            let error = Message::decode(&octets[..end]).unwrap_err();
            assert!(matches!(error, DecodeError::Short { .. }));
            assert_eq!(error.at(), end);
        }
    }
}

#[test]
fn every_truncation_with_a_length_that_fits_is_read_or_refused() {
    for octets in all() {
        for end in (20..octets.len()).step_by(4) {
            let mut shorter = octets[..end].to_vec();
            shorter[1..4].copy_from_slice(&u32::try_from(end).unwrap().to_be_bytes()[1..]);
            match Message::decode(&shorter) {
                // It ends between two AVPs: what a view misses, it misses at the end.
                Ok(message) => {
                    assert_eq!(message.octets().len(), end);
                    let errors = views(&message).into_iter().flatten();
                    errors.for_each(|error| assert!(error.at() <= end, "{error}"));
                }
                Err(error) => {
                    assert!((20..end).contains(&error.at()), "{error}");
                    let message = Message::salvage(&shorter).unwrap();
                    let errors = views(&message);
                    assert_eq!(errors[0], Some(error), "a view looks for itself");
                    assert!(errors.iter().all(Option::is_some), "{errors:?}");
                }
            }
        }
    }
}

#[test]
fn ours_mean_what_they_should() {
    let octets = vectors::push_notification();
    let message = Message::decode(&octets).unwrap();
    let push = PushNotificationRequest::decode(&message).unwrap();
    let data = ShData::decode(push.user_data).unwrap();
    assert_eq!(data.ims_user_state, Some(ImsUserState::Registered));
    assert_eq!(data.faults.count(), 0);
    let octets = vectors::accounting_start();
    let record = Accounting::decode(&Message::decode(&octets).unwrap()).unwrap();
    assert_eq!(record.record_type, RecordType::Start);
    assert_eq!(record.msisdn, Some(&b"99900000001"[..]));
}

#[test]
fn every_avp_of_them_has_a_name() {
    for octets in all() {
        describe(&Message::decode(&octets).unwrap(), true, &mut |name, _| {
            assert!(!name.contains("AVP-"), "{name}");
        });
    }
}
