//! Network elements that lost their sessions: what was told before counts as ended.

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::Xxh3;

use super::{Identities, passing::Led};
use crate::{
    event::{Fact, NetworkEvent, Order, Source},
    pen::{
        SourceReset,
        log::Partition,
        state::{Row, StateBatch, Table},
    },
};

/// Which network element told of a session, and of which of its access points. Digests, and short
/// ones: there are as many as sessions and addresses.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Origin {
    /// Of source and element; 0 where none is known.
    element: u32,
    /// Of source, element and access point; 0 where none is known.
    access_point: u32,
}

impl Origin {
    /// Where the session of an event is, if it is of one.
    #[must_use]
    pub fn of(event: &NetworkEvent) -> Self {
        if event.subject.session.is_none() {
            return Self::default();
        }
        let apn = match &event.fact {
            Fact::Session(session) => session.apn.as_deref(),
            _ => None,
        };
        Self::new(event.source, &event.reporter, apn)
    }

    /// The access point `apn` of the network element `reporter`, or the element as a whole.
    #[must_use]
    pub fn new(source: Source, reporter: &str, apn: Option<&str>) -> Self {
        let mut digest = Xxh3::new();
        digest.update(source.name().as_bytes());
        digest.update(&[0]);
        digest.update(reporter.as_bytes());
        let element = short(digest.digest());
        let access_point = apn.map_or(0, |apn| {
            digest.update(&[0]);
            digest.update(apn.as_bytes());
            short(digest.digest())
        });
        Self {
            element,
            access_point,
        }
    }

    /// What an element told before holds on as far as it is not told again.
    pub(super) const fn or(self, before: Self) -> Self {
        match self {
            Self { element: 0, .. } => before,
            Self {
                element,
                access_point: 0,
            } if element == before.element => before,
            _ => self,
        }
    }

    /// The least that this names.
    const fn named(self) -> u32 {
        match self.access_point {
            0 => self.element,
            access_point => access_point,
        }
    }
}

/// No digest is 0, which stands for none.
fn short(digest: u64) -> u32 {
    let [.., a, b, c, d] = digest.to_be_bytes();
    u32::from_be_bytes([a, b, c, d]).max(1)
}

impl Identities {
    /// A network element lost its sessions, or one of its access points did: what leads to anybody
    /// since before that counts as ended.
    pub fn reset(&mut self, reset: &SourceReset) {
        let origin = Origin::new(reset.source, &reset.reporter, reset.apn.as_deref());
        let named = origin.named();
        let held = self.resets.entry(named).or_insert(reset.order);
        *held = reset.order.max(*held);
        self.note_unsaved_reset(named);
        while self.resets.len() > self.options.resets_max {
            let oldest = self
                .resets
                .iter()
                .min_by_key(|(named, held)| (**held, **named));
            let Some(oldest) = oldest.map(|(named, _)| *named) else {
                return;
            };
            self.resets.remove(&oldest);
            self.note_unsaved_reset(oldest);
        }
    }

    /// When a row ended, if it did: by the word that it stands for, or with its element.
    pub(super) fn end_of(&self, row: &Led) -> Option<Order> {
        if row.has_ended || self.resets.is_empty() {
            return row.has_ended.then_some(row.order);
        }
        let Origin {
            element,
            access_point,
        } = row.origin;
        // Nothing resets what is 0.
        let newest = self
            .resets
            .get(&element)
            .max(self.resets.get(&access_point));
        newest.copied().filter(|reset| row.order < *reset)
    }

    /// Appends the row of a reset that changed.
    pub(super) fn put_reset(&self, named: u32, batch: &mut StateBatch) {
        let key = [RESET, &named.to_be_bytes()].concat();
        match self.resets.get(&named) {
            Some(order) => batch.put_with(Table::Meta, Partition::ALL, &key, |out| {
                // Writing to memory does not fail.
                let _ = postcard::to_io(order, out);
            }),
            None => batch.remove(Table::Meta, Partition::ALL, &key),
        }
    }

    /// Takes back a row of [`Self::put_reset`]; others are left alone.
    pub(super) fn load_reset(&mut self, row: Row<'_>) {
        let named = row.key.strip_prefix(RESET).map(<[u8; 4]>::try_from);
        if let (Some(Ok(named)), Ok(order)) = (named, postcard::from_bytes(row.value)) {
            self.resets.insert(u32::from_be_bytes(named), order);
        }
    }
}

/// Where the key of a row begins that tells of a reset; the digest of what was reset follows.
const RESET: &[u8] = b"agent/reset/";
