//! Records of the pen log: what their bodies are.

use serde::{Serialize, de::DeserializeOwned};
use thiserror::Error;

use super::{
    Bind, PolicyChange, PresentityUpdate, SourceReset,
    log::{Batch, Kind, Partition, RecordRef},
};

/// The kinds of records. Numbers are never given to another kind.
pub struct Kinds;

impl Kinds {
    /// A [`PresentityUpdate`].
    pub const UPDATE: Kind = Kind(1);
    /// A [`SourceReset`], for all partitions.
    pub const SOURCE_RESET: Kind = Kind(2);
    /// A [`Bind`], for all partitions.
    pub const BIND: Kind = Kind(3);
    /// A [`PolicyChange`].
    pub const POLICY_CHANGE: Kind = Kind(4);
    /// An answer that the agent gave, for its reply cache after a restart: opaque to the server.
    pub const ANSWERED: Kind = Kind(16);
    /// An answer that a Diameter node gave, likewise.
    pub const REPLIED: Kind = Kind(17);
    /// A dialogue of the agent's that has to outlive the process: opaque to the server.
    pub const DIALOGUE: Kind = Kind(18);
    /// What the agent knows of a network element, likewise.
    pub const ELEMENT: Kind = Kind(19);
    /// A publication was made, refreshed or removed: opaque to the agent.
    pub const PUBLICATION: Kind = Kind(32);
    /// A subscription was made, refreshed or ended: opaque to the agent.
    pub const SUBSCRIPTION: Kind = Kind(33);
    /// CSeq numbers of a subscription were reserved: opaque to the agent.
    pub const RESERVATION: Kind = Kind(34);
}

/// A value that is a record of the log.
pub trait Record: Serialize + DeserializeOwned {
    /// Its kind.
    const KIND: Kind;

    /// Appends it to a batch.
    fn append(&self, partition: Partition, batch: &mut Batch) {
        batch.push_with(partition, Self::KIND, |body| {
            // Writing to memory does not fail, and none of our types refuses to be serialised.
            let _ = postcard::to_io(self, body);
        });
    }

    /// Reads it back.
    ///
    /// # Errors
    /// [`RecordError`] when the record is of another kind or not what this version writes.
    fn read(record: RecordRef<'_>) -> Result<Self, RecordError> {
        if record.kind != Self::KIND {
            return Err(RecordError::Kind {
                found: record.kind.0,
            });
        }
        postcard::from_bytes(record.body).map_err(|_| RecordError::Body {
            kind: record.kind.0,
        })
    }
}

/// A record that cannot be read.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum RecordError {
    /// Of another kind than asked for.
    #[error("record of kind {found}")]
    Kind {
        /// The kind found.
        found: u8,
    },
    /// The body is not what this version writes.
    #[error("unreadable body of a record of kind {kind}")]
    Body {
        /// The record's kind.
        kind: u8,
    },
}

impl Record for PresentityUpdate {
    const KIND: Kind = Kinds::UPDATE;
}

impl Record for SourceReset {
    const KIND: Kind = Kinds::SOURCE_RESET;
}

impl Record for Bind {
    const KIND: Kind = Kinds::BIND;
}

impl Record for PolicyChange {
    const KIND: Kind = Kinds::POLICY_CHANGE;
}
