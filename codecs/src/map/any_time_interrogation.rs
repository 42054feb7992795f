//! anyTimeInterrogation, operation 71 (TS 29.002 clause 8.11.1).

use pengate_asn1::{Null, table};

use super::{ExtensionContainer, IsdnAddressString, SubscriberIdentity, SubscriberInfo};

table! {
    /// What is known of a subscriber now? (TS 29.002 clause 8.11.1)
    pub AnyTimeInterrogationArg<'a> ::= SEQUENCE {
        subscriber_identity: [0] SubscriberIdentity<'a>,
        requested_info: [1] RequestedInfo<'a>,
        gsm_scf_address: [3] IsdnAddressString<'a>,
        extension_container: [2] ExtensionContainer<'a> OPTIONAL,
        ...,
    }

    /// What is asked about a subscriber.
    pub RequestedInfo<'a> ::= SEQUENCE {
        location_information: [0] Null OPTIONAL,
        subscriber_state: [1] Null OPTIONAL,
        extension_container: [2] ExtensionContainer<'a> OPTIONAL,
        ...,
        current_location: [3] Null OPTIONAL,
        requested_domain: [4] DomainType OPTIONAL,
        imei: [6] Null OPTIONAL,
        ms_classmark: [5] Null OPTIONAL,
        mnp_requested_info: [7] Null OPTIONAL,
        location_information_eps_supported: [11] Null OPTIONAL,
        t_ads_data: [8] Null OPTIONAL,
        requested_nodes: [9] RequestedNodes OPTIONAL,
        serving_node_indication: [10] Null OPTIONAL,
        local_time_zone_request: [12] Null OPTIONAL,
    }

    /// Circuit or packet switched.
    pub DomainType ::= ENUMERATED {
        CsDomain = 0,
        PsDomain = 1,
        ...,
    }

    /// Which nodes are asked.
    pub RequestedNodes ::= BIT STRING {
        MME = 0,
        SGSN = 1,
    } (SIZE (1..8));

    /// The answer to [`AnyTimeInterrogationArg`].
    pub AnyTimeInterrogationRes<'a> ::= SEQUENCE {
        subscriber_info: SubscriberInfo<'a>,
        extension_container: ExtensionContainer<'a> OPTIONAL,
        ...,
    }
}
