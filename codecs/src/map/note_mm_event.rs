//! noteMM-Event, operation 89 (TS 29.002 clauses 8.1.8 and 17.6.1).

use pengate_asn1::table;

use super::{
    ExtensionContainer, Imsi, IsdnAddressString, LocationInformation, LocationInformationGprs,
    OfferedCamel4Functionalities, ServiceKey, SupportedCamelPhases,
};

table! {
    /// A mobility event was met (TS 29.002 clause 8.1.8).
    pub NoteMmEventArg<'a> ::= SEQUENCE {
        service_key: ServiceKey,
        event_met: [0] MmCode,
        imsi: [1] Imsi<'a>,
        msisdn: [2] IsdnAddressString<'a>,
        location_information: [3] LocationInformation<'a> OPTIONAL,
        supported_camel_phases: [5] SupportedCamelPhases OPTIONAL,
        extension_container: [6] ExtensionContainer<'a> OPTIONAL,
        ...,
        location_information_gprs: [7] LocationInformationGprs<'a> OPTIONAL,
        offered_camel4_functionalities: [8] OfferedCamel4Functionalities OPTIONAL,
    }

    /// The event was taken note of. Nothing has to be said.
    pub NoteMmEventRes<'a> ::= SEQUENCE {
        extension_container: ExtensionContainer<'a> OPTIONAL,
        ...,
    }

    /// Which mobility event was met; its values are in [`MmEvent`](super::MmEvent).
    pub MmCode ::= OCTET STRING (SIZE (1));
}
