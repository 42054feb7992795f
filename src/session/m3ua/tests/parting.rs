//! How links end in order.

use super::*;

#[test]
fn who_leaves_in_order_says_so_first_and_is_heard_and_answers_until_the_end() {
    let mut bench = Bench::active(options());
    bench.link.leave(bench.now, &mut bench.said);
    let inactive = Message::decode(&bench.said.sent[0]).unwrap();
    let contexts = inactive.routing_contexts().unwrap().unwrap();
    assert_eq!(contexts.iter().collect::<Vec<_>>(), [100]);
    assert_eq!(bench.sent(), [MessageType::AspInactive]);
    assert!(bench.link.is_parting() && !bench.link.has_left());
    assert_eq!(bench.take(&data(Some(100))), Some(b"sccp".to_vec()));
    bench.wait(2_000);
    assert_eq!(bench.sent(), [MessageType::AspInactive], "asked again");
    bench.take(&plain(MessageType::AspInactiveAck));
    assert!(bench.link.has_left());
    // What was on another stream comes later than the acknowledgement.
    assert_eq!(bench.take(&data(Some(100))), Some(b"sccp".to_vec()));
    bench
        .link
        .send_data(LABEL, None, |_| {}, &mut bench.said)
        .unwrap();
    assert_eq!(bench.sent(), [MessageType::Data]);
    bench.link.close(bench.now, &mut bench.said);
    assert_eq!(bench.sent(), [MessageType::AspDown]);
    assert_eq!(bench.take(&data(Some(100))), Some(b"sccp".to_vec()));
    let late = bench.link.send_data(LABEL, None, |_| {}, &mut bench.said);
    assert_eq!(late, Err(NotActive::State(State::Closing)));
    assert!(bench.link.is_parting());
    bench.take(&plain(MessageType::AspDownAck));
    assert_eq!((bench.said.hang_ups, bench.link.is_parting()), (1, false));
    assert!(bench.said.faults.is_empty(), "{:?}", bench.said.faults);
}

#[test]
fn who_carries_no_traffic_has_only_to_say_asp_down() {
    let mut bench = Bench::new(options());
    bench.take(&plain(MessageType::AspUpAck));
    bench.sent();
    bench.link.leave(bench.now, &mut bench.said);
    assert_eq!(bench.sent(), [MessageType::AspDown]);
    bench.wait(2_000);
    assert_eq!((bench.said.hang_ups, bench.link.is_parting()), (1, false));
    bench.link.down(bench.now, &mut bench.said);
    bench.link.leave(bench.now, &mut bench.said);
    assert_eq!((bench.sent(), bench.link.is_parting()), (vec![], false));
}

#[test]
fn a_gateway_that_acknowledges_no_farewell_is_left_all_the_same() {
    let mut bench = Bench::active(Options {
        ack_attempts_max: 2,
        ..options()
    });
    bench.link.leave(bench.now, &mut bench.said);
    bench.wait(6_000);
    use MessageType::{AspDown, AspInactive};
    assert_eq!(bench.sent(), [AspInactive, AspInactive, AspDown]);
    assert_eq!((bench.said.hang_ups, bench.link.is_parting()), (1, false));
    assert_eq!(bench.said.faults, ["no-acknowledgement"]);
}

#[test]
fn who_leaves_is_not_called_back() {
    let mut bench = Bench::active(Options {
        role: Role::IpspClient,
        ..options()
    });
    bench.link.leave(bench.now, &mut bench.said);
    bench.sent();
    bench.take(&plain(MessageType::AspUpAck));
    bench.take(&plain(MessageType::AspActiveAck));
    bench.take(&notify(Status::AlternateAspActive));
    bench.take(&notify(Status::AsStateChange(AsState::Pending)));
    assert_eq!(bench.sent(), []);
    for kind in [MessageType::AspUp, MessageType::AspActive] {
        bench.take(&plain(kind));
        assert_eq!(bench.refused(), ErrorCode::UnexpectedMessage);
    }
    bench.take(&plain(MessageType::AspInactive));
    assert_eq!(bench.sent(), [MessageType::AspInactiveAck]);
    assert_eq!(bench.link.state(), State::Leaving);
    bench.take(&plain(MessageType::AspDown));
    assert_eq!(bench.sent(), [MessageType::AspDownAck]);
    assert_eq!((bench.said.hang_ups, bench.link.is_parting()), (1, false));
}
