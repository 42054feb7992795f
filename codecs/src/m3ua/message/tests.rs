use proptest::prelude::*;

use super::*;
use crate::m3ua::{
    AffectedPointCode, AsState, Builder, Cause, Data, DeregistrationResult, DeregistrationStatus,
    EncodeError, ErrorCode, Label, RegistrationResult, RegistrationStatus, Status, TrafficMode,
};

const LABEL: Label = Label {
    originator: 1001,
    destination: 2002,
    service: 3,
    network: 2,
    priority: 0,
    selection: 5,
};

fn nested(tag: u16, value: u32, out: &mut Vec<u8>) {
    out.extend_from_slice(&tag.to_be_bytes());
    out.extend_from_slice(&[0, 8]);
    out.extend_from_slice(&value.to_be_bytes());
}

/// What a test adds to a message.
type Parts<'a> = &'a dyn Fn(Builder<'_>) -> Builder<'_>;

fn build(kind: MessageType, parts: Parts<'_>) -> Vec<u8> {
    let mut out = vec![0xee];
    let octets = parts(Builder::new(&mut out, kind)).finish().unwrap();
    assert_eq!(octets, out.len() - 1);
    out.split_off(1)
}

const CODES: [AffectedPointCode; 2] = [
    AffectedPointCode::exact(1001),
    AffectedPointCode {
        mask: 3,
        code: 0x00ab_cde8,
    },
];

fn info(builder: Builder<'_>) -> Builder<'_> {
    builder.parameter(tag::INFO_STRING, b"why")
}

fn place(builder: Builder<'_>) -> Builder<'_> {
    builder.network_appearance(Some(7)).routing_contexts(&[100])
}

fn affected(builder: Builder<'_>) -> Builder<'_> {
    info(place(builder).affected_point_codes(&CODES))
}

fn key(builder: Builder<'_>) -> Builder<'_> {
    builder.parameter_with(tag::ROUTING_KEY, |out| {
        nested(tag::LOCAL_ROUTING_KEY_IDENTIFIER, 1, out);
        nested(tag::ROUTING_CONTEXT, 100, out);
        nested(tag::TRAFFIC_MODE_TYPE, 2, out);
        nested(tag::DESTINATION_POINT_CODE, 2002, out);
        nested(tag::NETWORK_APPEARANCE, 7, out);
        out.extend_from_slice(&[0x02, 0x0c, 0, 6, 3, 5, 0, 0]);
        nested(tag::ORIGINATING_POINT_CODES, 1001, out);
    })
}

fn registered(builder: Builder<'_>) -> Builder<'_> {
    builder.parameter_with(tag::REGISTRATION_RESULT, |out| {
        nested(tag::LOCAL_ROUTING_KEY_IDENTIFIER, 1, out);
        nested(tag::REGISTRATION_STATUS, 0, out);
        nested(tag::ROUTING_CONTEXT, 100, out);
    })
}

fn deregistered(builder: Builder<'_>) -> Builder<'_> {
    builder.parameter_with(tag::DEREGISTRATION_RESULT, |out| {
        nested(tag::ROUTING_CONTEXT, 100, out);
        nested(tag::DEREGISTRATION_STATUS, 4, out);
    })
}

/// Every parameter that a message may have.
fn parameters(kind: MessageType, builder: Builder<'_>) -> Builder<'_> {
    match kind {
        MessageType::Error => place(builder.error_code(ErrorCode::InvalidRoutingContext))
            .affected_point_codes(&CODES)
            .parameter(tag::DIAGNOSTIC_INFORMATION, &[1, 0, 1]),
        MessageType::Notify => info(
            builder
                .status(Status::AsStateChange(AsState::Active))
                .word(tag::ASP_IDENTIFIER, 9)
                .routing_contexts(&[100, 101]),
        ),
        MessageType::Data => place(builder)
            .protocol_data(LABEL, |out| out.extend_from_slice(b"octets"))
            .word(tag::CORRELATION_ID, 3),
        MessageType::SignallingCongestion => affected(builder)
            .word(tag::CONCERNED_DESTINATION, 2002)
            .word(tag::CONGESTION_INDICATIONS, 2),
        MessageType::DestinationUserPartUnavailable => {
            affected(builder).word(tag::USER_CAUSE, 0x0001_0003)
        }
        MessageType::AspUp | MessageType::AspUpAck => info(builder.word(tag::ASP_IDENTIFIER, 9)),
        MessageType::Heartbeat | MessageType::HeartbeatAck => {
            builder.parameter(tag::HEARTBEAT_DATA, &[1, 2, 3, 4, 5])
        }
        MessageType::AspActive | MessageType::AspActiveAck => info(
            builder
                .traffic_mode(TrafficMode::Override)
                .routing_contexts(&[100]),
        ),
        MessageType::AspInactive | MessageType::AspInactiveAck => {
            info(builder.routing_contexts(&[100]))
        }
        MessageType::RegistrationRequest => key(builder),
        MessageType::RegistrationResponse => registered(builder),
        MessageType::DeregistrationRequest => builder.routing_contexts(&[100]),
        MessageType::DeregistrationResponse => deregistered(builder),
        MessageType::AspDown | MessageType::AspDownAck => info(builder),
        _ => affected(builder),
    }
}

/// A message of every type, with every parameter it may have.
fn every_message() -> Vec<(MessageType, Vec<u8>)> {
    MessageType::ALL
        .iter()
        .map(|kind| (*kind, build(*kind, &|builder| parameters(*kind, builder))))
        .collect()
}

/// The same message, from the parameters that were read.
fn rebuilt(message: &Message<'_>) -> Vec<u8> {
    build(message.kind(), &|builder| {
        message.parameters().fold(builder, |builder, parameter| {
            builder.parameter(parameter.tag, parameter.value)
        })
    })
}

#[test]
fn every_message_survives_reading_and_writing() {
    for (kind, octets) in every_message() {
        let message = Message::decode(&octets).unwrap();
        assert_eq!(message.kind(), kind);
        assert_eq!(message.octets(), octets);
        assert!(message.parameters().count() > 0, "{kind:?}");
        for parameter in message.parameters() {
            let value = parameter.value().unwrap();
            assert!(!matches!(value, Value::Other { .. }), "{kind:?} {value:?}");
        }
        assert_eq!(rebuilt(&message), octets);
    }
}

#[test]
fn every_truncation_is_an_error_that_counts_what_is_missing() {
    for (kind, octets) in every_message() {
        for end in 0..octets.len() {
            let needed = if end < 8 { 8 } else { octets.len() };
            let error = DecodeError::Short {
                at: end,
                missing: needed - end,
            };
            assert_eq!(Message::decode(&octets[..end]), Err(error), "{kind:?}");
            assert_eq!(Data::decode(&octets[..end]), Err(error), "{kind:?}");
        }
    }
}

#[test]
fn every_truncation_with_a_length_that_agrees_is_an_error_or_a_shorter_message() {
    for (kind, octets) in every_message() {
        for end in 8..octets.len() {
            let mut cut = octets[..end].to_vec();
            cut[4..8].copy_from_slice(&u32::try_from(end).unwrap().to_be_bytes());
            match Message::decode(&cut) {
                // Cut between two parameters, or in the padding of the last one.
                Ok(message) => assert!(
                    message
                        .parameters()
                        .map(|parameter| parameter.at + 4 + parameter.value.len())
                        .last()
                        .unwrap_or(8)
                        <= end
                ),
                Err(
                    DecodeError::ParameterLength { at, .. }
                    | DecodeError::ParameterHeader { at }
                    | DecodeError::Missing { at, .. },
                ) => assert!(at <= end, "{kind:?}"),
                Err(other) => panic!("{kind:?} {other}"),
            }
        }
    }
}

#[test]
fn the_parameters_of_data_are_read_in_one_pass() {
    let (_, octets) = every_message().swap_remove(2);
    let data = Data::decode(&octets).unwrap().unwrap();
    assert_eq!(data.network_appearance, Some(7));
    assert_eq!(data.routing_context, Some(100));
    assert_eq!(data.correlation_id, Some(3));
    assert_eq!(data.protocol_data.label, LABEL);
    assert_eq!(data.protocol_data.payload, b"octets");
    let at = data.protocol_data.at;
    assert_eq!(&octets[at..at + 6], b"octets");
    let (_, beat) = every_message().swap_remove(11);
    assert_eq!(Data::decode(&beat), Ok(None));
}

#[test]
fn values_have_their_types() {
    let value = |kind: MessageType, tag: u16| {
        let (_, octets) = every_message()
            .into_iter()
            .find(|(found, _)| *found == kind)
            .unwrap();
        let octets: &'static [u8] = octets.leak();
        Message::decode(octets)
            .unwrap()
            .value(tag)
            .unwrap()
            .unwrap()
    };
    assert_eq!(
        value(MessageType::DestinationUserPartUnavailable, tag::USER_CAUSE),
        Value::UserCause {
            cause: Cause::UnequippedRemoteUser,
            user: 3,
        }
    );
    assert_eq!(
        value(
            MessageType::SignallingCongestion,
            tag::CONGESTION_INDICATIONS
        ),
        Value::CongestionIndications(2)
    );
    assert_eq!(
        value(MessageType::RegistrationResponse, tag::REGISTRATION_RESULT),
        Value::RegistrationResult(RegistrationResult {
            local_identifier: 1,
            status: RegistrationStatus::Registered,
            routing_context: 100,
        })
    );
    assert_eq!(
        value(
            MessageType::DeregistrationResponse,
            tag::DEREGISTRATION_RESULT
        ),
        Value::DeregistrationResult(DeregistrationResult {
            routing_context: 100,
            status: DeregistrationStatus::NotRegistered,
        })
    );
    let Value::RoutingKey(key) = value(MessageType::RegistrationRequest, tag::ROUTING_KEY) else {
        panic!("no routing key");
    };
    assert_eq!((key.local_identifier, key.destination), (1, 2002));
    assert_eq!(key.routing_context, Some(100));
    assert_eq!(key.traffic_mode, Some(TrafficMode::Loadshare));
    assert_eq!(key.service_indicators, Some(&[3, 5][..]));
    assert_eq!(key.originators.unwrap().iter().collect::<Vec<_>>(), [1001]);
    assert_eq!(key.parameters().count(), 7);
}

#[test]
fn a_message_counts_the_padding_of_its_last_parameter_or_does_not() {
    let (_, octets) = every_message().swap_remove(11);
    let padded = octets.len();
    let without = padded - 3;
    for (length, present) in [(padded, padded), (without, padded), (without, without)] {
        let mut octets = octets[..present].to_vec();
        octets[4..8].copy_from_slice(&u32::try_from(length).unwrap().to_be_bytes());
        let message = Message::decode(&octets).unwrap();
        let beat = message.parameter(tag::HEARTBEAT_DATA).unwrap();
        assert_eq!(beat.value, [1, 2, 3, 4, 5]);
    }
}

#[test]
fn what_is_wrong_with_the_header_is_named() {
    let (_, octets) = every_message().swap_remove(0);
    let with = |at: usize, value: u8| {
        let mut octets = octets.clone();
        octets[at] = value;
        Message::decode(&octets).map(|message| message.kind())
    };
    assert_eq!(with(0, 2), Err(DecodeError::Version { at: 0, version: 2 }));
    assert_eq!(with(1, 9), Ok(MessageType::Error), "reserved is ignored");
    assert_eq!(with(7, 7), Err(DecodeError::Length { at: 4, length: 7 }));
    let unknown = MessageType::Other { class: 5, kind: 0 };
    assert_eq!(with(2, 5), Ok(unknown));
    let mut longer = octets.clone();
    longer.extend_from_slice(&[0; 4]);
    let length = u32::try_from(octets.len()).unwrap();
    assert_eq!(
        Message::decode(&longer),
        Err(DecodeError::Length { at: 4, length })
    );
}

#[test]
fn what_is_wrong_with_a_parameter_is_named_with_its_place() {
    let message = |parameters: &[u8]| {
        let mut octets = vec![1, 0, 3, 3, 0, 0, 0, 0];
        octets.extend_from_slice(parameters);
        octets[7] = u8::try_from(octets.len()).unwrap();
        octets
    };
    for (parameters, error) in [
        (
            &[0, 9, 0, 4, 0, 4, 0, 3][..],
            DecodeError::ParameterLength { at: 12, length: 3 },
        ),
        (
            &[0, 9, 0, 4, 0, 4, 0, 5],
            DecodeError::ParameterLength { at: 12, length: 5 },
        ),
        (
            &[0, 9, 0, 4, 0, 4, 0],
            DecodeError::ParameterHeader { at: 12 },
        ),
    ] {
        assert_eq!(Message::decode(&message(parameters)), Err(error));
        assert_eq!(error.at(), 12);
        assert_eq!(error.error_code(), ErrorCode::ParameterFieldError);
    }
    for (parameters, tag, at) in [
        (&[0, 6, 0, 4][..], tag::ROUTING_CONTEXT, 12),
        (&[0, 6, 0, 9, 0, 0, 0, 1, 2], tag::ROUTING_CONTEXT, 17),
        (&[0, 0x0b, 0, 7, 0, 0, 0], tag::TRAFFIC_MODE_TYPE, 15),
        (&[0, 0x0d, 0, 9, 0, 0, 0, 1, 2], tag::STATUS, 16),
        (
            &[2, 0x10, 0, 15, 0, 0, 0, 1, 0, 0, 0, 2, 3, 2, 0],
            tag::PROTOCOL_DATA,
            23,
        ),
    ] {
        let octets = message(parameters);
        let message = Message::decode(&octets).unwrap();
        assert_eq!(message.value(tag), Err(DecodeError::Value { at, tag }));
    }
    let long = build(MessageType::AspDown, &|builder| {
        builder.parameter(tag::INFO_STRING, &[b'x'; 256])
    });
    let tag = tag::INFO_STRING;
    let error = DecodeError::Value { at: 12 + 255, tag };
    assert_eq!(Message::decode(&long).unwrap().value(tag), Err(error));
}

#[test]
fn a_message_without_what_its_type_needs_is_refused() {
    for kind in MessageType::ALL {
        let octets = build(*kind, &|builder| builder.parameter(0x8000, b"unknown"));
        let found = Message::decode(&octets).map(|message| message.kind());
        match kind.mandatory() {
            None => assert_eq!(found, Ok(*kind)),
            Some(tag) => {
                let error = DecodeError::Missing { at: 20, tag };
                assert_eq!(found, Err(error));
                assert_eq!(error.error_code(), ErrorCode::MissingParameter);
            }
        }
    }
    let data = build(MessageType::Data, &|builder| builder.routing_contexts(&[1]));
    let missing = DecodeError::Missing {
        at: 16,
        tag: tag::PROTOCOL_DATA,
    };
    assert_eq!(Data::decode(&data), Err(missing));
}

#[test]
fn what_does_not_fit_is_refused_and_leaves_nothing_behind() {
    let mut out = vec![7];
    let error = Builder::new(&mut out, MessageType::Data)
        .protocol_data(LABEL, |out| out.resize(out.len() + 65_532, 0))
        .word(tag::CORRELATION_ID, 1)
        .finish();
    let octets = 65_532 + 12;
    let tag = tag::PROTOCOL_DATA;
    assert_eq!(error, Err(EncodeError::Value { tag, octets }));
    let code = 0x0100_0000;
    let error = Builder::new(&mut out, MessageType::DestinationStateAudit)
        .affected_point_codes(&[AffectedPointCode::exact(code)])
        .finish();
    assert_eq!(error, Err(EncodeError::PointCode { code }));
    assert_eq!(out, [7]);
}

#[test]
fn no_value_is_ever_shown() {
    let (_, octets) = every_message().swap_remove(2);
    let message = Message::decode(&octets).unwrap();
    let data = Data::of(&message).unwrap();
    let parameter = message.parameter(tag::PROTOCOL_DATA);
    let shown = format!("{message:?} {data:?} {parameter:?}");
    assert!(shown.contains("1001"), "{shown}");
    assert!(!shown.contains("111, 99"), "{shown}");
}

proptest! {
    #[test]
    fn whatever_comes_is_read_or_refused(
        class in 0_u8..12,
        kind in 0_u8..8,
        octets in proptest::collection::vec(any::<u8>(), 0..80),
    ) {
        let mut message = vec![1, 0, class, kind, 0, 0, 0, u8::try_from(octets.len()).unwrap() + 8];
        message.extend_from_slice(&octets);
        match Message::decode(&message) {
            Ok(message) => {
                for parameter in message.parameters() {
                    if let Err(error) = parameter.value() {
                        prop_assert!(error.at() <= message.octets().len());
                    }
                }
                let filled: usize = message
                    .parameters()
                    .map(|parameter| (parameter.value.len() + 4).next_multiple_of(4))
                    .sum();
                prop_assert_eq!(filled, octets.len().next_multiple_of(4));
                let again = rebuilt(&message);
                let again = Message::decode(&again).unwrap();
                prop_assert!(again.parameters().eq(message.parameters()));
            }
            Err(error) => prop_assert!(error.at() <= message.len()),
        }
    }

    #[test]
    fn the_short_way_reads_data_as_the_long_one_does(
        tags in proptest::collection::vec(
            prop_oneof![Just(0x0006_u16), Just(0x0200), Just(0x0210), Just(0x0013), any::<u16>()],
            0..5,
        ),
        value in proptest::collection::vec(any::<u8>(), 0..20),
    ) {
        let octets = build(MessageType::Data, &|builder| {
            tags.iter().fold(builder, |builder, tag| builder.parameter(*tag, &value))
        });
        let message = Message::decode(&octets);
        let short = Data::decode(&octets);
        if let Ok(Some(data)) = short {
            let message = message.unwrap();
            prop_assert_eq!(
                message.value(tag::PROTOCOL_DATA),
                Ok(Some(Value::ProtocolData(data.protocol_data)))
            );
            prop_assert_eq!(message.network_appearance(), Ok(data.network_appearance));
        } else if let Err(DecodeError::Missing { .. }) = message {
            prop_assert!(short.is_err());
        }
    }
}
