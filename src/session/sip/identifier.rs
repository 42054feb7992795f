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
    /// Appends it.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(COOKIE.as_bytes());
        out.extend_from_slice(&written(self.partition, self.unique));
    }

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
    let octets: &[u8; LEN] = text.as_bytes().try_into().ok()?;
    let [partition @ .., dash] = octets.first_chunk::<5>()?;
    if *dash != b'-' {
        return None;
    }
    let partition = u16::try_from(hexadecimal(partition)?).ok()?;
    Some((partition, hexadecimal(octets.last_chunk::<16>()?)?))
}

/// The number that hexadecimal digits make, as many as fit 64 bits.
fn hexadecimal(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0, |number: u64, digit| {
        let digit = char::from(*digit).to_digit(16)?;
        Some(number << 4 | u64::from(digit))
    })
}

/// Octets of `PPPP-UUUUUUUUUUUUUUUU`.
const LEN: usize = 21;

/// What is written of both numbers.
fn written(partition: u16, unique: u64) -> [u8; LEN] {
    let mut octets = [b'-'; LEN];
    let (first, last) = octets.split_at_mut(5);
    let digits = |octets: &mut [u8], number: u64| {
        let mut number = number;
        for octet in octets.iter_mut().rev() {
            *octet = DIGITS[number.to_le_bytes()[0] as usize & 0xf];
            number >>= 4;
        }
    };
    digits(&mut first[..4], partition.into());
    digits(last, unique);
    octets
}

const DIGITS: &[u8; 16] = b"0123456789abcdef";

impl fmt::Display for Branch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(COOKIE)?;
        show(formatter, self.partition, self.unique)
    }
}

impl fmt::Display for ToTag {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        show(formatter, self.partition, self.unique)
    }
}

fn show(formatter: &mut fmt::Formatter<'_>, partition: u16, unique: u64) -> fmt::Result {
    let octets = written(partition, unique);
    // Digits and a dash: always text.
    formatter.write_str(std::str::from_utf8(&octets).unwrap_or_default())
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
        let mut octets = Vec::new();
        branch.write(&mut octets);
        assert_eq!(octets, branch.to_string().as_bytes());
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
