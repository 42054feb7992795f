//! Lists of tokens: option tags, methods, event packages.

use super::{Header, ListHeader};
use crate::sip::scan::Scan;
use crate::sip::{DecodeError, Method, Name};

macro_rules! tokens {
    ($($name:ident $meaning:literal;)*) => {$(
        #[doc = $meaning]
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        pub struct $name<'a>(
            /// The token as written.
            pub &'a str,
        );

        impl<'a> Header<'a> for $name<'a> {
            const NAME: Name = Name::$name;

            fn scan(scan: &mut Scan<'a>) -> Result<Self, DecodeError> {
                scan.token().map(Self)
            }
        }

        impl<'a> ListHeader<'a> for $name<'a> {}
    )*};
}

tokens! {
    AllowEvents "`Allow-Events`: an event package that is supported (RFC 6665 clause 8.2.2).";
    ContentEncoding "`Content-Encoding`: how the body is coded (RFC 3261 clause 20.12).";
    ProxyRequire "`Proxy-Require`: an option a proxy must support (RFC 3261 clause 20.29).";
    Require "`Require`: an option the server must support (RFC 3261 clause 20.32).";
    Supported "`Supported`: an option the sender supports (RFC 3261 clause 20.37).";
    Unsupported "`Unsupported`: an option the server lacks (RFC 3261 clause 20.40).";
}

/// `Allow`: a method that is supported (RFC 3261 clause 20.5).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Allow<'a>(
    /// The method.
    pub Method<'a>,
);

impl<'a> Header<'a> for Allow<'a> {
    const NAME: Name = Name::Allow;

    fn scan(scan: &mut Scan<'a>) -> Result<Self, DecodeError> {
        Ok(Self(Method::find(scan.token()?)))
    }
}

impl<'a> ListHeader<'a> for Allow<'a> {}

#[cfg(test)]
mod tests {
    use super::super::{bad, parse};
    use super::*;

    #[test]
    fn a_token_is_read_and_what_follows_is_an_error() {
        assert_eq!(parse(" eventlist "), Ok(Require("eventlist")));
        assert_eq!(parse("PUBLISH"), Ok(Allow(Method::Publish)));
        let error = parse::<Require<'_>>("event list");
        assert_eq!(error, Err(bad(Name::Require, 6)));
    }
}
