//! What describes a GPRS session or PDP context (CAP-datatypes).

use pengate_asn1::{Null, table};

use crate::map::{
    CellGlobalIdOrServiceAreaIdFixedLength, ExtensionContainer, GeographicalInformation,
    IsdnAddressString, LaiFixedLength, LsaIdentity, RaIdentity, UserCsgInformation,
};

table! {
    /// A detection point of GPRS.
    pub GprsEventType ::= ENUMERATED {
        Attach = 1,
        AttachChangeOfPosition = 2,
        Detached = 3,
        PdpContextEstablishment = 11,
        PdpContextEstablishmentAcknowledgement = 12,
        Disonnect = 13,
        PdpContextChangeOfPosition = 14,
    }

    /// Where a subscriber is, as the SGSN knows it. CAP has another type of this name.
    pub LocationInformationGprs<'a> ::= SEQUENCE {
        cell_global_id_or_service_area_id_or_lai: [0] CellGlobalIdOrServiceAreaIdOrLaiOctets<'a> OPTIONAL,
        routeing_area_identity: [1] RaIdentity OPTIONAL,
        geographical_information: [2] GeographicalInformation OPTIONAL,
        sgsn_number: [3] IsdnAddressString<'a> OPTIONAL,
        selected_lsa_identity: [4] LsaIdentity OPTIONAL,
        extension_container: [5] ExtensionContainer<'a> OPTIONAL,
        ...,
        sai_present: [6] Null OPTIONAL,
        user_csg_information: [7] UserCsgInformation<'a> OPTIONAL,
    }

    /// A cell or service area in seven octets, or a location area in five.
    pub CellGlobalIdOrServiceAreaIdOrLaiOctets<'a> ::= OCTET STRING (SIZE (5..7));

    /// Type and address of a PDP context.
    pub EndUserAddress<'a> ::= SEQUENCE {
        pdp_type_organization: [0] PdpTypeOrganization,
        pdp_type_number: [1] PdpTypeNumber,
        pdp_address: [2] PdpAddress<'a> OPTIONAL,
    }

    /// Who defines the type of packet data: F0 ETSI, F1 IETF.
    pub PdpTypeOrganization ::= OCTET STRING (SIZE (1));

    /// The type of packet data: 21 IPv4, 57 IPv6.
    pub PdpTypeNumber ::= OCTET STRING (SIZE (1));

    /// The address of a PDP context.
    pub PdpAddress<'a> ::= OCTET STRING (SIZE (1..63));

    /// Requested, subscribed and negotiated quality of service.
    pub QualityOfService<'a> ::= SEQUENCE OPAQUE;

    /// An access point name, each label behind its length.
    pub AccessPointName<'a> ::= OCTET STRING (SIZE (1..100));

    /// What the SGSN can do.
    pub SgsnCapabilities ::= OCTET STRING (SIZE (1));

    /// Who asked for a PDP context.
    pub PdpInitiationType ::= ENUMERATED {
        MSInitiated = 0,
        NetworkInitiated = 1,
    }

    /// A PDP context, within its GPRS dialogue.
    pub PdpId ::= OCTET STRING (SIZE (1));
}

/// What the octets of a location are: the type of CAP has no tag that tells.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum CellOrArea {
    /// A cell or a service area.
    Cell(CellGlobalIdOrServiceAreaIdFixedLength),
    /// A location area.
    Area(LaiFixedLength),
}

impl CellGlobalIdOrServiceAreaIdOrLaiOctets<'_> {
    /// Which of the two it is; nothing for six octets.
    #[must_use]
    pub fn cell_or_area(self) -> Option<CellOrArea> {
        match *self.as_octets() {
            [a, b, c, d, e, f, g] => Some(CellOrArea::Cell(
                CellGlobalIdOrServiceAreaIdFixedLength::new([a, b, c, d, e, f, g]),
            )),
            [a, b, c, d, e] => Some(CellOrArea::Area(LaiFixedLength::new([a, b, c, d, e]))),
            _ => None,
        }
    }
}
