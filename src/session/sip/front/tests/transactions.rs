//! Server transactions through the front.

use super::*;

#[test]
fn a_copy_is_absorbed_before_the_answer_and_answered_again_after_it() {
    let mut bench = Bench::new(Options::default());
    let udp = channel(Carrier::Udp, PEER);
    let octets = request("SUBSCRIBE", "1", "");
    let first = bench.receive(0, udp, &octets);
    assert!(matches!(first[..], [Output::Request { .. }]));
    let (transaction, response) = bench.response(&first, 200);
    assert_eq!(bench.receive(500, udp, &octets), []);

    bench.out.clear();
    let done = bench
        .front
        .respond(at(600), transaction, &response, &mut bench.out);
    assert_eq!(done, Ok(udp));
    let outputs = bench.out.outputs().to_vec();
    assert_eq!(bench.sent(&outputs), (udp, &response[..]));
    let again = bench.receive(1500, udp, &octets);
    assert_eq!(bench.sent(&again), (udp, &response[..]));
    let twice = bench
        .front
        .respond(at(1600), transaction, &response, &mut bench.out);
    assert_eq!(twice, Err(RespondError::Gone));

    assert_eq!(bench.front.deadline(), Some(at(32_000)));
    assert_eq!(bench.tick(32_600), []);
    assert_eq!(
        (bench.front.transactions(), bench.front.deadline()),
        (0, None)
    );
    let late = bench.receive(32_601, udp, &octets);
    assert!(matches!(late[..], [Output::Request { .. }]));
}

#[test]
fn answers_go_to_the_port_that_the_via_asks_for() {
    let udp = channel(Carrier::Udp, "192.0.2.1:40000");
    for (via, expected) in [
        ("pc.example:5071", "192.0.2.1:5071"),
        ("pc.example", "192.0.2.1:5060"),
        ("pc.example:5071;rport", "192.0.2.1:40000"),
    ] {
        let mut bench = Bench::new(Options::default());
        let octets = edit(&request("PUBLISH", "1", ""), "pc.example:5070", via);
        let outputs = bench.receive(0, udp, &octets);
        let answered = bench.answer(0, &outputs, 200);
        let (to, octets) = bench.sent(&answered);
        assert_eq!(to.peer, expected.parse().unwrap(), "{via}");
        let via = decode(octets).first::<Via<'_>>().unwrap().received();
        assert_eq!(via, Some([192, 0, 2, 1].into()));
    }
}

#[test]
fn a_request_by_two_ways_is_a_loop() {
    let mut bench = Bench::new(Options::default());
    let udp = channel(Carrier::Udp, PEER);
    bench.receive(0, udp, &request("SUBSCRIBE", "1", ""));
    let merged = bench.receive(0, udp, &request("SUBSCRIBE", "2", ""));
    assert_eq!(bench.status(&merged), 482);
    assert_eq!(bench.front.transactions(), 1);
}

#[test]
fn a_full_table_answers_503_with_a_time() {
    let options = Options {
        transactions_max: 1,
        ..Options::default()
    };
    let mut bench = Bench::new(options);
    let udp = channel(Carrier::Udp, PEER);
    bench.receive(0, udp, &request("SUBSCRIBE", "1", ""));
    let octets = edit(&request("SUBSCRIBE", "2", ""), "CSeq: 1", "CSeq: 2");
    let full = bench.receive(0, udp, &octets);
    assert_eq!(bench.status(&full), 503);
    let text = String::from_utf8_lossy(bench.sent(&full).1).into_owned();
    assert!(text.contains("\r\nRetry-After: 5\r\n"), "{text}");
}

#[test]
fn an_invite_is_refused_until_its_ack_comes() {
    let mut bench = Bench::new(Options::default());
    let udp = channel(Carrier::Udp, PEER);
    let invite = bench.receive(0, udp, &request("INVITE", "1", ""));
    assert_eq!(bench.status(&invite), 405);
    let refusal = bench.sent(&invite).1.to_vec();
    for due in [500, 1500, 3500, 7500, 11_500] {
        assert_eq!(bench.front.deadline(), Some(at(due)));
        let again = bench.tick(due);
        assert_eq!(bench.sent(&again).1, refusal);
    }
    let copy = bench.receive(11_600, udp, &request("INVITE", "1", ""));
    assert_eq!(bench.sent(&copy).1, refusal);
    let ack = edit(
        &request("ACK", "1", ""),
        "To: <sip:alice@ims.example>",
        "To: <sip:a@b>;tag=1",
    );
    assert_eq!(bench.receive(11_700, udp, &ack), []);
    assert_eq!(bench.receive(11_800, udp, &ack), []);
    assert_eq!(bench.tick(15_500), []);
    assert_eq!(bench.front.transactions(), 1);
    assert_eq!(bench.tick(16_700), []);
    assert_eq!(bench.front.transactions(), 0);
}

