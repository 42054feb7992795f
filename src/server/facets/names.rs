//! Names of network elements and access points, kept once for all presentities of a shard.

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};

use super::Options;

/// A name by its number in a [`NameTable`]; numbers mean nothing outside the shard that gave them.
#[derive(
    Clone, Copy, Debug, Default, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize,
)]
pub struct NameId(u32);

impl NameId {
    /// No name: none was told, or the table was full.
    pub const NONE: Self = Self(0);

    /// The place in a table whose first name has number 1.
    pub(super) const fn from_place(place: u32) -> Self {
        Self(place)
    }

    pub(super) const fn place(self) -> usize {
        self.0 as usize
    }
}

/// All names. Many access points leave room for network elements: what one lost is known by its name.
#[derive(Clone, Debug)]
pub struct Names {
    /// Network elements.
    pub reporters: NameTable,
    /// Access points.
    pub access_points: NameTable,
}

impl Default for Names {
    fn default() -> Self {
        Self::new(&Options::default())
    }
}

impl Names {
    /// Tables of these limits.
    #[must_use]
    pub const fn new(options: &Options) -> Self {
        Self {
            reporters: NameTable::new(options.reporters_max),
            access_points: NameTable::new(options.access_points_max),
        }
    }
}

/// Names of one kind. The table only grows, to a limit: network elements and access points are few.
#[derive(Clone, Debug)]
pub struct NameTable {
    numbers: BTreeMap<Arc<str>, NameId>,
    texts: Vec<Arc<str>>,
    names_max: usize,
    /// How often there was no room for a name.
    pub refused: u64,
}

impl NameTable {
    /// A table of at most that many names.
    #[must_use]
    pub const fn new(names_max: usize) -> Self {
        Self {
            numbers: BTreeMap::new(),
            texts: Vec::new(),
            names_max,
            refused: 0,
        }
    }

    /// The number of a name; [`NameId::NONE`] for the empty name and when the table is full.
    pub fn intern(&mut self, text: &str) -> NameId {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        if text.is_empty() {
            return NameId::NONE;
        }
        let place = u32::try_from(self.texts.len() + 1).ok();
        let Some(place) = place.filter(|_| self.texts.len() < self.names_max) else {
            self.refused += 1;
            return NameId::NONE;
        };
        let text: Arc<str> = text.into();
        self.texts.push(Arc::clone(&text));
        self.numbers.insert(text, NameId(place));
        NameId(place)
    }

    /// The number of a name that is known already.
    #[must_use]
    pub fn find(&self, text: &str) -> Option<NameId> {
        self.numbers.get(text).copied()
    }

    /// The name; empty for [`NameId::NONE`].
    #[must_use]
    pub fn text(&self, number: NameId) -> &str {
        number
            .place()
            .checked_sub(1)
            .and_then(|place| self.texts.get(place))
            .map_or("", AsRef::as_ref)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_one_number_and_a_full_table_gives_none() {
        let mut names = NameTable::new(2);
        let first = names.intern("ggsn1");
        assert_eq!(names.intern("ggsn1"), first);
        assert_ne!(names.intern("internet"), first);
        assert_eq!(names.intern("ims"), NameId::NONE);
        assert_eq!(names.text(first), "ggsn1");
        assert_eq!(names.text(NameId::NONE), "");
        assert_eq!((names.find("ims"), names.refused), (None, 1));
        assert_eq!((names.intern(""), names.refused), (NameId::NONE, 1));
    }
}
