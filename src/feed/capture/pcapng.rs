//! pcapng (draft-ietf-opsawg-pcapng).

use std::io::Read;

use pengate_codecs::Stamp;

use super::{
    LinkType,
    error::{CaptureError, Damage, FileKind},
    octets::{Endian, index},
    reader::{Limits, Record},
    source::Source,
};
use crate::feed::Heading;

/// A pcapng file: the section being read.
#[derive(Default)]
pub(super) struct Pcapng {
    endian: Option<Endian>,
    interfaces: Vec<Interface>,
    /// Whether the section was written by our own recorder, whose packet flags tell our side.
    ours: bool,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Interface {
    link: LinkType,
    snap_len: u32,
    resolution: Resolution,
    /// Nanoseconds to add to every stamp.
    offset: i64,
}

/// What a unit of an interface's time stamps is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Resolution {
    /// So many nanoseconds.
    Nanos(u64),
    /// A nanosecond divided by this.
    Part(u128),
    /// A second divided by two to this power.
    Binary(u8),
}

impl Pcapng {
    /// Whether a file that starts with this number is pcapng.
    pub(super) fn starts_with(magic: u32) -> bool {
        magic == SECTION
    }

    /// The next frame; `last` is the time of a frame that has none.
    pub(super) fn record<R: Read>(
        &mut self,
        source: &mut Source<R>,
        limits: Limits,
        last: Stamp,
    ) -> Result<Option<Record>, CaptureError> {
        loop {
            let Some((kind, length)) = self.block(source)? else {
                return Ok(None);
            };
            if !matches!(kind, SECTION | INTERFACE | PACKET | SIMPLE | ENHANCED) {
                pass_over(source, self.endian.unwrap_or(Endian::Big), length)?;
                continue;
            }
            let padded = length.next_multiple_of(4);
            if padded > index(limits.frame_bytes_max).saturating_add(OVERHEAD) {
                return Err(damage(source, 4, Damage::BlockTooLong(length_of(length))));
            }
            if source.fill(padded) < padded {
                return Err(source.shortage(FileKind::Pcapng, padded as u64));
            }
            let endian = self.endian.unwrap_or(Endian::Big);
            let whole = &source.ahead()[..padded];
            let trailer = endian.u32(whole, padded - 4).unwrap_or_default();
            if index(trailer) != length {
                return Err(damage(source, padded - 4, Damage::Trailer(trailer)));
            }
            let block = &whole[..padded - 4];
            let found = match kind {
                SECTION => self.section(block),
                INTERFACE => self.interface(block, limits),
                SIMPLE => self.simple(block, last, limits),
                PACKET => self.packet(block, limits, 2),
                _ => self.packet(block, limits, 4),
            };
            match found {
                Ok(Some(record)) => {
                    return Ok(Some(Record {
                        end: padded,
                        ..record
                    }));
                }
                Ok(None) => source.consume(padded),
                Err((at, what)) => return Err(damage(source, at, what)),
            }
        }
    }

    /// The type and length of the block ahead. A section header also sets the byte order.
    fn block<R: Read>(
        &mut self,
        source: &mut Source<R>,
    ) -> Result<Option<(u32, usize)>, CaptureError> {
        if source.fill(BLOCK_MIN) < BLOCK_MIN {
            return match source.is_finished() {
                true => Ok(None),
                false => Err(source.shortage(FileKind::Pcapng, BLOCK_MIN as u64)),
            };
        }
        let head = source.ahead();
        if Endian::Big.u32(head, 0) == Some(SECTION) {
            let magic = Endian::Big.u32(head, 8).unwrap_or_default();
            self.endian = Some(match magic {
                BYTE_ORDER => Endian::Big,
                _ if magic.swap_bytes() == BYTE_ORDER => Endian::Little,
                _ => return Err(damage(source, 8, Damage::Magic(magic))),
            });
        }
        let endian = self.endian.unwrap_or(Endian::Big);
        let kind = endian.u32(head, 0).unwrap_or_default();
        let length = endian.u32(head, 4).unwrap_or_default();
        let least = match kind {
            SECTION => 28,
            INTERFACE => 20,
            SIMPLE => 16,
            PACKET | ENHANCED => 32,
            _ => 12,
        };
        if index(length) < least || length > u32::MAX - 3 {
            return Err(damage(source, 4, Damage::BlockLength(length)));
        }
        Ok(Some((kind, index(length))))
    }

