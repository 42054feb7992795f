use proptest::prelude::*;

use super::*;
use crate::sccp::{Address, Digits, EncodeError, Field, GlobalTitle, Nature, Plan, Routing};

const CLASS: ProtocolClass = ProtocolClass::from_wire(0x81);
/// 99900000147 and 99900000007.
const OURS: [u8; 6] = [0x99, 0x09, 0x00, 0x00, 0x41, 0x07];
const THEIRS: [u8; 6] = [0x99, 0x09, 0x00, 0x00, 0x00, 0x07];

fn ours() -> PartyAddress<'static> {
    PartyAddress::titled(GlobalTitle::international(Digits::new(&OURS, true)), 147)
}

fn theirs() -> PartyAddress<'static> {
    PartyAddress::titled(GlobalTitle::international(Digits::new(&THEIRS, true)), 7)
}

fn encode(message: &Message<'_>) -> Result<Vec<u8>, EncodeError> {
    let mut out = vec![0xee];
    let result = match message {
        Message::Unitdata(message) => message.encode(&mut out),
        Message::UnitdataService(message) => message.encode(&mut out),
        Message::ExtendedUnitdata(message) => message.encode(&mut out),
        Message::ExtendedUnitdataService(message) => message.encode(&mut out),
        Message::LongUnitdata(message) => message.encode(&mut out),
        Message::LongUnitdataService(message) => message.encode(&mut out),
        Message::Other(_) => panic!("it has no octets"),
    };
    if result.is_err() {
        assert_eq!(out, [0xee], "nothing is left behind");
    }
    result.map(|()| out.split_off(1))
}

/// A message of every type.
fn every_message<'a>(
    called: PartyAddress<'a>,
    calling: PartyAddress<'a>,
    data: &'a [u8],
    segmentation: Option<Segmentation>,
) -> [Message<'a>; 6] {
    let (class, cause) = (CLASS, ReturnCause::UnequippedUser);
    let (hop_counter, importance) = (15, segmentation.map(|_| 5));
    [
        Message::Unitdata(Unitdata {
            class,
            called,
            calling,
            data,
        }),
        Message::UnitdataService(UnitdataService {
            cause,
            called,
            calling,
            data,
        }),
        Message::ExtendedUnitdata(ExtendedUnitdata {
            class,
            hop_counter,
            called,
            calling,
            data,
            segmentation,
            importance,
        }),
        Message::ExtendedUnitdataService(ExtendedUnitdataService {
            cause,
            hop_counter,
            called,
            calling,
            data,
            segmentation,
            importance,
        }),
        Message::LongUnitdata(LongUnitdata {
            class,
            hop_counter,
            called,
            calling,
            data,
            segmentation,
            importance,
        }),
        Message::LongUnitdataService(LongUnitdataService {
            cause,
            hop_counter,
            called,
            calling,
            data,
            segmentation,
            importance,
        }),
    ]
}

const SEGMENT: Segmentation = Segmentation {
    first: true,
    in_sequence: true,
    remaining: 2,
    local_reference: 0x00ab_cdef,
};

#[test]
fn the_octets_are_those_of_the_recommendation() {
    let octets = |message: usize, segmentation| {
        let subsystem = PartyAddress::subsystem;
        let messages = every_message(subsystem(147), subsystem(7), b"ab", segmentation);
        encode(&messages[message]).unwrap()
    };
    let parts = [2, 0x42, 147, 2, 0x42, 7, 2, b'a', b'b'];
    assert_eq!(octets(0, None), [&[9, 0x81, 3, 5, 7][..], &parts].concat());
    assert_eq!(octets(1, None), [&[10, 4, 3, 5, 7][..], &parts].concat());
    assert_eq!(
        octets(2, None),
        [&[0x11, 0x81, 15, 4, 6, 8, 0][..], &parts].concat()
    );
    assert_eq!(
        octets(2, Some(SEGMENT)),
        [
            &[0x11, 0x81, 15, 4, 6, 8, 10][..],
            &parts,
            &[0x10, 4, 0xc2, 0xef, 0xcd, 0xab, 0x12, 1, 5, 0],
        ]
        .concat()
    );
    assert_eq!(
        octets(4, None),
        [
            &[0x13, 0x81, 15, 7, 0, 8, 0, 9, 0, 0, 0][..],
            &parts[..6],
            &[2, 0, b'a', b'b'],
        ]
        .concat()
    );
}

