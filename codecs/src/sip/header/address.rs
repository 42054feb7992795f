//! Headers that hold a name-addr or an addr-spec (RFC 3261 clause 20.10 and its users).

use std::borrow::Cow;

use super::{Header, ListHeader};
use crate::sip::params::unescape;
use crate::sip::scan::{Scan, is_space};
use crate::sip::{DecodeError, Name, Params, Uri};

/// `"Display name" <uri>;param=value`, or the URI without brackets.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Address<'a> {
    /// The display name as written, without quotes; escapes are left in place.
    pub display: Option<&'a str>,
    /// The URI as written.
    pub uri: &'a str,
    /// Offset of the URI in the message.
    pub uri_at: usize,
    /// The parameters of the header. Those of a URI without brackets are here too.
    pub params: Params<'a>,
}

impl<'a> Address<'a> {
    /// Reads one address.
    ///
    /// # Errors
    /// [`DecodeError::Value`] at the first octet that does not fit.
    #[inline(always)]
    pub fn scan(scan: &mut Scan<'a>) -> Result<Self, DecodeError> {
        let display = if scan.peek() == Some(b'<') {
            None
        } else {
            // Of a copy, so that the scanner itself need not be in memory.
            let mut ahead = *scan;
            let display = display(&mut ahead)?;
            *scan = ahead;
            display
        };
        let (uri, uri_at) = if scan.eat(b'<') {
            let at = scan.at();
            (scan.until(b'>')?, at)
        } else {
            let _ = scan.peek();
            let at = scan.at();
            let end = |octet| is_space(octet) || matches!(octet, b';' | b',' | b'>' | b'"');
            (scan.run(|octet| !end(octet)), at)
        };
        if uri.is_empty() {
            return Err(scan.error());
        }
        Ok(Self {
            display,
            uri,
            uri_at,
            params: scan.params()?,
        })
    }

    /// The URI, taken apart.
    ///
    /// # Errors
    /// [`DecodeError::Uri`].
    pub fn parse_uri(&self) -> Result<Uri<'a>, DecodeError> {
        Uri::parse_at(self.uri, self.uri_at)
    }

    /// The display name without escapes.
    #[must_use]
    pub fn display_text(&self) -> Option<Cow<'a, str>> {
        self.display.map(unescape)
    }

    /// The `tag` parameter of From and To.
    #[must_use]
    pub fn tag(&self) -> Option<&'a str> {
        self.params.value("tag")
    }
}

/// The display name, if one stands before the bracket.
fn display<'a>(scan: &mut Scan<'a>) -> Result<Option<&'a str>, DecodeError> {
    match scan.peek() {
        None => Err(scan.error()),
        Some(b'"') => {
            let display = scan.quoted()?;
            if scan.peek() == Some(b'<') {
                Ok(Some(display))
            } else {
                Err(scan.error())
            }
        }
        Some(_) => {
            let rest = scan.rest();
            let end = rest.find(['<', ';', ',']);
            let Some(end) = end.filter(|end| rest.as_bytes().get(*end) == Some(&b'<')) else {
                return Ok(None);
            };
            let text = scan.take(end);
            Ok(Some(text.trim_ascii_end()))
        }
    }
}

macro_rules! addresses {
    ($($kind:ident $name:ident $clause:literal;)*) => {$(
        #[doc = concat!("`", stringify!($kind), "`: ", $clause)]
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        pub struct $name<'a>(
            /// The address.
            pub Address<'a>,
        );

        impl<'a> Header<'a> for $name<'a> {
            const NAME: Name = Name::$kind;

            #[inline]
            fn scan(scan: &mut Scan<'a>) -> Result<Self, DecodeError> {
                Address::scan(scan).map(Self)
            }
        }
    )*};
}

addresses! {
    From From "the initiator of a request (RFC 3261 clause 20.20).";
    PAssertedIdentity AssertedIdentity "an identity a trusted peer vouches for (RFC 3325 clause 9.1).";
    PAssociatedUri AssociatedUri "a member of the registered set (RFC 7315 clause 4.1).";
    PPreferredIdentity PreferredIdentity "the identity a user wishes (RFC 3325 clause 9.2).";
    PServedUser ServedUser "whom a request is processed for (RFC 5502).";
    Path Path "a proxy between the user and the registrar (RFC 3327).";
    RecordRoute RecordRoute "a proxy that stays in the dialog (RFC 3261 clause 20.30).";
    ReferTo ReferTo "the target of a referral (RFC 3515 clause 2.1).";
    Route Route "the next proxies (RFC 3261 clause 20.34).";
    ServiceRoute ServiceRoute "a proxy to send requests by (RFC 3608).";
    To To "the recipient of a request (RFC 3261 clause 20.39).";
}

