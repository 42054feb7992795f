//! The packet: header and attributes, borrowed from the datagram (RFC 2865 clauses 3 and 5).

use std::{fmt, num::NonZeroU16};

use super::{Code, DecodeError, VendorAttributes, VendorFormat, attribute};

/// Octets of the header: code, identifier, length, authenticator.
pub const HEADER_OCTETS: usize = 20;
/// Octets of an authenticator.
pub const AUTHENTICATOR_OCTETS: usize = 16;
/// The longest packet (RFC 2865 clause 3).
pub const PACKET_OCTETS_MAX: usize = 4096;

/// Request or response authenticator.
pub type Authenticator = [u8; AUTHENTICATOR_OCTETS];

/// A packet whose attributes are known to fill it exactly.
///
/// ```text
///  0      1            2        4                20
/// +------+------------+--------+----------------+----------------------------------+
/// | Code | Identifier | Length | Authenticator  | Attributes: type, length, value  |
/// +------+------------+--------+----------------+----------------------------------+
/// ```
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct Packet<'a> {
    octets: &'a [u8],
    attributes: &'a [u8],
    authenticator: &'a Authenticator,
    message_authenticator: Option<NonZeroU16>,
    has_proxy_state: bool,
}

impl<'a> Packet<'a> {
    /// Reads a datagram. Octets beyond the Length field are padding and no part of the packet.
    ///
    /// # Errors
    /// [`DecodeError`] names the first octet that is wrong.
    pub fn decode(datagram: &'a [u8]) -> Result<Self, DecodeError> {
        let short = |needed: usize| DecodeError::Short {
            at: datagram.len(),
            missing: needed.saturating_sub(datagram.len()),
        };
        let Some(&[_, _, high, low]) = datagram.first_chunk::<4>() else {
            return Err(short(HEADER_OCTETS));
        };
        let length = u16::from_be_bytes([high, low]);
        let end = usize::from(length);
        if !(HEADER_OCTETS..=PACKET_OCTETS_MAX).contains(&end) {
            return Err(DecodeError::Length { at: 2, length });
        }
        let octets = datagram.get(..end).ok_or_else(|| short(end))?;
        let (Some((header, attributes)), Some(authenticator)) = (
            octets.split_first_chunk::<HEADER_OCTETS>(),
            octets.get(4..).and_then(<[u8]>::first_chunk),
        ) else {
            return Err(short(HEADER_OCTETS));
        };
        debug_assert_eq!(header.len(), HEADER_OCTETS);
        let mut packet = Self {
            octets,
            attributes,
            authenticator,
            message_authenticator: None,
            has_proxy_state: false,
        };
        packet.walk()?;
        Ok(packet)
    }

    /// Checks every attribute's length and notes where those are that signing needs.
    #[inline]
    fn walk(&mut self) -> Result<(), DecodeError> {
        let mut rest = self.attributes;
        let mut at = HEADER_OCTETS;
        while let Some((&[kind, length], _)) = rest.split_first_chunk::<2>() {
            let octets = usize::from(length);
            rest = match rest.get(octets..) {
                Some(rest) if octets >= 2 => rest,
                _ => {
                    return Err(DecodeError::AttributeLength {
                        at,
                        length: length.into(),
                    });
                }
            };
            if kind == attribute::MESSAGE_AUTHENTICATOR && self.message_authenticator.is_none() {
                self.message_authenticator = u16::try_from(at).ok().and_then(NonZeroU16::new);
            }
            self.has_proxy_state |= kind == attribute::PROXY_STATE;
            at += octets;
        }
        if rest.is_empty() {
            Ok(())
        } else {
            Err(DecodeError::AttributeHeader { at })
        }
    }

    /// What the packet is.
    #[must_use]
    pub fn code(&self) -> Code {
        Code::from_wire(self.octets[0])
    }

    /// Ties a response to its request.
    #[must_use]
    pub fn identifier(&self) -> u8 {
        self.octets[1]
    }

