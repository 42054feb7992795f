//! The NOTIFY as octets (RFC 6665 clause 8.1.2).

use pengate_codecs::{
    Stamp, pidf,
    sip::{Method, Name, Writer},
};

use super::{
    NotifyToken, Outbox,
    contact::Contact,
    outbox::NotifyRow,
    reply::PIDF,
    subscription::{Subscription, Terms},
};
use crate::{
    pen::{Handling, Presentity},
    session::sip::ToTag,
};

/// A document that says nothing: for watchers that are blocked politely.
pub(super) fn neutral_document(presentity: &Presentity) -> Vec<u8> {
    let mut out = Vec::new();
    pidf::write_presence(
        presentity.as_str(),
        pidf::Namespaces::NONE,
        &mut out,
        |_| {},
    );
    out
}

/// Where a subscription stands (RFC 6665 clause 4.1.3).
#[derive(Clone, Copy)]
pub(super) enum State {
    Active(u64),
    Pending(u64),
    Terminated(&'static str),
}

impl State {
    pub(super) fn of(subscription: &Subscription, now: Stamp) -> Self {
        let left = subscription.terms.expires.since(now);
        let secs = left.as_secs() + u64::from(left.subsec_nanos() > 0);
        match (subscription.ending, subscription.handling) {
            (Some(ending), _) => Self::Terminated(ending.reason().unwrap_or("noresource")),
            (None, Handling::Confirm | Handling::Block) => Self::Pending(secs),
            (None, Handling::Allow | Handling::PoliteBlock) => Self::Active(secs),
        }
    }
}

impl State {
    /// Adds the header.
    fn write(self, writer: &mut Writer<'_>) {
        let mut number = itoa::Buffer::new();
        let pieces = match self {
            Self::Active(secs) => ["active;expires=", number.format(secs)],
            Self::Pending(secs) => ["pending;expires=", number.format(secs)],
            Self::Terminated(reason) => ["terminated;reason=", reason],
        };
        writer.text(Name::SubscriptionState, &pieces);
    }
}

/// Appends a NOTIFY, all but its Via.
pub(super) fn write_notify(
    tag: ToTag,
    terms: &mut Terms,
    state: State,
    body: &[u8],
    out: &mut Outbox,
) -> NotifyToken {
    let channel = terms.path;
    let start = out.octets.len();
    out.octets
        .extend_from_slice(terms.dialog.next_hop().as_bytes());
    let request = out.octets.len();
    let mut writer = terms.dialog.request(&mut out.octets, Method::Notify);
    Contact(channel).write(&mut writer);
    writer.text(Name::Event, &[&terms.event]);
    state.write(&mut writer);
    if body.is_empty() {
        writer.finish();
    } else {
        writer.body(PIDF, body);
    }
    let token = NotifyToken {
        tag,
        cseq: terms.dialog.local_cseq(),
    };
    out.notifies.push(NotifyRow {
        token,
        channel,
        next_hop: start..request,
        request: request..out.octets.len(),
    });
    token
}
