//! Every argument and result of MAP and CAP, as another implementation wrote them.
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
#![allow(clippy::panic, reason = "a test may stop at the first surprise")]
#![allow(
    missing_docs,
    reason = "a test crate has no readers of its documentation"
)]

use std::fmt::Debug;

use pengate_asn1::{DecodeError, Element, Oid, Tag, Value, write};
use pengate_codecs::{
    cap, map,
    tcap::{
        Aarq, Code, Component, Dialogue, DialoguePortion, InvokeProblem, Message, UserInformation,
    },
};
use proptest::prelude::*;

#[path = "data/ss7/mod.rs"]
mod vectors;

use vectors::octets;

/// The parameter of the first component, with its code; nothing if the component is without.
fn parameter(octets: &[u8]) -> Option<(Component<'_>, Element<'_>)> {
    let components = match Message::decode(octets).unwrap() {
        Message::Begin(it) => it.components,
        Message::Continue(it) => it.components,
        Message::End(it) => it.components,
        other => panic!("{other:?}"),
    };
    let component = components.iter().next().unwrap().unwrap();
    let element = match component {
        Component::Invoke(it) => it.argument,
        Component::ReturnResult(it) => it.result.map(|(_, result)| result),
        Component::ReturnError(it) => it.parameter,
        Component::Reject(_) => None,
    };
    element.map(|element| (component, element))
}

/// A value, told by what it writes and how it shows itself.
struct Read {
    written: Vec<u8>,
    shown: String,
}

fn read<'a, T: Value<'a> + Debug>(octets: &'a [u8]) -> Result<Read, DecodeError> {
    let value = T::decode(octets)?;
    let mut written = Vec::new();
    value.encode(&mut written);
    let shown = format!("{value:?}");
    Ok(Read { written, shown })
}

type Reader = fn(&[u8]) -> Result<Read, DecodeError>;

