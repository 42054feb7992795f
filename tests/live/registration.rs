//! The S-CSCF's feed: what it may send, and what outlives the process.

use std::fmt::Write as _;

use serde_json::json;

use crate::{
    gateway::{Gateway, PATIENCE, Setup, eventually},
    http::{faults, feed, presentity},
    sip::Party,
};

const ALICE: &str = "sip:alice@ims.example";

/// A third-party REGISTER for alice.
fn register(scscf: &mut Party, expires: u32, more: &str) -> String {
    let call_id = scscf.name("r");
    let headers = format!("Contact: <sip:scscf1.ims.example>\r\nExpires: {expires}\r\n{more}");
    let uri = "sip:pna.ims.example";
    scscf.request(
        "REGISTER",
        uri,
        "<sip:alice@ims.example>",
        &call_id,
        1,
        &headers,
        "",
    )
}

fn status(scscf: &mut Party, request: &str) -> u16 {
    scscf.ask(request).status().unwrap()
}

/// The registration state that a document of alice tells.
fn state(gateway: &Gateway) -> Option<String> {
    let known = presentity(gateway, ALICE)?;
    let document = known["document"].as_str().unwrap();
    let (_, rest) = document.split_once("<op:registration-state>")?;
    Some(rest.split_once('<').unwrap().0.to_owned())
}

#[test]
fn what_was_registered_outlives_the_process_and_what_comes_after_counts() {
    let mut gateway = Gateway::start();
    for (expires, expected) in [(600, "active"), (0, "terminated"), (900, "active")] {
        let mut scscf = Party::udp(gateway.sip[0], "scscf1");
        let request = register(&mut scscf, expires, "");
        assert_eq!(status(&mut scscf, &request), 200);
        gateway.kill();
        gateway = gateway.restart();
        assert_eq!(state(&gateway).as_deref(), Some(expected));
    }
    // A copy that comes after the restart is a registration anew, and does no harm.
    let mut scscf = Party::udp(gateway.sip[0], "scscf1");
    let request = register(&mut scscf, 600, "");
    assert_eq!(status(&mut scscf, &request), 200);
    gateway.kill();
    let gateway = gateway.restart();
    assert_eq!(status(&mut scscf, &request), 200);
    assert_eq!(state(&gateway).as_deref(), Some("active"));
}

type Change = fn(String) -> String;

/// How a REGISTER is spoiled, and the status that is due.
const REFUSALS: &[(Change, u16)] = &[
    (
        |it| it.replace("To: <sip:alice@ims.example>", "To: <>"),
        400,
    ),
    (|it| it.replace("To: ", "Too: "), 400),
    (
        |it| it.replace("CSeq: 1 REGISTER", "CSeq: one REGISTER"),
        400,
    ),
    (
        |it| it.replace("CSeq: 1 REGISTER", "CSeq: 1 SUBSCRIBE"),
        400,
    ),
    (|it| it.replace("Expires: 600", "Expires: soon"), 400),
    (
        |it| it.replace("Expires: 600", "Expires: 600\r\nExpires: 60"),
        400,
    ),
    (
        |it| it.replace("Expires: ", "Require: nothing-we-know\r\nExpires: "),
        420,
    ),
    (|it| it.replace("SIP/2.0\r\nVia", "SIP/3.0\r\nVia"), 505),
    (|it| it.replace("Max-Forwards: 70", "Max-Forwards: 0"), 483),
    // A user agent's own, and one that says whom it wants to be taken for.
    (
        |it| {
            let own = it.replace("sip:scscf1@ims.example>;tag", "sip:alice@ims.example>;tag");
            own.replace(
                "Expires: ",
                "P-Asserted-Identity: <sip:scscf1@ims.example>\r\nExpires: ",
            )
        },
        403,
    ),
    // What is unknown, or copied, or odd in what nobody needs, is no reason.
    (
        |it| {
            it.replace(
                "Expires: ",
                "X-Unknown: \u{fc}\r\nSupported: path, x\r\nExpires: ",
            )
        },
        200,
    ),
    (
        |it| it.replace("Expires: ", "P-Access-Network-Info: ;;=\"\r\nExpires: "),
        200,
    ),
    (
        |it| {
            it.replace(
                "Expires: ",
                "Authorization: Digest username=\"alice\"\r\nExpires: ",
            )
        },
        200,
    ),
    (
        |it| it.replace("Contact: <sip:scscf1.ims.example>\r\n", ""),
        200,
    ),
];

#[test]
fn each_wrong_register_gets_its_status_and_the_next_is_taken() {
    let gateway = Gateway::start();
    let parties: [fn(_, &str) -> Party; 2] = [Party::udp, Party::tcp];
    for party in parties {
        let mut scscf = party(gateway.sip[0], "scscf1");
        for (number, (change, expected)) in REFUSALS.iter().enumerate() {
            let request = change(register(&mut scscf, 600, ""));
            assert_eq!(
                status(&mut scscf, &request),
                *expected,
                "{number}: {request}"
            );
            let end = register(&mut scscf, 0, "");
            assert_eq!(status(&mut scscf, &end), 200, "{number}");
            assert_eq!(state(&gateway).as_deref(), Some("terminated"));
        }
    }
    assert!(faults(&gateway, "pi", "not-third-party") > 0.0);
    assert!(faults(&gateway, "pi", "header") > 0.0);
}

