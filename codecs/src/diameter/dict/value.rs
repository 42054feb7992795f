//! Data as its type in the dictionary reads it.

use std::{
    fmt,
    net::{IpAddr, Ipv6Addr},
};

use super::{Entry, Type};
use crate::{
    Stamp,
    diameter::{Address, Avp},
};

/// Data, typed as far as it keeps to its type; what does not is octets.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// A number without a sign and a name.
    Unsigned(u64),
    /// A number with a sign.
    Signed(i64),
    /// A fraction.
    Float(f32),
    /// A number that the specification names.
    Named {
        /// The number.
        number: u32,
        /// Its name.
        name: &'static str,
    },
    /// Text.
    Text(&'a str),
    /// Octets of no type, or not of the type they should be.
    Octets(&'a [u8]),
    /// An address.
    Address(Address<'a>),
    /// A network.
    Prefix {
        /// Its first address.
        address: Ipv6Addr,
        /// How many bits of it count.
        bits: u8,
    },
    /// A point in time.
    Time(Stamp),
    /// A telephone number.
    Digits(Digits<'a>),
    /// There is a value, but nobody may see it.
    Hidden,
}

/// Digits as TBCD: two an octet, the first in the lower half; F fills an odd count.
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct Digits<'a>(&'a [u8]);

impl<'a> Digits<'a> {
    /// Takes octets that are digits, with no filler but at the end.
    #[must_use]
    pub fn decode(octets: &'a [u8]) -> Option<Self> {
        let (last, before) = octets.split_last()?;
        let is_pair = |octet: &u8| octet & 0xf <= 9 && octet >> 4 <= 9;
        let is_last = is_pair(last) || last & 0xf <= 9 && last >> 4 == 0xf;
        (is_last && before.iter().all(is_pair)).then_some(Self(octets))
    }

    /// The octets of TBCD.
    #[must_use]
    pub const fn octets(self) -> &'a [u8] {
        self.0
    }

    /// The digits as ASCII, first one first.
    pub fn ascii(self) -> impl Iterator<Item = u8> {
        let nibbles = self.0.iter().flat_map(|octet| [octet & 0xf, octet >> 4]);
        nibbles
            .filter(|nibble| *nibble <= 9)
            .map(|digit| b'0' + digit)
    }
}

impl fmt::Display for Digits<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.ascii()
            .try_for_each(|digit| fmt::Write::write_char(f, char::from(digit)))
    }
}

/// Digits are identities: `Debug` shows how many octets there are and no more.
impl fmt::Debug for Digits<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digits({} octets)", self.0.len())
    }
}

impl<'a> Value<'a> {
    /// Reads the data of an AVP that is no group.
    #[must_use]
    pub fn decode(entry: &Entry, avp: &Avp<'a>) -> Self {
        Self::typed(entry, avp).unwrap_or(Self::Octets(avp.data))
    }

    fn typed(entry: &Entry, avp: &Avp<'a>) -> Option<Self> {
        Some(match entry.data_type {
            Type::Octets | Type::Grouped => Self::Octets(avp.data),
            Type::Secret => Self::Hidden,
            Type::Utf8 | Type::Identity | Type::Uri | Type::FilterRule | Type::Xml => {
                Self::Text(avp.text().ok()?)
            }
            Type::Unsigned32 | Type::Enumerated => {
                let number = avp.unsigned32().ok()?;
                match entry.value_name(number) {
                    Some(name) => Self::Named { number, name },
                    None => Self::Unsigned(number.into()),
                }
            }
            Type::Unsigned64 => Self::Unsigned(avp.unsigned64().ok()?),
            Type::Integer32 => Self::Signed(avp.integer32().ok()?.into()),
            Type::Integer64 => Self::Signed(avp.integer64().ok()?),
            Type::Float32 => Self::Float(f32::from_bits(avp.unsigned32().ok()?)),
            Type::Time => Self::Time(avp.time().ok()?),
            Type::Address => Self::Address(avp.address().ok()?),
            Type::Ipv4 => Self::Address(Address::Ip(avp.ipv4().ok()?.into())),
            Type::Ipv6 => {
                let octets: [u8; 16] = avp.data.try_into().ok()?;
                Self::Address(Address::Ip(IpAddr::V6(octets.into())))
            }
            Type::Ipv6Prefix => {
                let (address, bits) = ipv6_prefix(avp.data)?;
                Self::Prefix { address, bits }
            }
            Type::Tbcd => Self::Digits(Digits::decode(avp.data)?),
        })
    }
}

/// A reserved octet, a length in bits, and as many octets as the sender cared to send
/// (RFC 3162 clause 2.3).
pub(in crate::diameter) fn ipv6_prefix(data: &[u8]) -> Option<(Ipv6Addr, u8)> {
    let (&[_, bits], prefix) = data.split_first_chunk::<2>()?;
    let mut octets = [0; 16];
    octets.get_mut(..prefix.len())?.copy_from_slice(prefix);
    let is_enough = bits <= 128 && prefix.len() * 8 >= usize::from(bits);
    is_enough.then_some((octets.into(), bits))
}

