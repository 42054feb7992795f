//! Pointers, the parts they point to, and the optional part (Q.713 clauses 1.5 to 1.8 and 2).

use super::{DecodeError, EncodeError, Field, PartyAddress, Segmentation};

/// How wide pointers and the data's length are.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Width {
    /// One octet: UDT, XUDT and their services.
    One,
    /// Two octets, the lower one first: LUDT and LUDTS.
    Two,
}

impl Width {
    /// Octets of a pointer.
    pub(super) const fn octets(self) -> usize {
        match self {
            Self::One => 1,
            Self::Two => 2,
        }
    }

    /// A number at an offset.
    fn read(self, octets: &[u8], at: usize) -> Result<usize, DecodeError> {
        let short = |missing| DecodeError::Short {
            at: octets.len().max(at),
            missing,
        };
        let field = octets.get(at..).unwrap_or_default();
        match (self, field) {
            (Self::One, [value, ..]) => Ok((*value).into()),
            (Self::Two, [low, high, ..]) => Ok(u16::from_le_bytes([*low, *high]).into()),
            _ => Err(short(self.octets() - field.len())),
        }
    }

    /// Writes a number at an offset, if it fits.
    fn write(self, value: usize, at: usize, out: &mut [u8]) -> Option<()> {
        match self {
            Self::One => *out.get_mut(at)? = u8::try_from(value).ok()?,
            Self::Two => {
                let value = u16::try_from(value).ok()?.to_le_bytes();
                out.get_mut(at..)?
                    .first_chunk_mut()
                    .map(|field| *field = value)?;
            }
        }
        Some(())
    }
}

/// The parts of a message, by their pointers.
#[derive(Clone, Copy)]
pub(super) struct Parts<'a> {
    octets: &'a [u8],
    width: Width,
}

impl<'a> Parts<'a> {
    pub(super) const fn new(octets: &'a [u8], width: Width) -> Self {
        Self { octets, width }
    }

    /// One octet of the fixed part.
    pub(super) fn fixed(&self, at: usize) -> Result<u8, DecodeError> {
        self.octets.get(at).copied().ok_or(DecodeError::Short {
            at: self.octets.len(),
            missing: at.saturating_sub(self.octets.len()) + 1,
        })
    }

    /// Where the pointer at an offset leads; `None` when it is 0. A pointer counts from its own
    /// last octet.
    fn target(&self, at: usize) -> Result<Option<usize>, DecodeError> {
        let distance = self.width.read(self.octets, at)?;
        Ok((distance > 0).then(|| at + self.width.octets() - 1 + distance))
    }

    /// The part to which the pointer at an offset leads, and its offset. `length` is how wide the
    /// part's own length is.
    fn part(&self, pointer: usize, length: Width) -> Result<(&'a [u8], usize), DecodeError> {
        let start = self
            .target(pointer)?
            .ok_or(DecodeError::Pointer { at: pointer })?;
        let octets = length.read(self.octets, start)?;
        let first = start + length.octets();
        let rest = self.octets.get(first..).unwrap_or_default();
        match rest.get(..octets) {
            Some(part) => Ok((part, first)),
            None => Err(DecodeError::Short {
                at: self.octets.len(),
                missing: octets - rest.len(),
            }),
        }
    }

    /// The address to which the pointer at an offset leads. Its length has one octet always.
    pub(super) fn address(&self, pointer: usize) -> Result<PartyAddress<'a>, DecodeError> {
        let (octets, at) = self.part(pointer, Width::One)?;
        PartyAddress::decode(octets, at)
    }

    /// The data to which the pointer at an offset leads.
    pub(super) fn data(&self, pointer: usize) -> Result<&'a [u8], DecodeError> {
        self.part(pointer, self.width).map(|(data, _)| data)
    }

    /// The optional part to which the pointer at an offset leads.
    pub(super) fn optional(&self, pointer: usize) -> Result<Optional, DecodeError> {
        let Some(start) = self.target(pointer)? else {
            return Ok(Optional::default());
        };
        Optional::decode(self.octets.get(start..).unwrap_or_default(), start)
    }
}

/// The optional part. Parameters without a name here are passed over.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Optional {
    pub(super) segmentation: Option<Segmentation>,
    pub(super) importance: Option<u8>,
}

