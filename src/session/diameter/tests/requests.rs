//! Requests and answers, ours and theirs (RFC 6733 clauses 5.5.4, 6 and 7).

use pengate_codecs::diameter::{Flags, Header, Kind, Message, ResultCode, answer, command, kinds};
use proptest::prelude::*;

use super::{super::*, support::*};

const PUSH: (u32, u32) = (command::PUSH_NOTIFICATION, SH);

fn push(ids: (u32, u32)) -> Vec<u8> {
    request(HSS, PUSH, ids, |builder| {
        builder.text(kinds::SESSION_ID, "hss;1")
    })
}

/// Drafts the answer to the only request that arrived.
fn draft(bench: &mut Bench) -> Exchange {
    let arrivals = bench.node.arrivals();
    let (_, arrival) = arrivals.iter().next().unwrap();
    let Arrival::Request(exchange, message) = arrival else {
        unreachable!("{arrival:?}");
    };
    bench.node.draft(exchange, |out| {
        answer(out, &message, HSS, ResultCode::Success)
            .finish()
            .unwrap();
    });
    exchange
}

#[test]
fn an_answer_reaches_the_request_it_belongs_to() {
    let mut bench = Bench::open(options());
    let (first, second) = (bench.request().unwrap(), bench.request().unwrap());
    let sent = bench.sent_on(1);
    bench.hear(1, &success(&sent[1]));
    bench.hear(1, &success(&sent[0]));
    bench.hear(1, &success(&sent[0]));
    let expected = [
        format!("answer {} 306", second.0),
        format!("answer {} 306", first.0),
    ];
    assert_eq!(bench.arrivals(), expected);
    assert_eq!(bench.faults(), ["unexpected-answer"]);
    assert_eq!(bench.node.waiting(), 0);
}

#[test]
fn a_request_without_answer_ends() {
    let mut bench = Bench::open(options());
    let call = bench.request().unwrap();
    bench.tick(10);
    assert_eq!(bench.arrivals(), [format!("lost {} Timeout", call.0)]);
}

#[test]
fn requests_have_a_limit_and_need_a_peer() {
    let mut bench = Bench::open(Options {
        requests_max: 1,
        ..options()
    });
    assert!(bench.request().is_ok());
    assert_eq!(bench.request(), Err(Unsent::Full));
    bench.down(1);
    assert_eq!(bench.request(), Err(Unsent::NoPeer));
    assert_eq!(bench.arrivals(), ["lost 0 NoPeer"]);
}

#[test]
fn what_a_lost_peer_had_goes_to_another_as_the_same_request() {
    let mut bench = Bench::open(options());
    let call = bench.request().unwrap();
    let before = bench.sent_on(1).pop().unwrap();
    bench.up(9);
    let other = pengate_codecs::diameter::Origin {
        host: "other.ims.example",
        ..HSS
    };
    bench.hear(9, &capabilities_request(other, SH));
    bench.down(1);
    let after = bench.sent_on(9).pop().unwrap();
    let (old, new) = (
        Message::decode(&before).unwrap(),
        Message::decode(&after).unwrap(),
    );
    assert_eq!(new.header().flags, Flags(0xd0));
    assert_eq!(new.header().end_to_end, old.header().end_to_end);
    assert_ne!(new.header().hop_by_hop, old.header().hop_by_hop);
    assert!(new.avps().eq(old.avps()));
    bench.hear(9, &success(&after));
    assert_eq!(bench.arrivals(), [format!("answer {} 306", call.0)]);
}

#[test]
fn an_answer_waits_for_the_word_and_is_the_same_for_a_repetition() {
    let mut bench = Bench::open(options());
    bench.hear(1, &push((3, 4)));
    let exchange = draft(&mut bench);
    assert_eq!(bench.told_on(1), []);
    // Once more while it waits, and after the answer, each time with another Hop-by-Hop Identifier.
    bench.hear(1, &push((5, 4)));
    bench.node.answer(exchange, &mut bench.acts);
    bench.hear(1, &push((6, 4)));
    let hops: Vec<_> = bench
        .sent_on(1)
        .iter()
        .map(|octets| Header::decode(octets).unwrap().hop_by_hop)
        .collect();
    assert_eq!(hops, [5, 6]);
    assert_eq!(bench.arrivals(), [""; 0]);
    assert_eq!(bench.faults(), ["repeated-request"; 2]);
}

#[test]
fn a_refused_request_is_told_so_and_may_come_again() {
    let mut bench = Bench::open(options());
    bench.hear(1, &push((3, 4)));
    let exchange = draft(&mut bench);
    bench
        .node
        .refuse(exchange, ResultCode::TooBusy, &mut bench.acts);
    assert_eq!(bench.told_on(1), [(309, 0x60, Some(3004))]);
    bench.hear(1, &push((3, 4)));
    assert_eq!(bench.arrivals(), ["request 1 309"]);
}

#[test]
fn when_too_many_answers_are_due_a_request_is_told_to_wait() {
    let mut bench = Bench::open(Options {
        answers_max: 1,
        ..options()
    });
    bench.hear(1, &push((3, 4)));
    bench.hear(1, &push((4, 5)));
    assert_eq!(bench.told_on(1), [(309, 0x60, Some(3004))]);
}

