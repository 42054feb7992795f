//! What a segment still holds after a crash. Pure: works on the segment's octets.
//!
//! The disk may have kept any part of a write that was never synced, in any order of its blocks. So
//! what cannot be read is of two kinds. Behind everything that is known to have been synced it is
//! the tail: cut, even when sound records follow, for nobody was told about them. Before that it is
//! damage: an error, for somebody was. What was synced is told by the marks, by the header of the
//! next segment (made only when all before it was synced), and by nothing else.

use std::ops::RangeInclusive;

use super::framing::{self, Content, Flaw, HEADER_OCTETS, Header, MARK_TAIL, MARK_TAIL_AT, Salt};
use super::{LogPos, RecordRef};

/// How a segment is read.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Reading {
    /// Records up to this position are passed over in silence.
    pub after: LogPos,
    /// Last position before the next segment, where there is one: all up to it was synced and
    /// nothing behind it counts.
    pub until: Option<LogPos>,
    /// Go on behind damage, and tell what was lost, instead of failing.
    pub accept_damage: bool,
}

/// What was found in a segment.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Recovered {
    /// Last position of the segment; of the one before when there is no record.
    pub last: LogPos,
    /// Offset behind the last record that counts.
    pub end: usize,
    /// Offset from which on nothing proves that the octets were ever synced.
    pub unproved: usize,
    /// Positions that were synced once and cannot be read any more.
    pub lost: Vec<RangeInclusive<u64>>,
}

/// Octets that were synced once and cannot be read any more.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("offset {at}, positions {first} to {last}: {what}")]
pub struct Damage {
    /// Offset of the record that cannot be read.
    pub at: usize,
    /// What is wrong there.
    pub what: Flaw,
    /// First position that cannot be read.
    pub first: LogPos,
    /// Last position known to have been synced.
    pub last: LogPos,
}

/// Reads a segment whose header has been read already, and hands out the records of whole batches.
///
/// # Errors
/// [`Damage`] when records that were synced cannot be read, unless damage is accepted.
pub fn recover(
    segment: &[u8],
    header: &Header,
    reading: Reading,
    each: &mut dyn FnMut(LogPos, RecordRef<'_>),
) -> Result<Recovered, Damage> {
    let mut walk = Walk {
        segment,
        salt: header.salt(),
        reading,
        batch: Vec::new(),
        synced: before(header.first),
        found: Recovered {
            last: before(header.first),
            end: HEADER_OCTETS,
            unproved: HEADER_OCTETS,
            lost: Vec::new(),
        },
    };
    while reading.until.is_none_or(|until| walk.found.last < until) {
        let Err((at, what)) = walk.write_group(each) else {
            continue;
        };
        let Some(damage) = walk.judge(at, what) else {
            break;
        };
        if !reading.accept_damage {
            return Err(damage);
        }
        if !walk.skip(damage) {
            break;
        }
    }
    Ok(walk.found)
}

struct Walk<'a> {
    segment: &'a [u8],
    salt: Salt,
    reading: Reading,
    /// The batch that is being read: its records, not yet handed out.
    batch: Vec<RecordRef<'a>>,
    /// The highest position that marks read so far call synced.
    synced: LogPos,
    found: Recovered,
}

