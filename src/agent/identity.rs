//! Whose identity is it: from IMSI, number, name, URI, address and session to the presentity.
//!
//! Persons are known by the operator's provisioning and by what events bind: an event that carries
//! two identities says that both are one person's, in whatever order such events come. A person's
//! presentity is the one that the operator named, else the first of the public identities (sip, sips,
//! pres, tel, and then by text). A person without any has a *provisional* presentity. When two are
//! found to be one person, what was filed under the one that ceases to be moves. Two persons whom
//! the operator named stay two, whatever events say.

use std::{collections::BTreeSet, net::IpAddr, time::Duration};

use hashbrown::HashMap;
use pengate_codecs::Stamp;
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;
use thiserror::Error;

use crate::{
    event::{Imsi, Msisdn, Order, SessionKey, Subject},
    options::duration,
    pen::{Bind, IdentityKey, Presentity},
};

mod learn;
mod name;
mod passing;
mod provisioning;
mod release;
mod resets;
mod stored;

use self::{
    name::{is_passing, key_of},
    passing::Passing,
    stored::Unsaved,
};
pub use name::{imsi_of, number_in};
pub use passing::of_bearer;
pub use provisioning::{ProvisioningError, Subscriber, read_subscribers};
pub use resets::Origin;

/// Limits of the identity table.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Most identities held, provisioned and learned together (count, default 8000000). When the
    /// table is full nothing more is learned, and this is counted.
    pub identities_max: usize,
    /// Most sessions held, and most addresses (count, default 4000000). Where there is no room for one
    /// more, one that was told of long ago is forgotten, and this is counted.
    pub sessions_max: usize,
    /// How long it is known whose a session was that ended (default 1h), for reports of it that come
    /// later than its end. These are forgotten first where there is no room.
    #[serde(with = "duration")]
    pub linger: Duration,
    /// Most restarts of network elements and of their access points that are remembered (count,
    /// default 65536): what they told before is over. Beyond, the oldest is forgotten.
    pub resets_max: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            identities_max: 8_000_000,
            sessions_max: 4_000_000,
            linger: Duration::from_hours(1),
            resets_max: 65_536,
        }
    }
}

/// Index of a person in the table.
type Person = u32;

