//! Characters, names and references of XML 1.0.

use std::borrow::Cow;

use super::{PidfError, PidfErrorKind};

/// White space (production 3).
pub(super) const fn is_space(octet: u8) -> bool {
    matches!(octet, b' ' | b'\t' | b'\n' | b'\r')
}

/// A name (production 5).
pub(super) fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text
            .split(':')
            .all(|part| part.is_empty() || is_ncname(part))
}

/// A name without a colon (Namespaces in XML, production 4).
pub(super) fn is_ncname(text: &str) -> bool {
    let Some((first, rest)) = text.as_bytes().split_first() else {
        return false;
    };
    // Almost every name is ASCII; those that are not are looked at character by character.
    let plain = |octet: &u8| CONTINUES[usize::from(*octet)];
    if STARTS[usize::from(*first)] && rest.iter().all(plain) {
        return true;
    }
    if text.is_ascii() {
        return false;
    }
    let mut characters = text.chars();
    characters.next().is_some_and(starts_name) && characters.all(continues_name)
}

/// ASCII octets that start a name, and those that continue one.
const STARTS: [bool; 256] = ascii_table(false);
const CONTINUES: [bool; 256] = ascii_table(true);

const fn ascii_table(continues: bool) -> [bool; 256] {
    let mut table = [false; 256];
    let mut octet = 0_u8;
    while octet < 128 {
        let character = octet as char;
        table[octet as usize] = if continues {
            continues_name(character)
        } else {
            starts_name(character)
        };
        octet += 1;
    }
    table
}

const fn starts_name(character: char) -> bool {
    matches!(character,
        'A'..='Z' | '_' | 'a'..='z'
        | '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{2ff}'
        | '\u{370}'..='\u{37d}' | '\u{37f}'..='\u{1fff}' | '\u{200c}'..='\u{200d}'
        | '\u{2070}'..='\u{218f}' | '\u{2c00}'..='\u{2fef}' | '\u{3001}'..='\u{d7ff}'
        | '\u{f900}'..='\u{fdcf}' | '\u{fdf0}'..='\u{fffd}' | '\u{10000}'..='\u{effff}')
}

const fn continues_name(character: char) -> bool {
    starts_name(character)
        || matches!(character,
            '-' | '.' | '0'..='9' | '\u{b7}' | '\u{300}'..='\u{36f}' | '\u{203f}'..='\u{2040}')
}

