//! 3GPP-GPRS-Negotiated-QoS-Profile (5): a release indicator, a hyphen, the QoS in hexadecimal.

/// The quality of service in the text form of TS 29.061 clause 16.4.7.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct QosProfile<'a> {
    /// Which form follows: "98", "99", "05", "07", "08".
    pub release: [u8; 2],
    /// Whether the hyphen was there; one encoder in the field leaves it out.
    pub has_hyphen: bool,
    /// Hexadecimal digits of the information element, an even number of them.
    pub hex: &'a [u8],
}

impl<'a> QosProfile<'a> {
    /// From the text on the wire.
    #[must_use]
    pub fn decode(octets: &'a [u8]) -> Option<Self> {
        let (release, rest) = octets.split_first_chunk::<2>()?;
        let (has_hyphen, hex) = match rest {
            [b'-', hex @ ..] => (true, hex),
            hex => (false, hex),
        };
        let is_hex = hex.len().is_multiple_of(2) && hex.iter().all(u8::is_ascii_hexdigit);
        (release.iter().all(u8::is_ascii_digit) && is_hex).then_some(Self {
            release: *release,
            has_hyphen,
            hex,
        })
    }

    /// Appends the text as it was.
    pub fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.release);
        out.extend_from_slice(if self.has_hyphen { b"-" } else { b"" });
        out.extend_from_slice(self.hex);
    }

    /// The information element's octets.
    pub fn octets(&self) -> impl Iterator<Item = u8> + use<'a> {
        let digit = |digit: u8| {
            char::from(digit)
                .to_digit(16)
                .and_then(|d| u8::try_from(d).ok())
        };
        self.hex
            .as_chunks::<2>()
            .0
            .iter()
            .filter_map(move |[high, low]| Some(digit(*high)? << 4 | digit(*low)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_survive() {
        for text in [b"05-1B931F73".as_slice(), b"991B931F73", b"98-"] {
            let mut out = Vec::new();
            QosProfile::decode(text).unwrap().encode(&mut out);
            assert_eq!(out, text);
        }
        let profile = QosProfile::decode(b"08-090a").unwrap();
        assert_eq!(profile.octets().collect::<Vec<_>>(), [0x09, 0x0a]);
    }

    #[test]
    fn what_is_no_profile_is_refused() {
        for text in [b"".as_slice(), b"0", b"x5-00", b"05-0", b"05-0g", b"05--00"] {
            assert_eq!(QosProfile::decode(text), None, "{text:?}");
        }
    }
}
