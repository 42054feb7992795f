//! Time as a value: printable, storable, made from a clock or from a capture alike.

use std::{fmt, ops, str::FromStr, time::Duration};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use thiserror::Error;

const NANOS: i64 = 1_000_000_000;
const DAY: i64 = 86_400;

/// A point in time: nanoseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
///
/// Covers the years 1678 to 2262. Arithmetic saturates at both ends, so that no value found on a
/// wire can overflow. As text it is an RFC 3339 date-time in UTC.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Stamp(i64);

/// A text that is not a date-time of RFC 3339 (or XML Schema `dateTime`).
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("not a date-time")]
pub struct ParseStampError;

impl Stamp {
    /// The earliest stamp.
    pub const MIN: Self = Self(i64::MIN);
    /// The latest stamp; also "never" for deadlines.
    pub const MAX: Self = Self(i64::MAX);

    /// From nanoseconds since 1970.
    #[must_use]
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// From milliseconds since 1970.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis.saturating_mul(1_000_000))
    }

    /// From seconds since 1970.
    #[must_use]
    pub const fn from_secs(secs: i64) -> Self {
        Self(secs.saturating_mul(NANOS))
    }

    /// Nanoseconds since 1970.
    #[must_use]
    pub const fn nanos(self) -> i64 {
        self.0
    }

    /// Whole milliseconds since 1970, rounded down.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// Whole seconds since 1970, rounded down.
    #[must_use]
    pub const fn secs(self) -> i64 {
        self.0.div_euclid(NANOS)
    }

    /// The same time without its part below a millisecond: what documents carry.
    #[must_use]
    pub const fn to_millis(self) -> Self {
        Self::from_millis(self.millis())
    }

    /// How long after `earlier` this is; zero when it is not after.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(
            u64::try_from(i128::from(self.0) - i128::from(earlier.0)).unwrap_or_default(),
        )
    }

    /// Appends the RFC 3339 form in UTC: milliseconds are written only when there are any.
    pub fn write_rfc3339(self, out: &mut Vec<u8>) {
        let millis = self.0.div_euclid(1_000_000).rem_euclid(1_000);
        self.write_civil(out);
        if millis != 0 {
            out.push(b'.');
            push_digits(out, millis, 3);
        }
        out.push(b'Z');
    }

    /// Date and time of day to the second, without fraction and zone.
    fn write_civil(self, out: &mut Vec<u8>) {
        let secs = self.secs();
        let (year, month, day) = civil_from_days(secs.div_euclid(DAY));
        let second = secs.rem_euclid(DAY);
        push_digits(out, year, 4);
        out.push(b'-');
        push_digits(out, month, 2);
        out.push(b'-');
        push_digits(out, day, 2);
        out.push(b'T');
        push_digits(out, second / 3_600, 2);
        out.push(b':');
        push_digits(out, second / 60 % 60, 2);
        out.push(b':');
        push_digits(out, second % 60, 2);
    }
}

impl ops::Add<Duration> for Stamp {
    type Output = Self;

    fn add(self, span: Duration) -> Self {
        Self(
            self.0
                .saturating_add(i64::try_from(span.as_nanos()).unwrap_or(i64::MAX)),
        )
    }
}

impl ops::Sub<Duration> for Stamp {
    type Output = Self;

    fn sub(self, span: Duration) -> Self {
        Self(
            self.0
                .saturating_sub(i64::try_from(span.as_nanos()).unwrap_or(i64::MAX)),
        )
    }
}

/// RFC 3339 in UTC with all nanoseconds that are not zero.
impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = Vec::with_capacity(32);
        self.write_civil(&mut text);
        let nanos = self.0.rem_euclid(NANOS);
        if nanos != 0 {
            text.push(b'.');
            push_digits(&mut text, nanos, 9);
            while text.last() == Some(&b'0') {
                text.pop();
            }
        }
        text.push(b'Z');
        f.write_str(&String::from_utf8_lossy(&text))
    }
}

impl FromStr for Stamp {
    type Err = ParseStampError;

    /// Reads any offset and fraction; a date-time without a zone is taken as UTC.
    fn from_str(text: &str) -> Result<Self, ParseStampError> {
        parse(text.trim().as_bytes()).ok_or(ParseStampError)
    }
}

impl Serialize for Stamp {
    /// As text for people (JSON), as a number for machines (the log).
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            serializer.serialize_i64(self.0)
        }
    }
}

impl<'de> Deserialize<'de> for Stamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            String::deserialize(deserializer)?
                .parse()
                .map_err(de::Error::custom)
        } else {
            i64::deserialize(deserializer).map(Self)
        }
    }
}

fn push_digits(out: &mut Vec<u8>, value: i64, width: u32) {
    let mut divisor = 10_i64.pow(width - 1);
    while divisor > 0 {
        // A digit is below ten.
        out.push(b'0' + u8::try_from(value / divisor % 10).unwrap_or(0));
        divisor /= 10;
    }
}

/// Gregorian date of a day number (1970-01-01 is 0), after Howard Hinnant's published algorithm.
const fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
    (year, month, day)
}

const fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let shifted_month = if month > 2 { month - 3 } else { month + 9 };
    let day_of_year = (153 * shifted_month + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

const fn month_days(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn parse(text: &[u8]) -> Option<Stamp> {
    let year = number(text.get(..4)?)?;
    let month = number(text.get(5..7)?)?;
    let day = number(text.get(8..10)?)?;
    let hour = number(text.get(11..13)?)?;
    let minute = number(text.get(14..16)?)?;
    let second = number(text.get(17..19)?)?;
    let marks = [text[4], text[7], text[10], text[13], text[16]];
    let in_range = (1..=12).contains(&month)
        && (1..=month_days(year, month)).contains(&day)
        && hour < 24
        && minute < 60
        && second <= 60;
    if !in_range || !matches!(&marks, b"--T::" | b"--t::" | b"-- ::") {
        return None;
    }
    let (nanos, zone) = fraction(&text[19..])?;
    let offset = zone_offset(zone)?;
    let secs = days_from_civil(year, month, day) * DAY + hour * 3_600 + minute * 60 + second;
    Some(Stamp(
        secs.checked_sub(offset)?
            .checked_mul(NANOS)?
            .checked_add(nanos)?,
    ))
}

fn fraction(text: &[u8]) -> Option<(i64, &[u8])> {
    let Some(digits) = text.strip_prefix(b".") else {
        return Some((0, text));
    };
    let count = digits
        .iter()
        .take_while(|octet| octet.is_ascii_digit())
        .count();
    if count == 0 {
        return None;
    }
    let kept = digits
        .iter()
        .copied()
        .take(count)
        .chain(std::iter::repeat(b'0'))
        .take(9);
    let nanos = kept.fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0'));
    Some((nanos, &digits[count..]))
}

/// Seconds east of UTC.
fn zone_offset(text: &[u8]) -> Option<i64> {
    match text {
        b"" | b"Z" | b"z" => Some(0),
        [sign @ (b'+' | b'-'), rest @ ..] if rest.len() == 5 && rest[2] == b':' => {
            let (hours, minutes) = (number(&rest[..2])?, number(&rest[3..])?);
            let span = hours * 3_600 + minutes * 60;
            (hours <= 14 && minutes < 60).then_some(if *sign == b'-' { -span } else { span })
        }
        _ => None,
    }
}

fn number(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0_i64, |sum, digit| {
        digit
            .is_ascii_digit()
            .then(|| sum * 10 + i64::from(digit - b'0'))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rfc3339(stamp: Stamp) -> String {
        let mut out = Vec::new();
        stamp.write_rfc3339(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn known_instants_are_written_and_read() {
        for (secs, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_772_360_130, "2026-03-01T10:15:30Z"),
            (-1, "1969-12-31T23:59:59Z"),
            (4_107_542_399, "2100-02-28T23:59:59Z"),
        ] {
            assert_eq!(rfc3339(Stamp::from_secs(secs)), text);
            assert_eq!(text.parse(), Ok(Stamp::from_secs(secs)));
        }
        assert_eq!(
            rfc3339(Stamp::from_millis(1_250)),
            "1970-01-01T00:00:01.250Z"
        );
        assert_eq!(
            Stamp::from_nanos(1_500_000_001).to_string(),
            "1970-01-01T00:00:01.500000001Z"
        );
    }

    #[test]
    fn offsets_fractions_and_missing_zones_are_read() {
        let noon = Stamp::from_secs(43_200);
        for text in [
            "1970-01-01T12:00:00",
            "1970-01-01T14:00:00.000+02:00",
            "1970-01-01T09:30:00-02:30",
        ] {
            assert_eq!(text.parse(), Ok(noon), "{text}");
        }
        assert_eq!(
            "1970-01-01T00:00:00.0000000019Z".parse(),
            Ok(Stamp::from_nanos(1))
        );
    }

    #[test]
    fn what_is_no_date_time_is_refused() {
        for text in [
            "",
            "2026-03-01",
            "2026-13-01T00:00:00Z",
            "2026-02-29T00:00:00Z",
            "2026-03-01T24:00:00Z",
            "2026-03-01T10:15:30.Z",
            "2026-03-01T10:15:30+2:00",
            "2026-03-01T10:15:30Zx",
            "2026/03/01T10:15:30Z",
            "+026-03-01T10:15:30Z",
        ] {
            assert_eq!(text.parse::<Stamp>(), Err(ParseStampError), "{text}");
        }
    }

    #[test]
    fn arithmetic_saturates() {
        assert_eq!(Stamp::MAX + Duration::from_secs(1), Stamp::MAX);
        assert_eq!(Stamp::MIN - Duration::MAX, Stamp::MIN);
        assert_eq!(Stamp::MIN.since(Stamp::MAX), Duration::ZERO);
        assert_eq!(Stamp::MAX.since(Stamp::MIN), Duration::from_nanos(u64::MAX));
    }

    proptest! {
        #[test]
        fn text_round_trips(nanos in any::<i64>()) {
            let stamp = Stamp::from_nanos(nanos);
            prop_assert_eq!(stamp.to_string().parse(), Ok(stamp));
        }

        #[test]
        fn reading_never_panics(text in "\\PC{0,40}") {
            let _ = text.parse::<Stamp>();
        }
    }
}
