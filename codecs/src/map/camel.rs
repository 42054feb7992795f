//! What CAMEL asks of MAP (MAP-MS-DataTypes).

use pengate_asn1::table;

table! {
    /// Which service of the gsmSCF is asked for. Not unique across networks.
    pub ServiceKey ::= INTEGER (0..2147483647);

    /// The phases of CAMEL that a node supports.
    pub SupportedCamelPhases ::= BIT STRING {
        PHASE1 = 0,
        PHASE2 = 1,
        PHASE3 = 2,
        PHASE4 = 3,
    } (SIZE (1..16));

    /// What a node offers of CAMEL phase 4.
    pub OfferedCamel4Functionalities ::= BIT STRING {
        INITIATE_CALL_ATTEMPT = 0,
        SPLIT_LEG = 1,
        MOVE_LEG = 2,
        DISCONNECT_LEG = 3,
        ENTITY_RELEASED = 4,
        DFC_WITH_ARGUMENT = 5,
        PLAY_TONE = 6,
        DTMF_MID_CALL = 7,
        CHARGING_INDICATOR = 8,
        ALERTING_DP = 9,
        LOCATION_AT_ALERTING = 10,
        CHANGE_OF_POSITION_DP = 11,
        OR_INTERACTIONS = 12,
        WARNING_TONE_ENHANCEMENTS = 13,
        CF_ENHANCEMENTS = 14,
        SUBSCRIBED_ENHANCED_DIALLED_SERVICES = 15,
        SERVING_NETWORK_ENHANCED_DIALLED_SERVICES = 16,
        CRITERIA_FOR_CHANGE_OF_POSITION_DP = 17,
        SERVICE_CHANGE_DP = 18,
        COLLECT_INFORMATION = 19,
    } (SIZE (15..64));

    /// Which subscription information of CAMEL phase 4 is offered.
    pub OfferedCamel4Csis ::= BIT STRING {
        O_CSI = 0,
        D_CSI = 1,
        VT_CSI = 2,
        T_CSI = 3,
        MT_SMS_CSI = 4,
        MG_CSI = 5,
        PSI_ENHANCEMENTS = 6,
    } (SIZE (7..16));
}
