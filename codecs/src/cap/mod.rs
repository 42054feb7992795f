//! CAP: calls and GPRS sessions that ask how to go on (TS 29.078).
//!
//! One file an operation; types that several share are grouped as in the modules. Each table mirrors
//! `asn1/spec/cap.asn` line by line, which a test holds it to.

mod abort;
mod call;
mod context;
mod continue_gprs;
mod entity_released_gprs;
mod event_bcsm;
mod event_report_bcsm;
mod event_report_gprs;
mod gprs;
mod initial_dp;
mod initial_dp_gprs;
mod number;
mod operation;
mod reference;
mod request_report_bcsm_event;
mod request_report_gprs_event;

pub use abort::{INVALID_REFERENCE, MISSING_REFERENCE};
pub use call::{
    BearerCap, BearerCapability, CallReferenceNumber, CallingPartysCategory, Carrier, Cause,
    CgEncountered, ChargeIndicator, CugIndex, CugInterlock, ExtBasicServiceCode,
    ExtBearerServiceCode, ExtTeleserviceCode, Extensions, HighLayerCompatibility,
    IpSspCapabilities, LegId, LegType, LowLayerCompatibility, ReceivingSideId,
    RedirectionInformation, ServiceInteractionIndicatorsTwo, UuData,
};
pub use context::ApplicationContext;
pub use continue_gprs::ContinueGprsArg;
pub use entity_released_gprs::{EntityReleasedGprsArg, GprsCause};
pub use event_bcsm::{DpAssignment, EventTypeBcsm, MessageType, MiscCallInfo, MonitorMode};
pub use event_report_bcsm::{
    CallAcceptedSpecificInfo, DpSpecificInfoAlt, EventReportBcsmArg, EventSpecificInformationBcsm,
    MetDpCriteriaList, MidCallEvents, OAbandonSpecificInfo, OAnswerSpecificInfo,
    OCalledPartyBusySpecificInfo, OChangeOfPositionSpecificInfo, ODisconnectSpecificInfo,
    OMidCallSpecificInfo, ONoAnswerSpecificInfo, OTermSeizedSpecificInfo,
    RouteSelectFailureSpecificInfo, TAnswerSpecificInfo, TBusySpecificInfo,
    TChangeOfPositionSpecificInfo, TDisconnectSpecificInfo, TMidCallSpecificInfo,
    TNoAnswerSpecificInfo,
};
pub use event_report_gprs::{
    AttachChangeOfPositionSpecificInformation, DetachSpecificInformation,
    DisconnectSpecificInformation, EventReportGprsArg, GprsEventSpecificInformation,
    InitiatingEntity, PdpContextChangeOfPositionSpecificInformation,
    PdpContextEstablishmentAcknowledgementSpecificInformation,
    PdpContextEstablishmentSpecificInformation,
};
pub use gprs::{
    AccessPointName, CellGlobalIdOrServiceAreaIdOrLaiOctets, CellOrArea, EndUserAddress,
    GprsEventType, LocationInformationGprs, PdpAddress, PdpId, PdpInitiationType, PdpTypeNumber,
    PdpTypeOrganization, QualityOfService, SgsnCapabilities,
};
pub use initial_dp::{InitialDpArg, InitialDpArgExtension};
pub use initial_dp_gprs::InitialDpGprsArg;
pub use number::{
    AdditionalCallingPartyNumber, CalledPartyBcdNumber, CalledPartyNumber, CallingPartyNumber,
    Clock, Digits, OriginalCalledPartyId, RedirectingPartyId, TimeAndTimezone,
};
pub use operation::Operation;
pub use reference::{CapGprsReferenceNumber, Integer4};
pub use request_report_bcsm_event::{
    ApplicationTimer, BcsmEvent, BcsmEvents, DpSpecificCriteria, DpSpecificCriteriaAlt,
    MidCallControlInfo, RequestReportBcsmEventArg,
};
pub use request_report_gprs_event::{GprsEvent, GprsEvents, RequestReportGprsEventArg};

/// The types in use as the specification writes them, in a layout of our own.
pub const MODULE: &str = include_str!("../../../asn1/spec/cap.asn");
