//! The reference number of a GPRS dialogue (TS 29.078 clause 14.1.7).

use pengate_asn1::table;

table! {
    /// Which GPRS dialogue a TCAP dialogue belongs to (TS 29.078 clause 14.1.7).
    pub CapGprsReferenceNumber ::= SEQUENCE {
        destination_reference: [0] Integer4 OPTIONAL,
        origination_reference: [1] Integer4 OPTIONAL,
    }

    /// A number of 31 bits.
    pub Integer4 ::= INTEGER (0..2147483647);
}
