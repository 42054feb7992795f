//! BER as it is and as it must not be.
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use pengate_asn1::{Cursor, DEPTH_MAX, DecodeError, Element, Tag, write};
use proptest::prelude::*;

fn read(octets: &[u8]) -> Result<Element<'_>, DecodeError> {
    Element::only(Cursor::starting_at(octets, 100))
}

#[test]
fn one_length_has_many_forms() {
    for octets in [
        &[0xa3, 2, 5, 0][..],
        &[0xa3, 0x81, 2, 5, 0],
        &[0xa3, 0x84, 0, 0, 0, 2, 5, 0],
        &[0xa3, 0x80, 5, 0, 0, 0],
    ] {
        let element = read(octets).unwrap();
        assert_eq!(element.tag(), Tag::context(3), "{octets:x?}");
        assert_eq!(element.members().unwrap().rest(), [5, 0], "{octets:x?}");
        assert_eq!(element.inner().unwrap().null(), Ok(()));
        for end in 0..octets.len() {
            assert!(matches!(
                read(&octets[..end]),
                Err(DecodeError::Short { at, .. }) if at == 100 + end
            ));
        }
    }
}

#[test]
fn indefinite_lengths_nest() {
    let inner = [
        0x30, 0x80, 0xa0, 0x80, 4, 2, 0, 0, 0, 0, 0xa1, 0x81, 1, 7, 0, 0,
    ];
    let element = read(&inner).unwrap();
    let mut members = element.members().unwrap();
    let first = Element::read(&mut members).unwrap();
    // Zeros within a string end nothing.
    assert_eq!(first.inner().unwrap().octets(), Ok(&[0, 0][..]));
    let second = Element::read(&mut members).unwrap();
    assert_eq!((second.at(), second.contents().at()), (110, 113));
    assert!(members.is_empty());
}

#[test]
fn indefinite_lengths_nest_only_so_deep() {
    let nested = |depth: usize| {
        let mut octets = [0x30, 0x80].repeat(depth);
        octets.extend([0, 0].repeat(depth));
        octets
    };
    assert!(read(&nested(DEPTH_MAX)).is_ok());
    assert_eq!(
        read(&nested(DEPTH_MAX + 1)),
        Err(DecodeError::Depth {
            at: 100 + 2 * DEPTH_MAX
        })
    );
    assert_eq!(
        read(&nested(20_000)),
        Err(DecodeError::Depth {
            at: 100 + 2 * DEPTH_MAX
        })
    );
}

#[test]
fn every_error_says_where() {
    for (octets, error) in [
        (&[0x9f, 0x80, 1, 0][..], DecodeError::Tag { at: 100 }),
        (&[0x9f, 30, 0], DecodeError::Tag { at: 100 }),
        (
            &[0x9f, 0xff, 0xff, 0xff, 0xff, 1, 0],
            DecodeError::Tag { at: 100 },
        ),
        (&[0x80, 0x80, 0, 0], DecodeError::Length { at: 101 }),
        (&[0x30, 0xff], DecodeError::Length { at: 101 }),
        (
            &[4, 0x89, 1, 0, 0, 0, 0, 0, 0, 0, 0],
            DecodeError::Length { at: 101 },
        ),
        (
            &[4, 0x88, 0xff, 0, 0, 0, 0, 0, 0, 0],
            DecodeError::Short {
                at: 110,
                missing: 0xff00_0000_0000_0000,
            },
        ),
        (&[0, 0], DecodeError::EndOfContents { at: 100 }),
        (
            &[0x30, 0x80, 0, 1, 0],
            DecodeError::EndOfContents { at: 102 },
        ),
        (&[5, 0, 7], DecodeError::Trailing { at: 102, octets: 1 }),
        (
            &[4, 3, 1],
            DecodeError::Short {
                at: 103,
                missing: 2,
            },
        ),
    ] {
        assert_eq!(read(octets), Err(error), "{octets:x?}");
        assert_eq!(error.at(), error.at().clamp(100, 110));
        assert!(!error.kind().is_empty() && !error.to_string().is_empty());
    }
}