    fn endian(&self) -> Endian {
        self.endian.unwrap_or(Endian::Big)
    }

    fn section(&mut self, block: &[u8]) -> Found {
        let endian = self.endian();
        let major = endian.u16(block, 12).unwrap_or_default();
        if major != 1 {
            return Err((12, Damage::Version(major)));
        }
        self.interfaces.clear();
        self.ours = options(endian, block, 24)
            .any(|(code, value)| code == USER_APPLICATION && value == APPLICATION);
        Ok(None)
    }

    fn interface(&mut self, block: &[u8], limits: Limits) -> Found {
        if self.interfaces.len() >= index(limits.interfaces_max) {
            return Err((0, Damage::Interfaces));
        }
        let endian = self.endian();
        let mut interface = Interface {
            link: LinkType::from_wire(endian.u16(block, 8).unwrap_or_default()),
            snap_len: endian.u32(block, 12).unwrap_or_default(),
            resolution: Resolution::Nanos(1000),
            offset: 0,
        };
        for (code, value) in options(endian, block, 16) {
            match (code, value) {
                (RESOLUTION, [power, ..]) => interface.resolution = Resolution::from_wire(*power),
                (TIME_OFFSET, _) => {
                    let secs = endian.i64(value, 0).unwrap_or_default();
                    interface.offset = Stamp::from_secs(secs).nanos();
                }
                _ => {}
            }
        }
        self.interfaces.push(interface);
        Ok(None)
    }

    /// An Enhanced Packet Block, or the obsolete Packet Block whose interface has `width` 2.
    fn packet(&self, block: &[u8], limits: Limits, width: usize) -> Found {
        let endian = self.endian();
        let field = |at| endian.u32(block, at).unwrap_or_default();
        let number = match width {
            2 => u32::from(endian.u16(block, 8).unwrap_or_default()),
            _ => field(8),
        };
        let Some(interface) = self.interfaces.get(index(number)) else {
            return Err((8, Damage::Interface(number)));
        };
        let units = u64::from(field(12)) << 32 | u64::from(field(16));
        let length = field(20);
        let range = frame(block, 28, length, limits).map_err(|what| (20, what))?;
        let heading = match self.ours {
            true => heading(endian, block, range.end.next_multiple_of(4)),
            false => None,
        };
        Ok(Some(Record {
            at: interface.stamp(units),
            link: interface.link,
            original_len: field(24),
            heading,
            range,
            end: 0,
        }))
    }

    fn simple(&self, block: &[u8], at: Stamp, limits: Limits) -> Found {
        let Some(interface) = self.interfaces.first() else {
            return Err((0, Damage::Interface(0)));
        };
        let original_len = self.endian().u32(block, 8).unwrap_or_default();
        let snapped = match interface.snap_len {
            0 => original_len,
            snap_len => original_len.min(snap_len),
        };
        let range = frame(block, 12, snapped, limits).map_err(|what| (8, what))?;
        let link = interface.link;
        Ok(Some(Record {
            at,
            link,
            original_len,
            heading: None,
            range,
            end: 0,
        }))
    }
}

/// A frame, or nothing to give out, or what is wrong at which offset in the block.
type Found = Result<Option<Record>, (usize, Damage)>;

impl Interface {
    fn stamp(&self, units: u64) -> Stamp {
        let units = u128::from(units);
        let nanos = match self.resolution {
            Resolution::Nanos(unit) => units * u128::from(unit),
            Resolution::Part(part) => units / part,
            Resolution::Binary(power) => (units * 1_000_000_000) >> power,
        };
        let nanos = i64::try_from(nanos).unwrap_or(i64::MAX);
        Stamp::from_nanos(nanos.saturating_add(self.offset))
    }
}

