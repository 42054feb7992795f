//! The octets of a log segment. Pure: no file is touched here.
//!
//! ```text
//! segment  header | write | write | ... | zeros, or what a recycled file held before
//! write    mark | batch | batch | ...       one write, then one sync
//! batch    record | ... | record with LAST_OF_BATCH
//!
//! header   magic 8 | version 4 | node 4 | log 16 | segment 8 | first 8 | zero 12 | crc 4
//! record   len 4 | crc 4 | pos 8 | partition 2 | kind 1 | flags 1 | body len
//! mark     a record with MARK: pos is the last position before this write, the body is the
//!          position that was synced when the write was made
//! ```
//!
//! Integers are little endian. A record's crc (CRC-32C) starts from the crc of its segment's header
//! and covers everything but itself, so a record belongs to one segment: what an earlier use left
//! behind in a recycled file, or another log's file, never reads as a record.

use super::{Kind, LogPos, Partition, RecordRef};

/// Octets of a segment header.
pub const HEADER_OCTETS: usize = 64;
/// Octets of a record before its body.
pub const RECORD_OCTETS: usize = 20;
/// Octets of a mark record.
pub const MARK_OCTETS: usize = RECORD_OCTETS + 8;
/// The largest body a record may have.
pub const BODY_OCTETS_MAX: usize = 16 << 20;

const MAGIC: [u8; 8] = *b"penlog\r\n";
const VERSION: u32 = 1;
const LAST_OF_BATCH: u8 = 1;
const MARK: u8 = 2;
/// Partition, kind and flags of a mark, as they lie in the octets.
pub(super) const MARK_TAIL: [u8; 4] = [0xff, 0xff, 0, MARK];
/// Where [`MARK_TAIL`] lies in a mark.
pub(super) const MARK_TAIL_AT: usize = 16;

/// What a segment begins with.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Header {
    /// The node that writes the log.
    pub node: u32,
    /// Random, drawn once when the log is created.
    pub log: u128,
    /// Random, drawn for each segment.
    pub segment: u64,
    /// Position of the first record; everything before it was synced when the header was.
    pub first: LogPos,
}

/// Seed of the crc of a segment's records.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Salt(u32);

/// Why octets are not what the format wants at this place.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Flaw {
    /// The octets end within the header or record.
    #[error("cut short")]
    Short,
    /// Nothing was written here.
    #[error("nothing written")]
    Blank,
    /// A segment that does not begin as one.
    #[error("not a log segment")]
    Magic,
    /// A segment of a format of another version.
    #[error("format version not known")]
    Version,
    /// A body longer than [`BODY_OCTETS_MAX`], or a mark of a wrong size.
    #[error("length out of range")]
    Length,
    /// The octets are not those that were written.
    #[error("checksum differs")]
    Checksum,
    /// A sound record that does not belong at this place.
    #[error("position out of order")]
    Position,
    /// A segment of another log lies in the folder.
    #[error("segment of another log")]
    Stranger,
}

impl Flaw {
    /// The flaw in words.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Short => "cut short",
            Self::Blank => "nothing written",
            Self::Magic => "not a log segment",
            Self::Version => "format version not known",
            Self::Length => "length out of range",
            Self::Checksum => "checksum differs",
            Self::Position => "position out of order",
            Self::Stranger => "segment of another log",
        }
    }
}

/// One record or mark, read back.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Frame<'a> {
    /// The record's position; for a mark the last position before its write.
    pub pos: LogPos,
    /// Offset just behind it.
    pub end: usize,
    /// What it is.
    pub content: Content<'a>,
}

/// What a [`Frame`] is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Content<'a> {
    /// The beginning of a write: everything up to this position was synced before.
    Mark(LogPos),
    /// A record, and whether it is the last of its batch.
    Record(RecordRef<'a>, bool),
}

impl Header {
    /// The header's octets.
    #[must_use]
    pub fn encode(&self) -> [u8; HEADER_OCTETS] {
        let mut out = [0; HEADER_OCTETS];
        out[..8].copy_from_slice(&MAGIC);
        out[8..12].copy_from_slice(&VERSION.to_le_bytes());
        out[12..16].copy_from_slice(&self.node.to_le_bytes());
        out[16..32].copy_from_slice(&self.log.to_le_bytes());
        out[32..40].copy_from_slice(&self.segment.to_le_bytes());
        out[40..48].copy_from_slice(&self.first.0.to_le_bytes());
        let crc = crc32c::crc32c(&out[..60]);
        out[60..].copy_from_slice(&crc.to_le_bytes());
        out
    }

