//! The reference number of a GPRS dialogue (TS 29.078 clause 14.1.7).

use pengate_asn1::{DecodeError, Definition, Element, Oid, Tag, Value, oid, table, write};

use crate::tcap::{Dialogue, UserInformation};

table! {
    /// Which GPRS dialogue a TCAP dialogue belongs to (TS 29.078 clause 14.1.7).
    pub CapGprsReferenceNumber ::= SEQUENCE {
        destination_reference: [0] Integer4 OPTIONAL,
        origination_reference: [1] Integer4 OPTIONAL,
    }
}

/// A number of 31 bits. Its module says nothing of implicit tags, unlike all others of CAP, so it
/// stands as an INTEGER of its own under the tag; peers that leave that out are read as well.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Integer4(number::Integer4);

mod number {
    pengate_asn1::table! {
        /// The number itself.
        pub Integer4 ::= INTEGER (0..2147483647);
    }
}

impl Integer4 {
    /// Nothing when it has 32 bits.
    #[must_use]
    pub const fn new(number: u32) -> Option<Self> {
        match number::Integer4::new(number) {
            Some(number) => Some(Self(number)),
            None => None,
        }
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0.get()
    }
}

impl<'a> Value<'a> for Integer4 {
    const TAG: Tag = number::Integer4::TAG;
    const DEFINITION: &'static Definition = number::Integer4::DEFINITION;
    const BLANK: Self = Self(number::Integer4::BLANK);

    fn read(&mut self, element: Element<'a>) -> Result<(), DecodeError> {
        self.0.read(element)
    }

    fn encode_as(&self, tag: Tag, out: &mut Vec<u8>) {
        self.0.encode_as(tag, out);
    }

    fn read_tagged(&mut self, element: Element<'a>) -> Result<(), DecodeError> {
        if element.is_constructed() {
            self.0.read(element.inner()?.expect(Self::TAG)?)
        } else {
            self.0.read(element)
        }
    }

    fn encode_tagged(&self, tag: Tag, out: &mut Vec<u8>) {
        write::constructed(out, tag, |out| self.0.encode(out));
    }
}

impl CapGprsReferenceNumber {
    /// `0.4.0.0.1.1.5.2`, under which it stands in the user information of a dialogue.
    pub const SYNTAX: Oid<'static> = oid![0x04, 0x00, 0x00, 0x01, 0x01, 0x05, 0x02];

    /// The reference that a dialogue tells, if it tells one.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn of(dialogue: &Dialogue<'_>) -> Result<Option<Self>, DecodeError> {
        match dialogue.user_information() {
            Some(information) => information.find(Self::SYNTAX),
            None => Ok(None),
        }
    }

    /// Appends it as the user information of a dialogue, for [`UserInformation::from_octets`].
    pub fn write_user_information(&self, out: &mut Vec<u8>) {
        UserInformation::write(out, Self::SYNTAX, self);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 100 and 151000935, as two other implementations write them.
    const EXPLICIT: [u8; 15] = [0x30, 13, 0xA0, 3, 2, 1, 100, 0xA1, 6, 2, 4, 9, 0, 23, 103];

    fn numbers(octets: &[u8]) -> Result<(Option<u32>, Option<u32>), DecodeError> {
        let read = CapGprsReferenceNumber::decode(octets)?;
        let number = |told: Option<Integer4>| told.map(Integer4::get);
        Ok((
            number(read.destination_reference),
            number(read.origination_reference),
        ))
    }

    #[test]
    fn a_number_stands_in_an_element_of_its_own_under_its_tag() {
        let read = CapGprsReferenceNumber::decode(&EXPLICIT).unwrap();
        assert_eq!(numbers(&EXPLICIT), Ok((Some(100), Some(151_000_935))));
        let mut again = Vec::new();
        read.encode(&mut again);
        assert_eq!(again, EXPLICIT);
    }

    #[test]
    fn a_number_under_an_implicit_tag_is_read_as_well() {
        let implicit = [0x30, 7, 0x80, 1, 100, 0x81, 2, 1, 2];
        assert_eq!(numbers(&implicit), Ok((Some(100), Some(258))));
    }

    #[test]
    fn what_is_no_number_under_the_tag_is_an_error() {
        for wrong in [
            [0x30, 5, 0xA0, 3, 4, 1, 100],
            [0x30, 5, 0xA0, 3, 2, 2, 100],
            [0x30, 5, 0xA0, 3, 2, 0, 5],
        ] {
            assert!(numbers(&wrong).is_err(), "{wrong:?}");
        }
        for length in 1..EXPLICIT.len() {
            assert!(numbers(&EXPLICIT[..length]).is_err(), "{length}");
        }
    }
}