impl<'a> ListHeader<'a> for AssertedIdentity<'a> {}
impl<'a> ListHeader<'a> for AssociatedUri<'a> {}
impl<'a> ListHeader<'a> for Path<'a> {}
impl<'a> ListHeader<'a> for PreferredIdentity<'a> {}
impl<'a> ListHeader<'a> for RecordRoute<'a> {}
impl<'a> ListHeader<'a> for Route<'a> {}
impl<'a> ListHeader<'a> for ServiceRoute<'a> {}

/// `Contact`: where to reach the sender, or `*` (RFC 3261 clause 20.10).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Contact<'a> {
    /// All contacts of a registration, to remove them.
    Star,
    /// One contact.
    Address(Address<'a>),
}

impl<'a> Contact<'a> {
    /// The address, unless this is `*`.
    #[must_use]
    pub const fn address(self) -> Option<Address<'a>> {
        match self {
            Self::Star => None,
            Self::Address(address) => Some(address),
        }
    }
}

impl<'a> Header<'a> for Contact<'a> {
    const NAME: Name = Name::Contact;

    #[inline]
    fn scan(scan: &mut Scan<'a>) -> Result<Self, DecodeError> {
        if scan.peek().is_some() && scan.rest().trim_ascii_end() == "*" {
            scan.eat(b'*');
            return Ok(Self::Star);
        }
        Address::scan(scan).map(Self::Address)
    }
}

impl<'a> ListHeader<'a> for Contact<'a> {}

#[cfg(test)]
mod tests {
    use super::super::{bad, parse};
    use super::*;

    #[test]
    fn quoted_token_and_absent_display_names_are_told_apart() {
        let From(quoted) = parse("\"A. \\\"G\\\" <B>\"\r\n <sip:agb@ims.example> ;tag=1").unwrap();
        assert_eq!(quoted.display_text().as_deref(), Some("A. \"G\" <B>"));
        assert_eq!(quoted.uri, "sip:agb@ims.example");
        assert_eq!(quoted.tag(), Some("1"));

        let From(tokens) = parse("Alice of Example <sip:alice@ims.example;x=1>").unwrap();
        assert_eq!(tokens.display, Some("Alice of Example"));
        assert_eq!(tokens.uri, "sip:alice@ims.example;x=1");
        assert_eq!(tokens.uri_at, 18);
        assert_eq!(tokens.tag(), None);

        let From(odd) = parse("\\\"arik\\\" <sip:arik@ims.example>").unwrap();
        assert_eq!(odd.display, Some("\\\"arik\\\""));

        let To(bare) = parse("sip:alice@ims.example;tag=x").unwrap();
        assert_eq!((bare.display, bare.uri), (None, "sip:alice@ims.example"));
        assert_eq!(bare.tag(), Some("x"));
    }

    #[test]
    fn a_star_is_no_address() {
        assert_eq!(parse(" * "), Ok(Contact::Star));
        let contact: Contact<'_> = parse("<sip:*@ims.example>;expires=0").unwrap();
        assert_eq!(
            contact.address().map(|address| address.uri),
            Some("sip:*@ims.example")
        );
    }

    #[test]
    fn errors_name_the_octet() {
        assert_eq!(parse::<From<'_>>(""), Err(bad(Name::From, 0)));
        assert_eq!(
            parse::<From<'_>>("\"open <sip:a@b>"),
            Err(bad(Name::From, 0))
        );
        assert_eq!(parse::<From<'_>>("\"a\" sip:a@b"), Err(bad(Name::From, 4)));
        assert_eq!(parse::<From<'_>>("<sip:a@b"), Err(bad(Name::From, 1)));
        assert_eq!(parse::<From<'_>>("<sip:a@b> x"), Err(bad(Name::From, 10)));
        assert_eq!(
            parse::<From<'_>>("<sip:a@b>;tag="),
            Err(bad(Name::From, 14))
        );
        assert_eq!(parse::<From<'_>>("<>"), Err(bad(Name::From, 2)));
    }
}
