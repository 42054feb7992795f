//! Captures of SS7: over SCTP, and from links.

use pengate::feed::{Carrier, Heading};
use pengate_codecs::{
    m3ua::{
        AffectedPointCode, AsState, Builder, ErrorCode, Label, MessageType, Status, TrafficMode,
        tag,
    },
    sccp::{
        Digits, ExtendedUnitdata, GlobalTitle, Management, ManagementKind, PartyAddress,
        ProtocolClass, ReturnCause, Segmentation, Unitdata, UnitdataService, subsystem,
    },
};

use super::captures::{Writer, channel};

/// 99900000147 and 99900000007.
const OURS: [u8; 6] = [0x99, 0x09, 0x00, 0x00, 0x41, 0x07];
const VLR: [u8; 6] = [0x99, 0x09, 0x00, 0x00, 0x00, 0x07];
const TO_US: Label = Label {
    originator: 1001,
    destination: 2002,
    service: 3,
    network: 2,
    priority: 0,
    selection: 5,
};
const CLASS: ProtocolClass = ProtocolClass::from_wire(0x80);

fn party(digits: &[u8], number: u8) -> PartyAddress<'_> {
    PartyAddress::titled(
        GlobalTitle::international(Digits::new(digits, true)),
        number,
    )
}

fn message(kind: MessageType, fill: impl FnOnce(Builder<'_>) -> Builder<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    fill(Builder::new(&mut out, kind)).finish().unwrap();
    out
}

pub fn data(label: Label, sccp: &[u8]) -> Vec<u8> {
    message(MessageType::Data, |data| {
        data.routing_contexts(&[100])
            .protocol_data(label, |out| out.extend_from_slice(sccp))
    })
}

fn unitdata() -> Vec<u8> {
    let mut out = Vec::new();
    let unitdata = Unitdata {
        class: CLASS,
        called: party(&OURS, subsystem::GSM_SCF),
        calling: party(&VLR, subsystem::VLR),
        data: END,
    };
    unitdata.encode(&mut out).unwrap();
    out
}

fn segment(first: bool, octets: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let segment = ExtendedUnitdata {
        class: CLASS,
        hop_counter: 15,
        called: party(&OURS, subsystem::CAP),
        calling: party(&VLR, subsystem::MSC),
        data: octets,
        segmentation: Some(Segmentation {
            first,
            in_sequence: true,
            remaining: u8::from(first),
            local_reference: 77,
        }),
        importance: None,
    };
    segment.encode(&mut out).unwrap();
    out
}

fn service() -> Vec<u8> {
    let mut out = Vec::new();
    let service = UnitdataService {
        cause: ReturnCause::UnequippedUser,
        called: party(&VLR, subsystem::VLR),
        calling: party(&OURS, subsystem::HLR),
        data: END,
    };
    service.encode(&mut out).unwrap();
    out
}

fn test_of_subsystem() -> Vec<u8> {
    let (mut data, mut out) = (Vec::new(), Vec::new());
    let test = Management {
        kind: ManagementKind::StatusTest,
        subsystem: subsystem::GSM_SCF,
        point_code: 2002,
        multiplicity: 0,
        congestion: None,
    };
    test.encode(&mut data);
    let own = PartyAddress::subsystem(subsystem::MANAGEMENT);
    let unitdata = Unitdata {
        class: ProtocolClass::from_wire(0),
        called: own,
        calling: own,
        data: &data,
    };
    unitdata.encode(&mut out).unwrap();
    out
}

/// An association from ASP Up to its network's trouble.
pub fn m3ua() -> Vec<u8> {
    let mut writer = Writer::new();
    let path = channel(Carrier::Sctp, "192.0.2.1:40000", "192.0.2.2:2905");
    let up = message(MessageType::AspUp, |up| up.word(tag::ASP_IDENTIFIER, 7));
    let up_ack = message(MessageType::AspUpAck, |ack| ack);
    let active = message(MessageType::AspActive, |active| {
        active
            .traffic_mode(TrafficMode::Loadshare)
            .routing_contexts(&[100])
    });
    let active_ack = message(MessageType::AspActiveAck, |ack| {
        ack.routing_contexts(&[100])
    });
    let notify = message(MessageType::Notify, |notify| {
        notify
            .status(Status::AsStateChange(AsState::Active))
            .routing_contexts(&[100])
    });
    let gone = message(MessageType::DestinationUnavailable, |gone| {
        gone.affected_point_codes(&[AffectedPointCode {
            mask: 2,
            code: 1000,
        }])
    });
    let error = message(MessageType::Error, |error| {
        error
            .error_code(ErrorCode::InvalidRoutingContext)
            .routing_contexts(&[101])
    });
    let mut broken = up_ack.clone();
    broken[0] = 2;
    for (heading, octets) in [
        (Heading::Out, up),
        (Heading::In, up_ack),
        (Heading::Out, active),
        (Heading::In, active_ack),
        (Heading::In, notify),
        (Heading::In, data(TO_US, &unitdata())),
        (Heading::Out, data(TO_US.reversed(), &service())),
        (Heading::In, data(TO_US, &segment(true, &END[..4]))),
        (Heading::In, data(TO_US, &segment(false, &END[4..]))),
        (Heading::In, data(TO_US, &test_of_subsystem())),
        (Heading::In, gone),
        (Heading::Out, error),
        (Heading::In, broken),
    ] {
        writer.chunk(path, heading, &octets);
    }
    writer.finish()
}

/// A classic capture of one link type.
fn pcap(link: u32, frames: &[Vec<u8>]) -> Vec<u8> {
    let words =
        |words: &[u32]| -> Vec<u8> { words.iter().flat_map(|word| word.to_le_bytes()).collect() };
    let mut file = words(&[0xa1b2_c3d4, 0x0004_0002, 0, 0, 65_535, link]);
    for (second, frame) in (1_772_360_130..).zip(frames) {
        let length = u32::try_from(frame.len()).unwrap();
        file.extend(words(&[second, 0, length, length]));
        file.extend_from_slice(frame);
    }
    file
}

/// OPC 1001, DPC 2002, SLS 5, national, SCCP.
pub fn mtp3(sccp: &[u8]) -> Vec<u8> {
    [&[0x83, 0xd2, 0x47, 0xfa, 0x50][..], sccp].concat()
}

/// A fill-in and a message signal unit.
pub fn mtp2() -> Vec<u8> {
    let message = [&[0x80, 0x81, 63][..], &mtp3(&unitdata())].concat();
    pcap(140, &[vec![0x80, 0x80, 0], message])
}

/// The same behind a pseudo-header, with the long header of annex A.
pub fn mtp2_with_header() -> Vec<u8> {
    let unit = mtp3(&unitdata());
    let length = u8::try_from(unit.len()).unwrap();
    let message = [&[0, 1, 0, 1, 0, 0x80, 1, 0x80, length, 0][..], &unit].concat();
    pcap(139, &[message])
}

/// MTP3 without MTP2.
pub fn mtp3_alone() -> Vec<u8> {
    pcap(141, &[mtp3(&unitdata()), mtp3(&segment(true, END))])
}

/// SCCP alone.
pub fn sccp() -> Vec<u8> {
    pcap(142, &[unitdata(), service(), vec![9, 0, 0]])
}

/// A TCAP End that acknowledges.
const END: &[u8] = &[
    0x64, 0x0d, 0x49, 0x04, 0x01, 0x02, 0x03, 0x04, 0x6c, 0x05, 0xa2, 0x03, 0x02, 0x01, 0x00,
];
