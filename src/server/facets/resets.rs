//! Which network elements lost their sessions, and when.

use std::{collections::BTreeMap, time::Duration};

use pengate_codecs::Stamp;

use super::{NameId, Names, Options};
use crate::{
    event::{Order, Source},
    pen::SourceReset,
};

/// The newest reset of every network element, shared by all presentities of a shard: a session
/// told late, with an order below that of a known reset, stays closed.
#[derive(Clone, Debug)]
pub struct Resets {
    rows: BTreeMap<(Source, NameId, Option<NameId>), Order>,
    resets_max: usize,
    /// How many were not taken: what they concern has no name here.
    pub dropped: u64,
    /// How many were forgotten for want of room.
    pub forgotten: u64,
}

impl Default for Resets {
    fn default() -> Self {
        Self::new(Options::default().resets_max)
    }
}

impl Resets {
    /// A table of at most that many rows; beyond, the oldest reset is forgotten.
    #[must_use]
    pub const fn new(resets_max: usize) -> Self {
        Self {
            rows: BTreeMap::new(),
            resets_max,
            dropped: 0,
            forgotten: 0,
        }
    }

    /// Remembers a reset. Returns whether it is news; then every presentity is to be told by
    /// [`Facets::reset`](super::Facets::reset).
    pub fn insert(&mut self, reset: &SourceReset, names: &mut Names) -> bool {
        let reporter = names.reporters.intern(&reset.reporter);
        let apn = reset.apn.as_deref();
        let apn = apn.map(|apn| names.access_points.intern(apn));
        if reporter == NameId::NONE || apn == Some(NameId::NONE) {
            self.dropped += 1;
            return false;
        }
        let row = self.rows.entry((reset.source, reporter, apn));
        let news = match row {
            std::collections::btree_map::Entry::Vacant(vacant) => {
                vacant.insert(reset.order);
                true
            }
            std::collections::btree_map::Entry::Occupied(mut occupied) => {
                let newer = *occupied.get() < reset.order;
                if newer {
                    occupied.insert(reset.order);
                }
                newer
            }
        };
        if self.rows.len() > self.resets_max {
            self.forget_oldest();
        }
        news
    }

    /// The newest reset that closes a session told by `reporter` with that order.
    #[must_use]
    pub fn covering(
        &self,
        source: Source,
        reporter: NameId,
        apn: NameId,
        order: Order,
    ) -> Option<Order> {
        if self.rows.is_empty() || reporter == NameId::NONE {
            return None;
        }
        let of = |apn| self.rows.get(&(source, reporter, apn)).copied();
        let own = (apn != NameId::NONE).then(|| of(Some(apn))).flatten();
        of(None).max(own).filter(|reset| order < *reset)
    }

    /// Forgets resets older than the horizon within which events may be late.
    pub fn purge(&mut self, now: Stamp, reorder_horizon: Duration) {
        self.rows
            .retain(|_, order| order.at + reorder_horizon > now);
    }

    /// How many are remembered.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether none is remembered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Every reset remembered, as it can be inserted again.
    pub fn iter<'a>(&'a self, names: &'a Names) -> impl Iterator<Item = SourceReset> + 'a {
        self.rows
            .iter()
            .map(|((source, reporter, apn), order)| SourceReset {
                source: *source,
                reporter: names.reporters.text(*reporter).into(),
                apn: apn.map(|apn| names.access_points.text(apn).into()),
                order: *order,
            })
    }

    fn forget_oldest(&mut self) {
        let oldest = self.rows.iter().min_by_key(|(_, order)| **order);
        if let Some(key) = oldest.map(|(key, _)| *key) {
            self.rows.remove(&key);
            self.forgotten += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reset(apn: Option<&str>, at: i64) -> SourceReset {
        SourceReset {
            source: Source::Pk,
            reporter: "ggsn1".into(),
            apn: apn.map(Into::into),
            order: Order {
                at: Stamp::from_secs(at),
                id: 0,
            },
        }
    }

    fn order(at: i64) -> Order {
        Order {
            at: Stamp::from_secs(at),
            id: 0,
        }
    }

    #[test]
    fn a_reset_covers_what_its_element_told_before() {
        let (mut names, mut resets) = (Names::default(), Resets::default());
        assert!(resets.insert(&reset(None, 10), &mut names));
        let (ggsn1, ggsn2) = (
            names.reporters.intern("ggsn1"),
            names.reporters.intern("ggsn2"),
        );
        assert_eq!(
            resets.covering(Source::Pk, ggsn1, NameId::NONE, order(9)),
            Some(order(10))
        );
        assert_eq!(
            resets.covering(Source::Pk, ggsn1, NameId::NONE, order(10)),
            None
        );
        assert_eq!(
            resets.covering(Source::Pk, ggsn2, NameId::NONE, order(9)),
            None
        );
        assert_eq!(
            resets.covering(Source::Pp, ggsn1, NameId::NONE, order(9)),
            None
        );
        assert!(!resets.insert(&reset(None, 9), &mut names));
    }

    #[test]
    fn a_reset_of_one_access_point_covers_its_sessions_only() {
        let (mut names, mut resets) = (Names::default(), Resets::default());
        resets.insert(&reset(Some("internet"), 10), &mut names);
        let ggsn1 = names.reporters.intern("ggsn1");
        let (internet, ims) = (
            names.access_points.intern("internet"),
            names.access_points.intern("ims"),
        );
        assert_eq!(
            resets.covering(Source::Pk, ggsn1, internet, order(9)),
            Some(order(10))
        );
        assert_eq!(resets.covering(Source::Pk, ggsn1, ims, order(9)), None);
        assert_eq!(
            resets.covering(Source::Pk, ggsn1, NameId::NONE, order(9)),
            None
        );
    }

    #[test]
    fn the_table_is_bounded_purged_and_can_be_rebuilt() {
        let (mut names, mut resets) = (Names::default(), Resets::new(2));
        for (apn, at) in [("a", 1), ("b", 2), ("c", 3)] {
            resets.insert(&reset(Some(apn), at), &mut names);
        }
        let kept: Vec<_> = resets.iter(&names).collect();
        assert_eq!(kept, [reset(Some("b"), 2), reset(Some("c"), 3)]);
        resets.purge(Stamp::from_secs(12), Duration::from_secs(10));
        assert_eq!((resets.len(), resets.forgotten), (1, 1));
    }

    #[test]
    fn a_reset_of_what_has_no_name_is_dropped() {
        let options = Options {
            reporters_max: 1,
            access_points_max: 1,
            ..Options::default()
        };
        let (mut names, mut resets) = (Names::new(&options), Resets::default());
        assert!(resets.insert(&reset(Some("internet"), 10), &mut names));
        assert!(!resets.insert(&reset(Some("ims"), 11), &mut names));
        let mut another = reset(None, 12);
        another.reporter = "ggsn2".into();
        assert!(!resets.insert(&another, &mut names));
        assert!(resets.insert(&reset(None, 13), &mut names));
        assert_eq!((resets.len(), resets.dropped), (2, 2));
        let refused = (names.reporters.refused, names.access_points.refused);
        assert_eq!(refused, (1, 1));
    }
}
