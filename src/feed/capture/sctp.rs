//! SCTP packets and their chunks (RFC 9260 clause 3).

use std::{net::IpAddr, ops::Range};

use super::{
    fault::{Defect, Fault},
    lane::Init,
    octets::{array, narrow, u16_at, u32_at},
};

/// A packet's common header.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Header {
    pub(super) source: u16,
    pub(super) destination: u16,
    /// Where the first chunk starts.
    pub(super) chunks: usize,
}

impl Header {
    /// Reads the header of the packet at `range` of a frame: ports, verification tag, checksum.
    /// Checksums are not verified: a capture made on the sending host has them before the network
    /// card wrote them.
    pub(super) fn parse(frame: &[u8], range: &Range<usize>) -> Result<Self, Fault> {
        let within = frame.get(..range.end).unwrap_or_default();
        let header: [u8; 12] = array(within, range.start).ok_or(cut(range.end))?;
        let [a, b, c, d, ..] = header;
        Ok(Self {
            source: u16::from_be_bytes([a, b]),
            destination: u16::from_be_bytes([c, d]),
            chunks: range.start + header.len(),
        })
    }
}

/// A part of a user message, or a whole one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Data<'a> {
    pub(super) tsn: u32,
    pub(super) stream: u16,
    /// Number of the message in its stream.
    pub(super) sequence: u16,
    pub(super) payload_protocol: u32,
    pub(super) begins: bool,
    pub(super) ends: bool,
    pub(super) unordered: bool,
    pub(super) octets: &'a [u8],
    /// How many octets the snap length cut off.
    pub(super) missing: u32,
}

/// A chunk, as far as it matters here.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Chunk<'a> {
    /// DATA (0).
    Data(Data<'a>),
    /// INIT (1) and INIT ACK (2), and the parameters.
    Init(Init, &'a [u8]),
    /// SACK (3): up to which number everything arrived.
    Sack { cumulative: u32 },
    /// ABORT (6).
    Abort,
    /// SHUTDOWN COMPLETE (14).
    ShutdownComplete,
    /// Any other.
    Other,
}

/// The chunks of a packet, each with its type, flags and length.
///
/// ```text
/// |  Type  |  Flags |     Length      | value, zeros to four octets
/// ```
pub(super) struct Chunks<'a> {
    frame: &'a [u8],
    at: usize,
    end: usize,
    /// How many octets the snap length cut off behind the end.
    missing: u32,
}

impl<'a> Chunks<'a> {
    pub(super) fn new(frame: &'a [u8], range: Range<usize>, missing: u32) -> Self {
        Self {
            frame: frame.get(..range.end).unwrap_or_default(),
            at: range.start,
            end: range.end.min(frame.len()),
            missing,
        }
    }

    /// The next chunk; nothing comes after an error.
    pub(super) fn next(&mut self) -> Result<Option<Chunk<'a>>, Fault> {
        let start = self.at;
        if start >= self.end {
            return Ok(None);
        }
        self.at = self.end;
        let header: [u8; 4] = array(self.frame, start).ok_or(cut(self.end))?;
        let [kind, flags, high, low] = header;
        let length = usize::from(u16::from_be_bytes([high, low]));
        if length < header.len() {
            return Err(wrong(start + 2));
        }
        let end = start + length;
        let beyond = narrow(end.saturating_sub(self.end));
        if beyond > self.missing {
            return Err(wrong(start + 2));
        }
        let value = self
            .frame
            .get(start + header.len()..end.min(self.end))
            .unwrap_or_default();
        let chunk = self.read(kind, flags, value, beyond, start)?;
        self.at = start + length.next_multiple_of(4);
        Ok(Some(chunk))
    }

    fn read(
        &self,
        kind: u8,
        flags: u8,
        value: &'a [u8],
        missing: u32,
        start: usize,
    ) -> Result<Chunk<'a>, Fault> {
        let short = match missing {
            0 => wrong(start + 2),
            _ => cut(self.end),
        };
        let word = |at| u32_at(value, at).ok_or(short);
        let half = |at| u16_at(value, at).ok_or(short);
        Ok(match kind {
            0 => Chunk::Data(Data {
                tsn: word(0)?,
                stream: half(4)?,
                sequence: half(6)?,
                payload_protocol: word(8)?,
                begins: flags & 0x02 != 0,
                ends: flags & 0x01 != 0,
                unordered: flags & 0x04 != 0,
                octets: value.get(12..).unwrap_or_default(),
                missing,
            }),
            1 | 2 => {
                let (tag, tsn) = (word(0)?, word(12)?);
                Chunk::Init(Init { tag, tsn }, value.get(16..).unwrap_or_default())
            }
            3 => Chunk::Sack {
                cumulative: word(0)?,
            },
            6 => Chunk::Abort,
            14 => Chunk::ShutdownComplete,
            _ => Chunk::Other,
        })
    }
}

/// The addresses that an INIT or INIT ACK announces besides that which it came from (RFC 9260
/// clauses 3.3.2.1.1 and 3.3.2.1.2).
pub(super) fn addresses(mut parameters: &[u8]) -> impl Iterator<Item = IpAddr> + '_ {
    std::iter::from_fn(move || {
        loop {
            let (kind, length) = (u16_at(parameters, 0)?, u16_at(parameters, 2)?);
            let length = usize::from(length);
            let value = parameters.get(4..length)?;
            let padded = length.next_multiple_of(4).min(parameters.len());
            parameters = parameters.get(padded..)?;
            match kind {
                5 => return array::<4>(value, 0).map(IpAddr::from),
                6 => return array::<16>(value, 0).map(IpAddr::from),
                _ => {}
            }
        }
    })
    .take(ADDRESSES_MAX)
}

/// However many are announced, so many count.
const ADDRESSES_MAX: usize = 16;

fn cut(at: usize) -> Fault {
    Fault {
        at,
        what: Defect::Cut,
    }
}

fn wrong(at: usize) -> Fault {
    Fault {
        at,
        what: Defect::ChunkLength,
    }
}
