//! What describes a call (CAP-datatypes).

use pengate_asn1::table;

table! {
    /// What is transported.
    pub BearerCapability<'a> ::= CHOICE {
        BearerCap: [0] BearerCap<'a>,
    }

    /// User service information without its length (Q.763 clause 3.57).
    pub BearerCap<'a> ::= OCTET STRING (SIZE (2..11));

    /// Why a call ended (Q.850).
    pub Cause<'a> ::= OCTET STRING (SIZE (2..32));

    /// The category of the caller (Q.763 clause 3.11).
    pub CallingPartysCategory ::= OCTET STRING (SIZE (1));

    /// Whether call gapping was met.
    pub CgEncountered ::= ENUMERATED {
        NoCGencountered = 0,
        ManualCGencountered = 1,
        ScpOverload = 2,
    }

    /// What the switch can announce.
    pub IpSspCapabilities<'a> ::= OCTET STRING (SIZE (1..4));

    /// The teleservice (Q.931).
    pub HighLayerCompatibility ::= OCTET STRING (SIZE (2));

    /// How data is transported (TS 24.008 clause 10.5.4.18).
    pub LowLayerCompatibility<'a> ::= OCTET STRING (SIZE (1..16));

    /// How a call was redirected (Q.763 clause 3.45).
    pub RedirectionInformation ::= OCTET STRING (SIZE (2));

    /// How services get along.
    pub ServiceInteractionIndicatorsTwo<'a> ::= SEQUENCE OPAQUE;

    /// The chosen carrier.
    pub Carrier ::= OCTET STRING (SIZE (4));

    /// Whether the call is charged.
    pub ChargeIndicator ::= OCTET STRING (SIZE (1));

    /// Extensions of CAP.
    pub Extensions<'a> ::= SEQUENCE OPAQUE;

    /// A leg of a call.
    pub LegId<'a> ::= CHOICE {
        SendingSideId: [0] LegType,
        ReceivingSideId: [1] LegType,
    }

    /// A leg, as the switch tells it.
    pub ReceivingSideId<'a> ::= CHOICE {
        ReceivingSideId: [1] LegType,
    }

    /// A leg: 01 of the caller, 02 of the called party.
    pub LegType ::= OCTET STRING (SIZE (1));

    /// A closed user group, by its index.
    pub CugIndex ::= INTEGER (0..32767);

    /// A closed user group, by its code.
    pub CugInterlock ::= OCTET STRING (SIZE (4));

    /// A basic service.
    pub ExtBasicServiceCode<'a> ::= CHOICE {
        ExtBearerService: [2] ExtBearerServiceCode<'a>,
        ExtTeleservice: [3] ExtTeleserviceCode<'a>,
    }

    /// A bearer service.
    pub ExtBearerServiceCode<'a> ::= OCTET STRING (SIZE (1..5));

    /// A teleservice.
    pub ExtTeleserviceCode<'a> ::= OCTET STRING (SIZE (1..5));

    /// A call, within the MSC that gave the number.
    pub CallReferenceNumber<'a> ::= OCTET STRING (SIZE (1..8));

    /// What users tell each other.
    pub UuData<'a> ::= SEQUENCE OPAQUE;
}
