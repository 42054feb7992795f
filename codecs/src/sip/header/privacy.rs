//! `Privacy` (RFC 3323 clause 4.2).

use super::{Header, ListHeader};
use crate::sip::scan::Scan;
use crate::sip::{DecodeError, Name};

/// One privacy value. They are joined by semicolons; commas are read too.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Privacy<'a>(
    /// `id`, `header`, `session`, `user`, `none`, `critical`, or an extension.
    pub &'a str,
);

impl<'a> Header<'a> for Privacy<'a> {
    const NAME: Name = Name::Privacy;

    fn scan(scan: &mut Scan<'a>) -> Result<Self, DecodeError> {
        scan.token().map(Self)
    }
}

impl<'a> ListHeader<'a> for Privacy<'a> {
    const SEPARATORS: &'static [u8] = b";,";
}

#[cfg(test)]
mod tests {
    use super::super::{bad, parse};
    use super::*;

    #[test]
    fn a_single_value_is_read() {
        assert_eq!(parse(" id"), Ok(Privacy("id")));
        assert_eq!(parse::<Privacy<'_>>("="), Err(bad(Name::Privacy, 0)));
    }
}
