//! eventReportGPRS, operation 80 (TS 29.078 clause 12.7).

use pengate_asn1::{Null, table};

use super::{
    AccessPointName, EndUserAddress, GprsEventType, LocationInformationGprs, MiscCallInfo, PdpId,
    PdpInitiationType, QualityOfService, TimeAndTimezone,
};
use crate::map::{GprsChargingId, GsnAddress};

table! {
    /// A GPRS session or PDP context met an armed detection point (TS 29.078 clause 12.7).
    pub EventReportGprsArg<'a> ::= SEQUENCE {
        gprs_event_type: [0] GprsEventType,
        misc_gprs_info: [1] MiscCallInfo DEFAULT,
        gprs_event_specific_information: [2] GprsEventSpecificInformation<'a> OPTIONAL,
        pdp_id: [3] PdpId OPTIONAL,
        ...,
    }

    /// What there is to say about an event.
    pub GprsEventSpecificInformation<'a> ::= CHOICE {
        AttachChangeOfPositionSpecificInformation: [0] AttachChangeOfPositionSpecificInformation<'a>,
        PdpContextChangeOfPositionSpecificInformation: [1] PdpContextChangeOfPositionSpecificInformation<'a>,
        DetachSpecificInformation: [2] DetachSpecificInformation<'a>,
        DisconnectSpecificInformation: [3] DisconnectSpecificInformation<'a>,
        PDpContextEstablishmentSpecificInformation: [4] PdpContextEstablishmentSpecificInformation<'a>,
        PDpContextEstablishmentAcknowledgementSpecificInformation: [5] PdpContextEstablishmentAcknowledgementSpecificInformation<'a>,
    }

    /// An attached subscriber moved.
    pub AttachChangeOfPositionSpecificInformation<'a> ::= SEQUENCE {
        location_information_gprs: [0] LocationInformationGprs<'a> OPTIONAL,
        ...,
    }

    /// A subscriber with a PDP context moved.
    pub PdpContextChangeOfPositionSpecificInformation<'a> ::= SEQUENCE {
        access_point_name: [0] AccessPointName<'a> OPTIONAL,
        charging_id: [1] GprsChargingId OPTIONAL,
        location_information_gprs: [2] LocationInformationGprs<'a> OPTIONAL,
        end_user_address: [3] EndUserAddress<'a> OPTIONAL,
        quality_of_service: [4] QualityOfService<'a> OPTIONAL,
        time_and_time_zone: [5] TimeAndTimezone OPTIONAL,
        ...,
        ggsn_address: [6] GsnAddress<'a> OPTIONAL,
    }

    /// A subscriber was detached.
    pub DetachSpecificInformation<'a> ::= SEQUENCE {
        initiating_entity: [0] InitiatingEntity OPTIONAL,
        ...,
        routeing_area_update: [1] Null OPTIONAL,
    }

    /// A PDP context was ended.
    pub DisconnectSpecificInformation<'a> ::= SEQUENCE {
        initiating_entity: [0] InitiatingEntity OPTIONAL,
        ...,
        routeing_area_update: [1] Null OPTIONAL,
    }

    /// Who ended it.
    pub InitiatingEntity ::= ENUMERATED {
        MobileStation = 0,
        Sgsn = 1,
        Hlr = 2,
        Ggsn = 3,
    }

    /// A PDP context is asked for.
    pub PdpContextEstablishmentSpecificInformation<'a> ::= SEQUENCE {
        access_point_name: [0] AccessPointName<'a> OPTIONAL,
        end_user_address: [1] EndUserAddress<'a> OPTIONAL,
        quality_of_service: [2] QualityOfService<'a> OPTIONAL,
        location_information_gprs: [3] LocationInformationGprs<'a> OPTIONAL,
        time_and_time_zone: [4] TimeAndTimezone OPTIONAL,
        pdp_initiation_type: [5] PdpInitiationType OPTIONAL,
        ...,
        secondary_pdp_context: [6] Null OPTIONAL,
    }

    /// A PDP context is there.
    pub PdpContextEstablishmentAcknowledgementSpecificInformation<'a> ::= SEQUENCE {
        access_point_name: [0] AccessPointName<'a> OPTIONAL,
        charging_id: [1] GprsChargingId OPTIONAL,
        end_user_address: [2] EndUserAddress<'a> OPTIONAL,
        quality_of_service: [3] QualityOfService<'a> OPTIONAL,
        location_information_gprs: [4] LocationInformationGprs<'a> OPTIONAL,
        time_and_time_zone: [5] TimeAndTimezone OPTIONAL,
        ...,
        ggsn_address: [6] GsnAddress<'a> OPTIONAL,
    }
}
