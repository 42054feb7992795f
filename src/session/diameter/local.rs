//! What we tell of ourselves: capabilities, watchdogs, farewells (RFC 6733 clause 5).

use pengate_codecs::diameter::{
    Address, Application, Builder, COMMON_MESSAGES, Capabilities, DisconnectCause, Envelope, Flags,
    Header, Message, Origin, ResultCode, TGPP, answer, command, kinds,
};
use smol_str::SmolStr;

use crate::feed::Channel;

/// Our identity, and what we speak.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Local {
    /// Origin-Host.
    pub host: SmolStr,
    /// Origin-Realm.
    pub realm: SmolStr,
    /// Origin-State-Id: grows with every start.
    pub state: u32,
    /// The applications of the rooms that use the node.
    pub applications: Vec<Application>,
}

const PRODUCT: &[u8] = b"pengate";

impl Local {
    /// Origin-Host and Origin-Realm.
    #[must_use]
    pub fn origin(&self) -> Origin<'_> {
        Origin {
            host: &self.host,
            realm: &self.realm,
        }
    }

    /// A CER.
    pub(super) fn capabilities_request(&self, out: &mut Vec<u8>, ids: (u32, u32), on: Channel) {
        let builder = Builder::new(out, &request(command::CAPABILITIES_EXCHANGE, ids));
        // None of these messages can become too long.
        let _ = self
            .capabilities(on)
            .encode(self.origin(), builder)
            .finish();
    }

    /// A CEA.
    pub(super) fn capabilities_answer(
        &self,
        out: &mut Vec<u8>,
        request: &Message<'_>,
        result: ResultCode,
        on: Channel,
    ) {
        let builder = answer(out, request, self.origin(), result);
        let _ = self.capabilities(on).encode_own(builder).finish();
    }

    /// A DWR.
    pub(super) fn watchdog_request(&self, out: &mut Vec<u8>, ids: (u32, u32)) {
        let _ = Builder::new(out, &request(command::DEVICE_WATCHDOG, ids))
            .text(kinds::ORIGIN_HOST, &self.host)
            .text(kinds::ORIGIN_REALM, &self.realm)
            .unsigned32(kinds::ORIGIN_STATE_ID, self.state)
            .finish();
    }

    /// A DWA.
    pub(super) fn watchdog_answer(&self, out: &mut Vec<u8>, request: &Message<'_>) {
        let _ = answer(out, request, self.origin(), ResultCode::Success)
            .unsigned32(kinds::ORIGIN_STATE_ID, self.state)
            .finish();
    }

    /// A DPR.
    pub(super) fn disconnect_request(
        &self,
        out: &mut Vec<u8>,
        ids: (u32, u32),
        cause: DisconnectCause,
    ) {
        let _ = Builder::new(out, &request(command::DISCONNECT_PEER, ids))
            .text(kinds::ORIGIN_HOST, &self.host)
            .text(kinds::ORIGIN_REALM, &self.realm)
            .unsigned32(kinds::DISCONNECT_CAUSE, cause.to_wire())
            .finish();
    }

    /// A DPA.
    pub(super) fn disconnect_answer(&self, out: &mut Vec<u8>, request: &Message<'_>) {
        let _ = answer(out, request, self.origin(), ResultCode::Success).finish();
    }

    fn capabilities(&self, on: Channel) -> Capabilities<'_> {
        Capabilities {
            envelope: Envelope {
                origin_state_id: Some(self.state),
                ..Envelope::default()
            },
            addresses: [Address::Ip(on.local.ip())].into_iter().collect(),
            // There is no number of our own: this is a network function of 3GPP.
            vendor: TGPP,
            product: PRODUCT,
            supported_vendors: [TGPP].into_iter().collect(),
            applications: self.applications.iter().copied().collect(),
            security: [NO_INBAND_SECURITY].into_iter().collect(),
            firmware: None,
        }
    }
}

const fn request(command: u32, (hop_by_hop, end_to_end): (u32, u32)) -> Header {
    Header {
        length: 0,
        flags: Flags::REQUEST,
        command,
        application: COMMON_MESSAGES,
        hop_by_hop,
        end_to_end,
    }
}

/// Inband-Security-Id: no TLS after the capabilities.
pub(super) const NO_INBAND_SECURITY: u32 = 0;
