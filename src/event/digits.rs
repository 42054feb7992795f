//! Up to fifteen decimal digits in eight octets: IMSI and E.164 numbers.

use std::{fmt, num::NonZeroU64, str::FromStr};

use pengate_codecs::Bcd;
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

/// What a number of BCD has been checked for is what digits are.
impl From<Bcd> for Digits {
    #[inline]
    fn from(bcd: Bcd) -> Self {
        Self(bcd.packed())
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
    fn digits_of_a_number_of_tbcd_are_those_of_its_text() {
        let mut buffer = [0; 8];
        for text in ["0", "9", "0010100000000", "99900000001", "001010000000001"] {
            let octets = pengate_codecs::map::Tbcd::write(text.as_bytes(), &mut buffer).unwrap();
            let told = pengate_codecs::map::Tbcd::new(octets).to_bcd().unwrap();
            assert_eq!(Ok(Digits::from(told)), text.parse(), "{text}");
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
