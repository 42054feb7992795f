//! Identities across a restart: rows of the state store, and records of the log.

use super::{Identities, Person, Transient};
use crate::{
    event::Order,
    pen::{
        Bind, Change, Ended, IdentityKey, Presentity, PresentityUpdate,
        log::Partition,
        state::{Row, StateBatch, Table},
    },
};

impl Identities {
    /// Applies a bind of the log: at recovery, in the order of the log.
    ///
    /// What the operator provisioned meanwhile is not overruled.
    pub fn apply(&mut self, bind: &Bind) {
        let person = self.person_of(&bind.presentity);
        if self.unite(bind, person) {
            // A session or an address may be the name of somebody whom others lead to, and have
            // ended: that one goes on is for updates to say.
            let goes_on = match &bind.key {
                IdentityKey::Session(session) => self.sessions.contains_key(session),
                IdentityKey::Address(address) => self.addresses.contains_key(address),
                _ => {
                    self.tie(bind.key.clone(), person);
                    false
                }
            };
            if goes_on {
                self.note_transient(&bind.key, person, bind.order);
            }
        }
        self.release(person);
    }

    /// Applies a bind of the server's rows: at start, after the rows of sessions and addresses.
    ///
    /// The server keeps its rows for good: which sessions and addresses lead to somebody still is
    /// told by rows of their own, though perhaps under a name that ceased to be since.
    pub fn apply_row(&mut self, bind: &Bind) {
        let own = match &bind.key {
            IdentityKey::Session(session) => self.sessions.get(session),
            IdentityKey::Address(address) => self.addresses.get(address),
            _ => return self.apply(bind),
        };
        let former = bind.former.as_ref();
        let Some(former) = former.and_then(|former| self.known_by_name(former)) else {
            return;
        };
        // A session of the same name that began since, and is nobody's, is another.
        let began_since =
            |row: &Transient| row.order > bind.order && self.root(row.person) == former;
        if !own.is_some_and(began_since) {
            let person = self.person_of(&bind.presentity);
            self.unite(bind, person);
            self.release(person);
        }
    }

    /// Makes one person of two, as a bind says; false when that is not taken.
    fn unite(&mut self, bind: &Bind, person: Person) -> bool {
        let others = |other: Person| other != person && self.is_provisioned(other);
        let former = bind.former.as_ref();
        let former = former.and_then(|former| self.known_by_name(former));
        let held = self.keys.get(&bind.key).map(|held| self.root(*held));
        if held.is_some_and(others) || former.is_some_and(others) {
            return false;
        }
        if let Some(former) = former {
            self.merge(former, person);
        }
        true
    }

    /// Notes from now on which sessions and addresses change, for [`Self::take_writes`].
    pub fn collect_writes(&mut self) {
        self.unsaved.get_or_insert_default();
    }

    /// Appends the row of every session and address that changed since the last call.
    pub fn take_writes(&mut self, batch: &mut StateBatch) {
        let Some(unsaved) = self.unsaved.as_mut() else {
            return;
        };
        for key in std::mem::take(unsaved) {
            let row = match &key {
                IdentityKey::Session(session) => self.sessions.get(session),
                IdentityKey::Address(address) => self.addresses.get(address),
                _ => None,
            };
            let held = row.and_then(|row| Some((self.name(row.person)?, row.order)));
            let name = postcard::to_stdvec(&key).unwrap_or_default();
            match held {
                Some(held) => batch.put_with(Table::Index, Partition::ALL, &name, |out| {
                    // Writing to memory does not fail.
                    let _ = postcard::to_io(&held, out);
                }),
                None => batch.remove(Table::Index, Partition::ALL, &name),
            }
        }
    }

    /// Takes back a row of [`Self::take_writes`]; others are left alone.
    pub fn load(&mut self, row: Row<'_>) {
        if row.table != Table::Index {
            return;
        }
        let key = postcard::from_bytes(row.key);
        let held = postcard::from_bytes::<(Presentity, Order)>(row.value);
        let (Ok(key), Ok((presentity, order))) = (key, held) else {
            return;
        };
        let person = self.person_of(&presentity);
        let row = Transient { person, order };
        self.hold(person);
        let former = match key {
            IdentityKey::Session(session) => self.sessions.insert(session, row),
            IdentityKey::Address(address) => self.addresses.insert(address, row),
            _ => Some(row),
        };
        if let Some(former) = former {
            self.let_go(former.person);
        }
    }

    /// Takes addresses and sessions from an update of the log: at recovery.
    pub fn apply_update(&mut self, update: &PresentityUpdate) {
        for change in &update.changes {
            if let Change::Session {
                key,
                address,
                ended,
                ..
            } = change
            {
                // As when the event came: its session and address are its subject's, until it ends.
                let person = self.person_of(&update.presentity);
                self.note_transient(&IdentityKey::Session(*key), person, update.order);
                if let Some(address) = *address {
                    self.note_transient(&IdentityKey::Address(address), person, update.order);
                }
                if *ended == Some(Ended::Session) {
                    self.forget_session(*key, *address, update.order);
                }
                self.release(person);
            }
        }
    }
}
