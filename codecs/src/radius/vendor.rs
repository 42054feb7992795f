//! Vendor attributes: what vendors put into Vendor-Specific (26) (RFC 2865 clause 5.26).

use std::fmt;

use super::{DecodeError, gi};

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
    pub const RECOMMENDED: Self = Self::new(1, 1);

    const fn new(type_octets: u8, length_octets: u8) -> Self {
        Self {
            type_octets,
            length_octets,
            continuation: false,
        }
    }

    /// The format of a vendor, the recommended one unless known otherwise.
    #[must_use]
    pub const fn of(vendor: u32) -> Self {
        match vendor {
            429 => Self::new(4, 0),  // USR
            4846 => Self::new(2, 1), // Lucent
            8164 => Self::new(2, 2), // Starent
            24757 => Self {
                continuation: true,
                ..Self::RECOMMENDED
            }, // WiMAX
            _ => Self::RECOMMENDED,
        }
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
