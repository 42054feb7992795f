//! What VLRs and SGSNs tell over SS7.

use std::net::SocketAddr;

use pengate::{
    feed::{Carrier, Channel, Heading},
    gateway::Service,
    session::sccp::Address,
};
use pengate_asn1::Oid;
use pengate_codecs::{
    m3ua::{Builder, Label, MessageType, SERVICE_SCCP},
    sccp::{Delivery, ProtocolClass, Sequence, Unitdata, subsystem},
    tcap::{self, Code, ComponentWriter, Dialogue},
};

use crate::{Made, mobility::note_mm_event, scene::Scene, sip::Watcher};

/// The cases.
pub const CASES: &[Made] = &[
    (
        "pc/location-updates-and-attach",
        "TS 29.002 clause 8.1.8, MM-Codes 00, 01 and 02",
        "Alice attaches, moves within her VLR and to another one abroad; bob watches.",
        |scene| {
            connect(scene);
            Watcher::new("bob", 5071).subscribe(scene, 600);
            note(scene, VLR, 0x02, HOME_CELL);
            scene.wait(10);
            note(scene, VLR, 0x00, NEXT_CELL);
            scene.wait(10);
            note(scene, OTHER_VLR, 0x01, AWAY_CELL);
        },
    ),
    (
        "pc/imsi-detach-by-device-and-by-network",
        "TS 29.002 clause 8.1.8, MM-Codes 03 and 04",
        "Alice switches off; later she is on again, and the network finds that she is gone.",
        |scene| {
            connect(scene);
            note(scene, VLR, 0x02, HOME_CELL);
            scene.wait(10);
            note(scene, VLR, 0x03, HOME_CELL);
            scene.wait(10);
            note(scene, VLR, 0x02, HOME_CELL);
            scene.wait(10);
            note(scene, VLR, 0x04, HOME_CELL);
        },
    ),
    (
        "pc/detach-and-attach-in-one-step-keep-their-order",
        "TS 23.141 clause 5.2.2.2",
        "A detach and an attach arrive in one dialogue: the last one counts.",
        |scene| {
            connect(scene);
            let dialogue = begin(REPORTING, |writer| {
                for (id, code) in [(1, 0x03), (2, 0x02)] {
                    let argument = note_mm_event(code, HOME_CELL);
                    writer.invoke(id, NOTE, |out| out.extend_from_slice(&argument));
                }
            });
            tell(scene, VLR, 147, &dialogue);
        },
    ),
    (
        "pc/what-cannot-be-served-is-refused",
        "TS 29.002 clauses 7.3 and 7.6.1, Q.774 clause 3.2.2",
        "An unknown code, an unknown operation, a context of another version, and a subsystem that is \
         not ours: each is answered, and the link stays.",
        |scene| {
            connect(scene);
            note(scene, VLR, 0x42, HOME_CELL);
            let unknown = begin(REPORTING, |writer| writer.invoke(1, Code::Local(4), |_| {}));
            tell(scene, VLR, 147, &unknown);
            let other = begin([4, 0, 0, 1, 0, 42, 2], |writer| {
                let argument = note_mm_event(0x02, HOME_CELL);
                writer.invoke(1, NOTE, |out| out.extend_from_slice(&argument));
            });
            tell(scene, VLR, 147, &other);
            tell(scene, VLR, subsystem::MSC, &unknown);
            note(scene, VLR, 0x02, HOME_CELL);
        },
    ),
    (
        "pg/attach-routeing-area-updates-and-detach",
        "TS 29.002 clause 8.1.8, MM-Codes 80, 81, 82, 83 and 84",
        "Alice attaches, moves within her SGSN and to another one, which both tell; she detaches there.",
        |scene| {
            connect(scene);
            Watcher::new("bob", 5071).subscribe(scene, 600);
            note(scene, SGSN, 0x83, HOME_CELL);
            scene.wait(10);
            note(scene, SGSN, 0x80, NEXT_CELL);
            scene.wait(10);
            note(scene, OTHER_SGSN, 0x81, AWAY_CELL);
            note(scene, SGSN, 0x82, NEXT_CELL);
            scene.wait(10);
            note(scene, OTHER_SGSN, 0x84, AWAY_CELL);
        },
    ),
    (
        "pg/not-reachable-and-detach-by-network",
        "TS 29.002 clause 8.1.8, MM-Codes 85 and 86",
        "The SGSN does not reach alice for paging, and detaches her.",
        |scene| {
            connect(scene);
            note(scene, SGSN, 0x83, HOME_CELL);
            scene.wait(10);
            note(scene, SGSN, 0x86, HOME_CELL);
            scene.wait(60);
            note(scene, SGSN, 0x85, HOME_CELL);
        },
    ),
];