/// As people read it: names, addresses, digits; octets in hexadecimal.
impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsigned(number) => write!(f, "{number}"),
            Self::Signed(number) => write!(f, "{number}"),
            Self::Float(number) => write!(f, "{number}"),
            Self::Named { name, .. } => f.write_str(name),
            Self::Text(text) => f.write_str(text),
            Self::Octets(octets) => octets.iter().try_for_each(|octet| write!(f, "{octet:02x}")),
            Self::Address(address) => write!(f, "{address}"),
            Self::Prefix { address, bits } => write!(f, "{address}/{bits}"),
            Self::Time(stamp) => write!(f, "{stamp}"),
            Self::Digits(digits) => write!(f, "{digits}"),
            Self::Hidden => f.write_str("(hidden)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diameter::{Builder, Flags, Header, Kind, Message, dict};

    /// Smallest, largest, and some that are not of the type.
    fn samples(data_type: Type) -> (Vec<u8>, Vec<u8>, Vec<Vec<u8>>) {
        let fixed = |octets: usize| {
            let wrong = vec![vec![0; octets - 1], vec![0; octets + 1]];
            (vec![0; octets], vec![0xff; octets], wrong)
        };
        match data_type {
            Type::Octets | Type::Grouped | Type::Secret => (vec![], vec![0xff; 200], vec![]),
            Type::Utf8 | Type::Identity | Type::Uri | Type::FilterRule | Type::Xml => {
                (vec![], vec![b'x'; 200], vec![vec![0xff]])
            }
            Type::Unsigned64 | Type::Integer64 => fixed(8),
            Type::Ipv6 => fixed(16),
            Type::Unsigned32
            | Type::Integer32
            | Type::Float32
            | Type::Enumerated
            | Type::Time
            | Type::Ipv4 => fixed(4),
            Type::Address => {
                let v6 = [&[0, 2][..], &[0xff; 16]].concat();
                (
                    vec![0, 1, 0, 0, 0, 0],
                    v6,
                    vec![vec![], vec![0], vec![0, 1, 0]],
                )
            }
            Type::Ipv6Prefix => {
                let largest = [&[0, 128][..], &[0xff; 16]].concat();
                (
                    vec![0, 0],
                    largest,
                    vec![vec![0], vec![0, 129], vec![0, 9, 0], vec![0; 19]],
                )
            }
            Type::Tbcd => (
                vec![0xf1],
                vec![0x99; 20],
                vec![vec![], vec![0xff], vec![0xf1, 0x11], vec![0x1a]],
            ),
        }
    }

    fn message(kind: Kind, data: &[u8]) -> Vec<u8> {
        let header = Header {
            length: 0,
            flags: Flags::REQUEST,
            command: 280,
            application: 0,
            hop_by_hop: 0,
            end_to_end: 0,
        };
        let mut out = Vec::new();
        Builder::new(&mut out, &header)
            .avp(kind, data)
            .finish()
            .unwrap();
        out
    }

    #[test]
    fn every_entry_reads_its_smallest_and_largest_value_and_keeps_illegal_ones() {
        for entry in dict::entries() {
            let (smallest, largest, illegal) = samples(entry.data_type);
            assert!(
                smallest.len() >= entry.data_type.octets_min(),
                "{}",
                entry.name
            );
            for data in [&smallest, &largest] {
                let octets = message(entry.kind, data);
                let avp = Message::decode(&octets).unwrap().avp(entry.kind).unwrap();
                assert_eq!(avp.data, data);
                let value = Value::decode(entry, &avp);
                let is_octets = matches!(value, Value::Octets(_));
                let untyped = matches!(entry.data_type, Type::Octets | Type::Grouped);
                assert_eq!(is_octets, untyped, "{} {data:02x?}", entry.name);
                assert_eq!(value == Value::Hidden, entry.data_type == Type::Secret);
            }
            for data in &illegal {
                let octets = message(entry.kind, data);
                let avp = Message::decode(&octets).unwrap().avp(entry.kind).unwrap();
                assert_eq!(
                    Value::decode(entry, &avp),
                    Value::Octets(data),
                    "{}",
                    entry.name
                );
            }
        }
    }

    #[test]
    fn values_read_as_people_expect() {
        let shown = |kind: Kind, data: &[u8]| {
            let octets = message(kind, data);
            let avp = Message::decode(&octets).unwrap().avp(kind).unwrap();
            Value::decode(dict::lookup(kind).unwrap(), &avp).to_string()
        };
        assert_eq!(shown(Kind::base(268), &[0, 0, 7, 0xd1]), "DIAMETER_SUCCESS");
        assert_eq!(shown(Kind::base(480), &[0, 0, 0, 2]), "START_RECORD");
        assert_eq!(shown(Kind::base(480), &[0, 0, 0, 9]), "9");
        assert_eq!(shown(Kind::base(8), &[192, 0, 2, 1]), "192.0.2.1");
        assert_eq!(shown(Kind::base(257), &[0, 1, 192, 0, 2, 1]), "192.0.2.1");
        assert_eq!(shown(Kind::base(97), &[0, 16, 0x20, 1]), "2001::/16");
        assert_eq!(shown(Kind::base(429), &[0xff; 4]), "-1");
        assert_eq!(
            shown(Kind::base(55), &[0xe9, 0x3c, 0x7f, 0]),
            "2024-01-01T00:00:00Z"
        );
        assert_eq!(shown(Kind::base(2), b"hunter2"), "(hidden)");
        let msisdn = [0x99, 0x09, 0x00, 0x00, 0x00, 0xf1];
        assert_eq!(shown(Kind::tgpp(701), &msisdn), "99900000001");
        assert_eq!(
            format!("{:?}", Digits::decode(&msisdn)),
            "Some(Digits(6 octets))"
        );
    }
}