    /// Reads the header at the start of a segment.
    ///
    /// # Errors
    /// [`Flaw`] when the octets are no header that this version understands.
    pub fn decode(segment: &[u8]) -> Result<Self, Flaw> {
        let octets = segment.get(..HEADER_OCTETS).ok_or(Flaw::Short)?;
        if octets[..8] != MAGIC {
            return Err(Flaw::Magic);
        }
        if crc32c::crc32c(&octets[..60]) != u32_at(octets, 60) {
            return Err(Flaw::Checksum);
        }
        if u32_at(octets, 8) != VERSION {
            return Err(Flaw::Version);
        }
        Ok(Self {
            node: u32_at(octets, 12),
            log: u128::from(u64_at(octets, 16)) | u128::from(u64_at(octets, 24)) << 64,
            segment: u64_at(octets, 32),
            first: LogPos(u64_at(octets, 40)),
        })
    }

    /// The seed of this segment's records.
    #[must_use]
    pub fn salt(&self) -> Salt {
        // Not the crc of all 64 octets: over octets and their own crc it is a constant.
        Salt(u32_at(&self.encode(), 60))
    }
}

/// Appends the mark that begins a write: `before` is the last position before the write, `synced`
/// the last that is known to be durable.
pub fn mark(out: &mut Vec<u8>, salt: Salt, before: LogPos, synced: LogPos) {
    let record = RecordRef {
        partition: Partition::ALL,
        kind: Kind(0),
        body: &synced.0.to_le_bytes(),
    };
    frame(out, salt, before, record, MARK);
}

/// Appends a record. `last` tells whether it is the last of its batch.
///
/// The body must not exceed [`BODY_OCTETS_MAX`]; what does is not written and reads as damage, so
/// logs refuse it at the door.
pub fn record(out: &mut Vec<u8>, salt: Salt, pos: LogPos, record: RecordRef<'_>, last: bool) {
    frame(out, salt, pos, record, if last { LAST_OF_BATCH } else { 0 });
}

fn frame(out: &mut Vec<u8>, salt: Salt, pos: LogPos, record: RecordRef<'_>, flags: u8) {
    let Ok(len) = u32::try_from(record.body.len()) else {
        return;
    };
    let at = out.len();
    out.extend_from_slice(&len.to_le_bytes());
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(&pos.0.to_le_bytes());
    out.extend_from_slice(&record.partition.0.to_le_bytes());
    out.extend_from_slice(&[record.kind.0, flags]);
    out.extend_from_slice(record.body);
    let crc = checksum(salt, &out[at..]);
    out[at + 4..at + 8].copy_from_slice(&crc.to_le_bytes());
}

/// Reads the record or mark at an offset of a segment.
///
/// # Errors
/// [`Flaw`] when there is none; [`Flaw::Blank`] where nothing was ever written.
pub fn read(segment: &[u8], salt: Salt, at: usize) -> Result<Frame<'_>, Flaw> {
    let octets = segment.get(at..).ok_or(Flaw::Short)?;
    let head = octets
        .get(..RECORD_OCTETS)
        .ok_or(if octets.iter().all(|&octet| octet == 0) {
            Flaw::Blank
        } else {
            Flaw::Short
        })?;
    if head.iter().all(|&octet| octet == 0) {
        return Err(Flaw::Blank);
    }
    let len = usize::try_from(u32_at(head, 0)).map_err(|_| Flaw::Length)?;
    if len > BODY_OCTETS_MAX {
        return Err(Flaw::Length);
    }
    let whole = octets.get(..RECORD_OCTETS + len).ok_or(Flaw::Short)?;
    if checksum(salt, whole) != u32_at(head, 4) {
        return Err(Flaw::Checksum);
    }
    let body = &whole[RECORD_OCTETS..];
    let flags = head[19];
    let content = if flags & MARK != 0 {
        if len != 8 {
            return Err(Flaw::Length);
        }
        Content::Mark(LogPos(u64_at(body, 0)))
    } else {
        let record = RecordRef {
            partition: Partition(u16::from_le_bytes([head[16], head[17]])),
            kind: Kind(head[18]),
            body,
        };
        Content::Record(record, flags & LAST_OF_BATCH != 0)
    };
    Ok(Frame {
        pos: LogPos(u64_at(head, 8)),
        end: at + whole.len(),
        content,
    })
}

/// CRC-32C from the segment's seed over the length and all that follows the checksum.
fn checksum(salt: Salt, whole: &[u8]) -> u32 {
    let len = crc32c::crc32c_append(salt.0, &whole[..4]);
    crc32c::crc32c_append(len, &whole[8..])
}

fn u32_at(octets: &[u8], at: usize) -> u32 {
    let mut value = [0; 4];
    value.copy_from_slice(&octets[at..at + 4]);
    u32::from_le_bytes(value)
}

