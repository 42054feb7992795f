//! Branches and tags that say which partition of presentities they belong to.
//!
//! A response finds its shard by the branch, a request within a dialog by the To tag.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::session::random::Random;

/// The branch of a request we send: `z9hG4bK-PPPP-UUUUUUUUUUUUUUUU`, in hexadecimal.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Branch {
    /// Who sent it.
    pub partition: u16,
    /// Tells it from every other.
    pub unique: u64,
}

/// The To tag of a dialog at our side: `PPPP-UUUUUUUUUUUUUUUU`, in hexadecimal.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub struct ToTag {
    /// Who keeps the dialog.
    pub partition: u16,
    /// Tells it from every other; nobody can guess it.
    pub unique: u64,
}

const COOKIE: &str = "z9hG4bK-";

impl Branch {
    /// Reads a branch that we made; `None` for any other.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let cookie = text.get(..COOKIE.len())?;
        let (partition, unique) = read(text.get(COOKIE.len()..)?)?;
        cookie
            .eq_ignore_ascii_case(COOKIE)
            .then_some(Self { partition, unique })
    }
}

impl ToTag {
    /// Makes a tag.
    #[must_use]
    pub fn new(partition: u16, random: &mut Random) -> Self {
        let unique = random.bits();
        Self { partition, unique }
    }

    /// Reads a tag that we made; `None` for any other.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let (partition, unique) = read(text)?;
        Some(Self { partition, unique })
    }
}

fn read(text: &str) -> Option<(u16, u64)> {
    let hex = |text: &str| text.bytes().all(|octet| octet.is_ascii_hexdigit());
    let (partition, unique) = text.split_once('-')?;
    if partition.len() != 4 || unique.len() != 16 || !hex(partition) || !hex(unique) {
        return None;
    }
    let partition = u16::from_str_radix(partition, 16).ok()?;
    Some((partition, u64::from_str_radix(unique, 16).ok()?))
}

impl fmt::Display for Branch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{COOKIE}{:04x}-{:016x}",
            self.partition, self.unique
        )
    }
}

impl fmt::Display for ToTag {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:04x}-{:016x}", self.partition, self.unique)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let branch = Branch {
            partition: 0x12,
            unique: 0xabc,
        };
        assert_eq!(branch.to_string(), "z9hG4bK-0012-0000000000000abc");
        assert_eq!(Branch::read("Z9HG4BK-0012-0000000000000ABC"), Some(branch));
        let tag = ToTag::new(7, &mut Random::new(1));
        assert_eq!(ToTag::read(&tag.to_string()), Some(tag));
    }

    #[test]
    fn what_others_made_is_not_ours() {
        for text in [
            "",
            "1",
            "0012-abc",
            "0012-0000000000000abg",
            "+012-0000000000000abc",
            "é",
        ] {
            assert_eq!(ToTag::read(text), None, "{text}");
        }
        for text in [
            "z9hG4bK",
            "z9hG4bKnashds7",
            "z9hG4b--0012-0000000000000abc",
            "z9hG4bKé-",
        ] {
            assert_eq!(Branch::read(text), None, "{text}");
        }
    }
}
