//! What was said before in a dialogue: its application context, and which operation a result is of.

use pengate_codecs::{
    m3ua::Label,
    sccp::PartyAddress,
    tcap::{Code, Component, Components, InvokeId, TransactionId},
};
use smallvec::SmallVec;
use xxhash_rust::xxh3::xxh3_64;

use super::operations::User;
use crate::feed::capture::Table;

/// What the owner of a transaction id said.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Known {
    pub(super) user: User,
    /// The octets of the application context's name; none if it was not told.
    pub(super) context: SmallVec<[u8; 16]>,
    /// What it asked for, and under which number.
    invokes: SmallVec<[(InvokeId, i64); 4]>,
}

impl Known {
    /// Nothing but who speaks.
    pub(super) fn of(user: User) -> Self {
        Self {
            user,
            ..Self::default()
        }
    }

    /// Which operation was asked for under a number.
    pub(super) fn operation(&self, invoke_id: InvokeId) -> Option<Code<'static>> {
        let mut invokes = self.invokes.iter().rev();
        invokes
            .find(|(id, _)| *id == invoke_id)
            .map(|(_, code)| Code::Local(*code))
    }

    fn note(&mut self, components: Components<'_>) {
        for component in components.iter().flatten() {
            if let Component::Invoke(invoke) = component
                && let Code::Local(code) = invoke.operation
            {
                self.invokes.retain(|(id, _)| *id != invoke.invoke_id);
                if self.invokes.len() == INVOKES_MAX {
                    self.invokes.remove(0);
                }
                self.invokes.push((invoke.invoke_id, code));
            }
        }
    }
}

/// A transaction id, and who gave it: nobody where that does not matter.
type Key = (TransactionId, Option<u64>);

/// The transactions of a capture, each under its owner, and under none for when a relay translated
/// the owner's address.
pub(super) struct Dialogues(Table<Key, Known>);

impl Dialogues {
    pub(super) fn new(limit: usize) -> Self {
        Self(Table::new(limit.saturating_mul(2)))
    }

    /// What is known of the transaction to whose owner something is said.
    pub(super) fn known(&mut self, id: TransactionId, owner: u64) -> Option<Known> {
        if let Some(known) = self.0.get_mut(&(id, Some(owner))) {
            return Some(known.clone());
        }
        self.0.get_mut(&(id, None)).cloned()
    }

    /// A transaction begins.
    pub(super) fn begin(
        &mut self,
        id: TransactionId,
        owner: u64,
        mut known: Known,
        components: Components<'_>,
    ) {
        known.invokes.clear();
        known.note(components);
        self.0.insert((id, None), known.clone());
        self.0.insert((id, Some(owner)), known);
    }

    /// The owner of an id says more in a dialogue of which `known` was known.
    pub(super) fn proceed(
        &mut self,
        id: TransactionId,
        owner: u64,
        known: &Known,
        components: Components<'_>,
    ) {
        for key in [(id, Some(owner)), (id, None)] {
            match self.0.get_mut(&key) {
                Some(known) => known.note(components),
                None => {
                    let mut new = Known {
                        invokes: SmallVec::new(),
                        ..known.clone()
                    };
                    new.note(components);
                    self.0.insert(key, new);
                }
            }
        }
    }
}

/// What tells a user of SCCP from others: its global title, else its point code and subsystem.
pub(super) fn owner(address: &PartyAddress<'_>, point: u32) -> u64 {
    if let Some(digits) = address.title.and_then(|title| title.digits()) {
        return xxh3_64(digits.octets());
    }
    let point = address.point_code.map_or(point, u32::from);
    let [a, b, c, d] = point.to_be_bytes();
    xxh3_64(&[a, b, c, d, address.subsystem.unwrap_or_default()])
}

/// The points of a message without a label.
pub(super) const NO_LABEL: Label = Label {
    originator: 0,
    destination: 0,
    service: 3,
    network: 0,
    priority: 0,
    selection: 0,
};

/// The most invokes of one side that are remembered.
const INVOKES_MAX: usize = 32;

#[cfg(test)]
mod tests {
    use pengate_codecs::tcap::{self, Message};

    use super::*;

    fn begun(dialogues: &mut Dialogues, owner: u64, code: i64) {
        let mut octets = Vec::new();
        tcap::begin(&mut octets, 7.into(), None, |to| {
            to.invoke(1, Code::Local(code), |_| ());
        });
        let Ok(Message::Begin(begin)) = Message::decode(&octets) else {
            panic!("it is a Begin");
        };
        dialogues.begin(begin.otid, owner, Known::default(), begin.components);
    }

    #[test]
    fn two_owners_of_one_id_are_told_apart_and_an_unknown_one_is_the_last() {
        let mut dialogues = Dialogues::new(4);
        begun(&mut dialogues, 1, 89);
        begun(&mut dialogues, 2, 71);
        let mut of = |owner| {
            let known = dialogues.known(7.into(), owner)?;
            assert_eq!(known.operation(2), None);
            known.operation(1)
        };
        assert_eq!(of(1), Some(Code::Local(89)));
        assert_eq!(of(2), Some(Code::Local(71)));
        assert_eq!(of(3), Some(Code::Local(71)));
        assert_eq!(dialogues.known(8.into(), 1), None);
    }

    #[test]
    fn as_many_are_remembered_as_may_be() {
        let mut dialogues = Dialogues::new(1);
        begun(&mut dialogues, 1, 89);
        begun(&mut dialogues, 2, 89);
        begun(&mut dialogues, 3, 89);
        let remembered =
            (1..=3).filter(|owner| dialogues.0.get_mut(&(7.into(), Some(*owner))).is_some());
        assert_eq!(remembered.count(), 1);
    }

    #[test]
    fn the_invokes_of_one_side_have_a_limit() {
        let mut octets = Vec::new();
        tcap::begin(&mut octets, 7.into(), None, |to| {
            for id in 0..100 {
                to.invoke(id, Code::Local(id.into()), |_| ());
            }
        });
        let Ok(Message::Begin(begin)) = Message::decode(&octets) else {
            panic!("it is a Begin");
        };
        let mut known = Known::default();
        known.note(begin.components);
        assert_eq!(known.invokes.len(), INVOKES_MAX);
        assert_eq!(known.operation(99), Some(Code::Local(99)));
        assert_eq!(known.operation(0), None);
    }
}
