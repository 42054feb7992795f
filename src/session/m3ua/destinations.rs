//! What the network management of SS7 says about destinations (RFC 4666 clause 3.4).

use std::collections::BTreeMap;

use pengate_codecs::m3ua::AffectedPointCode;

/// Whether a destination can be reached.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Availability {
    /// It can (DAVA).
    Available,
    /// It can, but others are better (DRST).
    Restricted,
    /// It can, and is congested (SCON) to this level, 1 to 3.
    Congested(u8),
    /// It cannot (DUNA).
    Unavailable,
}

impl Availability {
    /// A word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Available => "available",
            Self::Restricted => "restricted",
            Self::Congested(_) => "congested",
            Self::Unavailable => "unavailable",
        }
    }
}

/// Where a report holds: the same point code is somebody else in another network.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Scope {
    /// In a routing context of several.
    Context(u32),
    /// In all.
    All,
}

/// What is known of destinations; of those not named here all is well. Of two that cover a point
/// code the narrower counts, and of two alike that of the context.
#[derive(Debug)]
pub(super) struct Destinations {
    known: BTreeMap<(AffectedPointCode, Scope), Availability>,
    limit: usize,
}

impl Destinations {
    pub(super) const fn new(limit: usize) -> Self {
        Self {
            known: BTreeMap::new(),
            limit,
        }
    }

    /// Notes what is told; false when there is no room for it.
    pub(super) fn note(
        &mut self,
        range: AffectedPointCode,
        scope: Scope,
        told: Availability,
    ) -> bool {
        self.known.retain(|(known, of), _| {
            let is_within = known.mask <= range.mask && range.covers(known.code);
            !(is_within && (scope == Scope::All || scope == *of))
        });
        let is_well = |scope| self.of(range.code, scope) == Availability::Available;
        // What is told of all contexts holds where a wider range is known in one of them as well.
        let mut wider = self.known.keys().filter(|(it, _)| it.covers(range.code));
        let is_well = is_well(scope) && (scope != Scope::All || wider.all(|(_, of)| is_well(*of)));
        if told == Availability::Available && is_well {
            return true;
        }
        if self.known.len() >= self.limit {
            return false;
        }
        self.known.insert((range, scope), told);
        true
    }

    /// Whether a destination can be reached. The order of the map is that of the masks, narrow
    /// ranges first.
    pub(super) fn of(&self, code: u32, scope: Scope) -> Availability {
        let known = self
            .known
            .iter()
            .find(|((range, of), _)| range.covers(code) && (*of == Scope::All || *of == scope));
        known.map_or(Availability::Available, |(_, told)| *told)
    }

    /// Those that cannot be reached, and where.
    pub(super) fn unavailable(&self) -> impl Iterator<Item = (AffectedPointCode, Scope)> + '_ {
        let known = self.known.iter();
        let unavailable = known.filter(|(_, told)| **told == Availability::Unavailable);
        unavailable.map(|(place, _)| *place)
    }

    /// How much is known.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.known.len()
    }

    pub(super) fn clear(&mut self) {
        self.known.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: AffectedPointCode = AffectedPointCode {
        mask: 3,
        code: 2000,
    };

    #[test]
    fn the_narrower_range_counts() {
        let mut destinations = Destinations::new(10);
        assert!(destinations.note(ALL, Scope::All, Availability::Unavailable));
        let one = AffectedPointCode::exact(2002);
        assert!(destinations.note(one, Scope::All, Availability::Available));
        assert_eq!(destinations.of(2001, Scope::All), Availability::Unavailable);
        assert_eq!(destinations.of(2002, Scope::All), Availability::Available);
        assert_eq!(destinations.of(1999, Scope::All), Availability::Available);
        assert!(destinations.note(one, Scope::All, Availability::Congested(2)));
        assert_eq!(
            destinations.of(2002, Scope::All),
            Availability::Congested(2)
        );
        assert_eq!(
            destinations.unavailable().collect::<Vec<_>>(),
            [(ALL, Scope::All)]
        );
    }

    #[test]
    fn what_is_well_again_takes_no_room() {
        let mut destinations = Destinations::new(2);
        for code in 2000..2008 {
            destinations.note(
                AffectedPointCode::exact(code),
                Scope::All,
                Availability::Restricted,
            );
        }
        assert_eq!(destinations.len(), 2, "the limit is kept");
        assert!(!destinations.note(
            AffectedPointCode::exact(1),
            Scope::All,
            Availability::Unavailable
        ));
        assert!(destinations.note(ALL, Scope::All, Availability::Available));
        assert_eq!(destinations.len(), 0);
        assert!(destinations.note(
            AffectedPointCode::exact(1),
            Scope::All,
            Availability::Unavailable
        ));
    }

    #[test]
    fn a_destination_is_another_in_each_context() {
        let mut destinations = Destinations::new(10);
        let one = AffectedPointCode::exact(2000);
        let [ours, other] = [100, 200].map(Scope::Context);
        let mut told = |range, scope, told| {
            assert!(destinations.note(range, scope, told));
            [ours, other, Scope::All].map(|scope| destinations.of(2000, scope))
        };
        use Availability::{Available, Unavailable};
        assert_eq!(
            told(one, ours, Unavailable),
            [Unavailable, Available, Available]
        );
        assert_eq!(told(one, Scope::All, Unavailable), [Unavailable; 3]);
        assert_eq!(
            told(one, other, Available),
            [Unavailable, Available, Unavailable]
        );
        assert_eq!(told(ALL, Scope::All, Available), [Available; 3]);
        assert_eq!(destinations.len(), 0);
    }
}