impl Optional {
    fn decode(octets: &[u8], start: usize) -> Result<Self, DecodeError> {
        let mut optional = Self::default();
        let mut at = 0;
        loop {
            let short = |missing| DecodeError::Short {
                at: start + octets.len(),
                missing,
            };
            let tag = *octets.get(at).ok_or(short(1))?;
            if tag == END {
                return Ok(optional);
            }
            let length = usize::from(*octets.get(at + 1).ok_or(short(1))?);
            let rest = octets.get(at + 2..).unwrap_or_default();
            let value = rest
                .get(..length)
                .ok_or_else(|| short(length.saturating_sub(rest.len())))?;
            let wrong = DecodeError::Optional {
                at: start + at,
                octets: length,
            };
            match tag {
                SEGMENTATION => {
                    let value = value.try_into().map_err(|_| wrong)?;
                    optional
                        .segmentation
                        .get_or_insert(Segmentation::from_wire(value));
                }
                IMPORTANCE => {
                    let [value] = value else { return Err(wrong) };
                    optional.importance.get_or_insert(value & 0x07);
                }
                _ => {}
            }
            at += 2 + length;
        }
    }
}

/// Writes a message: its fixed part and room for the pointers first, then the parts in the order of
/// their pointers. On an error the buffer is as it was before.
pub(super) struct Writer<'o> {
    out: &'o mut Vec<u8>,
    start: usize,
    pointer: usize,
    width: Width,
    result: Result<(), EncodeError>,
}

impl<'o> Writer<'o> {
    pub(super) fn new(out: &'o mut Vec<u8>, width: Width, fixed: &[u8], pointers: usize) -> Self {
        let start = out.len();
        out.extend_from_slice(fixed);
        let pointer = out.len();
        out.resize(pointer + pointers * width.octets(), 0);
        Self {
            out,
            start,
            pointer,
            width,
            result: Ok(()),
        }
    }

    /// Points the next pointer to what comes next.
    fn point(&mut self) -> Option<()> {
        let last = self.pointer + self.width.octets() - 1;
        let distance = self.out.len().saturating_sub(last);
        let written = self.width.write(distance, self.pointer, self.out);
        self.pointer += self.width.octets();
        written
    }

    fn part(
        mut self,
        field: Field,
        length: Width,
        write: impl FnOnce(&mut Vec<u8>) -> Result<(), EncodeError>,
    ) -> Self {
        if self.result.is_err() {
            return self;
        }
        let pointed = self.point();
        let at = self.out.len();
        self.out.resize(at + length.octets(), 0);
        let first = self.out.len();
        self.result = write(self.out);
        let octets = self.out.len().saturating_sub(first);
        if self.result.is_ok()
            && (pointed.is_none() || length.write(octets, at, self.out).is_none())
        {
            self.result = Err(EncodeError::TooLong { field, octets });
        }
        self
    }

    pub(super) fn address(self, field: Field, address: &PartyAddress<'_>) -> Self {
        self.part(field, Width::One, |out| address.encode(out))
    }

    pub(super) fn data(self, data: &[u8]) -> Self {
        let width = self.width;
        self.part(Field::Data, width, |out| {
            out.extend_from_slice(data);
            Ok(())
        })
    }

    /// The optional part; its pointer stays 0 when there is nothing to say.
    pub(super) fn optional(
        mut self,
        segmentation: Option<Segmentation>,
        importance: Option<u8>,
    ) -> Self {
        if self.result.is_err() || segmentation.is_none() && importance.is_none() {
            return self;
        }
        if self.point().is_none() {
            self.result = Err(EncodeError::TooLong {
                field: Field::Optional,
                octets: 0,
            });
            return self;
        }
        match segmentation.map(Segmentation::to_wire).transpose() {
            Ok(Some([flags, a, b, c])) => {
                self.out
                    .extend_from_slice(&[SEGMENTATION, 4, flags, a, b, c]);
            }
            Ok(None) => {}
            Err(error) => self.result = Err(error),
        }
        if let Some(importance) = importance {
            self.out
                .extend_from_slice(&[IMPORTANCE, 1, importance & 0x07]);
        }
        self.out.push(END);
        self
    }

    pub(super) fn finish(self) -> Result<(), EncodeError> {
        if self.result.is_err() {
            self.out.truncate(self.start);
        }
        self.result
    }
}

/// End of optional parameters.
const END: u8 = 0x00;
/// Segmentation, four octets.
const SEGMENTATION: u8 = 0x10;
/// Importance, one octet of which three bits count.
const IMPORTANCE: u8 = 0x12;
