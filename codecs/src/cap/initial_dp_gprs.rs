//! initialDPGPRS, operation 78 (TS 29.078 clause 12.9).

use pengate_asn1::{Null, table};

use super::{
    AccessPointName, EndUserAddress, Extensions, GprsEventType, LocationInformationGprs,
    PdpInitiationType, QualityOfService, SgsnCapabilities, TimeAndTimezone,
};
use crate::map::{
    GprsChargingId, GprsMsClass, GsnAddress, Imei, Imsi, IsdnAddressString, RaIdentity, ServiceKey,
};

table! {
    /// A GPRS session or PDP context met a trigger detection point, and waits (TS 29.078 clause 12.9).
    pub InitialDpGprsArg<'a> ::= SEQUENCE {
        service_key: [0] ServiceKey,
        gprs_event_type: [1] GprsEventType,
        msisdn: [2] IsdnAddressString<'a>,
        imsi: [3] Imsi<'a>,
        time_and_time_zone: [4] TimeAndTimezone,
        gprs_ms_class: [5] GprsMsClass<'a> OPTIONAL,
        end_user_address: [6] EndUserAddress<'a> OPTIONAL,
        quality_of_service: [7] QualityOfService<'a> OPTIONAL,
        access_point_name: [8] AccessPointName<'a> OPTIONAL,
        routeing_area_identity: [9] RaIdentity OPTIONAL,
        charging_id: [10] GprsChargingId OPTIONAL,
        sgsn_capabilities: [11] SgsnCapabilities OPTIONAL,
        location_information_gprs: [12] LocationInformationGprs<'a> OPTIONAL,
        pdp_initiation_type: [13] PdpInitiationType OPTIONAL,
        extensions: [14] Extensions<'a> OPTIONAL,
        ...,
        ggsn_address: [15] GsnAddress<'a> OPTIONAL,
        secondary_pdp_context: [16] Null OPTIONAL,
        imei: [17] Imei OPTIONAL,
    }
}