#[test]
fn an_invite_without_ack_ends_with_timer_h() {
    let mut bench = Bench::new(Options::default());
    bench.receive(0, channel(Carrier::Udp, PEER), &request("INVITE", "1", ""));
    let mut sent = Vec::new();
    while let Some(due) = bench.front.deadline() {
        let outputs = bench.tick(due.millis());
        sent.extend(outputs.iter().map(|_| due.millis()));
        assert_eq!(bench.front.transactions(), usize::from(due < at(32_000)));
    }
    assert_eq!((sent.len(), sent.last()), (10, Some(&31_500)));
}

#[test]
fn a_cancel_finds_its_invite_or_nothing() {
    let mut bench = Bench::new(Options::default());
    let udp = channel(Carrier::Udp, PEER);
    let unknown = bench.receive(0, udp, &request("CANCEL", "1", ""));
    assert_eq!(bench.status(&unknown), 481);
    bench.receive(0, udp, &request("INVITE", "1", ""));
    let known = bench.receive(1, udp, &request("CANCEL", "1", ""));
    assert_eq!(bench.status(&known), 200);
}

#[test]
fn on_a_stream_the_answer_goes_back_on_the_connection_or_nowhere() {
    let mut bench = Bench::new(Options::default());
    let tcp = channel(Carrier::Tcp, "192.0.2.1:40000");
    bench.front.up(at(0), tcp, &mut bench.out);
    let octets = request("SUBSCRIBE", "1", "");
    let (head, tail) = octets.split_at(100);
    assert_eq!(bench.receive(0, tcp, head), []);
    let outputs = bench.receive(1, tcp, tail);
    let answered = bench.answer(1, &outputs, 200);
    assert_eq!(bench.sent(&answered).0, tcp);
    assert_eq!(bench.front.transactions(), 0);

    let outputs = bench.receive(2, tcp, &octets);
    let (transaction, response) = bench.response(&outputs, 200);
    bench.out.clear();
    bench.front.down(tcp, &mut bench.out);
    let gone = bench
        .front
        .respond(at(3), transaction, &response, &mut bench.out);
    assert_eq!(gone, Err(RespondError::Disconnected));
    assert_eq!(bench.out.outputs(), []);
    assert_eq!(bench.front.transactions(), 0);
}

#[test]
fn a_stream_answers_pings_and_is_closed_when_it_loses_its_boundaries() {
    let mut bench = Bench::new(Options::default());
    let tcp = channel(Carrier::Tcp, PEER);
    let ping = bench.receive(0, tcp, b"\r\n\r\n");
    assert_eq!(bench.sent(&ping), (tcp, &b"\r\n"[..]));
    let broken = bench.receive(0, tcp, b"GET / HTTP/1.1\r\n\r\n");
    let kind = FaultKind::Stream;
    let expected = [
        Output::Fault { channel: tcp, kind },
        Output::Close { channel: tcp },
    ];
    assert_eq!(broken, expected);
}

#[test]
fn a_request_that_no_room_answers_is_counted() {
    let mut bench = Bench::new(Options::default());
    let udp = channel(Carrier::Udp, PEER);
    bench.receive(0, udp, &request("SUBSCRIBE", "1", ""));
    let fault = Output::Fault {
        channel: udp,
        kind: FaultKind::Unanswered,
    };
    assert_eq!(bench.tick(32_000), [fault]);
}

#[test]
fn a_datagram_goes_to_its_room_as_it_was_read_and_a_stream_leaves_octets() {
    let mut bench = Bench::new(Options::default());
    let octets = [
        request("SUBSCRIBE", "1", ""),
        // Of another call, for else it would be the same by another way.
        edit(&request("SUBSCRIBE", "2", ""), "Call-ID: ", "Call-ID: x"),
    ];
    let carriers = [Carrier::Udp, Carrier::Tcp];
    let mut handed = Vec::new();
    for (carrier, bytes) in carriers.into_iter().zip(&octets) {
        let chunk = Chunk {
            at: at(0),
            channel: channel(carrier, PEER),
            heading: Heading::In,
            bytes,
        };
        let room = |arrived: Arrived<'_>, _: &mut Outbox| {
            let octets = arrived.message.octets().to_vec();
            handed.push((arrived.transaction, arrived.channel, octets));
        };
        bench.front.receive_for(&chunk, &mut bench.out, room);
    }
    let [(datagram, channel, bytes)] = &handed[..] else {
        panic!("{handed:?}");
    };
    assert_eq!((channel.carrier, bytes), (Carrier::Udp, &octets[0]));
    let outputs = bench.out.outputs().to_vec();
    let (stream, _) = bench.response(&outputs, 200);
    assert_ne!(*datagram, stream);
}

#[test]
fn what_our_side_sent_and_keep_alives_do_nothing() {
    let mut bench = Bench::new(Options::default());
    let udp = channel(Carrier::Udp, PEER);
    assert_eq!(bench.receive(0, udp, b"\r\n\r\n"), []);
    assert_eq!(bench.receive(0, udp, &[0; 4]), []);
    let chunk = Chunk {
        at: at(0),
        channel: udp,
        heading: Heading::Out,
        bytes: &request("SUBSCRIBE", "1", ""),
    };
    bench.front.receive(&chunk, &mut bench.out);
    assert_eq!(bench.out.outputs(), []);
}
