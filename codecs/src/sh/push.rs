//! Push-Notification (309): the HSS tells what changed (TS 29.329 clauses 6.1.7 and 6.1.8).

use super::{APPLICATION, Requester, UserIdentity, kinds};
use crate::diameter::{
    Builder, DecodeError, EncodeError, Envelope, Flags, Header, Message, command, kinds as base,
};

/// A PNR. It is answered by [`answer`](crate::diameter::answer).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PushNotificationRequest<'a> {
    /// Session, origin and destination.
    pub envelope: Envelope<'a>,
    /// User-Identity (700).
    pub user: UserIdentity<'a>,
    /// User-Data (702): an Sh-Data document with the parts that changed.
    pub user_data: &'a [u8],
}

impl<'a> PushNotificationRequest<'a> {
    /// Reads a PNR.
    ///
    /// # Errors
    /// [`DecodeError`] of the first AVP whose value is not of its type, or when Session-Id,
    /// Origin-Host, User-Identity or User-Data is missing.
    pub fn decode(message: &Message<'a>) -> Result<Self, DecodeError> {
        let (mut user, mut user_data) = (None, None);
        let mut envelope = Envelope::default();
        let mut avps = message.avps();
        for avp in &mut avps {
            match avp.kind {
                kinds::USER_IDENTITY => user = Some(UserIdentity::decode(&avp)?),
                kinds::USER_DATA => user_data = Some(avp.data),
                _ => {
                    envelope.take(&avp)?;
                }
            }
        }
        avps.end()?;
        let missing = |kind| message.missing(kind);
        if envelope.session_id.is_none() {
            return Err(missing(base::SESSION_ID));
        }
        if envelope.origin_host.is_none() {
            return Err(missing(base::ORIGIN_HOST));
        }
        Ok(Self {
            envelope,
            user: user.ok_or_else(|| missing(kinds::USER_IDENTITY))?,
            user_data: user_data.ok_or_else(|| missing(kinds::USER_DATA))?,
        })
    }

    /// Appends a PNR from `requester`, as an HSS sends it.
    ///
    /// # Errors
    /// [`EncodeError`] when it is too long.
    pub fn encode(
        out: &mut Vec<u8>,
        requester: &Requester<'_>,
        user: &UserIdentity<'_>,
        user_data: &[u8],
    ) -> Result<usize, EncodeError> {
        let builder = requester.start(out, command::PUSH_NOTIFICATION);
        user.encode(builder)
            .avp(kinds::USER_DATA, user_data)
            .finish()
    }
}

impl Requester<'_> {
    /// Starts a request of Sh: header, session, application, origin and destination.
    pub(super) fn start<'o>(&self, out: &'o mut Vec<u8>, command: u32) -> Builder<'o> {
        let header = Header {
            length: 0,
            flags: Flags::REQUEST.with(Flags::PROXIABLE),
            command,
            application: APPLICATION,
            hop_by_hop: self.hop_by_hop,
            end_to_end: self.end_to_end,
        };
        let builder = Builder::new(out, &header)
            .text(base::SESSION_ID, self.session_id)
            .group(base::VENDOR_SPECIFIC_APPLICATION_ID, |group| {
                group
                    .unsigned32(base::VENDOR_ID, crate::diameter::TGPP)
                    .unsigned32(base::AUTH_APPLICATION_ID, APPLICATION)
            })
            .unsigned32(base::AUTH_SESSION_STATE, NO_STATE_MAINTAINED)
            .text(base::ORIGIN_HOST, self.origin.host)
            .text(base::ORIGIN_REALM, self.origin.realm);
        let builder = match self.destination_host {
            Some(host) => builder.text(base::DESTINATION_HOST, host),
            None => builder,
        };
        builder.text(base::DESTINATION_REALM, self.destination_realm)
    }
}

/// Auth-Session-State: every exchange is a session of its own (TS 29.329 clause 5.3).
const NO_STATE_MAINTAINED: u32 = 1;
