//! What the front refuses by itself (RFC 3261 clause 8.2).

use pengate_codecs::sip::header::To;

use super::*;

/// What a datagram is answered with.
fn answer(octets: &[u8]) -> Vec<u8> {
    let mut bench = Bench::new(Options::default());
    let udp = channel(Carrier::Udp, PEER);
    let outputs = bench.receive(0, udp, octets);
    let answer = bench.sent(&outputs).1.to_vec();
    assert_eq!(bench.front.transactions(), 0, "refusals need no memory");
    let again = bench.receive(500, udp, octets);
    assert_eq!(bench.sent(&again).1, answer, "a copy gets the same answer");
    answer
}

fn assert_refused(octets: &[u8], status: u16, header: &str) {
    let answer = answer(octets);
    let text = std::str::from_utf8(&answer).unwrap();
    assert_eq!(decode(&answer).response().unwrap().status, status, "{text}");
    assert!(text.contains(header), "{text}");
    let To(to) = decode(&answer).required().unwrap();
    assert!(to.tag().is_some(), "{text}");
}

#[test]
fn each_refusal_has_its_status_and_explanation() {
    let plain = request("SUBSCRIBE", "1", "");
    assert_refused(
        &edit(&plain, "SIP/2.0", "SIP/3.0"),
        505,
        "505 Version Not Supported",
    );
    assert_refused(
        &edit(&plain, "CSeq: 1 S", "CSeq: 1 X"),
        400,
        "400 Bad Request",
    );
    assert_refused(
        &edit(&plain, "CSeq: 1", "CSeq: one"),
        400,
        "400 Bad Request",
    );
    assert_refused(&edit(&plain, "Call-ID", "X-Call"), 400, "400 Bad Request");
    assert_refused(
        &edit(&plain, "sip:alice@", "sip:%zz@"),
        400,
        "400 Bad Request",
    );
    assert_refused(
        &edit(&plain, "sip:alice@", "http:alice@"),
        416,
        "416 Unsupported",
    );
    let hops = request("SUBSCRIBE", "1", "Max-Forwards: 0\r\n");
    assert_refused(&hops, 483, "483 Too Many Hops");
    let hops = request("SUBSCRIBE", "1", "Max-Forwards: many\r\n");
    assert_refused(&hops, 400, "400 Bad Request");
    let require = request(
        "SUBSCRIBE",
        "1",
        "Require: eventlist, 100rel\r\nRequire: x\r\n",
    );
    let unsupported = "\r\nUnsupported: eventlist, 100rel, x\r\n";
    assert_refused(&require, 420, unsupported);
    let allow = "\r\nAllow: PUBLISH, REGISTER, SUBSCRIBE, OPTIONS, ACK, CANCEL\r\n";
    assert_refused(&request("MESSAGE", "1", ""), 405, allow);
    assert_refused(&request("NEWMETHOD", "1", ""), 405, allow);
}

#[test]
fn a_message_that_cannot_be_read_is_answered_400_if_it_says_whom_to_answer() {
    let plain = request("SUBSCRIBE", "1", "");
    let short = edit(&plain, "Content-Length: 0", "Content-Length: 9");
    assert_refused(&short, 400, "400 Bad Request");
    assert_refused(
        &edit(&plain, "CSeq: 1", "no field\r\nCSeq: 1"),
        400,
        "CSeq: 1 SUBSCRIBE",
    );
    let mut bench = Bench::new(Options::default());
    let udp = channel(Carrier::Udp, PEER);
    let kind = FaultKind::Malformed;
    let fault = [Output::Fault { channel: udp, kind }];
    for octets in [
        &b"what is this"[..],
        &edit(&plain, "Via:", "X-Via:"),
        &edit(
            &request("ACK", "1", ""),
            "Content-Length: 0",
            "Content-Length: 9",
        ),
        b"SIP/2.0 200 OK\r\nContent-Length: 5\r\n\r\n",
    ] {
        assert_eq!(bench.receive(0, udp, octets), fault);
    }
}

#[test]
fn options_tells_what_we_can() {
    let octets = request("OPTIONS", "1", "Max-Forwards: 0\r\n");
    assert_refused(&octets, 200, "\r\nAllow-Events: presence\r\n");
    let answer = answer(&octets);
    let text = std::str::from_utf8(&answer).unwrap();
    for line in ["Allow: PUBLISH, ", "Accept: application/pidf+xml\r\n"] {
        assert!(text.contains(line), "{text}");
    }
    let options = Options {
        supported: vec!["eventlist".to_owned()],
        ..Options::default()
    };
    let mut bench = Bench::new(options);
    let outputs = bench.receive(0, channel(Carrier::Udp, PEER), &octets);
    let told = String::from_utf8_lossy(bench.sent(&outputs).1).into_owned();
    assert!(told.contains("\r\nSupported: eventlist\r\n"), "{told}");
}

#[test]
fn an_exhausted_hop_count_can_be_let_pass() {
    let options = Options {
        refuse_exhausted_hops: false,
        ..Options::default()
    };
    let mut bench = Bench::new(options);
    let octets = request("SUBSCRIBE", "1", "Max-Forwards: 0\r\n");
    let outputs = bench.receive(0, channel(Carrier::Udp, PEER), &octets);
    assert!(matches!(outputs[..], [Output::Request { .. }]));
}