#[test]
fn every_message_survives_writing_and_reading() {
    for segmentation in [None, Some(SEGMENT)] {
        for message in every_message(ours(), theirs(), b"data", segmentation) {
            let octets = encode(&message).unwrap();
            assert_eq!(Message::decode(&octets), Ok(message));
            assert_eq!(octets[0], message.kind().to_wire());
            let transfer = message.transfer().unwrap();
            assert_eq!((transfer.called, transfer.calling), (ours(), theirs()));
            assert_eq!(transfer.data, b"data");
            let purpose = match message.kind().to_wire() & 1 {
                1 => Purpose::Deliver(CLASS),
                _ => Purpose::Return(ReturnCause::UnequippedUser),
            };
            assert_eq!(transfer.purpose, purpose, "{:?}", message.kind());
        }
    }
}

#[test]
fn every_truncation_is_an_error_at_the_end_of_what_is_there() {
    for segmentation in [None, Some(SEGMENT)] {
        for message in every_message(ours(), theirs(), b"data", segmentation) {
            let octets = encode(&message).unwrap();
            for end in 0..octets.len() {
                match Message::decode(&octets[..end]) {
                    Err(DecodeError::Short { at, missing }) => {
                        assert!(at >= end && missing > 0, "{message:?} {end}");
                    }
                    other => panic!("{message:?} cut at {end}: {other:?}"),
                }
            }
        }
    }
}

#[test]
fn what_is_wrong_is_named_with_its_place() {
    let good = [9, 0, 3, 5, 7, 2, 0x42, 147, 2, 0x42, 7, 2, b'a', b'b'];
    let with = |at: usize, value: u8| {
        let mut octets = good;
        octets[at] = value;
        Message::decode(&octets).map(|message| message.kind())
    };
    assert_eq!(with(2, 0), Err(DecodeError::Pointer { at: 2 }));
    assert_eq!(with(4, 0), Err(DecodeError::Pointer { at: 4 }));
    assert_eq!(
        with(4, 200),
        Err(DecodeError::Short {
            at: 204,
            missing: 1
        })
    );
    assert_eq!(with(11, 5), Err(DecodeError::Short { at: 14, missing: 3 }));
    assert_eq!(with(5, 0), Err(DecodeError::Address { at: 6 }));
    assert_eq!(with(5, 1), Err(DecodeError::Address { at: 7 }));
    assert_eq!(with(6, 0x43), Err(DecodeError::Address { at: 8 }));
    assert_eq!(with(0, 1), Ok(MessageType::Other(1)));
    let mut extended = vec![0x11, 0, 15, 4, 6, 8, 10];
    extended.extend(&good[5..]);
    for (optional, error) in [
        (
            &[0x10, 3, 0, 0, 0, 0][..],
            DecodeError::Optional { at: 16, octets: 3 },
        ),
        (
            &[0x77, 0, 0x12, 2, 0, 0, 0],
            DecodeError::Optional { at: 18, octets: 2 },
        ),
        (&[0x10, 4, 0, 0], DecodeError::Short { at: 20, missing: 2 }),
        (&[0x12, 1, 5], DecodeError::Short { at: 19, missing: 1 }),
    ] {
        let octets = [&extended, optional].concat();
        assert_eq!(Message::decode(&octets), Err(error));
    }
    let octets = [&extended[..], &[0x77, 2, 1, 2, 0x12, 1, 0xfd, 0]].concat();
    let Ok(Message::ExtendedUnitdata(message)) = Message::decode(&octets) else {
        panic!("unknown parameters are passed over");
    };
    assert_eq!((message.importance, message.segmentation), (Some(5), None));
}

