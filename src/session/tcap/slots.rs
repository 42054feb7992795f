//! Dialogues by their id: a slot each, which the next one uses again.

use super::DialogueId;

/// What is kept of each open dialogue.
#[derive(Debug)]
pub(super) struct Slots<T> {
    slots: Vec<Option<(DialogueId, T)>>,
    /// Slots that are not in use, the last one first.
    free: Vec<u32>,
    count: u64,
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

    /// Inlined, so that what is kept is made where it stays.
    #[inline(always)]
    pub(super) fn insert(&mut self, kept: T) -> DialogueId {
        self.count += 1;
        let count = self.count;
        let free = self.free.pop();
        if let Some(slot) = free
            && let Some(place) = self.slots.get_mut(slot as usize)
        {
            let id = DialogueId { count, slot };
            *place = Some((id, kept));
            return id;
        }
        // There is no memory for more dialogues than a number of 32 bits tells apart.
        let slot = u32::try_from(self.slots.len()).unwrap_or(u32::MAX);
        let id = DialogueId { count, slot };
        self.slots.push(Some((id, kept)));
        id
    }

    #[inline]
    pub(super) fn get(&self, id: DialogueId) -> Option<&T> {
        match self.slots.get(id.slot as usize)? {
            Some((own, kept)) if *own == id => Some(kept),
            _ => None,
        }
    }

    #[inline]
    pub(super) fn get_mut(&mut self, id: DialogueId) -> Option<&mut T> {
        match self.slots.get_mut(id.slot as usize)? {
            Some((own, kept)) if *own == id => Some(kept),
            _ => None,
        }
    }

    pub(super) fn remove(&mut self, id: DialogueId) -> Option<T> {
        let place = self.slots.get_mut(id.slot as usize)?;
        let (_, kept) = place.take_if(|(own, _)| *own == id)?;
        self.free.push(id.slot);
        Some(kept)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (DialogueId, &T)> {
        self.slots.iter().flatten().map(|(id, kept)| (*id, kept))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_is_used_again_under_another_id() {
        let mut slots = Slots::new();
        let first = slots.insert('a');
        let second = slots.insert('b');
        assert_eq!(
            (slots.get(first), slots.get(second)),
            (Some(&'a'), Some(&'b'))
        );
        assert_eq!(slots.remove(first), Some('a'));
        let third = slots.insert('c');
        assert_eq!(third.slot, first.slot);
        assert!(third > second, "ids tell who came first");
        assert_eq!(slots.get(first), None);
        assert_eq!(slots.remove(first), None);
        assert_eq!(slots.get_mut(third), Some(&mut 'c'));
        let all: Vec<_> = slots.iter().collect();
        assert_eq!((all, slots.len()), (vec![(third, &'c'), (second, &'b')], 2));
    }
}
