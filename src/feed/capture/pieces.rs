//! Octets that came out of order, without overlaps.

use std::collections::BTreeMap;

use super::octets::wide;

/// Pieces of a sequence of octets, by their place in it. Where pieces overlap, the octets that came
/// first stay.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    by_place: BTreeMap<u64, Vec<u8>>,
    cost: u64,
}

impl Pieces {
    /// Keeps what of `octets`, which start at `place`, is not there yet.
    pub(super) fn insert(&mut self, mut place: u64, mut octets: &[u8]) {
        if let Some((start, before)) = self.by_place.range(..=place).next_back() {
            let covered = (start + wide(before.len())).saturating_sub(place);
            let covered = usize::try_from(covered)
                .unwrap_or(usize::MAX)
                .min(octets.len());
            octets = &octets[covered..];
            place += wide(covered);
        }
        while !octets.is_empty() {
            let next = self.by_place.range(place..).next();
            let next = next.map(|(start, piece)| (*start, piece.len()));
            let free = match next {
                Some((start, _)) => usize::try_from(start - place).unwrap_or(usize::MAX),
                None => usize::MAX,
            };
            let (fresh, rest) = octets.split_at(free.min(octets.len()));
            if !fresh.is_empty() {
                self.cost += wide(fresh.len()) + PIECE;
                self.by_place.insert(place, fresh.to_vec());
            }
            let covered = next.map_or(0, |(_, length)| length).min(rest.len());
            place += wide(fresh.len()) + wide(covered);
            octets = &rest[covered..];
        }
    }

    /// Takes out the first piece.
    pub(super) fn pop(&mut self) -> Option<(u64, Vec<u8>)> {
        let (place, piece) = self.by_place.pop_first()?;
        self.cost = self.cost.saturating_sub(wide(piece.len()) + PIECE);
        Some((place, piece))
    }

    /// Where the first piece starts.
    pub(super) fn first(&self) -> Option<u64> {
        self.by_place.first_key_value().map(|(place, _)| *place)
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.by_place.is_empty()
    }

    /// Octets of memory, about.
    pub(super) fn cost(&self) -> u64 {
        self.cost
    }

    /// How many octets there are.
    pub(super) fn octets(&self) -> u64 {
        self.cost.saturating_sub(wide(self.by_place.len()) * PIECE)
    }
}

/// What a piece costs besides its octets.
const PIECE: u64 = 64;
