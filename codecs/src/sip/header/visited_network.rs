//! `P-Visited-Network-ID` (RFC 7315 clause 4.3).

use super::{Header, ListHeader};
use crate::sip::scan::Scan;
use crate::sip::{DecodeError, Name};

/// A network between the user agent and its home, in the words of that network.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct VisitedNetwork<'a>(
    /// The name: a token, or what stands between quotation marks, escapes and all.
    pub &'a str,
);

impl<'a> Header<'a> for VisitedNetwork<'a> {
    const NAME: Name = Name::PVisitedNetworkId;

    #[inline]
    fn scan(scan: &mut Scan<'a>) -> Result<Self, DecodeError> {
        let network = match scan.peek() {
            Some(b'"') => scan.quoted()?,
            _ => scan.token()?,
        };
        scan.params()?;
        Ok(Self(network))
    }
}

impl<'a> ListHeader<'a> for VisitedNetwork<'a> {}

#[cfg(test)]
mod tests {
    use super::super::{bad, parse};
    use super::*;

    #[test]
    fn a_token_or_a_quoted_string_is_a_network() {
        assert_eq!(parse("other.example"), Ok(VisitedNetwork("other.example")));
        assert_eq!(
            parse("\"Visited, Inc.\";x=1"),
            Ok(VisitedNetwork("Visited, Inc."))
        );
        let error = parse::<VisitedNetwork<'_>>("\"open");
        assert!(error.is_err(), "{error:?}");
        assert_eq!(
            parse::<VisitedNetwork<'_>>(";"),
            Err(bad(Name::PVisitedNetworkId, 0))
        );
    }
}
