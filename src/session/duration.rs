//! Durations in configuration: a number and a unit, such as `"500ms"`, `"30s"`, `"5m"`, `"1h"`, `"7d"`.
//!
//! For fields: `#[serde(with = "crate::session::duration")]`.

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serializer, de};
use thiserror::Error;

/// A text that is no duration.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("not a duration: a whole number and one of ms, s, m, h, d")]
pub struct ParseDurationError;

/// Units, the largest first, in milliseconds.
const UNITS: [(&str, u64); 5] = [
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
    ("ms", 1),
];

/// Reads a whole number and a unit.
///
/// # Errors
/// [`ParseDurationError`], also when the duration has more milliseconds than 64 bits count.
pub fn parse(text: &str) -> Result<Duration, ParseDurationError> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().map_err(|_| ParseDurationError)?;
    let found = UNITS.iter().find(|(name, _)| *name == unit);
    let (_, millis) = found.ok_or(ParseDurationError)?;
    let total = number.checked_mul(*millis).ok_or(ParseDurationError)?;
    Ok(Duration::from_millis(total))
}

/// Writes the largest unit that divides the duration; what is below a millisecond is dropped.
#[must_use]
pub fn format(duration: Duration) -> String {
    let millis = duration.as_millis();
    let fits = |(_, unit): &&(&str, u64)| millis.is_multiple_of(u128::from(*unit)) && millis > 0;
    match UNITS.iter().find(fits) {
        Some((name, unit)) => format!("{}{name}", millis / u128::from(*unit)),
        None => "0s".to_owned(),
    }
}

/// For `serde(with)`.
///
/// # Errors
/// Those of the serializer.
pub fn serialize<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&format(*duration))
}

/// For `serde(with)`.
///
/// # Errors
/// A text that [`parse`] refuses.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
    parse(&text).map_err(de::Error::custom)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_unit_is_read() {
        for (text, millis) in [
            ("500ms", 500),
            ("30s", 30_000),
            ("5m", 300_000),
            ("1h", 3_600_000),
            ("7d", 604_800_000),
            ("0s", 0),
        ] {
            assert_eq!(parse(text), Ok(Duration::from_millis(millis)));
            assert_eq!(format(Duration::from_millis(millis)), text);
        }
        for text in [
            "",
            "5",
            "s",
            "-1s",
            "1.5s",
            "1 s",
            "1S",
            "1w",
            "213503982334601d",
        ] {
            assert_eq!(parse(text), Err(ParseDurationError), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(millis in 0_u64..1 << 50) {
            let duration = Duration::from_millis(millis);
            prop_assert_eq!(parse(&format(duration)), Ok(duration));
        }
    }
}