impl Walk<'_> {
    /// Reads a mark, or a whole batch and hands it out; else tells where and why not.
    fn write_group(
        &mut self,
        each: &mut dyn FnMut(LogPos, RecordRef<'_>),
    ) -> Result<(), (usize, Flaw)> {
        let mut at = self.found.end;
        let mut pos = self.found.last;
        self.batch.clear();
        loop {
            let frame = framing::read(self.segment, self.salt, at).map_err(|flaw| (at, flaw))?;
            match frame.content {
                Content::Mark(synced) if self.batch.is_empty() && frame.pos == pos => {
                    self.synced = self.synced.max(synced);
                    if synced >= pos {
                        self.found.unproved = at;
                    }
                    self.found.end = frame.end;
                    return Ok(());
                }
                Content::Record(record, last) if frame.pos == pos.plus(1) => {
                    pos = frame.pos;
                    self.batch.push(record);
                    if last {
                        self.found.end = frame.end;
                        self.hand_out(each);
                        return Ok(());
                    }
                }
                Content::Mark(_) | Content::Record(..) => return Err((at, Flaw::Position)),
            }
            at = frame.end;
        }
    }

    fn hand_out(&mut self, each: &mut dyn FnMut(LogPos, RecordRef<'_>)) {
        for record in &self.batch {
            self.found.last = self.found.last.plus(1);
            if self.found.last > self.reading.after {
                each(self.found.last, *record);
            }
        }
    }

    /// Damage, or nothing when only the tail begins here.
    fn judge(&self, at: usize, what: Flaw) -> Option<Damage> {
        let later = self.marks_from(at).map(|(_, _, synced)| synced).max();
        let last = later
            .max(self.reading.until)
            .map_or(self.synced, |synced| synced.max(self.synced));
        (last > self.found.last).then(|| Damage {
            at,
            what,
            first: self.found.last.plus(1),
            last,
        })
    }

    /// Goes on at the next mark behind the damage; false when there is none.
    fn skip(&mut self, damage: Damage) -> bool {
        let until = self.reading.until.unwrap_or(LogPos(u64::MAX));
        let next = self
            .marks_from(damage.at + 1)
            .find(|&(_, pos, _)| pos >= self.found.last && pos <= until);
        let last = next.map_or(damage.last, |(_, pos, _)| pos);
        if last > self.found.last {
            self.found.lost.push(damage.first.0..=last.0);
        }
        self.found.last = last;
        if let Some((at, ..)) = next {
            self.found.end = at;
        }
        next.is_some()
    }

    /// Every sound mark from an offset on: where it is, its position, and what it calls synced.
    fn marks_from(&self, from: usize) -> impl Iterator<Item = (usize, LogPos, LogPos)> {
        let octets = self.segment.get(from..).unwrap_or_default();
        memchr::memmem::find_iter(octets, &MARK_TAIL).filter_map(move |hit| {
            let at = (from + hit).checked_sub(MARK_TAIL_AT)?;
            let frame = framing::read(self.segment, self.salt, at).ok()?;
            match frame.content {
                Content::Mark(synced) if at >= from => Some((at, frame.pos, synced)),
                Content::Mark(_) | Content::Record(..) => None,
            }
        })
    }
}

fn before(pos: LogPos) -> LogPos {
    LogPos(pos.0.saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::pen::log::{Kind, Partition};

    const HEADER: Header = Header {
        node: 1,
        log: 2,
        segment: 3,
        first: LogPos(41),
    };

    /// A segment and, for each write, where it begins and the position before it.
    struct Written {
        octets: Vec<u8>,
        writes: Vec<(usize, u64)>,
        last: u64,
        /// Positions at which a batch ends.
        batches: Vec<u64>,
    }

    /// Each write is a list of batches, each batch a number of records.
    fn write(writes: &[Vec<usize>], zeros: usize) -> Written {
        let mut done = Written {
            octets: HEADER.encode().to_vec(),
            writes: Vec::new(),
            last: HEADER.first.0 - 1,
            batches: vec![HEADER.first.0 - 1],
        };
        for batches in writes {
            done.writes.push((done.octets.len(), done.last));
            let before = LogPos(done.last);
            framing::mark(&mut done.octets, HEADER.salt(), before, before);
            for &records in batches {
                for nth in 1..=records {
                    done.last += 1;
                    let body = body(done.last);
                    let row = RecordRef {
                        partition: Partition(7),
                        kind: Kind(1),
                        body: &body,
                    };
                    let pos = LogPos(done.last);
                    framing::record(&mut done.octets, HEADER.salt(), pos, row, nth == records);
                }
                done.batches.push(done.last);
            }
        }
        done.octets.resize(done.octets.len() + zeros, 0);
        done
    }

    fn body(pos: u64) -> Vec<u8> {
        let len = usize::try_from(pos * 37 % 90).unwrap();
        pos.to_le_bytes()
            .iter()
            .copied()
            .cycle()
            .take(len)
            .collect()
    }

    /// Recovers and checks that what came is a row of whole records without a gap.
    fn read(octets: &[u8], reading: Reading) -> Result<(Recovered, Vec<u64>), Damage> {
        let mut seen = Vec::new();
        let found = recover(octets, &HEADER, reading, &mut |pos, record| {
            assert_eq!(record.body, body(pos.0));
            seen.push(pos.0);
        })?;
        Ok((found, seen))
    }

    fn writes() -> impl Strategy<Value = Vec<Vec<usize>>> {
        prop::collection::vec(prop::collection::vec(1..5_usize, 1..4), 1..8)
    }

    #[test]
    fn a_blank_segment_holds_nothing() {
        let (found, seen) = read(&write(&[], 500).octets, Reading::default()).unwrap();
        assert_eq!(found.last, LogPos(40));
        assert_eq!((found.end, found.unproved), (HEADER_OCTETS, HEADER_OCTETS));
        assert!(seen.is_empty() && found.lost.is_empty());
    }

    #[test]
    fn only_the_last_write_is_unproved() {
        let done = write(&[vec![1, 2], vec![3], vec![2]], 100);
        let (found, seen) = read(&done.octets, Reading::default()).unwrap();
        assert_eq!(found.unproved, done.writes[2].0);
        assert_eq!(found.end, done.octets.len() - 100);
        assert_eq!(seen, (41..=48).collect::<Vec<_>>());
    }

    #[test]
    fn a_half_batch_is_not_handed_out() {
        let done = write(&[vec![1], vec![3]], 0);
        let cut = done.octets.len() - 1;
        let (found, seen) = read(&done.octets[..cut], Reading::default()).unwrap();
        assert_eq!((found.last, seen), (LogPos(41), vec![41]));
    }

    #[test]
    fn records_behind_the_next_segment_do_not_count() {
        let done = write(&[vec![1], vec![1], vec![1]], 50);
        let reading = Reading {
            until: Some(LogPos(42)),
            ..Reading::default()
        };
        let (found, seen) = read(&done.octets, reading).unwrap();
        assert_eq!((found.last, seen), (LogPos(42), vec![41, 42]));
    }

    #[test]
    fn a_segment_that_ends_before_the_next_begins_is_damaged() {
        let done = write(&[vec![1], vec![1]], 50);
        let reading = Reading {
            until: Some(LogPos(44)),
            ..Reading::default()
        };
        let damage = read(&done.octets, reading).unwrap_err();
        assert_eq!(damage.at, done.octets.len() - 50);
        assert_eq!((damage.first, damage.last), (LogPos(43), LogPos(44)));
        assert_eq!(damage.what, Flaw::Blank);
    }

    #[test]
    fn damage_is_named_and_can_be_accepted() {
        let mut done = write(&[vec![2], vec![2, 1], vec![1], vec![1]], 50);
        let (at, before) = done.writes[1];
        let record = at + framing::MARK_OCTETS;
        done.octets[record + 9] ^= 0x10;
        let damage = read(&done.octets, Reading::default()).unwrap_err();
        assert_eq!((damage.at, damage.what), (record, Flaw::Checksum));
        assert_eq!((damage.first.0, damage.last.0), (before + 1, 46));
        let reading = Reading {
            accept_damage: true,
            ..Reading::default()
        };
        let (found, seen) = read(&done.octets, reading).unwrap();
        assert_eq!(found.lost, vec![43..=45]);
        assert_eq!(seen, vec![41, 42, 46, 47]);
        assert_eq!(found.last, LogPos(47));
    }

    #[test]
    fn octets_of_an_earlier_use_are_no_records() {
        let earlier = Header {
            segment: 77,
            ..HEADER
        };
        let mut old = write(&[vec![1; 10], vec![1; 10]], 0).octets;
        let mut walk = HEADER_OCTETS;
        let mut again = earlier.encode().to_vec();
        while let Ok(frame) = framing::read(&old, HEADER.salt(), walk) {
            walk = frame.end;
            match frame.content {
                Content::Mark(synced) => {
                    framing::mark(&mut again, earlier.salt(), frame.pos, synced);
                }
                Content::Record(row, last) => {
                    framing::record(&mut again, earlier.salt(), frame.pos, row, last);
                }
            }
        }
        assert_eq!(again.len(), old.len());
        let fresh = write(&[vec![1, 1]], 0).octets;
        old.copy_from_slice(&again);
        old[..fresh.len()].copy_from_slice(&fresh);
        let (found, seen) = read(&old, Reading::default()).unwrap();
        assert_eq!((found.last, seen), (LogPos(42), vec![41, 42]));
    }

    proptest! {
        #[test]
        fn all_that_was_written_is_read(plan in writes(), zeros in 0..80_usize, after in 0..60_u64) {
            let done = write(&plan, zeros);
            let reading = Reading { after: LogPos(after), ..Reading::default() };
            let (found, seen) = read(&done.octets, reading).unwrap();
            prop_assert_eq!(found.last.0, done.last);
            prop_assert_eq!(seen, (41.max(after + 1)..=done.last).collect::<Vec<_>>());
        }

        #[test]
        fn any_prefix_gives_whole_batches(plan in writes(), cut: prop::sample::Index) {
            let done = write(&plan, 0);
            let cut = HEADER_OCTETS + cut.index(done.octets.len() - HEADER_OCTETS + 1);
            let (found, seen) = read(&done.octets[..cut], Reading::default()).unwrap();
            prop_assert!(done.batches.contains(&found.last.0));
            prop_assert!(found.end <= cut);
            prop_assert_eq!(seen, (41..=found.last.0).collect::<Vec<_>>());
        }

        #[test]
        fn a_flipped_bit_never_loses_what_was_synced(
            plan in writes(), at: prop::sample::Index, bit in 0..8_u32,
        ) {
            let mut done = write(&plan, 40);
            let (tail, synced) = *done.writes.last().unwrap();
            let at = HEADER_OCTETS + at.index(done.octets.len() - HEADER_OCTETS);
            done.octets[at] ^= 1_u8 << bit;
            match read(&done.octets, Reading::default()) {
                Ok((found, seen)) => {
                    prop_assert!(found.last.0 >= synced);
                    prop_assert!(done.batches.contains(&found.last.0));
                    prop_assert_eq!(seen, (41..=found.last.0).collect::<Vec<_>>());
                    // The mark of the last write proves all before it, so a flip there is seen;
                    // only the mark before it may be hit in silence when it proves nothing more.
                    prop_assert!(at >= tail);
                }
                Err(damage) => {
                    prop_assert!(at < tail);
                    prop_assert!(damage.at <= at);
                    prop_assert!(damage.last.0 <= synced);
                }
            }
        }

        #[test]
        fn any_missing_block_of_the_unsynced_write_is_only_a_shorter_tail(
            plan in writes(), from: prop::sample::Index, len in 1..200_usize,
        ) {
            let mut done = write(&plan, 40);
            let (tail, synced) = *done.writes.last().unwrap();
            let from = tail + from.index(done.octets.len() - tail);
            let to = (from + len).min(done.octets.len());
            done.octets[from..to].fill(0);
            let (found, seen) = read(&done.octets, Reading::default()).unwrap();
            prop_assert!(found.last.0 >= synced);
            prop_assert!(done.batches.contains(&found.last.0));
            prop_assert_eq!(seen, (41..=found.last.0).collect::<Vec<_>>());
        }

        #[test]
        fn accepted_damage_loses_no_more_than_it_tells(
            plan in writes(), at: prop::sample::Index, len in 1..100_usize,
        ) {
            let mut done = write(&plan, 40);
            let (tail, synced) = *done.writes.last().unwrap();
            let at = HEADER_OCTETS + at.index(tail - HEADER_OCTETS + 1);
            let to = (at + len).min(tail.max(at));
            done.octets[at..to].fill(0x5a);
            let reading = Reading { accept_damage: true, ..Reading::default() };
            let (found, seen) = read(&done.octets, reading).unwrap();
            for pos in 41..=synced {
                let told = found.lost.iter().any(|lost| lost.contains(&pos));
                prop_assert!(told != seen.contains(&pos), "{}", pos);
            }
            prop_assert!(found.last.0 >= synced);
        }

        #[test]
        fn noise_never_panics(noise in prop::collection::vec(any::<u8>(), 0..400)) {
            let reading = Reading { accept_damage: true, ..Reading::default() };
            let found = recover(&noise, &HEADER, reading, &mut |_, _| {}).unwrap();
            prop_assert_eq!(found.last, LogPos(40));
        }
    }
}
