//! The crates `m3ua`, `sccp`, `tcap` and `gsm_map`, as far as they go: to the argument. CAP is in none of
//! them; the argument of initialDP is written here as `gsm_map` writes those of MAP, with members that
//! need no reading as octets.

use std::hint::black_box;

use gsm_map::{
    operations::{
        notification::NoteMmEventArg,
        subscriber_info::{LocationInformation, SubscriberState},
    },
    types::{Imsi, IsdnAddressString, Opaque},
};
use rasn::prelude::*;

/// TS 29.078 clause 11.16.
#[derive(AsnType, Clone, Debug, Decode, Encode)]
struct InitialDpArg {
    #[rasn(tag(context, 0))]
    service_key: Integer,
    #[rasn(tag(context, 2))]
    called_party_number: Option<OctetString>,
    #[rasn(tag(context, 3))]
    calling_party_number: Option<OctetString>,
    #[rasn(tag(context, 5))]
    calling_partys_category: Option<OctetString>,
    #[rasn(tag(context, 7))]
    cg_encountered: Option<Integer>,
    #[rasn(tag(context, 8))]
    ip_ssp_capabilities: Option<OctetString>,
    #[rasn(tag(context, 10))]
    location_number: Option<OctetString>,
    #[rasn(tag(context, 12))]
    original_called_party_id: Option<OctetString>,
    #[rasn(tag(context, 15))]
    extensions: Option<Opaque>,
    #[rasn(tag(context, 23))]
    high_layer_compatibility: Option<OctetString>,
    #[rasn(tag(context, 25))]
    additional_calling_party_number: Option<OctetString>,
    #[rasn(tag(explicit(context, 27)))]
    bearer_capability: Option<BearerCapability>,
    #[rasn(tag(context, 28))]
    event_type_bcsm: Option<Integer>,
    #[rasn(tag(context, 29))]
    redirecting_party_id: Option<OctetString>,
    #[rasn(tag(context, 30))]
    redirection_information: Option<OctetString>,
    #[rasn(tag(context, 17))]
    cause: Option<OctetString>,
    #[rasn(tag(context, 32))]
    service_interaction_indicators_two: Option<Opaque>,
    #[rasn(tag(context, 37))]
    carrier: Option<OctetString>,
    #[rasn(tag(context, 45))]
    cug_index: Option<Integer>,
    #[rasn(tag(context, 46))]
    cug_interlock: Option<OctetString>,
    #[rasn(tag(context, 47))]
    cug_outgoing_access: Option<()>,
    #[rasn(tag(context, 50))]
    imsi: Option<Imsi>,
    #[rasn(tag(explicit(context, 51)))]
    subscriber_state: Option<SubscriberState>,
    #[rasn(tag(context, 52))]
    location_information: Option<LocationInformation>,
    #[rasn(tag(explicit(context, 53)))]
    ext_basic_service_code: Option<ExtBasicServiceCode>,
    #[rasn(tag(context, 54))]
    call_reference_number: Option<OctetString>,
    #[rasn(tag(context, 55))]
    msc_address: Option<IsdnAddressString>,
    #[rasn(tag(context, 56))]
    called_party_bcd_number: Option<OctetString>,
    #[rasn(tag(context, 57))]
    time_and_timezone: Option<OctetString>,
    #[rasn(tag(context, 58))]
    call_forwarding_ss_pending: Option<()>,
    #[rasn(tag(context, 59))]
    initial_dp_arg_extension: Option<Opaque>,
}

#[derive(AsnType, Clone, Debug, Decode, Encode)]
#[rasn(choice)]
enum BearerCapability {
    #[rasn(tag(context, 0))]
    BearerCap(OctetString),
}

#[derive(AsnType, Clone, Debug, Decode, Encode)]
#[rasn(choice)]
enum ExtBasicServiceCode {
    #[rasn(tag(context, 2))]
    ExtBearerService(OctetString),
    #[rasn(tag(context, 3))]
    ExtTeleservice(OctetString),
}

/// Whether the argument of a message can be read.
pub fn read(octets: &[u8]) -> bool {
    let message = m3ua::M3uaMessage::decode(octets).unwrap();
    let data = message.protocol_data().unwrap();
    let ::sccp::SccpMessage::Udt(unitdata) = ::sccp::SccpMessage::decode(&data.user_data).unwrap()
    else {
        return false;
    };
    let tcap::TcapMessage::Begin(begin) = tcap::decode(&unitdata.data).unwrap() else {
        return false;
    };
    let components = begin.components.unwrap();
    let Some(tcap::Component::Invoke(invoke)) = components.first() else {
        return false;
    };
    let argument = invoke.parameter.as_ref().unwrap().as_bytes();
    match invoke.operation_code {
        tcap::OperationCode::Local(0) => {
            let argument: InitialDpArg = gsm_map::decode(argument).unwrap();
            black_box(&argument).imsi.is_some()
        }
        _ => {
            let argument: NoteMmEventArg = gsm_map::decode(argument).unwrap();
            !black_box(&argument).imsi.is_empty()
        }
    }
}
