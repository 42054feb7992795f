//! Numbers and times of a call (CAP-datatypes).

use pengate_asn1::table;

table! {
    /// The called number (Q.763 clause 3.9).
    pub CalledPartyNumber<'a> ::= OCTET STRING (SIZE (2..18));

    /// The calling number (Q.763 clause 3.10).
    pub CallingPartyNumber<'a> ::= OCTET STRING (SIZE (2..10));

    /// The number called first (Q.763 clause 3.39).
    pub OriginalCalledPartyId<'a> ::= OCTET STRING (SIZE (2..10));

    /// A further calling number (Q.763 clause 3.26).
    pub AdditionalCallingPartyNumber<'a> ::= OCTET STRING (SIZE (2..16));

    /// Who redirected (Q.763 clause 3.44).
    pub RedirectingPartyId<'a> ::= OCTET STRING (SIZE (2..10));

    /// The called number as it was dialled (TS 24.008 clause 10.5.4.7).
    pub CalledPartyBcdNumber<'a> ::= OCTET STRING (SIZE (1..41));

    /// Digits (Q.763 generic number or digits).
    pub Digits<'a> ::= OCTET STRING (SIZE (2..16));

    /// A local time with its zone; [`Self::clock`] reads it.
    pub TimeAndTimezone ::= OCTET STRING (SIZE (8));
}

/// A local time and how far it is from UTC.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Clock {
    /// Year, such as 2026.
    pub year: u16,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
    /// 0 to 59.
    pub second: u8,
    /// Quarters of an hour that the local time is ahead of UTC.
    pub quarters: i8,
}

impl TimeAndTimezone {
    /// The time; nothing if a half octet is no digit or a number is out of range.
    #[must_use]
    pub fn clock(self) -> Option<Clock> {
        let [century, year, month, day, hour, minute, second, zone] = self.to_octets();
        // Bit 4 of the zone is its sign, the other seven are digits (TS 23.040 clause 9.2.3.11).
        let quarters = i8::try_from(digits(zone & 0xf7)?).ok()?;
        let clock = Clock {
            year: u16::from(digits(century)?) * 100 + u16::from(digits(year)?),
            month: digits(month)?,
            day: digits(day)?,
            hour: digits(hour)?,
            minute: digits(minute)?,
            second: digits(second)?,
            quarters: if zone & 8 == 0 { quarters } else { -quarters },
        };
        let is_time = (1..=12).contains(&clock.month)
            && (1..=31).contains(&clock.day)
            && clock.hour < 24
            && clock.minute < 60
            && clock.second < 60;
        is_time.then_some(clock)
    }
}

/// Two digits, the first in the lower half.
const fn digits(octet: u8) -> Option<u8> {
    match (octet & 0xf, octet >> 4) {
        (tens @ 0..=9, units @ 0..=9) => Some(tens * 10 + units),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_its_first_digits_in_the_lower_halves() {
        let time = [0x02, 0x62, 0x70, 0x21, 0x41, 0x51, 0x00, 0x40];
        let clock = TimeAndTimezone::new(time).clock().unwrap();
        let expected = Clock {
            year: 2026,
            month: 7,
            day: 12,
            hour: 14,
            minute: 15,
            second: 0,
            quarters: 4,
        };
        assert_eq!(clock, expected);
        let mut west = time;
        west[7] = 0x0a;
        assert_eq!(TimeAndTimezone::new(west).clock().unwrap().quarters, -20);
        for (place, octet) in [(2, 0x31), (3, 0x23), (4, 0x42), (5, 0x06), (6, 0x0a)] {
            let mut wrong = time;
            wrong[place] = octet;
            assert_eq!(TimeAndTimezone::new(wrong).clock(), None, "{place}");
        }
    }
}
