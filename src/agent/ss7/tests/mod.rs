//! The room between a network whose part the tests play and a log whose word they give.

mod answers;
mod asks;
mod calls;
mod links;
mod notes;
mod observing;
mod refusals;
mod sessions;

use std::time::Duration;

use pengate_asn1::{Oid, Value};
use pengate_codecs::{
    Stamp,
    m3ua::{Builder, Data, Label, MessageType},
    map,
    sccp::{self, ProtocolClass, Unitdata, subsystem},
    tcap::{self, ComponentWriter, Dialogue},
};

use super::*;
use crate::{
    feed::{Carrier, Channel, Chunk, Heading},
    session::sccp::Address,
};

/// Our point code, and that of the network element.
const OURS: u32 = 2002;
const THEIRS: u32 = 1001;
const OUR_TITLE: &str = "99900000099";
const VLR: &str = "99900000007";
const SGSN: &str = "99900000008";
const IMSI: &str = "001010000000001";
const MSISDN: &str = "99900000001";

fn channel(port: u16) -> Channel {
    Channel {
        carrier: Carrier::Sctp,
        local: ([192, 0, 2, 1], 40_000).into(),
        peer: ([192, 0, 2, 2], port).into(),
    }
}

fn options() -> Options {
    let mut options = Options {
        links: vec![LinkOptions {
            name: "stp".into(),
            address: channel(2905).peer,
            ..LinkOptions::default()
        }],
        ..Options::default()
    };
    options.sccp.global_title = OUR_TITLE.to_owned();
    options
}

/// A room, and what it said last.
struct Bench {
    room: Ss7,
    out: Outbox,
    now: Stamp,
}

/// A message of TCAP that the room sent, and to whom.
struct Heard {
    label: Label,
    called: Address,
    calling: Address,
    octets: Vec<u8>,
}

impl Bench {
    /// Before anything happened.
    fn fresh(options: Options) -> Self {
        Self {
            room: Ss7::new(options, 1),
            out: Outbox::default(),
            now: Stamp::from_secs(1_772_360_000),
        }
    }

    /// With a signalling gateway connected, and traffic flowing.
    fn new(options: Options) -> Self {
        let mut bench = Self::fresh(options);
        bench.step(&[]);
        assert_eq!(bench.out.connects, [(Carrier::Sctp, channel(2905).peer)]);
        bench.connect(channel(2905));
        bench
    }

    fn connect(&mut self, channel: Channel) {
        self.step(&[Input::Up(channel)]);
        self.hear_on(channel, &plain(MessageType::AspUpAck));
        self.hear_on(channel, &plain(MessageType::AspActiveAck));
        assert_eq!(self.states().last(), Some(&"active"));
    }

    fn step(&mut self, batch: &[Input<'_>]) {
        self.out.clear();
        self.room.input(self.now, batch, &mut self.out);
    }

    fn wait(&mut self, span: Duration) {
        self.now = self.now + span;
        self.step(&[]);
    }

    fn hear_on(&mut self, channel: Channel, bytes: &[u8]) {
        let chunk = Chunk {
            at: self.now,
            channel,
            heading: Heading::In,
            bytes,
        };
        self.step(&[Input::Chunk(chunk)]);
    }

    /// A message of M3UA arrives.
    fn hear(&mut self, bytes: &[u8]) {
        self.hear_on(channel(2905), bytes);
    }

    /// A message of TCAP arrives from a number, for a subsystem of ours.
    fn told(&mut self, by: (&str, u8), to: u8, octets: &[u8]) {
        let octets = data(&unitdata(by, to, octets));
        self.hear(&octets);
    }

    /// What the log says of every event told last.
    fn settle(&mut self, verdict: Verdict) {
        let events = std::mem::take(&mut self.out.events);
        let settled: Vec<_> = events
            .iter()
            .map(|(ticket, _)| Input::Settled(*ticket, verdict))
            .collect();
        self.step(&settled);
    }

    fn faults(&self) -> Vec<&'static str> {
        self.out.faults.iter().map(|fault| fault.kind).collect()
    }

