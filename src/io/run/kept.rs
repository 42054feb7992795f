//! How far the log may be let go of: answers given lately stand nowhere else.

use std::{collections::VecDeque, time::Duration};

use pengate_codecs::Stamp;

use crate::pen::log::LogPos;

/// Where the log stood when.
#[derive(Debug)]
struct Mark {
    at: Stamp,
    pos: LogPos,
    /// Octets of the log up to here, since the start.
    octets: u64,
}

/// How far the log had come at some times past.
#[derive(Debug)]
pub(super) struct Kept {
    retention: Duration,
    octets_max: u64,
    octets: u64,
    marks: VecDeque<Mark>,
    /// Everything up to here is old.
    old: LogPos,
}

/// A retention is measured with this many marks.
const MARKS: u32 = 64;

impl Kept {
    /// Keeps what is younger than `retention`, if it is not more than `octets_max`.
    pub fn new(retention: Duration, octets_max: u64) -> Self {
        Self {
            retention,
            octets_max,
            octets: 0,
            marks: VecDeque::new(),
            old: LogPos(0),
        }
    }

    /// The log has come to `pos`, with so many octets since it was told last.
    pub fn note(&mut self, now: Stamp, pos: LogPos, octets: u64) {
        self.octets = self.octets.saturating_add(octets);
        let apart = self.retention / MARKS;
        let last = self.marks.back().map(|mark| mark.at);
        if last.is_none_or(|last| now.since(last) >= apart) {
            self.marks.push_back(Mark {
                at: now,
                pos,
                octets: self.octets,
            });
        }
    }

    /// The position up to which nothing has to be kept.
    pub fn old(&mut self, now: Stamp) -> LogPos {
        while let Some(mark) = self.marks.pop_front_if(|mark| {
            now.since(mark.at) >= self.retention || self.octets - mark.octets >= self.octets_max
        }) {
            self.old = mark.pos;
        }
        self.old
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: i64) -> Stamp {
        Stamp::from_secs(secs)
    }

    #[test]
    fn what_is_younger_than_the_retention_is_kept() {
        let mut kept = Kept::new(Duration::from_mins(4), 1000);
        for minute in 0..=10 {
            let pos = u64::try_from(minute).unwrap();
            kept.note(at(60 * minute), LogPos(pos), 1);
        }
        assert_eq!(kept.old(at(600)), LogPos(6));
        assert_eq!(kept.old(at(659)), LogPos(6));
        assert_eq!(kept.old(at(660)), LogPos(7));
        assert_eq!(kept.old(at(9000)), LogPos(10));
    }

    #[test]
    fn more_than_so_many_octets_are_not_kept() {
        let mut kept = Kept::new(Duration::from_mins(4), 100);
        for second in 0..10 {
            let pos = u64::try_from(second).unwrap();
            kept.note(at(10 * second), LogPos(pos), 30);
        }
        assert_eq!(kept.old(at(90)), LogPos(5), "120 octets behind it");
        kept.note(at(91), LogPos(10), 1000);
        assert_eq!(kept.old(at(91)), LogPos(9));
    }

    #[test]
    fn there_are_few_marks_however_often_it_is_told() {
        let mut kept = Kept::new(Duration::from_secs(64), u64::MAX);
        for second in 0..1000 {
            for part in 0..10 {
                let now = at(second) + Duration::from_millis(100 * part);
                kept.note(now, LogPos(0), 0);
            }
            kept.old(at(second));
        }
        assert!(kept.marks.len() <= 65, "{}", kept.marks.len());
    }
}
