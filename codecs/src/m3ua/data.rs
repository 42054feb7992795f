//! Payload Data (RFC 4666 clause 3.3.1): what MTP3 carries from one point to another.

use std::fmt;

use super::{DecodeError, Message, MessageType, Parameter, message::HEADER_OCTETS, tag};

/// MTP3's routing label and service information, as M3UA carries them.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Label {
    /// Originating point code.
    pub originator: u32,
    /// Destination point code.
    pub destination: u32,
    /// Service indicator: which MTP3 user (3 is SCCP).
    pub service: u8,
    /// Network indicator: 0 international, 2 national.
    pub network: u8,
    /// Message priority; 0 where the network has none.
    pub priority: u8,
    /// Signalling link selection: messages with the same one keep their order.
    pub selection: u8,
}

impl Label {
    /// The label of an answer: originator and destination change places.
    #[must_use]
    pub const fn reversed(self) -> Self {
        Self {
            originator: self.destination,
            destination: self.originator,
            ..self
        }
    }

    pub(super) const fn to_wire(self) -> [u8; LABEL_OCTETS] {
        let [a, b, c, d] = self.originator.to_be_bytes();
        let [e, f, g, h] = self.destination.to_be_bytes();
        [
            a,
            b,
            c,
            d,
            e,
            f,
            g,
            h,
            self.service,
            self.network,
            self.priority,
            self.selection,
        ]
    }
}

/// A routing label and the octets of the MTP3 user.
///
/// ```text
///  0      4      8    9    10   11    12
/// +------+------+----+----+----+-----+--------------------+
/// | OPC  | DPC  | SI | NI | MP | SLS | user protocol data |
/// +------+------+----+----+----+-----+--------------------+
/// ```
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct ProtocolData<'a> {
    /// From whom, to whom, for which user.
    pub label: Label,
    /// What the MTP3 user said.
    pub payload: &'a [u8],
    /// Offset of the payload in the message.
    pub at: usize,
}

impl<'a> ProtocolData<'a> {
    pub(super) fn decode(parameter: &Parameter<'a>) -> Result<Self, DecodeError> {
        Self::new(parameter).ok_or_else(|| DecodeError::Value {
            at: parameter.value_at() + parameter.value.len(),
            tag: parameter.tag,
        })
    }

    /// Nothing of a value that is too short.
    #[inline(always)]
    fn new(parameter: &Parameter<'a>) -> Option<Self> {
        let (label, payload) = parameter.value.split_first_chunk::<LABEL_OCTETS>()?;
        let [
            a,
            b,
            c,
            d,
            e,
            f,
            g,
            h,
            service,
            network,
            priority,
            selection,
        ] = *label;
        Some(Self {
            label: Label {
                originator: u32::from_be_bytes([a, b, c, d]),
                destination: u32::from_be_bytes([e, f, g, h]),
                service,
                network,
                priority,
                selection,
            },
            payload,
            at: parameter.value_at() + LABEL_OCTETS,
        })
    }
}

/// Shows the label, never the payload.
impl fmt::Debug for ProtocolData<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProtocolData")
            .field("label", &self.label)
            .field("octets", &self.payload.len())
            .finish_non_exhaustive()
    }
}

/// A DATA message read in one pass.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Data<'a> {
    /// The network of the point codes.
    pub network_appearance: Option<u32>,
    /// Which application server is meant.
    pub routing_context: Option<u32>,
    /// What MTP3 carries.
    pub protocol_data: ProtocolData<'a>,
    /// Counts messages of a broadcast.
    pub correlation_id: Option<u32>,
}

impl<'a> Data<'a> {
    /// Reads an SCTP user message; `None` when it is no DATA message.
    ///
    /// # Errors
    /// [`DecodeError`] names the first octet that is wrong.
    #[inline]
    pub fn decode(octets: &'a [u8]) -> Result<Option<Self>, DecodeError> {
        if let Some(data) = Self::usual(octets) {
            return Ok(Some(data));
        }
        let message = Message::frame(octets)?;
        if message.kind() == MessageType::Data {
            Self::of(&message).map(Some)
        } else {
            Ok(None)
        }
    }

    /// Reads the parameters of a DATA message.
    ///
    /// # Errors
    /// [`DecodeError`] names the first octet that is wrong; [`DecodeError::Missing`] when there is
    /// no Protocol Data.
    #[inline(never)]
    pub fn of(message: &Message<'a>) -> Result<Self, DecodeError> {
        let mut parameters = message.parameters();
        let mut network_appearance = None;
        let mut routing_context = None;
        let mut protocol_data = None;
        let mut correlation_id = None;
        while let Some(parameter) = parameters.step()? {
            match parameter.tag {
                tag::NETWORK_APPEARANCE if network_appearance.is_none() => {
                    network_appearance = Some(parameter.word()?);
                }
                tag::ROUTING_CONTEXT if routing_context.is_none() => {
                    routing_context = Some(parameter.word()?);
                }
                tag::PROTOCOL_DATA if protocol_data.is_none() => {
                    protocol_data = Some(ProtocolData::decode(&parameter)?);
                }
                tag::CORRELATION_ID if correlation_id.is_none() => {
                    correlation_id = Some(parameter.word()?);
                }
                _ => {}
            }
        }
        let protocol_data = protocol_data.ok_or(DecodeError::Missing {
            at: HEADER_OCTETS.max(parameters.at()),
            tag: tag::PROTOCOL_DATA,
        })?;
        Ok(Self {
            network_appearance,
            routing_context,
            protocol_data,
            correlation_id,
        })
    }

    /// Reads a DATA message as nearly every one is: its parameters stand in the order in which the
    /// clause lists them. Nothing of anything else, right or wrong: that is for [`Self::decode`],
    /// which says the same of this one.
    #[must_use]
    #[inline(always)]
    pub fn usual(octets: &'a [u8]) -> Option<Self> {
        let message = Message::frame(octets).ok()?;
        if message.kind() != MessageType::Data {
            return None;
        }
        let mut parameters = message.parameters();
        let network_appearance = parameters.word_if(tag::NETWORK_APPEARANCE);
        let routing_context = parameters.word_if(tag::ROUTING_CONTEXT);
        let protocol_data = parameters.step_if(tag::PROTOCOL_DATA)?;
        if !parameters.is_empty() {
            return None;
        }
        Some(Self {
            network_appearance,
            routing_context,
            protocol_data: ProtocolData::new(&protocol_data)?,
            correlation_id: None,
        })
    }
}

/// Octets of a routing label in Protocol Data.
const LABEL_OCTETS: usize = 12;
