//! The endpoint against peers that cut, lose and ask for returns.

use std::time::Duration;

use pengate_codecs::{
    m3ua::SERVICE_SCCP,
    sccp::{
        ExtendedUnitdata, Management, ManagementKind, Message, PartyAddress, ProtocolClass,
        Purpose, Segmentation, Unitdata, subsystem,
    },
};
use proptest::prelude::*;

use super::*;

const OURS: &str = "99900000147";
const RETURN: ProtocolClass = ProtocolClass::from_wire(0x80);
const DROP: ProtocolClass = ProtocolClass::from_wire(0x00);
const LABEL: Label = Label {
    originator: 1001,
    destination: 2002,
    service: SERVICE_SCCP,
    network: 2,
    priority: 0,
    selection: 7,
};

#[derive(Debug, Default)]
struct Said {
    sent: Vec<(Label, Vec<u8>)>,
    faults: Vec<&'static str>,
}

impl Sink for Said {
    fn send(&mut self, label: Label, octets: &[u8]) {
        self.sent.push((label, octets.to_vec()));
    }

    fn fault(&mut self, _: Stamp, kind: &'static str, _: Option<usize>) {
        self.faults.push(kind);
    }
}

fn endpoint(options: Options) -> Endpoint {
    let global_title = OURS.to_owned();
    let options = Options {
        global_title,
        ..options
    };
    Endpoint::new(options, 0x00ff_ffff)
}

fn theirs() -> Address {
    Address::international("99900000007", subsystem::VLR).unwrap()
}

fn ours(subsystem: u8) -> Address {
    Address::international(OURS, subsystem).unwrap()
}

fn unitdata(class: ProtocolClass, called: &Address, data: &[u8]) -> Vec<u8> {
    let (mut out, calling) = (Vec::new(), theirs());
    let message = Unitdata {
        class,
        called: called.party(),
        calling: calling.party(),
        data,
    };
    message.encode(&mut out).unwrap();
    out
}

fn segment(reference: u32, first: bool, remaining: u8, data: &[u8]) -> Vec<u8> {
    let (mut out, called, calling) = (Vec::new(), ours(147), theirs());
    let message = ExtendedUnitdata {
        class: ProtocolClass::from_wire(0x81),
        hop_counter: 15,
        called: called.party(),
        calling: calling.party(),
        data,
        segmentation: Some(Segmentation {
            first,
            in_sequence: true,
            remaining,
            local_reference: reference,
        }),
        importance: None,
    };
    message.encode(&mut out).unwrap();
    out
}

fn take(endpoint: &mut Endpoint, secs: i64, octets: &[u8], said: &mut Said) -> Option<Vec<u8>> {
    let now = Stamp::from_secs(secs);
    let received = endpoint.take(now, LABEL, octets, said)?;
    assert_eq!(received.path.label, LABEL.reversed());
    assert_eq!(received.path.remote, theirs());
    assert_eq!(received.returned, None);
    Some(received.data.into_owned())
}

/// The only message that was sent.
fn answer(said: &mut Said) -> Vec<u8> {
    let sent = std::mem::take(&mut said.sent);
    let [(label, octets)] = &sent[..] else {
        panic!("{sent:?}");
    };
    assert_eq!(*label, LABEL.reversed());
    octets.clone()
}

#[test]
fn an_answer_comes_from_our_own_title_and_the_subsystem_that_was_called() {
    for number in [147, 146] {
        let (mut endpoint, mut said) = (endpoint(Options::default()), Said::default());
        // The network may have translated the title by which we were called.
        let called = Address::new(&PartyAddress::subsystem(number)).unwrap();
        let octets = unitdata(DROP, &called, b"begin");
        let received = endpoint.take(Stamp::from_secs(0), LABEL, &octets, &mut said);
        let path = received.unwrap().path;
        endpoint.send(&path, b"end", DROP, &mut said).unwrap();
        let octets = answer(&mut said);
        let transfer = Message::decode(&octets).unwrap().transfer().unwrap();
        assert_eq!(transfer.called, theirs().party());
        assert_eq!(transfer.calling, ours(number).party());
        assert_eq!(transfer.data, b"end");
    }
}