/// Whether XML allows the character (production 2).
const fn is_character(character: char) -> bool {
    matches!(character,
        '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// The octets as text of characters that XML allows; a byte order mark is not part of it.
pub(super) fn text_of(octets: &[u8]) -> Result<&str, PidfError> {
    let text = std::str::from_utf8(octets)
        .map_err(|error| PidfErrorKind::Encoding.at(error.valid_up_to()))?;
    // Without a branch in the loop, so that many octets are looked at in one step.
    let suspect = |octet: &u8| (*octet < b' ' && !is_space(*octet)) | (*octet == 0xef);
    let controls = octets
        .iter()
        .fold(false, |found, octet| found | suspect(octet));
    if controls && let Some((at, _)) = text.char_indices().find(|(_, c)| !is_character(*c)) {
        return Err(PidfErrorKind::Character.at(at));
    }
    Ok(text)
}

/// Whether `&name;` may stand in a document.
pub(super) fn check_reference(name: &str) -> Result<(), PidfErrorKind> {
    resolve(name).map(|_| ())
}

fn resolve(name: &str) -> Result<char, PidfErrorKind> {
    let number = match name {
        "amp" => return Ok('&'),
        "apos" => return Ok('\''),
        "gt" => return Ok('>'),
        "lt" => return Ok('<'),
        "quot" => return Ok('"'),
        _ => match name.strip_prefix("#x") {
            Some(digits) => number(digits, 16),
            None => match name.strip_prefix('#') {
                Some(digits) => number(digits, 10),
                None if is_name(name) => return Err(PidfErrorKind::Entity),
                None => return Err(PidfErrorKind::NotWellFormed),
            },
        },
    };
    number
        .and_then(char::from_u32)
        .filter(|character| is_character(*character))
        .ok_or(PidfErrorKind::Character)
}

fn number(digits: &str, radix: u32) -> Option<u32> {
    let plain = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    u32::from_str_radix(digits, radix).ok().filter(|_| plain)
}

/// What an element's or attribute's text says: without comments and processing instructions,
/// references and CDATA sections resolved, white space trimmed.
#[must_use]
pub fn content(raw: &str) -> Cow<'_, str> {
    let trimmed = trim(raw);
    if memchr::memchr2(b'<', b'&', trimmed.as_bytes()).is_none() {
        return Cow::Borrowed(trimmed);
    }
    let mut out = String::with_capacity(trimmed.len());
    let mut rest = trimmed;
    while let Some(place) = rest.find(['<', '&']) {
        out.push_str(&rest[..place]);
        rest = &rest[place..];
        let (said, length) = markup(rest);
        match said {
            Said::Character(character) => out.push(character),
            Said::Text(text) => out.push_str(text),
            Said::Nothing => {}
        }
        rest = &rest[length..];
    }
    out.push_str(rest);
    Cow::Owned(trim(&out).to_owned())
}

/// Without the white space of XML around it: that of Unicode is text.
fn trim(text: &str) -> &str {
    text.trim_matches(|c: char| u8::try_from(c).is_ok_and(is_space))
}

enum Said<'a> {
    Character(char),
    Text(&'a str),
    Nothing,
}

/// What the markup at the start of `text` says, and its length; at least one octet.
fn markup(text: &str) -> (Said<'_>, usize) {
    let until = |end: &str| text.find(end).map(|place| place + end.len());
    if let Some(reference) = text.strip_prefix('&') {
        let name = reference.split(';').next().unwrap_or_default();
        return match resolve(name) {
            Ok(character) => (Said::Character(character), name.len() + 2),
            Err(_) => (Said::Character('&'), 1),
        };
    }
    if text.starts_with("<![CDATA[") {
        let end = until("]]>").unwrap_or(text.len());
        let inside = text.get(9..end.saturating_sub(3)).unwrap_or_default();
        return (Said::Text(inside), end);
    }
    let end = if text.starts_with("<!--") {
        until("-->")
    } else {
        until(">")
    };
    (Said::Nothing, end.unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_is_what_the_markup_says() {
        for (raw, said) in [
            (" open\n", "open"),
            ("a&amp;b&#33;&#x41;", "a&b!A"),
            ("a<!-- no -->b<![CDATA[<c>]]><?p i?>d", "ab<c>d"),
            ("", ""),
        ] {
            assert_eq!(content(raw), said, "{raw}");
        }
    }

    #[test]
    fn references_to_anything_undefined_are_told_apart() {
        assert_eq!(check_reference("amp"), Ok(()));
        assert_eq!(check_reference("#x10FFFF"), Ok(()));
        assert_eq!(check_reference("x"), Err(PidfErrorKind::Entity));
        assert_eq!(check_reference("#0"), Err(PidfErrorKind::Character));
        assert_eq!(check_reference("#xD800"), Err(PidfErrorKind::Character));
        assert_eq!(check_reference("#+65"), Err(PidfErrorKind::Character));
        assert_eq!(check_reference("1"), Err(PidfErrorKind::NotWellFormed));
    }

    #[test]
    fn names_are_those_of_xml() {
        for name in ["a", "_1", "x-y.z", "é", "a\u{b7}"] {
            assert!(is_ncname(name), "{name}");
        }
        for name in ["", "1a", "-a", "a:b", "a b", "\u{d7}"] {
            assert!(!is_ncname(name), "{name}");
        }
    }

    #[test]
    fn text_of_octets_is_checked() {
        assert_eq!(text_of(b"a\tb"), Ok("a\tb"));
        assert_eq!(text_of(b"a\0"), Err(PidfErrorKind::Character.at(1)));
        assert_eq!(text_of(b"ab\xff"), Err(PidfErrorKind::Encoding.at(2)));
        let nonchar = "x\u{ffff}";
        let refused = Err(PidfErrorKind::Character.at(1));
        assert_eq!(text_of(nonchar.as_bytes()), refused);
    }
}
