//! The message, whichever it is (Q.713 clause 2.1).

use super::{
    DecodeError, ExtendedUnitdata, ExtendedUnitdataService, LongUnitdata, LongUnitdataService,
    PartyAddress, ProtocolClass, ReturnCause, Segmentation, Unitdata, UnitdataService,
};

/// What a message is.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum MessageType {
    /// UDT (0x09).
    Unitdata,
    /// UDTS (0x0a).
    UnitdataService,
    /// XUDT (0x11).
    ExtendedUnitdata,
    /// XUDTS (0x12).
    ExtendedUnitdataService,
    /// LUDT (0x13).
    LongUnitdata,
    /// LUDTS (0x14).
    LongUnitdataService,
    /// A type without a name here: those of connection-oriented service among them.
    Other(u8),
}

impl MessageType {
    /// The value found on the wire.
    #[must_use]
    pub const fn from_wire(value: u8) -> Self {
        match value {
            0x09 => Self::Unitdata,
            0x0a => Self::UnitdataService,
            0x11 => Self::ExtendedUnitdata,
            0x12 => Self::ExtendedUnitdataService,
            0x13 => Self::LongUnitdata,
            0x14 => Self::LongUnitdataService,
            other => Self::Other(other),
        }
    }

    /// The value as it is on the wire.
    #[must_use]
    pub const fn to_wire(self) -> u8 {
        match self {
            Self::Unitdata => 0x09,
            Self::UnitdataService => 0x0a,
            Self::ExtendedUnitdata => 0x11,
            Self::ExtendedUnitdataService => 0x12,
            Self::LongUnitdata => 0x13,
            Self::LongUnitdataService => 0x14,
            Self::Other(other) => other,
        }
    }

    /// The specification's abbreviation.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        match self {
            Self::Unitdata => Some("UDT"),
            Self::UnitdataService => Some("UDTS"),
            Self::ExtendedUnitdata => Some("XUDT"),
            Self::ExtendedUnitdataService => Some("XUDTS"),
            Self::LongUnitdata => Some("LUDT"),
            Self::LongUnitdataService => Some("LUDTS"),
            Self::Other(_) => None,
        }
    }
}

/// A message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Message<'a> {
    /// UDT.
    Unitdata(Unitdata<'a>),
    /// UDTS.
    UnitdataService(UnitdataService<'a>),
    /// XUDT.
    ExtendedUnitdata(ExtendedUnitdata<'a>),
    /// XUDTS.
    ExtendedUnitdataService(ExtendedUnitdataService<'a>),
    /// LUDT.
    LongUnitdata(LongUnitdata<'a>),
    /// LUDTS.
    LongUnitdataService(LongUnitdataService<'a>),
    /// Another type, not looked into.
    Other(u8),
}

/// What UDT, XUDT and LUDT have in common.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Transfer<'a> {
    /// To whom.
    pub called: PartyAddress<'a>,
    /// From whom.
    pub calling: PartyAddress<'a>,
    /// What the user said, or a segment of it.
    pub data: &'a [u8],
    /// Which segment it is, when there are several.
    pub segmentation: Option<Segmentation>,
    /// How it is to be delivered, or why it came back.
    pub purpose: Purpose,
}

/// Whether a message is on its way or comes back.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Purpose {
    /// On its way.
    Deliver(ProtocolClass),
    /// It comes back: called is who sent it.
    Return(ReturnCause),
}

impl<'a> Message<'a> {
    /// Reads the octets of SCCP. Parts may stand in any order and octets may be left between and
    /// behind them, since pointers say where the parts are.
    ///
    /// # Errors
    /// [`DecodeError`] names the first octet that is wrong.
    #[inline]
    pub fn decode(octets: &'a [u8]) -> Result<Self, DecodeError> {
        let Some(kind) = octets.first() else {
            return Err(DecodeError::Short { at: 0, missing: 1 });
        };
        Ok(match MessageType::from_wire(*kind) {
            MessageType::Unitdata => Self::Unitdata(Unitdata::decode(octets)?),
            MessageType::UnitdataService => Self::UnitdataService(UnitdataService::decode(octets)?),
            MessageType::ExtendedUnitdata => {
                Self::ExtendedUnitdata(ExtendedUnitdata::decode(octets)?)
            }
            MessageType::ExtendedUnitdataService => {
                Self::ExtendedUnitdataService(ExtendedUnitdataService::decode(octets)?)
            }
            MessageType::LongUnitdata => Self::LongUnitdata(LongUnitdata::decode(octets)?),
            MessageType::LongUnitdataService => {
                Self::LongUnitdataService(LongUnitdataService::decode(octets)?)
            }
            MessageType::Other(kind) => Self::Other(kind),
        })
    }

    /// What the message is.
    #[must_use]
    pub const fn kind(&self) -> MessageType {
        match self {
            Self::Unitdata(_) => MessageType::Unitdata,
            Self::UnitdataService(_) => MessageType::UnitdataService,
            Self::ExtendedUnitdata(_) => MessageType::ExtendedUnitdata,
            Self::ExtendedUnitdataService(_) => MessageType::ExtendedUnitdataService,
            Self::LongUnitdata(_) => MessageType::LongUnitdata,
            Self::LongUnitdataService(_) => MessageType::LongUnitdataService,
            Self::Other(kind) => MessageType::Other(*kind),
        }
    }

    /// What all messages have in common; `None` of those not looked into.
    #[must_use]
    pub const fn transfer(&self) -> Option<Transfer<'a>> {
        macro_rules! transfer {
            ($message:ident, $segmentation:expr, $purpose:expr) => {
                Some(Transfer {
                    called: $message.called,
                    calling: $message.calling,
                    data: $message.data,
                    segmentation: $segmentation,
                    purpose: $purpose,
                })
            };
        }
        match self {
            Self::Unitdata(m) => transfer!(m, None, Purpose::Deliver(m.class)),
            Self::UnitdataService(m) => transfer!(m, None, Purpose::Return(m.cause)),
            Self::ExtendedUnitdata(m) => {
                transfer!(m, m.segmentation, Purpose::Deliver(m.class))
            }
            Self::ExtendedUnitdataService(m) => {
                transfer!(m, m.segmentation, Purpose::Return(m.cause))
            }
            Self::LongUnitdata(m) => transfer!(m, m.segmentation, Purpose::Deliver(m.class)),
            Self::LongUnitdataService(m) => {
                transfer!(m, m.segmentation, Purpose::Return(m.cause))
            }
            Self::Other(_) => None,
        }
    }
}

#[cfg(test)]
mod tests;
