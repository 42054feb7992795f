//! What is known of a subscriber (MAP-MS-DataTypes).

use pengate_asn1::{Null, table};

use super::{
    ExtensionContainer, Imei, Imsi, IsdnAddressString, LocationInformation, LocationInformation5Gs,
    LocationInformationEps, LocationInformationGprs, PdpContextInfoList, TimeZone, UsedRatType,
};

table! {
    /// What is known of a subscriber.
    pub SubscriberInfo<'a> ::= SEQUENCE {
        location_information: [0] LocationInformation<'a> OPTIONAL,
        subscriber_state: [1] SubscriberState<'a> OPTIONAL,
        extension_container: [2] ExtensionContainer<'a> OPTIONAL,
        ...,
        location_information_gprs: [3] LocationInformationGprs<'a> OPTIONAL,
        ps_subscriber_state: [4] PsSubscriberState<'a> OPTIONAL,
        imei: [5] Imei OPTIONAL,
        ms_classmark2: [6] MsClassmark2 OPTIONAL,
        gprs_ms_class: [7] GprsMsClass<'a> OPTIONAL,
        mnp_info_res: [8] MnpInfoRes<'a> OPTIONAL,
        ims_voice_over_ps_sessions_indication: [9] ImsVoiceOverPsSessionsInd OPTIONAL,
        last_ue_activity_time: [10] Time OPTIONAL,
        last_rat_type: [11] UsedRatType OPTIONAL,
        eps_subscriber_state: [12] PsSubscriberState<'a> OPTIONAL,
        location_information_eps: [13] LocationInformationEps<'a> OPTIONAL,
        time_zone: [14] TimeZone<'a> OPTIONAL,
        daylight_saving_time: [15] DaylightSavingTime OPTIONAL,
        location_information5_gs: [16] LocationInformation5Gs<'a> OPTIONAL,
    }

    /// What a subscriber does in the circuit switched domain.
    pub SubscriberState<'a> ::= CHOICE {
        AssumedIdle: [0] Null,
        CamelBusy: [1] Null,
        NetDetNotReachable: NotReachableReason,
        NotProvidedFromVlr: [2] Null,
    }

    /// Why the network knows that it cannot reach a subscriber.
    pub NotReachableReason ::= ENUMERATED {
        MsPurged = 0,
        ImsiDetached = 1,
        RestrictedArea = 2,
        NotRegistered = 3,
    }

    /// What a subscriber does in the packet switched domain.
    pub PsSubscriberState<'a> ::= CHOICE {
        NotProvidedFromSgsNorMme: [0] Null,
        PsDetached: [1] Null,
        PsAttachedNotReachableForPaging: [2] Null,
        PsAttachedReachableForPaging: [3] Null,
        PsPdpActiveNotReachableForPaging: [4] PdpContextInfoList<'a>,
        PsPdpActiveReachableForPaging: [5] PdpContextInfoList<'a>,
        NetDetNotReachable: NotReachableReason,
    }

    /// Whether voice over IMS is supported where the subscriber is.
    pub ImsVoiceOverPsSessionsInd ::= ENUMERATED {
        ImsVoiceOverPsSessionsNotSupported = 0,
        ImsVoiceOverPsSessionsSupported = 1,
        Unknown = 2,
    }

    /// By how much the local time is shifted.
    pub DaylightSavingTime ::= ENUMERATED {
        NoAdjustment = 0,
        PlusOneHourAdjustment = 1,
        PlusTwoHoursAdjustment = 2,
    }

    /// Seconds since 1900, as in NTP.
    pub Time ::= OCTET STRING (SIZE (4));

    /// What the MS can do.
    pub MsClassmark2 ::= OCTET STRING (SIZE (3));

    /// What the MS can do in GPRS.
    pub GprsMsClass<'a> ::= SEQUENCE {
        ms_network_capability: [0] MsNetworkCapability<'a>,
        ms_radio_access_capability: [1] MsRadioAccessCapability<'a> OPTIONAL,
    }

    /// What the MS can do in the network.
    pub MsNetworkCapability<'a> ::= OCTET STRING (SIZE (1..8));

    /// What the MS can do on the radio.
    pub MsRadioAccessCapability<'a> ::= OCTET STRING (SIZE (1..50));

    /// What is known of a number that may have been ported.
    pub MnpInfoRes<'a> ::= SEQUENCE {
        routeing_number: [0] RouteingNumber<'a> OPTIONAL,
        imsi: [1] Imsi<'a> OPTIONAL,
        msisdn: [2] IsdnAddressString<'a> OPTIONAL,
        number_portability_status: [3] NumberPortabilityStatus OPTIONAL,
        extension_container: [4] ExtensionContainer<'a> OPTIONAL,
        ...,
    }

    /// The number by which a ported subscriber is reached.
    pub RouteingNumber<'a> ::= OCTET STRING (SIZE (1..5));

    /// Whether a number was ported.
    pub NumberPortabilityStatus ::= ENUMERATED {
        NotKnownToBePorted = 0,
        OwnNumberPortedOut = 1,
        ForeignNumberPortedToForeignNetwork = 2,
        ...,
        OwnNumberNotPortedOut = 4,
        ForeignNumberPortedIn = 5,
    }
}