#[test]
fn without_a_title_we_answer_by_point_code() {
    let mut endpoint = Endpoint::new(Options::default(), 0);
    let path = Path {
        label: LABEL,
        remote: theirs(),
        subsystem: 147,
    };
    let mut said = Said::default();
    endpoint.send(&path, b"x", DROP, &mut said).unwrap();
    let transfer = Message::decode(&said.sent[0].1)
        .unwrap()
        .transfer()
        .unwrap();
    assert_eq!(transfer.calling, PartyAddress::subsystem(147));
}

#[test]
fn what_is_for_nobody_is_returned_to_those_who_asked() {
    let (mut endpoint, mut said) = (endpoint(Options::default()), Said::default());
    for class in [DROP, RETURN] {
        let octets = unitdata(class, &ours(6), b"for the HLR");
        assert_eq!(take(&mut endpoint, 0, &octets, &mut said), None);
    }
    assert_eq!(said.faults, ["unequipped-user"; 2]);
    let octets = answer(&mut said);
    let message = Message::decode(&octets).unwrap();
    assert_eq!(message.kind().name(), Some("UDTS"));
    let transfer = message.transfer().unwrap();
    assert_eq!(
        transfer.purpose,
        Purpose::Return(ReturnCause::UnequippedUser)
    );
    assert_eq!(
        (transfer.called, transfer.calling),
        (theirs().party(), ours(6).party())
    );
    assert_eq!(transfer.data, b"for the HLR");
}

#[test]
fn what_comes_back_is_told_to_the_user_and_never_returned_again() {
    let (mut endpoint, mut said) = (endpoint(Options::default()), Said::default());
    let mut octets = unitdata(DROP, &ours(147), b"ours");
    octets[..2].copy_from_slice(&[0x0a, 5]);
    let received = endpoint.take(Stamp::from_secs(0), LABEL, &octets, &mut said);
    let received = received.unwrap();
    assert_eq!(received.returned, Some(ReturnCause::MtpFailure));
    assert_eq!(&received.data[..], b"ours");
    let mut stray = unitdata(DROP, &ours(6), b"ours");
    stray[..2].copy_from_slice(&[0x0a, 0x80]);
    assert_eq!(take(&mut endpoint, 0, &stray, &mut said), None);
    assert!(said.sent.is_empty());
}

#[test]
fn a_test_of_our_subsystem_is_answered() {
    let (mut endpoint, mut said) = (endpoint(Options::default()), Said::default());
    for (number, answered) in [(147, true), (146, true), (6, false)] {
        let test = Management {
            kind: ManagementKind::StatusTest,
            subsystem: number,
            point_code: 2002,
            multiplicity: 0,
            congestion: None,
        };
        let mut data = Vec::new();
        test.encode(&mut data);
        let octets = unitdata(DROP, &ours(subsystem::MANAGEMENT), &data);
        assert_eq!(take(&mut endpoint, 0, &octets, &mut said), None);
        if answered {
            let octets = answer(&mut said);
            let transfer = Message::decode(&octets).unwrap().transfer().unwrap();
            let told = Management::decode(transfer.data).unwrap();
            let kind = ManagementKind::Allowed;
            assert_eq!(told, Management { kind, ..test });
        }
        assert!(said.sent.is_empty());
    }
}

#[test]
fn segments_in_order_make_a_message_and_others_do_not() {
    let (mut endpoint, mut said) = (endpoint(Options::default()), Said::default());
    let mut give = |octets: &[u8]| take(&mut endpoint, 0, octets, &mut said);
    assert_eq!(give(&segment(1, true, 2, b"one ")), None);
    assert_eq!(give(&segment(2, true, 1, b"other ")), None);
    assert_eq!(give(&segment(1, false, 1, b"two ")), None);
    assert_eq!(
        give(&segment(2, false, 0, b"message")),
        Some(b"other message".to_vec())
    );
    assert_eq!(
        give(&segment(1, false, 0, b"three")),
        Some(b"one two three".to_vec())
    );
    assert_eq!(
        give(&segment(3, true, 0, b"alone")),
        Some(b"alone".to_vec())
    );
    // One is missing; and then there is no set any more.
    assert_eq!(give(&segment(4, true, 2, b"first")), None);
    assert_eq!(give(&segment(4, false, 0, b"third")), None);
    assert_eq!(give(&segment(4, false, 0, b"again")), None);
    assert_eq!(said.faults, ["segment-sequence"; 2]);
    let (_, octets) = said.sent.remove(0);
    let message = Message::decode(&octets).unwrap();
    assert_eq!(message.kind().name(), Some("XUDTS"));
    let transfer = message.transfer().unwrap();
    assert_eq!(transfer.data, b"first");
    assert_eq!(
        transfer.purpose,
        Purpose::Return(ReturnCause::SegmentationFailure)
    );
    assert_eq!(endpoint.load(), (0, 0));
}

