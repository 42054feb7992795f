//! Captures of MAP and CAP: dialogues of test identities that another implementation wrote, in all
//! that carries them.

use pengate::feed::{Carrier, Heading, capture::Payload};
use pengate_asn1::oid;
use pengate_codecs::{
    m3ua::Label,
    sccp::{
        Digits, ExtendedUnitdata, GlobalTitle, LongUnitdata, PartyAddress, ProtocolClass,
        Segmentation, Unitdata, subsystem,
    },
    tcap::{
        self, Aare, AbortSource, Abrt, Code, Dialogue, InvokeProblem, PAbortCause, Problem,
        TransactionId,
    },
};

use super::{
    captures::{Writer, channel},
    ss7::{data, mtp3},
};

#[path = "../../codecs/tests/data/ss7/mod.rs"]
mod vectors;

use vectors::octets;

/// 99900000147, 99900000007 and 99900000006.
const OURS: [u8; 6] = [0x99, 0x09, 0x00, 0x00, 0x41, 0x07];
const VLR: [u8; 6] = [0x99, 0x09, 0x00, 0x00, 0x00, 0x07];
const HLR: [u8; 6] = [0x99, 0x09, 0x00, 0x00, 0x00, 0x06];

const CLASS: ProtocolClass = ProtocolClass::from_wire(0x80);
const TO_US: Label = Label {
    originator: 1001,
    destination: 2002,
    service: 3,
    network: 2,
    priority: 0,
    selection: 5,
};

fn party(digits: &[u8], number: u8) -> PartyAddress<'_> {
    PartyAddress::titled(
        GlobalTitle::international(Digits::new(digits, true)),
        number,
    )
}

/// Our end and the peer's.
type Ends<'a> = (PartyAddress<'a>, PartyAddress<'a>);

fn unitdata((ours, peer): Ends<'_>, heading: Heading, data: &[u8]) -> Vec<u8> {
    let (called, calling) = match heading {
        Heading::In => (ours, peer),
        Heading::Out => (peer, ours),
    };
    let mut out = Vec::new();
    let unitdata = Unitdata {
        class: CLASS,
        called,
        calling,
        data,
    };
    if unitdata.encode(&mut out).is_err() {
        let long = LongUnitdata {
            class: CLASS,
            hop_counter: 15,
            called,
            calling,
            data,
            segmentation: None,
            importance: None,
        };
        long.encode(&mut out).unwrap();
    }
    out
}

/// Writes messages of a dialogue over M3UA.
struct Association {
    writer: Writer,
}

impl Association {
    fn new() -> Self {
        let mut writer = Writer::new();
        writer.association(Self::channel(), Payload::M3ua);
        Self { writer }
    }

    fn channel() -> pengate::feed::Channel {
        channel(Carrier::Sctp, "192.0.2.2:40000", "192.0.2.1:2905")
    }

    fn sccp(&mut self, heading: Heading, sccp: &[u8]) {
        let label = match heading {
            Heading::In => TO_US,
            Heading::Out => TO_US.reversed(),
        };
        self.writer
            .chunk(Self::channel(), heading, &data(label, sccp));
    }

    fn tcap(&mut self, ends: Ends<'_>, heading: Heading, message: &[u8]) {
        self.sccp(heading, &unitdata(ends, heading, message));
    }

    fn vectors(&mut self, ends: Ends<'_>, dialogue: &[(Heading, &str)]) {
        for (heading, text) in dialogue {
            self.tcap(ends, *heading, &octets(text));
        }
    }
}

