//! `Accept` (RFC 3261 clause 20.1).

use super::{Header, ListHeader};
use crate::sip::scan::Scan;
use crate::sip::{DecodeError, Name, Params};

/// One media range that the sender understands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Accept<'a> {
    /// Type, or `*`.
    pub kind: &'a str,
    /// Subtype, or `*`.
    pub subtype: &'a str,
    /// Parameters of the type, `q`, and extensions.
    pub params: Params<'a>,
}

impl Accept<'_> {
    /// The preference in thousandths: 1000 when none is given, 0 for "not acceptable".
    #[must_use]
    pub fn preference(&self) -> u16 {
        self.params.value("q").and_then(thousandths).unwrap_or(1000)
    }

    /// Whether `media` (`type/subtype`) is in this range.
    #[must_use]
    pub fn admits(&self, media: &str) -> bool {
        let (kind, subtype) = media.split_once('/').unwrap_or((media, ""));
        let fits = |range: &str, name: &str| range == "*" || range.eq_ignore_ascii_case(name);
        fits(self.kind, kind) && fits(self.subtype, subtype)
    }
}

/// A q-value: `0`, `1`, or either with up to three decimals.
fn thousandths(text: &str) -> Option<u16> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let plain = |text: &str| text.bytes().all(|octet| octet.is_ascii_digit());
    if !matches!(whole, "" | "0" | "1") || decimals.len() > 3 || !plain(decimals) {
        return None;
    }
    let digits = decimals.bytes().chain(std::iter::repeat(b'0')).take(3);
    let decimals = digits.fold(0, |sum, digit| sum * 10 + u16::from(digit - b'0'));
    Some((u16::from(whole == "1") * 1000 + decimals).min(1000))
}

impl<'a> Header<'a> for Accept<'a> {
    const NAME: Name = Name::Accept;

    fn scan(scan: &mut Scan<'a>) -> Result<Self, DecodeError> {
        let kind = scan.token()?;
        scan.expect(b'/')?;
        Ok(Self {
            kind,
            subtype: scan.token()?,
            params: scan.params()?,
        })
    }
}

impl<'a> ListHeader<'a> for Accept<'a> {}

#[cfg(test)]
mod tests {
    use super::super::{bad, parse};
    use super::*;

    #[test]
    fn preferences_are_thousandths() {
        for (text, preference) in [
            ("application/pidf+xml", 1000),
            ("application/pidf-diff+xml;q=0.25", 250),
            ("a/b;q=0", 0),
            ("a/b;q=1.000", 1000),
            ("a/b;q=1.5", 1000),
            ("a/b;q=.5", 500),
            ("a/b;q=0.1234", 1000),
            ("a/b;q=-1", 1000),
        ] {
            let accept: Accept<'_> = parse(text).unwrap();
            assert_eq!(accept.preference(), preference, "{text}");
        }
    }

    #[test]
    fn ranges_admit_without_case_and_with_stars() {
        let exact: Accept<'_> = parse("Application / PIDF+xml").unwrap();
        assert!(exact.admits("application/pidf+xml"));
        assert!(!exact.admits("application/pidf"));
        let range: Accept<'_> = parse("application/*").unwrap();
        assert!(range.admits("application/pidf+xml"));
        assert!(!range.admits("text/plain"));
        assert_eq!(
            parse::<Accept<'_>>("application"),
            Err(bad(Name::Accept, 11))
        );
    }
}
