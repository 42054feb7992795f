//! When the room answers, and what.

use pengate_codecs::sip::Framing;

use super::*;
use crate::feed::{Carrier, Channel};

fn ask(room: &mut Pi, peer: &str, text: &str, out: &mut Outbox) -> ServerId {
    let message = Message::decode(text.as_bytes(), Framing::Datagram).unwrap();
    let transaction = ServerId::outside(1);
    let request = Request {
        transaction,
        channel: Channel {
            carrier: Carrier::Udp,
            local: "127.0.0.1:5060".parse().unwrap(),
            peer: peer.parse().unwrap(),
        },
        message: &message,
    };
    room.input(Stamp::MIN, &[Input::Request(request)], out);
    transaction
}

fn register(expires: u32) -> String {
    format!(
        "REGISTER sip:pna.ims.example SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK1\r\n\
         From: <sip:scscf1.ims.example>;tag=1\r\nTo: <sip:alice@ims.example>\r\nCall-ID: c\r\n\
         CSeq: 1 REGISTER\r\nContact: <sip:scscf1.ims.example>\r\nExpires: {expires}\r\n\
         Content-Length: 0\r\n\r\n"
    )
}

fn answers(out: &mut Outbox) -> Vec<String> {
    let answers = out.answers();
    let texts = answers.map(|(_, octets)| String::from_utf8(octets.to_vec()).unwrap());
    let texts = texts.collect();
    out.clear();
    texts
}

#[test]
fn a_registration_is_answered_when_it_is_durable_with_what_was_granted() {
    let (mut room, mut out) = (Pi::new(Options::default(), 1), Outbox::default());
    ask(&mut room, "127.0.0.1:6060", &register(600), &mut out);
    let [(ticket, _)] = out.events[..] else {
        panic!("{:?}", out.events);
    };
    assert_eq!(answers(&mut out), [""; 0], "nothing is durable yet");
    let settled = [Input::Settled(ticket, Verdict::Settled)];
    room.input(Stamp::MIN, &settled, &mut out);
    let [answer] = &answers(&mut out)[..] else {
        panic!("one answer");
    };
    assert!(answer.starts_with("SIP/2.0 200 "), "{answer}");
    assert!(answer.contains("\r\nExpires: 600\r\n"), "{answer}");
    assert!(
        answer.contains("\r\nContact: <sip:scscf1.ims.example>\r\n"),
        "{answer}"
    );
    room.input(Stamp::MIN, &settled, &mut out);
    assert_eq!(answers(&mut out), [""; 0], "once");
}

#[test]
fn what_the_log_does_not_take_is_answered_503_for_another_try() {
    let (mut room, mut out) = (Pi::new(Options::default(), 1), Outbox::default());
    ask(&mut room, "127.0.0.1:6060", &register(600), &mut out);
    let ticket = out.events[0].0;
    room.input(
        Stamp::MIN,
        &[Input::Settled(ticket, Verdict::Refused)],
        &mut out,
    );
    let answer = answers(&mut out).remove(0);
    assert!(answer.starts_with("SIP/2.0 503 "), "{answer}");
    assert!(answer.contains("\r\nRetry-After: 5\r\n"), "{answer}");
}

#[test]
fn more_than_may_wait_is_answered_503_at_once() {
    let options = Options {
        waiting_max: 1,
        ..Options::default()
    };
    let (mut room, mut out) = (Pi::new(options, 1), Outbox::default());
    ask(&mut room, "127.0.0.1:6060", &register(600), &mut out);
    ask(&mut room, "127.0.0.1:6060", &register(60), &mut out);
    assert_eq!(out.faults[0].kind, "waiting-max");
    let answer = answers(&mut out).remove(0);
    assert!(answer.starts_with("SIP/2.0 503 "), "{answer}");
}

#[test]
fn who_is_not_trusted_or_registers_itself_is_forbidden() {
    let (mut room, mut out) = (Pi::new(Options::default(), 1), Outbox::default());
    let asserted = register(600).replace(
        "Call-ID",
        "P-Asserted-Identity: <sip:scscf1.ims.example>\r\nCall-ID",
    );
    let own = register(600).replace("sip:scscf1.ims.example>;tag", "sip:alice@ims.example>;tag");
    for (peer, text, kind) in [
        ("192.0.2.9:5060", asserted, "untrusted"),
        ("127.0.0.1:5060", own, "not-third-party"),
    ] {
        ask(&mut room, peer, &text, &mut out);
        assert!(out.events.is_empty());
        assert_eq!(out.faults[0].kind, kind);
        let answer = answers(&mut out).remove(0);
        assert!(answer.starts_with("SIP/2.0 403 "), "{answer}");
    }
    ask(
        &mut room,
        "127.0.0.1:5060",
        &register(600).replace("To: <sip:alice@ims.example>", "To: <>"),
        &mut out,
    );
    let answer = answers(&mut out).remove(0);
    assert!(answer.starts_with("SIP/2.0 400 "), "{answer}");
    assert!(
        answer.contains("\r\nWarning: 399 pengate \"To\"\r\n"),
        "{answer}"
    );
}

#[test]
fn requests_that_are_taken_at_one_time_are_events_in_the_order_of_their_arrival() {
    let (mut room, mut out) = (Pi::new(Options::default(), 1), Outbox::default());
    for expires in [600, 0, 0, 600] {
        ask(&mut room, "127.0.0.1:6060", &register(expires), &mut out);
    }
    room.resume(Source::Pi, Stamp::from_secs(5));
    room.resume(Source::Pk, Stamp::from_secs(7));
    ask(&mut room, "127.0.0.1:6060", &register(0), &mut out);
    let orders: Vec<_> = out.events.iter().map(|(_, event)| event.order).collect();
    assert!(orders.is_sorted_by(|one, next| one < next), "{orders:?}");
    assert_eq!(
        orders[4].at.nanos(),
        5_000_000_001,
        "after what is recorded"
    );
}
