//! What peers tell each other about themselves: Capabilities-Exchange and Disconnect-Peer (RFC 6733
//! clauses 5.3 and 5.4).

use smallvec::SmallVec;

use super::{
    Address, Avp, Builder, COMMON_MESSAGES, DecodeError, Envelope, Message, Origin, RELAY, kinds,
};

/// Whether an application is one of authentication and authorisation, or of accounting.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Role {
    /// Acct-Application-Id (259).
    Accounting,
    /// Auth-Application-Id (258).
    Authorization,
}

/// An application that a peer speaks.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Application {
    /// The vendor that it is advertised under, 0 for none.
    pub vendor: u32,
    /// Its role.
    pub role: Role,
    /// Its identifier.
    pub id: u32,
}

impl Application {
    /// Whether two peers that tell these speak one application. A relay speaks all.
    #[must_use]
    pub const fn is_common(self, other: Self) -> bool {
        self.id == RELAY || other.id == RELAY || self.id == other.id
    }

    /// Appends it as its AVP, within Vendor-Specific-Application-Id if it is a vendor's.
    pub fn encode(self, builder: Builder<'_>) -> Builder<'_> {
        let kind = match self.role {
            Role::Accounting => kinds::ACCT_APPLICATION_ID,
            Role::Authorization => kinds::AUTH_APPLICATION_ID,
        };
        if self.vendor == 0 {
            return builder.unsigned32(kind, self.id);
        }
        builder.group(kinds::VENDOR_SPECIFIC_APPLICATION_ID, |group| {
            group
                .unsigned32(kinds::VENDOR_ID, self.vendor)
                .unsigned32(kind, self.id)
        })
    }
}

/// What a CER or a CEA tells.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Capabilities<'a> {
    /// Origin, Origin-State-Id and, in an answer, the outcome.
    pub envelope: Envelope<'a>,
    /// Host-IP-Address (257), all of them.
    pub addresses: SmallVec<[Address<'a>; 2]>,
    /// Vendor-Id (266).
    pub vendor: u32,
    /// Product-Name (269).
    pub product: &'a [u8],
    /// Supported-Vendor-Id (265), all of them.
    pub supported_vendors: SmallVec<[u32; 4]>,
    /// The applications, wherever they stand.
    pub applications: SmallVec<[Application; 4]>,
    /// Inband-Security-Id (299), all of them: 0 for none, 1 for TLS.
    pub security: SmallVec<[u32; 2]>,
    /// Firmware-Revision (267).
    pub firmware: Option<u32>,
}

impl<'a> Capabilities<'a> {
    /// Reads a CER or CEA.
    ///
    /// # Errors
    /// [`DecodeError`] of the first AVP whose value is not of its type, or when Origin-Host or
    /// Origin-Realm is missing.
    pub fn decode(message: &Message<'a>) -> Result<Self, DecodeError> {
        let mut found = Self::default();
        let mut avps = message.avps();
        for avp in &mut avps {
            found.take(&avp)?;
        }
        avps.end()?;
        for (is_there, kind) in [
            (found.envelope.origin_host.is_some(), kinds::ORIGIN_HOST),
            (found.envelope.origin_realm.is_some(), kinds::ORIGIN_REALM),
        ] {
            if !is_there {
                return Err(message.missing(kind));
            }
        }
        Ok(found)
    }

    fn take(&mut self, avp: &Avp<'a>) -> Result<(), DecodeError> {
        match avp.kind {
            kinds::HOST_IP_ADDRESS => self.addresses.push(avp.address()?),
            kinds::VENDOR_ID => self.vendor = avp.unsigned32()?,
            kinds::PRODUCT_NAME => self.product = avp.data,
            kinds::SUPPORTED_VENDOR_ID => self.supported_vendors.push(avp.unsigned32()?),
            kinds::INBAND_SECURITY_ID => self.security.push(avp.unsigned32()?),
            kinds::FIRMWARE_REVISION => self.firmware = Some(avp.unsigned32()?),
            kinds::VENDOR_SPECIFIC_APPLICATION_ID => self.take_vendors(avp)?,
            kinds::AUTH_APPLICATION_ID | kinds::ACCT_APPLICATION_ID => {
                self.applications.extend(application(avp, 0)?);
            }
            _ => {
                self.envelope.take(avp)?;
            }
        }
        Ok(())
    }

    fn take_vendors(&mut self, group: &Avp<'a>) -> Result<(), DecodeError> {
        let members = group.group()?;
        let vendor = match members.first(kinds::VENDOR_ID) {
            Some(vendor) => vendor.unsigned32()?,
            None => 0,
        };
        for member in members {
            self.applications.extend(application(&member, vendor)?);
        }
        Ok(())
    }

    /// Whether both speak an application; the base protocol's own does not count.
    #[must_use]
    pub fn has_common(&self, ours: &[Application]) -> bool {
        let theirs = self
            .applications
            .iter()
            .filter(|application| application.id != COMMON_MESSAGES);
        theirs.into_iter().any(|theirs| {
            ours.iter()
                .any(|ours| ours.id != COMMON_MESSAGES && ours.is_common(*theirs))
        })
    }

    /// Appends origin and capabilities: all of a CER, and what follows the Result-Code in a CEA.
    pub fn encode<'o>(&self, origin: Origin<'_>, builder: Builder<'o>) -> Builder<'o> {
        let builder = builder
            .text(kinds::ORIGIN_HOST, origin.host)
            .text(kinds::ORIGIN_REALM, origin.realm);
        self.encode_own(builder)
    }

