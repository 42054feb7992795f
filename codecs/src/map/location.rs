//! Where a subscriber is (MAP-MS-DataTypes).

use pengate_asn1::{Null, table};

use super::{
    AgeOfLocationInformation, CellGlobalIdOrServiceAreaIdOrLai, DiameterIdentity, EUtranCgi,
    ExtensionContainer, Fqdn, GeodeticInformation, GeographicalInformation, IsdnAddressString,
    LocationNumber, LsaIdentity, NrCgi, NrTaId, PlmnId, RaIdentity, TaId,
};

table! {
    /// Where a subscriber is, as the VLR knows it.
    pub LocationInformation<'a> ::= SEQUENCE {
        age_of_location_information: AgeOfLocationInformation OPTIONAL,
        geographical_information: [0] GeographicalInformation OPTIONAL,
        vlr_number: [1] IsdnAddressString<'a> OPTIONAL,
        location_number: [2] LocationNumber<'a> OPTIONAL,
        cell_global_id_or_service_area_id_or_lai: [3] CellGlobalIdOrServiceAreaIdOrLai<'a> OPTIONAL,
        extension_container: [4] ExtensionContainer<'a> OPTIONAL,
        ...,
        selected_lsa_id: [5] LsaIdentity OPTIONAL,
        msc_number: [6] IsdnAddressString<'a> OPTIONAL,
        geodetic_information: [7] GeodeticInformation OPTIONAL,
        current_location_retrieved: [8] Null OPTIONAL,
        sai_present: [9] Null OPTIONAL,
        location_information_eps: [10] LocationInformationEps<'a> OPTIONAL,
        user_csg_information: [11] UserCsgInformation<'a> OPTIONAL,
    }

    /// Where a subscriber is, as the SGSN knows it. CAP has another type of this name.
    pub LocationInformationGprs<'a> ::= SEQUENCE {
        cell_global_id_or_service_area_id_or_lai: [0] CellGlobalIdOrServiceAreaIdOrLai<'a> OPTIONAL,
        routeing_area_identity: [1] RaIdentity OPTIONAL,
        geographical_information: [2] GeographicalInformation OPTIONAL,
        sgsn_number: [3] IsdnAddressString<'a> OPTIONAL,
        selected_lsa_identity: [4] LsaIdentity OPTIONAL,
        extension_container: [5] ExtensionContainer<'a> OPTIONAL,
        ...,
        sai_present: [6] Null OPTIONAL,
        geodetic_information: [7] GeodeticInformation OPTIONAL,
        current_location_retrieved: [8] Null OPTIONAL,
        age_of_location_information: [9] AgeOfLocationInformation OPTIONAL,
        user_csg_information: [10] UserCsgInformation<'a> OPTIONAL,
    }

    /// Where a subscriber is in the evolved packet system.
    pub LocationInformationEps<'a> ::= SEQUENCE {
        e_utran_cell_global_identity: [0] EUtranCgi OPTIONAL,
        tracking_area_identity: [1] TaId OPTIONAL,
        extension_container: [2] ExtensionContainer<'a> OPTIONAL,
        geographical_information: [3] GeographicalInformation OPTIONAL,
        geodetic_information: [4] GeodeticInformation OPTIONAL,
        current_location_retrieved: [5] Null OPTIONAL,
        age_of_location_information: [6] AgeOfLocationInformation OPTIONAL,
        ...,
        mme_name: [7] DiameterIdentity<'a> OPTIONAL,
    }

    /// Where a subscriber is in a 5G system.
    pub LocationInformation5Gs<'a> ::= SEQUENCE {
        nr_cell_global_identity: [0] NrCgi OPTIONAL,
        e_utran_cell_global_identity: [1] EUtranCgi OPTIONAL,
        geographical_information: [2] GeographicalInformation OPTIONAL,
        geodetic_information: [3] GeodeticInformation OPTIONAL,
        amf_address: [4] Fqdn<'a> OPTIONAL,
        tracking_area_identity: [5] TaId OPTIONAL,
        current_location_retrieved: [6] Null OPTIONAL,
        age_of_location_information: [7] AgeOfLocationInformation OPTIONAL,
        vplmn_id: [8] PlmnId OPTIONAL,
        localtime_zone: [9] TimeZone<'a> OPTIONAL,
        rat_type: [10] UsedRatType OPTIONAL,
        extension_container: [11] ExtensionContainer<'a> OPTIONAL,
        ...,
        nr_tracking_area_identity: [12] NrTaId OPTIONAL,
    }

    /// The closed subscriber group of the cell.
    pub UserCsgInformation<'a> ::= SEQUENCE {
        csg_id: [0] CsgId,
        extension_container: [1] ExtensionContainer<'a> OPTIONAL,
        ...,
        access_mode: [2] CsgAccessMode OPTIONAL,
        cmi: [3] CsgMembershipIndication OPTIONAL,
    }

    /// A closed subscriber group.
    pub CsgId ::= BIT STRING (SIZE (27..27));

    /// Whether the cell is closed or hybrid.
    pub CsgAccessMode ::= OCTET STRING (SIZE (1));

    /// Whether the subscriber is a member.
    pub CsgMembershipIndication ::= OCTET STRING (SIZE (1));

    /// The radio access in use.
    pub UsedRatType ::= ENUMERATED {
        Utran = 0,
        Geran = 1,
        Gan = 2,
        IHspaEvolution = 3,
        EUtran = 4,
        ...,
        NbIot = 5,
    }

    /// The local time zone (TS 24.008 clause 10.5.3.8).
    pub TimeZone<'a> ::= OCTET STRING (SIZE (2..3));
}
