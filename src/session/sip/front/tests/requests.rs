//! Requests of ours through the front.

use super::*;

const NOTIFY: &[u8] = b"NOTIFY sip:bob@192.0.2.1 SIP/2.0\r\n\
    From: <sip:alice@ims.example>;tag=0007-a\r\nTo: <sip:bob@ims.example>;tag=b\r\n\
    Call-ID: 1\r\nCSeq: 1 NOTIFY\r\nContent-Length: 0\r\n\r\n";

fn hop(carrier: Option<Carrier>) -> Hop {
    Hop::Address {
        peer: PEER.parse().unwrap(),
        carrier,
    }
}

fn large() -> Vec<u8> {
    let body = "x".repeat(1400);
    let text = std::str::from_utf8(NOTIFY).unwrap();
    let head = text.replace("Length: 0", "Length: 1400");
    [head, body].concat().into_bytes()
}

impl Bench {
    fn request(&mut self, millis: i64, hop: Hop, octets: &[u8]) -> (ClientId, Vec<Output>) {
        self.out.clear();
        let id = self
            .front
            .request(at(millis), hop, 7, octets, &mut self.out);
        (id.unwrap(), self.out.outputs().to_vec())
    }

    fn up(&mut self, millis: i64, channel: Channel) -> Vec<Output> {
        self.out.clear();
        self.front.up(at(millis), channel, &mut self.out);
        self.out.outputs().to_vec()
    }

    fn refused(&mut self, millis: i64) -> Vec<Output> {
        self.out.clear();
        self.front
            .refused(at(millis), PEER.parse().unwrap(), &mut self.out);
        self.out.outputs().to_vec()
    }
}

/// The response of the peer to what was sent.
fn reply(sent: &[u8], status: u16) -> Vec<u8> {
    let mut out = Vec::new();
    let source = Some(([192, 0, 2, 9], 5060).into());
    Writer::answer(&mut out, &decode(sent), status, source, None)
        .unwrap()
        .finish();
    out
}

#[test]
fn a_request_gets_our_via_and_its_response_comes_back() {
    let mut bench = Bench::new(Options::default());
    let udp = channel(Carrier::Udp, PEER);
    let (id, outputs) = bench.request(0, hop(None), NOTIFY);
    let (to, sent) = bench.sent(&outputs);
    assert_eq!(to, udp);
    let sent = sent.to_vec();
    let message = decode(&sent);
    let via = message.first::<Via<'_>>().unwrap();
    assert_eq!(
        (via.transport, via.host, via.port),
        ("UDP", "192.0.2.9", Some(5060))
    );
    assert_eq!(via.branch(), Some(id.0.to_string().as_str()));
    assert_eq!((id.0.partition, via.wants_rport()), (7, true));
    assert_eq!(sent.len(), NOTIFY.len() + VIA_LEN + "192.0.2.9:5060".len());

    assert_eq!(bench.receive(10, udp, &reply(&sent, 100)), []);
    let outputs = bench.receive(20, udp, &reply(&sent, 200));
    let [
        Output::Response {
            transaction, bytes, ..
        },
    ] = &outputs[..]
    else {
        panic!("{outputs:?}");
    };
    assert_eq!(*transaction, id);
    assert_eq!(
        decode(bench.out.bytes(bytes)).response().unwrap().status,
        200
    );
    assert_eq!(bench.receive(30, udp, &reply(&sent, 200)), []);
    bench.tick(5020);
    assert_eq!(bench.front.requests(), 0);
}

#[test]
fn a_request_is_sent_again_and_times_out() {
    let mut bench = Bench::new(Options::default());
    let (transaction, outputs) = bench.request(0, hop(None), NOTIFY);
    let first = bench.sent(&outputs).1.to_vec();
    let mut dues = Vec::new();
    let last = loop {
        let due = bench.front.deadline().unwrap().millis();
        let outputs = bench.tick(due);
        if outputs.iter().all(|output| send_of(output).is_none()) {
            break outputs;
        }
        assert_eq!(bench.sent(&outputs).1, first);
        dues.push(due);
    };
    assert_eq!(dues[..5], [500, 1500, 3500, 7500, 11_500]);
    assert_eq!(last, [Output::Timeout { transaction }]);
    assert_eq!(bench.front.requests(), 0);
}

#[test]
fn responses_that_nobody_waits_for_are_counted() {
    let mut bench = Bench::new(Options::default());
    let udp = channel(Carrier::Udp, PEER);
    let kind = FaultKind::StrayResponse;
    let fault = [Output::Fault { channel: udp, kind }];
    let (_, outputs) = bench.request(0, hop(None), NOTIFY);
    let sent = bench.sent(&outputs).1.to_vec();
    let good = reply(&sent, 200);
    let two_vias = edit(&good, "From:", "Via: SIP/2.0/UDP other.example\r\nFrom:");
    for stray in [
        edit(&good, "CSeq: 1 NOTIFY", "CSeq: 1 PUBLISH"),
        edit(&good, "z9hG4bK-0007", "z9hG4bK-0008"),
        edit(&good, "z9hG4bK-", "z9hG4bK"),
        edit(&good, ";rport", ", SIP/2.0/UDP other.example;rport"),
        two_vias,
    ] {
        assert_eq!(bench.receive(1, udp, &stray), fault);
    }
    let outputs = bench.receive(2, udp, &good);
    assert!(matches!(outputs[..], [Output::Response { .. }]));
}

