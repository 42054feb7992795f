//! Sessions and addresses: what leads to a person for a while.

use std::{hash::Hash, net::IpAddr};

use hashbrown::DefaultHashBuilder;
use indexmap::IndexMap;
use pengate_codecs::Stamp;

use super::{Identities, Origin, Person, name::name_of};
use crate::{
    event::{Order, SessionKey},
    pen::IdentityKey,
};

/// Whom sessions lead to, or addresses. Rows have places, so that some can be looked at.
pub(super) type Passing<K> = IndexMap<K, Led, DefaultHashBuilder>;

/// Whom a row leads to, and by which word.
#[derive(Clone, Copy, Debug)]
pub(super) struct Led {
    pub person: Person,
    pub order: Order,
    /// Whose word it was.
    pub origin: Origin,
    /// That word was the session's end.
    pub has_ended: bool,
}

/// What leads to the holder of an address of a packet bearer: of IPv6 the prefix of 64 bits, which is
/// one bearer's (TS 29.061). The device chooses the rest itself, and as often as it likes: a network
/// element tells the prefix alone, whoever met the device the whole.
#[must_use]
pub fn of_bearer(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() >> 64 << 64).into()),
        v4 @ IpAddr::V4(_) => v4,
    }
}

/// Of how many rows the one is forgotten that was told of least recently. To find the oldest of all
/// would cost time or memory with each report.
const LOOKED_AT: usize = 16;

/// How many rows are forgotten at most for one that is new: more than one, so that a table shrinks
/// that holds more than it may by now.
const FORGOTTEN_AT_ONCE: usize = 2;

impl Identities {
    /// The rows that an address may lead by: its own, and that of its prefix, which whoever has it
    /// may be known by. Hosts of a prefix that is nobody's by itself have rows of their own.
    pub(super) fn led_by(&self, address: IpAddr) -> impl Iterator<Item = &Led> {
        let whole = address.to_canonical();
        let prefix = Some(of_bearer(address)).filter(|prefix| *prefix != whole);
        let addresses = std::iter::once(whole).chain(prefix);
        addresses.filter_map(|address| self.addresses.get(&address))
    }

    /// The row of a session or an address.
    pub(super) fn passing(&self, key: &IdentityKey) -> Option<&Led> {
        match key {
            IdentityKey::Session(session) => self.sessions.get(session),
            IdentityKey::Address(address) => self.addresses.get(address),
            _ => None,
        }
    }

