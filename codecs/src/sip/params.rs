//! Parameters of headers and URIs: `;name=value` (RFC 3261 clauses 19.1.1 and 25.1).

use std::borrow::Cow;

use super::find::{find, seek};
use super::scan::{is_space, quoted_len};

/// A run of parameters, read when asked for.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Params<'a> {
    raw: &'a str,
}

/// One parameter.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Param<'a> {
    /// Its name, as it was written; compare without case.
    pub name: &'a str,
    /// Its value as it was written, quotes included; `None` for a flag such as `;rport`.
    pub raw: Option<&'a str>,
}

impl<'a> Params<'a> {
    /// Takes `;name=value;...`; the octets before the first semicolon are passed over.
    #[must_use]
    pub const fn new(raw: &'a str) -> Self {
        Self { raw }
    }

    /// The parameters as written, with the leading semicolon.
    #[must_use]
    pub const fn as_str(self) -> &'a str {
        self.raw
    }

    /// Every parameter in order; empty ones are left out.
    pub fn iter(self) -> impl Iterator<Item = Param<'a>> {
        let mut rest = self.raw;
        std::iter::from_fn(move || {
            loop {
                let start = rest.bytes().position(|octet| octet == b';')?;
                rest = rest.get(start + 1..)?;
                let piece = rest.get(..piece_len(rest.as_bytes()))?;
                rest = rest.get(piece.len()..)?;
                if let Some(param) = Param::parse(piece) {
                    return Some(param);
                }
            }
        })
    }

    /// The first parameter called `name`, in any case.
    #[must_use]
    pub fn find(self, name: &str) -> Option<Param<'a>> {
        let mut rest = self.raw;
        loop {
            let start = rest.bytes().position(|octet| octet == b';')?;
            rest = rest.get(start + 1..)?;
            // Only what starts so is taken apart.
            if let Some(named) = after(rest, name) {
                if let Some(value) = named.strip_prefix('=') {
                    let raw = value.get(..piece_len(value.as_bytes()))?;
                    let name = rest.get(..rest.len() - named.len()).map(trim)?;
                    let raw = Some(trim(raw));
                    return Some(Param { name, raw });
                }
                let piece = rest.get(..piece_len(rest.as_bytes()))?;
                // Nothing but the one that is meant has its name in it.
                let param = Param::parse(piece).filter(|param| param.name.len() == name.len());
                if param.is_some() {
                    return param;
                }
            }
            rest = rest.get(piece_len(rest.as_bytes())..)?;
        }
    }

    /// Whether there is a parameter called `name`, with or without value.
    #[must_use]
    pub fn has(self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// The value of the parameter called `name`, without quotes, escapes left in place.
    #[must_use]
    pub fn value(self, name: &str) -> Option<&'a str> {
        self.find(name)?.value()
    }
}

impl<'a> Param<'a> {
    fn parse(piece: &'a str) -> Option<Self> {
        let sign = find(piece.as_bytes(), b'=');
        let (name, raw) = match sign.and_then(|at| Some((piece.get(..at)?, piece.get(at + 1..)?))) {
            Some((name, raw)) => (trim(name), Some(trim(raw))),
            None => (trim(piece), None),
        };
        (!name.is_empty()).then_some(Self { name, raw })
    }

    /// The value without quotes, escapes left in place.
    #[must_use]
    pub fn value(self) -> Option<&'a str> {
        let raw = self.raw?;
        let inside = raw.strip_prefix('"').and_then(|raw| raw.strip_suffix('"'));
        Some(inside.unwrap_or(raw))
    }

    /// The value without quotes and escapes.
    #[must_use]
    pub fn text(self) -> Option<Cow<'a, str>> {
        let value = self.value()?;
        Some(if value.len() == self.raw?.len() {
            Cow::Borrowed(value)
        } else {
            unescape(value)
        })
    }
}

/// The inside of a quoted string without its escapes.
#[must_use]
pub fn unescape(inside: &str) -> Cow<'_, str> {
    if !inside.contains('\\') {
        return Cow::Borrowed(inside);
    }
    let mut out = String::with_capacity(inside.len());
    let mut chars = inside.chars();
    while let Some(char) = chars.next() {
        match char {
            '\\' => out.extend(chars.next()),
            _ => out.push(char),
        }
    }
    Cow::Owned(out)
}

/// What follows `name` where `text` starts with it, in any case and after white space.
#[inline]
fn after<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let octets = text.as_bytes();
    let ahead = octets.iter().take_while(|octet| is_space(**octet)).count();
    let octets = octets.get(ahead..)?;
    // Most differ in the first letter already.
    let first = |octets: &[u8]| octets.first().map(u8::to_ascii_lowercase);
    let name = name.as_bytes();
    if first(octets) != first(name) {
        return None;
    }
    let start = octets.get(..name.len())?;
    if !start.eq_ignore_ascii_case(name) {
        return None;
    }
    text.get(ahead + name.len()..)
}

/// Length of the piece up to the next semicolon outside quotes.
fn piece_len(octets: &[u8]) -> usize {
    let mut at = 0;
    loop {
        at = seek(octets, at, |word| word.is(b';') | word.is(b'"'));
        if octets.get(at) != Some(&b'"') {
            return at;
        }
        match quoted_len(&octets[at + 1..]) {
            Some(len) => at += len + 2,
            None => return octets.len(),
        }
    }
}

fn trim(text: &str) -> &str {
    // White space is single octets: nothing is cut in a character's midst.
    let octets = text.as_bytes();
    let ahead = octets.iter().take_while(|octet| is_space(**octet)).count();
    let text = text.get(ahead..).unwrap_or_default();
    let behind = text.bytes().rev().take_while(|octet| is_space(*octet));
    text.get(..text.len() - behind.count()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_match_in_any_case_and_quotes_hide_semicolons() {
        let params = Params::new("; Tag = abc ;;rport;text=\"a;b \\\" c\" ;last=1");
        let names: Vec<_> = params.iter().map(|param| param.name).collect();
        assert_eq!(names, ["Tag", "rport", "text", "last"]);
        assert_eq!(params.value("tag"), Some("abc"));
        assert!(params.has("RPORT"));
        assert_eq!(params.value("rport"), None);
        assert_eq!(params.value("text"), Some("a;b \\\" c"));
        let text = params.find("text").and_then(Param::text);
        assert_eq!(text.as_deref(), Some("a;b \" c"));
    }

    #[test]
    fn a_quote_without_end_takes_the_rest() {
        let params = Params::new(";a=\"b;c=d");
        assert_eq!(params.iter().count(), 1);
        assert_eq!(params.value("a"), Some("\"b;c=d"));
        assert_eq!(params.value("c"), None);
    }
}
