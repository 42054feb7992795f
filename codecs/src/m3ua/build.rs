//! Writes messages.

use thiserror::Error;

use super::{
    AffectedPointCode, ErrorCode, HEADER_OCTETS, Label, MessageType, Status, TrafficMode, VERSION,
    parameter::PARAMETER_HEADER, tag,
};

/// Why a message could not be written.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum EncodeError {
    /// A value does not fit into its parameter.
    #[error("a value of {octets} octets does not fit into parameter {tag:#06x}")]
    Value {
        /// The parameter's tag.
        tag: u16,
        /// Length of the value.
        octets: usize,
    },
    /// A point code has more than 24 bits where it may not.
    #[error("point code {code} has more than 24 bits")]
    PointCode {
        /// The point code.
        code: u32,
    },
    /// The message would be longer than its length field can say.
    #[error("the message would have {octets} octets")]
    Message {
        /// The length it would have.
        octets: usize,
    },
}

/// Appends one message to a buffer of the caller's. The first error is kept and told at the end;
/// the buffer is then as it was before.
#[derive(Debug)]
#[must_use = "a message is complete only when finished"]
pub struct Builder<'o> {
    out: &'o mut Vec<u8>,
    start: usize,
    result: Result<(), EncodeError>,
}

impl<'o> Builder<'o> {
    /// Starts a message at the end of `out`.
    pub fn new(out: &'o mut Vec<u8>, kind: MessageType) -> Self {
        let start = out.len();
        let (class, kind) = kind.to_wire();
        out.extend_from_slice(&[VERSION, 0, class, kind, 0, 0, 0, 0]);
        Self {
            out,
            start,
            result: Ok(()),
        }
    }

    /// Adds a parameter.
    pub fn parameter(self, tag: u16, value: &[u8]) -> Self {
        self.parameter_with(tag, |out| out.extend_from_slice(value))
    }

    /// Adds a parameter whose value `write` appends.
    pub fn parameter_with(mut self, tag: u16, write: impl FnOnce(&mut Vec<u8>)) -> Self {
        let at = self.out.len();
        self.out.extend_from_slice(&tag.to_be_bytes());
        self.out.extend_from_slice(&[0, 0]);
        write(self.out);
        let octets = self.out.len().saturating_sub(at);
        match u16::try_from(octets) {
            Ok(length) => {
                self.out[at + 2..at + PARAMETER_HEADER].copy_from_slice(&length.to_be_bytes())
            }
            Err(_) => {
                let octets = octets - PARAMETER_HEADER;
                self.fail(EncodeError::Value { tag, octets });
            }
        }
        self.out.resize(at + octets.next_multiple_of(4), 0);
        self
    }

    /// Adds a parameter that is a number.
    pub fn word(self, tag: u16, value: u32) -> Self {
        self.parameter(tag, &value.to_be_bytes())
    }

    /// Adds the Routing Contexts, if there are any.
    pub fn routing_contexts(self, contexts: &[u32]) -> Self {
        if contexts.is_empty() {
            return self;
        }
        self.parameter_with(tag::ROUTING_CONTEXT, |out| {
            for context in contexts {
                out.extend_from_slice(&context.to_be_bytes());
            }
        })
    }

    /// Adds the Network Appearance, if there is one.
    pub fn network_appearance(self, appearance: Option<u32>) -> Self {
        match appearance {
            Some(appearance) => self.word(tag::NETWORK_APPEARANCE, appearance),
            None => self,
        }
    }

    /// Adds the Traffic Mode Type.
    pub fn traffic_mode(self, mode: TrafficMode) -> Self {
        self.word(tag::TRAFFIC_MODE_TYPE, mode.to_wire())
    }

    /// Adds the Error Code.
    pub fn error_code(self, code: ErrorCode) -> Self {
        self.word(tag::ERROR_CODE, code.to_wire())
    }

    /// Adds the Status.
    pub fn status(self, status: Status) -> Self {
        let (kind, information) = status.to_wire();
        let value = u32::from(kind) << 16 | u32::from(information);
        self.word(tag::STATUS, value)
    }

    /// Adds the Affected Point Codes.
    pub fn affected_point_codes(mut self, codes: &[AffectedPointCode]) -> Self {
        if let Some(wide) = codes.iter().find(|code| code.code > POINT_CODE_MAX) {
            self.fail(EncodeError::PointCode { code: wide.code });
        }
        self.parameter_with(tag::AFFECTED_POINT_CODE, |out| {
            for code in codes {
                out.extend_from_slice(&code.to_wire());
            }
        })
    }

    /// Adds the Protocol Data: a label, and the octets of the MTP3 user that `write` appends.
    pub fn protocol_data(self, label: Label, write: impl FnOnce(&mut Vec<u8>)) -> Self {
        self.parameter_with(tag::PROTOCOL_DATA, |out| {
            out.extend_from_slice(&label.to_wire());
            write(out);
        })
    }

    /// Ends the message and gives its length, padding included.
    ///
    /// # Errors
    /// The first [`EncodeError`] met on the way.
    pub fn finish(self) -> Result<usize, EncodeError> {
        let octets = self.out.len().saturating_sub(self.start);
        let length = self
            .result
            .and_then(|()| u32::try_from(octets).map_err(|_| EncodeError::Message { octets }));
        match length {
            Ok(length) => {
                let field = self.start + 4..self.start + HEADER_OCTETS;
                self.out[field].copy_from_slice(&length.to_be_bytes());
                Ok(octets)
            }
            Err(error) => {
                self.out.truncate(self.start);
                Err(error)
            }
        }
    }

    fn fail(&mut self, error: EncodeError) {
        if self.result.is_ok() {
            self.result = Err(error);
        }
    }
}

/// The widest point code: ANSI's.
const POINT_CODE_MAX: u32 = 0x00ff_ffff;
