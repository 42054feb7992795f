//! Long unitdata and its service (Q.713 clauses 4.20 and 4.21).

use super::{
    DecodeError, EncodeError, Field, MessageType, PartyAddress, ProtocolClass, ReturnCause,
    Segmentation,
    fields::{Parts, Width, Writer},
};

/// LUDT: up to 3952 octets in one message where the network below carries them. Pointers and the
/// length of the data have two octets, the lower one first.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct LongUnitdata<'a> {
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

impl<'a> LongUnitdata<'a> {
    pub(super) fn decode(octets: &'a [u8]) -> Result<Self, DecodeError> {
        let parts = Parts::new(octets, Width::Two);
        let optional = parts.optional(9)?;
        Ok(Self {
            class: ProtocolClass::from_wire(parts.fixed(1)?),
            hop_counter: parts.fixed(2)?,
            called: parts.address(3)?,
            calling: parts.address(5)?,
            data: parts.data(7)?,
            segmentation: optional.segmentation,
            importance: optional.importance,
        })
    }

    /// Appends the message.
    ///
    /// # Errors
    /// [`EncodeError`] when a part does not fit, with nothing appended.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let kind = MessageType::LongUnitdata.to_wire();
        let fixed = [kind, self.class.to_wire(), self.hop_counter];
        Writer::new(out, Width::Two, &fixed, 4)
            .address(Field::Called, &self.called)
            .address(Field::Calling, &self.calling)
            .data(self.data)
            .optional(self.segmentation, self.importance)
            .finish()
    }
}

/// LUDTS: an LUDT that came back.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct LongUnitdataService<'a> {
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

impl<'a> LongUnitdataService<'a> {
    pub(super) fn decode(octets: &'a [u8]) -> Result<Self, DecodeError> {
        let parts = Parts::new(octets, Width::Two);
        let optional = parts.optional(9)?;
        Ok(Self {
            cause: ReturnCause::from_wire(parts.fixed(1)?),
            hop_counter: parts.fixed(2)?,
            called: parts.address(3)?,
            calling: parts.address(5)?,
            data: parts.data(7)?,
            segmentation: optional.segmentation,
            importance: optional.importance,
        })
    }

    /// Appends the message.
    ///
    /// # Errors
    /// [`EncodeError`] when a part does not fit, with nothing appended.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let kind = MessageType::LongUnitdataService.to_wire();
        let fixed = [kind, self.cause.to_wire(), self.hop_counter];
        Writer::new(out, Width::Two, &fixed, 4)
            .address(Field::Called, &self.called)
            .address(Field::Calling, &self.calling)
            .data(self.data)
            .optional(self.segmentation, self.importance)
            .finish()
    }
}
