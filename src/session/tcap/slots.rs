//! Dialogues by their id: a slot each, which the next one uses again.

use std::fmt;

use super::DialogueId;

/// What is kept of each open dialogue; and of each that is over, until its slot is used again.
pub(super) struct Slots<T> {
    slots: Vec<Slot<T>>,
    /// Slots that are not in use, the last one first.
    free: Vec<u32>,
    count: u64,
}

struct Slot<T> {
    /// Whose it is, or 0.
    count: u64,
    kept: T,
}

impl<T> Slots<T> {
    pub(super) const fn new() -> Self {
        Self {
            slots: Vec::new(),
            free: Vec::new(),
            count: 0,
        }
    }

    pub(super) const fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// A slot for the next dialogue. What is in it was kept of an earlier one, or is what `new` gives:
    /// all of it is to be set, where it stays. To move it there would cost more than it is worth.
    #[inline(always)]
    pub(super) fn open(&mut self, new: impl FnOnce() -> T) -> (DialogueId, &mut T) {
        self.count += 1;
        let count = self.count;
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Slot { count, kept: new() });
            // There is no memory for more dialogues than a number of 32 bits tells apart.
            u32::try_from(self.slots.len() - 1).unwrap_or(u32::MAX)
        });
        let place = &mut self.slots[slot as usize];
        place.count = count;
        (DialogueId { count, slot }, &mut place.kept)
    }

    #[inline]
    pub(super) fn get(&self, id: DialogueId) -> Option<&T> {
        let slot = self.slots.get(id.slot as usize)?;
        (slot.count == id.count).then_some(&slot.kept)
    }

    #[inline]
    pub(super) fn get_mut(&mut self, id: DialogueId) -> Option<&mut T> {
        let slot = self.slots.get_mut(id.slot as usize)?;
        (slot.count == id.count).then_some(&mut slot.kept)
    }

    /// Frees a slot. What was kept in it stays there until it is used again.
    pub(super) fn close(&mut self, id: DialogueId) -> Option<&mut T> {
        let slot = self.slots.get_mut(id.slot as usize)?;
        if slot.count != id.count {
            return None;
        }
        slot.count = 0;
        self.free.push(id.slot);
        Some(&mut slot.kept)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (DialogueId, &T)> {
        (0..).zip(&self.slots).filter_map(|(number, slot)| {
            let count = slot.count;
            let id = DialogueId {
                count,
                slot: number,
            };
            (count != 0).then_some((id, &slot.kept))
        })
    }
}

/// What others keep of some of the dialogues, each beside its slot.
#[derive(Debug)]
pub struct ByDialogue<T> {
    /// With the counts of the dialogues whose they are.
    places: Vec<Option<(u64, T)>>,
    len: usize,
}

impl<T> Default for ByDialogue<T> {
    fn default() -> Self {
        Self {
            places: Vec::new(),
            len: 0,
        }
    }
}

impl<T> ByDialogue<T> {
    /// Of how many something is kept.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether nothing is kept.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// What is kept of a dialogue.
    #[must_use]
    pub fn get(&self, id: DialogueId) -> Option<&T> {
        match self.places.get(id.slot as usize) {
            Some(Some((count, kept))) if *count == id.count => Some(kept),
            _ => None,
        }
    }

    /// The same, to be changed.
    pub fn get_mut(&mut self, id: DialogueId) -> Option<&mut T> {
        match self.places.get_mut(id.slot as usize) {
            Some(Some((count, kept))) if *count == id.count => Some(kept),
            _ => None,
        }
    }

    /// Keeps something of a dialogue. What was kept of it before is given back, or of an earlier one
    /// in its slot.
    pub fn insert(&mut self, id: DialogueId, kept: T) -> Option<T> {
        let place = id.slot as usize;
        if self.places.len() <= place {
            self.places.resize_with(place + 1, || None);
        }
        let former = self.places.get_mut(place)?.replace((id.count, kept));
        self.len += usize::from(former.is_none());
        former.map(|(_, former)| former)
    }

    /// Keeps nothing of a dialogue any more.
    pub fn remove(&mut self, id: DialogueId) -> Option<T> {
        let place = self.places.get_mut(id.slot as usize)?;
        let (_, kept) = place.take_if(|(count, _)| *count == id.count)?;
        self.len -= 1;
        Some(kept)
    }
}

/// Shows what is open.
impl<T: fmt::Debug> fmt::Debug for Slots<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_is_used_again_under_another_id() {
        let mut slots = Slots::new();
        let open = |slots: &mut Slots<char>, kept| {
            let (id, place) = slots.open(|| ' ');
            *place = kept;
            id
        };
        let first = open(&mut slots, 'a');
        let second = open(&mut slots, 'b');
        assert_eq!(
            (slots.get(first), slots.get(second)),
            (Some(&'a'), Some(&'b'))
        );
        assert_eq!(slots.close(first), Some(&mut 'a'));
        let third = open(&mut slots, 'c');
        assert_eq!(third.slot, first.slot);
        assert!(third > second, "ids tell who came first");
        assert_eq!(slots.get(first), None);
        assert_eq!(slots.close(first), None);
        assert_eq!(slots.get_mut(third), Some(&mut 'c'));
        let all: Vec<_> = slots.iter().collect();
        assert_eq!((all, slots.len()), (vec![(third, &'c'), (second, &'b')], 2));
        slots.close(second);
        slots.close(third);
        assert_eq!((slots.iter().count(), slots.len()), (0, 0));
    }

    #[test]
    fn what_is_kept_beside_a_slot_is_of_one_dialogue() {
        let id = |count, slot| DialogueId { count, slot };
        let mut kept = ByDialogue::default();
        assert_eq!(kept.insert(id(1, 2), 'a'), None);
        assert_eq!(kept.insert(id(2, 0), 'b'), None);
        assert_eq!((kept.get(id(1, 2)), kept.len()), (Some(&'a'), 2));
        assert_eq!(kept.insert(id(1, 2), 'c'), Some('a'));
        assert_eq!(kept.get_mut(id(2, 0)), Some(&mut 'b'));
        for other in [id(1, 0), id(2, 2), id(1, 1), id(1, 9)] {
            assert_eq!(kept.get(other), None);
            assert_eq!(kept.get_mut(other), None);
            assert_eq!(kept.remove(other), None);
        }
        // Of the next one in its slot: nothing is left of the former.
        assert_eq!(kept.insert(id(3, 2), 'd'), Some('c'));
        assert_eq!((kept.get(id(1, 2)), kept.len()), (None, 2));
        assert_eq!(kept.remove(id(3, 2)), Some('d'));
        assert_eq!(kept.remove(id(3, 2)), None);
        assert_eq!(kept.remove(id(2, 0)), Some('b'));
        assert!(kept.is_empty());
    }
}