/// What is known of a person beside the name.
#[derive(Clone, Copy, Debug, Default)]
struct Traits {
    /// Numbers, to ask network elements by.
    imsi: Option<Imsi>,
    msisdn: Option<Msisdn>,
    /// The operator named this person: never merged into another.
    is_provisioned: bool,
    /// How many identities, sessions, addresses and merged persons lead here.
    held: u32,
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
    addresses: Passing<IpAddr>,
    sessions: Passing<SessionKey>,
    /// Which of the sessions ended, and when.
    ended: BTreeSet<(Stamp, SessionKey)>,
    /// The newest reset of each network element and access point, by digest.
    resets: HashMap<u32, Order>,
    /// Where room is looked for next.
    hand: usize,
    /// Name of each person, or the person that it was merged into.
    persons: Vec<Result<Presentity, Person>>,
    by_name: HashMap<Presentity, Person>,
    /// What persons were called that were merged, where a session or an address was the name.
    former: HashMap<Person, Presentity>,
    /// What is known of each person.
    traits: Vec<Traits>,
    /// Places of persons that were given back.
    free: Vec<Person>,
    /// Identities that were not learned for want of room.
    pub overflow: u64,
    /// Sessions and addresses that were forgotten for want of room.
    pub forgotten: u64,
    /// What changed since it was written last, when that is asked for.
    unsaved: Option<Unsaved>,
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
        if let Some(traits) = self.traits.get_mut(person as usize) {
            traits.is_provisioned = true;
        }
    }

    /// Has a lasting identity lead to a person.
    fn tie(&mut self, key: IdentityKey, person: Person) {
        if let Some(traits) = self.traits.get_mut(person as usize) {
            match key {
                IdentityKey::Imsi(imsi) => traits.imsi = traits.imsi.or(Some(imsi)),
                IdentityKey::Msisdn(msisdn) => traits.msisdn = traits.msisdn.or(Some(msisdn)),
                _ => {}
            }
        }
        self.hold(person);
        if let Some(former) = self.keys.insert(key, person) {
            self.let_go(former);
        }
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
            IdentityKey::Address(address) => {
                let rows = self.led_by(*address);
                let standing = rows.filter(|row| self.end_of(row).is_none());
                standing.max_by_key(|row| row.order)?.person
            }
            IdentityKey::Session(session) => {
                let row = self.sessions.get(session);
                row.filter(|row| self.end_of(row).is_none())?.person
            }
            _ => *self.keys.get(key)?,
        };
        self.name(person)
    }

    /// Every lasting identity that leads to a presentity: what network elements can be asked by. The
    /// first of each kind counts.
    #[must_use]
    pub fn subject(&self, presentity: &Presentity) -> Subject {
        let person = self.known_by_name(presentity);
        let traits = person.and_then(|person| self.traits.get(person as usize));
        let traits = traits.copied().unwrap_or_default();
        Subject {
            imsi: traits.imsi,
            msisdn: traits.msisdn,
            uri: (!presentity.is_provisional()).then(|| presentity.as_str().into()),
            ..Subject::default()
        }
    }

    /// The person of a name, added when there is room.
    fn add(&mut self, presentity: &Presentity) -> Result<Person, Unresolved> {
        let known = self.known_by_name(presentity);
        if known.is_none() && self.people() >= self.options.identities_max {
            self.overflow += 1;
            return Err(Unresolved::Full);
        }
        Ok(known.unwrap_or_else(|| self.person_of(presentity)))
    }

    /// The person that a name is, or was before it was merged.
    fn known_by_name(&self, presentity: &Presentity) -> Option<Person> {
        let tied = || self.keys.get(&key_of(presentity)?);
        let person = self.by_name.get(presentity).or_else(tied)?;
        Some(self.root(*person))
    }

    fn person_of(&mut self, presentity: &Presentity) -> Person {
        if let Some(person) = self.known_by_name(presentity) {
            return person;
        }
        let next = Person::try_from(self.persons.len()).unwrap_or(Person::MAX);
        let person = self.free.pop().unwrap_or(next);
        match self.persons.get_mut(person as usize) {
            Some(place) => *place = Ok(presentity.clone()),
            None => self.persons.push(Ok(presentity.clone())),
        }
        match self.traits.get_mut(person as usize) {
            Some(traits) => *traits = Traits::default(),
            None => self.traits.push(Traits::default()),
        }
        self.by_name.insert(presentity.clone(), person);
        person
    }

    fn merge(&mut self, from: Person, into: Person) {
        let (from, into) = (self.root(from), self.root(into));
        if from != into {
            self.lead(from, into);
            self.release(from);
        }
    }

    /// Has a person that was not merged yet lead to another, who is not led here.
    fn lead(&mut self, from: Person, into: Person) {
        if let Some(slot) = self.persons.get_mut(from as usize)
            && let Ok(name) = std::mem::replace(slot, Err(into))
            && is_passing(&name)
        {
            self.note_former(&name);
            self.former.insert(from, name);
        }
        self.hold(into);
        let former = self.traits.get(from as usize).copied();
        if let (Some(former), Some(traits)) = (former, self.traits.get_mut(into as usize)) {
            traits.imsi = traits.imsi.or(former.imsi);
            traits.msisdn = traits.msisdn.or(former.msisdn);
        }
    }

    fn root(&self, mut person: Person) -> Person {
        // Only a person that was not merged yet is, and into such a one: there is no circle.
        while let Some(Err(next)) = self.persons.get(person as usize) {
            person = *next;
        }
        person
    }

    fn name(&self, person: Person) -> Option<&Presentity> {
        self.persons.get(self.root(person) as usize)?.as_ref().ok()
    }

    fn is_provisioned(&self, person: Person) -> bool {
        let traits = self.traits.get(person as usize);
        traits.is_some_and(|traits| traits.is_provisioned)
    }

    fn is_provisional(&self, person: Person) -> bool {
        self.name(person).is_none_or(Presentity::is_provisional)
    }
}

#[cfg(test)]
mod tests;