/// Mobility events, questions and location updates with their answers; a message in two segments;
/// refusals, and what is wrong.
pub fn map() -> Vec<u8> {
    use Heading::{In, Out};
    let mut to = Association::new();
    let ours = party(&OURS, subsystem::GSM_SCF);
    let vlr = (ours, party(&VLR, subsystem::VLR));
    let sgsn = (ours, party(&VLR, subsystem::SGSN));
    let hlr = (ours, party(&HLR, subsystem::HLR));
    let result = (Out, vectors::NOTE_MM_EVENT_RESULT);
    to.vectors(vlr, &[(In, vectors::NOTE_MM_EVENT_CS), result]);
    to.vectors(sgsn, &[(In, vectors::NOTE_MM_EVENT_PS), result]);
    to.vectors(vlr, &[(In, vectors::NOTE_MM_EVENT_LEAST), result]);
    for answer in [
        vectors::ANY_TIME_INTERROGATION_RESULT,
        vectors::ANY_TIME_INTERROGATION_RESULT_DETACHED,
        vectors::ANY_TIME_INTERROGATION_RESULT_BUSY,
        vectors::ANY_TIME_INTERROGATION_SYSTEM_FAILURE,
        vectors::ANY_TIME_INTERROGATION_UNKNOWN_SUBSCRIBER,
    ] {
        to.vectors(hlr, &[(Out, vectors::ANY_TIME_INTERROGATION), (In, answer)]);
    }
    let update = (party(&HLR, subsystem::HLR), party(&VLR, subsystem::VLR));
    to.vectors(
        update,
        &[
            (In, vectors::UPDATE_LOCATION),
            (Out, vectors::UPDATE_LOCATION_RESULT),
            (In, vectors::UPDATE_GPRS_LOCATION),
            (Out, vectors::UPDATE_GPRS_LOCATION_RESULT),
        ],
    );
    segments(&mut to, vlr);
    refusals(&mut to, vlr);
    barred(&mut to, update);
    to.writer.finish()
}

/// A long event in two segments, and a segment that nothing announced.
fn segments(to: &mut Association, (ours, peer): Ends<'_>) {
    let long = octets(vectors::NOTE_MM_EVENT_FULL);
    let (first, second) = long.split_at(150);
    for (number, octets) in [first, second, second].into_iter().enumerate() {
        let mut out = Vec::new();
        let segment = ExtendedUnitdata {
            class: ProtocolClass::from_wire(0x81),
            hop_counter: 15,
            called: ours,
            calling: peer,
            data: octets,
            segmentation: Some(Segmentation {
                first: number == 0,
                in_sequence: true,
                remaining: u8::from(number == 0),
                local_reference: 78,
            }),
            importance: None,
        };
        segment.encode(&mut out).unwrap();
        to.sccp(Heading::In, &out);
    }
}

/// What is refused, given up, or wrong.
fn refusals(to: &mut Association, ends: Ends<'_>) {
    let id = TransactionId::from(0x0400_0001);
    let context = oid![0x04, 0x00, 0x00, 0x01, 0x00, 0x2a, 0x03];
    let said = |write: &dyn Fn(&mut Vec<u8>)| {
        let mut out = Vec::new();
        write(&mut out);
        out
    };
    let refused = said(&|out| {
        tcap::abort(out, id, Some(Dialogue::Response(Aare::refuse(context))));
    });
    let aborted = said(&|out| {
        let source = AbortSource::User;
        let user_information = None;
        let abort = Abrt {
            source,
            user_information,
        };
        tcap::abort(out, id, Some(Dialogue::Abort(abort)));
    });
    let p_aborted = said(&|out| tcap::p_abort(out, id, PAbortCause::UnrecognizedTransactionId));
    let rejected = said(&|out| {
        tcap::end(out, id, None, |to| {
            to.reject(
                Some(1),
                Problem::Invoke(InvokeProblem::UnrecognizedOperation),
            );
        });
    });
    // 59, mm-EventNotSupported.
    let failed = said(&|out| {
        tcap::end(out, id, None, |to| to.error(1, Code::Local(59), |_| ()));
    });
    // purgeMS, whose argument is not read here.
    let other = said(&|out| {
        tcap::begin(out, id, None, |to| {
            to.invoke(1, Code::Local(67), |out| {
                out.extend([0x30, 4, 4, 2, 0x21, 0xf3]);
            });
        });
    });
    let event = octets(vectors::NOTE_MM_EVENT_LEAST);
    let mut size = event.clone();
    // The event, as two octets of a tag that a later release may have.
    let at = size
        .windows(3)
        .rposition(|it| it[..2] == [0x80, 1])
        .unwrap();
    size[at] = 0x9e;
    for (heading, message) in [
        (Heading::Out, &refused),
        (Heading::In, &aborted),
        (Heading::In, &p_aborted),
        (Heading::In, &event),
        (Heading::Out, &rejected),
        (Heading::In, &event),
        (Heading::Out, &failed),
        (Heading::In, &other),
        (Heading::In, &size),
        (Heading::In, &event[..event.len() - 3].to_vec()),
    ] {
        to.tcap(ends, heading, message);
    }
}

