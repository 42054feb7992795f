//! Calls and packet sessions over CAP, questions to the HLR, and what others tell it.

use std::net::SocketAddr;

use pengate::{
    feed::{Channel, Heading},
    gateway::Service,
};
use pengate_asn1::{Null, Oid, Value};
use pengate_codecs::{
    cap::{self, CapGprsReferenceNumber, EventTypeBcsm, GprsEventType, Integer4},
    m3ua, map,
    sccp::{self, subsystem},
    tcap::{self, Code, ComponentWriter, Dialogue, Message, TransactionId},
};

use crate::{
    Made,
    scene::Scene,
    sip::Watcher,
    ss7::{
        Element, HOME_CELL, OTHER_SGSN, SGSN, VLR, begin, channel, connect, connect_with, message,
        note, tell,
    },
};

/// The cases.
pub const CASES: &[Made] = &[
    (
        "pc/call-is-set-up-answered-and-ended",
        "TS 29.078 clauses 11.12, 11.16 and 14.1",
        "Alice calls, is answered and hangs up; bob watches.",
        |scene| {
            connect(scene);
            Watcher::new("bob", 5071).subscribe(scene, 600);
            let to = call(scene, EventTypeBcsm::CollectedInfo);
            scene.wait(5);
            report(scene, to, EventTypeBcsm::OAnswer);
            scene.wait(60);
            report(scene, to, EventTypeBcsm::ODisconnect);
            scene.wait(10);
            assert_eq!(scene.notifies, 3);
        },
    ),
    (
        "pc/called-party-does-not-answer",
        "TS 29.078 clauses 11.12 and 11.16",
        "Alice is called and does not answer: the dialogue ends with that word.",
        |scene| {
            connect(scene);
            let to = call(scene, EventTypeBcsm::TermAttemptAuthorized);
            scene.wait(30);
            let argument = event(EventTypeBcsm::TNoAnswer);
            let mut octets = Vec::new();
            tcap::end(&mut octets, to, None, |writer| {
                writer.invoke(5, EVENT, |out| out.extend_from_slice(&argument));
            });
            tell(scene, MSC, subsystem::CAP, &octets);
        },
    ),
    (
        "pc/call-whose-switch-is-lost-is-given-up",
        "TS 29.078 clauses 11.2 and 14.1",
        "The switch says nothing for a quarter of an hour and does not answer whether the call is there.",
        |scene| {
            connect(scene);
            call(scene, EventTypeBcsm::CollectedInfo);
            scene.wait(15 * 60 + 15);
        },
    ),
    (
        "pc/detach-during-a-call-whose-switch-is-lost-stays",
        "TS 23.078 clause 9, TS 29.078 clause 14.1",
        "Alice is in a call when her switch is lost, and the VLR tells that the network detached her. \
         The call is given up later, which does not bring her back; bob watches.",
        |scene| {
            connect(scene);
            Watcher::new("bob", 5071).subscribe(scene, 3_600);
            call(scene, EventTypeBcsm::CollectedInfo);
            scene.wait(5 * 60);
            note(scene, VLR, 0x04, HOME_CELL);
            assert_eq!(scene.notifies, 3);
            scene.wait(10 * 60 + 15);
            assert_eq!(scene.notifies, 3, "nothing that is shown changed");
        },
    ),
    (
        "pc/home-register-is-asked-while-somebody-watches",
        "TS 29.002 clause 8.11.1, TS 23.141 clause 4.3.5",
        "Bob watches: the HLR is asked, tells that alice is idle, and later that it cannot say.",
        |scene| {
            connect_with(scene, ASKING);
            Watcher::new("bob", 5071).subscribe(scene, 3_600);
            let to = asked(scene);
            let info = map::SubscriberInfo {
                location_information: Some(location()),
                subscriber_state: Some(map::SubscriberState::AssumedIdle(Null)),
                ..map::SubscriberInfo::BLANK
            };
            let mut result = Vec::new();
            map::AnyTimeInterrogationRes::new(info).encode(&mut result);
            let context = Oid::from_wire(&[4, 0, 0, 1, 0, 29, 3]).map(tcap::Aare::accept);
            let mut octets = Vec::new();
            tcap::end(&mut octets, to, context.map(Dialogue::Response), |writer| {
                writer.result(1, ATI, |out| out.extend_from_slice(&result));
            });
            tell(scene, HLR, subsystem::GSM_SCF, &octets);
            scene.wait(300);
            let to = asked(scene);
            let mut octets = Vec::new();
            tcap::end(&mut octets, to, None, |writer| {
                writer.error(1, Code::Local(34), |_| {});
            });
            tell(scene, HLR, subsystem::GSM_SCF, &octets);
        },
    ),
    (
        "pc/location-updates-between-others-are-read",
        "TS 29.002 clauses 8.1.2 and 8.1.7",
        "A VLR and an SGSN tell the HLR of alice, in traffic that is not ours; of two updates of the \
         VLR the HLR takes one.",
        |scene| {
            scene.configure("[ss7]\nobserve = true\n");
            scene.up(Service::M3ua, strangers(), Heading::In);
            update(scene, VLR, &update_location(), |writer| {
                writer.error(1, Code::Local(8), |_| {});
            });
            update(scene, VLR, &update_location(), |writer| {
                writer.empty_result(1)
            });
            update(scene, SGSN, &update_gprs_location(), |writer| {
                writer.empty_result(1)
            });
        },
    ),
    (
        "pg/session-is-attached-used-and-detached",
        "TS 29.078 clauses 12.7 to 12.11 and 14.1.7",
        "Alice attaches, gets a packet session and gives it up, and detaches; each event comes in a \
         dialogue of its own.",
        |scene| {
            connect(scene);
            Watcher::new("bob", 5071).subscribe(scene, 600);
            let ours = open(scene, SGSN, GprsEventType::Attach);
            scene.wait(10);
            gprs_event(scene, SGSN, ours, acknowledged(), Some(1));
            scene.wait(60);
            let ended = cap::EventReportGprsArg::new(GprsEventType::Disonnect);
            gprs_event(scene, SGSN, ours, ended, Some(1));
            scene.wait(60);
            gprs_event(scene, SGSN, ours, detached(), None);
        },
    ),
    (
        "pg/session-moves-to-another-sgsn",
        "TS 29.078 clauses 12.7 and 12.9",
        "A packet session moves: the new SGSN tells it by the same charging number, and the end at the \
         old one is none.",
        |scene| {
            connect(scene);
            let old = open(scene, SGSN, GprsEventType::PdpContextEstablishment);
            gprs_event(scene, SGSN, old, acknowledged(), None);
            scene.wait(60);
            let new = open(scene, OTHER_SGSN, GprsEventType::PdpContextEstablishment);
            gprs_event(scene, OTHER_SGSN, new, acknowledged(), None);
            let moves = cap::DisconnectSpecificInformation {
                routeing_area_update: Some(Null),
                ..cap::DisconnectSpecificInformation::BLANK
            };
            let told = cap::EventReportGprsArg {
                gprs_event_specific_information: Some(
                    cap::GprsEventSpecificInformation::DisconnectSpecificInformation(moves),
                ),
                ..cap::EventReportGprsArg::new(GprsEventType::Disonnect)
            };
            gprs_event(scene, SGSN, old, told, None);
        },
    ),
    (
        "pg/session-whose-dialogue-is-given-up-is-believed-in-for-its-time",
        "TS 23.078 clause 6, TS 29.078 clause 14.1",
        "The SGSN gives up the dialogue about alice's packet session: that is no end of the session, \
         which is believed in for a day. Then she moves.",
        |scene| {
            connect(scene);
            let ours = open(scene, SGSN, GprsEventType::PdpContextEstablishment);
            let argument = encoded(&cap::EventReportGprsArg {
                misc_gprs_info: Some(cap::MiscCallInfo::new(cap::MessageType::Notification)),
                ..acknowledged()
            });
            let octets = referring((Some(ours), Some(258)), |writer| {
                writer.invoke(7, GPRS_EVENT, |out| out.extend_from_slice(&argument));
            });
            tell(scene, SGSN, subsystem::CAP, &octets);
            let mut octets = Vec::new();
            tcap::abort(&mut octets, asked(scene), None);
            tell(scene, SGSN, subsystem::CAP, &octets);
            scene.wait(24 * 3_600);
            note(scene, SGSN, 0x80, HOME_CELL);
        },
    ),
    (
        "pg/references-are-wanted-and-have-to-be-right",
        "TS 29.078 clause 14.1.7",
        "A dialogue without a reference, and one with a reference that nobody gave, are aborted.",
        |scene| {
            connect(scene);
            let argument = encoded(&cap::EventReportGprsArg::new(GprsEventType::Detached));
            for references in [(None, None), (Some(77), Some(258))] {
                let octets = referring(references, |writer| {
                    writer.invoke(7, GPRS_EVENT, |out| out.extend_from_slice(&argument));
                });
                tell(scene, SGSN, subsystem::CAP, &octets);
            }
        },
    ),
];

