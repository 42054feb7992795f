//! Vendor attributes: what vendors put into Vendor-Specific (26) (RFC 2865 clause 5.26).

use std::fmt;

use super::{DecodeError, dict, gi};

/// How a vendor lays out its own attributes. RFC 2865 only recommends one octet each for type
/// and length; lengths count the vendor attribute's own header.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct VendorFormat {
    /// Octets of the type: 1, 2 or 4.
    pub type_octets: u8,
    /// Octets of the length: 0, 1 or 2. Without a length the value takes all that is left.
    pub length_octets: u8,
    /// Whether an octet with a continuation flag follows the length (`WiMAX`).
    pub continuation: bool,
}

impl VendorFormat {
    /// What RFC 2865 recommends.
    pub const RECOMMENDED: Self = Self {
        type_octets: 1,
        length_octets: 1,
        continuation: false,
    };

    /// The format of a vendor by the dictionary, the recommended one unless known otherwise.
    #[must_use]
    pub fn of(vendor: u32) -> Self {
        if vendor == gi::VENDOR {
            return Self::RECOMMENDED; // On the path of every packet.
        }
        dict::vendor(vendor).map_or(Self::RECOMMENDED, |vendor| vendor.format)
    }

    /// Octets before the value.
    #[must_use]
    pub const fn header_octets(self) -> usize {
        self.type_octets as usize + self.length_octets as usize + self.continuation as usize
    }
}

/// One attribute of a vendor.
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct VendorAttribute<'a> {
    /// The vendor's private enterprise number.
    pub vendor: u32,
    /// The vendor's type number.
    pub kind: u32,
    /// The octets after the vendor's header.
    pub value: &'a [u8],
    /// Offset of the vendor attribute in its packet.
    pub at: usize,
}

/// Shows vendor, type, length and place, never the value.
impl fmt::Debug for VendorAttribute<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            vendor,
            kind,
            value,
            at,
        } = self;
        write!(
            f,
            "VendorAttribute({vendor}/{kind}, {} octets at {at})",
            value.len()
        )
    }
}

/// Iterates over the vendor attributes inside one Vendor-Specific attribute; ends after an error.
#[derive(Clone, Debug)]
pub struct VendorAttributes<'a> {
    vendor: u32,
    format: VendorFormat,
    rest: &'a [u8],
    at: usize,
}

impl<'a> VendorAttributes<'a> {
    /// Over `octets`, what follows the vendor number; `at` is their offset in the packet.
    #[must_use]
    pub const fn new(vendor: u32, format: VendorFormat, octets: &'a [u8], at: usize) -> Self {
        Self {
            vendor,
            format,
            rest: octets,
            at,
        }
    }

    fn read(&mut self) -> Result<VendorAttribute<'a>, DecodeError> {
        let at = self.at;
        let octets = std::mem::take(&mut self.rest);
        let header = octets
            .get(..self.format.header_octets())
            .ok_or(DecodeError::AttributeHeader { at })?;
        let (kind, length) = header.split_at(self.format.type_octets.into());
        let length = match *length
            .get(..self.format.length_octets.into())
            .unwrap_or_default()
        {
            [length] => u16::from(length),
            [high, low] => u16::from_be_bytes([high, low]),
            _ => u16::try_from(octets.len()).unwrap_or(u16::MAX),
        };
        let whole = octets
            .split_at_checked(length.into())
            .and_then(|(whole, rest)| Some((whole.get(header.len()..)?, rest)));
        let (value, rest) = whole.ok_or(DecodeError::AttributeLength { at, length })?;
        self.rest = rest;
        self.at += usize::from(length);
        let kind = kind
            .iter()
            .fold(0, |kind, octet| kind << 8 | u32::from(*octet));
        Ok(VendorAttribute {
            vendor: self.vendor,
            kind,
            value,
            at,
        })
    }
}

impl<'a> Iterator for VendorAttributes<'a> {
    type Item = Result<VendorAttribute<'a>, DecodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        (!self.rest.is_empty()).then(|| self.read())
    }
}

