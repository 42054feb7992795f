//! Which identifier and which address are one network element's.

use std::collections::BTreeSet;

use hashbrown::HashMap;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use super::{Ticket, Verdict};
use crate::{
    event::Source,
    pen::{
        Kinds, Record,
        log::{Batch, Kind, Partition, RecordRef},
        state::{Row, StateBatch, Table},
    },
};

/// Addresses of the network elements that told their identifier as well. They outlive the process:
/// an element that tells its identifier alone has the same name as before.
#[derive(Debug)]
pub(super) struct Elements {
    addresses: HashMap<SmolStr, SmolStr>,
    elements_max: usize,
    source: Source,
    /// Identifiers whose address is to be recorded with the event of a ticket.
    unrecorded: Vec<(Ticket, SmolStr)>,
    /// What the keys of our rows begin with.
    prefix: Vec<u8>,
    /// Identifiers whose address is new since it was written last, when that is asked for.
    unsaved: Option<BTreeSet<SmolStr>>,
}

impl Elements {
    /// A table of at most that many elements of a reference point; beyond, no more are learned.
    pub(super) fn new(source: Source, elements_max: usize) -> Self {
        Self {
            addresses: HashMap::new(),
            elements_max,
            source,
            unrecorded: Vec::new(),
            prefix: format!("agent/element/{}/", source.name()).into_bytes(),
            unsaved: None,
        }
    }

    /// An element told both, in the report whose event has that ticket, if it has any: else the next
    /// one.
    pub(super) fn learn(&mut self, identifier: SmolStr, address: &SmolStr, ticket: Ticket) {
        if self.note(identifier.clone(), address) {
            self.unrecorded.retain(|(_, other)| *other != identifier);
            self.unrecorded.push((ticket, identifier));
        }
    }

    /// The record of what an event taught goes with the event.
    pub(super) fn keep(&self, ticket: Ticket, batch: &mut Batch) {
        for (_, identifier) in self.unrecorded.iter().filter(|(of, _)| *of == ticket) {
            let Some(address) = self.addresses.get(identifier) else {
                continue;
            };
            let element = Element {
                source: self.source,
                identifier: identifier.clone(),
                address: address.clone(),
            };
            element.append(Partition::ALL, batch);
        }
    }

    /// An event was recorded, or it was not: then what it taught goes with the next one.
    pub(super) fn settle(&mut self, ticket: Ticket, verdict: Verdict, next: Ticket) {
        match verdict {
            Verdict::Settled => self.unrecorded.retain(|(of, _)| *of != ticket),
            Verdict::Refused => {
                let unrecorded = self.unrecorded.iter_mut();
                let taught = unrecorded.filter(|(of, _)| *of == ticket);
                taught.for_each(|(of, _)| *of = next);
            }
        }
    }

    /// Takes back a record of ours; others are left alone.
    pub(super) fn restore(&mut self, record: RecordRef<'_>) {
        if let Ok(element) = Element::read(record)
            && element.source == self.source
        {
            self.note(element.identifier, &element.address);
        }
    }

    fn note(&mut self, identifier: SmolStr, address: &SmolStr) -> bool {
        let is_news = self.insert(identifier.clone(), address);
        if let Some(unsaved) = self.unsaved.as_mut().filter(|_| is_news) {
            unsaved.insert(identifier);
        }
        is_news
    }

    /// Whether that is news which there is room for.
    fn insert(&mut self, identifier: SmolStr, address: &SmolStr) -> bool {
        let held = self.addresses.get(&identifier);
        let has_room = held.is_some() || self.addresses.len() < self.elements_max;
        if held == Some(address) || !has_room {
            return false;
        }
        self.addresses.insert(identifier, address.clone());
        true
    }

    /// The element's name: its address, where that is known.
    pub(super) fn name(&self, identifier: SmolStr) -> SmolStr {
        let address = self.addresses.get(&identifier).cloned();
        address.unwrap_or(identifier)
    }

    pub(super) fn collect_writes(&mut self) {
        self.unsaved.get_or_insert_default();
    }

    pub(super) fn take_writes(&mut self, batch: &mut StateBatch) {
        let Some(unsaved) = self.unsaved.as_mut() else {
            return;
        };
        for identifier in std::mem::take(unsaved) {
            if let Some(address) = self.addresses.get(&identifier) {
                let key = [&self.prefix, identifier.as_bytes()].concat();
                batch.put(Table::Meta, Partition::ALL, &key, address.as_bytes());
            }
        }
    }

    /// Takes back a row of ours; others are left alone.
    pub(super) fn load(&mut self, row: Row<'_>) {
        let identifier = row.key.strip_prefix(&self.prefix[..]);
        let identifier = identifier.filter(|_| row.table == Table::Meta);
        let identifier = identifier.map(str::from_utf8);
        if let (Some(Ok(identifier)), Ok(address)) = (identifier, str::from_utf8(row.value)) {
            self.insert(identifier.into(), &address.into());
        }
    }
}

/// An element as the log keeps it.
#[derive(Debug, Deserialize, Serialize)]
struct Element {
    source: Source,
    identifier: SmolStr,
    address: SmolStr,
}

impl Record for Element {
    const KIND: Kind = Kinds::ELEMENT;
}
