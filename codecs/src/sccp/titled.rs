//! The UDT that networks send each other, read no further than its receiver needs.

use super::{PartyAddress, unitdata::pointed};

/// A UDT between subsystems behind international numbers, as nearly every message is one
/// (Q.713 clause 4.10).
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct Titled<'a> {
    /// The subsystem it is for.
    pub subsystem: u8,
    /// From whom: the octets of a party address.
    pub calling: &'a [u8],
    /// What the user said.
    pub data: &'a [u8],
}

impl<'a> Titled<'a> {
    /// Reads the octets of SCCP. Nothing of anything else, right or wrong: that is for
    /// [`Message::decode`](super::Message::decode), which says the same of this one.
    #[must_use]
    #[inline]
    pub fn decode(octets: &'a [u8]) -> Option<Self> {
        let &[0x09, _, called, calling, data] = octets.first_chunk::<5>()? else {
            return None;
        };
        let calling = pointed(octets, 3, calling)?;
        PartyAddress::usual_subsystem(calling)?;
        Some(Self {
            subsystem: PartyAddress::usual_subsystem(pointed(octets, 2, called)?)?,
            calling,
            data: pointed(octets, 4, data)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::sccp::{Message, Purpose};

    const UNITDATA: [u8; 33] = [
        0x09, 0x81, 0x03, 0x0e, 0x19, 0x0b, 0x12, 0x93, 0x00, 0x11, 0x04, 0x99, 0x09, 0x00, 0x00,
        0x00, 0xf1, 0x0b, 0x12, 0x07, 0x00, 0x11, 0x04, 0x99, 0x09, 0x00, 0x00, 0x00, 0xf7, 0x03,
        0x62, 0x01, 0x00,
    ];

    /// What is read says what the whole message says.
    fn agrees(octets: &[u8]) {
        let Some(titled) = Titled::decode(octets) else {
            return;
        };
        let transfer = Message::decode(octets).unwrap().transfer().unwrap();
        assert!(matches!(transfer.purpose, Purpose::Deliver(_)));
        assert_eq!(transfer.called.subsystem, Some(titled.subsystem));
        let calling = PartyAddress::decode(titled.calling, 0).unwrap();
        assert_eq!((transfer.calling, transfer.data), (calling, titled.data));
        assert_eq!(transfer.segmentation, None);
    }

    #[test]
    fn the_usual_message_is_read() {
        let titled = Titled::decode(&UNITDATA).unwrap();
        assert_eq!(titled.subsystem, 0x93);
        assert_eq!(titled.data, [0x62, 0x01, 0x00]);
        agrees(&UNITDATA);
    }

    #[test]
    fn what_is_cut_off_is_left_to_the_whole_decoder() {
        for end in 0..UNITDATA.len() {
            assert!(Titled::decode(&UNITDATA[..end]).is_none(), "{end}");
        }
    }

    proptest! {
        #[test]
        fn a_message_with_any_octet_changed_agrees(
            place in 0..UNITDATA.len(),
            octet: u8,
            other in 0..UNITDATA.len(),
            second: u8,
        ) {
            let mut octets = UNITDATA;
            octets[place] = octet;
            agrees(&octets);
            octets[other] = second;
            agrees(&octets);
        }
    }
}
