//! What the nodes of a subscriber can do (MAP-MS-DataTypes).

use pengate_asn1::{Null, table};

use super::{ExtensionContainer, Imei, OfferedCamel4Csis, SupportedCamelPhases};

table! {
    /// What a VLR can do.
    pub VlrCapability<'a> ::= SEQUENCE {
        supported_camel_phases: [0] SupportedCamelPhases OPTIONAL,
        extension_container: ExtensionContainer<'a> OPTIONAL,
        ...,
        solsa_support_indicator: [2] Null OPTIONAL,
        ist_support_indicator: [1] IstSupportIndicator OPTIONAL,
        super_charger_supported_in_serving_network_entity: [3] SuperChargerInfo<'a> OPTIONAL,
        long_ftn_supported: [4] Null OPTIONAL,
        supported_lcs_capability_sets: [5] SupportedLcsCapabilitySets OPTIONAL,
        offered_camel4_csis: [6] OfferedCamel4Csis OPTIONAL,
        supported_rat_types_indicator: [7] SupportedRatTypes OPTIONAL,
        long_group_id_supported: [8] Null OPTIONAL,
        mt_roaming_forwarding_supported: [9] Null OPTIONAL,
        msisdn_less_operation_supported: [10] Null OPTIONAL,
        reset_ids_supported: [11] Null OPTIONAL,
    }

    /// What an SGSN can do.
    pub SgsnCapability<'a> ::= SEQUENCE {
        solsa_support_indicator: Null OPTIONAL,
        extension_container: [1] ExtensionContainer<'a> OPTIONAL,
        ...,
        super_charger_supported_in_serving_network_entity: [2] SuperChargerInfo<'a> OPTIONAL,
        gprs_enhancements_support_indicator: [3] Null OPTIONAL,
        supported_camel_phases: [4] SupportedCamelPhases OPTIONAL,
        supported_lcs_capability_sets: [5] SupportedLcsCapabilitySets OPTIONAL,
        offered_camel4_csis: [6] OfferedCamel4Csis OPTIONAL,
        sms_call_barring_support_indicator: [7] Null OPTIONAL,
        supported_rat_types_indicator: [8] SupportedRatTypes OPTIONAL,
        supported_features: [9] SupportedFeatures OPTIONAL,
        t_ads_data_retrieval: [10] Null OPTIONAL,
        homogeneous_support_of_ims_voice_over_ps_sessions: [11] bool OPTIONAL,
        cancellation_type_initial_attach: [12] Null OPTIONAL,
        msisdn_less_operation_supported: [14] Null OPTIONAL,
        update_of_homogeneous_support_of_ims_voice_over_ps_sessions: [15] Null OPTIONAL,
        reset_ids_supported: [16] Null OPTIONAL,
        ext_supported_features: [17] ExtSupportedFeatures OPTIONAL,
    }

    /// The equipment in use.
    pub AddInfo<'a> ::= SEQUENCE {
        imeisv: [0] Imei,
        skip_subscriber_data_update: [1] Null OPTIONAL,
        ...,
    }

    /// Which commands of immediate service termination are supported.
    pub IstSupportIndicator ::= ENUMERATED {
        BasicIstSupported = 0,
        IstCommandSupported = 1,
        ...,
    }

    /// Whether the subscription is stored already.
    pub SuperChargerInfo<'a> ::= CHOICE {
        SendSubscriberData: [0] Null,
        SubscriberDataStored: [1] AgeIndicator<'a>,
    }

    /// How old the stored subscription is.
    pub AgeIndicator<'a> ::= OCTET STRING (SIZE (1..6));

    /// Which sets of location services are supported.
    pub SupportedLcsCapabilitySets ::= BIT STRING {
        LCS_CAPABILITY_SET1 = 0,
        LCS_CAPABILITY_SET2 = 1,
        LCS_CAPABILITY_SET3 = 2,
        LCS_CAPABILITY_SET4 = 3,
        LCS_CAPABILITY_SET5 = 4,
    } (SIZE (2..16));

    /// Which radio accesses are supported.
    pub SupportedRatTypes ::= BIT STRING {
        UTRAN = 0,
        GERAN = 1,
        GAN = 2,
        I_HSPA_EVOLUTION = 3,
        E_UTRAN = 4,
        NB_IOT = 5,
    } (SIZE (2..8));

    /// Which features an SGSN supports.
    pub SupportedFeatures ::= BIT STRING {
        ODB_ALL_APN = 0,
        ODB_HPLMN_APN = 1,
        ODB_VPLMN_APN = 2,
        ODB_ALL_OG = 3,
        ODB_ALL_INTERNATIONAL_OG = 4,
        ODB_ALL_INT_OG_NOT_TO_HPLMN_COUNTRY = 5,
        ODB_ALL_INTERZONAL_OG = 6,
        ODB_ALL_INTERZONAL_OG_NOT_TO_HPLMN_COUNTRY = 7,
        ODB_ALL_INTERZONAL_OG_AND_INTERNAT_OG_NOT_TO_HPLMN_COUNTRY = 8,
        REG_SUB = 9,
        TRACE = 10,
        LCS_ALL_PRIV_EXCEP = 11,
        LCS_UNIVERSAL = 12,
        LCS_CALL_SESSION_RELATED = 13,
        LCS_CALL_SESSION_UNRELATED = 14,
        LCS_PLMN_OPERATOR = 15,
        LCS_SERVICE_TYPE = 16,
        LCS_ALL_MOLR_SS = 17,
        LCS_BASIC_SELF_LOCATION = 18,
        LCS_AUTONOMOUS_SELF_LOCATION = 19,
        LCS_TRANSFER_TO_THIRD_PARTY = 20,
        SM_MO_PP = 21,
        BARRING_OUTGOING_CALLS = 22,
        BAOC = 23,
        BOIC = 24,
        BOIC_EX_HC = 25,
        LOCAL_TIME_ZONE_RETRIEVAL = 26,
        ADDITIONAL_MSISDN = 27,
        SMS_IN_MME = 28,
        SMS_IN_SGSN = 29,
        UE_REACHABILITY_NOTIFICATION = 30,
        STATE_LOCATION_INFORMATION_RETRIEVAL = 31,
        PARTIAL_PURGE = 32,
        GDD_IN_SGSN = 33,
        SGSN_CAMEL_CAPABILITY = 34,
        PCSCF_RESTORATION = 35,
        DEDICATED_CORE_NETWORKS = 36,
        NON_IP_PDN_TYPE_AP_NS = 37,
        NON_IP_PDP_TYPE_AP_NS = 38,
        NR_AS_SECONDARY_RAT = 39,
    } (SIZE (26..40));

    /// Which further features an SGSN supports.
    pub ExtSupportedFeatures ::= BIT STRING {
        UNLICENSED_SPECTRUM_AS_SECONDARY_RAT = 0,
    } (SIZE (1..40));

    /// Whether the UE can hand a call over to the circuit switched domain.
    pub UeSrvccCapability ::= ENUMERATED {
        UeSrvccNotSupported = 0,
        UeSrvccSupported = 1,
        ...,
    }

    /// Whether the SGSN wants to be registered for short messages.
    pub SmsRegisterRequest ::= ENUMERATED {
        SmsRegistrationRequired = 0,
        SmsRegistrationNotPreferred = 1,
        NoPreference = 2,
        ...,
    }
}
