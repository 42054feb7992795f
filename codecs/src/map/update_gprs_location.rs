//! updateGprsLocation, operation 23 (TS 29.002 clause 8.1.7).

use pengate_asn1::{Null, table};

use super::{
    AddInfo, DiameterIdentity, EplmnList, ExtensionContainer, GsnAddress, Imsi, IsdnAddressString,
    PlmnId, SgsnCapability, SmsRegisterRequest, UeSrvccCapability, UsedRatType,
};

table! {
    /// An SGSN serves a subscriber now (TS 29.002 clause 8.1.7).
    pub UpdateGprsLocationArg<'a> ::= SEQUENCE {
        imsi: Imsi<'a>,
        sgsn_number: IsdnAddressString<'a>,
        sgsn_address: GsnAddress<'a>,
        extension_container: ExtensionContainer<'a> OPTIONAL,
        ...,
        sgsn_capability: [0] SgsnCapability<'a> OPTIONAL,
        inform_previous_network_entity: [1] Null OPTIONAL,
        ps_lcs_not_supported_by_ue: [2] Null OPTIONAL,
        v_gmlc_address: [3] GsnAddress<'a> OPTIONAL,
        add_info: [4] AddInfo<'a> OPTIONAL,
        eps_info: [5] EpsInfo<'a> OPTIONAL,
        serving_node_type_indicator: [6] Null OPTIONAL,
        skip_subscriber_data_update: [7] Null OPTIONAL,
        used_rat_type: [8] UsedRatType OPTIONAL,
        gprs_subscription_data_not_needed: [9] Null OPTIONAL,
        node_type_indicator: [10] Null OPTIONAL,
        area_restricted: [11] Null OPTIONAL,
        ue_reachable_indicator: [12] Null OPTIONAL,
        eps_subscription_data_not_needed: [13] Null OPTIONAL,
        ue_srvcc_capability: [14] UeSrvccCapability OPTIONAL,
        eplmn_list: [15] EplmnList<'a> OPTIONAL,
        mme_number_for_mt_sms: [16] IsdnAddressString<'a> OPTIONAL,
        sms_register_request: [17] SmsRegisterRequest OPTIONAL,
        sms_only: [18] Null OPTIONAL,
        removal_of_mme_registration_for_sms: [22] Null OPTIONAL,
        sgsn_name: [19] DiameterIdentity<'a> OPTIONAL,
        sgsn_realm: [20] DiameterIdentity<'a> OPTIONAL,
        lgd_support_indicator: [21] Null OPTIONAL,
        adjacent_plmn_list: [23] AdjacentPlmnList<'a> OPTIONAL,
    }

    /// The HLR knows it.
    pub UpdateGprsLocationRes<'a> ::= SEQUENCE {
        hlr_number: IsdnAddressString<'a>,
        extension_container: ExtensionContainer<'a> OPTIONAL,
        ...,
        add_capability: Null OPTIONAL,
        sgsn_mme_separation_supported: [0] Null OPTIONAL,
        mme_registered_for_sms: [1] Null OPTIONAL,
    }

    /// What the evolved packet system adds.
    pub EpsInfo<'a> ::= CHOICE {
        PdnGwUpdate: [0] PdnGwUpdate<'a>,
        IsrInformation: [1] IsrInformation,
    }

    /// What idle mode signalling reduction asks of the HLR.
    pub IsrInformation ::= BIT STRING {
        UPDATE_LOCATION = 0,
        CANCEL_SGSN = 1,
        INITIAL_ATTACH_INDICATOR = 2,
    } (SIZE (3..8));

    /// A change of the packet gateway.
    pub PdnGwUpdate<'a> ::= SEQUENCE OPAQUE;

    /// Networks beside this one.
    pub AdjacentPlmnList<'a> ::= SEQUENCE SIZE (1..50) OF PlmnId;
}
