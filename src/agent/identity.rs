//! Whose identity is it: from IMSI, number, name, URI, address and session to the presentity.
//!
//! Persons are known by the operator's provisioning and by what events bind: an event that carries
//! two identities says that both are one person's. A person without a public identity has a
//! *provisional* presentity; once a public identity is bound, what was filed there moves.

use std::{collections::BTreeSet, hash::Hash, net::IpAddr};

use hashbrown::HashMap;
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;
use thiserror::Error;

use crate::{
    event::{Imsi, Msisdn, Order, SessionKey, Subject},
    pen::{
        Bind, Change, IdentityKey, Presentity, PresentityUpdate, Tie,
        log::Partition,
        state::{Row, StateBatch, Table},
    },
};

mod provisioning;

pub use provisioning::{ProvisioningError, Subscriber, read_subscribers};

/// Limits of the identity table.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Most identities held, provisioned and learned together (count, default 8000000). When the
    /// table is full nothing more is learned, and this is counted.
    pub identities_max: usize,
    /// Most addresses and sessions held (count, default 4000000).
    pub sessions_max: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            identities_max: 8_000_000,
            sessions_max: 4_000_000,
        }
    }
}

/// Index of a person in the table.
type Person = u32;

#[derive(Clone, Copy, Debug)]
struct Transient {
    person: Person,
    order: Order,
}

/// The numbers of a person.
#[derive(Clone, Copy, Debug, Default)]
struct Numbers {
    imsi: Option<Imsi>,
    msisdn: Option<Msisdn>,
}

/// What a subject led to.
#[derive(Debug)]
pub struct Resolved {
    /// The presentity, perhaps a provisional one.
    pub presentity: Presentity,
    /// What was learned on the way and has to be recorded before the update.
    pub binds: SmallVec<[Bind; 2]>,
}

/// Why a subject led to nobody.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum Unresolved {
    /// It carries no identity.
    #[error("the event carries no identity")]
    Nobody,
    /// It is somebody new, and the table is full.
    #[error("the identity table is full")]
    Full,
}

/// The identities of all persons.
#[derive(Debug, Default)]
pub struct Identities {
    options: Options,
    keys: HashMap<IdentityKey, Person>,
    addresses: HashMap<IpAddr, Transient>,
    sessions: HashMap<SessionKey, Transient>,
    /// Name of each person, or the person that it was merged into.
    persons: Vec<Result<Presentity, Person>>,
    by_name: HashMap<Presentity, Person>,
    /// Numbers of each person, to ask network elements by.
    numbers: Vec<Numbers>,
    /// Identities that were not learned for want of room.
    pub overflow: u64,
    /// Sessions and addresses that changed since they were written last, when that is asked for.
    unsaved: Option<BTreeSet<IdentityKey>>,
}

impl Identities {
    /// An empty table.
    #[must_use]
    pub fn new(options: Options) -> Self {
        Self {
            options,
            ..Self::default()
        }
    }

    /// Adds a subscriber of the provisioning file. The first URI is the presentity.
    pub fn provision(&mut self, subscriber: &Subscriber) {
        let Some(presentity) = subscriber.uris.first() else {
            return;
        };
        let person = self.person_of(&Presentity::canonical(presentity.clone()));
        let keys = subscriber
            .imsi
            .map(IdentityKey::Imsi)
            .into_iter()
            .chain(subscriber.msisdn.map(IdentityKey::Msisdn))
            .chain(subscriber.uris.iter().cloned().map(IdentityKey::Uri));
        for key in keys {
            self.tie(key, person);
        }
    }

    /// Has a lasting identity lead to a person.
    fn tie(&mut self, key: IdentityKey, person: Person) {
        if let Some(numbers) = self.numbers.get_mut(person as usize) {
            match key {
                IdentityKey::Imsi(imsi) => numbers.imsi = numbers.imsi.or(Some(imsi)),
                IdentityKey::Msisdn(msisdn) => numbers.msisdn = numbers.msisdn.or(Some(msisdn)),
                _ => {}
            }
        }
        self.keys.insert(key, person);
    }

    /// How many identities lead to somebody.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether nobody is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The presentity of a key, if anybody has it.
    #[must_use]
    pub fn find(&self, key: &IdentityKey) -> Option<&Presentity> {
        let person = match key {
            IdentityKey::Address(address) => self.addresses.get(address)?.person,
            IdentityKey::Session(session) => self.sessions.get(session)?.person,
            _ => *self.keys.get(key)?,
        };
        self.name(person)
    }

    /// Every lasting identity that leads to a presentity: what network elements can be asked by. The
    /// first of each kind counts.
    #[must_use]
    pub fn subject(&self, presentity: &Presentity) -> Subject {
        let person = self
            .by_name
            .get(presentity)
            .map(|person| self.root(*person));
        let numbers = person.and_then(|person| self.numbers.get(person as usize));
        let numbers = numbers.copied().unwrap_or_default();
        Subject {
            imsi: numbers.imsi,
            msisdn: numbers.msisdn,
            uri: (!presentity.is_provisional()).then(|| presentity.as_str().into()),
            ..Subject::default()
        }
    }

