//! Bodies in chunks (RFC 9112 clause 7.1).

use super::{HttpError, Options};

/// A body of which chunks are still to come.
#[derive(Clone, Debug, Default)]
pub(super) struct Chunked {
    /// What was read of the octets behind the head.
    at: usize,
    phase: Phase,
    /// The chunks so far, put together.
    pub body: Vec<u8>,
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Phase {
    #[default]
    Size,
    Data(usize),
    /// Fields behind the last chunk, of which that many octets were read.
    Trailer(usize),
}

/// The longest line that tells the size of a chunk, extensions included.
const LINE_MAX: usize = 256;

impl Chunked {
    /// Reads on in `octets`, which start behind the head and hold everything that was there before.
    /// Returns how many there are of the body, once all are there.
    pub(super) fn read(
        &mut self,
        octets: &[u8],
        options: &Options,
    ) -> Result<Option<usize>, HttpError> {
        loop {
            let rest = octets.get(self.at..).unwrap_or_default();
            match self.phase {
                Phase::Size => {
                    let Some(line) = line(rest, LINE_MAX).map_err(|()| HttpError::Chunk)? else {
                        return Ok(None);
                    };
                    let size = size(line).ok_or(HttpError::Chunk)?;
                    if size > options.body_bytes_max.saturating_sub(self.body.len()) {
                        return Err(HttpError::BodyTooLong);
                    }
                    self.advance(line.len() + 2, options)?;
                    self.phase = match size {
                        0 => Phase::Trailer(0),
                        size => Phase::Data(size),
                    };
                }
                Phase::Data(size) => {
                    let Some((data, end)) = rest.split_at_checked(size) else {
                        return Ok(None);
                    };
                    match end {
                        [b'\r', b'\n', ..] => {}
                        [] | [b'\r'] => return Ok(None),
                        _ => return Err(HttpError::Chunk),
                    }
                    self.body.extend_from_slice(data);
                    self.advance(size + 2, options)?;
                    self.phase = Phase::Size;
                }
                Phase::Trailer(before) => {
                    let left = options.header_bytes_max.saturating_sub(before);
                    let Some(line) = line(rest, left).map_err(|()| HttpError::HeadTooLong)? else {
                        return Ok(None);
                    };
                    self.advance(line.len() + 2, options)?;
                    if line.is_empty() {
                        return Ok(Some(self.at));
                    }
                    self.phase = Phase::Trailer(before + line.len() + 2);
                }
            }
        }
    }

    /// Tiny chunks may not cost more than what they carry.
    const fn advance(&mut self, octets: usize, options: &Options) -> Result<(), HttpError> {
        self.at += octets;
        match self.at > options.waiting_max() - options.header_bytes_max {
            true => Err(HttpError::BodyTooLong),
            false => Ok(()),
        }
    }
}

/// The first line without its end; nothing while its end is not there, an error when it is too long.
fn line(octets: &[u8], max: usize) -> Result<Option<&[u8]>, ()> {
    let window = octets.get(..max.saturating_add(2)).unwrap_or(octets);
    match memchr::memmem::find(window, b"\r\n") {
        Some(end) => Ok(octets.get(..end)),
        None if octets.len() > max + 1 => Err(()),
        None => Ok(None),
    }
}

/// The size of a chunk, in hexadecimal digits; its extensions are passed over.
fn size(line: &[u8]) -> Option<usize> {
    let digits = line.split(|octet| *octet == b';').next()?.trim_ascii_end();
    let text = std::str::from_utf8(digits).ok()?;
    let is_plain = text.bytes().all(|octet| octet.is_ascii_hexdigit());
    usize::from_str_radix(text, 16).ok().filter(|_| is_plain)
}
