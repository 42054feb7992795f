//! Numbers and times of a call (CAP-datatypes).

use pengate_asn1::table;

table! {
    /// The called number (Q.763 clause 3.9).
    pub CalledPartyNumber<'a> ::= OCTET STRING (SIZE (2..18));

    /// The calling number (Q.763 clause 3.10).
    pub CallingPartyNumber<'a> ::= OCTET STRING (SIZE (2..10));

    /// The number called first (Q.763 clause 3.39).
    pub OriginalCalledPartyId<'a> ::= OCTET STRING (SIZE (2..10));

    /// A further calling number (Q.763 clause 3.26).
    pub AdditionalCallingPartyNumber<'a> ::= OCTET STRING (SIZE (2..16));

    /// Who redirected (Q.763 clause 3.44).
    pub RedirectingPartyId<'a> ::= OCTET STRING (SIZE (2..10));

    /// The called number as it was dialled (TS 24.008 clause 10.5.4.7).
    pub CalledPartyBcdNumber<'a> ::= OCTET STRING (SIZE (1..41));

    /// Digits (Q.763 generic number or digits).
    pub Digits<'a> ::= OCTET STRING (SIZE (2..16));

    /// A local time with its zone; [`Self::clock`] reads it.
    pub TimeAndTimezone ::= OCTET STRING (SIZE (8));
}
