//! Who and by which number (MAP-CommonDataTypes).

use pengate_asn1::table;

table! {
    /// MCC, MNC and MSIN, two digits an octet.
    pub Imsi<'a> ::= OCTET STRING (SIZE (3..8));

    /// A number with its nature and plan: MSISDN, or address of a node.
    pub IsdnAddressString<'a> ::= OCTET STRING (SIZE (1..9));

    /// Who is asked about.
    pub SubscriberIdentity<'a> ::= CHOICE {
        Imsi: [0] Imsi<'a>,
        Msisdn: [1] IsdnAddressString<'a>,
    }

    /// A number by which the VLR finds its record.
    pub Lmsi ::= OCTET STRING (SIZE (4));

    /// The equipment, and its software version.
    pub Imei ::= OCTET STRING (SIZE (8));

    /// The IP address of a node, behind an octet of type and length (TS 23.003 clause 5.1).
    pub GsnAddress<'a> ::= OCTET STRING (SIZE (5..17));

    /// The name of a Diameter node, or its realm.
    pub DiameterIdentity<'a> ::= OCTET STRING (SIZE (9..255));

    /// A domain name.
    pub Fqdn<'a> ::= OCTET STRING (SIZE (9..255));

    /// A network.
    pub PlmnId ::= OCTET STRING (SIZE (3));

    /// The Diameter name and realm of a node.
    pub NetworkNodeDiameterAddress<'a> ::= SEQUENCE {
        diameter_name: [0] DiameterIdentity<'a>,
        diameter_realm: [1] DiameterIdentity<'a>,
    }

    /// Private extensions.
    pub ExtensionContainer<'a> ::= SEQUENCE OPAQUE;
}
