//! `CSeq` (RFC 3261 clause 20.16).

use super::Header;
use crate::sip::scan::Scan;
use crate::sip::{DecodeError, Method, Name};

/// The number of a request within its dialog, and its method.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct CSeq<'a> {
    /// Less than 2^31 when the sender follows the specification; 32 bits are read.
    pub number: u32,
    /// Must be that of the request.
    pub method: Method<'a>,
}

impl<'a> Header<'a> for CSeq<'a> {
    const NAME: Name = Name::CSeq;

    #[inline]
    fn scan(scan: &mut Scan<'a>) -> Result<Self, DecodeError> {
        Ok(Self {
            number: scan.number()?,
            method: Method::find(scan.token()?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{bad, parse};
    use super::*;

    #[test]
    fn number_and_method_may_be_folded() {
        let cseq: CSeq<'_> = parse("0009 \r\n\t NOTIFY").unwrap();
        assert_eq!((cseq.number, cseq.method), (9, Method::Notify));
    }

    #[test]
    fn errors_name_the_octet() {
        assert_eq!(parse::<CSeq<'_>>("NOTIFY"), Err(bad(Name::CSeq, 0)));
        assert_eq!(parse::<CSeq<'_>>("4294967296 A"), Err(bad(Name::CSeq, 0)));
        assert_eq!(parse::<CSeq<'_>>("1 "), Err(bad(Name::CSeq, 2)));
        assert_eq!(parse::<CSeq<'_>>("1 A B"), Err(bad(Name::CSeq, 4)));
    }
}
