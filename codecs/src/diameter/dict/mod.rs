//! The AVPs, commands and applications by name and type, as data: `codecs/dict/diameter`.

mod parse;
mod value;

pub(super) use value::ipv6_prefix;
pub use value::{Digits, Value};

use std::sync::LazyLock;

use super::Kind;

/// One AVP of the dictionary.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Entry {
    /// Vendor and code.
    pub kind: Kind,
    /// The specification's name.
    pub name: &'static str,
    /// How the data is written.
    pub data_type: Type,
    /// Whether the specification wants the M bit set.
    pub is_mandatory: bool,
    /// Names of values, by ascending value.
    pub values: Vec<(u32, &'static str)>,
}

impl Entry {
    /// The name of a value, if it has one.
    #[must_use]
    pub fn value_name(&self, value: u32) -> Option<&'static str> {
        let place = self
            .values
            .binary_search_by_key(&value, |(value, _)| *value);
        self.values.get(place.ok()?).map(|(_, name)| *name)
    }
}

/// One command of the dictionary.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Command {
    /// Command code.
    pub code: u32,
    /// The specification's name without -Request and -Answer.
    pub name: &'static str,
    /// The short name of the request.
    pub request: &'static str,
    /// The short name of the answer.
    pub answer: &'static str,
}

macro_rules! types {
    ($($(#[$doc:meta])* $name:ident = $text:literal $min:literal,)+) => {
        /// How data is written (RFC 6733 clauses 4.2 and 4.3).
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

            /// The least octets that data of it may have.
            #[must_use]
            pub const fn octets_min(self) -> usize {
                match self {
                    $(Self::$name => $min,)+
                }
            }
        }
    };
}

types! {
    /// Any octets.
    Octets = "octets" 0,
    /// Octets that are never shown.
    Secret = "secret" 0,
    /// Text, UTF-8.
    Utf8 = "utf8" 0,
    /// A host or a realm: a domain name.
    Identity = "identity" 0,
    /// `aaa://` and so on.
    Uri = "uri" 0,
    /// A filter, as text.
    FilterRule = "filter-rule" 0,
    /// Four octets.
    Unsigned32 = "unsigned32" 4,
    /// Eight octets.
    Unsigned64 = "unsigned64" 8,
    /// Four octets with a sign.
    Integer32 = "integer32" 4,
    /// Eight octets with a sign.
    Integer64 = "integer64" 8,
    /// A number of IEEE 754 in four octets.
    Float32 = "float32" 4,
    /// Four octets with names for values.
    Enumerated = "enumerated" 4,
    /// Seconds since 1900, four octets.
    Time = "time" 4,
    /// A family of two octets and an address of it.
    Address = "address" 6,
    /// AVPs.
    Grouped = "grouped" 0,
    /// An IPv4 address without its family.
    Ipv4 = "ipv4" 4,
    /// An IPv6 address without its family.
    Ipv6 = "ipv6" 16,
    /// A reserved octet, a length of 0 to 128 bits, up to sixteen octets (RFC 3162 clause 2.3).
    Ipv6Prefix = "ipv6-prefix" 2,
    /// Digits, two an octet, the first in the lower half (TS 29.002, TBCD-STRING).
    Tbcd = "tbcd" 0,
    /// A document of XML.
    Xml = "xml" 0,
}

const FILES: [(&str, &str); 6] = [
    (
        "base.dict",
        include_str!("../../../dict/diameter/base.dict"),
    ),
    (
        "credit-control.dict",
        include_str!("../../../dict/diameter/credit-control.dict"),
    ),
    ("gi.dict", include_str!("../../../dict/diameter/gi.dict")),
    ("nas.dict", include_str!("../../../dict/diameter/nas.dict")),
    ("sh.dict", include_str!("../../../dict/diameter/sh.dict")),
    (
        "wlan.dict",
        include_str!("../../../dict/diameter/wlan.dict"),
    ),
];

/// What the files hold.
#[derive(Debug, Default)]
struct Dictionary {
    /// By ascending kind.
    entries: Vec<Entry>,
    /// By ascending code.
    commands: Vec<Command>,
    /// By ascending number.
    applications: Vec<(u32, &'static str)>,
}

/// Read at first use. A test shows that every file can be read, so nothing is ever missing.
static DICTIONARY: LazyLock<Dictionary> = LazyLock::new(|| {
    let mut dictionary = Dictionary::default();
    for (_, text) in FILES {
        if let Ok(part) = parse::read(text) {
            dictionary.entries.extend(part.entries);
            dictionary.commands.extend(part.commands);
            dictionary.applications.extend(part.applications);
        }
    }
    dictionary.entries.sort_by_key(|entry| entry.kind);
    dictionary.commands.sort_by_key(|command| command.code);
    dictionary.applications.sort_unstable();
    dictionary
});

/// All AVPs, by ascending vendor and code.
#[must_use]
pub fn entries() -> &'static [Entry] {
    &DICTIONARY.entries
}

/// An AVP.
#[must_use]
pub fn lookup(kind: Kind) -> Option<&'static Entry> {
    let entries = entries();
    let place = entries.binary_search_by_key(&kind, |entry| entry.kind);
    entries.get(place.ok()?)
}

