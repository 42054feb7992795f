//! What an application server asks: User-Data (306) and Subscribe-Notifications (308) requests
//! (TS 29.329 clauses 6.1.1 and 6.1.5).

use super::{DataReference, RequestedDomain, SubsReqType, UserIdentity, kinds};
use crate::{
    Stamp,
    diameter::{AvpFlags, Builder, DecodeError, EncodeError, Envelope, Message, Origin, command},
};

/// Who asks whom, under which session and identifiers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Requester<'a> {
    /// Session-Id (263), a new one for every exchange.
    pub session_id: &'a str,
    /// Ourselves.
    pub origin: Origin<'a>,
    /// The HSS, when it is known which.
    pub destination_host: Option<&'a str>,
    /// The realm of the HSS.
    pub destination_realm: &'a str,
    /// Hop-by-Hop Identifier.
    pub hop_by_hop: u32,
    /// End-to-End Identifier.
    pub end_to_end: u32,
}

/// A UDR: asks for data once.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct UserDataRequest<'a> {
    /// About whom.
    pub user: UserIdentity<'a>,
    /// What.
    pub references: &'a [DataReference],
    /// Of which domain; must be told with [`DataReference::UserState`] and
    /// [`DataReference::LocationInformation`].
    pub domain: Option<RequestedDomain>,
}

impl UserDataRequest<'_> {
    /// Appends the request. A location is what the network holds: nobody is paged for it.
    ///
    /// # Errors
    /// [`EncodeError`] when it is too long.
    pub fn encode(
        &self,
        out: &mut Vec<u8>,
        requester: &Requester<'_>,
    ) -> Result<usize, EncodeError> {
        let mut builder = self.user.encode(requester.start(out, command::USER_DATA));
        builder = references(builder, self.references);
        if let Some(domain) = self.domain {
            builder = builder.unsigned32(kinds::REQUESTED_DOMAIN, domain.to_wire());
        }
        if self
            .references
            .contains(&DataReference::LocationInformation)
        {
            builder = builder.unsigned32(kinds::CURRENT_LOCATION, NO_ACTIVE_RETRIEVAL);
        }
        builder.finish()
    }
}

/// An SNR: asks to be told, or no longer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SubscribeNotificationsRequest<'a> {
    /// About whom.
    pub user: UserIdentity<'a>,
    /// Begin or end.
    pub kind: SubsReqType,
    /// What.
    pub references: &'a [DataReference],
    /// Until when.
    pub expiry: Option<Stamp>,
    /// Whether the answer is to tell the data as it is.
    pub send_data: bool,
}

impl SubscribeNotificationsRequest<'_> {
    /// Appends the request.
    ///
    /// # Errors
    /// [`EncodeError`] when it is too long.
    pub fn encode(
        &self,
        out: &mut Vec<u8>,
        requester: &Requester<'_>,
    ) -> Result<usize, EncodeError> {
        let builder = requester.start(out, command::SUBSCRIBE_NOTIFICATIONS);
        let mut builder = self
            .user
            .encode(builder)
            .unsigned32(kinds::SUBS_REQ_TYPE, self.kind.to_wire());
        builder = references(builder, self.references);
        if self.send_data {
            // Its M bit must not be set, nor that of the next (TS 29.329 table 6.3.1).
            builder = builder.optional(kinds::SEND_DATA_INDICATION, &1_u32.to_be_bytes());
        }
        if let Some(expiry) = self.expiry {
            builder = builder.time(kinds::EXPIRY_TIME, AvpFlags::default(), expiry);
        }
        builder.finish()
    }
}

fn references<'o>(builder: Builder<'o>, references: &[DataReference]) -> Builder<'o> {
    references.iter().fold(builder, |builder, reference| {
        builder.unsigned32(kinds::DATA_REFERENCE, reference.to_wire())
    })
}

/// Current-Location: `DoNotNeedInitiateActiveLocationRetrieval`.
const NO_ACTIVE_RETRIEVAL: u32 = 0;

/// A UDR or SNR as an HSS reads it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Asked<'a> {
    /// Session, origin and destination.
    pub envelope: Envelope<'a>,
    /// About whom.
    pub user: UserIdentity<'a>,
    /// What.
    pub references: smallvec::SmallVec<[DataReference; 4]>,
    /// Of which domain.
    pub domain: Option<RequestedDomain>,
    /// Begin or end; only an SNR has it.
    pub kind: Option<SubsReqType>,
    /// Until when.
    pub expiry: Option<Stamp>,
    /// Whether the answer is to tell the data as it is.
    pub send_data: bool,
}

impl<'a> Asked<'a> {
    /// Reads a UDR or SNR.
    ///
    /// # Errors
    /// [`DecodeError`] of the first AVP whose value is not of its type, or when User-Identity or
    /// Data-Reference is missing.
    pub fn decode(message: &Message<'a>) -> Result<Self, DecodeError> {
        let mut user = None;
        let mut envelope = Envelope::default();
        let mut references = smallvec::SmallVec::new();
        let (mut domain, mut kind, mut expiry, mut send_data) = (None, None, None, false);
        let mut avps = message.avps();
        for avp in &mut avps {
            match avp.kind {
                kinds::USER_IDENTITY => user = Some(UserIdentity::decode(&avp)?),
                kinds::DATA_REFERENCE => {
                    references.push(DataReference::from_wire(avp.unsigned32()?));
                }
                kinds::REQUESTED_DOMAIN => {
                    domain = Some(RequestedDomain::from_wire(avp.unsigned32()?));
                }
                kinds::SUBS_REQ_TYPE => kind = Some(SubsReqType::from_wire(avp.unsigned32()?)),
                kinds::EXPIRY_TIME => expiry = Some(avp.time()?),
                kinds::SEND_DATA_INDICATION => send_data = avp.unsigned32()? == 1,
                _ => {
                    envelope.take(&avp)?;
                }
            }
        }
        avps.end()?;
        if references.is_empty() {
            return Err(message.missing(kinds::DATA_REFERENCE));
        }
        Ok(Self {
            envelope,
            user: user.ok_or_else(|| message.missing(kinds::USER_IDENTITY))?,
            references,
            domain,
            kind,
            expiry,
            send_data,
        })
    }
}