    /// As [`Self::encode`], without the origin.
    pub fn encode_own<'o>(&self, mut builder: Builder<'o>) -> Builder<'o> {
        for address in &self.addresses {
            builder = builder.address(kinds::HOST_IP_ADDRESS, address);
        }
        builder = builder
            .unsigned32(kinds::VENDOR_ID, self.vendor)
            .optional(kinds::PRODUCT_NAME, self.product);
        if let Some(state) = self.envelope.origin_state_id {
            builder = builder.unsigned32(kinds::ORIGIN_STATE_ID, state);
        }
        for vendor in &self.supported_vendors {
            builder = builder.unsigned32(kinds::SUPPORTED_VENDOR_ID, *vendor);
        }
        for application in &self.applications {
            builder = application.encode(builder);
        }
        for security in &self.security {
            builder = builder.unsigned32(kinds::INBAND_SECURITY_ID, *security);
        }
        match self.firmware {
            Some(revision) => builder.optional(kinds::FIRMWARE_REVISION, &revision.to_be_bytes()),
            None => builder,
        }
    }
}

fn application(avp: &Avp<'_>, vendor: u32) -> Result<Option<Application>, DecodeError> {
    let role = match avp.kind {
        kinds::ACCT_APPLICATION_ID => Role::Accounting,
        kinds::AUTH_APPLICATION_ID => Role::Authorization,
        _ => return Ok(None),
    };
    let id = avp.unsigned32()?;
    Ok(Some(Application { vendor, role, id }))
}

/// Why a connection is given up (Disconnect-Cause, 273).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum DisconnectCause {
    /// Restarts, and will be back.
    Rebooting,
    /// Has not the resources.
    Busy,
    /// Does not expect to exchange messages soon.
    DoNotWantToTalkToYou,
    /// Any other, by its number.
    Other(u32),
}

impl DisconnectCause {
    /// From the number on the wire.
    #[must_use]
    pub const fn from_wire(cause: u32) -> Self {
        match cause {
            0 => Self::Rebooting,
            1 => Self::Busy,
            2 => Self::DoNotWantToTalkToYou,
            other => Self::Other(other),
        }
    }

    /// The number to put on the wire.
    #[must_use]
    pub const fn to_wire(self) -> u32 {
        match self {
            Self::Rebooting => 0,
            Self::Busy => 1,
            Self::DoNotWantToTalkToYou => 2,
            Self::Other(cause) => cause,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diameter::{Flags, Header, Kind, command};

    const SH: Application = Application {
        vendor: 10415,
        role: Role::Authorization,
        id: 16_777_217,
    };

    fn encoded(capabilities: &Capabilities<'_>) -> Vec<u8> {
        let header = Header {
            length: 0,
            flags: Flags::REQUEST,
            command: command::CAPABILITIES_EXCHANGE,
            application: COMMON_MESSAGES,
            hop_by_hop: 1,
            end_to_end: 2,
        };
        let origin = Origin {
            host: "pna.ims.example",
            realm: "ims.example",
        };
        let mut out = Vec::new();
        capabilities
            .encode(origin, Builder::new(&mut out, &header))
            .finish()
            .unwrap();
        out
    }

    fn full<'a>() -> Capabilities<'a> {
        Capabilities {
            envelope: Envelope {
                origin_host: Some(b"pna.ims.example"),
                origin_realm: Some(b"ims.example"),
                origin_state_id: Some(9),
                ..Envelope::default()
            },
            addresses: [Address::Ip([192, 0, 2, 1].into())].into_iter().collect(),
            vendor: 10415,
            product: b"pengate",
            supported_vendors: [10415, 13019].into_iter().collect(),
            applications: [
                SH,
                Application {
                    vendor: 0,
                    role: Role::Accounting,
                    id: 3,
                },
            ]
            .into_iter()
            .collect(),
            security: [0].into_iter().collect(),
            firmware: Some(1),
        }
    }

    #[test]
    fn what_is_told_is_read() {
        let octets = encoded(&full());
        let message = Message::decode(&octets).unwrap();
        let read: Capabilities<'_> = Capabilities::decode(&message).unwrap();
        let told: Capabilities<'_> = full();
        assert!(read == told, "{read:?}");
    }

    #[test]
    fn who_does_not_say_his_name_is_refused() {
        let octets = encoded(&full());
        let mut renamed = octets.clone();
        // Origin-Host stands first; 1 is User-Name.
        renamed[20..24].copy_from_slice(&[0, 0, 0, 1]);
        let message = Message::decode(&renamed).unwrap();
        let error = DecodeError::Missing {
            at: octets.len(),
            kind: Kind::base(264),
        };
        assert_eq!(Capabilities::decode(&message), Err(error));
    }

    #[test]
    fn a_relay_has_every_application_in_common() {
        let relay = Application { id: RELAY, ..SH };
        let other = Application { id: 4, ..SH };
        let base = Application {
            id: COMMON_MESSAGES,
            ..SH
        };
        let told = |applications: &[Application]| Capabilities {
            applications: applications.iter().copied().collect(),
            ..Capabilities::default()
        };
        assert!(told(&[relay]).has_common(&[SH]));
        assert!(told(&[other, SH]).has_common(&[SH]));
        assert!(!told(&[other]).has_common(&[SH]));
        assert!(!told(&[base]).has_common(&[SH, base]));
        assert!(!told(&[]).has_common(&[SH]));
    }

    #[test]
    fn every_cause_survives() {
        for cause in 0..5 {
            assert_eq!(DisconnectCause::from_wire(cause).to_wire(), cause);
        }
    }
}
