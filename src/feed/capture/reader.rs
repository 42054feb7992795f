//! Capture files to frames.

use std::{io::Read, ops::Range};

use pengate_codecs::Stamp;

use super::{
    LinkType, Options,
    error::{CaptureError, Damage, FileKind},
    octets::Endian,
    pcap::Pcap,
    pcapng::Pcapng,
    source::Source,
};
use crate::feed::Heading;

/// One frame of a capture.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Frame<'a> {
    /// Its number in the capture, from 1.
    pub number: u64,
    /// When it was captured. A pcapng Simple Packet Block has no time: it takes that of the frame
    /// before it, or 1970.
    pub at: Stamp,
    /// How its octets start.
    pub link: LinkType,
    /// How many octets it had on the wire, of which a snap length may have cut some off.
    pub original_len: u32,
    /// Its direction as seen by us; known only in what [`Recorder`](super::Recorder) wrote.
    pub heading: Option<Heading>,
    /// Its captured octets.
    pub bytes: &'a [u8],
}

/// Reads pcap and pcapng, plain or compressed with gzip, from a file or a pipe.
///
/// Both byte orders, microseconds and nanoseconds, and the modified pcap of old Linux; all block
/// types of pcapng that carry frames, any number of sections and interfaces, any resolution.
/// Blocks of other types are passed over. Holds one frame at a time.
pub struct Reader<R: Read> {
    source: Source<R>,
    format: Format,
    options: Limits,
    held: Head,
    consumed: usize,
}

/// A frame whose octets are still in the window.
#[derive(Clone, Debug)]
pub(super) struct Head {
    pub(super) number: u64,
    pub(super) at: Stamp,
    pub(super) link: LinkType,
    pub(super) original_len: u32,
    pub(super) heading: Option<Heading>,
    range: Range<usize>,
}

/// A frame as a file format finds it: places are relative to the first octet ahead.
pub(super) struct Record {
    pub(super) at: Stamp,
    pub(super) link: LinkType,
    pub(super) original_len: u32,
    pub(super) heading: Option<Heading>,
    /// Where the octets of the frame are.
    pub(super) range: Range<usize>,
    /// Where the next record starts.
    pub(super) end: usize,
}

/// The limits that file formats need.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) frame_bytes_max: u32,
    pub(super) interfaces_max: u32,
}

enum Format {
    Unopened,
    Pcap(Pcap),
    Pcapng(Pcapng),
    Finished,
}

impl<R: Read> Reader<R> {
    /// Reads nothing yet.
    pub fn new(source: R, options: &Options) -> Self {
        Self {
            source: Source::new(source),
            format: Format::Unopened,
            options: Limits {
                frame_bytes_max: options.frame_bytes_max,
                interfaces_max: options.interfaces_max,
            },
            held: Head {
                number: 0,
                at: Stamp::from_nanos(0),
                link: LinkType::Other(0),
                original_len: 0,
                heading: None,
                range: 0..0,
            },
            consumed: 0,
        }
    }

    /// The next frame; `None` at the end of the capture, and ever after an error.
    ///
    /// # Errors
    /// Once, at the first damage; all frames before it have been given out.
    pub fn next_frame(&mut self) -> Result<Option<Frame<'_>>, CaptureError> {
        if !self.advance()? {
            return Ok(None);
        }
        let Head {
            number,
            at,
            link,
            original_len,
            heading,
            ..
        } = self.held;
        let bytes = self.octets();
        Ok(Some(Frame {
            number,
            at,
            link,
            original_len,
            heading,
            bytes,
        }))
    }

    /// Goes to the next frame and says whether there is one.
    #[inline]
    pub(super) fn advance(&mut self) -> Result<bool, CaptureError> {
        self.source.consume(self.consumed);
        self.consumed = 0;
        match self.record() {
            Ok(Some(record)) => {
                self.consumed = record.end;
                self.held = Head {
                    number: self.held.number + 1,
                    at: record.at,
                    link: record.link,
                    original_len: record.original_len,
                    heading: record.heading,
                    range: record.range,
                };
                Ok(true)
            }
            Ok(None) => {
                self.format = Format::Finished;
                Ok(false)
            }
            Err(error) => {
                self.format = Format::Finished;
                Err(error)
            }
        }
    }

    /// The frame that was last advanced to.
    pub(super) fn head(&self) -> &Head {
        &self.held
    }

    /// Its octets.
    #[inline]
    pub(super) fn octets(&self) -> &[u8] {
        self.source
            .ahead()
            .get(self.held.range.clone())
            .unwrap_or_default()
    }

    #[inline]
    fn record(&mut self) -> Result<Option<Record>, CaptureError> {
        loop {
            match &mut self.format {
                Format::Unopened => self.format = open(&mut self.source)?,
                Format::Pcap(file) => return file.record(&mut self.source, self.options),
                Format::Pcapng(file) => {
                    return file.record(&mut self.source, self.options, self.held.at);
                }
                Format::Finished => return Ok(None),
            }
        }
    }
}

fn open<R: Read>(source: &mut Source<R>) -> Result<Format, CaptureError> {
    source.inflate();
    if source.fill(4) < 4 {
        return Err(source.shortage(FileKind::Unknown, 4));
    }
    let Some(magic) = Endian::Big.u32(source.ahead(), 0) else {
        return Err(source.shortage(FileKind::Unknown, 4));
    };
    if Pcapng::starts_with(magic) {
        return Ok(Format::Pcapng(Pcapng::default()));
    }
    match Pcap::open(source, magic)? {
        Some(file) => Ok(Format::Pcap(file)),
        None => Err(CaptureError {
            kind: FileKind::Unknown,
            offset: source.offset(),
            damage: Damage::Magic(magic),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{address, datagrams, ethernet, pcap, udp};

    #[test]
    fn a_capture_cut_at_any_octet_gives_every_whole_frame_and_then_an_error() {
        let frames: Vec<Vec<u8>> = (1..=4)
            .map(|port| {
                ethernet(&udp(
                    address(&format!("192.0.2.1:{port}")),
                    address("192.0.2.2:1813"),
                    b"octets",
                ))
            })
            .collect();
        let file = pcap(1, &frames);
        for cut in 0..=file.len() {
            let (datagrams, end) = datagrams(&file[..cut]);
            let record = 16 + frames[0].len();
            let whole = cut.saturating_sub(24) / record;
            assert_eq!(datagrams.len(), whole, "at {cut}");
            let clean = cut >= 24 && (cut - 24).is_multiple_of(record);
            assert_eq!(end.is_ok(), clean, "at {cut}");
            if let Err(error) = end {
                assert_eq!(error.offset, cut as u64);
            }
        }
    }
}
