//! `Retry-After` (RFC 3261 clause 20.33).

use super::Header;
use crate::sip::scan::Scan;
use crate::sip::{DecodeError, Name, Params};

/// When a peer wants to be asked again.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RetryAfter<'a> {
    /// In how many seconds.
    pub seconds: u32,
    /// Why, for people.
    pub comment: Option<&'a str>,
    /// `duration`: how long the peer will then be there.
    pub params: Params<'a>,
}

impl<'a> Header<'a> for RetryAfter<'a> {
    const NAME: Name = Name::RetryAfter;

    fn scan(scan: &mut Scan<'a>) -> Result<Self, DecodeError> {
        let seconds = scan.number()?;
        let comment = if scan.eat(b'(') {
            Some(scan.until(b')')?)
        } else {
            None
        };
        Ok(Self {
            seconds,
            comment,
            params: scan.params()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{bad, parse};
    use super::*;

    #[test]
    fn seconds_comment_and_duration_are_read() {
        let retry: RetryAfter<'_> = parse("120 (in a meeting);duration=60").unwrap();
        assert_eq!((retry.seconds, retry.comment), (120, Some("in a meeting")));
        assert_eq!(retry.params.value("duration"), Some("60"));
        let error = parse::<RetryAfter<'_>>("120 (open");
        assert_eq!(error, Err(bad(Name::RetryAfter, 5)));
    }
}
