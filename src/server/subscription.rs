//! One watcher's subscription (RFC 6665), from our side.

use pengate_codecs::Stamp;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use super::slab::{Keyed, Slot};
use crate::{
    feed::Channel,
    pen::Handling,
    session::sip::{Dialog, ToTag},
};

/// How many NOTIFYs may be sent before their numbers are reserved again.
pub(super) const CSEQ_BLOCK: u32 = 1_000;

/// What watcher and server agreed on, as it is written to the log.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(super) struct Terms {
    pub dialog: Dialog,
    /// The way that the last SUBSCRIBE came by.
    pub path: Channel,
    /// The Event of our NOTIFYs: package, and `id` when the watcher gave one.
    pub event: SmolStr,
    /// The watcher's canonical URI.
    pub watcher: SmolStr,
    pub expires: Stamp,
    /// NOTIFYs up to this number may have been sent.
    pub cseq_max: u32,
}

/// A subscription.
#[derive(Debug)]
pub(super) struct Subscription {
    pub tag: ToTag,
    pub presentity: Slot,
    pub terms: Terms,
    /// What the policy says of the watcher.
    pub handling: Handling,
    /// Whether more numbers were asked for.
    pub reserving: bool,
    /// The NOTIFY that was not answered yet.
    pub outstanding: Option<u32>,
    /// Whether the watcher must be told, even if the document is the one it has.
    pub owed: bool,
    /// The version that the watcher was told last.
    pub told: u64,
    /// Nothing is sent until then: the watcher, or the log, wants a pause.
    pub retry_at: Option<Stamp>,
    /// It is to end; the record of that is on its way.
    pub wanted: Option<Ending>,
    /// It is over; the last NOTIFY is still to be sent.
    pub ending: Option<Ending>,
}

/// Why a subscription is over.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub enum Ending {
    /// We are shut down: subscribe again at once.
    Deactivated,
    /// A NOTIFY failed: the watcher is not there any more and is told nothing.
    Gone,
    /// The presentity does not exist any more.
    NoResource,
    /// The policy blocks the watcher.
    Rejected,
    /// It expired, or was fetched once.
    Timeout,
    /// The watcher ended it.
    Unsubscribed,
}

impl Ending {
    /// The reason in Subscription-State (RFC 6665 clause 4.1.3); `None` when no NOTIFY is sent.
    pub(super) const fn reason(self) -> Option<&'static str> {
        match self {
            Self::Deactivated => Some("deactivated"),
            Self::Gone => None,
            Self::NoResource => Some("noresource"),
            Self::Rejected => Some("rejected"),
            Self::Timeout | Self::Unsubscribed => Some("timeout"),
        }
    }

    /// Whether the last NOTIFY shows the document.
    pub(super) const fn shows_document(self) -> bool {
        matches!(self, Self::Timeout | Self::Unsubscribed)
    }
}

/// What a watcher is shown.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum View {
    /// The document.
    Document,
    /// A document that says nothing.
    Neutral,
    /// No content.
    Nothing,
}

impl View {
    pub(super) const fn of(handling: Handling) -> Self {
        match handling {
            Handling::Allow => Self::Document,
            Handling::PoliteBlock => Self::Neutral,
            Handling::Block | Handling::Confirm => Self::Nothing,
        }
    }
}

impl Subscription {
    pub(super) const fn new(
        tag: ToTag,
        presentity: Slot,
        terms: Terms,
        handling: Handling,
    ) -> Self {
        Self {
            tag,
            presentity,
            terms,
            handling,
            reserving: false,
            outstanding: None,
            owed: true,
            told: 0,
            retry_at: None,
            wanted: None,
            ending: None,
        }
    }

    /// Whether the watcher has no subscription any more.
    pub(super) fn is_over(&self, now: Stamp) -> bool {
        self.ending.is_some() || self.wanted.is_some() || self.terms.expires <= now
    }

    /// Whether a NOTIFY may leave now.
    pub(super) const fn may_send(&self) -> bool {
        self.outstanding.is_none() && (self.retry_at.is_none() || self.ending.is_some())
    }

    /// How many NOTIFYs may be sent before more numbers are reserved.
    pub(super) const fn numbers_left(&self) -> u32 {
        self.terms
            .cseq_max
            .saturating_sub(self.terms.dialog.local_cseq())
    }

    /// What the watcher is shown next.
    pub(super) const fn view(&self) -> View {
        match self.ending {
            Some(ending) if !ending.shows_document() => View::Nothing,
            _ => View::of(self.handling),
        }
    }
}

impl Keyed for Subscription {
    type Key = ToTag;

    fn digest(key: &ToTag, seed: u64) -> u64 {
        key.unique ^ seed ^ u64::from(key.partition) << 48
    }

    fn key(&self) -> &ToTag {
        &self.tag
    }
}
