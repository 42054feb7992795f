//! Areas, cells and points (MAP-CommonDataTypes, MAP-MS-DataTypes).

use pengate_asn1::table;

table! {
    /// A cell or a service area; which of them is said elsewhere.
    pub CellGlobalIdOrServiceAreaIdFixedLength ::= OCTET STRING (SIZE (7));

    /// A location area.
    pub LaiFixedLength ::= OCTET STRING (SIZE (5));

    /// A cell, a service area, or a location area only.
    pub CellGlobalIdOrServiceAreaIdOrLai<'a> ::= CHOICE {
        CellGlobalIdOrServiceAreaIdFixedLength: [0] CellGlobalIdOrServiceAreaIdFixedLength,
        LaiFixedLength: [1] LaiFixedLength,
    }

    /// A routeing area.
    pub RaIdentity ::= OCTET STRING (SIZE (6));

    /// A cell of E-UTRAN.
    pub EUtranCgi ::= OCTET STRING (SIZE (7));

    /// A tracking area.
    pub TaId ::= OCTET STRING (SIZE (5));

    /// A cell of NR.
    pub NrCgi ::= OCTET STRING (SIZE (8));

    /// A tracking area of a 5G system.
    pub NrTaId ::= OCTET STRING (SIZE (6));

    /// A localised service area.
    pub LsaIdentity ::= OCTET STRING (SIZE (3));

    /// A point with an uncertainty circle (TS 23.032 clause 7.3.2).
    pub GeographicalInformation ::= OCTET STRING (SIZE (8));

    /// A point with an uncertainty circle and its confidence (Q.763 clause 3.88).
    pub GeodeticInformation ::= OCTET STRING (SIZE (10));

    /// Where a subscriber is, as a number of Q.763.
    pub LocationNumber<'a> ::= OCTET STRING (SIZE (2..10));

    /// Minutes since the last contact; 0 is now, 32767 is that or more.
    pub AgeOfLocationInformation ::= INTEGER (0..32767);
}