/// A command by its code.
#[must_use]
pub fn command(code: u32) -> Option<&'static Command> {
    let commands = &DICTIONARY.commands;
    let place = commands.binary_search_by_key(&code, |command| command.code);
    commands.get(place.ok()?)
}

/// The name of an application.
#[must_use]
pub fn application(number: u32) -> Option<&'static str> {
    let applications = &DICTIONARY.applications;
    let place = applications.binary_search_by_key(&number, |(number, _)| *number);
    applications.get(place.ok()?).map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diameter::{ResultCode, command as code, kinds};

    #[test]
    fn every_file_can_be_read_and_is_in_order() {
        for (name, text) in FILES {
            let part = parse::read(text)
                .map_err(|line| format!("{name}:{line}"))
                .unwrap();
            assert!(part.entries.is_sorted_by(|a, b| a.kind < b.kind), "{name}");
            assert!(!part.entries.is_empty(), "{name}");
        }
        assert!(
            entries().is_sorted_by(|a, b| a.kind < b.kind),
            "no AVP stands twice"
        );
        assert!(DICTIONARY.commands.is_sorted_by(|a, b| a.code < b.code));
        assert!(DICTIONARY.applications.is_sorted_by(|a, b| a.0 < b.0));
    }

    #[test]
    fn names_are_unique() {
        let mut names: Vec<_> = entries().iter().map(|entry| entry.name).collect();
        names.sort_unstable();
        assert_eq!(names.windows(2).find(|pair| pair[0] == pair[1]), None);
    }

    #[test]
    fn avps_commands_and_applications_are_found_by_number() {
        assert_eq!(lookup(kinds::ORIGIN_HOST).unwrap().name, "Origin-Host");
        assert_eq!(lookup(Kind::tgpp(702)).unwrap().data_type, Type::Xml);
        assert_eq!(lookup(Kind::tgpp(999_999)), None);
        let push = command(code::PUSH_NOTIFICATION).unwrap();
        assert_eq!((push.name, push.request), ("Push-Notification", "PNR"));
        assert_eq!(command(1), None);
        assert_eq!(application(16_777_217), Some("Sh"));
        assert_eq!(application(16_777_230), Some("Pr"));
    }

    #[test]
    fn result_codes_have_one_name() {
        let entry = lookup(kinds::RESULT_CODE).unwrap();
        let named: Vec<_> = entry
            .values
            .iter()
            .map(|(code, name)| (*code, Some(*name)))
            .collect();
        let known = ResultCode::ALL
            .iter()
            .map(|code| (code.to_wire(), code.name()));
        assert_eq!(named, known.collect::<Vec<_>>());
    }

    #[test]
    fn what_must_not_be_shown_is_secret() {
        for code in [2, 3, 60, 69, 405] {
            assert_eq!(
                lookup(Kind::base(code)).unwrap().data_type,
                Type::Secret,
                "{code}"
            );
        }
    }
}