    /// Finds the presentity of a subject and learns what the subject ties together.
    ///
    /// # Errors
    /// [`Unresolved`] when the subject carries no identity, or a new one and the table is full.
    pub fn resolve(&mut self, subject: &Subject, order: Order) -> Result<Resolved, Unresolved> {
        let keys = lasting_keys(subject);
        let known = self.known(&keys, subject);
        let public = known
            .iter()
            .copied()
            .find(|person| !self.is_provisional(*person));
        let person = match (public, &subject.uri, known.first()) {
            (Some(person), ..) => person,
            (None, Some(uri), _) => self.add(&Presentity::canonical(uri.clone()))?,
            (None, None, Some(person)) => *person,
            (None, None, None) => {
                self.add(&provisional(&keys, subject).ok_or(Unresolved::Nobody)?)?
            }
        };
        let mut binds = SmallVec::new();
        self.learn(person, &keys, order, &mut binds);
        self.note_transients(subject, person, order, &mut binds);
        let presentity = self.name(person).cloned().ok_or(Unresolved::Nobody)?;
        Ok(Resolved { presentity, binds })
    }

    /// Applies a bind of the log: at recovery, in the order of the log.
    pub fn apply(&mut self, bind: &Bind) {
        let person = self.person_of(&bind.presentity);
        if let Some(former) = &bind.former {
            let former = self.person_of(former);
            self.merge(former, person);
        }
        self.tie(bind.key.clone(), person);
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
        match key {
            IdentityKey::Session(session) => {
                self.sessions.insert(session, row);
            }
            IdentityKey::Address(address) => {
                self.addresses.insert(address, row);
            }
            _ => {}
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
                let person = self.person_of(&update.presentity);
                let subject = Subject {
                    address: address.filter(|_| ended.is_none()),
                    session: Some(*key),
                    ..Subject::default()
                };
                self.note_transients(&subject, person, update.order, &mut SmallVec::new());
            }
        }
    }

    /// The persons that a subject's identities lead to, the most telling identity first.
    fn known(&self, keys: &[IdentityKey], subject: &Subject) -> SmallVec<[Person; 6]> {
        let lasting = keys.iter().filter_map(|key| self.keys.get(key).copied());
        let session = subject.session.and_then(|key| self.sessions.get(&key));
        // An address is given to one subscriber after another: it leads to a person only when the
        // event carries nothing better.
        let is_last_resort = keys.is_empty() && session.is_none();
        let address = subject.address.filter(|_| is_last_resort);
        let address = address.and_then(|key| self.addresses.get(&key));
        lasting
            .chain(session.map(|row| row.person))
            .chain(address.map(|row| row.person))
            .map(|person| self.root(person))
            .collect()
    }

    fn unsaved(&mut self, key: IdentityKey) {
        if let Some(unsaved) = self.unsaved.as_mut() {
            unsaved.insert(key);
        }
    }

    fn is_provisional(&self, person: Person) -> bool {
        self.name(person).is_none_or(Presentity::is_provisional)
    }

    /// Ties every lasting identity to `person`, and merges provisional persons met on the way.
    fn learn(
        &mut self,
        person: Person,
        keys: &[IdentityKey],
        order: Order,
        binds: &mut SmallVec<[Bind; 2]>,
    ) {
        for key in keys {
            let held = self.keys.get(key).map(|person| self.root(*person));
            if held == Some(person) {
                continue;
            }
            let former = held.and_then(|held| self.name(held)).cloned();
            if former.as_ref().is_some_and(|name| !name.is_provisional()) {
                // Somebody else's: what is provisioned or was learned first stays.
                continue;
            }
            if held.is_none() && self.keys.len() >= self.options.identities_max {
                self.overflow += 1;
                continue;
            }
            let Some(presentity) = self.name(person).cloned() else {
                continue;
            };
            if let Some(held) = held {
                self.merge(held, person);
            }
            self.tie(key.clone(), person);
            if presentity.as_str() != provisional_name(key).as_str() {
                binds.push(Bind {
                    key: key.clone(),
                    presentity,
                    former,
                    order,
                    tie: Tie::Learned,
                });
            }
        }
    }

    /// Notes which session and address lead to `person`; the newest word counts.
    ///
    /// What was filed under the session itself, before anybody knew whose it is, moves.
    fn note_transients(
        &mut self,
        subject: &Subject,
        person: Person,
        order: Order,
        binds: &mut SmallVec<[Bind; 2]>,
    ) {
        let row = Transient { person, order };
        if let Some(session) = subject.session {
            let held = self.sessions.get(&session).map(|row| self.root(row.person));
            if let Some(held) = held.filter(|held| *held != person && self.is_provisional(*held)) {
                let names = self.name(held).cloned().zip(self.name(person).cloned());
                binds.extend(names.map(|(former, presentity)| Bind {
                    key: IdentityKey::Session(session),
                    presentity,
                    former: Some(former),
                    order,
                    tie: Tie::Learned,
                }));
                self.merge(held, person);
            }
            self.overflow += note(&mut self.sessions, session, row, self.options.sessions_max);
            self.unsaved(IdentityKey::Session(session));
        }
        if let Some(address) = subject.address {
            self.overflow += note(&mut self.addresses, address, row, self.options.sessions_max);
            self.unsaved(IdentityKey::Address(address));
        }
    }

    /// Forgets a session and the address that it held, once it ended.
    pub fn forget_session(&mut self, session: SessionKey, address: Option<IpAddr>, order: Order) {
        let gone = self.sessions.remove(&session);
        self.unsaved(IdentityKey::Session(session));
        let Some(address) = address else { return };
        let is_its_own = self.addresses.get(&address).is_some_and(|row| {
            row.order <= order && gone.is_none_or(|gone| gone.person == row.person)
        });
        if is_its_own {
            self.addresses.remove(&address);
            self.unsaved(IdentityKey::Address(address));
        }
    }

    /// The person of a name, added when there is room.
    fn add(&mut self, presentity: &Presentity) -> Result<Person, Unresolved> {
        let is_new = !self.by_name.contains_key(presentity);
        if is_new && self.by_name.len() >= self.options.identities_max {
            self.overflow += 1;
            return Err(Unresolved::Full);
        }
        Ok(self.person_of(presentity))
    }

    fn person_of(&mut self, presentity: &Presentity) -> Person {
        if let Some(person) = self.by_name.get(presentity) {
            return self.root(*person);
        }
        let person = Person::try_from(self.persons.len()).unwrap_or(Person::MAX);
        self.persons.push(Ok(presentity.clone()));
        self.numbers.push(Numbers::default());
        self.by_name.insert(presentity.clone(), person);
        person
    }

    fn merge(&mut self, from: Person, into: Person) {
        let (from, into) = (self.root(from), self.root(into));
        if from == into {
            return;
        }
        if let Some(slot) = self.persons.get_mut(from as usize) {
            *slot = Err(into);
        }
        let former = self.numbers.get(from as usize).copied();
        if let (Some(former), Some(numbers)) = (former, self.numbers.get_mut(into as usize)) {
            numbers.imsi = numbers.imsi.or(former.imsi);
            numbers.msisdn = numbers.msisdn.or(former.msisdn);
        }
    }

    fn root(&self, mut person: Person) -> Person {
        // Merges go from provisional persons to others and never in a circle, see `merge`.
        while let Some(Err(next)) = self.persons.get(person as usize) {
            person = *next;
        }
        person
    }

    fn name(&self, person: Person) -> Option<&Presentity> {
        self.persons.get(self.root(person) as usize)?.as_ref().ok()
    }
}