#[test]
fn a_response_is_known_however_its_via_is_written() {
    let udp = channel(Carrier::Udp, PEER);
    for (from, to) in [
        ("Via: ", "v:\r\n "),
        (";branch=", " ; Branch = "),
        (";branch=z9hG4bK", ";x=\"a,b;c\";branch=Z9HG4BK"),
        ("rport", "x=\"a,b\";rport"),
    ] {
        let mut bench = Bench::new(Options::default());
        let (id, outputs) = bench.request(0, hop(None), NOTIFY);
        let good = reply(bench.sent(&outputs).1, 503);
        let late = edit(&good, "From:", "Retry-After: 7 (busy)\r\nFrom:");
        let outputs = bench.receive(1, udp, &edit(&late, from, to));
        let [
            Output::Response {
                transaction,
                status,
                retry_after,
                ..
            },
        ] = &outputs[..]
        else {
            panic!("{to}: {outputs:?}");
        };
        assert_eq!((*transaction, *status), (id, 503), "{to}");
        assert_eq!(*retry_after, Some(7));
    }
}

#[test]
fn a_large_request_waits_for_a_connection() {
    let mut bench = Bench::new(Options::default());
    let tcp = channel(Carrier::Tcp, PEER);
    let peer = tcp.peer;
    let (id, outputs) = bench.request(0, hop(Some(Carrier::Udp)), &large());
    assert_eq!(outputs, [Output::Open { peer }]);
    let (_, outputs) = bench.request(1, hop(None), &large());
    assert_eq!(outputs, [], "one connection is opened for both");
    let outputs = bench.up(2, tcp);
    assert_eq!(outputs.len(), 2);
    let (to, bytes) = send_of(&outputs[0]).unwrap();
    let sent = bench.out.bytes(&bytes).to_vec();
    assert_eq!(to, tcp);
    assert_eq!(decode(&sent).first::<Via<'_>>().unwrap().transport, "TCP");
    let outputs = bench.receive(3, tcp, &reply(&sent, 200));
    assert!(matches!(&outputs[..], [Output::Response { transaction, .. }] if *transaction == id));
    let (_, outputs) = bench.request(4, hop(None), &large());
    assert_eq!(bench.sent(&outputs).0, tcp, "the connection is used again");
    assert_eq!(bench.tick(31_000), [], "nothing is sent again on a stream");
}

#[test]
fn a_refused_connection_leads_back_to_datagrams_for_ten_minutes() {
    let mut bench = Bench::new(Options::default());
    bench.request(0, hop(None), &large());
    let outputs = bench.refused(5);
    let (to, sent) = bench.sent(&outputs);
    assert_eq!(to, channel(Carrier::Udp, PEER));
    assert_eq!(decode(sent).first::<Via<'_>>().unwrap().transport, "UDP");
    let (_, outputs) = bench.request(599_000, hop(None), &large());
    assert_eq!(bench.sent(&outputs).0.carrier, Carrier::Udp);
    let (_, outputs) = bench.request(600_005, hop(None), &large());
    assert!(matches!(outputs[..], [Output::Open { .. }]));
}

#[test]
fn a_peer_that_insists_on_tcp_gets_nothing_else() {
    let mut bench = Bench::new(Options::default());
    let (transaction, outputs) = bench.request(0, hop(Some(Carrier::Tcp)), NOTIFY);
    assert!(matches!(outputs[..], [Output::Open { .. }]));
    assert_eq!(bench.refused(5), [Output::TransportError { transaction }]);
    assert_eq!(bench.front.requests(), 0);
}

#[test]
fn a_lost_connection_fails_what_had_no_answer() {
    let mut bench = Bench::new(Options::default());
    let tcp = channel(Carrier::Tcp, PEER);
    bench.up(0, tcp);
    let (_, outputs) = bench.request(0, Hop::Channel(tcp), NOTIFY);
    let sent = bench.sent(&outputs).1.to_vec();
    let (transaction, _) = bench.request(0, Hop::Channel(tcp), NOTIFY);
    bench.receive(1, tcp, &reply(&sent, 200));
    bench.out.clear();
    bench.front.down(tcp, &mut bench.out);
    assert_eq!(
        bench.out.outputs(),
        [Output::TransportError { transaction }]
    );
    let gone = bench
        .front
        .request(at(2), Hop::Channel(tcp), 7, NOTIFY, &mut bench.out);
    assert_eq!(gone, Err(RequestError::Unreachable));
}

#[test]
fn what_cannot_go_out_is_refused_at_once() {
    let options = Options {
        requests_max: 1,
        ..Options::default()
    };
    let mut bench = Bench::new(options);
    let out = &mut bench.out;
    let response = bench
        .front
        .request(at(0), hop(None), 7, b"SIP/2.0 200 OK\r\n\r\n", out);
    assert_eq!(response, Err(RequestError::NotRequest));
    let ipv6 = Hop::Address {
        peer: "[2001:db8::1]:5060".parse().unwrap(),
        carrier: None,
    };
    let unreachable = bench.front.request(at(0), ipv6, 7, NOTIFY, out);
    assert_eq!(unreachable, Err(RequestError::Unreachable));
    assert!(
        bench
            .front
            .request(at(0), hop(None), 7, NOTIFY, out)
            .is_ok()
    );
    let full = bench.front.request(at(0), hop(None), 7, NOTIFY, out);
    assert_eq!(full, Err(RequestError::Full));
}

#[test]
fn loopback_takes_large_datagrams() {
    let mut bench = Bench::new(Options::default());
    let loopback = Channel {
        carrier: Carrier::Udp,
        local: SocketAddr::from(([127, 0, 0, 1], 5060)),
        peer: SocketAddr::from(([127, 0, 0, 1], 5070)),
    };
    let (_, outputs) = bench.request(0, Hop::Channel(loopback), &large());
    assert_eq!(bench.sent(&outputs).0, loopback);
}
