//! The message: header and AVPs, borrowed from its octets (RFC 6733 clause 3).

use std::fmt;

use super::{Avp, Avps, DecodeError, HEADER_OCTETS, Header, Kind};

/// The longest message that the length field can tell.
pub const MESSAGE_OCTETS_MAX: usize = 0x00ff_fffc;

/// A message whose AVPs are known to fill it exactly.
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct Message<'a> {
    header: Header,
    octets: &'a [u8],
}

impl<'a> Message<'a> {
    /// Reads the message at the start of `octets`; what follows it is no part of it.
    ///
    /// Grouped AVPs are looked into when they are read.
    ///
    /// # Errors
    /// [`DecodeError`] names the first octet that is wrong.
    #[inline]
    pub fn decode(octets: &'a [u8]) -> Result<Self, DecodeError> {
        let message = Self::salvage(octets)?;
        message.avps().check()?;
        Ok(message)
    }

    /// As [`Self::decode`], but does not look whether the AVPs fit: [`Self::avps`] ends before the
    /// first that does not. For the answer to a request that cannot be read, and for who reads a
    /// view at once: all views look for themselves.
    ///
    /// # Errors
    /// [`DecodeError`] of the header or when octets are missing.
    #[inline]
    pub fn salvage(octets: &'a [u8]) -> Result<Self, DecodeError> {
        let header = Header::decode(octets)?;
        // 24 bits.
        let length = header.length as usize;
        match octets.get(..length) {
            Some(octets) => Ok(Self { header, octets }),
            None => Err(DecodeError::Short {
                at: octets.len(),
                missing: length - octets.len(),
            }),
        }
    }

    /// The header.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// The octets of the whole message.
    #[must_use]
    pub const fn octets(&self) -> &'a [u8] {
        self.octets
    }

    /// The AVPs in their order.
    #[must_use]
    #[inline]
    pub fn avps(&self) -> Avps<'a> {
        Avps::of_message(self.octets.get(HEADER_OCTETS..).unwrap_or_default())
    }

    /// The first AVP of a kind that stands in no group.
    #[must_use]
    pub fn avp(&self, kind: Kind) -> Option<Avp<'a>> {
        self.avps().first(kind)
    }

    /// The error that an AVP is missing.
    #[must_use]
    pub const fn missing(&self, kind: Kind) -> DecodeError {
        DecodeError::Missing {
            at: self.octets.len(),
            kind,
        }
    }
}

/// Names no AVP: they hold subscriber identities.
impl fmt::Debug for Message<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("command", &self.header.command)
            .field("application", &self.header.application)
            .field("flags", &self.header.flags)
            .field("octets", &self.octets.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn message(avps: &[u8]) -> Vec<u8> {
        let header = Header {
            length: u32::try_from(HEADER_OCTETS + avps.len()).unwrap(),
            flags: super::super::Flags::REQUEST,
            command: 280,
            application: 0,
            hop_by_hop: 1,
            end_to_end: 2,
        };
        [&header.encode()[..], avps].concat()
    }

    const USER_NAME: [u8; 12] = [0, 0, 0, 1, 0x40, 0, 0, 10, b'a', b'b', 0, 0];

    #[test]
    fn what_follows_is_no_part_of_the_message() {
        let mut octets = message(&USER_NAME);
        octets.extend_from_slice(&[0xff; 7]);
        let message = Message::decode(&octets).unwrap();
        assert_eq!(message.octets().len(), 32);
        assert_eq!(message.header().command, 280);
        assert_eq!(message.avp(Kind::base(1)).unwrap().text(), Ok("ab"));
    }

    #[test]
    fn every_truncation_is_an_error_that_counts_what_is_missing() {
        let octets = message(&USER_NAME);
        for end in 0..octets.len() {
            let needed = if end < HEADER_OCTETS {
                HEADER_OCTETS
            } else {
                octets.len()
            };
            let error = DecodeError::Short {
                at: end,
                missing: needed - end,
            };
            assert_eq!(Message::decode(&octets[..end]), Err(error));
        }
    }

    #[test]
    fn a_damaged_message_is_salvaged_up_to_the_damage() {
        let mut octets = message(&[USER_NAME, USER_NAME].concat());
        octets[20 + 12 + 7] = 99;
        let error = DecodeError::AvpLength { at: 32, length: 99 };
        assert_eq!(Message::decode(&octets), Err(error));
        assert_eq!(Message::salvage(&octets).unwrap().avps().count(), 1);
    }

    #[test]
    fn no_identity_is_shown() {
        let octets = message(&USER_NAME);
        let shown = format!("{:?}", Message::decode(&octets).unwrap());
        assert!(shown.contains("280") && !shown.contains("97"), "{shown}");
    }

    proptest! {
        #[test]
        fn what_decodes_is_filled_by_its_avps(
            octets in proptest::collection::vec(prop_oneof![Just(0_u8), any::<u8>()], 0..100),
        ) {
            let octets = message(&octets);
            if let Ok(message) = Message::decode(&octets) {
                let filled: usize = message
                    .avps()
                    .map(|avp| (avp.header_octets() + avp.data.len()).next_multiple_of(4))
                    .sum();
                prop_assert_eq!(filled, octets.len() - HEADER_OCTETS);
            }
        }

        #[test]
        fn groups_of_anything_are_walked_or_refused(
            octets in proptest::collection::vec(prop_oneof![0..16_u8, any::<u8>()], 0..200),
        ) {
            fn walk(avps: Avps<'_>) -> usize {
                avps.map(|avp| 1 + avp.group().map_or(0, walk)).sum()
            }
            let octets = message(&octets);
            if let Ok(message) = Message::salvage(&octets) {
                prop_assert!(walk(message.avps()) <= octets.len());
            }
        }
    }
}
