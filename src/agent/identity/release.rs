//! Persons of whom nothing is known any more: whoever was known by a session or an address alone
//! gives the place back when nothing leads there.

use super::{Identities, Person, name::is_passing};
use crate::pen::Presentity;

impl Identities {
    /// How many persons there are, those included that were merged into others.
    pub(super) const fn people(&self) -> usize {
        self.persons.len() - self.free.len()
    }

    /// A row, or a person that was merged, leads to a person.
    pub(super) fn hold(&mut self, person: Person) {
        if let Some(traits) = self.traits.get_mut(person as usize) {
            traits.held = traits.held.saturating_add(1);
        }
    }

    /// A row leads there no more.
    pub(super) fn let_go(&mut self, person: Person) {
        self.unhold(person);
        self.release(person);
    }

    /// As [`Self::let_go`], of a person that the caller has not done with.
    pub(super) fn unhold(&mut self, person: Person) {
        if let Some(traits) = self.traits.get_mut(person as usize) {
            traits.held = traits.held.saturating_sub(1);
        }
    }

    /// Gives back the place of a person that nothing leads to, and of those that only this one led
    /// to. A name that is made of a session or an address is made again when it is told again; any
    /// other is a name by itself, and leads to its person for good.
    pub(super) fn release(&mut self, mut person: Person) {
        while self.is_of_no_use(person) {
            let Some(place) = self.persons.get(person as usize) else {
                return;
            };
            let next = place.as_ref().err().copied();
            let former = self.former.remove(&person);
            let name = place.as_ref().ok().or(former.as_ref());
            if let Some(name) = name.filter(|name| self.by_name.get(*name) == Some(&person)) {
                self.by_name.remove(name);
            }
            self.free.push(person);
            if let Some(former) = former {
                self.note_former(&former);
            }
            let Some(next) = next else { return };
            self.unhold(next);
            person = next;
        }
    }

    fn is_of_no_use(&self, person: Person) -> bool {
        let traits = self.traits.get(person as usize);
        if traits.is_none_or(|traits| traits.held > 0 || traits.is_provisioned) {
            return false;
        }
        let place = self.persons.get(person as usize);
        let name = place.and_then(|place| place.as_ref().ok());
        // The place was given back already when its name does not lead there; of who was merged, when
        // there is no former name.
        let leads = |name: &Presentity| self.by_name.get(name) == Some(&person);
        match name {
            Some(name) => is_passing(name) && leads(name),
            None => self.former.contains_key(&person),
        }
    }

    /// Whoever was called so and is somebody else by now is not who will be.
    pub(super) fn free_name(&mut self, name: &Presentity) {
        let person = self.by_name.get(name);
        let place = person.and_then(|person| self.persons.get(*person as usize));
        if place.is_some_and(Result::is_err) {
            self.by_name.remove(name);
            self.note_former(name);
        }
    }
}
