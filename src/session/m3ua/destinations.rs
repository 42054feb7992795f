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

/// What is known of destinations; of those not named here all is well. Of two that cover a point
/// code the narrower counts.
#[derive(Debug)]
pub(super) struct Destinations {
    known: BTreeMap<AffectedPointCode, Availability>,
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
    pub(super) fn note(&mut self, range: AffectedPointCode, told: Availability) -> bool {
        self.known
            .retain(|known, _| known.mask > range.mask || !range.covers(known.code));
        if told == Availability::Available && self.of(range.code) == Availability::Available {
            return true;
        }
        if self.known.len() >= self.limit {
            return false;
        }
        self.known.insert(range, told);
        true
    }

    /// Whether a destination can be reached. The order of the map is that of the masks, narrow
    /// ranges first.
    pub(super) fn of(&self, code: u32) -> Availability {
        let known = self.known.iter().find(|(range, _)| range.covers(code));
        known.map_or(Availability::Available, |(_, told)| *told)
    }

    /// Those that cannot be reached.
    pub(super) fn unavailable(&self) -> impl Iterator<Item = AffectedPointCode> + '_ {
        let unavailable = |told: &Availability| *told == Availability::Unavailable;
        self.known
            .iter()
            .filter(move |(_, told)| unavailable(told))
            .map(|(range, _)| *range)
    }

    /// Everything that is known.
    pub(super) fn iter(&self) -> impl Iterator<Item = (AffectedPointCode, Availability)> + '_ {
        self.known.iter().map(|(range, told)| (*range, *told))
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
        assert!(destinations.note(ALL, Availability::Unavailable));
        let one = AffectedPointCode::exact(2002);
        assert!(destinations.note(one, Availability::Available));
        assert_eq!(destinations.of(2001), Availability::Unavailable);
        assert_eq!(destinations.of(2002), Availability::Available);
        assert_eq!(destinations.of(1999), Availability::Available);
        assert!(destinations.note(one, Availability::Congested(2)));
        assert_eq!(destinations.of(2002), Availability::Congested(2));
        assert_eq!(destinations.unavailable().collect::<Vec<_>>(), [ALL]);
    }

    #[test]
    fn what_is_well_again_takes_no_room() {
        let mut destinations = Destinations::new(2);
        for code in 2000..2008 {
            destinations.note(AffectedPointCode::exact(code), Availability::Restricted);
        }
        assert_eq!(destinations.iter().count(), 2, "the limit is kept");
        assert!(!destinations.note(AffectedPointCode::exact(1), Availability::Unavailable));
        assert!(destinations.note(ALL, Availability::Available));
        assert_eq!(destinations.iter().count(), 0);
        assert!(destinations.note(AffectedPointCode::exact(1), Availability::Unavailable));
    }
}