const ASKING: &str = "[normalise]
home_networks = [\"001-01\"]

[ss7.sccp]
global_title = \"99900000099\"

[ss7.ati]
enabled = true
point_code = 2002
destination = 1001
ps = false

[[ss7.links]]
name = \"stp\"
address = \"127.0.0.4:2905\"
m3ua = { heartbeat_interval = \"0s\" }
";

const MSC: Element = ("99900000006", subsystem::MSC);
const HLR: Element = ("99900000005", subsystem::HLR);
const EVENT: Code<'static> = Code::Local(24);
const GPRS_EVENT: Code<'static> = Code::Local(80);
const ATI: Code<'static> = Code::Local(71);
const THEIRS: u32 = 0x0412_3456;

fn encoded<'a>(value: &impl Value<'a>) -> Vec<u8> {
    let mut out = Vec::new();
    value.encode(&mut out);
    out
}

fn location() -> map::LocationInformation<'static> {
    use map::CellGlobalIdOrServiceAreaIdOrLai as Area;
    let cell = map::CellGlobalIdOrServiceAreaIdFixedLength::new(HOME_CELL);
    map::LocationInformation {
        age_of_location_information: map::AgeOfLocationInformation::new(0),
        cell_global_id_or_service_area_id_or_lai: Some(
            Area::CellGlobalIdOrServiceAreaIdFixedLength(cell),
        ),
        ..map::LocationInformation::BLANK
    }
}

