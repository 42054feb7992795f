//! A value as its type in the dictionary reads it.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr},
};

use super::{Entry, Type};
use crate::{
    Stamp,
    radius::{
        accounting::ipv6_prefix,
        gi::{
            Nsapi, SecondaryRatUsage, TimeZone, UserLocation,
            view::{integer, ipv4, ipv6},
        },
    },
};

/// Seconds from 1900, where NTP starts to count, to 1970.
const NTP_EPOCH: i64 = 2_208_988_800;

/// A value, typed as far as it keeps to its type; what does not is octets.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Value<'a> {
    /// A number without a name.
    Integer(u64),
    /// A number that the specification names.
    Named {
        /// The number.
        number: u64,
        /// Its name.
        name: &'static str,
    },
    /// Text.
    Text(&'a str),
    /// Octets of no type, or not of the type they should be.
    Octets(&'a [u8]),
    /// An address.
    Address(IpAddr),
    /// A network.
    Prefix {
        /// Its first address.
        address: IpAddr,
        /// How many bits of it count.
        bits: u8,
    },
    /// The lower half of an IPv6 address.
    InterfaceId([u8; 8]),
    /// A point in time.
    Time(Stamp),
    /// A place.
    Location(UserLocation<'a>),
    /// A time zone.
    TimeZone(TimeZone),
    /// Usage of a second radio.
    Usage(SecondaryRatUsage),
    /// There is a value, but nobody may see it.
    Hidden,
}

impl<'a> Value<'a> {
    /// Reads a value. A list of addresses is read by [`Self::list`].
    #[must_use]
    pub fn decode(entry: &Entry, octets: &'a [u8]) -> Self {
        Self::typed(entry, octets).unwrap_or(Self::Octets(octets))
    }

    /// Reads an attribute that may hold several values.
    pub fn list(entry: &Entry, octets: &'a [u8]) -> impl Iterator<Item = Self> {
        let is_list =
            entry.kind == Type::Ipv6List && !octets.is_empty() && octets.len().is_multiple_of(16);
        let each = if is_list { 16 } else { octets.len().max(1) };
        let none = octets.is_empty().then(|| Self::decode(entry, octets));
        octets
            .chunks(each)
            .map(|octets| Self::decode(entry, octets))
            .chain(none)
    }

    fn typed(entry: &Entry, octets: &'a [u8]) -> Option<Self> {
        let number = |number: u64| match entry.value_name(number) {
            Some(name) => Self::Named { number, name },
            None => Self::Integer(number),
        };
        Some(match entry.kind {
            Type::Text => Self::Text(str::from_utf8(octets).ok()?),
            Type::Octets => Self::Octets(octets),
            Type::Secret => Self::Hidden,
            Type::U8 => match octets {
                [octet] | [0, 0, 0, octet] => number((*octet).into()),
                _ => return None,
            },
            Type::U16 => number(u16::from_be_bytes(octets.try_into().ok()?).into()),
            Type::U32 => number(integer(octets)?.into()),
            Type::U64 => number(u64::from_be_bytes(octets.try_into().ok()?)),
            Type::HexDigit => number(Nsapi::decode(octets)?.number().into()),
            Type::TaggedU32 => number((integer(octets)? & 0x00ff_ffff).into()),
            Type::TaggedText => match octets {
                [0..=0x1f, text @ ..] | text => Self::Text(str::from_utf8(text).ok()?),
            },
            Type::Time => Self::Time(Stamp::from_secs(integer(octets)?.into())),
            Type::NtpTime => Self::Time(Stamp::from_secs(i64::from(integer(octets)?) - NTP_EPOCH)),
            Type::Ipv4 => Self::Address(ipv4(octets)?.into()),
            Type::Ipv6 | Type::Ipv6List => Self::Address(ipv6(octets)?.into()),
            Type::Ip => {
                let either = ipv4(octets).map(IpAddr::V4);
                Self::Address(either.or_else(|| ipv6(octets).map(IpAddr::V6))?)
            }
            Type::Ipv4Prefix => {
                let &[_, bits @ 0..=32, a, b, c, d] = octets else {
                    return None;
                };
                Self::Prefix {
                    address: Ipv4Addr::new(a, b, c, d).into(),
                    bits,
                }
            }
            Type::Ipv6Prefix => {
                let (address, bits) = ipv6_prefix(octets)?;
                Self::Prefix {
                    address: address.into(),
                    bits,
                }
            }
            Type::InterfaceId => Self::InterfaceId(octets.try_into().ok()?),
            Type::UserLocation => Self::Location(UserLocation::decode(octets)?),
            Type::TimeZone => Self::TimeZone(TimeZone::decode(octets)?),
            Type::SecondaryRatUsage => Self::Usage(SecondaryRatUsage::decode(octets)?),
        })
    }
}

/// As people read it: names, addresses, places; octets in hexadecimal.
impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(number) => write!(f, "{number}"),
            Self::Named { name, .. } => f.write_str(name),
            Self::Text(text) => f.write_str(text),
            Self::Octets(octets) => octets.iter().try_for_each(|octet| write!(f, "{octet:02x}")),
            Self::Address(address) => write!(f, "{address}"),
            Self::Prefix { address, bits } => write!(f, "{address}/{bits}"),
            Self::InterfaceId([a, b, c, d, e, g, h, i]) => {
                write!(
                    f,
                    "{a:02x}{b:02x}:{c:02x}{d:02x}:{e:02x}{g:02x}:{h:02x}{i:02x}"
                )
            }
            Self::Time(stamp) => write!(f, "{stamp}"),
            Self::Location(location) => write!(f, "{location}"),
            Self::TimeZone(zone) => write!(f, "{zone}"),
            Self::Usage(usage) => write!(
                f,
                "RAT {} {}-{} down {} up {}",
                usage.rat, usage.start, usage.end, usage.downlink_octets, usage.uplink_octets
            ),
            Self::Hidden => f.write_str("(hidden)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::radius::{Builder, Code, Packet, Secret, dict::vendors};

    /// Smallest, largest, and some that are not of the type.
    fn samples(kind: Type) -> (Vec<u8>, Vec<u8>, Vec<Vec<u8>>) {
        let fixed = |octets: usize| {
            (
                vec![0; octets],
                vec![0xff; octets],
                vec![vec![0; octets - 1], vec![0; octets + 1]],
            )
        };
        match kind {
            Type::Text => (vec![], vec![b'x'; 200], vec![vec![0xff]]),
            Type::TaggedText => (vec![], vec![b'x'; 200], vec![vec![0x01, 0xff]]),
            Type::Octets | Type::Secret => (vec![], vec![0xff; 200], vec![]),
            Type::U8 => (
                vec![0],
                vec![0xff],
                vec![vec![], vec![0, 0], vec![1, 0, 0, 0]],
            ),
            Type::U16 => fixed(2),
            Type::U64 | Type::InterfaceId => fixed(8),
            Type::HexDigit => (b"0".into(), b"F".into(), vec![vec![], vec![b'G'], vec![5]]),
            Type::U32 | Type::TaggedU32 | Type::Time | Type::NtpTime | Type::Ipv4 => fixed(4),
            Type::Ipv6 | Type::Ipv6List => fixed(16),
            Type::Ip => (vec![0; 4], vec![0xff; 16], vec![vec![], vec![0; 5]]),
            Type::Ipv4Prefix => (
                vec![0; 6],
                [0, 32, 255, 255, 255, 255].into(),
                vec![vec![0, 33, 0, 0, 0, 0]],
            ),
            Type::Ipv6Prefix => {
                let mut largest = vec![0xff; 18];
                largest[1] = 128;
                (
                    vec![0, 0],
                    largest,
                    vec![vec![0], vec![0, 129], vec![0, 9, 0], vec![0; 19]],
                )
            }
            Type::UserLocation => (
                vec![0x80, 0, 0xf1, 0x10, 0, 0],
                vec![0xff; 100],
                vec![vec![], vec![0x80; 5]],
            ),
            Type::TimeZone => (vec![0, 0], vec![0x97, 0xff], vec![vec![0xff, 0], vec![0]]),
            Type::SecondaryRatUsage => fixed(25),
        }
    }

    #[test]
    fn every_entry_reads_its_smallest_and_largest_value_and_keeps_illegal_ones() {
        let secret = Secret::from("testing123");
        for entry in vendors().iter().flat_map(|vendor| &vendor.entries) {
            let (smallest, largest, illegal) = samples(entry.kind);
            for octets in [&smallest, &largest] {
                let value = Value::decode(entry, octets);
                let is_octets = matches!(value, Value::Octets(_));
                assert_eq!(
                    is_octets,
                    entry.kind == Type::Octets,
                    "{} {octets:02x?}",
                    entry.name
                );
                assert_eq!(value == Value::Hidden, entry.kind == Type::Secret);
                // It also travels.
                let mut out = Vec::new();
                let builder = Builder::new(&mut out, Code::AccountingRequest, 1);
                let builder = match u8::try_from(entry.number) {
                    Ok(number) if entry.vendor == 0 => builder.attribute(number, octets),
                    _ => builder.vendor(entry.vendor, entry.number, octets),
                };
                builder.finish_request(&[0; 16], &secret).unwrap();
                let packet = Packet::decode(&out).unwrap();
                if entry.vendor == 0 {
                    assert_eq!(packet.attributes().next().unwrap().value, octets);
                } else {
                    let found = packet.vendor(entry.vendor).next().unwrap().unwrap();
                    assert_eq!((found.kind, found.value), (entry.number, octets.as_slice()));
                }
            }
            for octets in illegal {
                assert_eq!(
                    Value::decode(entry, &octets),
                    Value::Octets(&octets),
                    "{}",
                    entry.name
                );
            }
        }
    }

    #[test]
    fn values_read_as_people_expect() {
        let shown = |vendor, number, octets: &[u8]| {
            let entry = crate::radius::dict::lookup(vendor, number).unwrap();
            Value::list(entry, octets)
                .map(|value| value.to_string())
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(shown(0, 40, &[0, 0, 0, 2]), "Stop");
        assert_eq!(shown(0, 40, &[0, 0, 0, 99]), "99");
        assert_eq!(shown(0, 40, &[2]), "02");
        assert_eq!(shown(0, 8, &[192, 0, 2, 1]), "192.0.2.1");
        assert_eq!(
            shown(0, 97, &[0, 64, 0x20, 1, 0x0d, 0xb8, 0, 0, 0, 1]),
            "2001:db8:0:1::/64"
        );
        assert_eq!(
            shown(0, 96, &[0, 0, 0, 0, 0, 0, 0, 1]),
            "0000:0000:0000:0001"
        );
        assert_eq!(
            shown(0, 55, &[0x65, 0x53, 0xf1, 0x00]),
            "2023-11-14T22:13:20Z"
        );
        assert_eq!(shown(0, 2, b"hunter2"), "(hidden)");
        assert_eq!(
            shown(10415, 30, &[0x83, 0xaa, 0x7e, 0x80]),
            "1970-01-01T00:00:00Z"
        );
        assert_eq!(shown(10415, 21, &[6]), "EUTRAN");
        assert_eq!(
            shown(10415, 22, b"\x01\x00\xf1\x10\x12\x34\x56\x78"),
            "SAI 00101-4660-22136"
        );
        assert_eq!(
            shown(10415, 23, &[0x0a, 0x01]),
            "UTC-05:00, daylight saving 1 h"
        );
        assert_eq!(shown(10415, 17, &[0; 32]), ":: ::");
        assert_eq!(shown(10415, 17, &[]), "");
    }
}
