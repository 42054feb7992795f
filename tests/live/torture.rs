//! SIP as it must not be: what is wrong is refused as the RFCs say, and never stops the gateway.

use std::{io::Write, net::TcpStream};

use crate::{
    gateway::{Gateway, Setup, eventually},
    http::{faults, get},
    sip::Party,
};

/// A request with what matters left to the test.
fn request(party: &mut Party, line: &str, change: impl Fn(String) -> String) -> String {
    let call_id = party.name("t");
    let (method, uri) = line.split_once(' ').unwrap();
    let headers = "Event: presence\r\nExpires: 600\r\nContact: <sip:bob@127.0.0.1:9>\r\n";
    change(party.request(
        method,
        uri,
        "<sip:alice@ims.example>",
        &call_id,
        1,
        headers,
        "",
    ))
}

const ALICE: &str = "sip:alice@ims.example";

type Change = fn(String) -> String;

/// What is asked, how it is spoiled, and the status that is due.
const REFUSALS: &[(&str, Change, u16)] = &[
    ("INVITE sip:alice@ims.example", |it| it, 405),
    ("MESSAGE sip:alice@ims.example", |it| it, 405),
    ("FOO sip:alice@ims.example", |it| it, 405),
    ("SUBSCRIBE http://alice.example/", |it| it, 416),
    ("SUBSCRIBE sip:alice@elsewhere.example", |it| it, 404),
    (
        "SUBSCRIBE sip:alice@ims.example",
        |it| it.replace("Event: presence", "Event: dialog"),
        489,
    ),
    (
        "SUBSCRIBE sip:alice@ims.example",
        |it| it.replace("Event: presence\r\n", ""),
        489,
    ),
    (
        "SUBSCRIBE sip:alice@ims.example",
        |it| it.replace("Event: ", "Require: nothing-we-know\r\nEvent: "),
        420,
    ),
    (
        "SUBSCRIBE sip:alice@ims.example",
        |it| it.replace("Max-Forwards: 70", "Max-Forwards: 0"),
        483,
    ),
    (
        "SUBSCRIBE sip:alice@ims.example",
        |it| it.replace("Expires: 600", "Expires: 5"),
        423,
    ),
    (
        "SUBSCRIBE sip:alice@ims.example",
        |it| it.replace("Event: ", "Accept: text/plain\r\nEvent: "),
        406,
    ),
    (
        "SUBSCRIBE sip:alice@ims.example",
        |it| {
            it.replace(
                "<sip:alice@ims.example>",
                "<sip:alice@ims.example>;tag=gone",
            )
        },
        481,
    ),
    (
        "NOTIFY sip:alice@ims.example",
        |it| it.replace("Event: ", "Subscription-State: active\r\nEvent: "),
        405,
    ),
    (
        "SUBSCRIBE sip:alice@ims.example",
        |it| {
            it.replace(
                "SUBSCRIBE sip:alice@ims.example SIP/2.0",
                "SUBSCRIBE sip:alice@ims.example SIP/7.0",
            )
        },
        505,
    ),
    (
        "SUBSCRIBE sip:alice@ims.example",
        |it| it.replace("1 SUBSCRIBE", "1 PUBLISH"),
        400,
    ),
    (
        "SUBSCRIBE sip:alice@ims.example",
        |it| it.replace("1 SUBSCRIBE", "99999999999 SUBSCRIBE"),
        400,
    ),
];

#[test]
fn each_wrong_request_gets_its_status_over_udp_and_tcp() {
    let gateway = Setup::default().with_ipv6().start();
    for server in gateway.sip.clone() {
        for mut party in [Party::udp(server, "bob"), Party::tcp(server, "bob")] {
            for (line, change, status) in REFUSALS {
                let request = request(&mut party, line, change);
                let answer = party.ask(&request);
                assert_eq!(answer.status(), Some(*status), "{request}\n{answer:?}");
                match status {
                    405 => assert!(answer.header("Allow").unwrap().contains("SUBSCRIBE")),
                    420 => assert_eq!(answer.header("Unsupported"), Some("nothing-we-know")),
                    423 => assert_eq!(answer.header("Min-Expires"), Some("60")),
                    489 => assert!(answer.header("Allow-Events").unwrap().contains("presence")),
                    _ => {}
                }
            }
        }
    }
}

#[test]
fn each_wrong_publication_gets_its_status() {
    let gateway = Gateway::start();
    let mut alice = Party::udp(gateway.sip[0], "alice");
    let document = crate::pidf::document(ALICE, "open", "note");
    let spoiled: &[(Change, u16)] = &[
        (|it| it.replace("application/pidf+xml", "text/plain"), 415),
        (|it| it.replace("</presence>", "</presents>"), 400),
        (|it| it.replace("Expires: 3600", "Expires: 1"), 423),
        (
            |it| it.replace("Event: ", "SIP-If-Match: unknown\r\nEvent: "),
            412,
        ),
        (|it| it.replace("Event: presence", "Event: reg"), 489),
        (
            |it| it.replace("entity=\"sip:alice@", "entity=\"sip:carol@"),
            403,
        ),
        (
            |it| it.replace("From: <sip:alice@", "From: <sip:carol@"),
            403,
        ),
        (
            |it| it.replace("Event: ", "Content-Encoding: gzip\r\nEvent: "),
            415,
        ),
    ];
    for (change, status) in spoiled {
        let call_id = alice.name("p");
        let request = change(alice.publish_request(&call_id, "", &document, 3600));
        let answer = alice.ask(&request);
        assert_eq!(answer.status(), Some(*status), "{request}\n{answer:?}");
    }
    let call_id = alice.name("p");
    let empty = alice.publish_request(&call_id, "", "", 3600);
    assert_eq!(alice.ask(&empty).status(), Some(400));
    alice.publish(&document);
}

