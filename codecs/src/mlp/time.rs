//! Times and spans (MLP elements `time`, `start_time`, `interval`, `time_remaining`).

use std::time::Duration;

use crate::Stamp;

/// A time of `yyyyMMddhhmmss` in a zone of `[+-]hhmm`; without a sign the zone is east of UTC.
pub(super) fn time(text: &str, zone: Option<&str>) -> Option<Stamp> {
    let digits: &[u8; 14] = text.as_bytes().try_into().ok()?;
    let (sign, zone): (u8, &[u8; 4]) = match zone.unwrap_or("0000").as_bytes() {
        [sign @ (b'+' | b'-'), zone @ ..] => (*sign, zone.try_into().ok()?),
        zone => (b'+', zone.try_into().ok()?),
    };
    let all_digits = digits.iter().chain(zone).all(u8::is_ascii_digit);
    // 1400 is the last of the zones.
    let in_range = matches!(zone, [b'0', _, ..] | [b'1', b'0'..=b'3', ..] | b"1400");
    if !all_digits || !in_range {
        return None;
    }
    let mut written = *b"0000-00-00T00:00:00+00:00";
    for (range, part) in [
        (0..4, &digits[..4]),
        (5..7, &digits[4..6]),
        (8..10, &digits[6..8]),
        (11..13, &digits[8..10]),
        (14..16, &digits[10..12]),
        (17..19, &digits[12..]),
        (19..20, &[sign]),
        (20..22, &zone[..2]),
        (23..25, &zone[2..]),
    ] {
        written[range].copy_from_slice(part);
    }
    std::str::from_utf8(&written).ok()?.parse().ok()
}

/// A span of `ddhhmmss`.
pub(super) fn span(text: &str) -> Option<Duration> {
    let digits: &[u8; 8] = text.as_bytes().try_into().ok()?;
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let pair = |at: usize| u64::from(digits[at] - b'0') * 10 + u64::from(digits[at + 1] - b'0');
    let (hours, minutes, seconds) = (pair(2), pair(4), pair(6));
    let in_range = hours < 24 && minutes < 60 && seconds < 60;
    in_range.then(|| Duration::from_secs(((pair(0) * 24 + hours) * 60 + minutes) * 60 + seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_told_in_its_zone() {
        let noon: Stamp = "2026-03-01T10:15:30Z".parse().unwrap();
        for (text, zone) in [
            ("20260301101530", None),
            ("20260301121530", Some("+0200")),
            ("20260301121530", Some("0200")),
            ("20260301064530", Some("-0330")),
            ("20260302001530", Some("+1400")),
        ] {
            assert_eq!(time(text, zone), Some(noon), "{text} {zone:?}");
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for (text, zone) in [
            ("2026030110153", None),
            ("20261301101530", None),
            ("20260301101530", Some("")),
            ("20260301101530", Some("+200")),
            ("20260301101530", Some("+1401")),
            ("20260301101530", Some("+1500")),
            ("20260301101530", Some("+0160")),
            ("20260301101530", Some("+02:0")),
            ("+0260301101530", None),
        ] {
            assert_eq!(time(text, zone), None, "{text} {zone:?}");
        }
    }

    #[test]
    fn spans_are_of_days_hours_minutes_and_seconds() {
        assert_eq!(span("00001500"), Some(Duration::from_mins(15)));
        assert_eq!(span("02010000"), Some(Duration::from_hours(49)));
        for text in ["0001500", "00240000", "00006000", "00000060", "-0000000"] {
            assert_eq!(span(text), None, "{text}");
        }
    }
}
