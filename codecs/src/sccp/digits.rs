//! Digits of a global title: two in an octet, the first in the low four bits (Q.713 clause 3.4.2.3).

use std::fmt;

/// Digits as they are on the wire. [`fmt::Display`] shows them in base 16, since the codes 10 to 15 occur;
/// [`fmt::Debug`] shows how many there are, since they may be a subscriber's.
#[derive(Clone, Copy)]
pub struct Digits<'a> {
    octets: &'a [u8],
    odd: bool,
}

impl<'a> Digits<'a> {
    /// All digits of `octets`; without the last half octet when their number is odd.
    #[must_use]
    pub const fn new(octets: &'a [u8], odd: bool) -> Self {
        let odd = odd && !octets.is_empty();
        Self { octets, odd }
    }

    /// How many digits there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        let odd = if self.odd { 1 } else { 0 };
        self.octets.len().saturating_mul(2).saturating_sub(odd)
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.octets.is_empty()
    }

    /// Whether their number is odd.
    #[must_use]
    pub const fn is_odd(&self) -> bool {
        self.odd
    }

    /// The octets they are in.
    #[must_use]
    pub const fn octets(&self) -> &'a [u8] {
        self.octets
    }

    /// The digits in their order, as numbers from 0 to 15.
    #[must_use = "iterators are lazy"]
    pub fn iter(&self) -> impl Iterator<Item = u8> + use<'a> {
        self.octets
            .iter()
            .flat_map(|octet| [octet & 0x0f, octet >> 4])
            .take(self.len())
    }

    /// Appends `text` as digits; true when their number is odd, `None` (and nothing appended) when
    /// it is not made of digits.
    pub fn write(text: &str, out: &mut Vec<u8>) -> Option<bool> {
        let start = out.len();
        let mut low = None;
        for character in text.bytes() {
            let Some(code) = CHARACTERS.iter().position(|known| *known == character) else {
                out.truncate(start);
                return None;
            };
            let code = u8::try_from(code).unwrap_or_default();
            match low.take() {
                None => low = Some(code),
                Some(low) => out.push(low | code << 4),
            }
        }
        out.extend(low);
        Some(low.is_some())
    }
}

/// Equal when they are the same digits, whatever fills the last half octet.
impl PartialEq for Digits<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.odd == other.odd
            && (self.octets == other.octets
                || self.len() == other.len() && self.iter().eq(other.iter()))
    }
}

impl Eq for Digits<'_> {}

impl fmt::Display for Digits<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A text at a time: digits one by one cost more than all the rest of an address.
        let mut left = self.len();
        for octets in self.octets.chunks(TEXT_OCTETS) {
            let mut text = [0; 2 * TEXT_OCTETS];
            for (pair, octet) in text.as_chunks_mut::<2>().0.iter_mut().zip(octets) {
                *pair = [octet & 0x0f, octet >> 4].map(|code| CHARACTERS[usize::from(code)]);
            }
            let digits = left.min(2 * octets.len());
            left -= digits;
            let text = text.get(..digits).unwrap_or_default();
            f.write_str(str::from_utf8(text).map_err(|_| fmt::Error)?)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Digits<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digits({})", self.len())
    }
}

/// How many octets are shown at a time: a number of the usual length is one text.
const TEXT_OCTETS: usize = 16;

/// What the codes look like.
const CHARACTERS: &[u8; 16] = b"0123456789abcdef";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_survives_the_wire() {
        for (text, octets, odd) in [
            ("", &[][..], false),
            ("9", &[0x09], true),
            ("99900000147", &[0x99, 0x09, 0x00, 0x00, 0x41, 0x07], true),
            ("12bf", &[0x21, 0xfb], false),
            (
                "123456789012345678901234567890123",
                &[
                    0x21, 0x43, 0x65, 0x87, 0x09, 0x21, 0x43, 0x65, 0x87, 0x09, 0x21, 0x43, 0x65,
                    0x87, 0x09, 0x21, 0x03,
                ],
                true,
            ),
        ] {
            let mut out = Vec::new();
            assert_eq!(Digits::write(text, &mut out), Some(odd));
            assert_eq!(out, octets);
            let digits = Digits::new(&out, odd);
            assert_eq!(digits.to_string(), text);
            assert_eq!(digits.len(), text.len());
            assert_eq!(digits.is_empty(), text.is_empty());
        }
    }

    #[test]
    fn what_fills_the_last_half_octet_does_not_count() {
        assert_eq!(
            Digits::new(&[0x21, 0xf3], true),
            Digits::new(&[0x21, 0x03], true)
        );
        assert_ne!(
            Digits::new(&[0x21, 0xf3], false),
            Digits::new(&[0x21, 0x03], false)
        );
        assert_ne!(
            Digits::new(&[0x21, 0x03], true),
            Digits::new(&[0x21, 0x03], false)
        );
        assert_eq!(Digits::new(&[], true).len(), 0);
    }

    #[test]
    fn what_is_no_digit_is_refused_and_leaves_nothing() {
        let mut out = vec![1];
        assert_eq!(Digits::write("12+3", &mut out), None);
        assert_eq!(out, [1]);
    }

    #[test]
    fn digits_are_not_shown_by_debug() {
        assert_eq!(format!("{:?}", Digits::new(&[0x21], false)), "Digits(2)");
    }
}
