//! What MSCs and SGSNs send by way of a signalling gateway.

use pengate::session::sccp::Address;
use pengate_asn1::{Oid, Value};
use pengate_codecs::{
    cap::{
        BearerCap, BearerCapability, EventReportBcsmArg, EventTypeBcsm, InitialDpArg,
        MessageType as Mode, MiscCallInfo,
    },
    m3ua::{self, Builder, Data, Label, MessageType, SERVICE_SCCP},
    map,
    sccp::{self, Delivery, ProtocolClass, Sequence, Unitdata, subsystem},
    tcap::{self, Code, Dialogue, TransactionId},
};

use crate::mobility::note_mm_event;

/// A network element: its number and subsystem.
pub type Element = (&'static str, u8);

pub const HOME_MSC: Element = ("99900000007", subsystem::VLR);
pub const VISITED_MSC: Element = ("99800000007", subsystem::VLR);
pub const HOME_SGSN: Element = ("99900000008", subsystem::SGSN);
pub const VISITED_SGSN: Element = ("99800000008", subsystem::SGSN);
const OURS: &str = "99900000099";

const REPORTING: [u8; 7] = [4, 0, 0, 1, 0, 42, 3];
const NOTE: Code<'static> = Code::Local(89);

/// A message without parameters.
pub fn plain(kind: MessageType) -> Vec<u8> {
    let mut octets = Vec::new();
    Builder::new(&mut octets, kind).finish().unwrap();
    octets
}

/// What the gateway says to a message of ours that is no data; nothing to what needs no answer.
pub fn answer(octets: &[u8]) -> Option<Vec<u8>> {
    let message = m3ua::Message::decode(octets).unwrap();
    match message.kind() {
        MessageType::AspUp => Some(plain(MessageType::AspUpAck)),
        MessageType::AspActive => Some(plain(MessageType::AspActiveAck)),
        _ => None,
    }
}

/// A mobility event of alice (TS 29.002 clause 8.1.8).
pub fn note(by: Element, code: u8, cell: [u8; 7]) -> Vec<u8> {
    let argument = note_mm_event(code, cell);
    let context = Oid::from_wire(&REPORTING).unwrap();
    let mut octets = Vec::new();
    let dialogue = Some(Dialogue::request(context));
    tcap::begin(&mut octets, 0x0412_3456.into(), dialogue, |writer| {
        writer.invoke(1, NOTE, |out| out.extend_from_slice(&argument));
    });
    data(by, subsystem::GSM_SCF, &octets)
}

/// Where calls are switched.
const SWITCH: Element = ("99900000007", subsystem::MSC);
const CALLS: [u8; 7] = [4, 0, 0, 1, 23, 3, 4];
/// The number of the call at the switch.
const CALL: u32 = 0x0412_3457;

/// Alice makes a call: the switch asks how to go on (TS 29.078 clause 11.16).
pub fn initial_dp() -> Vec<u8> {
    let mut imsi = [0; 8];
    let argument = InitialDpArg {
        imsi: map::Imsi::from_digits(b"001010000000001", &mut imsi),
        event_type_bcsm: Some(EventTypeBcsm::CollectedInfo),
        bearer_capability: Some(BearerCapability::BearerCap(
            BearerCap::new(&[0x80, 0x90, 0xa3]).unwrap(),
        )),
        ..InitialDpArg::BLANK
    };
    let mut encoded = Vec::new();
    argument.encode(&mut encoded);
    let context = Oid::from_wire(&CALLS).unwrap();
    let mut octets = Vec::new();
    let dialogue = Some(Dialogue::request(context));
    tcap::begin(&mut octets, CALL.into(), dialogue, |writer| {
        writer.invoke(0, Code::Local(0), |out| out.extend_from_slice(&encoded));
    });
    data(SWITCH, subsystem::CAP, &octets)
}

/// Something became of the call that we call `to` (TS 29.078 clause 11.13).
pub fn call_event(to: TransactionId, kind: EventTypeBcsm) -> Vec<u8> {
    let argument = EventReportBcsmArg {
        misc_call_info: Some(MiscCallInfo::new(Mode::Notification)),
        ..EventReportBcsmArg::new(kind)
    };
    let mut encoded = Vec::new();
    argument.encode(&mut encoded);
    let mut octets = Vec::new();
    tcap::continuation(&mut octets, CALL.into(), to, None, |writer| {
        writer.invoke(1, Code::Local(24), |out| out.extend_from_slice(&encoded));
    });
    data(SWITCH, subsystem::CAP, &octets)
}

/// What a Continue of ours calls the dialogue.
pub fn transaction(octets: &[u8]) -> TransactionId {
    let data = Data::decode(octets).unwrap().unwrap();
    let message = sccp::Message::decode(data.protocol_data.payload).unwrap();
    match tcap::Message::decode(message.transfer().unwrap().data).unwrap() {
        tcap::Message::Continue(message) => message.otid,
        other => panic!("no Continue: {other:?}"),
    }
}

/// A message of TCAP for a subsystem of ours.
pub fn data((by, from): Element, to: u8, octets: &[u8]) -> Vec<u8> {
    let calling = Address::international(by, from).unwrap();
    let called = Address::international(OURS, to).unwrap();
    let unitdata = Unitdata {
        class: ProtocolClass {
            sequence: Sequence::Kept,
            delivery: Delivery::ReturnOnError,
        },
        called: called.party(),
        calling: calling.party(),
        data: octets,
    };
    let label = Label {
        originator: 1001,
        destination: 2002,
        service: SERVICE_SCCP,
        network: 2,
        priority: 0,
        selection: 3,
    };
    let mut message = Vec::new();
    Builder::new(&mut message, MessageType::Data)
        .protocol_data(label, |out| unitdata.encode(out).unwrap())
        .finish()
        .unwrap();
    message
}