#[test]
fn contents_that_cannot_be_are_refused() {
    let contents = Err(DecodeError::Contents { at: 100 });
    assert_eq!(read(&[2, 0]).unwrap().integer(), contents);
    assert_eq!(
        read(&[2, 9, 0, 0, 0, 0, 0, 0, 0, 0, 1]).unwrap().integer(),
        contents
    );
    assert_eq!(
        read(&[5, 1, 0]).unwrap().null(),
        Err(DecodeError::Contents { at: 100 })
    );
    assert_eq!(
        read(&[1, 2, 0, 0]).unwrap().boolean(),
        Err(DecodeError::Contents { at: 100 })
    );
    assert_eq!(
        read(&[6, 1, 0x80]).unwrap().oid(),
        Err(DecodeError::Contents { at: 100 })
    );
    let value = |value| Err(DecodeError::Value { at: 100, value });
    assert_eq!(read(&[2, 1, 0xff]).unwrap().unsigned(0, 5), value(-1));
    assert_eq!(read(&[2, 1, 6]).unwrap().unsigned(0, 5), value(6));
    // More octets than needed are legal in an operation code, and occur.
    assert_eq!(read(&[2, 2, 0, 89]).unwrap().integer(), Ok(89));
    let unexpected = DecodeError::Unexpected {
        at: 100,
        tag: Tag::OCTET_STRING,
    };
    assert_eq!(read(&[4, 0]).unwrap().inner(), Err(unexpected));
    assert_eq!(read(&[4, 0]).unwrap().expect(Tag::NULL), Err(unexpected));
}

#[test]
fn a_string_of_one_segment_is_borrowed_and_one_of_two_refused() {
    assert_eq!(
        read(&[0x24, 4, 4, 2, 1, 2]).unwrap().octets(),
        Ok(&[1, 2][..])
    );
    assert_eq!(
        read(&[0x24, 6, 4, 1, 1, 4, 1, 2]).unwrap().octets(),
        Err(DecodeError::Segments { at: 100 })
    );
    assert_eq!(
        read(&[0x24, 2, 5, 0]).unwrap().octets(),
        Err(DecodeError::Unexpected {
            at: 102,
            tag: Tag::NULL
        })
    );
}

proptest! {
    /// Whoever knows the tag gets the same element, and the same rest, at the same place.
    #[test]
    fn an_element_that_is_expected_is_the_one_that_is_read(
        number in 0_u32..140,
        other in 0_u32..140,
        is_it in prop::bool::weighted(0.8),
        is_constructed: bool,
        tail in prop::collection::vec(prop_oneof![any::<u8>(), Just(0x81_u8), 0_u8..6], 0..8),
    ) {
        let tag = Tag::context(number);
        let mut octets = Vec::new();
        let written = if is_it { tag } else { Tag::context(other) };
        if is_constructed {
            write::constructed(&mut octets, written, |_| {});
        } else {
            write::primitive(&mut octets, written, &[]);
        }
        octets.pop();
        let header = octets.len() + 1;
        octets.extend(tail);
        let start = Cursor::starting_at(&octets, 7);
        for read_if in [Element::read_if, Element::read_long_if] {
            let mut cursor = start;
            let found = read_if(&mut cursor, tag);
            let mut whole = start;
            let read = Element::read(&mut whole);
            if let Some(found) = found {
                let read = read.unwrap();
                prop_assert_eq!(found, read);
                prop_assert_eq!((found.tag(), found.at()), (read.tag(), read.at()));
                prop_assert_eq!(found.contents().at(), read.contents().at());
                prop_assert_eq!((cursor.at(), cursor.rest()), (whole.at(), whole.rest()));
            } else {
                prop_assert_eq!((cursor.at(), cursor.rest()), (start.at(), start.rest()));
                // It is not there, or the number or the length is greater than usual.
                let is_usual = |it: Element<'_>| it.contents().at() == 7 + header;
                let is_there = read.is_ok_and(|read| read.tag() == tag && is_usual(read));
                prop_assert!(!is_there || number > 127);
            }
        }
    }

    #[test]
    fn anything_is_read_or_refused(octets: Vec<u8>) {
        let mut cursor = Cursor::new(&octets);
        let before = cursor;
        match Element::read(&mut cursor) {
            Ok(element) => {
                prop_assert!(element.contents().at() + element.contents().len() <= cursor.at());
                prop_assert_eq!(cursor.at() + cursor.len(), before.len());
            }
            Err(error) => prop_assert!(error.at() <= octets.len()),
        }
    }

    #[test]
    fn any_element_that_is_written_is_read(
        number in 0..=Tag::NUMBER_MAX,
        contents in proptest::collection::vec(any::<u8>(), 0..400),
    ) {
        let mut octets = Vec::new();
        write::primitive(&mut octets, Tag::application(number), &contents);
        let element = Element::only(Cursor::new(&octets)).unwrap();
        prop_assert_eq!(element.tag(), Tag::application(number));
        prop_assert_eq!(element.octets(), Ok(&contents[..]));
        for end in 0..octets.len() {
            let is_short = matches!(
                Element::only(Cursor::new(&octets[..end])),
                Err(DecodeError::Short { at, .. }) if at == end
            );
            prop_assert!(is_short);
        }
    }
}
