//! Several application servers on one link.

use super::*;

fn two() -> Options {
    Options {
        routing_contexts: vec![100, 200],
        heartbeat_interval: Duration::ZERO,
        ack_attempts_max: 2,
        ..Options::default()
    }
}

fn acknowledged(kind: MessageType, contexts: &[u32]) -> Vec<u8> {
    build(kind, |message| message.routing_contexts(contexts))
}

/// One that asked for both contexts, of which these are acknowledged.
fn with(contexts: &[u32]) -> Bench {
    let mut bench = Bench::new(two());
    bench.take(&plain(MessageType::AspUpAck));
    bench.said = Said::default();
    bench.take(&acknowledged(MessageType::AspActiveAck, contexts));
    bench
}

/// The contexts of the only message that was sent, which is of this type.
fn asked(bench: &mut Bench, kind: MessageType) -> Vec<u32> {
    let [octets] = &bench.said.sent[..] else {
        panic!("{:?}", bench.said.sent);
    };
    let message = Message::decode(octets).unwrap();
    assert_eq!(message.kind(), kind);
    let contexts = message.routing_contexts().unwrap();
    let contexts = contexts.map(|contexts| contexts.iter().collect());
    bench.said.sent.clear();
    contexts.unwrap_or_default()
}

#[test]
fn what_is_not_acknowledged_of_several_contexts_is_asked_for_again() {
    let mut bench = with(&[100]);
    assert_eq!(bench.link.state(), State::Active);
    bench.wait(2_000);
    assert_eq!(asked(&mut bench, MessageType::AspActive), [200]);
    bench.take(&acknowledged(MessageType::AspActiveAck, &[200]));
    assert_eq!((bench.sent(), bench.link.deadline()), (vec![], None));
    assert_eq!(bench.link.active.len(), 2);
    assert!(bench.said.faults.is_empty(), "{:?}", bench.said.faults);
}

#[test]
fn a_context_that_is_not_given_to_us_costs_none_of_the_others() {
    let mut bench = with(&[100]);
    bench.wait(6_000);
    assert_eq!(bench.sent(), [MessageType::AspActive; 2]);
    assert_eq!(bench.said.faults, ["no-acknowledgement"]);
    bench.wait(28_000);
    assert_eq!(bench.sent(), []);
    bench.wait(2_000);
    assert_eq!(asked(&mut bench, MessageType::AspActive), [200]);
    // A gateway that does not know it says so.
    bench.take(&build(MessageType::Error, |message| {
        message.error_code(ErrorCode::InvalidRoutingContext)
    }));
    bench.wait(29_000);
    assert_eq!(bench.sent(), []);
    bench.wait(1_000);
    assert_eq!(asked(&mut bench, MessageType::AspActive), [200]);
    assert_eq!(bench.link.state(), State::Active);
    assert_eq!(bench.said.hang_ups, 0);
}

#[test]
fn an_acknowledgement_of_contexts_of_others_alone_activates_nothing() {
    let mut bench = with(&[300]);
    assert_eq!(bench.link.state(), State::Inactive);
    assert_eq!(bench.said.faults, ["routing-context"]);
    bench.wait(2_000);
    assert_eq!(asked(&mut bench, MessageType::AspActive), [100, 200]);
    bench.take(&acknowledged(MessageType::AspActiveAck, &[300, 200, 100]));
    assert_eq!(bench.said.faults, ["routing-context"; 2]);
    assert_eq!(bench.link.state(), State::Active);
    assert!(bench.link.active.iter().eq(&[100, 200]));
}

#[test]
fn a_gateway_may_take_one_context_away() {
    let mut bench = with(&[100, 200]);
    bench.take(&acknowledged(MessageType::AspInactiveAck, &[200]));
    assert_eq!(bench.link.state(), State::Active);
    bench.wait(2_000);
    assert_eq!(asked(&mut bench, MessageType::AspActive), [200]);
    bench.take(&acknowledged(MessageType::AspInactiveAck, &[100]));
    assert_eq!(bench.link.state(), State::Inactive);
}

#[test]
fn an_answer_leaves_in_the_context_of_its_request_where_that_is_active() {
    let mut bench = with(&[100, 200]);
    for (of, leaves) in [(None, 100), (Some(200), 200), (Some(300), 100)] {
        let said = &mut bench.said;
        bench.link.send_data(LABEL, of, |_| {}, said).unwrap();
        assert_eq!(asked(&mut bench, MessageType::Data), [leaves]);
    }
}

#[test]
fn what_is_told_of_the_destinations_of_others_is_not_for_us() {
    let mut bench = Bench::active(Options {
        network_appearance: Some(5),
        ..two()
    });
    let report = |network, contexts: &[u32]| {
        build(MessageType::DestinationUnavailable, |message| {
            message
                .network_appearance(network)
                .routing_contexts(contexts)
                .affected_point_codes(&[AffectedPointCode::exact(2000)])
        })
    };
    bench.take(&report(None, &[300]));
    assert_eq!(bench.refused(), ErrorCode::InvalidRoutingContext);
    bench.take(&report(Some(6), &[100]));
    assert_eq!(bench.refused(), ErrorCode::InvalidNetworkAppearance);
    assert_eq!(bench.link.destinations().count(), 0);
    assert_eq!(bench.said.faults, ["routing-context", "network-appearance"]);
    assert!(bench.said.destinations.is_empty());
    for ours in [report(None, &[]), report(Some(5), &[300, 200])] {
        bench.take(&ours);
        assert_eq!(bench.link.availability(2000), Availability::Unavailable);
        bench.link.destinations.clear();
    }
    assert_eq!((bench.sent(), bench.said.faults.len()), (vec![], 2));
}
