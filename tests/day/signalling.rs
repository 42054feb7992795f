//! What MSCs and SGSNs send by way of a signalling gateway.

use pengate::session::sccp::Address;
use pengate_asn1::{Oid, Value};
use pengate_codecs::{
    m3ua::{self, Builder, Label, MessageType, SERVICE_SCCP},
    map,
    sccp::{Delivery, ProtocolClass, Sequence, Unitdata, subsystem},
    tcap::{self, Code, Dialogue},
};

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
    let argument = argument(code, cell);
    let context = Oid::from_wire(&REPORTING).unwrap();
    let mut octets = Vec::new();
    let dialogue = Some(Dialogue::request(context));
    tcap::begin(&mut octets, 0x0412_3456.into(), dialogue, |writer| {
        writer.invoke(1, NOTE, |out| out.extend_from_slice(&argument));
    });
    data(by, subsystem::GSM_SCF, &octets)
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

fn argument(code: u8, cell: [u8; 7]) -> Vec<u8> {
    use map::CellGlobalIdOrServiceAreaIdOrLai as Area;
    let cell = map::CellGlobalIdOrServiceAreaIdFixedLength::new(cell);
    let area = Some(Area::CellGlobalIdOrServiceAreaIdFixedLength(cell));
    let (mut imsi, mut msisdn) = ([0; 8], [0; 9]);
    let mut argument = map::NoteMmEventArg {
        event_met: map::MmCode::new([code]),
        imsi: map::Imsi::from_digits(b"001010000000001", &mut imsi).unwrap(),
        msisdn: map::IsdnAddressString::international(b"99900000001", &mut msisdn).unwrap(),
        ..map::NoteMmEventArg::BLANK
    };
    if code < 0x80 {
        argument.location_information = Some(map::LocationInformation {
            age_of_location_information: map::AgeOfLocationInformation::new(0),
            cell_global_id_or_service_area_id_or_lai: area,
            ..map::LocationInformation::BLANK
        });
    } else {
        argument.location_information_gprs = Some(map::LocationInformationGprs {
            cell_global_id_or_service_area_id_or_lai: area,
            ..map::LocationInformationGprs::BLANK
        });
    }
    let mut out = Vec::new();
    argument.encode(&mut out);
    out
}