    /// The authenticator as it stands in the header.
    #[must_use]
    pub const fn authenticator(&self) -> &'a Authenticator {
        self.authenticator
    }

    /// The packet without padding.
    #[must_use]
    pub const fn octets(&self) -> &'a [u8] {
        self.octets
    }

    /// All attributes as octets.
    #[must_use]
    pub const fn attribute_octets(&self) -> &'a [u8] {
        self.attributes
    }

    /// The attributes in their order, vendors' ones as Vendor-Specific (26).
    #[must_use]
    pub const fn attributes(&self) -> Attributes<'a> {
        Attributes {
            rest: self.attributes,
            at: HEADER_OCTETS,
        }
    }

    /// The first attribute of a type.
    #[must_use]
    pub fn attribute(&self, kind: u8) -> Option<Attribute<'a>> {
        self.attributes().find(|attribute| attribute.kind == kind)
    }

    /// The attributes of one vendor in their order, however they are spread over Vendor-Specific
    /// attributes, in the format [`VendorFormat::of`] knows for that vendor.
    pub fn vendor(
        &self,
        vendor: u32,
    ) -> impl Iterator<Item = Result<super::VendorAttribute<'a>, DecodeError>> + use<'a> {
        let format = VendorFormat::of(vendor);
        self.attributes()
            .filter_map(move |attribute| {
                let (found, octets) = attribute.vendor()?;
                (found == vendor)
                    .then(|| VendorAttributes::new(vendor, format, octets, attribute.at + 6))
            })
            .flatten()
    }

    /// Offset of the first Message-Authenticator attribute (80), if there is one.
    #[must_use]
    pub fn message_authenticator_at(&self) -> Option<usize> {
        self.message_authenticator.map(|at| at.get().into())
    }

    /// Whether a proxy stands between: its Proxy-State (33) must be returned.
    #[must_use]
    pub const fn has_proxy_state(&self) -> bool {
        self.has_proxy_state
    }
}

/// Names no attribute: they hold subscriber identities.
impl fmt::Debug for Packet<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Packet")
            .field("code", &self.code())
            .field("identifier", &self.identifier())
            .field("octets", &self.octets.len())
            .finish_non_exhaustive()
    }
}

/// One attribute, its value not looked into.
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct Attribute<'a> {
    /// Type number.
    pub kind: u8,
    /// The octets after type and length; at most 253.
    pub value: &'a [u8],
    /// Offset of the attribute in its packet.
    pub at: usize,
}

impl<'a> Attribute<'a> {
    /// Vendor number and what follows it, if this is a Vendor-Specific attribute (26) with one.
    #[must_use]
    #[inline]
    pub fn vendor(&self) -> Option<(u32, &'a [u8])> {
        if self.kind != attribute::VENDOR_SPECIFIC {
            return None;
        }
        let (vendor, octets) = self.value.split_first_chunk::<4>()?;
        Some((u32::from_be_bytes(*vendor), octets))
    }
}

/// Shows type, length and place, never the value.
impl fmt::Debug for Attribute<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Attribute({}, {} octets at {})",
            self.kind,
            self.value.len(),
            self.at
        )
    }
}

/// Iterates over the attributes of a packet.
#[derive(Clone, Debug)]
pub struct Attributes<'a> {
    rest: &'a [u8],
    at: usize,
}

impl<'a> Iterator for Attributes<'a> {
    type Item = Attribute<'a>;

    #[inline]
    fn next(&mut self) -> Option<Attribute<'a>> {
        let &[kind, length] = self.rest.first_chunk::<2>()?;
        let (octets, rest) = self.rest.split_at_checked(length.into())?;
        let value = octets.get(2..)?;
        let at = self.at;
        self.at += octets.len();
        self.rest = rest;
        Some(Attribute { kind, value, at })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HEADER: [u8; 20] = [4, 7, 0, 20, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1];

    fn packet(attributes: &[u8]) -> Vec<u8> {
        let mut octets = HEADER.to_vec();
        octets.extend_from_slice(attributes);
        octets[3] = u8::try_from(octets.len()).unwrap();
        octets
    }

