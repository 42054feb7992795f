//! The identity of a network: MCC and MNC (TS 24.008 clause 10.5.1.3, TS 29.060, TS 29.002).

use std::fmt;

/// Mobile country code and mobile network code, as the three octets they travel in.
///
/// ```text
///   8 7 6 5   4 3 2 1
/// | MCC 2   | MCC 1   |
/// | MNC 3   | MCC 3   |   MNC 3 is F for an MNC of two digits
/// | MNC 2   | MNC 1   |
/// ```
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Plmn([u8; 3]);

impl Plmn {
    /// From the octets on the wire; nothing if a nibble is not a digit.
    #[must_use]
    pub const fn from_wire(octets: [u8; 3]) -> Option<Self> {
        let [a, b, c] = octets;
        let is_digits = a & 0xf <= 9 && a >> 4 <= 9 && b & 0xf <= 9 && c & 0xf <= 9 && c >> 4 <= 9;
        if is_digits && (b >> 4 <= 9 || b >> 4 == 0xf) {
            Some(Self(octets))
        } else {
            None
        }
    }

    /// From five or six ASCII digits, MCC first.
    #[must_use]
    pub fn from_digits(digits: &[u8]) -> Option<Self> {
        let (&[mcc1, mcc2, mcc3, mnc1, mnc2], rest) = digits.split_first_chunk::<5>()?;
        let mnc3 = match rest {
            [] => 0xf,
            [digit @ b'0'..=b'9'] => digit - b'0',
            _ => return None,
        };
        if ![mcc1, mcc2, mcc3, mnc1, mnc2]
            .iter()
            .all(u8::is_ascii_digit)
        {
            return None;
        }
        let nibble = |digit: u8| digit & 0xf;
        Some(Self([
            nibble(mcc2) << 4 | nibble(mcc1),
            mnc3 << 4 | nibble(mcc3),
            nibble(mnc2) << 4 | nibble(mnc1),
        ]))
    }

    /// The octets to put on the wire.
    #[must_use]
    pub const fn to_wire(self) -> [u8; 3] {
        self.0
    }

    /// Mobile country code, 0 to 999.
    #[must_use]
    pub fn mcc(self) -> u16 {
        let [a, b, _] = self.0;
        u16::from(a & 0xf) * 100 + u16::from(a >> 4) * 10 + u16::from(b & 0xf)
    }

    /// Mobile network code, to be read together with [`Self::mnc_digits`]: 01 is not 001.
    #[must_use]
    pub fn mnc(self) -> u16 {
        let [_, b, c] = self.0;
        let two = u16::from(c & 0xf) * 10 + u16::from(c >> 4);
        if self.mnc_digits() == 2 {
            two
        } else {
            two * 10 + u16::from(b >> 4)
        }
    }

    /// How many digits the MNC has, 2 or 3.
    #[must_use]
    pub const fn mnc_digits(self) -> u8 {
        if self.0[1] >> 4 == 0xf { 2 } else { 3 }
    }
}

/// The digits, MCC first, nothing between: `00101`.
impl fmt::Display for Plmn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = usize::from(self.mnc_digits());
        write!(f, "{:03}{:0digits$}", self.mcc(), self.mnc())
    }
}

impl fmt::Debug for Plmn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Plmn({self})")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn two_digits_are_filled_up() {
        let plmn = Plmn::from_wire([0x00, 0xf1, 0x10]).unwrap();
        assert_eq!((plmn.mcc(), plmn.mnc(), plmn.mnc_digits()), (1, 1, 2));
        assert_eq!(plmn.to_string(), "00101");
    }

    #[test]
    fn three_digits_keep_their_order() {
        let plmn = Plmn::from_wire([0x99, 0x39, 0x21]).unwrap();
        assert_eq!((plmn.mcc(), plmn.mnc(), plmn.mnc_digits()), (999, 123, 3));
        assert_eq!(Plmn::from_digits(b"999123"), Some(plmn));
    }

    #[test]
    fn what_is_no_digit_is_refused() {
        for octets in [
            [0x0a, 0xf1, 0x10],
            [0xa0, 0xf1, 0x10],
            [0x00, 0xe1, 0x10],
            [0xff; 3],
        ] {
            assert_eq!(Plmn::from_wire(octets), None, "{octets:02x?}");
        }
        for digits in [b"0010".as_slice(), b"0010123", b"0010x", b"00101x", b""] {
            assert_eq!(Plmn::from_digits(digits), None, "{digits:?}");
        }
    }

    proptest! {
        #[test]
        fn what_decodes_encodes_to_itself(octets: [u8; 3]) {
            if let Some(plmn) = Plmn::from_wire(octets) {
                prop_assert_eq!(plmn.to_wire(), octets);
                prop_assert_eq!(Plmn::from_digits(plmn.to_string().as_bytes()), Some(plmn));
            }
        }
    }
}