#[test]
fn a_peer_that_is_not_trusted_is_refused() {
    let gateway = Setup::default().set("sip.trusted=[\"192.0.2.1\"]").start();
    let mut bob = Party::udp(gateway.sip[0], "bob");
    let subscription = bob.new_subscription(ALICE);
    let answer = bob.ask(&bob.subscribe_request(&subscription, 600));
    assert_eq!(answer.status(), Some(403), "{answer:?}");
}

#[test]
fn options_tell_what_is_spoken() {
    let gateway = Setup::default().with_ipv6().start();
    for server in gateway.sip.clone() {
        let mut party = Party::udp(server, "bob");
        let options = request(&mut party, "OPTIONS sip:ims.example", |it| it);
        let answer = party.ask(&options);
        assert_eq!(answer.status(), Some(200));
        for (name, value) in [
            ("Allow", "PUBLISH"),
            ("Accept", "application/pidf+xml"),
            ("Allow-Events", "presence"),
        ] {
            assert!(answer.header(name).unwrap().contains(value), "{answer:?}");
        }
    }
}

#[test]
fn folded_and_compact_headers_and_missing_lengths_are_read() {
    let gateway = Gateway::start();
    let mut party = Party::udp(gateway.sip[0], "bob");
    let changes: &[Change] = &[
        |it| {
            it.replace("Event: presence", "o: presence")
                .replace("Call-ID:", "i:")
        },
        |it| it.replace("Event: presence", "Event:\r\n presence"),
        |it| it.replace("Content-Length: 0\r\n", ""),
        |it| format!("\r\n\r\n{it}"),
        |it| it.replace("Max-Forwards", "mAX-fORWARDS"),
    ];
    for change in changes {
        let asked = request(&mut party, "SUBSCRIBE sip:alice@ims.example", |it| it);
        party.send(change(asked).as_bytes());
        let answer = party.answered();
        assert_eq!(answer.status(), Some(200), "{answer:?}");
    }
}

#[test]
fn junk_half_and_huge_messages_do_not_stop_it() {
    let gateway = Gateway::start();
    let mut datagrams = Party::udp(gateway.sip[0], "bob");
    let whole = request(&mut datagrams, "SUBSCRIBE sip:alice@ims.example", |it| it);
    let mut junk: Vec<Vec<u8>> = (0..whole.len())
        .step_by(7)
        .map(|to| whole.as_bytes()[..to].to_vec())
        .collect();
    junk.push((0..=255).cycle().take(60_000).collect());
    junk.push(vec![0xff; 65_000]);
    junk.push(b"SIP/2.0 200 OK\r\n\r\n".to_vec());
    junk.push(whole.replace("bob", &"b".repeat(60_000)).into_bytes());
    for octets in &junk {
        datagrams.send(octets);
    }
    let mut still = Party::udp(gateway.sip[0], "carol");
    still.subscribe(ALICE, 600);
    eventually("malformed datagrams are counted", || {
        (faults(&gateway, "sip", "malformed") > 10.0).then_some(())
    });
    assert_eq!(get(&gateway, "/readyz").0, 200);
}

#[test]
fn a_stream_that_is_not_sip_is_closed_and_others_go_on() {
    let gateway = Gateway::start();
    let mut good = Party::tcp(gateway.sip[0], "bob");
    good.subscribe(ALICE, 600);
    let headers = "X: y\r\n".repeat(20_000);
    for octets in [
        vec![0xff; 100_000],
        format!("SUBSCRIBE {ALICE} SIP/2.0\r\n{headers}").into_bytes(),
        format!("SUBSCRIBE {ALICE} SIP/2.0\r\nContent-Length: 99999999999\r\n\r\n").into_bytes(),
    ] {
        let mut bad = Party::tcp(gateway.sip[0], "carol");
        bad.send(&octets);
        assert!(bad.is_closed());
    }
    eventually("each is counted", || {
        (faults(&gateway, "sip", "stream") >= 3.0).then_some(())
    });
    good.subscribe(ALICE, 600);
}

#[test]
fn peers_that_dawdle_cost_nobody_else_anything() {
    let gateway = Gateway::start();
    let mut dawdlers: Vec<TcpStream> = (0..50)
        .map(|_| TcpStream::connect(gateway.sip[0]).unwrap())
        .collect();
    let mut party = Party::tcp(gateway.sip[0], "bob");
    let whole = request(&mut party, "SUBSCRIBE sip:alice@ims.example", |it| it);
    for part in whole.as_bytes().chunks(whole.len() / 3 + 1) {
        for dawdler in &mut dawdlers {
            dawdler.write_all(part).unwrap();
        }
        party.subscribe(ALICE, 600);
    }
}

#[test]
fn a_message_in_pieces_and_several_in_one_are_both_understood() {
    let gateway = Gateway::start();
    let mut party = Party::tcp(gateway.sip[0], "bob");
    let line = "OPTIONS sip:ims.example";
    let first = request(&mut party, line, |it| it);
    for octet in first.as_bytes() {
        party.send(&[*octet]);
    }
    assert_eq!(party.answered().status(), Some(200));
    let several: String = (0..10)
        .map(|_| request(&mut party, line, |it| it))
        .collect();
    party.send(several.as_bytes());
    for _ in 0..10 {
        assert_eq!(party.answered().status(), Some(200));
    }
}
