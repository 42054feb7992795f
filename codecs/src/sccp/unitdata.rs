//! Unitdata and unitdata service (Q.713 clauses 4.10 and 4.11).

use super::{
    DecodeError, EncodeError, Field, MessageType, PartyAddress, ProtocolClass, ReturnCause,
    fields::{Parts, Width, Writer},
};

/// UDT: up to 255 octets from one address to another.
///
/// ```text
///  0      1       2          3           4
/// +------+-------+----------+-----------+----------+--------------------------+
/// | 0x09 | class | > called | > calling | > data   | each: length, octets     |
/// +------+-------+----------+-----------+----------+--------------------------+
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Unitdata<'a> {
    /// Order and return.
    pub class: ProtocolClass,
    /// To whom.
    pub called: PartyAddress<'a>,
    /// From whom.
    pub calling: PartyAddress<'a>,
    /// What the user said.
    pub data: &'a [u8],
}

impl<'a> Unitdata<'a> {
    #[inline]
    pub(super) fn decode(octets: &'a [u8]) -> Result<Self, DecodeError> {
        match Self::usual(octets) {
            Some(unitdata) => Ok(unitdata),
            None => Self::decode_any(octets),
        }
    }

    /// Nearly every message: nothing is wrong, and both addresses have the form that networks use
    /// among each other.
    #[inline]
    fn usual(octets: &'a [u8]) -> Option<Self> {
        let &[_, class, called, calling, data] = octets.first_chunk::<5>()?;
        Some(Self {
            class: ProtocolClass::from_wire(class),
            called: PartyAddress::usual(pointed(octets, 2, called)?)?,
            calling: PartyAddress::usual(pointed(octets, 3, calling)?)?,
            data: pointed(octets, 4, data)?,
        })
    }

    /// Any form of address, and whatever is wrong.
    #[inline(never)]
    fn decode_any(octets: &'a [u8]) -> Result<Self, DecodeError> {
        let parts = Parts::new(octets, Width::One);
        Ok(Self {
            class: ProtocolClass::from_wire(parts.fixed(1)?),
            called: parts.address(2)?,
            calling: parts.address(3)?,
            data: parts.data(4)?,
        })
    }

    /// Appends the message.
    ///
    /// # Errors
    /// [`EncodeError`] when a part does not fit, with nothing appended: more than 255 octets of
    /// data go into several [`ExtendedUnitdata`](super::ExtendedUnitdata).
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let fixed = [MessageType::Unitdata.to_wire(), self.class.to_wire()];
        Writer::new(out, Width::One, &fixed, 3)
            .address(Field::Called, &self.called)
            .address(Field::Calling, &self.calling)
            .data(self.data)
            .finish()
    }
}

/// The part to which a pointer at an offset leads, if there is one.
#[inline]
pub(super) fn pointed(octets: &[u8], at: usize, pointer: u8) -> Option<&[u8]> {
    let (length, rest) = octets.get(at + usize::from(pointer)..)?.split_first()?;
    rest.get(..usize::from(*length)).filter(|_| pointer != 0)
}

/// UDTS: a UDT that came back.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct UnitdataService<'a> {
    /// Why.
    pub cause: ReturnCause,
    /// Who sent what came back.
    pub called: PartyAddress<'a>,
    /// To whom it was sent.
    pub calling: PartyAddress<'a>,
    /// What could not be delivered.
    pub data: &'a [u8],
}

impl<'a> UnitdataService<'a> {
    pub(super) fn decode(octets: &'a [u8]) -> Result<Self, DecodeError> {
        let parts = Parts::new(octets, Width::One);
        Ok(Self {
            cause: ReturnCause::from_wire(parts.fixed(1)?),
            called: parts.address(2)?,
            calling: parts.address(3)?,
            data: parts.data(4)?,
        })
    }

    /// Appends the message.
    ///
    /// # Errors
    /// [`EncodeError`] when a part does not fit, with nothing appended.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let fixed = [MessageType::UnitdataService.to_wire(), self.cause.to_wire()];
        Writer::new(out, Width::One, &fixed, 3)
            .address(Field::Called, &self.called)
            .address(Field::Calling, &self.calling)
            .data(self.data)
            .finish()
    }
}