/// The message of TCAP that left last.
fn last(scene: &Scene) -> Vec<u8> {
    let data = m3ua::Data::decode(&scene.message).unwrap().unwrap();
    let message = sccp::Message::decode(data.protocol_data.payload).unwrap();
    message.transfer().unwrap().data.to_vec()
}

/// The id under which it is answered.
fn asked(scene: &Scene) -> TransactionId {
    match Message::decode(&last(scene)).unwrap() {
        Message::Begin(message) => message.otid,
        Message::Continue(message) => message.otid,
        other => panic!("{other:?}"),
    }
}

/// A call of alice, or one to her; the id under which it goes on.
fn call(scene: &mut Scene, kind: EventTypeBcsm) -> TransactionId {
    let mut imsi = [0; 8];
    let speech = cap::BearerCap::new(&[0x80, 0x90, 0xa3]);
    let argument = cap::InitialDpArg {
        bearer_capability: speech.map(cap::BearerCapability::BearerCap),
        event_type_bcsm: Some(kind),
        imsi: map::Imsi::from_digits(b"001010000000001", &mut imsi),
        location_information: Some(location()),
        ..cap::InitialDpArg::BLANK
    };
    let argument = encoded(&argument);
    let octets = begin([4, 0, 0, 1, 23, 3, 4], |writer| {
        writer.invoke(0, Code::Local(0), |out| out.extend_from_slice(&argument));
    });
    tell(scene, MSC, subsystem::CAP, &octets);
    asked(scene)
}

