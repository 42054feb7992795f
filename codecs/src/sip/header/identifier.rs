//! Opaque identifiers: `Call-ID` (RFC 3261 clause 20.8), entity-tags (RFC 3903, RFC 5839).

use super::Header;
use crate::sip::scan::{Scan, is_space};
use crate::sip::{DecodeError, Name};

macro_rules! identifiers {
    ($($name:ident $meaning:literal;)*) => {$(
        #[doc = $meaning]
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        pub struct $name<'a>(
            /// As written; compared with case.
            pub &'a str,
        );

        impl<'a> Header<'a> for $name<'a> {
            const NAME: Name = Name::$name;

            #[inline]
            fn scan(scan: &mut Scan<'a>) -> Result<Self, DecodeError> {
                let word = scan.stretch(|word| word.is_below(b'!'), is_space);
                if word.is_empty() {
                    return Err(scan.error());
                }
                Ok(Self(word))
            }
        }
    )*};
}

identifiers! {
    CallId "`Call-ID`: identifies a dialog, or the registrations of a client.";
    SipEtag "`SIP-ETag`: the entity-tag a publication or a notified state was given.";
    SipIfMatch "`SIP-If-Match`: the entity-tag of the publication that a PUBLISH is about.";
    SuppressIfMatch "`Suppress-If-Match`: the entity-tag a watcher already has, or `*`.";
}

#[cfg(test)]
mod tests {
    use super::super::{bad, parse};
    use super::*;

    #[test]
    fn any_word_is_an_identifier_and_two_words_are_not() {
        assert_eq!(
            parse("a84b4c76e66710@[::1] "),
            Ok(CallId("a84b4c76e66710@[::1]"))
        );
        assert_eq!(parse::<CallId<'_>>(" "), Err(bad(Name::CallId, 1)));
        let two = parse::<SipIfMatch<'_>>("dx200xyz kwj449x");
        assert_eq!(two, Err(bad(Name::SipIfMatch, 9)));
    }
}
