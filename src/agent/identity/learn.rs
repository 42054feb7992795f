//! Whom a subject is about, and what its identities teach.

use smallvec::SmallVec;

use super::{
    Identities, Origin, Person, Resolved, Unresolved,
    name::{imsi, key_of, lasting_keys, name_of, rank},
    passing::Led,
};
use crate::{
    event::{Order, SessionKey, Subject},
    pen::{Bind, IdentityKey, Presentity, Tie},
};

impl Identities {
    /// Finds the presentity of a subject and learns what the subject ties together. The origin is that
    /// of the session that the subject names, if it names any.
    ///
    /// # Errors
    /// [`Unresolved`] when the subject carries no identity, or a new one and the table is full.
    pub fn resolve(
        &mut self,
        subject: &Subject,
        origin: Origin,
        order: Order,
    ) -> Result<Resolved, Unresolved> {
        if let Some(session) = subject.session {
            self.begin(&IdentityKey::Session(session), order);
        }
        if let Some(address) = subject.address {
            self.begin(&IdentityKey::Address(address.to_canonical()), order);
        }
        let keys = lasting_keys(subject);
        // That somebody has an address is not told by who is known by it alone.
        let is_by_address = keys.is_empty() && subject.session.is_none();
        let mut binds = SmallVec::new();
        let person = match self.agreed(&keys, subject, order) {
            Some(person) => person,
            None => self.join(&keys, subject, order, &mut binds)?,
        };
        let presentity = self.name(person).cloned().ok_or(Unresolved::Nobody)?;
        if let Some(session) = subject.session {
            let key = IdentityKey::Session(session);
            let holder = self.holder_of_session(subject);
            let is_same =
                |holder: &Person| self.is_provisional(*holder) && self.fits(*holder, subject);
            if let Some(holder) = holder.filter(is_same) {
                self.absorb(holder, person, order, &mut binds);
            }
            self.note_passing(&key, person, (origin, order));
        }
        let is_over = |session| self.is_over(session, order);
        if let Some(address) = subject.address.map(|told| told.to_canonical())
            && !subject.session.is_some_and(is_over)
            && !(is_by_address && self.holder_of_address(subject, order) == Some(person))
        {
            self.note_passing(&IdentityKey::Address(address), person, (origin, order));
        }
        // There may have been no room for the session that the person is named by.
        self.release(person);
        Ok(Resolved { presentity, binds })
    }

    /// The person that all identities lead to, when there is nothing to learn.
    fn agreed(&self, keys: &[IdentityKey], subject: &Subject, order: Order) -> Option<Person> {
        let session = self.holder_of_session(subject);
        let Some((first, others)) = keys.split_first() else {
            return session.or_else(|| self.holder_of_address(subject, order));
        };
        let held = |key| self.keys.get(key).map(|person| self.root(*person));
        let person = held(first)?;
        let agree = others.iter().all(|key| held(key) == Some(person));
        (agree && session.is_none_or(|session| session == person)).then_some(person)
    }

    /// Whose session it is, or was until it ended.
    fn holder_of_session(&self, subject: &Subject) -> Option<Person> {
        let row = self.sessions.get(&subject.session?)?;
        Some(self.root(row.person))
    }

    /// Whether a session had ended by the time that something was told of it.
    pub(super) fn is_over(&self, session: SessionKey, order: Order) -> bool {
        let row = self.sessions.get(&session);
        let end = row.and_then(|row| self.end_of(row));
        end.is_some_and(|end| order <= end)
    }

    /// Whether a person has no other numbers than a subject.
    fn fits(&self, person: Person, subject: &Subject) -> bool {
        let traits = self.traits.get(person as usize);
        let traits = traits.copied().unwrap_or_default();
        let imsi = traits.imsi.zip(imsi(subject));
        let msisdn = traits.msisdn.zip(subject.msisdn);
        imsi.is_none_or(|(own, told)| own == told) && msisdn.is_none_or(|(own, told)| own == told)
    }

    /// An address is given to one subscriber after another: it leads to a person only when an event
    /// carries nothing better.
    fn holder_of_address(&self, subject: &Subject, order: Order) -> Option<Person> {
        let address = subject.address?;
        let is_over = |row: &&Led| self.end_of(row).is_some_and(|end| end < order);
        let rows = self.led_by(address).filter(|row| !is_over(row));
        let row = rows.max_by_key(|row| row.order)?;
        Some(self.root(row.person))
    }

