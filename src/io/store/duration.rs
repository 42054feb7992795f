//! Durations in options: `"250us"`, `"1ms"`, `"5s"`, `"10m"`, `"2h"`.

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serializer, de};

const UNITS: [(&str, u64); 5] = [
    ("us", 1),
    ("ms", 1_000),
    ("s", 1_000_000),
    ("m", 60_000_000),
    ("h", 3_600_000_000),
];

pub(super) fn serialize<S: Serializer>(value: &Duration, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(&print(*value))
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(from)?;
    parse(&text).ok_or_else(|| {
        de::Error::invalid_value(
            de::Unexpected::Str(&text),
            &"a whole number with one of the units us, ms, s, m, h",
        )
    })
}

fn print(value: Duration) -> String {
    let micros = u64::try_from(value.as_micros()).unwrap_or(u64::MAX);
    let fits = |&&(_, unit): &&(&str, u64)| micros.is_multiple_of(unit);
    let (name, unit) = match micros {
        0 => UNITS[2],
        _ => *UNITS.iter().rev().find(fits).unwrap_or(&UNITS[0]),
    };
    format!("{}{name}", micros / unit)
}

fn parse(text: &str) -> Option<Duration> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (count, name) = text.split_at(digits);
    let (_, unit) = UNITS.iter().find(|(unit, _)| *unit == name)?;
    let micros = count.parse::<u64>().ok()?.checked_mul(*unit)?;
    Some(Duration::from_micros(micros))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_print_in_the_largest_unit_that_is_exact() {
        for text in ["250us", "1ms", "1500ms", "5s", "90s", "10m", "2h", "0s"] {
            assert_eq!(print(parse(text).unwrap()), text);
        }
    }

    #[test]
    fn what_has_no_unit_or_no_number_is_refused() {
        for text in [
            "",
            "1",
            "ms",
            "1 ms",
            "-1s",
            "1.5s",
            "1d",
            "99999999999999999999h",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
