//! The attributes by name and type, as data: `codecs/dict/radius`.

mod parse;
mod value;

pub use value::Value;

use std::sync::LazyLock;

use super::VendorFormat;

/// The vendor number that stands for the attributes of the RFCs themselves.
pub const IETF: u32 = 0;

/// One attribute of the dictionary.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Entry {
    /// The vendor, or [`IETF`].
    pub vendor: u32,
    /// Type number.
    pub number: u32,
    /// The specification's name.
    pub name: &'static str,
    /// How the value is written.
    pub kind: Type,
    /// Names of values, by ascending value.
    pub values: Vec<(u64, &'static str)>,
}

impl Entry {
    /// The name of a value, if it has one.
    #[must_use]
    pub fn value_name(&self, value: u64) -> Option<&'static str> {
        let place = self
            .values
            .binary_search_by_key(&value, |(value, _)| *value)
            .ok()?;
        self.values.get(place).map(|(_, name)| *name)
    }
}

/// One vendor of the dictionary.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Vendor {
    /// Private enterprise number, or [`IETF`].
    pub number: u32,
    /// Short name.
    pub name: &'static str,
    /// How its attributes are laid out.
    pub format: VendorFormat,
    /// Its attributes, by ascending number.
    pub entries: Vec<Entry>,
}

macro_rules! types {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)+) => {
        /// How a value is written.
        #[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
        pub enum Type {
            $($(#[$doc])* $name,)+
        }

        impl Type {
            /// Every type.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The word for it in the dictionary's files.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)+
                }
            }
        }
    };
}

types! {
    /// Text, UTF-8.
    Text = "text",
    /// Any octets.
    Octets = "octets",
    /// Octets that are never shown.
    Secret = "secret",
    /// One octet.
    U8 = "u8",
    /// Two octets.
    U16 = "u16",
    /// Four octets.
    U32 = "u32",
    /// Eight octets.
    U64 = "u64",
    /// One hexadecimal character.
    HexDigit = "hex-digit",
    /// A tag and three octets (RFC 2868 clause 3.1).
    TaggedU32 = "tagged-u32",
    /// A tag, which may be absent, and text (RFC 2868 clause 3.3).
    TaggedText = "tagged-text",
    /// Seconds since 1970, four octets.
    Time = "time",
    /// Seconds since 1900, four octets.
    NtpTime = "ntp-time",
    /// An IPv4 address.
    Ipv4 = "ipv4",
    /// An IPv6 address.
    Ipv6 = "ipv6",
    /// An address of either kind.
    Ip = "ip",
    /// IPv6 addresses, one after the other.
    Ipv6List = "ipv6-list",
    /// A reserved octet, a length of 0 to 32 bits, four octets (RFC 6572 clause 4).
    Ipv4Prefix = "ipv4-prefix",
    /// A reserved octet, a length of 0 to 128 bits, up to sixteen octets (RFC 3162 clause 2.3).
    Ipv6Prefix = "ipv6-prefix",
    /// The lower half of an IPv6 address.
    InterfaceId = "interface-id",
    /// A [`UserLocation`](super::gi::UserLocation).
    UserLocation = "user-location",
    /// A [`TimeZone`](super::gi::TimeZone).
    TimeZone = "time-zone",
    /// A [`SecondaryRatUsage`](super::gi::SecondaryRatUsage).
    SecondaryRatUsage = "secondary-rat-usage",
}

const FILES: [(&str, &str); 10] = [
    ("3gpp.dict", include_str!("../../../dict/radius/3gpp.dict")),
    (
        "3gpp2.dict",
        include_str!("../../../dict/radius/3gpp2.dict"),
    ),
    (
        "aruba.dict",
        include_str!("../../../dict/radius/aruba.dict"),
    ),
    (
        "cisco.dict",
        include_str!("../../../dict/radius/cisco.dict"),
    ),
    (
        "lucent.dict",
        include_str!("../../../dict/radius/lucent.dict"),
    ),
    (
        "microsoft.dict",
        include_str!("../../../dict/radius/microsoft.dict"),
    ),
    ("rfc.dict", include_str!("../../../dict/radius/rfc.dict")),
    (
        "starent.dict",
        include_str!("../../../dict/radius/starent.dict"),
    ),
    ("usr.dict", include_str!("../../../dict/radius/usr.dict")),
    (
        "wimax.dict",
        include_str!("../../../dict/radius/wimax.dict"),
    ),
];

