//! Headers that are one number: `Max-Forwards`, `Expires`, `Min-Expires`.

use super::Header;
use crate::sip::scan::Scan;
use crate::sip::{DecodeError, Name};

/// `Max-Forwards`: how many more hops a request may take (RFC 3261 clause 20.22).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct MaxForwards(pub u32);

/// `Expires` in seconds (RFC 3261 clause 20.19); what does not fit in 32 bits is read as the
/// largest number that does.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Expires(pub u32);

/// `Min-Expires` in seconds: the shortest lifetime a server grants (RFC 3261 clause 20.23).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct MinExpires(pub u32);

impl Header<'_> for MaxForwards {
    const NAME: Name = Name::MaxForwards;

    #[inline]
    fn scan(scan: &mut Scan<'_>) -> Result<Self, DecodeError> {
        scan.number().map(Self)
    }
}

impl Header<'_> for Expires {
    const NAME: Name = Name::Expires;

    #[inline]
    fn scan(scan: &mut Scan<'_>) -> Result<Self, DecodeError> {
        seconds(scan).map(Self)
    }
}

impl Header<'_> for MinExpires {
    const NAME: Name = Name::MinExpires;

    #[inline]
    fn scan(scan: &mut Scan<'_>) -> Result<Self, DecodeError> {
        seconds(scan).map(Self)
    }
}

#[inline]
fn seconds(scan: &mut Scan<'_>) -> Result<u32, DecodeError> {
    let _ = scan.peek();
    let error = scan.error();
    scan.decimal()
        .map(|seconds| seconds.unwrap_or(u32::MAX))
        .ok_or(error)
}

#[cfg(test)]
mod tests {
    use super::super::{bad, parse};
    use super::*;

    #[test]
    fn a_lifetime_beyond_32_bits_is_the_longest_and_a_hop_count_is_an_error() {
        assert_eq!(parse("3600"), Ok(Expires(3600)));
        assert_eq!(parse("99999999999999999999"), Ok(Expires(u32::MAX)));
        assert_eq!(parse("60 "), Ok(MinExpires(60)));
        assert_eq!(parse("70"), Ok(MaxForwards(70)));
        let error = parse::<MaxForwards>("99999999999999999999");
        assert_eq!(error, Err(bad(Name::MaxForwards, 0)));
        assert_eq!(parse::<Expires>("-1"), Err(bad(Name::Expires, 0)));
        assert_eq!(parse::<Expires>("1h"), Err(bad(Name::Expires, 1)));
    }
}
