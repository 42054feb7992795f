//! PDP contexts (MAP-MS-DataTypes).

use pengate_asn1::{Null, table};

use super::{ExtensionContainer, GsnAddress};

table! {
    /// The PDP contexts of a subscriber.
    pub PdpContextInfoList<'a> ::= SEQUENCE SIZE (1..50) OF PdpContextInfo<'a>;

    /// A PDP context.
    pub PdpContextInfo<'a> ::= SEQUENCE {
        pdp_context_identifier: [0] ContextId,
        pdp_context_active: [1] Null OPTIONAL,
        pdp_type: [2] PdpType,
        pdp_address: [3] PdpAddress<'a> OPTIONAL,
        apn_subscribed: [4] Apn<'a> OPTIONAL,
        apn_in_use: [5] Apn<'a> OPTIONAL,
        nsapi: [6] Nsapi OPTIONAL,
        transaction_id: [7] TransactionId<'a> OPTIONAL,
        teid_for_gn_and_gp: [8] Teid OPTIONAL,
        teid_for_iu: [9] Teid OPTIONAL,
        ggsn_address: [10] GsnAddress<'a> OPTIONAL,
        qos_subscribed: [11] ExtQosSubscribed<'a> OPTIONAL,
        qos_requested: [12] ExtQosSubscribed<'a> OPTIONAL,
        qos_negotiated: [13] ExtQosSubscribed<'a> OPTIONAL,
        charging_id: [14] GprsChargingId OPTIONAL,
        charging_characteristics: [15] ChargingCharacteristics OPTIONAL,
        rnc_address: [16] GsnAddress<'a> OPTIONAL,
        extension_container: [17] ExtensionContainer<'a> OPTIONAL,
        ...,
        qos2_subscribed: [18] Ext2QosSubscribed<'a> OPTIONAL,
        qos2_requested: [19] Ext2QosSubscribed<'a> OPTIONAL,
        qos2_negotiated: [20] Ext2QosSubscribed<'a> OPTIONAL,
        qos3_subscribed: [21] Ext3QosSubscribed<'a> OPTIONAL,
        qos3_requested: [22] Ext3QosSubscribed<'a> OPTIONAL,
        qos3_negotiated: [23] Ext3QosSubscribed<'a> OPTIONAL,
        qos4_subscribed: [25] Ext4QosSubscribed OPTIONAL,
        qos4_requested: [26] Ext4QosSubscribed OPTIONAL,
        qos4_negotiated: [27] Ext4QosSubscribed OPTIONAL,
        ext_pdp_type: [28] ExtPdpType OPTIONAL,
        ext_pdp_address: [29] PdpAddress<'a> OPTIONAL,
    }

    /// The number of a PDP context in the subscription.
    pub ContextId ::= INTEGER (1..50);

    /// Organisation and number of a type of packet data.
    pub PdpType ::= OCTET STRING (SIZE (2));

    /// The address of a PDP context.
    pub PdpAddress<'a> ::= OCTET STRING (SIZE (1..16));

    /// An access point name, each label behind its length.
    pub Apn<'a> ::= OCTET STRING (SIZE (2..63));

    /// The number of a PDP context at the MS.
    pub Nsapi ::= INTEGER (0..15);

    /// The transaction of a PDP context.
    pub TransactionId<'a> ::= OCTET STRING (SIZE (1..2));

    /// A tunnel endpoint.
    pub Teid ::= OCTET STRING (SIZE (4));

    /// A quality of service.
    pub ExtQosSubscribed<'a> ::= OCTET STRING (SIZE (1..9));

    /// A quality of service, its second part.
    pub Ext2QosSubscribed<'a> ::= OCTET STRING (SIZE (1..3));

    /// A quality of service, its third part.
    pub Ext3QosSubscribed<'a> ::= OCTET STRING (SIZE (1..2));

    /// A quality of service, its fourth part.
    pub Ext4QosSubscribed ::= OCTET STRING (SIZE (1));

    /// The number under which a PDP context is charged.
    pub GprsChargingId ::= OCTET STRING (SIZE (4));

    /// How it is charged.
    pub ChargingCharacteristics ::= OCTET STRING (SIZE (2));

    /// A second type of packet data, where there are two.
    pub ExtPdpType ::= OCTET STRING (SIZE (2));
}
