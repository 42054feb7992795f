//! Typed headers: one file a header, or a family that shares a grammar.
//!
//! They are read when asked for: [`Message::header`](super::Message::header) for a header that
//! occurs once, [`Message::list`](super::Message::list) for one whose values may stand in one field
//! or in several.

mod accept;
mod access_network;
mod address;
mod content_type;
mod cseq;
mod event;
mod identifier;
mod number;
mod privacy;
mod retry_after;
mod subscription_state;
mod token;
mod via;
mod visited_network;

pub use accept::Accept;
pub use access_network::AccessNetwork;
pub use address::{
    Address, AssertedIdentity, AssociatedUri, Contact, From, Path, PreferredIdentity, RecordRoute,
    ReferTo, Route, ServedUser, ServiceRoute, To,
};
pub use content_type::ContentType;
pub use cseq::CSeq;
pub use event::Event;
pub use identifier::{CallId, SipEtag, SipIfMatch, SuppressIfMatch};
pub use number::{Expires, MaxForwards, MinExpires};
pub use privacy::Privacy;
pub use retry_after::RetryAfter;
pub use subscription_state::SubscriptionState;
pub use token::{
    Allow, AllowEvents, ContentEncoding, ProxyRequire, Require, Supported, Unsupported,
};
pub use via::Via;
pub use visited_network::VisitedNetwork;

use super::scan::Scan;
use super::{DecodeError, Name};

/// A header, or one element of a list header.
pub trait Header<'a>: Sized {
    /// The name of the header.
    const NAME: Name;

    /// Reads one element; the caller looks at what follows it.
    ///
    /// # Errors
    /// [`DecodeError::Value`] at the first octet that does not fit the grammar.
    fn scan(scan: &mut Scan<'a>) -> Result<Self, DecodeError>;
}

/// A header that holds a list: its elements may be joined by commas, spread over fields, or both
/// (RFC 3261 clause 7.3.1).
pub trait ListHeader<'a>: Header<'a> {
    /// What stands between elements.
    const SEPARATORS: &'static [u8] = b",";
}

#[cfg(test)]
pub(super) fn parse<'a, H: Header<'a>>(text: &'a str) -> Result<H, DecodeError> {
    let mut scan = Scan::new(H::NAME, text, 0);
    let header = H::scan(&mut scan)?;
    if scan.is_done() {
        Ok(header)
    } else {
        Err(scan.error())
    }
}

#[cfg(test)]
pub(super) const fn bad(name: Name, at: usize) -> DecodeError {
    DecodeError::Value { at, name }
}
