//! Classic pcap (draft-ietf-opsawg-pcap).

use std::io::Read;

use pengate_codecs::Stamp;

use super::{
    LinkType,
    error::{CaptureError, Damage, FileKind},
    octets::{Endian, index},
    reader::{Limits, Record},
    source::Source,
};

/// A classic pcap file whose header was read.
pub(super) struct Pcap {
    endian: Endian,
    link: LinkType,
    /// Nanoseconds in a unit of the fraction.
    unit: i64,
    /// Octets before a frame: 16, or 24 in the modified format.
    header: usize,
}

impl Pcap {
    /// Reads the file header; `None` when the magic number is not of this format.
    pub(super) fn open<R: Read>(
        source: &mut Source<R>,
        magic: u32,
    ) -> Result<Option<Self>, CaptureError> {
        let known = [Endian::Big, Endian::Little]
            .into_iter()
            .find_map(|endian| {
                let number = if endian == Endian::Big {
                    magic
                } else {
                    magic.swap_bytes()
                };
                let (unit, header) = match number {
                    MICROSECONDS => (1000, 16),
                    NANOSECONDS => (1, 16),
                    MODIFIED => (1000, 24),
                    _ => return None,
                };
                Some((endian, unit, header))
            });
        let Some((endian, unit, header)) = known else {
            return Ok(None);
        };
        source.fill(HEADER);
        let shortage = source.shortage(FileKind::Pcap, HEADER as u64);
        let major = endian.u16(source.ahead(), 4).ok_or(shortage)?;
        let link = endian.u32(source.ahead(), 20).ok_or(shortage)?;
        if major != 2 {
            let damage = Damage::Version(major);
            return Err(CaptureError {
                kind: FileKind::Pcap,
                offset: 4,
                damage,
            });
        }
        source.consume(HEADER);
        // The upper half tells of a frame check sequence, which IP's own lengths exclude.
        let link = LinkType::from_wire(u16::try_from(link & 0xffff).unwrap_or_default());
        Ok(Some(Self {
            endian,
            link,
            unit,
            header,
        }))
    }

    /// The next frame.
    #[inline]
    pub(super) fn record<R: Read>(
        &self,
        source: &mut Source<R>,
        limits: Limits,
    ) -> Result<Option<Record>, CaptureError> {
        if source.fill(self.header) < self.header {
            return match source.is_finished() {
                true => Ok(None),
                false => Err(source.shortage(FileKind::Pcap, self.header as u64)),
            };
        }
        let head = source.ahead();
        let field = |at| self.endian.u32(head, at).unwrap_or_default();
        let (secs, fraction, length, original_len) = (field(0), field(4), field(8), field(12));
        if length > limits.frame_bytes_max {
            return Err(CaptureError {
                kind: FileKind::Pcap,
                offset: source.offset().saturating_add(8),
                damage: Damage::FrameTooLong(length),
            });
        }
        let end = self.header.saturating_add(index(length));
        if source.fill(end) < end {
            return Err(source.shortage(FileKind::Pcap, end as u64));
        }
        // 2^32 seconds and 2^32 microseconds fit in 63 bits of nanoseconds twice over.
        let at = i64::from(secs) * 1_000_000_000 + i64::from(fraction) * self.unit;
        Ok(Some(Record {
            at: Stamp::from_nanos(at),
            link: self.link,
            original_len,
            heading: None,
            range: self.header..end,
            end,
        }))
    }
}

const HEADER: usize = 24;
const MICROSECONDS: u32 = 0xa1b2_c3d4;
const NANOSECONDS: u32 = 0xa1b2_3c4d;
/// Record headers with interface, protocol and packet type, as old Linux libpcap wrote them.
const MODIFIED: u32 = 0xa1b2_cd34;

#[cfg(test)]
mod tests {
    use super::{super::testing::pcap_with, *};
    use crate::feed::capture::{Options, Reader};

    fn first(file: &[u8]) -> Result<Option<(i64, Vec<u8>)>, CaptureError> {
        let mut reader = Reader::new(file, &Options::default());
        let frame = reader.next_frame()?;
        Ok(frame.map(|frame| (frame.at.nanos(), frame.bytes.to_vec())))
    }

    #[test]
    fn both_byte_orders_and_all_units_are_read() {
        for endian in [Endian::Big, Endian::Little] {
            for (magic, nanos) in [(MICROSECONDS, 1_000_500_000), (NANOSECONDS, 1_000_000_500)] {
                let file = pcap_with(endian, magic, 1, &[b"frame".to_vec()]);
                assert_eq!(
                    first(&file),
                    Ok(Some((nanos, b"frame".to_vec()))),
                    "{endian:?}"
                );
            }
        }
    }

    #[test]
    fn the_modified_format_has_longer_record_headers() {
        let mut file = pcap_with(Endian::Little, MODIFIED, 1, &[b"frame".to_vec()]);
        file.splice(40..40, [9; 8]);
        assert_eq!(first(&file), Ok(Some((1_000_500_000, b"frame".to_vec()))));
    }

    #[test]
    fn each_damage_is_named_with_its_offset() {
        let good = pcap_with(Endian::Little, MICROSECONDS, 1, &[b"frame".to_vec()]);
        let damaged = |at: usize, octets: &[u8]| {
            let mut file = good.clone();
            file[at..at + octets.len()].copy_from_slice(octets);
            first(&file).unwrap_err()
        };
        let error = |kind, offset, damage| CaptureError {
            kind,
            offset,
            damage,
        };
        let magic = error(FileKind::Unknown, 0, Damage::Magic(0x2143_2143));
        assert_eq!(damaged(0, &[0x21, 0x43, 0x21, 0x43]), magic);
        assert_eq!(
            damaged(4, &[3]),
            error(FileKind::Pcap, 4, Damage::Version(3))
        );
        let long = error(FileKind::Pcap, 32, Damage::FrameTooLong(0x7f00_0005));
        assert_eq!(damaged(35, &[0x7f]), long);
        let missing = Damage::Truncated { missing: 2 };
        assert_eq!(first(&good[..43]), Err(error(FileKind::Pcap, 43, missing)));
        assert_eq!(
            long.to_string(),
            "pcap file damaged at offset 32: \
             a frame of 2130706437 octets is longer than frame_bytes_max"
        );
    }
}