/// A location update that the operator bars.
fn barred(to: &mut Association, ends: Ends<'_>) {
    let update = octets(vectors::UPDATE_LOCATION);
    let Ok(tcap::Message::Begin(begin)) = tcap::Message::decode(&update) else {
        panic!("it is a Begin");
    };
    let mut error = Vec::new();
    tcap::end(&mut error, begin.otid, None, |to| {
        // 8, roamingNotAllowed.
        to.error(1, Code::Local(8), |out| out.extend([0x30, 3, 0x0a, 1, 3]));
    });
    to.tcap(ends, Heading::In, &update);
    to.tcap(ends, Heading::Out, &error);
}

/// Calls and GPRS sessions.
pub fn cap() -> Vec<u8> {
    use Heading::In;
    let mut to = Association::new();
    let ours = party(&OURS, subsystem::CAP);
    let msc = (ours, party(&VLR, subsystem::CAP));
    to.vectors(
        msc,
        &[
            (In, vectors::INITIAL_DP),
            (In, vectors::EVENT_REPORT_BCSM_TERM_SEIZED),
            (In, vectors::EVENT_REPORT_BCSM_ANSWER),
            (In, vectors::EVENT_REPORT_BCSM_CHANGE_OF_POSITION),
            (In, vectors::EVENT_REPORT_BCSM_DISCONNECT),
            (In, vectors::EVENT_REPORT_BCSM_BUSY),
            (In, vectors::EVENT_REPORT_BCSM_NO_ANSWER),
            (In, vectors::EVENT_REPORT_BCSM_ABANDON),
            (In, vectors::REQUEST_REPORT_BCSM_EVENT),
            (In, vectors::INITIAL_DP_GPRS_ATTACH),
            (In, vectors::REQUEST_REPORT_GPRS_EVENT),
            (In, vectors::INITIAL_DP_GPRS_PDP),
            (In, vectors::EVENT_REPORT_GPRS_ESTABLISHMENT),
            (In, vectors::EVENT_REPORT_GPRS_ACKNOWLEDGEMENT),
            (In, vectors::EVENT_REPORT_GPRS_PDP_POSITION),
            (In, vectors::EVENT_REPORT_GPRS_POSITION),
            (In, vectors::EVENT_REPORT_GPRS_DISCONNECT),
            (In, vectors::EVENT_REPORT_GPRS_DETACH),
            (In, vectors::EVENT_REPORT_GPRS_DETACH_RAU),
            (In, vectors::ENTITY_RELEASED_GPRS),
            (In, vectors::INITIAL_DP_FULL),
        ],
    );
    to.writer.finish()
}

/// An event and its acknowledgement over M2PA.
pub fn m2pa() -> Vec<u8> {
    let mut writer = Writer::new();
    let path = channel(Carrier::Sctp, "192.0.2.2:3565", "192.0.2.1:3565");
    writer.association(path, Payload::M2pa);
    let ends = (
        party(&OURS, subsystem::GSM_SCF),
        party(&VLR, subsystem::VLR),
    );
    for (number, (heading, text)) in (0_u32..).zip([
        (Heading::In, vectors::NOTE_MM_EVENT_LEAST),
        (Heading::Out, vectors::NOTE_MM_EVENT_RESULT),
    ]) {
        let unit = mtp3(&unitdata(ends, heading, &octets(text)));
        let length = u32::try_from(unit.len() + 17).unwrap();
        let mut message = vec![1, 0, 11, 1];
        message.extend(length.to_be_bytes());
        message.extend(number.to_be_bytes());
        message.extend((number + 1).to_be_bytes());
        message.push(0);
        message.extend(unit);
        writer.chunk(path, heading, &message);
    }
    writer.finish()
}
