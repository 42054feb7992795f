//! continueGPRS, operation 75 (TS 29.078 clause 12.6).

use pengate_asn1::table;

use super::PdpId;

table! {
    /// Go on (TS 29.078 clause 12.6).
    pub ContinueGprsArg<'a> ::= SEQUENCE {
        pdp_id: [0] PdpId OPTIONAL,
        ...,
    }
}
