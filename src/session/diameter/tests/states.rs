//! Peers that come and go (RFC 6733 clauses 5.3 to 5.6).

use pengate_codecs::diameter::{
    Capabilities, DisconnectCause, Message, Origin, ResultCode, command, kinds,
};

use super::{super::*, support::*};

const OTHER: Origin<'_> = Origin {
    host: "other.ims.example",
    realm: "ims.example",
};

#[test]
fn a_peer_is_connected_to_and_opens_with_its_answer() {
    let mut bench = Bench::new(options());
    bench.next();
    assert_eq!(bench.acts.0[0], Act::Connect(address(1)));
    bench.up(1);
    let cer = bench.sent_on(1).pop().unwrap();
    let told = Capabilities::decode(&Message::decode(&cer).unwrap())
        .unwrap()
        .applications;
    assert_eq!(told.as_slice(), [application(SH)]);
    assert!(!bench.node.is_reachable());
    bench.hear(1, &capabilities_answer(&cer, HSS, ResultCode::Success, SH));
    assert_eq!(bench.state_of(HSS.host), Some("open"));
    assert_eq!(bench.arrivals(), ["reachable"]);
    assert!(bench.node.is_reachable());
}

#[test]
fn a_peer_that_connects_is_answered_and_open() {
    let mut bench = Bench::new(options());
    bench.up(9);
    bench.hear(9, &capabilities_request(OTHER, SH));
    assert_eq!(bench.told_on(9), [(257, 0, Some(2001))]);
    assert_eq!(bench.state_of(OTHER.host), Some("open"));
}

#[test]
fn who_may_not_talk_to_us_is_told_why() {
    let stranger = Origin {
        host: "stranger.example",
        ..OTHER
    };
    let tls = request(OTHER, (257, 0), (1, 1), |builder| {
        application(SH)
            .encode(builder)
            .unsigned32(kinds::INBAND_SECURITY_ID, 1)
    });
    for (cer, result, flags, fault) in [
        (
            capabilities_request(stranger, SH),
            3010,
            0x20,
            "unknown-peer",
        ),
        (
            capabilities_request(OTHER, 4),
            5010,
            0,
            "no-common-application",
        ),
        (tls, 5017, 0, "no-common-security"),
    ] {
        let mut bench = Bench::new(options());
        bench.up(9);
        bench.hear(9, &cer);
        assert_eq!(bench.told_on(9), [(257, flags, Some(result))]);
        assert!(bench.has_hung_up(9));
        assert_eq!(bench.faults(), [fault]);
    }
    let mut bench = Bench::new(Options {
        accept_unknown_peers: true,
        ..options()
    });
    bench.up(9);
    bench.hear(9, &capabilities_request(stranger, SH));
    assert_eq!(bench.state_of(stranger.host), Some("open"));
}

#[test]
fn an_accepted_connection_must_introduce_itself_first_and_in_time() {
    let mut bench = Bench::new(options());
    bench.up(9);
    bench.hear(9, &request(OTHER, (306, SH), (1, 1), |builder| builder));
    assert!(bench.has_hung_up(9));
    bench.up(8);
    bench.tick(10);
    assert!(bench.has_hung_up(8));
    bench.clear();
    for port in 100..165 {
        bench.up(port);
    }
    assert!(bench.has_hung_up(164), "one more than strangers_max");
    assert!(!bench.has_hung_up(163));
}

#[test]
fn a_refused_connection_is_tried_again_after_the_interval() {
    let mut bench = Bench::new(options());
    bench.tick(0);
    bench.node.refused(bench.now, address(1), &mut bench.acts);
    assert_eq!(bench.state_of(HSS.host), Some("closed"));
    bench.clear();
    bench.tick(29);
    assert_eq!(bench.acts.0, []);
    bench.tick(1);
    assert_eq!(bench.acts.0[0], Act::Connect(address(1)));
    // And one of which nothing is heard.
    bench.tick(10);
    assert_eq!(bench.state_of(HSS.host), Some("closed"));
}