    fn states(&self) -> Vec<&'static str> {
        self.out.links.iter().map(|change| change.state).collect()
    }

    /// The facts told last, as they are printed.
    fn facts(&self) -> Vec<String> {
        let events = self.out.events.iter();
        events
            .map(|(_, event)| crate::event::to_json(&event.fact))
            .collect()
    }

    /// The messages of TCAP that were sent last.
    fn heard(&self) -> Vec<Heard> {
        let sent = self.out.sends().filter_map(|(_, octets)| {
            let data = Data::decode(octets).unwrap()?;
            let message = sccp::Message::decode(data.protocol_data.payload).unwrap();
            let transfer = message.transfer().unwrap();
            Some(Heard {
                label: data.protocol_data.label,
                called: Address::new(&transfer.called).unwrap(),
                calling: Address::new(&transfer.calling).unwrap(),
                octets: transfer.data.to_vec(),
            })
        });
        sent.collect()
    }

    /// The only message of TCAP that was sent last.
    fn answer(&self) -> Vec<u8> {
        let mut heard = self.heard();
        assert_eq!(heard.len(), 1, "{:?}", self.out.faults);
        heard.remove(0).octets
    }
}

/// Gives a room the rows that another one wrote.
fn load(bench: &mut Bench, rows: &StateBatch) {
    for change in rows.changes() {
        if let Some(value) = change.value {
            bench.room.load(Row {
                table: change.table,
                partition: change.partition,
                key: change.key,
                value,
            });
        }
    }
}

fn plain(kind: MessageType) -> Vec<u8> {
    let mut out = Vec::new();
    Builder::new(&mut out, kind).finish().unwrap();
    out
}

/// A segment of what the VLR says: which, and of how many.
fn segment(part: &[u8], (number, count): (usize, usize)) -> Vec<u8> {
    let calling = Address::international(VLR, 7).unwrap();
    let called = Address::international(OUR_TITLE, 147).unwrap();
    let segment = sccp::ExtendedUnitdata {
        class: ProtocolClass {
            sequence: sccp::Sequence::Kept,
            delivery: sccp::Delivery::ReturnOnError,
        },
        hop_counter: 15,
        called: called.party(),
        calling: calling.party(),
        data: part,
        segmentation: Some(sccp::Segmentation {
            first: number == 0,
            in_sequence: true,
            remaining: u8::try_from(count - 1 - number).unwrap(),
            local_reference: 7,
        }),
        importance: None,
    };
    let mut message = Vec::new();
    segment.encode(&mut message).unwrap();
    data(&message)
}

/// DATA from the network element to us.
fn data(payload: &[u8]) -> Vec<u8> {
    data_in(&[], payload)
}

/// The same in a routing context.
fn data_in(contexts: &[u32], payload: &[u8]) -> Vec<u8> {
    let label = Label {
        originator: THEIRS,
        destination: OURS,
        service: SERVICE_SCCP,
        network: 2,
        priority: 0,
        selection: 5,
    };
    let mut out = Vec::new();
    Builder::new(&mut out, MessageType::Data)
        .routing_contexts(contexts)
        .protocol_data(label, |out| out.extend_from_slice(payload))
        .finish()
        .unwrap();
    out
}

fn unitdata((by, from): (&str, u8), to: u8, data: &[u8]) -> Vec<u8> {
    unitdata_of(&Address::international(by, from).unwrap(), to, data)
}

fn unitdata_of(calling: &Address, to: u8, data: &[u8]) -> Vec<u8> {
    let called = Address::international(OUR_TITLE, to).unwrap();
    let mut out = Vec::new();
    Unitdata {
        class: ProtocolClass {
            sequence: sccp::Sequence::Kept,
            delivery: sccp::Delivery::ReturnOnError,
        },
        called: called.party(),
        calling: calling.party(),
        data,
    }
    .encode(&mut out)
    .unwrap();
    out
}