fn event(kind: EventTypeBcsm) -> Vec<u8> {
    encoded(&cap::EventReportBcsmArg {
        misc_call_info: Some(cap::MiscCallInfo::new(cap::MessageType::Notification)),
        ..cap::EventReportBcsmArg::new(kind)
    })
}

fn report(scene: &mut Scene, to: TransactionId, kind: EventTypeBcsm) {
    let argument = event(kind);
    let mut octets = Vec::new();
    tcap::continuation(&mut octets, THEIRS.into(), to, None, |writer| {
        writer.invoke(5, EVENT, |out| out.extend_from_slice(&argument));
    });
    tell(scene, MSC, subsystem::CAP, &octets);
}

/// A Begin of a gprsSSF with our reference and its own.
fn referring(
    (ours, theirs): (Option<u32>, Option<u32>),
    components: impl FnOnce(&mut ComponentWriter<'_>),
) -> Vec<u8> {
    let mut information = Vec::new();
    if ours.is_some() || theirs.is_some() {
        let reference = CapGprsReferenceNumber {
            destination_reference: ours.and_then(Integer4::new),
            origination_reference: theirs.and_then(Integer4::new),
        };
        reference.write_user_information(&mut information);
    }
    let user_information =
        (!information.is_empty()).then(|| tcap::UserInformation::from_octets(&information));
    let dialogue = Dialogue::Request(tcap::Aarq {
        context: Oid::from_wire(&[4, 0, 0, 1, 21, 3, 50]).unwrap(),
        user_information,
    });
    let mut out = Vec::new();
    tcap::begin(&mut out, THEIRS.into(), Some(dialogue), components);
    out
}

/// A session begins and its first dialogue ends; our reference.
fn open(scene: &mut Scene, by: Element, kind: GprsEventType) -> u32 {
    let (mut imsi, mut msisdn) = ([0; 8], [0; 9]);
    let argument = cap::InitialDpGprsArg {
        gprs_event_type: kind,
        imsi: map::Imsi::from_digits(b"001010000000001", &mut imsi).unwrap(),
        msisdn: map::IsdnAddressString::international(b"99900000001", &mut msisdn).unwrap(),
        time_and_time_zone: cap::TimeAndTimezone::new([
            0x02, 0x32, 0x11, 0x41, 0x22, 0x31, 0x02, 0x00,
        ]),
        ..cap::InitialDpGprsArg::BLANK
    };
    let argument = encoded(&argument);
    let octets = referring((None, Some(258)), |writer| {
        writer.invoke(1, Code::Local(78), |out| out.extend_from_slice(&argument));
    });
    tell(scene, by, subsystem::CAP, &octets);
    let octets = last(scene);
    let Ok(Message::Continue(message)) = Message::decode(&octets) else {
        panic!("no Continue");
    };
    let dialogue = message.dialogue.unwrap().decode().unwrap();
    let reference = CapGprsReferenceNumber::of(&dialogue).unwrap().unwrap();
    close(scene, by, message.otid);
    reference.origination_reference.unwrap().get()
}

/// The gprsSSF ends a dialogue.
fn close(scene: &mut Scene, by: Element, to: TransactionId) {
    let mut octets = Vec::new();
    tcap::end(&mut octets, to, None, |_| {});
    tell(scene, by, subsystem::CAP, &octets);
}

fn gprs_event(
    scene: &mut Scene,
    by: Element,
    ours: u32,
    told: cap::EventReportGprsArg<'_>,
    pdp: Option<u8>,
) {
    let argument = encoded(&cap::EventReportGprsArg {
        misc_gprs_info: Some(cap::MiscCallInfo::new(cap::MessageType::Notification)),
        pdp_id: pdp.map(|pdp| cap::PdpId::new([pdp])),
        ..told
    });
    let octets = referring((Some(ours), Some(258)), |writer| {
        writer.invoke(7, GPRS_EVENT, |out| out.extend_from_slice(&argument));
    });
    tell(scene, by, subsystem::CAP, &octets);
    let to = asked(scene);
    close(scene, by, to);
}

fn acknowledged() -> cap::EventReportGprsArg<'static> {
    use cap::PdpContextEstablishmentAcknowledgementSpecificInformation as Acknowledgement;
    let info = Acknowledgement {
        access_point_name: cap::AccessPointName::new(b"\x08internet"),
        charging_id: Some(map::GprsChargingId::new([0, 0, 0x12, 0x34])),
        ..Acknowledgement::BLANK
    };
    cap::EventReportGprsArg {
        gprs_event_specific_information: Some(
            cap::GprsEventSpecificInformation::PDpContextEstablishmentAcknowledgementSpecificInformation(
                info,
            ),
        ),
        ..cap::EventReportGprsArg::new(GprsEventType::PdpContextEstablishmentAcknowledgement)
    }
}