pub const CONFIG: &str = "[normalise]
home_networks = [\"001-01\"]

[ss7.sccp]
global_title = \"99900000099\"

[[ss7.links]]
name = \"stp\"
address = \"127.0.0.4:2905\"
m3ua = { heartbeat_interval = \"0s\" }
";

/// A network element: its number and subsystem.
pub type Element = (&'static str, u8);

pub const VLR: Element = ("99900000007", subsystem::VLR);
const OTHER_VLR: Element = ("99800000007", subsystem::VLR);
pub const SGSN: Element = ("99900000008", subsystem::SGSN);
pub const OTHER_SGSN: Element = ("99800000008", subsystem::SGSN);
pub const OURS: &str = "99900000099";

pub const HOME_CELL: [u8; 7] = [0x00, 0xf1, 0x10, 0x12, 0x34, 0x56, 0x78];
const NEXT_CELL: [u8; 7] = [0x00, 0xf1, 0x10, 0x12, 0x34, 0x56, 0x79];
const AWAY_CELL: [u8; 7] = [0x00, 0xf1, 0x20, 0x00, 0x01, 0x00, 0x02];

const REPORTING: [u8; 7] = [4, 0, 0, 1, 0, 42, 3];
const NOTE: Code<'static> = Code::Local(89);

pub fn channel() -> Channel {
    Channel {
        carrier: Carrier::Sctp,
        local: SocketAddr::from(([127, 0, 0, 1], 40_905)),
        peer: SocketAddr::from(([127, 0, 0, 4], 2905)),
    }
}

/// The association with the signalling gateway, up to traffic.
pub fn connect(scene: &mut Scene) {
    connect_with(scene, CONFIG);
}

pub fn connect_with(scene: &mut Scene, config: &'static str) {
    scene.configure(config);
    let asked = scene.connects.pop();
    assert_eq!(asked, Some((Service::M3ua, Carrier::Sctp, channel().peer)));
    scene.up(Service::M3ua, channel(), Heading::Out);
    for kind in [MessageType::AspUpAck, MessageType::AspActiveAck] {
        let mut octets = Vec::new();
        Builder::new(&mut octets, kind).finish().unwrap();
        scene.arrive(Service::M3ua, channel(), &octets);
    }
}

/// A message of TCAP arrives for a subsystem of ours.
pub fn tell(scene: &mut Scene, by: Element, to: u8, octets: &[u8]) {
    let message = message(by, (OURS, to), octets);
    scene.arrive(Service::M3ua, channel(), &message);
}

/// A message of TCAP from one network element to another.
pub fn message((by, from): Element, (whom, to): Element, octets: &[u8]) -> Vec<u8> {
    let calling = Address::international(by, from).unwrap();
    let called = Address::international(whom, to).unwrap();
    let class = ProtocolClass {
        sequence: Sequence::Kept,
        delivery: Delivery::ReturnOnError,
    };
    let unitdata = Unitdata {
        class,
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

pub fn begin(context: [u8; 7], components: impl FnOnce(&mut ComponentWriter<'_>)) -> Vec<u8> {
    let context = Oid::from_wire(&context).unwrap();
    let mut out = Vec::new();
    let dialogue = Some(Dialogue::request(context));
    tcap::begin(&mut out, 0x0412_3456.into(), dialogue, components);
    out
}

/// A mobility event of alice.
pub fn note(scene: &mut Scene, by: Element, code: u8, cell: [u8; 7]) {
    let argument = note_mm_event(code, cell);
    let octets = begin(REPORTING, |writer| {
        writer.invoke(1, NOTE, |out| out.extend_from_slice(&argument));
    });
    tell(scene, by, subsystem::GSM_SCF, &octets);
}
