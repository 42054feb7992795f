//! Base64 (RFC 4648 clause 4) of the short octet strings that a location is made of.

/// Decodes to at most `N` octets and tells how many they are; nothing if it is no base64 or longer.
///
/// Padding may be missing or too long, and what is left of the last character need not be zero, as
/// HSSs write it.
pub(super) fn decode<const N: usize>(text: &str) -> Option<([u8; N], usize)> {
    let text = text.trim_ascii().trim_end_matches('=').as_bytes();
    if text.len() % 4 == 1 {
        return None;
    }
    let mut octets = [0; N];
    let mut len = 0;
    for quantum in text.chunks(4) {
        let mut bits = 0_u32;
        for character in quantum {
            let value = *VALUES.get(usize::from(*character))?;
            if value == NONE {
                return None;
            }
            bits = bits << 6 | u32::from(value);
        }
        bits <<= 6 * (4 - quantum.len());
        let [_, a, b, c] = bits.to_be_bytes();
        for octet in [a, b, c].into_iter().take(quantum.len() - 1) {
            *octets.get_mut(len)? = octet;
            len += 1;
        }
    }
    Some((octets, len))
}

/// Decodes exactly `N` octets.
pub(super) fn exactly<const N: usize>(text: &str) -> Option<[u8; N]> {
    decode(text).and_then(|(octets, len)| (len == N).then_some(octets))
}

const NONE: u8 = 0xff;

/// The value of every ASCII character.
const VALUES: [u8; 128] = {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut values = [NONE; 128];
    let mut value = 0;
    while value < 64_u8 {
        values[alphabet[value as usize] as usize] = value;
        value += 1;
    }
    values
};

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_examples_of_the_specification_are_read() {
        for (text, octets) in [
            ("", ""),
            ("Zg==", "f"),
            ("Zm8=", "fo"),
            ("Zm9v", "foo"),
            ("Zm9vYg==", "foob"),
            ("Zm9vYmE=", "fooba"),
            (" Zm9vYmFy\n", "foobar"),
        ] {
            let (found, len) = decode::<8>(text).unwrap();
            assert_eq!(&found[..len], octets.as_bytes());
        }
    }

    #[test]
    fn missing_and_excessive_padding_is_forgiven() {
        assert_eq!(exactly::<1>("Zg"), Some(*b"f"));
        assert_eq!(exactly::<3>("Zm9v=="), Some(*b"foo"));
        assert_eq!(exactly::<1>("Zh=="), Some(*b"f"));
    }

    #[test]
    fn what_is_no_base64_or_too_long_is_none() {
        for text in ["Z", "Zm9vY", "Zm 9", "Zm-v", "Zm9é", "=Zg"] {
            assert_eq!(decode::<8>(text), None, "{text}");
        }
        assert_eq!(decode::<2>("Zm9v"), None);
        assert_eq!(exactly::<4>("Zm9v"), None);
    }

    proptest! {
        #[test]
        fn any_octets_survive(octets in any::<[u8; 10]>()) {
            const ALPHABET: &[u8] =
                b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
            let bits: Vec<u8> = octets
                .iter()
                .flat_map(|octet| (0..8).rev().map(move |bit| octet >> bit & 1))
                .collect();
            let text: String = bits
                .chunks(6)
                .map(|six| {
                    let value = (0..6).fold(0, |value, n| value << 1 | six.get(n).unwrap_or(&0));
                    char::from(ALPHABET[usize::from(value)])
                })
                .collect();
            prop_assert_eq!(exactly::<10>(&text), Some(octets));
        }
    }
}
