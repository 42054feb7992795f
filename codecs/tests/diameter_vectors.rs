//! Messages that another implementation wrote, and that ours writes.
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
#![allow(
    missing_docs,
    reason = "a test crate has no readers of its documentation"
)]

use pengate_codecs::{
    diameter::{
        Accounting, Application, AvpFlags, Builder, Capabilities, DecodeError, Envelope, Message,
        RecordType, Role, describe,
    },
    sh::{ImsUserState, PushNotificationRequest, ShData},
};

#[path = "data/diameter/mod.rs"]
mod vectors;

fn all() -> [Vec<u8>; 3] {
    [
        vectors::octets(vectors::CAPABILITIES_REQUEST),
        vectors::push_notification(),
        vectors::accounting_start(),
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
                // It ends between two AVPs.
                Ok(message) => assert!(message.octets().len() == end),
                Err(error) => {
                    assert!((20..end).contains(&error.at()), "{error}");
                    let message = Message::salvage(&shorter).unwrap();
                    let view = Envelope::decode(&message);
                    assert_eq!(view, Err(error), "a view looks for itself");
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