#[test]
fn the_feed_tells_what_an_s_cscf_said_what_it_was_answered_and_what_was_wrong() {
    let gateway = Gateway::start();
    // What goes to a watcher over the same listener, from the same address, is not the feed's.
    let mut watcher = Party::udp(gateway.sip[0], "bob");
    watcher.subscribe(ALICE, 600);
    watcher.notified();
    let pi = feed(&gateway, "pi");
    assert_eq!((&pi["received"], &pi["sent"]), (&0.into(), &0.into()));
    assert!(pi["last"].is_null() && pi["last_sent"].is_null(), "{pi}");
    let mut scscf = Party::udp(gateway.sip[0], "scscf1");
    let request = register(&mut scscf, 600, "");
    assert_eq!(status(&mut scscf, &request), 200);
    watcher.notified();
    let spoiled = register(&mut scscf, 600, "").replace("Expires: 600", "Expires: soon");
    assert_eq!(status(&mut scscf, &spoiled), 400);
    let pi = feed(&gateway, "pi");
    assert_eq!(pi["answered"], 2);
    assert_eq!(pi["links"], json!({}), "whoever is trusted may tell");
    for shown in [&pi, &pi["peers"]["127.0.0.1"]] {
        assert_eq!((&shown["received"], &shown["sent"]), (&2.into(), &2.into()));
        assert!(shown["sent_bytes"].as_u64().unwrap() > 200, "{shown}");
        assert!(shown["last"].is_string(), "{shown}");
        assert!(
            shown["last_sent"].as_str() >= shown["last"].as_str(),
            "{shown}"
        );
        assert_eq!(shown["faults"], json!({ "header": 1 }));
    }
}

#[test]
fn a_register_beyond_all_measure_is_refused_and_the_next_is_taken() {
    let gateway = Gateway::start();
    let mut long = String::new();
    for number in 0..600 {
        write!(long, "X-Filler-{number}: {}\r\n", "x".repeat(80)).unwrap();
    }
    // As much as a datagram holds is read.
    let mut scscf = Party::udp(gateway.sip[0], "scscf1");
    let request = register(&mut scscf, 600, &long);
    assert!(request.len() > 50_000);
    assert_eq!(status(&mut scscf, &request), 200);
    assert_eq!(state(&gateway).as_deref(), Some("active"));
    // A header longer than `sip.transport.header_bytes`, and a body longer than `body_bytes`.
    let header = register(&mut scscf, 0, &long.repeat(2));
    let body = register(&mut scscf, 0, "").replace("Content-Length: 0", "Content-Length: 2000000")
        + &"x".repeat(2_000_000);
    for request in [header, body] {
        let mut other = Party::tcp(gateway.sip[0], "scscf2");
        let refused = other.try_ask(&request, PATIENCE);
        let status = refused.and_then(|answer| answer.status());
        assert!(status.is_none_or(|status| status >= 400), "{status:?}");
        assert_eq!(state(&gateway).as_deref(), Some("active"));
    }
    let end = register(&mut scscf, 0, "");
    assert_eq!(status(&mut scscf, &end), 200);
    assert_eq!(state(&gateway).as_deref(), Some("terminated"));
}

#[test]
fn who_is_no_s_cscf_of_ours_is_forbidden_whatever_it_says_of_itself() {
    let setup = Setup::default().set("pi.trusted=[\"192.0.2.0/24\"]");
    let gateway = setup.start();
    let mut other = Party::udp(gateway.sip[0], "scscf1");
    let asserted = "P-Asserted-Identity: <sip:scscf1.ims.example>\r\n\
        P-Served-User: <sip:alice@ims.example>\r\n";
    let request = register(&mut other, 600, asserted);
    assert_eq!(status(&mut other, &request), 403);
    assert_eq!(state(&gateway), None);
    assert!(faults(&gateway, "pi", "untrusted") > 0.0);
}

#[test]
fn a_register_whose_sender_is_lost_before_the_answer_counts() {
    let gateway = Gateway::start();
    let mut scscf = Party::tcp(gateway.sip[0], "scscf1");
    let request = register(&mut scscf, 600, "");
    // Half of one first: what is cut off says nothing.
    let mut other = Party::tcp(gateway.sip[0], "scscf1");
    other.send(&register(&mut scscf, 0, "").as_bytes()[..200]);
    drop(other);
    scscf.send(request.as_bytes());
    drop(scscf);
    eventually("the registration counts", || state(&gateway));
    assert_eq!(state(&gateway).as_deref(), Some("active"));
}
