//! `Subscription-State` (RFC 6665 clause 8.2.3).

use super::Header;
use crate::sip::scan::Scan;
use crate::sip::{DecodeError, Name, Params};

/// What a NOTIFY says about its subscription.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SubscriptionState<'a> {
    /// `active`, `pending`, `terminated` or an extension.
    pub state: &'a str,
    /// `reason`, `expires`, `retry-after` and what packages define.
    pub params: Params<'a>,
}

impl<'a> SubscriptionState<'a> {
    /// Whether the subscription ended.
    #[must_use]
    pub const fn is_terminated(&self) -> bool {
        self.state.eq_ignore_ascii_case("terminated")
    }

    /// Why it ended.
    #[must_use]
    pub fn reason(&self) -> Option<&'a str> {
        self.params.value("reason")
    }

    /// How many seconds it still lasts.
    #[must_use]
    pub fn expires(&self) -> Option<u32> {
        self.params.value("expires")?.parse().ok()
    }

    /// After how many seconds the watcher may try again.
    #[must_use]
    pub fn retry_after(&self) -> Option<u32> {
        self.params.value("retry-after")?.parse().ok()
    }
}

impl<'a> Header<'a> for SubscriptionState<'a> {
    const NAME: Name = Name::SubscriptionState;

    fn scan(scan: &mut Scan<'a>) -> Result<Self, DecodeError> {
        Ok(Self {
            state: scan.token()?,
            params: scan.params()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{bad, parse};
    use super::*;

    #[test]
    fn state_reason_and_times_are_read() {
        let active: SubscriptionState<'_> = parse("active;expires=600").unwrap();
        assert_eq!(
            (active.is_terminated(), active.expires()),
            (false, Some(600))
        );
        let over: SubscriptionState<'_> = parse("Terminated;reason=giveup;retry-after=5").unwrap();
        assert!(over.is_terminated());
        assert_eq!(
            (over.reason(), over.retry_after()),
            (Some("giveup"), Some(5))
        );
        let error = parse::<SubscriptionState<'_>>("active expires=1");
        assert_eq!(error, Err(bad(Name::SubscriptionState, 7)));
    }
}