    #[test]
    fn the_header_is_read() {
        let octets = packet(&[]);
        let packet = Packet::decode(&octets).unwrap();
        assert_eq!(packet.code(), Code::AccountingRequest);
        assert_eq!(packet.identifier(), 7);
        assert_eq!(packet.authenticator(), &[1; 16]);
        assert_eq!(packet.attributes().count(), 0);
    }

    #[test]
    fn attributes_come_in_order_with_their_offsets() {
        let octets = packet(&[1, 3, b'a', 25, 2, 80, 4, 0, 0, 33, 2]);
        let packet = Packet::decode(&octets).unwrap();
        let found: Vec<_> = packet
            .attributes()
            .map(|a| (a.kind, a.value.len(), a.at))
            .collect();
        assert_eq!(found, [(1, 1, 20), (25, 0, 23), (80, 2, 25), (33, 0, 29)]);
        assert_eq!(packet.message_authenticator_at(), Some(25));
        assert!(packet.has_proxy_state());
        assert_eq!(packet.attribute(25).unwrap().at, 23);
        assert_eq!(packet.attribute(26), None);
    }

    #[test]
    fn octets_beyond_the_length_are_padding() {
        let mut octets = packet(&[1, 3, b'a']);
        octets.extend_from_slice(&[0xff; 5]);
        let packet = Packet::decode(&octets).unwrap();
        assert_eq!(packet.octets(), &octets[..23]);
        assert_eq!(packet.attributes().count(), 1);
    }

    #[test]
    fn every_truncation_is_an_error_that_counts_what_is_missing() {
        let octets = packet(&[1, 3, b'a']);
        for end in 0..octets.len() {
            let needed = if end < 4 { 20 } else { octets.len() };
            let error = DecodeError::Short {
                at: end,
                missing: needed - end,
            };
            assert_eq!(Packet::decode(&octets[..end]), Err(error));
        }
    }

    #[test]
    fn a_length_outside_20_to_4096_is_an_error() {
        for length in [0, 19, 4097, u16::MAX] {
            let mut octets = vec![0; 70_000];
            octets[2..4].copy_from_slice(&length.to_be_bytes());
            assert_eq!(
                Packet::decode(&octets),
                Err(DecodeError::Length { at: 2, length })
            );
        }
    }

    #[test]
    fn an_attribute_that_does_not_fit_is_an_error_at_its_offset() {
        for (attributes, error) in [
            (
                [1, 3, b'a', 25, 0].as_slice(),
                DecodeError::AttributeLength { at: 23, length: 0 },
            ),
            (
                &[1, 3, b'a', 25, 1],
                DecodeError::AttributeLength { at: 23, length: 1 },
            ),
            (
                &[1, 3, b'a', 25, 3],
                DecodeError::AttributeLength { at: 23, length: 3 },
            ),
            (&[1, 3, b'a', 25], DecodeError::AttributeHeader { at: 23 }),
        ] {
            assert_eq!(Packet::decode(&packet(attributes)), Err(error));
            assert_eq!(error.at(), 23);
        }
    }

    #[test]
    fn no_value_is_ever_shown() {
        let octets = packet(&[1, 6, b'x', b'y', b'z', b'z']);
        let packet = Packet::decode(&octets).unwrap();
        let shown = format!("{packet:?} {:?}", packet.attribute(1));
        assert!(shown.contains("Attribute(1, 4 octets at 20)"), "{shown}");
        assert!(!shown.contains("120, 121"), "{shown}");
    }

    proptest! {
        #[test]
        fn what_decodes_is_filled_by_its_attributes(
            octets in proptest::collection::vec(any::<u8>(), 0..100),
        ) {
            let octets = packet(&octets);
            if let Ok(packet) = Packet::decode(&octets) {
                let filled: usize = packet.attributes().map(|a| a.value.len() + 2).sum();
                prop_assert_eq!(filled, packet.attribute_octets().len());
            }
        }
    }
}