impl Resolution {
    /// `if_tsresol`: a power of ten, or of two when the highest bit is set.
    fn from_wire(power: u8) -> Self {
        let exponent = u32::from(power & 0x7f);
        if power & 0x80 != 0 {
            return Self::Binary(power & 0x7f);
        }
        match exponent {
            0..=9 => Self::Nanos(10_u64.pow(9 - exponent)),
            // Beyond 10^38 every stamp of 64 bits is less than a nanosecond.
            _ => Self::Part(10_u128.checked_pow(exponent - 9).unwrap_or(u128::MAX)),
        }
    }
}

/// Passes over a block of no interest without holding it.
fn pass_over<R: Read>(
    source: &mut Source<R>,
    endian: Endian,
    length: usize,
) -> Result<(), CaptureError> {
    let missing = source.skip(length.next_multiple_of(4) as u64 - 4);
    if missing > 0 || source.fill(4) < 4 {
        return Err(source.shortage(FileKind::Pcapng, missing.saturating_add(4)));
    }
    let trailer = endian.u32(source.ahead(), 0).unwrap_or_default();
    if index(trailer) != length {
        return Err(damage(source, 0, Damage::Trailer(trailer)));
    }
    source.consume(4);
    Ok(())
}

/// Where the `length` octets of a frame are that starts at `at` of a block without its trailer.
fn frame(
    block: &[u8],
    at: usize,
    length: u32,
    limits: Limits,
) -> Result<std::ops::Range<usize>, Damage> {
    if length > limits.frame_bytes_max {
        return Err(Damage::FrameTooLong(length));
    }
    let end = at.saturating_add(index(length));
    if end > block.len() {
        return Err(Damage::FrameLength(length));
    }
    Ok(at..end)
}

/// The options from `at` on, up to the end or the first that does not fit.
fn options(endian: Endian, block: &[u8], mut at: usize) -> impl Iterator<Item = (u16, &[u8])> {
    std::iter::from_fn(move || {
        let code = endian.u16(block, at)?;
        let length = usize::from(endian.u16(block, at + 2)?);
        let value = block.get(at + 4..at + 4 + length)?;
        at += 4 + length.next_multiple_of(4);
        (code != END_OF_OPTIONS).then_some((code, value))
    })
}

/// The direction in `epb_flags`.
fn heading(endian: Endian, block: &[u8], at: usize) -> Option<Heading> {
    let (_, flags) = options(endian, block, at).find(|(code, _)| *code == PACKET_FLAGS)?;
    match endian.u32(flags, 0)? & 3 {
        1 => Some(Heading::In),
        2 => Some(Heading::Out),
        _ => None,
    }
}

fn damage<R: Read>(source: &Source<R>, at: usize, damage: Damage) -> CaptureError {
    let offset = source.offset().saturating_add(at as u64);
    CaptureError {
        kind: FileKind::Pcapng,
        offset,
        damage,
    }
}

