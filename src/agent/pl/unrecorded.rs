//! What servers answered, until the log has it.
//!
//! Who was located, or may not be, is left alone for some time: when the log does not take that, nobody
//! else would tell it, and the place of before would go on to be shown.

use hashbrown::HashMap;

use crate::{agent::room::Ticket, pen::Presentity};

/// Whose place, given or taken away, is on its way to the log: the last one of each.
#[derive(Debug, Default)]
pub(super) struct Unrecorded {
    of: HashMap<Presentity, Ticket>,
    tickets: HashMap<Ticket, Presentity>,
}

impl Unrecorded {
    /// The place of a presentity is told with that ticket; whether that is remembered, of `max`
    /// presentities at most.
    pub(super) fn add(&mut self, presentity: &Presentity, ticket: Ticket, max: usize) -> bool {
        if self.of.len() >= max && !self.of.contains_key(presentity) {
            return false;
        }
        if let Some(before) = self.of.insert(presentity.clone(), ticket) {
            self.tickets.remove(&before);
        }
        self.tickets.insert(ticket, presentity.clone());
        true
    }

    /// A ticket was settled: whose it was.
    pub(super) fn take(&mut self, ticket: Ticket) -> Option<Presentity> {
        let presentity = self.tickets.remove(&ticket)?;
        self.of.remove(&presentity);
        Some(presentity)
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.of.len().max(self.tickets.len())
    }
}
