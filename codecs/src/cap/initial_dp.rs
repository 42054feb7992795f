//! initialDP, operation 0 (TS 29.078 clause 11.16).

use pengate_asn1::{Null, table};

use super::{
    AdditionalCallingPartyNumber, BearerCapability, CallReferenceNumber, CalledPartyBcdNumber,
    CalledPartyNumber, CallingPartyNumber, CallingPartysCategory, Carrier, Cause, CgEncountered,
    CugIndex, CugInterlock, EventTypeBcsm, ExtBasicServiceCode, Extensions, HighLayerCompatibility,
    IpSspCapabilities, LowLayerCompatibility, OriginalCalledPartyId, RedirectingPartyId,
    RedirectionInformation, ServiceInteractionIndicatorsTwo, TimeAndTimezone, UuData,
};
use crate::map::{
    Imei, Imsi, IsdnAddressString, LocationInformation, LocationNumber, MsClassmark2,
    OfferedCamel4Functionalities, ServiceKey, SubscriberState, SupportedCamelPhases,
};

table! {
    /// A call met a trigger detection point, and waits (TS 29.078 clause 11.16).
    pub InitialDpArg<'a> ::= SEQUENCE {
        service_key: [0] ServiceKey,
        called_party_number: [2] CalledPartyNumber<'a> OPTIONAL,
        calling_party_number: [3] CallingPartyNumber<'a> OPTIONAL,
        calling_partys_category: [5] CallingPartysCategory OPTIONAL,
        cg_encountered: [7] CgEncountered OPTIONAL,
        ip_ssp_capabilities: [8] IpSspCapabilities<'a> OPTIONAL,
        location_number: [10] LocationNumber<'a> OPTIONAL,
        original_called_party_id: [12] OriginalCalledPartyId<'a> OPTIONAL,
        extensions: [15] Extensions<'a> OPTIONAL,
        high_layer_compatibility: [23] HighLayerCompatibility OPTIONAL,
        additional_calling_party_number: [25] AdditionalCallingPartyNumber<'a> OPTIONAL,
        bearer_capability: [27] BearerCapability<'a> OPTIONAL,
        event_type_bcsm: [28] EventTypeBcsm OPTIONAL,
        redirecting_party_id: [29] RedirectingPartyId<'a> OPTIONAL,
        redirection_information: [30] RedirectionInformation OPTIONAL,
        cause: [17] Cause<'a> OPTIONAL,
        service_interaction_indicators_two: [32] ServiceInteractionIndicatorsTwo<'a> OPTIONAL,
        carrier: [37] Carrier OPTIONAL,
        cug_index: [45] CugIndex OPTIONAL,
        cug_interlock: [46] CugInterlock OPTIONAL,
        cug_outgoing_access: [47] Null OPTIONAL,
        imsi: [50] Imsi<'a> OPTIONAL,
        subscriber_state: [51] SubscriberState<'a> OPTIONAL,
        location_information: [52] LocationInformation<'a> OPTIONAL,
        ext_basic_service_code: [53] ExtBasicServiceCode<'a> OPTIONAL,
        call_reference_number: [54] CallReferenceNumber<'a> OPTIONAL,
        msc_address: [55] IsdnAddressString<'a> OPTIONAL,
        called_party_bcd_number: [56] CalledPartyBcdNumber<'a> OPTIONAL,
        time_and_timezone: [57] TimeAndTimezone OPTIONAL,
        call_forwarding_ss_pending: [58] Null OPTIONAL,
        initial_dp_arg_extension: [59] InitialDpArgExtension<'a> OPTIONAL,
        ...,
    }

    /// What later phases add to [`InitialDpArg`].
    pub InitialDpArgExtension<'a> ::= SEQUENCE {
        gmsc_address: [0] IsdnAddressString<'a> OPTIONAL,
        forwarding_destination_number: [1] CalledPartyNumber<'a> OPTIONAL,
        ms_classmark2: [2] MsClassmark2 OPTIONAL,
        imei: [3] Imei OPTIONAL,
        supported_camel_phases: [4] SupportedCamelPhases OPTIONAL,
        offered_camel4_functionalities: [5] OfferedCamel4Functionalities OPTIONAL,
        bearer_capability2: [6] BearerCapability<'a> OPTIONAL,
        ext_basic_service_code2: [7] ExtBasicServiceCode<'a> OPTIONAL,
        high_layer_compatibility2: [8] HighLayerCompatibility OPTIONAL,
        low_layer_compatibility: [9] LowLayerCompatibility<'a> OPTIONAL,
        low_layer_compatibility2: [10] LowLayerCompatibility<'a> OPTIONAL,
        ...,
        enhanced_dialled_services_allowed: [11] Null OPTIONAL,
        uu_data: [12] UuData<'a> OPTIONAL,
        collect_information_allowed: [13] Null OPTIONAL,
        release_call_arg_extension_allowed: [14] Null OPTIONAL,
    }
}
