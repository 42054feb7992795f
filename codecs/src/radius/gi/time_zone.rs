//! 3GPP-MS-TimeZone (23): where the user's clock stands (TS 29.061 clause 16.4.7,
//! TS 23.040 clause 9.2.3.11, TS 24.008 clause 10.5.3.12).

use std::fmt;

/// Offset from UTC, daylight saving included, and how much of it is daylight saving.
///
/// ```text
///   8 7 6 5   4   3 2 1
/// | ones    | - | tens  |   quarters of an hour; bit 4 set is west
/// | spare         | DST |   bits 2 and 1: 0, 1 or 2 hours
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TimeZone {
    quarters_east: i8,
    saving_hours: u8,
}

impl TimeZone {
    /// `quarters_east` is -79 to 79, `saving_hours` 0 to 3 (3 is reserved).
    #[must_use]
    pub const fn new(quarters_east: i8, saving_hours: u8) -> Option<Self> {
        if quarters_east < -79 || quarters_east > 79 || saving_hours > 3 {
            return None;
        }
        Some(Self {
            quarters_east,
            saving_hours,
        })
    }

    /// From the two octets on the wire. Spare bits are not looked at.
    #[must_use]
    pub fn decode(octets: &[u8]) -> Option<Self> {
        let &[zone, saving] = octets else { return None };
        let (ones, tens) = (zone >> 4, zone & 0x07);
        if ones > 9 {
            return None;
        }
        let quarters = i8::try_from(tens * 10 + ones).ok()?;
        let quarters_east = if zone & 0x08 == 0 {
            quarters
        } else {
            -quarters
        };
        Self::new(quarters_east, saving & 0x03)
    }

    /// The two octets on the wire.
    #[must_use]
    pub const fn encode(self) -> [u8; 2] {
        let quarters = self.quarters_east.unsigned_abs();
        let sign = if self.quarters_east < 0 { 0x08 } else { 0 };
        [
            ((quarters % 10) << 4) | sign | (quarters / 10),
            self.saving_hours,
        ]
    }

    /// Minutes east of Greenwich, daylight saving included.
    #[must_use]
    pub fn minutes_east(self) -> i16 {
        i16::from(self.quarters_east) * 15
    }

    /// How much of it is daylight saving, in hours.
    #[must_use]
    pub const fn saving_hours(self) -> u8 {
        self.saving_hours
    }
}

/// As people write it: `UTC+01:00`, with the daylight saving if there is any.
impl fmt::Display for TimeZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let minutes = self.minutes_east().unsigned_abs();
        let sign = if self.quarters_east < 0 { '-' } else { '+' };
        write!(f, "UTC{sign}{:02}:{:02}", minutes / 60, minutes % 60)?;
        match self.saving_hours {
            0 => Ok(()),
            hours => write!(f, ", daylight saving {hours} h"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quarters_are_swapped_digits() {
        let zone = |octets: [u8; 2]| {
            let zone = TimeZone::decode(&octets).unwrap();
            (zone.minutes_east(), zone.saving_hours())
        };
        assert_eq!(zone([0x40, 0x00]), (60, 0));
        assert_eq!(zone([0x80, 0x01]), (120, 1));
        assert_eq!(zone([0x0a, 0x21]), (-300, 1));
        assert_eq!(zone([0x69, 0x00]), (-240, 0));
    }

    #[test]
    fn every_value_survives() {
        for quarters in -79..=79 {
            for saving in 0..=3 {
                let zone = TimeZone::new(quarters, saving).unwrap();
                assert_eq!(TimeZone::decode(&zone.encode()), Some(zone));
            }
        }
        assert_eq!(TimeZone::new(80, 0), None);
        assert_eq!(TimeZone::new(0, 4), None);
    }

    #[test]
    fn what_is_no_time_zone_is_refused() {
        for octets in [[].as_slice(), &[0x40], &[0x40, 0, 0], &[0xa0, 0]] {
            assert_eq!(TimeZone::decode(octets), None, "{octets:02x?}");
        }
    }
}
