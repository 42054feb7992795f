//! updateLocation, operation 2 (TS 29.002 clause 8.1.2).

use pengate_asn1::{Null, table};

use super::{
    AddInfo, ExtensionContainer, GsnAddress, Imsi, IsdnAddressString, LaiFixedLength, Lmsi,
    NetworkNodeDiameterAddress, PlmnId, VlrCapability,
};

table! {
    /// A VLR serves a subscriber now (TS 29.002 clause 8.1.2).
    pub UpdateLocationArg<'a> ::= SEQUENCE {
        imsi: Imsi<'a>,
        msc_number: [1] IsdnAddressString<'a>,
        vlr_number: IsdnAddressString<'a>,
        lmsi: [10] Lmsi OPTIONAL,
        extension_container: ExtensionContainer<'a> OPTIONAL,
        ...,
        vlr_capability: [6] VlrCapability<'a> OPTIONAL,
        inform_previous_network_entity: [11] Null OPTIONAL,
        cs_lcs_not_supported_by_ue: [12] Null OPTIONAL,
        v_gmlc_address: [2] GsnAddress<'a> OPTIONAL,
        add_info: [13] AddInfo<'a> OPTIONAL,
        paging_area: [14] PagingArea<'a> OPTIONAL,
        skip_subscriber_data_update: [15] Null OPTIONAL,
        restoration_indicator: [16] Null OPTIONAL,
        eplmn_list: [3] EplmnList<'a> OPTIONAL,
        mme_diameter_address: [4] NetworkNodeDiameterAddress<'a> OPTIONAL,
    }

    /// The HLR knows it.
    pub UpdateLocationRes<'a> ::= SEQUENCE {
        hlr_number: IsdnAddressString<'a>,
        extension_container: ExtensionContainer<'a> OPTIONAL,
        ...,
        add_capability: Null OPTIONAL,
        paging_area_capability: [0] Null OPTIONAL,
    }

    /// Where a subscriber is paged.
    pub PagingArea<'a> ::= SEQUENCE SIZE (1..5) OF LocationArea<'a>;

    /// A location area, of any or of this network.
    pub LocationArea<'a> ::= CHOICE {
        LaiFixedLength: [0] LaiFixedLength,
        Lac: [1] Lac,
    }

    /// A location area code.
    pub Lac ::= OCTET STRING (SIZE (2));

    /// Networks that are treated as this one.
    pub EplmnList<'a> ::= SEQUENCE SIZE (1..50) OF PlmnId;
}