/// The 3GPP attributes of a packet.
impl<'a> super::Packet<'a> {
    /// All 3GPP vendor attributes in their order: several may share one Vendor-Specific attribute.
    pub fn gi(&self) -> impl Iterator<Item = Result<VendorAttribute<'a>, DecodeError>> + use<'a> {
        self.vendor(gi::VENDOR)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::radius::{Builder, Code, Packet, Secret, attribute};

    fn packet(build: impl Fn(Builder<'_>) -> Builder<'_>) -> Vec<u8> {
        let mut out = Vec::new();
        let builder = build(Builder::new(&mut out, Code::AccountingRequest, 1));
        builder
            .finish_request(&[0; 16], &Secret::from("testing123"))
            .unwrap();
        out
    }

    type Found = Result<(u32, Vec<u8>, usize), DecodeError>;

    fn found(octets: &[u8], vendor: u32) -> Vec<Found> {
        let packet = Packet::decode(octets).unwrap();
        let each = packet.vendor(vendor);
        each.map(|found| found.map(|found| (found.kind, found.value.to_vec(), found.at)))
            .collect()
    }

    #[test]
    fn several_in_one_attribute_and_one_each_are_the_same() {
        let octets = packet(|builder| {
            builder
                .attribute(
                    attribute::VENDOR_SPECIFIC,
                    b"\x00\x00\x28\xaf\x0a\x035\x0c\x030",
                )
                .vendor(9, 1, b"x")
                .gi(gi::kind::RAT_TYPE, &[6])
        });
        assert_eq!(
            found(&octets, gi::VENDOR),
            [
                Ok((10, b"5".to_vec(), 26)),
                Ok((12, b"0".to_vec(), 29)),
                Ok((21, vec![6], 32 + 9 + 6))
            ]
        );
        assert_eq!(Packet::decode(&octets).unwrap().gi().count(), 3);
    }

    #[test]
    fn every_format_survives() {
        for (vendor, kind) in [
            (8164, 0x1234),
            (429, 0x1234_5678),
            (4846, 0x1234),
            (24757, 7),
            (9, 7),
        ] {
            let octets = packet(|builder| builder.vendor(vendor, kind, b"value"));
            assert_eq!(
                found(&octets, vendor),
                [Ok((kind, b"value".to_vec(), 26))],
                "{vendor}"
            );
        }
    }

    #[test]
    fn what_does_not_keep_to_the_format_is_an_error_at_its_offset_and_the_last() {
        for (vendor, inner, error) in [
            (
                10415,
                b"\x0a\x035\x0c".as_slice(),
                DecodeError::AttributeHeader { at: 29 },
            ),
            (
                10415,
                b"\x0a\x035\x0c\x01x",
                DecodeError::AttributeLength { at: 29, length: 1 },
            ),
            (
                10415,
                b"\x0a\x035\x0c\x04x",
                DecodeError::AttributeLength { at: 29, length: 4 },
            ),
            (
                8164,
                b"\0\x01\0\x05xx\0\0",
                DecodeError::AttributeHeader { at: 31 },
            ),
            (
                8164,
                b"\0\x01\0\x05x\0\x01\x01\x05x",
                DecodeError::AttributeLength {
                    at: 31,
                    length: 0x105,
                },
            ),
        ] {
            let mut value = u32::to_be_bytes(vendor).to_vec();
            value.extend_from_slice(inner);
            let octets = packet(|b| b.attribute(attribute::VENDOR_SPECIFIC, &value));
            let found = found(&octets, vendor);
            assert_eq!(found.len(), 2, "{inner:02x?}");
            assert!(found[0].is_ok());
            assert_eq!(found[1], Err(error), "{inner:02x?}");
        }
    }

    #[test]
    fn an_attribute_too_short_for_a_vendor_number_has_none() {
        let octets = packet(|builder| builder.attribute(attribute::VENDOR_SPECIFIC, &[0, 0, 0x28]));
        assert_eq!(
            Packet::decode(&octets)
                .unwrap()
                .attributes()
                .next()
                .unwrap()
                .vendor(),
            None
        );
    }
}