fn detached() -> cap::EventReportGprsArg<'static> {
    let info = cap::DetachSpecificInformation {
        initiating_entity: Some(cap::InitiatingEntity::MobileStation),
        ..cap::DetachSpecificInformation::BLANK
    };
    cap::EventReportGprsArg {
        gprs_event_specific_information: Some(
            cap::GprsEventSpecificInformation::DetachSpecificInformation(info),
        ),
        ..cap::EventReportGprsArg::new(GprsEventType::Detached)
    }
}

fn strangers() -> Channel {
    Channel {
        peer: SocketAddr::from(([127, 0, 0, 6], 2905)),
        ..channel()
    }
}

/// A message to the HLR, and its answer.
fn update(
    scene: &mut Scene,
    by: Element,
    octets: &[u8],
    answer: impl FnOnce(&mut ComponentWriter<'_>),
) {
    let told = message(by, HLR, octets);
    scene.overhear(Service::M3ua, strangers(), Heading::In, &told);
    let mut octets = Vec::new();
    tcap::end(&mut octets, THEIRS.into(), None, answer);
    let told = message(HLR, by, &octets);
    scene.overhear(Service::M3ua, strangers(), Heading::Out, &told);
}

fn number<'a>(digits: &str, buffer: &'a mut [u8; 9]) -> map::IsdnAddressString<'a> {
    map::IsdnAddressString::international(digits.as_bytes(), buffer).unwrap()
}

fn update_location() -> Vec<u8> {
    let (mut imsi, mut msc, mut vlr) = ([0; 8], [0; 9], [0; 9]);
    let argument = encoded(&map::UpdateLocationArg::new(
        map::Imsi::from_digits(b"001010000000001", &mut imsi).unwrap(),
        number(MSC.0, &mut msc),
        number(VLR.0, &mut vlr),
    ));
    begin([4, 0, 0, 1, 0, 1, 3], |writer| {
        writer.invoke(1, Code::Local(2), |out| out.extend_from_slice(&argument));
    })
}

fn update_gprs_location() -> Vec<u8> {
    let (mut imsi, mut sgsn) = ([0; 8], [0; 9]);
    let argument = encoded(&map::UpdateGprsLocationArg::new(
        map::Imsi::from_digits(b"001010000000001", &mut imsi).unwrap(),
        number(SGSN.0, &mut sgsn),
        map::GsnAddress::new(&[4, 192, 0, 2, 1]).unwrap(),
    ));
    begin([4, 0, 0, 1, 0, 32, 3], |writer| {
        writer.invoke(1, Code::Local(23), |out| out.extend_from_slice(&argument));
    })
}