#[test]
fn what_is_not_for_us_is_told_why_and_the_link_stays() {
    let with =
        |write: fn(
            pengate_codecs::diameter::Builder<'_>,
        ) -> pengate_codecs::diameter::Builder<'_>| { request(HSS, PUSH, (3, 4), write) };
    let mut error_bit = push((3, 4));
    error_bit[4] |= 0x20;
    for (octets, result) in [
        (request(HSS, (309, 4), (3, 4), |builder| builder), 3007),
        (
            with(|b| b.text(kinds::DESTINATION_REALM, "elsewhere.example")),
            3003,
        ),
        (
            with(|b| b.text(kinds::DESTINATION_HOST, "elsewhere.ims.example")),
            3002,
        ),
        (
            with(|b| b.text(kinds::ROUTE_RECORD, "PNA.ims.example")),
            3005,
        ),
        (with(|b| b.avp(Kind::base(65_000), &[1])), 5001),
        (with(|b| b.avp(kinds::ORIGIN_STATE_ID, &[1])), 5014),
        (error_bit, 3008),
    ] {
        let mut bench = Bench::open(options());
        bench.hear(1, &octets);
        let flags = if result < 4000 { 0x60 } else { 0x40 };
        assert_eq!(bench.told_on(1), [(309, flags, Some(result))]);
        assert_eq!(bench.arrivals(), [""; 0]);
        assert!(bench.node.is_reachable());
        let sent = bench.sent_on(1).pop().unwrap();
        let failed = Message::decode(&sent).unwrap().avp(kinds::FAILED_AVP);
        assert_eq!(failed.is_some(), result > 4000, "{result}");
    }
}

#[test]
fn a_command_of_no_application_that_is_not_known_is_not_supported() {
    let mut bench = Bench::open(options());
    bench.hear(1, &request(HSS, (9999, 0), (3, 4), |builder| builder));
    assert_eq!(bench.told_on(1), [(9999, 0x20, Some(3001))]);
    assert_eq!(bench.faults(), ["command"]);
    assert_eq!(bench.arrivals(), [""; 0]);
}

#[test]
fn an_answer_that_is_forgotten_before_its_time_is_counted() {
    let mut bench = Bench::open(Options {
        answers_max: 1,
        ..options()
    });
    bench.hear(1, &push((3, 4)));
    let exchange = draft(&mut bench);
    bench.node.answer(exchange, &mut bench.acts);
    assert_eq!(bench.faults(), [""; 0]);
    bench.hear(1, &push((4, 5)));
    assert_eq!(bench.faults(), ["answers-forgotten"]);
}

#[test]
fn an_unknown_avp_that_may_be_passed_over_is() {
    let mut bench = Bench::open(options());
    bench.hear(
        1,
        &request(HSS, PUSH, (3, 4), |b| b.optional(Kind::base(65_000), &[1])),
    );
    assert_eq!(bench.arrivals(), ["request 0 309"]);
}

#[test]
fn what_cannot_be_read_is_answered_and_the_link_stays() {
    let mut bad_avp = push((3, 4));
    bad_avp[20 + 7] = 7;
    let mut version = push((3, 4));
    version[0] = 9;
    let mut unaligned = push((3, 4));
    unaligned[3] += 1;
    unaligned.push(0);
    let long = request(HSS, PUSH, (3, 4), |b| b.avp(kinds::USER_NAME, &[0; 2000]));
    for (octets, result) in [
        (bad_avp, 5014),
        (version, 5011),
        (unaligned, 5015),
        (long, 5015),
    ] {
        let mut bench = Bench::open(Options {
            message_bytes_max: 1000,
            ..options()
        });
        // The next message follows at once, and comes in pieces.
        let both = [octets, push((5, 6))].concat();
        for piece in both.chunks(50) {
            bench.hear(1, piece);
        }
        assert_eq!(bench.told_on(1)[0], (309, 0x40, Some(result)));
        assert_eq!(bench.arrivals(), ["request 0 309"], "{result}");
        assert!(!bench.has_hung_up(1));
    }
}

#[test]
fn a_stream_that_cannot_be_cut_ends_its_connection_and_is_made_anew() {
    let mut bench = Bench::open(options());
    bench.hear(1, &[1, 0, 0, 3, 0]);
    assert!(bench.has_hung_up(1));
    assert_eq!(bench.faults(), ["stream-lost"]);
    assert_eq!(bench.state_of(HSS.host), Some("closed"));
    bench.tick(30);
    assert!(bench.acts.0.contains(&Act::Connect(address(1))));
}

proptest! {
    #[test]
    fn whatever_comes_is_survived(
        messages in proptest::collection::vec(
            (0..5_u8, proptest::collection::vec(any::<u8>(), 0..60), any::<bool>()),
            1..30,
        ),
    ) {
        let mut bench = Bench::open(options());
        bench.up(9);
        for (kind, octets, to_stranger) in messages {
            let port = if to_stranger { 9 } else { 1 };
            let mut message = match kind {
                0 => octets.clone(),
                1 => push((1, 2)),
                2 => capabilities_request(HSS, SH),
                3 => request(HSS, (command::DISCONNECT_PEER, 0), (1, 2), |builder| builder),
                _ => request(HSS, PUSH, (1, 2), |builder| builder.raw(&octets)),
            };
            for (place, octet) in octets.iter().take(3).enumerate() {
                let at = usize::from(*octet) % message.len().max(1);
                if let Some(target) = message.get_mut(at).filter(|_| place > 0) {
                    *target ^= octet;
                }
            }
            bench.hear(port, &message);
            bench.next();
            bench.up(port);
        }
        prop_assert!(bench.node.waiting() == 0);
    }
}