#[test]
fn a_capabilities_answer_that_will_not_do_ends_the_connection() {
    for (origin, result, speaks, fault) in [
        (
            HSS,
            ResultCode::NoCommonApplication,
            SH,
            "capabilities-refused",
        ),
        (OTHER, ResultCode::Success, SH, "wrong-peer"),
        (HSS, ResultCode::Success, 4, "no-common-application"),
    ] {
        let mut bench = Bench::new(options());
        bench.tick(0);
        bench.up(1);
        let cer = bench.sent_on(1).pop().unwrap();
        bench.hear(1, &capabilities_answer(&cer, origin, result, speaks));
        assert_eq!(bench.faults(), [fault]);
        assert!(bench.has_hung_up(1));
        assert_eq!(bench.state_of(HSS.host), Some("closed"));
    }
}

/// Our connection waits for the CEA when the peer's comes; who is greater decides.
fn elected(ours: &str) -> Bench {
    let mut bench = Bench::new(options());
    bench.node = Node::new(options(), local(ours), 1);
    bench.tick(0);
    bench.up(1);
    bench.up(9);
    bench.hear(9, &capabilities_request(HSS, SH));
    bench
}

#[test]
fn who_has_the_greater_identity_ends_the_connection_that_it_began() {
    let bench = elected("zebra.ims.example");
    assert!(bench.has_hung_up(1) && !bench.has_hung_up(9));
    assert_eq!(bench.told_on(9), [(257, 0, Some(2001))]);
    assert_eq!(bench.state_of(HSS.host), Some("open"));

    let mut bench = elected("alpha.ims.example");
    assert!(!bench.has_hung_up(1) && !bench.has_hung_up(9));
    assert_eq!(bench.state_of(HSS.host), Some("electing"));
    let cer = bench.sent_on(1).pop().unwrap();
    bench.hear(1, &capabilities_answer(&cer, HSS, ResultCode::Success, SH));
    assert!(bench.has_hung_up(9));
    assert_eq!(bench.state_of(HSS.host), Some("open"));
}

#[test]
fn while_electing_the_end_of_either_connection_decides() {
    let mut bench = elected("alpha.ims.example");
    bench.down(1);
    assert_eq!(bench.told_on(9), [(257, 0, Some(2001))]);
    assert_eq!(bench.state_of(HSS.host), Some("open"));
    let mut bench = elected("alpha.ims.example");
    bench.down(9);
    assert_eq!(bench.state_of(HSS.host), Some("capabilities"));
    let mut bench = elected("alpha.ims.example");
    bench.tick(10);
    assert!(bench.has_hung_up(1) && bench.has_hung_up(9));
}

#[test]
fn a_peer_that_connects_first_is_taken_when_our_connection_fails() {
    let mut bench = Bench::new(options());
    bench.tick(0);
    bench.up(9);
    bench.hear(9, &capabilities_request(HSS, SH));
    assert_eq!(bench.state_of(HSS.host), Some("electing"));
    assert_eq!(bench.told_on(9), []);
    bench.node.refused(bench.now, address(1), &mut bench.acts);
    assert_eq!(bench.told_on(9), [(257, 0, Some(2001))]);
    assert_eq!(bench.state_of(HSS.host), Some("open"));
}

#[test]
fn a_second_connection_of_an_open_peer_is_rejected() {
    let mut bench = Bench::open(options());
    bench.up(9);
    bench.hear(9, &capabilities_request(HSS, SH));
    assert!(bench.has_hung_up(9));
    assert!(bench.node.is_reachable());
}

#[test]
fn a_silent_peer_is_asked_suspected_and_given_up_and_must_prove_itself() {
    let mut bench = Bench::open(options());
    bench.next();
    assert_eq!(bench.told_on(1), [(command::DEVICE_WATCHDOG, 0x80, None)]);
    bench.next();
    assert_eq!(bench.state_of(HSS.host), Some("suspect"));
    bench.next();
    assert!(bench.has_hung_up(1));
    assert_eq!(bench.state_of(HSS.host), Some("closed"));
    bench.clear();
    bench.next();
    bench.up(1);
    let cer = bench.sent_on(1).pop().unwrap();
    bench.hear(1, &capabilities_answer(&cer, HSS, ResultCode::Success, SH));
    assert_eq!(bench.state_of(HSS.host), Some("reopening"));
    for _ in 0..3 {
        bench.next();
        let dwr = bench.sent_on(1).pop().unwrap();
        bench.hear(1, &success(&dwr));
    }
    assert_eq!(bench.state_of(HSS.host), Some("open"));
}

