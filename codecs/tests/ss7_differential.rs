//! M3UA and SCCP against the crates of the same names.
#![allow(clippy::panic, reason = "a test fails by panicking")]
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
#![allow(
    missing_docs,
    reason = "a test crate has no readers of its documentation"
)]

use pengate_codecs::{
    m3ua::{Data, DecodeError, Message, MessageType},
    sccp::{self, Digits, GlobalTitle, PartyAddress, Purpose, Routing},
};
use proptest::prelude::*;

#[path = "data/m3ua/mod.rs"]
mod vectors;

/// Both read the same parameters.
fn assert_same_parameters(ours: &Message<'_>, theirs: &m3ua::M3uaMessage) {
    assert_eq!(theirs.message_type.class_and_type(), ours.kind().to_wire());
    let theirs: Vec<_> = theirs
        .parameters
        .iter()
        .map(|p| (p.tag, &p.value[..]))
        .collect();
    let ours: Vec<_> = ours.parameters().map(|p| (p.tag, p.value)).collect();
    assert_eq!(ours, theirs);
}

/// What the other crate says of an address, told of ours.
fn assert_same_address(ours: &PartyAddress<'_>, theirs: &::sccp::SccpAddress) {
    assert_eq!(theirs.route_on_ssn, ours.routing == Routing::Subsystem);
    // The two spare bits are part of the code for it.
    assert_eq!(theirs.point_code.map(|code| code & 0x3fff), ours.point_code);
    assert_eq!(theirs.ssn.map(|ssn| ssn.value()), ours.subsystem);
    match ours.title {
        None => assert_eq!(theirs.global_title, ::sccp::GlobalTitle::NoTitle),
        Some(title) => assert_same_title(title, &theirs.global_title),
    }
}

/// It decodes digits whatever their encoding scheme, and those of indicator 2 whatever their code.
fn assert_same_title(ours: GlobalTitle<'_>, theirs: &::sccp::GlobalTitle) {
    use ::sccp::GlobalTitle as Theirs;
    let (numbers, digits) = match theirs {
        Theirs::NoTitle => (vec![], None),
        Theirs::Gt0001 {
            nature_of_address,
            digits,
            ..
        } => (vec![*nature_of_address], Some(digits)),
        Theirs::Gt0010 {
            translation_type, ..
        } => (vec![*translation_type], None),
        Theirs::Gt0011 {
            translation_type,
            numbering_plan,
            digits,
            ..
        } => (vec![*translation_type, *numbering_plan], Some(digits)),
        Theirs::Gt0100 {
            translation_type,
            numbering_plan,
            nature_of_address,
            digits,
            ..
        } => {
            let numbers = vec![*translation_type, *numbering_plan, *nature_of_address];
            (numbers, Some(digits))
        }
    };
    let found = match ours {
        GlobalTitle::Nature { nature, .. } => vec![nature.to_wire()],
        GlobalTitle::Translation { translation, .. } => vec![translation],
        GlobalTitle::Plan {
            translation, plan, ..
        } => vec![translation, plan.to_wire()],
        GlobalTitle::Full {
            translation,
            plan,
            nature,
            ..
        } => vec![translation, plan.to_wire(), nature.to_wire()],
        GlobalTitle::Other { .. } => vec![],
    };
    assert_eq!(found, numbers);
    if let Some((ours, theirs)) = ours.digits().zip(digits) {
        assert_same_digits(theirs, ours);
    }
}

/// Codes above 9 have no agreed characters: only decimal numbers are compared.
fn assert_same_digits(theirs: &str, ours: Digits<'_>) {
    if ours.iter().all(|code| code < 10) {
        assert_eq!(ours.to_string(), theirs);
    }
}

fn purpose(octet: Option<u8>, theirs: &::sccp::SccpMessage) -> Purpose {
    use ::sccp::SccpMessage as Theirs;
    let class = |class: u8, handling: u8| {
        Purpose::Deliver(sccp::ProtocolClass::from_wire(class | handling << 4))
    };
    match theirs {
        Theirs::Udt(m) => class(m.protocol_class, m.message_handling),
        Theirs::Xudt(m) => class(m.protocol_class, m.message_handling),
        Theirs::Ludt(m) => class(m.protocol_class, m.message_handling),
        // It has no number for causes it does not know: the octet itself is the cause.
        _ => Purpose::Return(sccp::ReturnCause::from_wire(octet.unwrap_or_default())),
    }
}

/// Where both accept, both say the same. Gives whether ours accepted.
fn assert_same_sccp(octets: &[u8]) -> bool {
    let theirs = ::sccp::SccpMessage::decode(octets);
    let ours = sccp::Message::decode(octets);
    let (Ok(ours), Ok(theirs)) = (&ours, &theirs) else {
        return ours.is_ok();
    };
    let Some(transfer) = ours.transfer() else {
        panic!("{theirs:?} is connectionless");
    };
    assert_same_address(&transfer.called, theirs.called_party());
    assert_same_address(&transfer.calling, theirs.calling_party());
    assert_eq!(transfer.data, theirs.data());
    assert_eq!(transfer.purpose, purpose(octets.get(1).copied(), theirs));
    true
}