/// How the parameter of a vector is read, by the vector's name.
fn reader(name: &str) -> Option<Reader> {
    let readers: [(&str, Reader); 21] = [
        ("note-mm-event-result", |octets| {
            read::<map::NoteMmEventRes<'_>>(octets)
        }),
        ("note-mm-event", |octets| {
            read::<map::NoteMmEventArg<'_>>(octets)
        }),
        ("any-time-interrogation-result", |octets| {
            read::<map::AnyTimeInterrogationRes<'_>>(octets)
        }),
        ("any-time-interrogation-unknown", |octets| {
            read::<map::UnknownSubscriberParam<'_>>(octets)
        }),
        ("any-time-interrogation-system", |octets| {
            read::<map::SystemFailureParam<'_>>(octets)
        }),
        ("any-time-interrogation", |octets| {
            read::<map::AnyTimeInterrogationArg<'_>>(octets)
        }),
        ("update-location-result", |octets| {
            read::<map::UpdateLocationRes<'_>>(octets)
        }),
        ("update-location", |octets| {
            read::<map::UpdateLocationArg<'_>>(octets)
        }),
        ("update-gprs-location-result", |octets| {
            read::<map::UpdateGprsLocationRes<'_>>(octets)
        }),
        ("update-gprs-location", |octets| {
            read::<map::UpdateGprsLocationArg<'_>>(octets)
        }),
        ("initial-dp-gprs", |octets| {
            read::<cap::InitialDpGprsArg<'_>>(octets)
        }),
        ("initial-dp", |octets| read::<cap::InitialDpArg<'_>>(octets)),
        ("event-report-bcsm", |octets| {
            read::<cap::EventReportBcsmArg<'_>>(octets)
        }),
        ("event-report-gprs", |octets| {
            read::<cap::EventReportGprsArg<'_>>(octets)
        }),
        ("entity-released-gprs", |octets| {
            read::<cap::EntityReleasedGprsArg<'_>>(octets)
        }),
        ("request-report-bcsm-event", |octets| {
            read::<cap::RequestReportBcsmEventArg<'_>>(octets)
        }),
        ("request-report-gprs-event", |octets| {
            read::<cap::RequestReportGprsEventArg<'_>>(octets)
        }),
        ("continue-gprs", |octets| {
            read::<cap::ContinueGprsArg<'_>>(octets)
        }),
        ("data-missing", |octets| {
            read::<map::DataMissingParam<'_>>(octets)
        }),
        ("unexpected-data", |octets| {
            read::<map::UnexpectedDataParam<'_>>(octets)
        }),
        ("ati-not-allowed", |octets| {
            read::<map::AtiNotAllowedParam<'_>>(octets)
        }),
    ];
    let found = readers.iter().find(|(start, _)| name.starts_with(start));
    found.map(|(_, reader)| *reader)
}

/// All vectors with a parameter: name, reader, octets of the parameter.
fn parameters() -> Vec<(&'static str, Reader, Vec<u8>)> {
    let mut all = Vec::new();
    for (name, text) in vectors::ALL {
        let message = octets(text);
        if let Some((_, element)) = parameter(&message) {
            let mut octets = Vec::new();
            element.encode(&mut octets);
            all.push((*name, reader(name).unwrap(), octets));
        }
    }
    assert_eq!(all.len(), vectors::ALL.len() - 1, "one result is empty");
    all
}

#[test]
fn every_parameter_is_written_as_it_was_read() {
    for (name, read, octets) in parameters() {
        let value = read(&octets).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(value.written, octets, "{name}");
        // Test identities all begin so; no identity is shown.
        assert!(
            !value.shown.contains("00101000") && !value.shown.contains("99900000"),
            "{name}"
        );
    }
}

#[test]
fn every_prefix_of_a_parameter_is_an_error() {
    for (name, read, octets) in parameters() {
        for end in 0..octets.len() {
            let error = read(&octets[..end]).err();
            assert!(
                matches!(error, Some(DecodeError::Short { at, .. }) if at == end),
                "{name}: {end}: {error:?}"
            );
        }
    }
}

/// With each member left out in turn, the SEQUENCE is read, or says which is missing. Of members that
/// only their order tells, it is always the last: sgsn-Number is never missed.
#[test]
fn every_member_left_out_is_missed_if_it_is_mandatory() {
    let mut missed = Vec::new();
    for (name, read, octets) in parameters() {
        let element = Element::only(pengate_asn1::Cursor::new(&octets)).unwrap();
        if element.tag() != Tag::SEQUENCE {
            continue;
        }
        for left_out in 0.. {
            let mut members = element.contents();
            let mut kept = Vec::new();
            let mut count = 0;
            while let Ok(member) = Element::read(&mut members) {
                if count != left_out {
                    member.encode(&mut kept);
                }
                count += 1;
            }
            if left_out == count {
                break;
            }
            let mut shorter = Vec::new();
            write::constructed(&mut shorter, Tag::SEQUENCE, |out| out.extend(kept));
            match read(&shorter) {
                Ok(value) => assert_eq!(value.written, shorter, "{name}: {left_out}"),
                Err(DecodeError::Missing { at, member }) => {
                    assert_eq!(at, shorter.len(), "{name}");
                    missed.push(member);
                }
                Err(error) => panic!("{name}: {left_out}: {error}"),
            }
        }
    }
    missed.sort_unstable();
    missed.dedup();
    let mandatory = [
        "bcsm_events",
        "event_met",
        "event_type_bcsm",
        "gprs_cause",
        "gprs_event",
        "gprs_event_type",
        "gsm_scf_address",
        "hlr_number",
        "imsi",
        "msc_number",
        "msisdn",
        "requested_info",
        "service_key",
        "sgsn_address",
        "subscriber_identity",
        "subscriber_info",
        "time_and_time_zone",
        "vlr_number",
    ];
    assert_eq!(missed, mandatory);
}

fn note(members: &[&str]) -> Vec<u8> {
    let mut out = Vec::new();
    write::constructed(&mut out, Tag::SEQUENCE, |out| {
        members.iter().for_each(|member| out.extend(octets(member)));
    });
    out
}

const KEY: &str = "02 01 64";
const EVENT: &str = "80 01 01";
const IMSI: &str = "81 08 00010100000000f1";
const MSISDN: &str = "82 07 91990900000010"; // an even number of digits

#[test]
#[expect(clippy::too_many_lines, reason = "a table of what can be wrong")]
fn every_error_of_an_argument_is_named_at_its_octet() {
    for (members, error) in [
        (
            &[KEY, EVENT, IMSI][..],
            DecodeError::Missing {
                at: 18,
                member: "msisdn",
            },
        ),
        (
            &[],
            DecodeError::Missing {
                at: 2,
                member: "service_key",
            },
        ),
        (&["80 02 0101"], DecodeError::Size { at: 2, size: 2 }),
        (&["81 01 00"], DecodeError::Size { at: 2, size: 1 }),
        (
            &["81 09 000101000000001000"],
            DecodeError::Size { at: 2, size: 9 },
        ),
        (&["02 01 ff"], DecodeError::Value { at: 2, value: -1 }),
        (
            &["02 05 0080000000"],
            DecodeError::Value {
                at: 2,
                value: 0x8000_0000,
            },
        ),
        (&["02 00"], DecodeError::Contents { at: 2 }),
        (
            &[KEY, KEY],
            DecodeError::Duplicate {
                at: 5,
                member: "service_key",
            },
        ),
        (&["85 01 08"], DecodeError::Contents { at: 2 }),
        (&["85 01 00"], DecodeError::Size { at: 2, size: 0 }),
        (&["88 02 0200"], DecodeError::Size { at: 2, size: 6 }),
        (&["a3 02 0201"], DecodeError::Short { at: 6, missing: 1 }),
        (
            &["83 00"],
            DecodeError::Unexpected {
                at: 2,
                tag: Tag::context(3),
            },
        ),
        (&["a3 03 8801 00"], DecodeError::Contents { at: 4 }),
        (
            &["a3 04 a300 0000"],
            DecodeError::Short { at: 6, missing: 1 },
        ),
        (&["a3 04 a302 8000"], DecodeError::Size { at: 6, size: 0 }),
        (
            &["a3 06 a304 8000 8100"],
            DecodeError::Trailing { at: 8, octets: 2 },
        ),
        (
            &["a1 08 0403 000101 0401 00"],
            DecodeError::Segments { at: 2 },
        ),
    ] {
        let octets = note(members);
        assert_eq!(
            map::NoteMmEventArg::decode(&octets).err(),
            Some(error),
            "{members:?}"
        );
    }
    let mut behind = note(&[KEY, EVENT, IMSI, MSISDN]);
    behind.push(5);
    let error = DecodeError::Trailing {
        at: behind.len() - 1,
        octets: 1,
    };
    assert_eq!(map::NoteMmEventArg::decode(&behind).err(), Some(error));
    let set = octets("31 00");
    let error = DecodeError::Unexpected {
        at: 0,
        tag: Tag::SET,
    };
    assert_eq!(map::NoteMmEventArg::decode(&set).err(), Some(error));
}

#[test]
fn members_stand_in_any_order() {
    let straight = note(&[KEY, EVENT, IMSI, MSISDN]);
    let turned = note(&[MSISDN, IMSI, EVENT, KEY]);
    let straight = map::NoteMmEventArg::decode(&straight).unwrap();
    assert_eq!(map::NoteMmEventArg::decode(&turned), Ok(straight));
    assert_eq!(
        straight.event_met.event(),
        map::MmEvent::LocationUpdateToOtherVlr
    );
    assert_eq!(straight.msisdn.digits().to_string(), "999000000001");
}

#[test]
fn what_a_later_release_adds_is_carried() {
    let later = "bf 64 05 80 03 01 02 03";
    let octets = note(&[
        KEY,
        EVENT,
        IMSI,
        MSISDN,
        "84 03 010203",
        "a3 03 8c0155",
        later,
    ]);
    let arg = map::NoteMmEventArg::decode(&octets).unwrap();
    let tags: Vec<_> = arg.carried.iter().map(|element| element.tag()).collect();
    assert_eq!(tags, [Tag::context(4), Tag::context(100)]);
    let location = arg.location_information.unwrap();
    assert_eq!(location.carried.iter().count(), 1);
    let mut again = Vec::new();
    arg.encode(&mut again);
    // What is known stands first, so the unknown [4] comes behind it.
    let ordered = note(&[
        KEY,
        EVENT,
        IMSI,
        MSISDN,
        "a3 03 8c0155",
        "84 03 010203",
        later,
    ]);
    assert_eq!(again, ordered);
    assert_eq!(map::NoteMmEventArg::decode(&again), Ok(arg));
}

#[test]
fn what_is_not_extensible_refuses_what_it_does_not_know() {
    let class = octets("30 06 8002e5e0 8500");
    let error = DecodeError::Unexpected {
        at: 6,
        tag: Tag::context(5),
    };
    assert_eq!(map::GprsMsClass::decode(&class).err(), Some(error));
    let event = octets("30 09 800163 810102 820100");
    let error = DecodeError::Value { at: 2, value: 0x63 };
    assert_eq!(cap::GprsEvent::decode(&event).err(), Some(error));
}

#[test]
fn a_value_and_an_alternative_of_a_later_release_are_kept() {
    let info = octets("30 0b a102 8900 8b0107 8a 02 0000");
    let error = DecodeError::Size { at: 9, size: 2 };
    assert_eq!(map::SubscriberInfo::decode(&info).err(), Some(error));
    let info = octets("30 07 a102 8900 8b0107");
    let subscriber = map::SubscriberInfo::decode(&info).unwrap();
    assert_eq!(subscriber.last_rat_type, Some(map::UsedRatType::Other(7)));
    let Some(map::SubscriberState::Other(other)) = subscriber.subscriber_state else {
        panic!("{subscriber:?}");
    };
    assert_eq!(other.tag(), Tag::context(9));
    let mut again = Vec::new();
    subscriber.encode(&mut again);
    assert_eq!(again, info);
}

#[test]
fn a_list_has_its_bounds() {
    let event = "3006 80010e 810101";
    let list = |count: usize| octets(&format!("30 {}", length(&event.repeat(count))));
    for (count, is_right) in [(0, false), (1, true), (10, true), (11, false), (30, false)] {
        let octets = list(count);
        let read = cap::GprsEvents::decode(&octets);
        if is_right {
            assert_eq!(read.unwrap().iter().count(), count);
        } else {
            let size = count.min(11);
            assert_eq!(read.err(), Some(DecodeError::Size { at: 0, size }));
        }
    }
}

/// The length of hexadecimal text, and the text.
fn length(text: &str) -> String {
    let octets = octets(text).len();
    format!("82{octets:04x}{text}")
}

#[test]
fn an_interrogation_is_written_as_agreed() {
    let (mut msisdn, mut scf) = ([0; 9], [0; 9]);
    let international = map::IsdnAddressString::international;
    let mut requested = map::RequestedInfo::new();
    requested.location_information = Some(pengate_asn1::Null);
    requested.subscriber_state = Some(pengate_asn1::Null);
    requested.current_location = Some(pengate_asn1::Null);
    requested.requested_domain = Some(map::DomainType::PsDomain);
    requested.imei = Some(pengate_asn1::Null);
    requested.location_information_eps_supported = Some(pengate_asn1::Null);
    let nodes = pengate_asn1::Bits::new(2, &[map::RequestedNodes::MME, map::RequestedNodes::SGSN]);
    requested.requested_nodes = map::RequestedNodes::new(nodes);
    let arg = map::AnyTimeInterrogationArg::new(
        map::SubscriberIdentity::Msisdn(international(b"99900000001", &mut msisdn).unwrap()),
        requested,
        international(b"99900000200", &mut scf).unwrap(),
    );
    let mut out = Vec::new();
    let context = map::ApplicationContext::ANY_TIME_INFO_ENQUIRY.to_octets();
    let dialogue = Dialogue::request(Oid::from_wire(&context).unwrap());
    pengate_codecs::tcap::begin(&mut out, 0x0400_0001.into(), Some(dialogue), |components| {
        let code = map::Operation::AnyTimeInterrogation.code();
        components.invoke(1, code, |out| arg.encode(out));
    });
    assert_eq!(out, octets(vectors::ANY_TIME_INTERROGATION));
}

#[test]
fn requests_for_reports_are_written_as_agreed() {
    let event = |kind, leg| {
        let mut event = cap::BcsmEvent::new(kind, cap::MonitorMode::NotifyAndContinue);
        event.leg_id = Some(cap::LegId::SendingSideId(cap::LegType::new([leg])));
        event
    };
    let events = [
        event(cap::EventTypeBcsm::OAnswer, 2),
        event(cap::EventTypeBcsm::ODisconnect, 1),
    ];
    let arg = cap::RequestReportBcsmEventArg::new(cap::BcsmEvents::new(&events).unwrap());
    let mut out = Vec::new();
    arg.encode(&mut out);
    let message = octets(vectors::REQUEST_REPORT_BCSM_EVENT);
    assert_eq!(
        cap::RequestReportBcsmEventArg::from_any(parameter(&message).unwrap().1),
        Ok(arg)
    );
    let name = "request-report-bcsm-event";
    let expected = parameters().into_iter().find(|it| it.0 == name).unwrap().2;
    assert_eq!(out, expected);
}

#[test]
fn a_dialogue_tells_its_reference() {
    let message = octets(vectors::EVENT_REPORT_GPRS_DETACH);
    let Ok(Message::Begin(begin)) = Message::decode(&message) else {
        panic!("not a Begin");
    };
    let dialogue = begin
        .dialogue
        .map(DialoguePortion::decode)
        .unwrap()
        .unwrap();
    let reference = cap::CapGprsReferenceNumber::of(&dialogue).unwrap().unwrap();
    assert_eq!(reference.destination_reference.unwrap().get(), 772);
    assert_eq!(reference.origination_reference.unwrap().get(), 258);

    let mut information = Vec::new();
    reference.write_user_information(&mut information);
    let context = dialogue.context().unwrap();
    assert_eq!(
        cap::ApplicationContext::from_oid(context),
        Some(cap::ApplicationContext::GprsSsfToScf)
    );
    // That SGSN tags implicitly; we write as the module says.
    let user_information = Some(UserInformation::from_octets(&information));
    let again = Dialogue::Request(Aarq {
        context,
        user_information,
    });
    assert_eq!(cap::CapGprsReferenceNumber::of(&again), Ok(Some(reference)));
    let explicit = octets("a004 0202 0304 a104 0202 0102");
    assert!(information.ends_with(&explicit), "{information:02x?}");
}

#[test]
fn an_unreadable_argument_is_answered_by_what_is_wrong() {
    let octets = note(&[KEY, "80 02 0101"]);
    let error = map::NoteMmEventArg::decode(&octets).unwrap_err();
    let refusal = map::Refusal::from(&error);
    assert_eq!(
        refusal,
        map::Refusal::Error(map::ErrorCode::UnexpectedDataValue)
    );
    let error = map::NoteMmEventArg::decode(&[4, 0]).unwrap_err();
    let mistyped = map::Refusal::Reject(InvokeProblem::MistypedParameter);
    assert_eq!(map::Refusal::from(&error), mistyped);
    assert_eq!(map::Operation::from_code(Code::Local(88)), None);
}

proptest! {
    /// One octet changed: the value is refused, or says what it wrote.
    #[test]
    fn a_damaged_parameter_is_read_or_refused(
        vector: prop::sample::Index,
        place: prop::sample::Index,
        octet: u8,
    ) {
        let mut parameters = parameters();
        let (_, read, octets) = &mut parameters[vector.index(vectors::ALL.len() - 1)];
        let place = place.index(octets.len());
        octets[place] = octet;
        match read(octets) {
            Ok(value) => {
                let again = read(&value.written).unwrap();
                prop_assert_eq!(again.written, value.written);
                prop_assert_eq!(again.shown, value.shown);
            }
            Err(error) => prop_assert!(error.at() <= octets.len()),
        }
    }
}
