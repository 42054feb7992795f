//! Digits as text: 3GPP-IMSI (1), 3GPP-IMEISV (20) (TS 29.061 clause 16.4.7).

use std::fmt;

/// One to eighteen ASCII digits, borrowed.
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
pub struct Digits<'a>(&'a [u8]);

/// An IMEI (14 or 15 digits) or IMEISV (16 digits).
pub type Imei<'a> = Digits<'a>;

impl<'a> Digits<'a> {
    /// Takes between `min` and `max` digits, at most eighteen; nothing else.
    #[must_use]
    #[inline]
    pub fn decode(octets: &'a [u8], min: usize, max: usize) -> Option<Self> {
        let fits = (min..=max.min(18)).contains(&octets.len()) && !octets.is_empty();
        (fits && are_digits(octets)).then_some(Self(octets))
    }

    /// The digits as text.
    #[must_use]
    pub fn as_str(self) -> &'a str {
        // Digits are ASCII, so the default is never used.
        str::from_utf8(self.0).unwrap_or_default()
    }

    /// The digits as they stand on the wire.
    #[must_use]
    pub const fn as_octets(self) -> &'a [u8] {
        self.0
    }

    /// The digits as a number. Leading zeros are lost: keep the count beside it.
    #[must_use]
    pub fn to_number(self) -> u64 {
        // Eighteen digits fit into 64 bits.
        self.0
            .iter()
            .fold(0, |number, digit| number * 10 + u64::from(digit & 0xf))
    }
}

/// Shows how many, not which: they identify a subscriber.
impl fmt::Debug for Digits<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digits({})", self.0.len())
    }
}

/// Eight at a time where possible: this is on the path of every packet.
#[inline]
fn are_digits(octets: &[u8]) -> bool {
    match (octets.first_chunk(), octets.last_chunk()) {
        (Some(first), Some(last)) if octets.len() <= 16 => {
            are_eight_digits(*first) & are_eight_digits(*last)
        }
        _ => octets.iter().all(u8::is_ascii_digit),
    }
}

/// Digits are 0x30 to 0x39: the high nibble is 3, and still is when 6 is added.
#[inline]
const fn are_eight_digits(octets: [u8; 8]) -> bool {
    const HIGH: u64 = 0xf0f0_f0f0_f0f0_f0f0;
    const THREE: u64 = 0x3030_3030_3030_3030;
    let octets = u64::from_ne_bytes(octets);
    // Where the first condition holds, no octet carries into the next.
    let raised = octets.wrapping_add(0x0606_0606_0606_0606);
    octets & HIGH == THREE && raised & HIGH == THREE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_text_and_number() {
        let imsi = Digits::decode(b"001010000000001", 6, 15).unwrap();
        assert_eq!(imsi.as_str(), "001010000000001");
        assert_eq!(imsi.to_number(), 1_010_000_000_001);
        assert_eq!(format!("{imsi:?}"), "Digits(15)");
        assert_eq!(
            Digits::decode(&[b'9'; 18], 1, 18).unwrap().to_number(),
            999_999_999_999_999_999
        );
    }

    #[test]
    fn one_wrong_octet_is_found_wherever_it_is() {
        for octets in 6..=18 {
            for place in 0..octets {
                for wrong in (0..=u8::MAX).filter(|octet| !octet.is_ascii_digit()) {
                    let mut text = vec![b'5'; octets];
                    text[place] = wrong;
                    assert_eq!(Digits::decode(&text, 1, 18), None, "{wrong} at {place}");
                }
            }
        }
    }

    #[test]
    fn other_lengths_and_other_characters_are_refused() {
        assert_eq!(Digits::decode(b"0010100000000012", 6, 15), None);
        assert_eq!(Digits::decode(b"00101", 6, 15), None);
        assert_eq!(Digits::decode(b"00101000000000a", 6, 15), None);
        assert_eq!(Digits::decode(b"", 0, 15), None);
        assert_eq!(Digits::decode(&[b'1'; 19], 1, 30), None);
    }
}