/// A Begin of a context.
fn begin(context: [u8; 7], components: impl FnOnce(&mut ComponentWriter<'_>)) -> Vec<u8> {
    let context = Oid::from_wire(&context).unwrap();
    let mut out = Vec::new();
    let dialogue = Some(Dialogue::request(context));
    tcap::begin(&mut out, 0x0412_3456.into(), dialogue, components);
    out
}

const REPORTING: [u8; 7] = [4, 0, 0, 1, 0, 42, 3];

/// An argument of noteMM-Event, changed by a test.
fn note(code: u8, change: impl FnOnce(&mut map::NoteMmEventArg<'_>)) -> Vec<u8> {
    let (mut imsi, mut msisdn) = ([0; 8], [0; 9]);
    let mut argument = map::NoteMmEventArg {
        event_met: map::MmCode::new([code]),
        imsi: map::Imsi::from_digits(IMSI.as_bytes(), &mut imsi).unwrap(),
        msisdn: map::IsdnAddressString::international(MSISDN.as_bytes(), &mut msisdn).unwrap(),
        ..map::NoteMmEventArg::BLANK
    };
    change(&mut argument);
    let mut out = Vec::new();
    argument.encode(&mut out);
    out
}

const NOTE: tcap::Code<'static> = tcap::Code::Local(89);

fn cell() -> map::CellGlobalIdOrServiceAreaIdOrLai<'static> {
    let octets = [0x00, 0xf1, 0x10, 0x12, 0x34, 0x56, 0x78];
    map::CellGlobalIdOrServiceAreaIdOrLai::CellGlobalIdOrServiceAreaIdFixedLength(
        map::CellGlobalIdOrServiceAreaIdFixedLength::new(octets),
    )
}

/// A Begin with one event of a code, told by a VLR or an SGSN.
fn tell(bench: &mut Bench, code: u8) {
    let argument = note(code, |argument| match code {
        0..0x80 => {
            argument.location_information = Some(map::LocationInformation {
                cell_global_id_or_service_area_id_or_lai: Some(cell()),
                ..map::LocationInformation::BLANK
            });
        }
        _ => {
            argument.location_information_gprs = Some(map::LocationInformationGprs {
                cell_global_id_or_service_area_id_or_lai: Some(cell()),
                ..map::LocationInformationGprs::BLANK
            });
        }
    });
    let octets = begin(REPORTING, |writer| {
        writer.invoke(1, NOTE, |out| out.extend_from_slice(&argument));
    });
    let by = match code {
        0..0x80 => (VLR, subsystem::VLR),
        _ => (SGSN, subsystem::SGSN),
    };
    bench.told(by, subsystem::GSM_SCF, &octets);
}

/// The components of an End that accepts the context, as text.
fn ended(octets: &[u8]) -> Vec<String> {
    let Ok(tcap::Message::End(end)) = tcap::Message::decode(octets) else {
        panic!("no End: {:?}", tcap::Message::decode(octets));
    };
    assert_eq!(end.dtid, 0x0412_3456.into());
    match end.dialogue.unwrap().decode().unwrap() {
        Dialogue::Response(aare) => assert!(aare.is_accepted),
        other => panic!("{other:?}"),
    }
    shown(&end.components)
}

fn shown(components: &Components<'_>) -> Vec<String> {
    use tcap::Component;
    components
        .iter()
        .map(|component| match component.unwrap() {
            Component::Invoke(it) => format!("invoke {} {:?}", it.invoke_id, it.operation),
            Component::ReturnResult(it) => format!("result {}", it.invoke_id),
            Component::ReturnError(it) => format!("error {} {:?}", it.invoke_id, it.error),
            Component::Reject(it) => format!("reject {:?} {:?}", it.invoke_id, it.problem),
        })
        .collect()
}

/// Why the provider aborted the peer's dialogue.
fn p_aborted(octets: &[u8]) -> tcap::PAbortCause {
    let message = tcap::Message::decode(octets);
    let Ok(tcap::Message::Abort(abort)) = message else {
        panic!("no Abort: {message:?}");
    };
    assert_eq!(abort.dtid, 0x0412_3456.into());
    match abort.cause {
        Some(tcap::AbortCause::Provider(cause)) => cause,
        other => panic!("{other:?}"),
    }
}

/// The dialogue portion of an Abort by the user.
fn aborted(octets: &[u8]) -> Option<Dialogue<'_>> {
    let Ok(tcap::Message::Abort(abort)) = tcap::Message::decode(octets) else {
        panic!("no Abort: {:?}", tcap::Message::decode(octets));
    };
    assert_eq!(abort.dtid, 0x0412_3456.into());
    match abort.cause {
        Some(tcap::AbortCause::User(portion)) => Some(portion.decode().unwrap()),
        Some(tcap::AbortCause::Provider(cause)) => panic!("{cause:?}"),
        None => None,
    }
}