#[test]
fn nothing_is_ever_cut_off() {
    let data = vec![7; 70_000];
    for (octets, fitting) in [(255, 6), (256, 2), (65_535, 2), (65_536, 0)] {
        let messages = every_message(ours(), theirs(), &data[..octets], None);
        let mut found = 0;
        for message in &messages {
            match encode(message) {
                Ok(encoded) => {
                    assert_eq!(Message::decode(&encoded), Ok(*message));
                    found += 1;
                }
                Err(error) => {
                    let field = Field::Data;
                    assert_eq!(error, EncodeError::TooLong { field, octets });
                }
            }
        }
        assert_eq!(found, fitting, "{octets}");
    }
    let title = GlobalTitle::international(Digits::new(&data[..249], false));
    let long = PartyAddress::titled(title, 147);
    let [message, ..] = every_message(long, theirs(), b"", None);
    let error = EncodeError::TooLong {
        field: Field::Calling,
        octets: 11,
    };
    assert_eq!(encode(&message), Err(error), "its pointer does not reach");
    let [.., message] = every_message(theirs(), long, b"", Some(SEGMENT));
    assert_eq!(Message::decode(&encode(&message).unwrap()), Ok(message));
}

fn titles() -> impl Strategy<Value = (u8, u8, u8, bool, Vec<u8>)> {
    (
        0_u8..=15,
        0_u8..=15,
        0_u8..=127,
        any::<bool>(),
        proptest::collection::vec(any::<u8>(), 0..20),
    )
}

fn title(
    (indicator, plan, nature, odd, octets): &(u8, u8, u8, bool, Vec<u8>),
) -> Option<GlobalTitle<'_>> {
    let digits = Digits::new(octets, *odd);
    let (plan, nature) = (Plan::from_wire(*plan), Nature::from_wire(*nature));
    let address = Address::Digits(digits);
    Some(match indicator {
        0 => return None,
        1 => GlobalTitle::Nature { nature, digits },
        2 => GlobalTitle::Translation {
            translation: 1,
            address: octets,
        },
        3 => GlobalTitle::Plan {
            translation: 2,
            plan,
            address,
        },
        4 => GlobalTitle::Full {
            translation: 3,
            plan,
            nature,
            address,
        },
        indicator => GlobalTitle::Other {
            indicator: *indicator,
            octets,
        },
    })
}

proptest! {
    #[test]
    fn whatever_is_written_is_read(
        called in titles(),
        calling in titles(),
        point_code in proptest::option::of(0_u16..0x4000),
        data in proptest::collection::vec(any::<u8>(), 0..255),
        remaining in proptest::option::of(0_u8..16),
    ) {
        let address = |of| PartyAddress {
            routing: Routing::Title,
            national: false,
            point_code,
            subsystem: Some(147),
            title: title(of),
        };
        let segmentation = remaining.map(|remaining| Segmentation { remaining, ..SEGMENT });
        for message in every_message(address(&called), address(&calling), &data, segmentation) {
            // The optional part may be beyond what a pointer of one octet reaches.
            match encode(&message) {
                Ok(octets) => prop_assert_eq!(Message::decode(&octets), Ok(message)),
                Err(EncodeError::TooLong { field: Field::Optional, .. }) => {
                    prop_assert!(data.len() > 180 && segmentation.is_some());
                }
                // An odd number of no digits is none.
                Err(error) => prop_assert!(false, "{}", error),
            }
        }
    }

    #[test]
    fn whatever_comes_is_read_or_refused(
        kind in prop_oneof![Just(9_u8), Just(10), 0x11_u8..=0x14],
        octets in proptest::collection::vec(prop_oneof![0_u8..12, any::<u8>()], 0..60),
    ) {
        let octets = [&[kind][..], &octets].concat();
        match Message::decode(&octets) {
            Ok(message) => {
                prop_assert_eq!(message.kind().to_wire(), kind);
                if let Ok(again) = encode(&message) {
                    prop_assert_eq!(Message::decode(&again), Ok(message));
                }
            }
            Err(error) => prop_assert!(error.at() <= octets.len() + 0x1_0000),
        }
    }
}