/// Read at first use. A test shows that every file can be read, so no vendor is ever missing.
static VENDORS: LazyLock<Vec<Vendor>> = LazyLock::new(|| {
    let mut vendors: Vec<_> = FILES
        .iter()
        .filter_map(|(_, text)| parse::vendor(text).ok())
        .collect();
    vendors.sort_by_key(|vendor| vendor.number);
    vendors
});

/// All vendors, by ascending number; the first is [`IETF`].
#[must_use]
pub fn vendors() -> &'static [Vendor] {
    &VENDORS
}

/// A vendor by number.
#[must_use]
pub fn vendor(number: u32) -> Option<&'static Vendor> {
    let place = VENDORS
        .binary_search_by_key(&number, |vendor| vendor.number)
        .ok()?;
    VENDORS.get(place)
}

/// An attribute by vendor ([`IETF`] for the RFCs') and type number.
#[must_use]
pub fn lookup(vendor_number: u32, number: u32) -> Option<&'static Entry> {
    let entries = &vendor(vendor_number)?.entries;
    let place = entries
        .binary_search_by_key(&number, |entry| entry.number)
        .ok()?;
    entries.get(place)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::radius::{attribute, gi};

    #[test]
    fn every_file_can_be_read() {
        for (name, text) in FILES {
            let vendor = parse::vendor(text)
                .map_err(|line| format!("{name}:{line}"))
                .unwrap();
            assert!(!vendor.entries.is_empty(), "{name}");
            assert!(
                vendor.entries.is_sorted_by(|a, b| a.number < b.number),
                "{name}"
            );
        }
        assert_eq!(vendors().len(), FILES.len());
        assert!(vendors().is_sorted_by(|a, b| a.number < b.number));
    }

    #[test]
    fn names_are_unique() {
        let mut names: Vec<_> = vendors()
            .iter()
            .flat_map(|v| v.entries.iter().map(|entry| entry.name))
            .collect();
        names.sort_unstable();
        assert_eq!(names.windows(2).find(|pair| pair[0] == pair[1]), None);
    }

    #[test]
    fn attributes_are_found_by_number() {
        let name = |vendor, number: u8| lookup(vendor, number.into()).unwrap().name;
        assert_eq!(name(IETF, attribute::ACCT_STATUS_TYPE), "Acct-Status-Type");
        assert_eq!(
            name(IETF, attribute::FRAMED_IPV6_PREFIX),
            "Framed-IPv6-Prefix"
        );
        assert_eq!(
            name(gi::VENDOR, gi::kind::USER_LOCATION_INFO),
            "3GPP-User-Location-Info"
        );
        assert_eq!(lookup(gi::VENDOR, 250), None);
        assert_eq!(lookup(99_999, 1), None);
        assert_eq!(
            lookup(IETF, 40).unwrap().value_name(3),
            Some("Interim-Update")
        );
    }

    #[test]
    fn every_3gpp_attribute_has_its_row() {
        for number in 1..=33 {
            assert!(lookup(gi::VENDOR, number).is_some(), "{number}");
        }
    }

    #[test]
    fn what_must_not_be_shown_is_secret() {
        for number in [
            attribute::USER_PASSWORD,
            attribute::CHAP_PASSWORD,
            attribute::CHAP_CHALLENGE,
            attribute::TUNNEL_PASSWORD,
        ] {
            assert_eq!(
                lookup(IETF, number.into()).unwrap().kind,
                Type::Secret,
                "{number}"
            );
        }
    }

    #[test]
    fn formats_are_the_vendors_own() {
        assert_eq!(VendorFormat::of(8164).header_octets(), 4);
        assert_eq!(VendorFormat::of(429).header_octets(), 4);
        assert_eq!(VendorFormat::of(4846).header_octets(), 3);
        assert_eq!(VendorFormat::of(24757).header_octets(), 3);
        assert_eq!(VendorFormat::of(99_999), VendorFormat::RECOMMENDED);
    }
}