    /// Notes which session or address leads to a person; the newest word counts, and somebody known
    /// before nobody. The caller releases the person, whom a row may not lead to after all.
    pub(super) fn note_passing(
        &mut self,
        key: &IdentityKey,
        person: Person,
        (origin, order): (Origin, Order),
    ) {
        // What is forgotten below may be all that leads there so far.
        self.hold(person);
        self.make_room(key);
        let row = Led {
            person,
            order,
            origin,
            has_ended: false,
        };
        let has_room = self.options.sessions_max > 0;
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
            IdentityKey::Session(session) => note(sessions, *session, row, has_room, is_nobody),
            IdentityKey::Address(address) => note(addresses, *address, row, has_room, is_nobody),
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

    /// A session ended, and leads nobody any more to the address that it held. Whose it was is known
    /// for a while: its beginning may come later than its end.
    pub fn end_session(&mut self, session: SessionKey, address: Option<IpAddr>, order: Order) {
        let address = address.map(|told| told.to_canonical());
        let row = self.sessions.get_mut(&session);
        let own = row.as_ref().map(|row| row.person);
        if let Some(row) = row.filter(|row| row.order <= order && !row.has_ended) {
            row.order = order;
            row.has_ended = true;
            self.ended.insert((order.at, session));
            self.note_unsaved(IdentityKey::Session(session));
        }
        let held = address.and_then(|address| Some((address, *self.addresses.get(&address)?)));
        let is_its_own = |row: &Led| {
            row.order <= order && own.is_none_or(|own| self.root(own) == self.root(row.person))
        };
        if let Some((address, row)) = held.filter(|(_, row)| is_its_own(row)) {
            self.addresses.swap_remove(&address);
            self.note_unsaved(IdentityKey::Address(address));
            self.let_go(row.person);
        }
        let linger = self.options.linger;
        while self.drop_ended(|ended| ended + linger <= order.at) {}
    }

    /// Something is told of a session or an address: if it is of after the end of the one that is known,
    /// it is another of the same name, and maybe somebody else's, who may be called by it again.
    pub(super) fn begin(&mut self, key: &IdentityKey, order: Order) {
        let row = self.passing(key);
        let ended = row.filter(|row| self.end_of(row).is_some_and(|end| end < order));
        let Some(told_at) = ended.map(|row| row.order.at) else {
            return;
        };
        if let IdentityKey::Session(session) = key {
            self.ended.remove(&(told_at, *session));
        }
        self.forget(key);
        self.free_name(&name_of(key));
    }

    /// Forgets the session that ended first, if it did so long enough ago.
    fn drop_ended(&mut self, is_due: impl Fn(Stamp) -> bool) -> bool {
        let Some((ended, session)) = self.ended.first().copied().filter(|it| is_due(it.0)) else {
            return false;
        };
        self.ended.remove(&(ended, session));
        self.forget(&IdentityKey::Session(session));
        true
    }

    /// Makes room for a row that is new. The end of sessions that are told of no more may have been
    /// lost, or they ended by running out.
    fn make_room(&mut self, new: &IdentityKey) {
        let max = self.options.sessions_max;
        for _ in 0..FORGOTTEN_AT_ONCE {
            let oldest = match new {
                IdentityKey::Session(key) => {
                    if self.sessions.len() < max || self.sessions.contains_key(key) {
                        return;
                    }
                    if self.drop_ended(|_| true) {
                        continue;
                    }
                    oldest(&self.sessions, self.hand).map(IdentityKey::Session)
                }
                IdentityKey::Address(key) => {
                    if self.addresses.len() < max || self.addresses.contains_key(key) {
                        return;
                    }
                    oldest(&self.addresses, self.hand).map(IdentityKey::Address)
                }
                _ => return,
            };
            let Some(oldest) = oldest else { return };
            self.hand = self.hand.wrapping_add(1);
            self.forgotten += 1;
            self.forget(&oldest);
        }
    }

    fn forget(&mut self, key: &IdentityKey) {
        let gone = match key {
            IdentityKey::Session(session) => self.sessions.swap_remove(session),
            IdentityKey::Address(address) => self.addresses.swap_remove(address),
            _ => None,
        };
        self.note_unsaved(key.clone());
        if let Some(gone) = gone {
            self.let_go(gone.person);
        }
    }
}

/// Of rows throughout the table, others each time, the one that was told of least recently.
fn oldest<K: Copy + Eq + Hash>(table: &Passing<K>, hand: usize) -> Option<K> {
    let apart = table.len().div_ceil(LOOKED_AT);
    let places = (0..LOOKED_AT).map(|place| hand.wrapping_add(place.wrapping_mul(apart)));
    let rows = places.filter_map(|place| table.get_index(place.checked_rem(table.len())?));
    rows.min_by_key(|(_, row)| row.order).map(|(key, _)| *key)
}

/// What became of a row.
enum Noted {
    New,
    /// It led to this person before.
    InPlaceOf(Person),
    /// A newer word stands.
    Late,
    /// There is no room for any.
    Full,
}

/// Notes a row.
fn note<K: Eq + Hash>(
    table: &mut Passing<K>,
    key: K,
    row: Led,
    has_room: bool,
    is_nobody: impl Fn(Person) -> bool,
) -> Noted {
    match table.get_mut(&key) {
        Some(held) if held.has_ended => Noted::Late,
        Some(held) if held.order <= row.order || is_nobody(held.person) => {
            let origin = row.origin.or(held.origin);
            Noted::InPlaceOf(std::mem::replace(held, Led { origin, ..row }).person)
        }
        Some(_) => Noted::Late,
        None if has_room => {
            table.insert(key, row);
            Noted::New
        }
        None => Noted::Full,
    }
}
