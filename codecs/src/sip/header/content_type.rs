//! `Content-Type` (RFC 3261 clause 20.15).

use super::Header;
use crate::sip::scan::Scan;
use crate::sip::{DecodeError, Name, Params};

/// The media type of the body.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ContentType<'a> {
    /// Type, such as `application`.
    pub kind: &'a str,
    /// Subtype, such as `pidf+xml`.
    pub subtype: &'a str,
    /// `charset`, `boundary` and so on.
    pub params: Params<'a>,
}

impl<'a> ContentType<'a> {
    /// Whether this is `media` (`type/subtype`), without case and parameters.
    #[must_use]
    pub fn is(&self, media: &str) -> bool {
        media.split_once('/').is_some_and(|(kind, subtype)| {
            kind.eq_ignore_ascii_case(self.kind) && subtype.eq_ignore_ascii_case(self.subtype)
        })
    }

    /// What separates the parts of a multipart body.
    #[must_use]
    pub fn boundary(&self) -> Option<&'a str> {
        self.params.value("boundary")
    }
}

impl<'a> Header<'a> for ContentType<'a> {
    const NAME: Name = Name::ContentType;

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

#[cfg(test)]
mod tests {
    use super::super::{bad, parse};
    use super::*;

    #[test]
    fn type_and_boundary_are_read() {
        let mixed: ContentType<'_> = parse("Multipart/Mixed; boundary=\"a b\"").unwrap();
        assert!(mixed.is("multipart/mixed"));
        assert!(!mixed.is("multipart/related"));
        assert!(!mixed.is("multipart"));
        assert_eq!(mixed.boundary(), Some("a b"));
        assert_eq!(
            parse::<ContentType<'_>>("text/"),
            Err(bad(Name::ContentType, 5))
        );
    }
}