/// Notes a row; returns how many were not noted for want of room.
fn note<K: Eq + Hash>(
    table: &mut HashMap<K, Transient>,
    key: K,
    row: Transient,
    max: usize,
) -> u64 {
    if table.len() >= max && !table.contains_key(&key) {
        return 1;
    }
    let held = table.entry(key).or_insert(row);
    if held.order <= row.order {
        *held = row;
    }
    0
}

/// The identities that stay with a person, the most telling first.
fn lasting_keys(subject: &Subject) -> SmallVec<[IdentityKey; 4]> {
    subject
        .uri
        .clone()
        .map(IdentityKey::Uri)
        .into_iter()
        .chain(subject.imsi.map(IdentityKey::Imsi))
        .chain(subject.msisdn.map(IdentityKey::Msisdn))
        .chain(subject.nai.clone().map(IdentityKey::Nai))
        .collect()
}

/// The presentity of somebody of whom no public identity is known.
fn provisional(keys: &[IdentityKey], subject: &Subject) -> Option<Presentity> {
    let transient = || {
        subject
            .session
            .map(IdentityKey::Session)
            .or_else(|| subject.address.map(IdentityKey::Address))
    };
    keys.first()
        .cloned()
        .or_else(transient)
        .map(|key| provisional_name(&key))
}

fn provisional_name(key: &IdentityKey) -> Presentity {
    Presentity::canonical(match key {
        IdentityKey::Imsi(imsi) => format!("imsi:{}", imsi.0),
        IdentityKey::Msisdn(msisdn) => format!("msisdn:{}", msisdn.0),
        IdentityKey::Nai(nai) => format!("nai:{nai}"),
        // A URI is a public identity as it stands.
        IdentityKey::Uri(uri) => uri.to_string(),
        IdentityKey::Address(address) => format!("address:{address}"),
        IdentityKey::Session(session) => format!("session:{:016x}", session.0),
    })
}

#[cfg(test)]
mod tests;