fn u64_at(octets: &[u8], at: usize) -> u64 {
    let mut value = [0; 8];
    value.copy_from_slice(&octets[at..at + 8]);
    u64::from_le_bytes(value)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HEADER: Header = Header {
        node: 7,
        log: 0x0123_4567_89ab_cdef_0011_2233_4455_6677,
        segment: 99,
        first: LogPos(12),
    };

    fn one(body: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        let row = RecordRef {
            partition: Partition(3),
            kind: Kind(9),
            body,
        };
        record(&mut out, HEADER.salt(), LogPos(12), row, true);
        out
    }

    #[test]
    fn a_header_round_trips_and_every_truncation_fails() {
        let octets = HEADER.encode();
        assert_eq!(Header::decode(&octets), Ok(HEADER));
        for end in 0..octets.len() {
            assert_eq!(Header::decode(&octets[..end]), Err(Flaw::Short));
        }
    }

    #[test]
    fn a_header_names_its_flaw() {
        let mut octets = HEADER.encode();
        octets[0] ^= 1;
        assert_eq!(Header::decode(&octets), Err(Flaw::Magic));
        let mut octets = HEADER.encode();
        octets[40] ^= 1;
        assert_eq!(Header::decode(&octets), Err(Flaw::Checksum));
        let mut octets = HEADER.encode();
        octets[8] = 2;
        let crc = crc32c::crc32c(&octets[..60]).to_le_bytes();
        octets[60..].copy_from_slice(&crc);
        assert_eq!(Header::decode(&octets), Err(Flaw::Version));
    }

    #[test]
    fn the_format_of_version_1_does_not_move() {
        let octets = one(b"abc");
        assert_eq!(octets.len(), RECORD_OCTETS + 3);
        assert_eq!(octets[..4], [3, 0, 0, 0]);
        assert_eq!(
            octets[8..],
            [12, 0, 0, 0, 0, 0, 0, 0, 3, 0, 9, 1, b'a', b'b', b'c']
        );
        let mut crc = crc32c::crc32c(&HEADER.encode()[..60]);
        crc = crc32c::crc32c_append(crc, &octets[..4]);
        crc = crc32c::crc32c_append(crc, &octets[8..]);
        assert_eq!(octets[4..8], crc.to_le_bytes());
    }

    #[test]
    fn every_truncation_of_a_record_fails() {
        let octets = one(b"some body");
        for end in 1..octets.len() {
            assert_eq!(
                read(&octets[..end], HEADER.salt(), 0),
                Err(Flaw::Short),
                "{end}"
            );
        }
        assert_eq!(read(&[], HEADER.salt(), 0), Err(Flaw::Blank));
        assert_eq!(
            read(&octets, HEADER.salt(), octets.len() + 1),
            Err(Flaw::Short)
        );
    }

    #[test]
    fn zeros_are_blank_and_a_huge_length_is_refused() {
        assert_eq!(read(&[0; 64], HEADER.salt(), 3), Err(Flaw::Blank));
        let mut octets = one(b"x");
        octets[3] = 0xff;
        assert_eq!(read(&octets, HEADER.salt(), 0), Err(Flaw::Length));
    }

    #[test]
    fn a_record_of_another_segment_is_no_record() {
        let other = Header {
            segment: 100,
            ..HEADER
        };
        assert_eq!(read(&one(b"x"), other.salt(), 0), Err(Flaw::Checksum));
        let later = Header {
            first: LogPos(13),
            ..HEADER
        };
        assert_eq!(read(&one(b"x"), later.salt(), 0), Err(Flaw::Checksum));
    }

    #[test]
    fn a_mark_carries_what_was_synced() {
        let mut out = Vec::new();
        mark(&mut out, HEADER.salt(), LogPos(5), LogPos(4));
        assert_eq!(out.len(), MARK_OCTETS);
        assert_eq!(out[MARK_TAIL_AT..MARK_TAIL_AT + 4], MARK_TAIL);
        let frame = read(&out, HEADER.salt(), 0).unwrap();
        assert_eq!(frame.pos, LogPos(5));
        assert_eq!(frame.content, Content::Mark(LogPos(4)));
    }

    proptest! {
        #[test]
        fn records_round_trip(
            partition: u16, kind: u8, pos: u64, last: bool,
            body in prop::collection::vec(any::<u8>(), 0..300),
        ) {
            let row = RecordRef { partition: Partition(partition), kind: Kind(kind), body: &body };
            let mut out = vec![0xaa; 5];
            record(&mut out, HEADER.salt(), LogPos(pos), row, last);
            let frame = read(&out, HEADER.salt(), 5).unwrap();
            prop_assert_eq!(frame.pos, LogPos(pos));
            prop_assert_eq!(frame.end, out.len());
            prop_assert_eq!(frame.content, Content::Record(row, last));
        }

        #[test]
        fn any_flipped_bit_is_seen(
            body in prop::collection::vec(any::<u8>(), 0..60), at: prop::sample::Index, bit in 0..8_u32,
        ) {
            let mut octets = one(&body);
            let at = at.index(octets.len());
            octets[at] ^= 1_u8 << bit;
            prop_assert!(read(&octets, HEADER.salt(), 0).is_err());
        }
    }
}