#[test]
fn nothing_waits_longer_than_reassembly_timeout() {
    let (mut endpoint, mut said) = (endpoint(Options::default()), Said::default());
    take(&mut endpoint, 0, &segment(1, true, 1, b"first"), &mut said);
    assert_eq!(endpoint.deadline(), Some(Stamp::from_secs(15)));
    endpoint.expire(Stamp::from_millis(14_999), &mut said);
    assert_eq!(endpoint.load(), (1, 5));
    endpoint.expire(Stamp::from_secs(15), &mut said);
    assert_eq!((endpoint.load(), endpoint.deadline()), ((0, 0), None));
    assert_eq!(said.faults, ["reassembly-timeout"]);
    let octets = answer(&mut said);
    assert_eq!(
        Message::decode(&octets).unwrap().transfer().unwrap().data,
        b"first"
    );
}

#[test]
fn what_is_long_is_cut_and_what_is_too_long_is_refused() {
    let (mut sender, mut said) = (endpoint(Options::default()), Said::default());
    let path = Path {
        label: LABEL,
        remote: ours(147),
        subsystem: 147,
    };
    for octets in [0, 1, 200, 201, 255, 256, 400, 3_200] {
        let data: Vec<u8> = (0..octets)
            .map(|n| u8::try_from(n % 251).unwrap())
            .collect();
        sender.send(&path, &data, RETURN, &mut said).unwrap();
        let mut receiver = endpoint(Options::default());
        let sent = std::mem::take(&mut said.sent);
        let mut whole = Vec::new();
        for (_, octets) in &sent {
            let received = receiver.take(Stamp::from_secs(0), LABEL, octets, &mut said);
            whole.extend(received.map(|received| received.data.into_owned()));
        }
        assert_eq!(whole, [data], "in {} messages", sent.len());
    }
    let error = sender.send(&path, &[0; 3_201], RETURN, &mut said);
    assert_eq!(error, Err(TooLong { octets: 3_201 }));
    assert!(said.sent.is_empty());
}

#[test]
fn what_is_not_understood_is_counted() {
    let (mut endpoint, mut said) = (endpoint(Options::default()), Said::default());
    for octets in [&[][..], &[9, 0, 0, 1, 1], &[1, 2, 3]] {
        assert_eq!(take(&mut endpoint, 0, octets, &mut said), None);
    }
    assert_eq!(said.faults, ["short", "pointer", "unknown-message"]);
    assert!(said.sent.is_empty());
}

proptest! {
    /// However segments of several messages are lost, repeated and mixed, what is given out is a
    /// message that was sent, and the limits are kept.
    #[test]
    fn only_what_was_sent_is_given_out(
        order in proptest::collection::vec((0_u32..6, 0_u8..4, 0_i64..10), 0..150),
    ) {
        let options = Options {
            reassemblies_max: 3,
            reassembly_bytes_max: 40,
            reassembly_timeout: Duration::from_secs(20),
            ..Options::default()
        };
        let (mut endpoint, mut said) = (endpoint(options), Said::default());
        let mut now = 0;
        for (reference, number, wait) in order {
            now += wait;
            let data = format!("{reference}{number}part");
            let octets = segment(reference, number == 0, 3 - number, data.as_bytes());
            if let Some(whole) = take(&mut endpoint, now, &octets, &mut said) {
                let sent: String = (0..4).map(|number| format!("{reference}{number}part")).collect();
                prop_assert_eq!(whole, sent.into_bytes());
            }
            let (count, octets) = endpoint.load();
            prop_assert!(count <= 3 && octets <= 40, "{} {}", count, octets);
        }
        endpoint.expire(Stamp::from_secs(now + 20), &mut said);
        prop_assert_eq!(endpoint.load(), (0, 0));
        prop_assert_eq!(endpoint.deadline(), None);
    }
}