#[test]
fn the_vectors_are_the_same_to_both() {
    for (name, hex) in vectors::VECTORS {
        let octets = vectors::octets(hex);
        let ours = Message::decode(&octets).unwrap();
        let theirs = m3ua::M3uaMessage::decode(&octets).unwrap();
        assert_same_parameters(&ours, &theirs);
        assert_eq!(theirs.encode(), octets, "{name}");
        let (data, protocol) = (Data::of(&ours).unwrap(), theirs.protocol_data().unwrap());
        assert_eq!(data.routing_context, theirs.routing_context());
        let label = data.protocol_data.label;
        assert_eq!(
            (label.originator, label.destination),
            (protocol.opc, protocol.dpc)
        );
        assert_eq!(
            [
                label.service,
                label.network,
                label.priority,
                label.selection
            ],
            [protocol.si, protocol.ni, protocol.mp, protocol.sls]
        );
        assert_eq!(data.protocol_data.payload, protocol.user_data);
        assert!(assert_same_sccp(data.protocol_data.payload), "{name}");
        assert!(
            ::sccp::SccpMessage::decode(data.protocol_data.payload).is_ok(),
            "{name}"
        );
    }
}

#[test]
fn three_hundred_octets_in_a_udt_are_cut_there_and_refused_here() {
    let data = [7; 300];
    let address = ::sccp::SccpAddress::with_ssn(::sccp::SubsystemNumber::from_u8(147), None);
    let theirs = ::sccp::UnitData::new(address.clone(), address, data.to_vec());
    let octets = theirs.encode().unwrap();
    let read = ::sccp::UnitData::decode(&octets).unwrap();
    assert_eq!(read.data.len(), 300 - 256, "its length octet ran over");
    let address = PartyAddress::subsystem(147);
    let ours = sccp::Unitdata {
        class: sccp::ProtocolClass::from_wire(0),
        called: address,
        calling: address,
        data: &data,
    };
    let error = sccp::EncodeError::TooLong {
        field: sccp::Field::Data,
        octets: 300,
    };
    assert_eq!(ours.encode(&mut Vec::new()), Err(error));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// Where they differ: ours keeps classes and types without a name, the other refuses them; ours
    /// refuses a message without what its type cannot do without, the other leaves that to its
    /// caller; the other does not look at the message's length.
    #[test]
    fn any_m3ua_is_the_same_to_both(
        class in 0_u8..10,
        kind in 0_u8..7,
        octets in proptest::collection::vec(prop_oneof![Just(0_u8), 0_u8..20, any::<u8>()], 0..60),
    ) {
        let length = u8::try_from(octets.len() + 8).unwrap();
        let octets = [&[1, 0, class, kind, 0, 0, 0, length][..], &octets].concat();
        let theirs = m3ua::M3uaMessage::decode(&octets);
        match (Message::decode(&octets), theirs) {
            (Ok(ours), Ok(theirs)) => assert_same_parameters(&ours, &theirs),
            (Err(_), Err(_)) => {}
            (Ok(ours), Err(error)) => {
                let unknown = matches!(ours.kind(), MessageType::Other { .. });
                prop_assert!(unknown, "{:?} {}", ours, error);
            }
            (Err(error), Ok(theirs)) => {
                let missing = matches!(error, DecodeError::Missing { .. });
                // One to three octets behind the last parameter are no parameter: the other
                // passes them over.
                let rest = matches!(error, DecodeError::ParameterHeader { .. });
                prop_assert!(missing || rest, "{} {:?}", error, theirs);
            }
        }
    }

    /// Where they differ: the other refuses title indicators above 4, takes a pointer of 0 for one,
    /// and does not read the optional part.
    #[test]
    fn any_sccp_is_the_same_to_both(
        kind in prop_oneof![Just(9_u8), Just(10), 0x11_u8..=0x14],
        octets in proptest::collection::vec(prop_oneof![0_u8..12, any::<u8>()], 0..60),
    ) {
        assert_same_sccp(&[&[kind][..], &octets].concat());
    }

    #[test]
    fn what_both_write_is_the_same(
        called in "[0-9]{1,16}",
        calling in "[0-9]{1,16}",
        subsystem in any::<u8>(),
        data in proptest::collection::vec(any::<u8>(), 0..240),
    ) {
        let theirs = |digits: &str| {
            let title = ::sccp::GlobalTitle::Gt0100 {
                translation_type: 0,
                numbering_plan: 1,
                encoding_scheme: if digits.len() % 2 == 1 { 1 } else { 2 },
                nature_of_address: 4,
                digits: digits.to_owned(),
            };
            let subsystem = ::sccp::SubsystemNumber::from_u8(subsystem);
            ::sccp::SccpAddress::with_gt(title, Some(subsystem))
        };
        let octets = |digits: &str| {
            let mut octets = Vec::new();
            let odd = Digits::write(digits, &mut octets).unwrap();
            (octets, odd)
        };
        let (called_octets, calling_octets) = (octets(&called), octets(&calling));
        let ours = |(octets, odd)| {
            PartyAddress::titled(GlobalTitle::international(Digits::new(octets, odd)), subsystem)
        };
        let message = sccp::Unitdata {
            class: sccp::ProtocolClass::from_wire(0),
            called: ours((&called_octets.0, called_octets.1)),
            calling: ours((&calling_octets.0, calling_octets.1)),
            data: &data,
        };
        let mut out = Vec::new();
        message.encode(&mut out).unwrap();
        let other = ::sccp::UnitData::new(theirs(&called), theirs(&calling), data.clone());
        prop_assert_eq!(&out, &other.encode().unwrap());
        prop_assert!(assert_same_sccp(&out));
    }
}
