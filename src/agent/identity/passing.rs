//! Sessions and addresses: what leads to a person for a while.

use std::{hash::Hash, net::IpAddr};

use hashbrown::HashMap;

use super::{Identities, Person, name::name_of};
use crate::{
    event::{Order, SessionKey},
    pen::IdentityKey,
};

/// Whom sessions lead to, or addresses.
pub(super) type Passing<K> = HashMap<K, Led>;

/// Whom a row leads to, and by which word.
#[derive(Clone, Copy, Debug)]
pub(super) struct Led {
    pub person: Person,
    pub order: Order,
}

/// What part of a full table is forgotten at once: often enough for few to be forgotten, and seldom
/// enough for it to cost little each time that a row is added.
const FORGOTTEN_PART: usize = 16;

impl Identities {
    /// Notes which session or address leads to a person; the newest word counts, and somebody known
    /// before nobody. The caller releases the person, whom a row may not lead to after all.
    pub(super) fn note_passing(&mut self, key: &IdentityKey, person: Person, order: Order) {
        // What is forgotten below may be all that leads there so far.
        self.hold(person);
        self.make_room(key);
        let row = Led { person, order };
        let max = self.options.sessions_max;
        let Self {
            sessions,
            addresses,
            persons,
            ..
        } = self;
        let is_nobody = |person: Person| {
            let name = persons.get(person as usize);
            name.is_some_and(|name| name.as_ref().is_ok_and(|name| *name == name_of(key)))
        };
        let noted = match key {
            IdentityKey::Session(session) => note(sessions, *session, row, max, is_nobody),
            IdentityKey::Address(address) => note(addresses, *address, row, max, is_nobody),
            _ => Noted::Late,
        };
        match noted {
            Noted::New => {}
            Noted::InPlaceOf(former) => self.let_go(former),
            Noted::Late => self.unhold(person),
            Noted::Full => {
                self.unhold(person);
                self.overflow += 1;
            }
        }
        self.note_unsaved(key.clone());
    }

    /// Forgets a session and the address that it held, once it ended.
    pub fn forget_session(&mut self, session: SessionKey, address: Option<IpAddr>, order: Order) {
        let gone = self.sessions.remove(&session);
        self.note_unsaved(IdentityKey::Session(session));
        let held = address.and_then(|address| Some((address, *self.addresses.get(&address)?)));
        let is_its_own = |row: &Led| {
            row.order <= order
                && gone.is_none_or(|gone| self.root(gone.person) == self.root(row.person))
        };
        if let Some((address, row)) = held.filter(|(_, row)| is_its_own(row)) {
            self.addresses.remove(&address);
            self.note_unsaved(IdentityKey::Address(address));
            self.let_go(row.person);
        }
        if let Some(gone) = gone {
            self.let_go(gone.person);
        }
    }

    /// Forgets some rows where a new one finds no room: the end of those that are told of no more
    /// may have been lost, or they ended by running out.
    fn make_room(&mut self, key: &IdentityKey) {
        let max = self.options.sessions_max;
        let (sessions, addresses) = (&mut self.sessions, &mut self.addresses);
        let gone = match key {
            IdentityKey::Session(new) if sessions.len() >= max && !sessions.contains_key(new) => {
                forget_oldest(sessions, IdentityKey::Session)
            }
            IdentityKey::Address(new) if addresses.len() >= max && !addresses.contains_key(new) => {
                forget_oldest(addresses, IdentityKey::Address)
            }
            _ => return,
        };
        for (key, person) in gone {
            self.forgotten += 1;
            self.note_unsaved(key);
            self.let_go(person);
        }
    }
}

/// Takes out the rows that were told of least recently.
fn forget_oldest<K: Copy + Eq + Hash>(
    table: &mut Passing<K>,
    key_of: impl Fn(K) -> IdentityKey,
) -> Vec<(IdentityKey, Person)> {
    let mut orders: Vec<_> = table.values().map(|row| row.order).collect();
    let last = (orders.len() / FORGOTTEN_PART).saturating_sub(1);
    if orders.is_empty() {
        return Vec::new();
    }
    let last = *orders.select_nth_unstable(last).1;
    drop(orders);
    let gone = table.extract_if(|_, row| row.order <= last);
    gone.map(|(key, row)| (key_of(key), row.person)).collect()
}

/// What became of a row.
enum Noted {
    New,
    /// It led to this person before.
    InPlaceOf(Person),
    /// A newer word stands.
    Late,
    /// There is no room.
    Full,
}

/// Notes a row.
fn note<K: Eq + Hash>(
    table: &mut Passing<K>,
    key: K,
    row: Led,
    max: usize,
    is_nobody: impl Fn(Person) -> bool,
) -> Noted {
    let is_full = table.len() >= max;
    match table.get_mut(&key) {
        Some(held) if held.order <= row.order || is_nobody(held.person) => {
            Noted::InPlaceOf(std::mem::replace(held, row).person)
        }
        Some(_) => Noted::Late,
        None if is_full => Noted::Full,
        None => {
            table.insert(key, row);
            Noted::New
        }
    }
}
