//! entityReleasedGPRS, operation 76 (TS 29.078 clause 12.8).

use pengate_asn1::table;

use super::PdpId;

table! {
    /// A GPRS session or PDP context ended by an error (TS 29.078 clause 12.8).
    pub EntityReleasedGprsArg<'a> ::= SEQUENCE {
        gprs_cause: [0] GprsCause,
        pdp_id: [1] PdpId OPTIONAL,
        ...,
    }

    /// Why a PDP context ended.
    pub GprsCause ::= OCTET STRING (SIZE (1));
}
