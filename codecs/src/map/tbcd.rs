//! TBCD: two digits an octet, the first in the lower half (TS 29.002 clause 17.7.8).

use std::{fmt, num::NonZeroU64};

use crate::Bcd;

/// The digits of a TBCD-STRING, borrowed.
///
/// Besides 0 to 9 there are *, #, a, b and c (10 to 14); 15 fills the last octet up when the number
/// of digits is odd, and occurs elsewhere too in what networks send.
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct Tbcd<'a>(&'a [u8]);

impl<'a> Tbcd<'a> {
    /// Of the octets on the wire.
    #[must_use]
    pub const fn new(octets: &'a [u8]) -> Self {
        Self(octets)
    }

    /// How many digits there are.
    #[must_use]
    #[inline]
    pub const fn count(self) -> usize {
        match self.0.last() {
            Some(0xf0..) => self.0.len() * 2 - 1,
            _ => self.0.len() * 2,
        }
    }

    /// The digits, 0 to 15, in their order.
    pub fn iter(self) -> impl Iterator<Item = u8> {
        let digits = self.0.iter().flat_map(|octet| [octet & 0xf, octet >> 4]);
        digits.take(self.count())
    }

    /// One to fifteen decimal digits as a number of BCD. Nothing for anything else.
    #[must_use]
    #[inline]
    pub fn to_bcd(self) -> Option<Bcd> {
        const LOW: u64 = 0x0f0f_0f0f_0f0f_0f0f;
        let octets = left(self.0)?;
        let digits = (octets & LOW) << 4 | octets >> 4 & LOW;
        let count = u64::try_from(self.count()).ok()?;
        if !(1..=15).contains(&count) {
            return None;
        }
        let digits = digits & u64::MAX << (64 - 4 * count);
        // A half octet above 9 has its uppermost bit and one of the two below set.
        let is_decimal = digits & (digits << 1 | digits << 2) & 0x8888_8888_8888_8888 == 0;
        NonZeroU64::new(count << 60 | digits >> 4)
            .filter(|_| is_decimal)
            .map(Bcd::new)
    }

    /// Writes ASCII digits as TBCD, and returns the octets; nothing if one is no decimal digit or
    /// they do not fit.
    #[must_use]
    pub fn write<'b>(digits: &[u8], buffer: &'b mut [u8]) -> Option<&'b [u8]> {
        let octets = buffer.get_mut(..digits.len().div_ceil(2))?;
        if !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        for (octet, pair) in octets.iter_mut().zip(digits.chunks(2)) {
            *octet = match *pair {
                [first, second] => (second & 0xf) << 4 | first & 0xf,
                [first] => 0xf0 | first & 0xf,
                _ => return None,
            };
        }
        Some(octets)
    }
}

/// Up to eight octets as a number, the first one uppermost, and zeros behind the last.
#[inline]
fn left(octets: &[u8]) -> Option<u64> {
    // The numbers that there are most of have eight octets, or six.
    if let Ok(octets) = octets.try_into() {
        return Some(u64::from_be_bytes(octets));
    }
    if let Some((&high, low)) = octets.split_first_chunk()
        && let Ok(low) = low.try_into()
    {
        let (high, low) = (u32::from_be_bytes(high), u16::from_be_bytes(low));
        return Some(u64::from(high) << 32 | u64::from(low) << 16);
    }
    let mut padded = [0; 8];
    padded.get_mut(..octets.len())?.copy_from_slice(octets);
    Some(u64::from_be_bytes(padded))
}

/// The digits as text: `001010000000001`. It may name a subscriber, so it is not for logs.
impl fmt::Display for Tbcd<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write;
        const DIGITS: [char; 16] = [
            '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '#', 'a', 'b', 'c', 'f',
        ];
        self.iter()
            .try_for_each(|digit| f.write_char(DIGITS[usize::from(digit & 0xf)]))
    }
}

/// Shows how many digits, not which.
impl fmt::Debug for Tbcd<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} digits", self.count())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_filler_is_no_digit() {
        let odd = Tbcd::new(&[0x00, 0x01, 0x01, 0x00, 0x00, 0x00, 0x00, 0xf1]);
        assert_eq!(odd.to_string(), "001010000000001");
        let packed = |told: Tbcd<'_>| told.to_bcd().map(|bcd| bcd.packed().get());
        assert_eq!(packed(odd), Some(0xf001_0100_0000_0001));
        let even = Tbcd::new(&[0x21, 0x43]);
        assert_eq!(packed(even), Some(0x4123_4000_0000_0000));
        assert_eq!(format!("{:?}", even.to_bcd()), "Some(4 digits)");
        assert_eq!(format!("{odd:?}"), "15 digits");
    }

    #[test]
    fn what_is_not_decimal_is_shown_and_is_no_number() {
        let strange = Tbcd::new(&[0xba, 0xdc, 0x1e, 0xff]);
        assert_eq!(strange.to_string(), "*#abc1f");
        assert_eq!(strange.to_bcd(), None);
        assert_eq!(Tbcd::new(&[]).to_bcd(), None);
        assert_eq!(Tbcd::new(&[0x11; 8]).to_bcd(), None);
        assert_eq!(Tbcd::new(&[0x11; 9]).to_bcd(), None);
    }

    #[test]
    fn what_does_not_fit_is_not_written() {
        let mut buffer = [0; 2];
        assert_eq!(Tbcd::write(b"123", &mut buffer), Some(&[0x21, 0xf3][..]));
        assert_eq!(Tbcd::write(b"12345", &mut buffer), None);
        assert_eq!(Tbcd::write(b"1x", &mut buffer), None);
        assert_eq!(Tbcd::write(b"", &mut buffer), Some(&[][..]));
    }

    proptest! {
        #[test]
        fn the_quick_way_finds_what_the_slow_one_does(
            octets in proptest::collection::vec(any::<u8>(), 0..10),
        ) {
            let tbcd = Tbcd::new(&octets);
            let digits: Vec<_> = tbcd.iter().collect();
            let is_decimal = digits.iter().all(|digit| *digit <= 9);
            let slow = (is_decimal && (1..=15).contains(&digits.len())).then(|| {
                let number = digits.iter().fold(0_u64, |number, digit| {
                    number << 4 | u64::from(*digit)
                });
                let count = u32::try_from(digits.len()).unwrap();
                (number << (4 * (15 - count)), count)
            });
            let packed = slow.map(|(digits, count)| u64::from(count) << 60 | digits);
            prop_assert_eq!(tbcd.to_bcd().map(|bcd| bcd.packed().get()), packed);
        }

        #[test]
        fn what_is_written_is_read(digits in "[0-9]{1,20}") {
            let mut buffer = [0; 10];
            let octets = Tbcd::write(digits.as_bytes(), &mut buffer).unwrap();
            prop_assert_eq!(Tbcd::new(octets).to_string(), digits);
        }
    }
}
