//! Writing BER: the least octets, always with definite lengths.

use crate::{Bits, Oid, Tag, tag::CONSTRUCTED};

/// An element with contents that are not elements.
#[inline]
pub fn primitive(out: &mut Vec<u8>, tag: Tag, contents: &[u8]) {
    identifier(out, tag, false);
    length(out, contents.len());
    out.extend_from_slice(contents);
}

/// An element with elements inside, which `members` writes.
pub fn constructed(out: &mut Vec<u8>, tag: Tag, members: impl FnOnce(&mut Vec<u8>)) {
    identifier(out, tag, true);
    out.push(0);
    let start = out.len();
    members(out);
    close(out, start);
}

/// An INTEGER or ENUMERATED.
pub fn integer(out: &mut Vec<u8>, tag: Tag, number: i64) {
    let octets = number.to_be_bytes();
    // An octet is superfluous when it only repeats the sign of the next.
    let superfluous = octets
        .windows(2)
        .take_while(|pair| pair[0] == (pair[1].cast_signed() >> 7).cast_unsigned())
        .count();
    primitive(out, tag, &octets[superfluous..]);
}

/// A NULL.
pub fn null(out: &mut Vec<u8>, tag: Tag) {
    primitive(out, tag, &[]);
}

/// A BOOLEAN.
pub fn boolean(out: &mut Vec<u8>, tag: Tag, value: bool) {
    primitive(out, tag, &[if value { 0xff } else { 0 }]);
}

/// A BIT STRING.
pub fn bits(out: &mut Vec<u8>, tag: Tag, bits: Bits) {
    let (octets, len) = bits.to_wire();
    primitive(out, tag, &octets[..len]);
}

/// An OBJECT IDENTIFIER.
pub fn oid(out: &mut Vec<u8>, tag: Tag, oid: Oid<'_>) {
    primitive(out, tag, oid.as_octets());
}

#[inline]
fn identifier(out: &mut Vec<u8>, tag: Tag, is_constructed: bool) {
    let constructed = if is_constructed { CONSTRUCTED } else { 0 };
    match tag.low() {
        Some(low) => out.push(low | constructed),
        None => long_identifier(out, tag, constructed),
    }
}

/// An identifier with a number above 30.
fn long_identifier(out: &mut Vec<u8>, tag: Tag, constructed: u8) {
    let number = tag.number();
    let group = |shift: u32| number.wrapping_shr(shift).to_be_bytes()[3] & 0x7f;
    out.push(tag.class_bits() | constructed | 0x1f);
    for shift in [21, 14, 7] {
        if number >> shift != 0 {
            out.push(group(shift) | 0x80);
        }
    }
    out.push(group(0));
}

fn length(out: &mut Vec<u8>, octets: usize) {
    match u8::try_from(octets) {
        Ok(short @ ..0x80) => out.push(short),
        _ => {
            let (long, count) = long_form(octets);
            out.extend_from_slice(&long[..count]);
        }
    }
}

/// Sets the length of the element whose contents began at `start`, right behind one octet for it.
#[inline]
fn close(out: &mut Vec<u8>, start: usize) {
    let octets = out.len() - start;
    match u8::try_from(octets) {
        Ok(short @ ..0x80) => out[start - 1] = short,
        _ => {
            let (long, count) = long_form(octets);
            out.splice(start - 1..start, long[..count].iter().copied());
        }
    }
}

/// The count of length octets, then these; and how many that is.
fn long_form(octets: usize) -> ([u8; 9], usize) {
    let length = (octets as u64).to_be_bytes();
    let zeros = length.iter().take_while(|octet| **octet == 0).count();
    let mut long = [0; 9];
    long[1..=8 - zeros].copy_from_slice(&length[zeros..]);
    long[0] = 0x88 - zeros.to_le_bytes()[0];
    (long, 9 - zeros)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Cursor, Element};

    fn written(write: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
        let mut out = Vec::new();
        write(&mut out);
        out
    }

    #[test]
    fn lengths_are_the_shortest() {
        for (octets, header) in [
            (0, vec![4, 0]),
            (127, vec![4, 127]),
            (128, vec![4, 0x81, 128]),
            (256, vec![4, 0x82, 1, 0]),
            (0x1_0000, vec![4, 0x83, 1, 0, 0]),
        ] {
            let contents = vec![7; octets];
            let string = written(|out| primitive(out, Tag::OCTET_STRING, &contents));
            assert_eq!(string[..header.len()], header);
            assert_eq!(string[header.len()..], contents);
            let list = written(|out| {
                constructed(out, Tag::OCTET_STRING, |out| out.extend(&contents));
            });
            assert_eq!(list[0], 0x24);
            assert_eq!(list[1..], string[1..]);
        }
    }

    #[test]
    fn tags_are_the_shortest() {
        for (number, identifier) in [
            (0, vec![0x80]),
            (30, vec![0x9e]),
            (31, vec![0x9f, 31]),
            (127, vec![0x9f, 0x7f]),
            (128, vec![0x9f, 0x81, 0]),
            (Tag::NUMBER_MAX, vec![0x9f, 0xff, 0xff, 0xff, 0x7f]),
        ] {
            let null = written(|out| null(out, Tag::context(number)));
            assert_eq!(null[..null.len() - 1], identifier);
            let read = Element::only(Cursor::new(&null)).unwrap();
            assert_eq!(read.tag(), Tag::context(number));
        }
    }

    #[test]
    fn integers_are_the_shortest() {
        for (number, contents) in [
            (0, vec![0]),
            (127, vec![127]),
            (128, vec![0, 128]),
            (-1, vec![0xff]),
            (-128, vec![0x80]),
            (-129, vec![0xff, 0x7f]),
            (i64::MIN, vec![0x80, 0, 0, 0, 0, 0, 0, 0]),
        ] {
            let octets = written(|out| integer(out, Tag::INTEGER, number));
            assert_eq!(octets[2..], contents, "{number}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(number: i64, truth: bool, len in 0..=64_u8, set: Vec<u8>) {
            let octets = written(|out| {
                integer(out, Tag::INTEGER, number);
                boolean(out, Tag::context(1), truth);
                bits(out, Tag::BIT_STRING, Bits::new(len, &set));
            });
            let mut cursor = Cursor::new(&octets);
            let mut next = || Element::read(&mut cursor).unwrap();
            prop_assert_eq!(next().integer(), Ok(number));
            prop_assert_eq!(next().boolean(), Ok(truth));
            prop_assert_eq!(next().bits(), Ok(Bits::new(len, &set)));
            prop_assert!(cursor.is_empty());
        }
    }
}
