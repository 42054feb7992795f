//! Numbers of network elements (TS 29.002 clause 17.7.8, ISDN-AddressString).

use std::fmt;

/// A number: its nature and plan, then digits as TBCD.
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
pub struct IsdnAddress {
    octets: [u8; Self::OCTETS_MAX],
    len: u8,
}

impl IsdnAddress {
    /// The most octets (maxISDN-AddressLength).
    pub const OCTETS_MAX: usize = 9;

    /// From the octets of MAP; nothing if there are none or too many, or if a nibble is no digit.
    #[must_use]
    pub fn decode(octets: &[u8]) -> Option<Self> {
        let mut address = Self {
            octets: [0; Self::OCTETS_MAX],
            len: u8::try_from(octets.len()).ok().filter(|len| *len > 1)?,
        };
        address
            .octets
            .get_mut(..octets.len())?
            .copy_from_slice(octets);
        crate::diameter::dict::Digits::decode(octets.get(1..)?)?;
        Some(address)
    }

    /// Whether the number is international (nature of address 1).
    #[must_use]
    pub const fn is_international(&self) -> bool {
        self.octets[0] >> 4 & 7 == 1
    }

    /// The digits as ASCII, first one first.
    pub fn digits(&self) -> impl Iterator<Item = u8> {
        let octets = self.octets.get(1..self.len.into()).unwrap_or_default();
        let nibbles = octets.iter().flat_map(|octet| [octet & 0xf, octet >> 4]);
        nibbles
            .filter(|nibble| *nibble <= 9)
            .map(|digit| b'0' + digit)
    }
}

/// The digits, behind a plus sign if the number is international.
impl fmt::Display for IsdnAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_international() {
            f.write_str("+")?;
        }
        self.digits()
            .try_for_each(|digit| fmt::Write::write_char(f, char::from(digit)))
    }
}

impl fmt::Debug for IsdnAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IsdnAddress({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_international_number_has_a_plus_sign() {
        let octets = [0x91, 0x99, 0x09, 0x00, 0x00, 0x20, 0xf0];
        let address = IsdnAddress::decode(&octets).unwrap();
        assert_eq!(address.to_string(), "+99900000020");
        let national = IsdnAddress::decode(&[0xa1, 0x21]).unwrap();
        assert_eq!(national.to_string(), "12");
    }

    #[test]
    fn what_is_no_number_is_none() {
        for octets in [&[][..], &[0x91], &[0x91, 0xff], &[0x91, 0x1a], &[0x91; 10]] {
            assert_eq!(IsdnAddress::decode(octets), None, "{octets:02x?}");
        }
    }
}
