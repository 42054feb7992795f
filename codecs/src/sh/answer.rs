//! What an HSS answers: UDA and SNA (TS 29.329 clauses 6.1.2 and 6.1.6).

use super::kinds;
use crate::{
    Stamp,
    diameter::{DecodeError, Envelope, Message},
};

/// A UDA or an SNA.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct DataAnswer<'a> {
    /// Session, origin and outcome.
    pub envelope: Envelope<'a>,
    /// User-Data (702): an Sh-Data document.
    pub user_data: Option<&'a [u8]>,
    /// Expiry-Time (709) of a subscription; without it the subscription does not end by itself.
    pub expiry: Option<Stamp>,
}

impl<'a> DataAnswer<'a> {
    /// Reads a UDA or SNA.
    ///
    /// # Errors
    /// [`DecodeError`] of the first AVP whose value is not of its type.
    pub fn decode(message: &Message<'a>) -> Result<Self, DecodeError> {
        let mut found = Self::default();
        let mut avps = message.avps();
        for avp in &mut avps {
            match avp.kind {
                kinds::USER_DATA => found.user_data = Some(avp.data),
                kinds::EXPIRY_TIME => found.expiry = Some(avp.time()?),
                _ => {
                    found.envelope.take(&avp)?;
                }
            }
        }
        avps.end()?;
        Ok(found)
    }
}
