//! The data of an Address AVP (RFC 6733 clause 4.3.1): a family, and an address of it.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

/// An address of one of the families of IANA's registry.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Address<'a> {
    /// IPv4 or IPv6.
    Ip(IpAddr),
    /// E.164 digits (family 8) as ASCII.
    E164(&'a [u8]),
    /// Of any other family.
    Other {
        /// The family's number.
        family: u16,
        /// The address.
        octets: &'a [u8],
    },
}

impl<'a> Address<'a> {
    const IPV4: u16 = 1;
    const IPV6: u16 = 2;
    const E164_DIGITS: u16 = 8;

    /// Reads the data of an AVP; nothing if it has not the length of its family.
    #[must_use]
    pub fn decode(data: &'a [u8]) -> Option<Self> {
        let (family, octets) = data.split_first_chunk::<2>()?;
        Some(match u16::from_be_bytes(*family) {
            Self::IPV4 => Self::Ip(Ipv4Addr::from(<[u8; 4]>::try_from(octets).ok()?).into()),
            Self::IPV6 => Self::Ip(Ipv6Addr::from(<[u8; 16]>::try_from(octets).ok()?).into()),
            Self::E164_DIGITS => Self::E164(octets),
            family => Self::Other { family, octets },
        })
    }

    /// Appends the data of an AVP.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let mut put = |family: u16, octets: &[u8]| {
            out.extend_from_slice(&family.to_be_bytes());
            out.extend_from_slice(octets);
        };
        match *self {
            Self::Ip(IpAddr::V4(address)) => put(Self::IPV4, &address.octets()),
            Self::Ip(IpAddr::V6(address)) => put(Self::IPV6, &address.octets()),
            Self::E164(digits) => put(Self::E164_DIGITS, digits),
            Self::Other { family, octets } => put(family, octets),
        }
    }
}

impl fmt::Display for Address<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ip(address) => write!(f, "{address}"),
            Self::E164(digits) => f.write_str(&String::from_utf8_lossy(digits)),
            Self::Other { family, octets } => {
                write!(f, "{family}:")?;
                octets.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_family_survives() {
        for (octets, shown) in [
            (vec![0, 1, 192, 0, 2, 1], "192.0.2.1"),
            ([&[0, 2][..], &Ipv6Addr::LOCALHOST.octets()].concat(), "::1"),
            (vec![0, 8, b'9', b'9'], "99"),
            (vec![0, 3, 0xab], "3:ab"),
        ] {
            let address = Address::decode(&octets).unwrap();
            assert_eq!(address.to_string(), shown);
            let mut out = Vec::new();
            address.encode(&mut out);
            assert_eq!(out, octets);
        }
    }

    #[test]
    fn an_address_that_is_too_short_or_long_is_none() {
        for octets in [
            &[][..],
            &[0],
            &[0, 1, 1, 2, 3],
            &[0, 1, 1, 2, 3, 4, 5],
            &[0, 2, 1],
        ] {
            assert_eq!(Address::decode(octets), None, "{octets:?}");
        }
    }
}
