//! Extended unitdata and its service (Q.713 clauses 4.18 and 4.19).

use super::{
    DecodeError, EncodeError, Field, MessageType, PartyAddress, ProtocolClass, ReturnCause,
    Segmentation,
    fields::{Parts, Width, Writer},
};

/// XUDT: like UDT, and may be one segment of several.
///
/// ```text
///  0      1       2     3          4           5        6
/// +------+-------+-----+----------+-----------+--------+------------+-------------+
/// | 0x11 | class | hop | > called | > calling | > data | > optional | parts       |
/// +------+-------+-----+----------+-----------+--------+------------+-------------+
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ExtendedUnitdata<'a> {
    /// Order and return.
    pub class: ProtocolClass,
    /// How many more relays it may pass; 1 to 15.
    pub hop_counter: u8,
    /// To whom.
    pub called: PartyAddress<'a>,
    /// From whom.
    pub calling: PartyAddress<'a>,
    /// What the user said, or a segment of it.
    pub data: &'a [u8],
    /// Which segment this is, when there are several.
    pub segmentation: Option<Segmentation>,
    /// How important it is, 0 to 7.
    pub importance: Option<u8>,
}

impl<'a> ExtendedUnitdata<'a> {
    pub(super) fn decode(octets: &'a [u8]) -> Result<Self, DecodeError> {
        let parts = Parts::new(octets, Width::One);
        let optional = parts.optional(6)?;
        Ok(Self {
            class: ProtocolClass::from_wire(parts.fixed(1)?),
            hop_counter: parts.fixed(2)?,
            called: parts.address(3)?,
            calling: parts.address(4)?,
            data: parts.data(5)?,
            segmentation: optional.segmentation,
            importance: optional.importance,
        })
    }

    /// Appends the message.
    ///
    /// # Errors
    /// [`EncodeError`] when a part does not fit, with nothing appended.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let kind = MessageType::ExtendedUnitdata.to_wire();
        let fixed = [kind, self.class.to_wire(), self.hop_counter];
        Writer::new(out, Width::One, &fixed, 4)
            .address(Field::Called, &self.called)
            .address(Field::Calling, &self.calling)
            .data(self.data)
            .optional(self.segmentation, self.importance)
            .finish()
    }
}

/// XUDTS: an XUDT that came back.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ExtendedUnitdataService<'a> {
    /// Why.
    pub cause: ReturnCause,
    /// How many more relays it may pass; 1 to 15.
    pub hop_counter: u8,
    /// Who sent what came back.
    pub called: PartyAddress<'a>,
    /// To whom it was sent.
    pub calling: PartyAddress<'a>,
    /// What could not be delivered.
    pub data: &'a [u8],
    /// Which segment it was, when there were several.
    pub segmentation: Option<Segmentation>,
    /// How important it is, 0 to 7.
    pub importance: Option<u8>,
}

impl<'a> ExtendedUnitdataService<'a> {
    pub(super) fn decode(octets: &'a [u8]) -> Result<Self, DecodeError> {
        let parts = Parts::new(octets, Width::One);
        let optional = parts.optional(6)?;
        Ok(Self {
            cause: ReturnCause::from_wire(parts.fixed(1)?),
            hop_counter: parts.fixed(2)?,
            called: parts.address(3)?,
            calling: parts.address(4)?,
            data: parts.data(5)?,
            segmentation: optional.segmentation,
            importance: optional.importance,
        })
    }

    /// Appends the message.
    ///
    /// # Errors
    /// [`EncodeError`] when a part does not fit, with nothing appended.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let kind = MessageType::ExtendedUnitdataService.to_wire();
        let fixed = [kind, self.cause.to_wire(), self.hop_counter];
        Writer::new(out, Width::One, &fixed, 4)
            .address(Field::Called, &self.called)
            .address(Field::Calling, &self.calling)
            .data(self.data)
            .optional(self.segmentation, self.importance)
            .finish()
    }
}
