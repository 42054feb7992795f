//! noteMM-Event, operation 89 (TS 29.002 clauses 8.1.8 and 17.6.1).

use pengate_asn1::table;

use super::{
    ExtensionContainer, Imsi, IsdnAddressString, LocationInformation, LocationInformationGprs,
    OfferedCamel4Functionalities, ServiceKey, SupportedCamelPhases,
};

table! {
    /// A mobility event was met (TS 29.002 clause 8.1.8).
    pub NoteMmEventArg<'a> ::= SEQUENCE {
        service_key: ServiceKey,
        event_met: [0] MmCode,
        imsi: [1] Imsi<'a>,
        msisdn: [2] IsdnAddressString<'a>,
        location_information: [3] LocationInformation<'a> OPTIONAL,
        supported_camel_phases: [5] SupportedCamelPhases OPTIONAL,
        extension_container: [6] ExtensionContainer<'a> OPTIONAL,
        ...,
        location_information_gprs: [7] LocationInformationGprs<'a> OPTIONAL,
        offered_camel4_functionalities: [8] OfferedCamel4Functionalities OPTIONAL,
    }

    /// The event was taken note of. Nothing has to be said.
    pub NoteMmEventRes<'a> ::= SEQUENCE {
        extension_container: ExtensionContainer<'a> OPTIONAL,
        ...,
    }

    /// Which mobility event was met; its values are in [`MmEvent`](super::MmEvent).
    pub MmCode ::= OCTET STRING (SIZE (1));
}

/// What happened (TS 29.002 clause 17.7.1, MM-Code).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum MmEvent {
    /// 00: location update within the same VLR.
    LocationUpdateInSameVlr,
    /// 01: location update to another VLR.
    LocationUpdateToOtherVlr,
    /// 02: IMSI attach.
    ImsiAttach,
    /// 03: IMSI detach by the MS.
    MsInitiatedImsiDetach,
    /// 04: IMSI detach by the network.
    NetworkInitiatedImsiDetach,
    /// 80: routeing area update within the same SGSN.
    RoutingAreaUpdateInSameSgsn,
    /// 81: routeing area update to another SGSN, which tells it.
    RoutingAreaUpdateToOtherSgsnFromNewSgsn,
    /// 82: routeing area update to another SGSN, told by the one that is left. No detach.
    RoutingAreaUpdateToOtherSgsnDisconnectByDetach,
    /// 83: GPRS attach.
    GprsAttach,
    /// 84: GPRS detach by the MS.
    MsInitiatedGprsDetach,
    /// 85: GPRS detach by the network.
    NetworkInitiatedGprsDetach,
    /// 86: the network found the MS not reachable for paging.
    NetworkInitiatedTransferToMsNotReachableForPaging,
    /// Another code.
    Other(u8),
}

impl MmCode {
    /// What happened.
    #[must_use]
    pub const fn event(self) -> MmEvent {
        match self.to_octets()[0] {
            0x00 => MmEvent::LocationUpdateInSameVlr,
            0x01 => MmEvent::LocationUpdateToOtherVlr,
            0x02 => MmEvent::ImsiAttach,
            0x03 => MmEvent::MsInitiatedImsiDetach,
            0x04 => MmEvent::NetworkInitiatedImsiDetach,
            0x80 => MmEvent::RoutingAreaUpdateInSameSgsn,
            0x81 => MmEvent::RoutingAreaUpdateToOtherSgsnFromNewSgsn,
            0x82 => MmEvent::RoutingAreaUpdateToOtherSgsnDisconnectByDetach,
            0x83 => MmEvent::GprsAttach,
            0x84 => MmEvent::MsInitiatedGprsDetach,
            0x85 => MmEvent::NetworkInitiatedGprsDetach,
            0x86 => MmEvent::NetworkInitiatedTransferToMsNotReachableForPaging,
            other => MmEvent::Other(other),
        }
    }
}
