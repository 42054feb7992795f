//! Identities across a restart: rows of the state store, and records of the log.

use std::collections::BTreeSet;

use super::{
    Identities, Origin, Person,
    name::{is_lasting, is_passing},
    passing::Led,
};
use crate::{
    event::Order,
    pen::{
        Bind, Change, Ended, IdentityKey, Presentity, PresentityUpdate,
        log::Partition,
        state::{Row, StateBatch, Table},
    },
};

/// What changed since it was written last.
#[derive(Debug, Default)]
pub(super) struct Unsaved {
    /// Sessions and addresses.
    keys: BTreeSet<IdentityKey>,
    /// Names made of these, of persons that were merged or ceased to be.
    former: BTreeSet<Presentity>,
    /// Digests of network elements and access points that were reset.
    resets: BTreeSet<u32>,
}

/// Where the key of a row begins that tells whom a former name leads to; the name follows.
const FORMER: &[u8] = b"agent/former/";

impl Identities {
    /// Applies a bind: of the server's rows, which are those of lasting identities, and at recovery of
    /// the log, in its order.
    ///
    /// What the operator provisioned meanwhile is not overruled.
    pub fn apply(&mut self, bind: &Bind) {
        let person = self.person_of(&bind.presentity);
        if self.unite(bind, person) {
            // A session or an address may be the name of somebody whom others lead to, and have
            // ended: that one goes on is for updates to say.
            let row = self.passing(&bind.key);
            let row = row.filter(|row| self.end_of(row).is_none()).copied();
            match &bind.key {
                IdentityKey::Session(_) | IdentityKey::Address(_) => {
                    // Another session may have that name by now, and be somebody else's.
                    let row = row.filter(|row| self.root(row.person) == self.root(person));
                    if let Some(Led { origin, .. }) = row {
                        self.note_passing(&bind.key, person, (origin, bind.order));
                    }
                }
                // A row or record may be of a time when pseudonyms were noted too.
                IdentityKey::Nai(nai) if !is_lasting(nai) => {}
                key => self.tie(key.clone(), person),
            }
        }
        self.release(person);
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

    pub(super) fn note_unsaved(&mut self, key: IdentityKey) {
        if let Some(unsaved) = self.unsaved.as_mut() {
            unsaved.keys.insert(key);
        }
    }

    /// A name made of a session or an address leads to somebody else, or to nobody any more.
    pub(super) fn note_former(&mut self, name: &Presentity) {
        if let Some(unsaved) = self.unsaved.as_mut() {
            unsaved.former.insert(name.clone());
        }
    }

    pub(super) fn note_unsaved_reset(&mut self, named: u32) {
        if let Some(unsaved) = self.unsaved.as_mut() {
            unsaved.resets.insert(named);
        }
    }

    /// Appends the row of every session and address that changed since the last call, of every former
    /// name that such rows may lead to, and of every reset that they may be older than.
    pub fn take_writes(&mut self, batch: &mut StateBatch) {
        let Some(unsaved) = self.unsaved.as_mut().map(std::mem::take) else {
            return;
        };
        for key in unsaved.keys {
            let row = self.passing(&key);
            // By a former name, what is kept for that is held by the same rows as before.
            let held = row.and_then(|row| {
                let name = self.called(row.person)?;
                Some((name, row.order, row.has_ended, row.origin))
            });
            let name = postcard::to_stdvec(&key).unwrap_or_default();
            match held {
                Some(held) => batch.put_with(Table::Index, Partition::ALL, &name, |out| {
                    // Writing to memory does not fail.
                    let _ = postcard::to_io(&held, out);
                }),
                None => batch.remove(Table::Index, Partition::ALL, &name),
            }
        }
        for named in unsaved.resets {
            self.put_reset(named, batch);
        }
        for name in unsaved.former {
            let key = [FORMER, name.as_str().as_bytes()].concat();
            match self.next_name(&name) {
                Some(next) => {
                    let next = next.as_str().as_bytes();
                    batch.put(Table::Meta, Partition::ALL, &key, next);
                }
                None => batch.remove(Table::Meta, Partition::ALL, &key),
            }
        }
    }

    /// Whom a former name leads to: by another former name perhaps, which has a row of its own.
    fn next_name(&self, name: &Presentity) -> Option<&Presentity> {
        let person = self.by_name.get(name)?;
        let next = self.persons.get(*person as usize)?.as_ref().err()?;
        self.called(*next)
    }

    /// What a person is called, or was where a session or an address was the name and still leads there.
    fn called(&self, person: Person) -> Option<&Presentity> {
        let former = self.former.get(&person);
        let former = former.filter(|name| self.by_name.get(*name) == Some(&person));
        former.or_else(|| self.name(person))
    }

    /// Takes back a row of [`Self::take_writes`]; others are left alone. Rows come by table: of
    /// sessions and addresses first, which former names are kept for.
    pub fn load(&mut self, row: Row<'_>) {
        match row.table {
            Table::Index => self.load_passing(row),
            Table::Meta => {
                let name = row.key.strip_prefix(FORMER).map(str::from_utf8);
                match (name, str::from_utf8(row.value)) {
                    (Some(Ok(name)), Ok(next)) => self.load_former(name, next),
                    _ => self.load_reset(row),
                }
            }
            _ => {}
        }
    }

    fn load_passing(&mut self, row: Row<'_>) {
        let key = postcard::from_bytes(row.key);
        // A row may be of a time when it did not tell whose word it was.
        let held = postcard::from_bytes(row.value).or_else(|_| {
            postcard::from_bytes::<(_, _, _)>(row.value).map(|(presentity, order, has_ended)| {
                (presentity, order, has_ended, Origin::default())
            })
        });
        let (Ok(key), Ok(held)) = (key, held) else {
            return;
        };
        let (presentity, order, has_ended, origin): (Presentity, Order, bool, Origin) = held;
        let person = self.person_of(&presentity);
        let row = Led {
            person,
            order,
            origin,
            has_ended,
        };
        if let (IdentityKey::Session(session), true) = (&key, has_ended) {
            self.ended.insert((order.at, *session));
        }
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

    fn load_former(&mut self, name: &str, next: &str) {
        let name = Presentity::canonical(name);
        let (from, into) = (
            self.person_called(&name),
            self.person_called(&Presentity::canonical(next)),
        );
        // A damaged row could have them lead in a circle, or take a name from the operator.
        if is_passing(&name) && self.root(from) == from && self.root(into) != from {
            self.lead(from, into);
        }
    }

    /// The person of a name, be it a former one: what leads on to others does so as it did.
    fn person_called(&mut self, name: &Presentity) -> Person {
        let known = self.by_name.get(name).copied();
        known.unwrap_or_else(|| self.person_of(name))
    }

    /// Takes addresses and sessions from an update of the log: at recovery.
    pub fn apply_update(&mut self, update: &PresentityUpdate) {
        for change in &update.changes {
            if let Change::Session {
                key,
                address,
                ended,
                apn,
                ..
            } = change
            {
                let origin = Origin::new(update.source, &update.reporter, apn.as_deref());
                let told = (origin, update.order);
                // As when the event came: its session and address are its subject's, until it ends.
                self.begin(&IdentityKey::Session(*key), update.order);
                if let Some(address) = address {
                    self.begin(&IdentityKey::Address(address.to_canonical()), update.order);
                }
                let person = self.person_of(&update.presentity);
                self.note_passing(&IdentityKey::Session(*key), person, told);
                if let Some(address) = address.filter(|_| !self.is_over(*key, update.order)) {
                    let address = address.to_canonical();
                    self.note_passing(&IdentityKey::Address(address), person, told);
                }
                if *ended == Some(Ended::Session) {
                    self.end_session(*key, *address, update.order);
                }
                self.release(person);
            }
        }
    }
}