fn length_of(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

pub(super) const SECTION: u32 = 0x0a0d_0d0a;
pub(super) const INTERFACE: u32 = 1;
const PACKET: u32 = 2;
const SIMPLE: u32 = 3;
pub(super) const ENHANCED: u32 = 6;
pub(super) const BYTE_ORDER: u32 = 0x1a2b_3c4d;
/// What `shb_userappl` says of files that our recorder wrote.
pub(super) const APPLICATION: &[u8] = b"pengate";

const END_OF_OPTIONS: u16 = 0;
pub(super) const PACKET_FLAGS: u16 = 2;
pub(super) const HARDWARE: u16 = 2;
pub(super) const USER_APPLICATION: u16 = 4;
pub(super) const RESOLUTION: u16 = 9;
const TIME_OFFSET: u16 = 14;

const BLOCK_MIN: usize = 12;
/// Octets that a block may have besides its frame: fixed fields and options.
const OVERHEAD: usize = 1 << 16;

#[cfg(test)]
mod tests {
    use super::{
        super::testing::{Octets, block},
        *,
    };
    use crate::feed::capture::{Options, Reader};

    fn octets(endian: Endian) -> Octets {
        Octets(Vec::new(), endian)
    }

    fn section(endian: Endian) -> Vec<u8> {
        let body = octets(endian)
            .u32(BYTE_ORDER)
            .u16(1)
            .u16(0)
            .bytes(&[0xff; 8]);
        block(endian, SECTION, body)
    }

    fn interface(endian: Endian, link: u16, options: &[(u16, &[u8])]) -> Vec<u8> {
        let mut body = octets(endian).u16(link).u16(0).u32(0);
        for (code, value) in options {
            body = body.option(*code, value);
        }
        block(endian, INTERFACE, body)
    }

    fn packet(endian: Endian, number: u32, units: u64, frame: &[u8]) -> Vec<u8> {
        let length = u32::try_from(frame.len()).unwrap();
        let body = octets(endian)
            .u32(number)
            .u32(u32::try_from(units >> 32).unwrap())
            .u32(u32::try_from(units & 0xffff_ffff).unwrap())
            .u32(length)
            .u32(length + 1)
            .bytes(frame)
            .padded()
            .option(1, b"a comment")
            .option(0, b"");
        block(endian, ENHANCED, body)
    }

    /// Number, time, link type and octets.
    type Shown = (u64, i64, u16, Vec<u8>);

    fn frames(file: &[u8]) -> (Vec<Shown>, Result<(), CaptureError>) {
        let mut reader = Reader::new(file, &Options::default());
        let mut frames = Vec::new();
        loop {
            match reader.next_frame() {
                Ok(Some(frame)) => frames.push((
                    frame.number,
                    frame.at.nanos(),
                    frame.link.to_wire(),
                    frame.bytes.to_vec(),
                )),
                Ok(None) => return (frames, Ok(())),
                Err(error) => return (frames, Err(error)),
            }
        }
    }

    fn stamp(options: &[(u16, &[u8])], units: u64) -> i64 {
        let endian = Endian::Little;
        let file = [
            section(endian),
            interface(endian, 1, options),
            packet(endian, 0, units, b""),
        ];
        let (frames, end) = frames(&file.concat());
        assert_eq!(end, Ok(()));
        frames[0].1
    }

    #[test]
    fn every_resolution_is_exact() {
        let cases = [
            (0, 2, 2_000_000_000),
            (3, 1_700_000_000_123, 1_700_000_000_123_000_000),
            (6, 1_700_000_000_123_456, 1_700_000_000_123_456_000),
            (9, 1_700_000_000_123_456_789, 1_700_000_000_123_456_789),
            (10, 17_000_000_001_234_567_899, 1_700_000_000_123_456_789),
            (12, 1_234_999, 1_234),
            (127, u64::MAX, 0),
            (0x80, 2, 2_000_000_000),
            (0x80 | 10, 1024 + 512, 1_500_000_000),
            (0x80 | 32, (5 << 32) | (1 << 31), 5_500_000_000),
            (0x80 | 63, 1 << 62, 500_000_000),
            (0xff, u64::MAX, 0),
        ];
        for (resolution, units, nanos) in cases {
            assert_eq!(
                stamp(&[(RESOLUTION, &[resolution])], units),
                nanos,
                "{resolution:#x}"
            );
        }
        assert_eq!(stamp(&[], 7), 7000, "microseconds without the option");
        assert_eq!(
            stamp(&[(RESOLUTION, &[0])], u64::MAX),
            i64::MAX,
            "no overflow"
        );
    }

    #[test]
    fn an_offset_is_added_in_seconds() {
        let offset = 1_700_000_000_i64.to_le_bytes();
        let options: [(u16, &[u8]); 2] = [(RESOLUTION, &[9]), (TIME_OFFSET, &offset)];
        assert_eq!(stamp(&options, 5), 1_700_000_000_000_000_005);
        let early = (-1_i64).to_le_bytes();
        assert_eq!(stamp(&[(TIME_OFFSET, &early)], 5), -999_995_000);
        let far = i64::MAX.to_le_bytes();
        assert_eq!(stamp(&[(TIME_OFFSET, &far)], 5), i64::MAX);
    }

    fn several_sections() -> Vec<u8> {
        let (big, little) = (Endian::Big, Endian::Little);
        let old = octets(big)
            .u16(1)
            .u16(0)
            .u32(0)
            .u32(9)
            .u32(3)
            .u32(3)
            .bytes(b"old");
        [
            section(little),
            interface(little, 1, &[]),
            interface(little, 101, &[(RESOLUTION, &[9])]),
            packet(little, 1, 1, b"first"),
            block(little, 0x0bad, octets(little).bytes(&[7; 21])),
            packet(little, 0, 2, b"second"),
            section(big),
            interface(big, 113, &[]),
            interface(big, 276, &[]),
            packet(big, 0, 3, b"third"),
            block(big, SIMPLE, octets(big).u32(6).bytes(b"simple")),
            block(big, PACKET, old),
        ]
        .concat()
    }

    #[test]
    fn sections_interfaces_and_all_kinds_of_packet_blocks_are_read() {
        let (frames, end) = frames(&several_sections());
        assert_eq!(end, Ok(()));
        let expected: [Shown; 5] = [
            (1, 1, 101, b"first".to_vec()),
            (2, 2000, 1, b"second".to_vec()),
            (3, 3000, 113, b"third".to_vec()),
            (4, 3000, 113, b"simple".to_vec()),
            (5, 9000, 276, b"old".to_vec()),
        ];
        assert_eq!(frames, expected);
    }

    #[test]
    fn a_file_cut_at_any_octet_gives_every_whole_frame_and_then_an_error() {
        let file = several_sections();
        let (all, _) = frames(&file);
        let mut clean = 0;
        for cut in 0..file.len() {
            let (some, end) = frames(&file[..cut]);
            assert_eq!(some, all[..some.len()], "at {cut}");
            match end {
                Ok(()) => clean += 1,
                Err(error) => {
                    assert_eq!(error.offset, cut as u64);
                    assert!(matches!(error.damage, Damage::Truncated { .. }));
                }
            }
        }
        assert_eq!(clean, 11, "the ends of all blocks but the last");
    }

    #[test]
    fn each_damage_is_named_with_its_offset() {
        let endian = Endian::Little;
        let head = [section(endian), interface(endian, 1, &[])].concat();
        let at = head.len() as u64;
        let damaged = |tail: Vec<u8>| {
            let (frames, end) = frames(&[&head[..], &tail].concat());
            assert_eq!(frames, []);
            let error = end.unwrap_err();
            assert_eq!(error.kind, FileKind::Pcapng);
            (error.offset - at, error.damage)
        };
        let good = packet(endian, 0, 1, b"frame");
        let changed = |at: usize, octet: u8| {
            let mut bad = good.clone();
            bad[at] = octet;
            damaged(bad)
        };
        assert_eq!(changed(8, 1), (8, Damage::Interface(1)));
        assert_eq!(changed(4, 12), (4, Damage::BlockLength(12)));
        assert_eq!(changed(7, 1), (4, Damage::BlockTooLong(0x0100_0000 + 60)));
        assert_eq!(changed(20, 200), (20, Damage::FrameLength(200)));
        assert_eq!(changed(23, 1), (20, Damage::FrameTooLong(0x0100_0005)));
        let last = good.len() - 4;
        assert_eq!(changed(last, 1), (last as u64, Damage::Trailer(1)));
        let mut unknown = block(endian, 0x0bad, octets(endian).u32(0));
        unknown[12] = 1;
        assert_eq!(damaged(unknown), (12, Damage::Trailer(1)));
        let mut other = section(endian);
        other[12] = 2;
        assert_eq!(damaged(other), (12, Damage::Version(2)));
        let mut order = section(endian);
        order[8] = 0;
        assert_eq!(damaged(order), (8, Damage::Magic(0x003c_2b1a)));
    }

    #[test]
    fn interfaces_are_bounded() {
        let endian = Endian::Little;
        let one = interface(endian, 1, &[]);
        let file = [section(endian), one.clone(), one.clone(), one].concat();
        let options = Options {
            interfaces_max: 2,
            ..Options::default()
        };
        let error = Reader::new(&file[..], &options).next_frame().unwrap_err();
        assert_eq!((error.offset, error.damage), (28 + 40, Damage::Interfaces));
    }
}
