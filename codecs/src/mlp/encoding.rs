//! From the octets of a document to its text (XML 1.0 clause 4.3.3).

use std::borrow::Cow;

use super::{MlpError, MlpErrorKind};

/// The text of a document in UTF-8, US-ASCII, ISO-8859-1 or UTF-16, by its byte order mark or its
/// declaration. Text in UTF-8 is borrowed; a byte order mark is not part of it.
///
/// # Errors
/// [`MlpErrorKind::Encoding`] for octets that are not in the encoding they declare, and for other
/// encodings.
pub fn text_of(octets: &[u8]) -> Result<Cow<'_, str>, MlpError> {
    if let Some(rest) = octets.strip_prefix(b"\xef\xbb\xbf") {
        return utf8(rest, 3);
    }
    if let Some(rest) = octets.strip_prefix(b"\xfe\xff") {
        return utf16(rest, u16::from_be_bytes);
    }
    if let Some(rest) = octets.strip_prefix(b"\xff\xfe") {
        return utf16(rest, u16::from_le_bytes);
    }
    match declared(octets) {
        None => utf8(octets, 0),
        Some((name, at)) => {
            let is = |known: &[&[u8]]| known.iter().any(|known| name.eq_ignore_ascii_case(known));
            if is(&[b"utf-8", b"utf8", b"us-ascii", b"ascii"]) {
                utf8(octets, 0)
            } else if is(&[b"iso-8859-1", b"latin1"]) {
                // Every octet is the character of the same number.
                Ok(match octets.is_ascii() {
                    true => Cow::Borrowed(std::str::from_utf8(octets).unwrap_or_default()),
                    false => octets.iter().map(|octet| char::from(*octet)).collect(),
                })
            } else {
                Err(MlpErrorKind::Encoding.at(at))
            }
        }
    }
}

fn utf8(octets: &[u8], before: usize) -> Result<Cow<'_, str>, MlpError> {
    std::str::from_utf8(octets)
        .map(Cow::Borrowed)
        .map_err(|error| MlpErrorKind::Encoding.at(before + error.valid_up_to()))
}

/// The text behind a byte order mark.
fn utf16(octets: &[u8], unit: fn([u8; 2]) -> u16) -> Result<Cow<'_, str>, MlpError> {
    let (pairs, rest) = octets.as_chunks::<2>();
    let units = pairs.iter().map(|pair| unit(*pair));
    let mut text = String::with_capacity(pairs.len());
    let mut at = 2;
    for character in char::decode_utf16(units) {
        let character = character.map_err(|_| MlpErrorKind::Encoding.at(at))?;
        at += 2 * character.len_utf16();
        text.push(character);
    }
    match rest {
        [] => Ok(Cow::Owned(text)),
        _ => Err(MlpErrorKind::Encoding.at(at)),
    }
}

/// The name of the encoding that the declaration tells, and its offset.
fn declared(octets: &[u8]) -> Option<(&[u8], usize)> {
    /// The longest declaration that is looked at.
    const DECLARATION_MAX: usize = 256;
    let head = octets.get(..DECLARATION_MAX.min(octets.len()))?;
    let inside = head.strip_prefix(b"<?xml")?;
    let end = inside.windows(2).position(|pair| pair == b"?>")?;
    let inside = &inside[..end];
    let name = b"encoding";
    let start = inside.windows(name.len()).position(|part| part == name)? + name.len();
    let value = inside[start..].trim_ascii_start().strip_prefix(b"=")?;
    let value = value.trim_ascii_start();
    let (quote, value) = value.split_first()?;
    let end = memchr::memchr(*quote, value).filter(|_| matches!(quote, b'"' | b'\''))?;
    // The slices lie in one another, so that the rest tells the offset.
    let at = b"<?xml".len() + inside.len() - value.len();
    Some((&value[..end], at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_encodings_are_read() {
        assert_eq!(text_of(b"\xef\xbb\xbf<a/>").unwrap(), "<a/>");
        assert_eq!(text_of("<a>é</a>".as_bytes()).unwrap(), "<a>é</a>");
        let latin = b"<?xml version='1.0' encoding = \"ISO-8859-1\"?><a>\xe9</a>";
        assert!(text_of(latin).unwrap().ends_with("<a>é</a>"));
        let plain = b"<?xml version='1.0' encoding='iso-8859-1'?><a/>";
        assert!(matches!(text_of(plain), Ok(Cow::Borrowed(_))));
        for (mark, unit) in [
            (0xfeff_u16.to_be_bytes(), u16::to_be_bytes as fn(u16) -> _),
            (0xfeff_u16.to_le_bytes(), u16::to_le_bytes),
        ] {
            let mut octets = mark.to_vec();
            octets.extend("<a>é\u{1f600}</a>".encode_utf16().flat_map(unit));
            assert_eq!(text_of(&octets).unwrap(), "<a>é\u{1f600}</a>");
        }
    }

    #[test]
    fn what_is_not_in_its_encoding_is_told_with_its_offset() {
        for (octets, at) in [
            (&b"<a>\xe9</a>"[..], 3),
            (b"\xef\xbb\xbf<a>\xe9</a>", 6),
            (b"\xfe\xff\0<\0", 4),
            (b"\xfe\xff\0<\xd8\0\0a", 4),
            (b"<?xml version='1.0' encoding='EBCDIC'?><a/>", 30),
        ] {
            assert_eq!(text_of(octets), Err(MlpErrorKind::Encoding.at(at)));
        }
    }
}
