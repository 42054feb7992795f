//! A map with a limit, from which the entry that was not used for long goes first.

use std::{collections::VecDeque, hash::Hash};

use hashbrown::HashMap;

/// A bounded map. To insert beyond the limit takes out the oldest entry that was not used since it
/// was last considered ("second chance"): constant time an operation, the same in every run.
pub(crate) struct Table<K, V> {
    entries: HashMap<K, Entry<V>>,
    /// Every entry is in it once by its key and birth; stale ones are passed over.
    ages: VecDeque<(K, u64)>,
    births: u64,
    limit: usize,
}

struct Entry<V> {
    value: V,
    birth: u64,
    used: bool,
}

impl<K: Copy + Eq + Hash, V> Table<K, V> {
    pub(crate) fn new(limit: usize) -> Self {
        let limit = limit.max(1);
        Self {
            entries: HashMap::new(),
            ages: VecDeque::new(),
            births: 0,
            limit,
        }
    }

    /// The value of a key; counts as use.
    pub(crate) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let entry = self.entries.get_mut(key)?;
        entry.used = true;
        Some(&mut entry.value)
    }

    /// The value of a key; does not count as use.
    pub(crate) fn peek_mut(&mut self, key: &K) -> Option<&mut V> {
        self.entries.get_mut(key).map(|entry| &mut entry.value)
    }

    /// The oldest entry.
    pub(crate) fn oldest(&mut self) -> Option<&V> {
        while let Some((key, birth)) = self.ages.front() {
            if is_current(&self.entries, key, *birth) {
                break;
            }
            self.ages.pop_front();
        }
        let (key, _) = self.ages.front()?;
        self.entries.get(key).map(|entry| &entry.value)
    }

    /// Adds an entry and gives back the one that had to go.
    pub(crate) fn insert(&mut self, key: K, value: V) -> Option<(K, V)> {
        let gone = match self.entries.len() >= self.limit && !self.entries.contains_key(&key) {
            true => self.pop_oldest(),
            false => None,
        };
        let birth = self.births;
        self.births += 1;
        self.entries.insert(
            key,
            Entry {
                value,
                birth,
                used: false,
            },
        );
        if self.ages.len() > 2 * self.limit {
            let entries = &self.entries;
            self.ages
                .retain(|(key, birth)| is_current(entries, key, *birth));
        }
        self.ages.push_back((key, birth));
        gone
    }

    /// Takes an entry out.
    pub(crate) fn remove(&mut self, key: &K) -> Option<V> {
        self.entries.remove(key).map(|entry| entry.value)
    }

    /// Takes out the oldest entry, but passes once over those in use.
    pub(crate) fn pop_oldest(&mut self) -> Option<(K, V)> {
        loop {
            let (key, birth) = self.ages.pop_front()?;
            let Some(entry) = self.entries.get_mut(&key) else {
                continue;
            };
            if entry.birth != birth {
                continue;
            }
            if std::mem::take(&mut entry.used) {
                self.ages.push_back((key, birth));
                continue;
            }
            return self.entries.remove(&key).map(|entry| (key, entry.value));
        }
    }

    /// The keys, oldest first.
    pub(crate) fn keys(&self) -> Vec<K> {
        let current = |(key, birth): &&(K, u64)| is_current(&self.entries, key, *birth);
        self.ages
            .iter()
            .filter(current)
            .map(|(key, _)| *key)
            .collect()
    }
}

fn is_current<K: Eq + Hash, V>(entries: &HashMap<K, Entry<V>>, key: &K, birth: u64) -> bool {
    entries.get(key).is_some_and(|entry| entry.birth == birth)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_entry_goes_but_not_one_in_use() {
        let mut table = Table::new(2);
        assert_eq!(table.insert(1, 'a'), None);
        assert_eq!(table.insert(2, 'b'), None);
        assert_eq!(table.get_mut(&1), Some(&mut 'a'));
        assert_eq!(table.insert(3, 'c'), Some((2, 'b')));
        assert_eq!(table.insert(4, 'd'), Some((1, 'a')), "a use counts once");
        assert_eq!(table.keys(), [3, 4]);
    }

    #[test]
    fn to_peek_is_no_use() {
        let mut table = Table::new(1);
        table.insert(1, 'a');
        assert_eq!(table.peek_mut(&1), Some(&mut 'a'));
        assert_eq!(table.insert(2, 'b'), Some((1, 'a')));
    }

    #[test]
    fn a_key_that_came_back_is_as_young_as_its_last_coming() {
        let mut table = Table::new(2);
        table.insert(1, 'a');
        table.insert(2, 'b');
        assert_eq!(table.remove(&1), Some('a'));
        table.insert(1, 'A');
        assert_eq!(table.oldest(), Some(&'b'));
        assert_eq!(table.keys(), [2, 1]);
        assert_eq!(table.pop_oldest(), Some((2, 'b')));
        assert_eq!(table.pop_oldest(), Some((1, 'A')));
        assert_eq!(table.pop_oldest(), None);
    }

    #[test]
    fn what_was_removed_takes_no_room() {
        let mut table = Table::new(4);
        for key in 0..10_000 {
            table.insert(key, ());
            table.remove(&key);
        }
        assert!(table.ages.len() <= 9, "{}", table.ages.len());
        assert_eq!(table.oldest(), None);
    }
}
