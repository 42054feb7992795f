//! `Event` (RFC 6665 clause 8.2.1).

use super::Header;
use crate::sip::scan::Scan;
use crate::sip::{DecodeError, Name, Params};

/// The event package of a SUBSCRIBE, NOTIFY or PUBLISH.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Event<'a> {
    /// Package and template packages, such as `presence.winfo`. Compared with case.
    pub package: &'a str,
    /// `id`, and what packages define.
    pub params: Params<'a>,
}

impl<'a> Event<'a> {
    /// Tells subscriptions of one dialog apart.
    #[must_use]
    pub fn id(&self) -> Option<&'a str> {
        self.params.value("id")
    }
}

impl<'a> Header<'a> for Event<'a> {
    const NAME: Name = Name::Event;

    fn scan(scan: &mut Scan<'a>) -> Result<Self, DecodeError> {
        Ok(Self {
            package: scan.token()?,
            params: scan.params()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{bad, parse};
    use super::*;

    #[test]
    fn package_id_and_rates_are_read() {
        let event: Event<'_> = parse("presence.winfo ; id=77;max-rate=0.1").unwrap();
        assert_eq!((event.package, event.id()), ("presence.winfo", Some("77")));
        assert_eq!(event.params.value("max-rate"), Some("0.1"));
        assert_eq!(parse::<Event<'_>>(";id=1"), Err(bad(Name::Event, 0)));
    }
}
