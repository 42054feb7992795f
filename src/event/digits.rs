//! Up to fifteen decimal digits in eight octets: IMSI and E.164 numbers.

use std::{fmt, num::NonZeroU64, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use thiserror::Error;

/// One to fifteen decimal digits; leading zeros count.
///
/// The upper four bits hold the count, the rest the digits as BCD, the first one uppermost: order
/// and equality are those of (count, digits), and `Option<Digits>` is eight octets too.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Digits(NonZeroU64);

/// A text that is not one to fifteen decimal digits.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("not 1 to 15 decimal digits")]
pub struct ParseDigitsError;

impl Digits {
    const MAX: u32 = 15;

    /// Reads ASCII digits.
    ///
    /// # Errors
    /// [`ParseDigitsError`] when there is none, more than fifteen, or something else.
    pub fn from_ascii(text: &[u8]) -> Result<Self, ParseDigitsError> {
        let count = u32::try_from(text.len()).map_err(|_| ParseDigitsError)?;
        if count > Self::MAX {
            return Err(ParseDigitsError);
        }
        let mut packed = 0_u64;
        for digit in text {
            if !digit.is_ascii_digit() {
                return Err(ParseDigitsError);
            }
            packed = packed << 4 | u64::from(digit - b'0');
        }
        packed <<= 4 * (Self::MAX - count);
        NonZeroU64::new(packed | u64::from(count) << 60)
            .filter(|_| count > 0)
            .map(Self)
            .ok_or(ParseDigitsError)
    }

    /// From BCD: `count` digits, the first one in bits 56 to 59, and zeros behind them. Nothing for
    /// no digits, more than fifteen, or something else.
    #[must_use]
    pub const fn from_bcd(bcd: u64, count: u32) -> Option<Self> {
        if count == 0 || count > Self::MAX {
            return None;
        }
        // A half octet above 9 has its uppermost bit and one of the two below set.
        let is_decimal = bcd & (bcd << 1 | bcd << 2) & 0x0888_8888_8888_8888 == 0;
        let beyond = (1 << (4 * (Self::MAX - count))) - 1;
        if !is_decimal || bcd >> 60 != 0 || bcd & beyond != 0 {
            return None;
        }
        match NonZeroU64::new(bcd | (count as u64) << 60) {
            Some(packed) => Some(Self(packed)),
            None => None,
        }
    }

    /// How many digits.
    #[must_use]
    pub const fn count(self) -> u32 {
        (self.0.get() >> 60) as u32
    }

    /// The digits, first one first.
    pub fn iter(self) -> impl Iterator<Item = u8> {
        (0..self.count()).map(move |place| {
            let nibble = self.0.get() >> (4 * (Self::MAX - 1 - place)) & 0xf;
            // A nibble fits an octet.
            u8::try_from(nibble).unwrap_or(0)
        })
    }

    /// The packed form, for hashing and storing.
    #[must_use]
    pub const fn to_bits(self) -> u64 {
        self.0.get()
    }
}

impl FromStr for Digits {
    type Err = ParseDigitsError;

    fn from_str(text: &str) -> Result<Self, ParseDigitsError> {
        Self::from_ascii(text.as_bytes())
    }
}

impl fmt::Display for Digits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.iter()
            .try_for_each(|digit| fmt::Write::write_char(f, char::from(b'0' + digit)))
    }
}

/// Digits are identities: `Debug` shows how many there are and no more.
impl fmt::Debug for Digits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digits({} digits)", self.count())
    }
}

impl Serialize for Digits {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            serializer.serialize_u64(self.0.get())
        }
    }
}

impl<'de> Deserialize<'de> for Digits {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            return String::deserialize(deserializer)?
                .parse()
                .map_err(de::Error::custom);
        }
        let packed = u64::deserialize(deserializer)?;
        NonZeroU64::new(packed)
            .map(Self)
            .ok_or_else(|| de::Error::custom(ParseDigitsError))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bcd_is_what_the_text_is() {
        for text in ["0", "9", "001010000000001", "99900000001"] {
            let digits: Digits = text.parse().unwrap();
            let bcd = digits.to_bits() & ((1 << 60) - 1);
            assert_eq!(Digits::from_bcd(bcd, digits.count()), Some(digits));
        }
        let first = 1 << 56;
        for (bcd, count) in [
            (0, 0),
            (0, 16),
            (10 << 56, 1),
            (first | 1, 14),
            (1 << 60, 1),
        ] {
            assert_eq!(Digits::from_bcd(bcd, count), None, "{bcd:x} {count}");
        }
    }

    #[test]
    fn leading_zeros_and_length_count() {
        for text in ["0", "00", "001010000000001", "99900000001"] {
            assert_eq!(text.parse::<Digits>().unwrap().to_string(), text);
        }
        assert_ne!("0".parse::<Digits>(), "00".parse());
        assert_eq!(size_of::<Option<Digits>>(), 8);
    }

    #[test]
    fn what_is_not_digits_is_refused() {
        for text in ["", "0010100000000012", "00101a", "+999", " 1"] {
            assert_eq!(text.parse::<Digits>(), Err(ParseDigitsError), "{text}");
        }
    }

    #[test]
    fn debug_shows_no_digit() {
        assert_eq!(
            format!("{:?}", "001010000000001".parse::<Digits>()),
            "Ok(Digits(15 digits))"
        );
    }
}