    /// Makes one person of all whom the identities lead to, and ties what leads to nobody.
    fn join(
        &mut self,
        keys: &[IdentityKey],
        subject: &Subject,
        order: Order,
        binds: &mut SmallVec<[Bind; 2]>,
    ) -> Result<Person, Unresolved> {
        let person = self.choose(keys, subject)?;
        for key in keys {
            let held = self.keys.get(key).map(|person| self.root(*person));
            if held == Some(person) {
                continue;
            }
            match held.or_else(|| self.known_by_name(&name_of(key))) {
                // Whom the operator named keeps what is his.
                Some(other) if other != person && self.is_provisioned(other) => continue,
                Some(other) => self.absorb(other, person, order, binds),
                None => {}
            }
            if held.is_none() {
                self.learn(key, person, order, binds);
            }
        }
        Ok(person)
    }

    /// Whose event it is: the first whom the operator named, else whoever has the least name.
    fn choose(&mut self, keys: &[IdentityKey], subject: &Subject) -> Result<Person, Unresolved> {
        let mut names: SmallVec<[Presentity; 6]> = SmallVec::new();
        let mut known = None;
        let mut is_public = false;
        for key in keys {
            let held = self.keys.get(key).map(|person| self.root(*person));
            if let Some(person) = held.filter(|person| self.is_provisioned(*person)) {
                return Ok(person);
            }
            known = known.or(held);
            let name = held.and_then(|person| self.name(person)).cloned();
            let name = name.unwrap_or_else(|| name_of(key));
            is_public |= !name.is_provisional();
            names.push(name);
        }
        // A network element may use the name of a session again: that alone makes no one of two
        // who have public identities, or numbers of their own.
        let session = self.holder_of_session(subject);
        let is_same = |person: &Person| {
            (!is_public || self.is_provisional(*person)) && self.fits(*person, subject)
        };
        if let Some(person) = session.filter(is_same) {
            if self.is_provisioned(person) {
                return Ok(person);
            }
            known = known.or(session);
            names.extend(self.name(person).cloned());
        }
        if names.is_empty() {
            let session = subject.session.map(IdentityKey::Session);
            let address = || Some(IdentityKey::Address(subject.address?.to_canonical()));
            let key = session.or_else(address).ok_or(Unresolved::Nobody)?;
            names.push(name_of(&key));
        }
        let least = names.iter().min_by_key(|name| rank(name));
        match (least.map(|name| self.add(name)), known) {
            (Some(Ok(person)), _) => Ok(person),
            // There is no room for a better name: the one there is does.
            (_, Some(person)) => Ok(person),
            (Some(Err(full)), None) => Err(full),
            (None, None) => Err(Unresolved::Nobody),
        }
    }

    /// Ties an identity that leads to nobody yet. Something may have been filed under its own name
    /// all the same: before a restart, or by watchers.
    fn learn(
        &mut self,
        key: &IdentityKey,
        person: Person,
        order: Order,
        binds: &mut SmallVec<[Bind; 2]>,
    ) {
        if self.keys.len() >= self.options.identities_max {
            self.overflow += 1;
            return;
        }
        self.tie(key.clone(), person);
        self.bind(key.clone(), person, order, binds);
    }

    /// Makes one person of two: what was filed under the name of the other moves.
    fn absorb(
        &mut self,
        other: Person,
        person: Person,
        order: Order,
        binds: &mut SmallVec<[Bind; 2]>,
    ) {
        if other == person {
            return;
        }
        let own = self.name(other).and_then(key_of);
        let traits = self.traits.get(other as usize).copied();
        let traits = traits.unwrap_or_default();
        self.merge(other, person);
        // The bind of a name is what a restart learns the merger from, and the server learns numbers
        // from theirs.
        let numbers = [
            traits.imsi.map(IdentityKey::Imsi),
            traits.msisdn.map(IdentityKey::Msisdn),
        ];
        let numbers = numbers.into_iter().flatten();
        let numbers: SmallVec<[_; 2]> = numbers.filter(|key| own.as_ref() != Some(key)).collect();
        for key in own.into_iter().chain(numbers) {
            self.bind(key, person, order, binds);
        }
    }

    /// Records that an identity is a person's, unless the person is called by it.
    fn bind(
        &self,
        key: IdentityKey,
        person: Person,
        order: Order,
        binds: &mut SmallVec<[Bind; 2]>,
    ) {
        let former = name_of(&key);
        let Some(presentity) = self.name(person).filter(|name| **name != former) else {
            return;
        };
        let bind = Bind {
            key,
            presentity: presentity.clone(),
            former: Some(former),
            order,
            tie: Tie::Learned,
        };
        // A key that is both new and the name of somebody is told once.
        if !binds.contains(&bind) {
            binds.push(bind);
        }
    }
}
