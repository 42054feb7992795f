//! Rows in one allocation, found by number or by a key of their own.

use hashbrown::HashTable;

/// Where a row is. A number is used again after its row was removed.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Slot(pub(super) u32);

/// A row that knows the digest of its key.
pub(super) trait Keyed {
    /// What rows are found by.
    type Key: ?Sized;

    /// The digest of a key.
    fn digest(key: &Self::Key, seed: u64) -> u64;

    /// The row's key.
    fn key(&self) -> &Self::Key;
}

/// Rows by number and by key.
#[derive(Debug)]
pub(super) struct Slab<T> {
    rows: Vec<Option<T>>,
    free: Vec<Slot>,
    index: HashTable<Slot>,
    seed: u64,
}

impl<T: Keyed> Slab<T>
where
    T::Key: Eq,
{
    /// An empty table; the seed keeps peers from choosing keys that collide.
    pub(super) const fn new(seed: u64) -> Self {
        Self {
            rows: Vec::new(),
            free: Vec::new(),
            index: HashTable::new(),
            seed,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.index.len()
    }

    pub(super) fn get(&self, slot: Slot) -> Option<&T> {
        self.rows.get(slot.0 as usize)?.as_ref()
    }

    pub(super) fn get_mut(&mut self, slot: Slot) -> Option<&mut T> {
        self.rows.get_mut(slot.0 as usize)?.as_mut()
    }

    pub(super) fn find(&self, key: &T::Key) -> Option<Slot> {
        let same = |slot: &Slot| self.get(*slot).is_some_and(|row| row.key() == key);
        self.index.find(T::digest(key, self.seed), same).copied()
    }

    /// Adds a row whose key is not there yet; `None` when the numbers are used up.
    pub(super) fn insert(&mut self, row: T) -> Option<Slot> {
        let slot = match self.free.pop() {
            Some(slot) => slot,
            None => {
                let slot = Slot(u32::try_from(self.rows.len()).ok()?);
                self.rows.push(None);
                slot
            }
        };
        let (digest, seed) = (T::digest(row.key(), self.seed), self.seed);
        self.rows[slot.0 as usize] = Some(row);
        let rows = &self.rows;
        self.index.insert_unique(digest, slot, |slot| {
            let row = rows.get(slot.0 as usize).and_then(Option::as_ref);
            row.map_or(0, |row| T::digest(row.key(), seed))
        });
        Some(slot)
    }

    pub(super) fn remove(&mut self, slot: Slot) -> Option<T> {
        let row = self.rows.get_mut(slot.0 as usize)?.take()?;
        let digest = T::digest(row.key(), self.seed);
        if let Ok(found) = self.index.find_entry(digest, |other| *other == slot) {
            found.remove();
        }
        self.free.push(slot);
        Some(row)
    }

    /// The first number that no row has.
    pub(super) fn end(&self) -> u32 {
        // Numbers fit 32 bits, see `insert`.
        u32::try_from(self.rows.len()).unwrap_or(u32::MAX)
    }

    /// Every row in the order of the numbers.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Slot, &T)> {
        let numbered = self.rows.iter().zip(0..);
        numbered.filter_map(|(row, number)| Some((Slot(number), row.as_ref()?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Name(&'static str);

    impl Keyed for Name {
        type Key = str;

        fn digest(key: &str, _: u64) -> u64 {
            // All keys of one length collide.
            key.len() as u64
        }

        fn key(&self) -> &str {
            self.0
        }
    }

    #[test]
    fn rows_are_found_by_key_until_they_are_removed() {
        let mut slab = Slab::new(0);
        let slots: Vec<_> = ["alice", "carol", "bob"]
            .into_iter()
            .map(|name| slab.insert(Name(name)).unwrap())
            .collect();
        assert_eq!(slab.find("carol"), Some(slots[1]));
        assert_eq!(slab.remove(slots[1]).map(|row| row.0), Some("carol"));
        assert_eq!((slab.find("carol"), slab.len()), (None, 2));
        assert_eq!(slab.find("alice"), Some(slots[0]));
        assert!(slab.remove(slots[1]).is_none());
        assert_eq!(slab.insert(Name("dave")), Some(slots[1]));
        let all: Vec<_> = slab.iter().map(|(slot, row)| (slot, row.0)).collect();
        assert_eq!(
            all,
            [(slots[0], "alice"), (slots[1], "dave"), (slots[2], "bob")]
        );
    }
}
