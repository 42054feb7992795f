//! 3GPP-NSAPI (10): which of the subscriber's contexts, as one hexadecimal character.

/// Network service access point identifier, 0 to 15; contexts use 5 to 15.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Nsapi(u8);

impl Nsapi {
    /// From a number up to 15.
    #[must_use]
    pub const fn new(number: u8) -> Option<Self> {
        if number < 16 {
            Some(Self(number))
        } else {
            None
        }
    }

    /// From the one hexadecimal character on the wire, either case.
    #[must_use]
    pub fn decode(octets: &[u8]) -> Option<Self> {
        let &[character] = octets else { return None };
        let number = char::from(character).to_digit(16)?;
        u8::try_from(number).ok().map(Self)
    }

    /// The character on the wire, in upper case as the specification shows it.
    #[must_use]
    pub const fn encode(self) -> [u8; 1] {
        [if self.0 < 10 {
            b'0' + self.0
        } else {
            b'A' + (self.0 - 10)
        }]
    }

    /// The number.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_is_one_character() {
        for number in 0..16 {
            let nsapi = Nsapi::new(number).unwrap();
            assert_eq!(Nsapi::decode(&nsapi.encode()), Some(nsapi));
        }
        assert_eq!(Nsapi::new(15).unwrap().encode(), *b"F");
        assert_eq!(Nsapi::decode(b"f").unwrap().number(), 15);
    }

    #[test]
    fn anything_else_is_refused() {
        for octets in [b"".as_slice(), b"G", b"05", &[5], &[0xff]] {
            assert_eq!(Nsapi::decode(octets), None, "{octets:?}");
        }
        assert_eq!(Nsapi::new(16), None);
    }
}
