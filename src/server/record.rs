//! What a shard writes to the log: outcomes, never requests. Applying one again changes nothing.

use pengate_codecs::Stamp;
use serde::{Deserialize, Serialize};

use super::{
    compose::Publisher,
    octets::Octets,
    random::Etag,
    subscription::{Ending, Terms},
};
use crate::{
    pen::{
        Kinds, Presentity, Record,
        log::{Batch, Kind, Partition},
    },
    session::sip::ToTag,
};

/// A publication was made, refreshed, changed or ended.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(super) struct PublicationRecord {
    pub presentity: Presentity,
    /// Names the publication among those of the presentity, as long as it lives.
    pub number: u32,
    /// When it was asked for.
    pub at: Stamp,
    pub outcome: PublicationOutcome,
}

#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(super) enum PublicationOutcome {
    /// It lives.
    Live {
        etag: Etag,
        expires: Stamp,
        /// Digest of the request: the same one again, after a restart, gets the same answer.
        request: u64,
        publisher: Publisher,
        /// The new document; absent when the old one was refreshed.
        body: Option<Octets>,
    },
    /// It was removed or expired.
    Ended {
        /// The tag that the answer to a removal carries.
        etag: Etag,
    },
}

/// A subscription was made, refreshed or ended.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(super) struct SubscriptionRecord {
    pub presentity: Presentity,
    pub tag: ToTag,
    pub outcome: SubscriptionOutcome,
}

#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(super) enum SubscriptionOutcome {
    /// It lives.
    Live(Terms),
    /// It is over.
    Ended(Ending),
}

/// NOTIFYs of a dialog up to a number may have been sent.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(super) struct ReservationRecord {
    pub presentity: Presentity,
    pub tag: ToTag,
    pub cseq_max: u32,
}

impl Record for PublicationRecord {
    const KIND: Kind = Kinds::PUBLICATION;
}

impl Record for SubscriptionRecord {
    const KIND: Kind = Kinds::SUBSCRIPTION;
}

impl Record for ReservationRecord {
    const KIND: Kind = Kinds::RESERVATION;
}

/// Any record of the server.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum ServerRecord {
    Publication(PublicationRecord),
    Subscription(SubscriptionRecord),
    Reservation(ReservationRecord),
}

impl ServerRecord {
    pub(super) fn append(&self, partition: Partition, batch: &mut Batch) {
        match self {
            Self::Publication(record) => record.append(partition, batch),
            Self::Subscription(record) => record.append(partition, batch),
            Self::Reservation(record) => record.append(partition, batch),
        }
    }

    pub(super) const fn presentity(&self) -> &Presentity {
        match self {
            Self::Publication(record) => &record.presentity,
            Self::Subscription(record) => &record.presentity,
            Self::Reservation(record) => &record.presentity,
        }
    }
}
