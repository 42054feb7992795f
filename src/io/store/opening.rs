//! What the log finds when it is opened, and how it is read back.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::io;
use std::ops::RangeInclusive;

use super::disk::{Disk, as_u64, read_start, write_all};
use super::keeper::{segment_first, segment_name};
use crate::pen::log::framing::{Flaw, HEADER_OCTETS, Header, RECORD_OCTETS};
use crate::pen::log::recovery::{self, Damage, Reading, Recovered};
use crate::pen::log::{LogError, LogPos, RecordRef};

/// A log as it was found.
pub(super) struct Found {
    /// Random number of the log; drawn anew for an empty folder.
    pub(super) log: u128,
    /// First positions of the segments that can be read, in order.
    pub(super) firsts: Vec<LogPos>,
    pub(super) last: LogPos,
    /// Positions of segments whose headers cannot be read, when damage is accepted.
    pub(super) lost: Vec<RangeInclusive<u64>>,
}

/// Reads the headers of all segments and the whole of the last, which is then made durable as far
/// as it counts: what a failed sync left in memory reads well, and is gone after a power cut.
pub(super) fn open(disk: &dyn Disk, accept_damage: bool) -> Result<Found, LogError> {
    let names = disk.names().map_err(failed(disk, "list the files of"))?;
    let mut firsts: Vec<_> = names
        .iter()
        .filter_map(|name| segment_first(name))
        .collect();
    firsts.sort_unstable();
    let mut found = Found {
        log: u128::from(random()) << 64 | u128::from(random()),
        firsts: Vec::with_capacity(firsts.len()),
        last: LogPos(0),
        lost: Vec::new(),
    };
    let mut octets = Vec::new();
    for (nth, &first) in firsts.iter().enumerate() {
        let size = load(disk, first, as_u64(HEADER_OCTETS), &mut octets)?;
        match header(
            &octets,
            first,
            (!found.firsts.is_empty()).then_some(found.log),
        ) {
            Ok(header) => {
                found.log = header.log;
                found.last = LogPos(first.0.saturating_sub(1));
                found.firsts.push(first);
            }
            Err(what) => {
                // As many records as the file has room for, so that no position is used twice.
                let room = size / as_u64(RECORD_OCTETS);
                let last = firsts
                    .get(nth + 1)
                    .map_or(first.0 + room, |next| next.0 - 1);
                if !accept_damage {
                    return Err(damaged(
                        first,
                        Damage {
                            at: 0,
                            what,
                            first,
                            last: LogPos(last),
                        },
                    ));
                }
                set_aside(disk, first)?;
                found.lost.push(first.0..=last);
                found.last = LogPos(last);
            }
        }
    }
    if let (Some(&first), true) = (found.firsts.last(), found.firsts.last() == firsts.last()) {
        found.last = settle_last(disk, first, accept_damage, &mut octets)?.last;
    }
    Ok(found)
}

fn settle_last(
    disk: &dyn Disk,
    first: LogPos,
    accept_damage: bool,
    octets: &mut Vec<u8>,
) -> Result<Recovered, LogError> {
    let reading = Reading {
        after: LogPos(u64::MAX),
        until: None,
        accept_damage,
    };
    let recovered = segment(disk, first, reading, octets, &mut |_, _| {})?;
    let name = segment_name(first);
    let again = || -> io::Result<()> {
        let mut file = disk.open(&name)?;
        let unproved = &octets[recovered.unproved..recovered.end];
        write_all(&mut *file, as_u64(recovered.unproved), unproved)?;
        file.sync()
    };
    again().map_err(failed(disk, "make the last segment durable in"))?;
    Ok(recovered)
}

/// Renames a segment of which nothing can be read, so that the next start does not meet it again.
fn set_aside(disk: &dyn Disk, first: LogPos) -> Result<(), LogError> {
    let name = segment_name(first);
    disk.rename(&name, &format!("{name}.damaged"))
        .and_then(|()| disk.sync_names())
        .map_err(failed(disk, "set aside a damaged segment of"))
}

/// Reads the records of one segment.
pub(super) fn segment(
    disk: &dyn Disk,
    first: LogPos,
    reading: Reading,
    octets: &mut Vec<u8>,
    each: &mut dyn FnMut(LogPos, RecordRef<'_>),
) -> Result<Recovered, LogError> {
    load(disk, first, u64::MAX, octets)?;
    let lost = |what| {
        let last = reading.until.unwrap_or(first);
        damaged(
            first,
            Damage {
                at: 0,
                what,
                first,
                last,
            },
        )
    };
    let header = header(octets, first, None).map_err(lost)?;
    recovery::recover(octets, &header, reading, each).map_err(|damage| damaged(first, damage))
}

fn header(octets: &[u8], first: LogPos, log: Option<u128>) -> Result<Header, Flaw> {
    let header = Header::decode(octets)?;
    if header.first != first {
        return Err(Flaw::Position);
    }
    if log.is_some_and(|log| log != header.log) {
        return Err(Flaw::Stranger);
    }
    Ok(header)
}

/// Loads the beginning of a segment and tells how long the file is.
fn load(disk: &dyn Disk, first: LogPos, len: u64, octets: &mut Vec<u8>) -> Result<u64, LogError> {
    let mut read = || {
        let file = disk.open(&segment_name(first))?;
        read_start(&*file, len, octets)?;
        file.len()
    };
    read().map_err(failed(disk, "read a segment of"))
}

fn damaged(segment: LogPos, damage: Damage) -> LogError {
    LogError::Damaged {
        segment: segment_name(segment),
        offset: as_u64(damage.at),
        first: damage.first.0,
        last: damage.last.0,
        what: damage.what.text(),
    }
}

fn failed(disk: &dyn Disk, what: &'static str) -> impl FnOnce(io::Error) -> LogError {
    let place = disk.place();
    move |source| LogError::Io {
        what: format!("cannot {what} {place}"),
        source,
    }
}

/// A number that no other log or segment has: the standard library seeds its hash maps from the
/// operating system.
pub(super) fn random() -> u64 {
    let mut hasher = RandomState::new().build_hasher();
    hasher.write_u8(0);
    hasher.finish()
}