#[test]
fn a_watchdog_request_is_answered() {
    let mut bench = Bench::open(options());
    bench.hear(
        1,
        &request(HSS, (command::DEVICE_WATCHDOG, 0), (3, 4), |builder| {
            builder
        }),
    );
    assert_eq!(
        bench.told_on(1),
        [(command::DEVICE_WATCHDOG, 0, Some(2001))]
    );
    let sent = bench.sent_on(1).pop().unwrap();
    let header = *Message::decode(&sent).unwrap().header();
    assert_eq!((header.hop_by_hop, header.end_to_end), (3, 4));
}

#[test]
fn a_farewell_is_answered_and_its_cause_tells_when_to_come_back() {
    for (cause, secs) in [(0, 30), (1, 300), (2, 300)] {
        let mut bench = Bench::open(options());
        let dpr = request(HSS, (command::DISCONNECT_PEER, 0), (3, 4), |builder| {
            builder.unsigned32(kinds::DISCONNECT_CAUSE, cause)
        });
        bench.hear(1, &dpr);
        assert_eq!(
            bench.told_on(1),
            [(command::DISCONNECT_PEER, 0, Some(2001))]
        );
        assert_eq!(bench.state_of(HSS.host), Some("closing"));
        assert!(!bench.node.is_reachable());
        bench.down(1);
        bench.clear();
        bench.tick(secs - 1);
        assert_eq!(bench.acts.0, []);
        bench.tick(1);
        assert_eq!(bench.acts.0[0], Act::Connect(address(1)));
    }
}

#[test]
fn our_farewell_waits_for_its_answer_and_is_for_good() {
    let mut bench = Bench::open(options());
    bench
        .node
        .stop(bench.now, DisconnectCause::Rebooting, &mut bench.acts);
    assert_eq!(bench.told_on(1), [(command::DISCONNECT_PEER, 0x80, None)]);
    let dpr = bench.sent_on(1).pop().unwrap();
    bench.hear(1, &success(&dpr));
    assert!(bench.has_hung_up(1));
    assert_eq!(bench.node.deadline(), None);
    bench.up(9);
    bench.clear();
    bench.hear(9, &capabilities_request(HSS, SH));
    assert!(bench.has_hung_up(9));
}

#[test]
fn a_peer_that_comes_back_is_told_though_another_was_there() {
    let mut bench = Bench::open(options());
    for port in [9, 10] {
        bench.up(port);
        bench.hear(port, &capabilities_request(OTHER, SH));
        let expected: &[&str] = if port == 9 { &[] } else { &["reachable"] };
        assert_eq!(bench.arrivals(), expected);
        bench.down(port);
        assert!(bench.node.is_reachable(), "the HSS is still there");
    }
}

#[test]
fn a_node_that_lost_its_state_is_told_once() {
    let mut bench = Bench::open(options());
    for state in [5, 5, 6, 6, 5] {
        let dwr = request(HSS, (command::DEVICE_WATCHDOG, 0), (3, 4), |builder| {
            builder.unsigned32(kinds::ORIGIN_STATE_ID, state)
        });
        bench.hear(1, &dwr);
    }
    assert_eq!(bench.arrivals(), ["restarted hss.ims.example"]);
}

#[test]
fn a_node_that_is_forgotten_for_another_is_counted() {
    let mut bench = Bench::open(Options {
        hosts_max: 1,
        ..options()
    });
    for (host, faults) in [("a", 0), ("a", 0), ("b", 1), ("a", 2)] {
        let origin = Origin { host, ..HSS };
        let dwr = request(origin, (command::DEVICE_WATCHDOG, 0), (3, 4), |builder| {
            builder.unsigned32(kinds::ORIGIN_STATE_ID, 5)
        });
        bench.hear(1, &dwr);
        assert_eq!(bench.faults(), vec!["hosts-forgotten"; faults]);
    }
}
