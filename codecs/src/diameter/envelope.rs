//! What nearly every message carries besides its own matter.

use super::{Avp, DecodeError, ExperimentalResult, Message, ResultCode, kinds};

/// How a request went, as its answer tells it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Outcome {
    /// Result-Code (268).
    Result(ResultCode),
    /// Experimental-Result (297).
    Experimental(ExperimentalResult),
}

impl Outcome {
    /// Whether the request was served.
    #[must_use]
    pub const fn is_success(self) -> bool {
        match self {
            Self::Result(result) => result.is_success(),
            Self::Experimental(result) => result.code / 1000 == 2,
        }
    }

    pub(super) fn experimental(avp: &Avp<'_>) -> Result<Option<Self>, DecodeError> {
        let (mut vendor, mut code) = (None, None);
        for member in avp.group()? {
            match member.kind {
                kinds::VENDOR_ID => vendor = Some(member.unsigned32()?),
                kinds::EXPERIMENTAL_RESULT_CODE => code = Some(member.unsigned32()?),
                _ => {}
            }
        }
        let result = vendor.zip(code);
        Ok(result.map(|(vendor, code)| Self::Experimental(ExperimentalResult { vendor, code })))
    }
}

/// Sessions, origins, destinations and the outcome. Texts are octets as sent.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Envelope<'a> {
    /// Session-Id (263).
    pub session_id: Option<&'a [u8]>,
    /// Origin-Host (264).
    pub origin_host: Option<&'a [u8]>,
    /// Origin-Realm (296).
    pub origin_realm: Option<&'a [u8]>,
    /// Origin-State-Id (278): grows when the origin lost its state.
    pub origin_state_id: Option<u32>,
    /// Destination-Host (293).
    pub destination_host: Option<&'a [u8]>,
    /// Destination-Realm (283).
    pub destination_realm: Option<&'a [u8]>,
    /// Result-Code or Experimental-Result.
    pub outcome: Option<Outcome>,
}

impl<'a> Envelope<'a> {
    /// Reads them out of a message.
    ///
    /// # Errors
    /// [`DecodeError`] of the first AVP whose value is not of its type.
    pub fn decode(message: &Message<'a>) -> Result<Self, DecodeError> {
        let mut envelope = Self::default();
        let mut avps = message.avps();
        for avp in &mut avps {
            envelope.take(&avp)?;
        }
        avps.end()?;
        Ok(envelope)
    }

    /// Takes an AVP if it is one of these; false if it is not.
    ///
    /// # Errors
    /// [`DecodeError`] when its value is not of its type.
    #[inline]
    pub fn take(&mut self, avp: &Avp<'a>) -> Result<bool, DecodeError> {
        match avp.kind {
            kinds::SESSION_ID => self.session_id = Some(avp.data),
            kinds::ORIGIN_HOST => self.origin_host = Some(avp.data),
            kinds::ORIGIN_REALM => self.origin_realm = Some(avp.data),
            kinds::ORIGIN_STATE_ID => self.origin_state_id = Some(avp.unsigned32()?),
            kinds::DESTINATION_HOST => self.destination_host = Some(avp.data),
            kinds::DESTINATION_REALM => self.destination_realm = Some(avp.data),
            kinds::RESULT_CODE => {
                let result = ResultCode::from_wire(avp.unsigned32()?);
                self.outcome = Some(Outcome::Result(result));
            }
            kinds::EXPERIMENTAL_RESULT => {
                self.outcome = Outcome::experimental(avp)?.or(self.outcome);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diameter::{Builder, Flags, Header};

    #[test]
    fn a_result_stands_in_its_avp_or_in_a_group() {
        let header = Header {
            length: 0,
            flags: Flags::default(),
            command: 306,
            application: 16_777_217,
            hop_by_hop: 0,
            end_to_end: 0,
        };
        let mut out = Vec::new();
        Builder::new(&mut out, &header)
            .text(kinds::SESSION_ID, "a;1")
            .group(kinds::EXPERIMENTAL_RESULT, |group| {
                group
                    .unsigned32(kinds::VENDOR_ID, 10415)
                    .unsigned32(kinds::EXPERIMENTAL_RESULT_CODE, 4100)
            })
            .finish()
            .unwrap();
        let envelope = Envelope::decode(&Message::decode(&out).unwrap()).unwrap();
        let code = ExperimentalResult {
            vendor: 10415,
            code: 4100,
        };
        assert_eq!(envelope.outcome, Some(Outcome::Experimental(code)));
        assert!(!Outcome::Experimental(code).is_success());
        assert_eq!(envelope.session_id, Some(&b"a;1"[..]));
    }
}
