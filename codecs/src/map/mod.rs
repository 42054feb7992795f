//! MAP: mobility events, subscriber information and location updates (TS 29.002).
//!
//! One file an operation; types that several share are grouped as in the modules. Each table mirrors
//! `asn1/spec/map.asn` line by line, which a test holds it to.

mod abort;
mod any_time_interrogation;
mod area;
mod camel;
mod capability;
mod context;
mod error;
mod location;
mod note_mm_event;
mod numbering;
mod operation;
mod pdp_context;
mod subscriber_info;
mod tbcd;
mod update_gprs_location;
mod update_location;

pub use abort::RESOURCE_UNAVAILABLE;
pub use any_time_interrogation::{
    AnyTimeInterrogationArg, AnyTimeInterrogationRes, DomainType, RequestedInfo, RequestedNodes,
};
pub use area::{
    AgeOfLocationInformation, CellGlobalIdOrServiceAreaIdFixedLength,
    CellGlobalIdOrServiceAreaIdOrLai, Circle, EUtranCgi, GeodeticInformation,
    GeographicalInformation, LaiFixedLength, LocationNumber, LsaIdentity, NrCgi, NrTaId,
    RaIdentity, TaId,
};
pub use camel::{
    OfferedCamel4Csis, OfferedCamel4Functionalities, ServiceKey, SupportedCamelPhases,
};
pub use capability::{
    AddInfo, AgeIndicator, ExtSupportedFeatures, IstSupportIndicator, SgsnCapability,
    SmsRegisterRequest, SuperChargerInfo, SupportedFeatures, SupportedLcsCapabilitySets,
    SupportedRatTypes, UeSrvccCapability, VlrCapability,
};
pub use context::{ApplicationContext, ContextName};
pub use error::{
    AdditionalNetworkResource, AtiNotAllowedParam, DataMissingParam, ErrorCode,
    ExtensibleSystemFailureParam, FailureCauseParam, MmEventNotSupportedParam, NetworkResource,
    Refusal, SystemFailureParam, UnexpectedDataParam, UnknownSubscriberDiagnostic,
    UnknownSubscriberParam,
};
pub use location::{
    CsgAccessMode, CsgId, CsgMembershipIndication, LocationInformation, LocationInformation5Gs,
    LocationInformationEps, LocationInformationGprs, TimeZone, UsedRatType, UserCsgInformation,
};
pub use note_mm_event::{MmCode, MmEvent, NoteMmEventArg, NoteMmEventRes};
pub use numbering::{
    DiameterIdentity, ExtensionContainer, Fqdn, GsnAddress, Imei, Imsi, IsdnAddressString, Lmsi,
    Nature, NetworkNodeDiameterAddress, PlmnId, SubscriberIdentity,
};
pub use operation::Operation;
pub use pdp_context::{
    Apn, ChargingCharacteristics, ContextId, Ext2QosSubscribed, Ext3QosSubscribed,
    Ext4QosSubscribed, ExtPdpType, ExtQosSubscribed, GprsChargingId, Nsapi, PdpAddress,
    PdpContextInfo, PdpContextInfoList, PdpType, Teid, TransactionId,
};
pub use subscriber_info::{
    DaylightSavingTime, GprsMsClass, ImsVoiceOverPsSessionsInd, MnpInfoRes, MsClassmark2,
    MsNetworkCapability, MsRadioAccessCapability, NotReachableReason, NumberPortabilityStatus,
    PsSubscriberState, RouteingNumber, SubscriberInfo, SubscriberState, Time,
};
pub use tbcd::Tbcd;
pub use update_gprs_location::{
    AdjacentPlmnList, EpsInfo, IsrInformation, PdnGwUpdate, UpdateGprsLocationArg,
    UpdateGprsLocationRes,
};
pub use update_location::{
    EplmnList, Lac, LocationArea, PagingArea, UpdateLocationArg, UpdateLocationRes,
};

/// The types in use as the specification writes them, in a layout of our own.
pub const MODULE: &str = include_str!("../../../asn1/spec/map.asn");
