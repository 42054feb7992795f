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
    assert_eq!(bench.link.destinations.len(), 0);
    assert_eq!(bench.said.faults, ["routing-context", "network-appearance"]);
    assert!(bench.said.destinations.is_empty());
    for ours in [report(None, &[]), report(Some(5), &[300, 200])] {
        bench.take(&ours);
        assert_eq!(bench.link.way_to(2000, Some(200)), None);
        bench.link.destinations.clear();
    }
    assert_eq!((bench.sent(), bench.said.faults.len()), (vec![], 2));
}

#[test]
fn another_process_takes_the_traffic_of_one_context_over_and_not_that_of_the_others() {
    let mut bench = with(&[100, 200]);
    bench.take(&build(MessageType::Notify, |message| {
        message
            .status(Status::AlternateAspActive)
            .routing_contexts(&[200])
    }));
    assert_eq!(bench.link.state(), State::Active);
    let said = &mut bench.said;
    assert_eq!(bench.link.send_data(LABEL, Some(100), |_| {}, said), Ok(()));
    bench.said = Said::default();
    // It is not asked for until nobody has it.
    bench.wait(60_000);
    assert_eq!(bench.sent(), []);
    let left = |contexts: &[u32]| {
        build(MessageType::Notify, |message| {
            let pending = Status::AsStateChange(AsState::Pending);
            message.status(pending).routing_contexts(contexts)
        })
    };
    bench.take(&left(&[100]));
    assert_eq!(bench.sent(), []);
    bench.take(&left(&[200]));
    assert_eq!(asked(&mut bench, MessageType::AspActive), [200]);
}

#[test]
fn what_another_process_has_is_not_asked_for_beside_what_is_missing() {
    let mut bench = with(&[100]);
    let taken = |contexts: &[u32]| {
        build(MessageType::Notify, |message| {
            message
                .status(Status::AlternateAspActive)
                .routing_contexts(contexts)
        })
    };
    bench.take(&taken(&[300]));
    bench.take(&taken(&[100]));
    assert_eq!(bench.link.state(), State::Inactive);
    bench.wait(2_000);
    assert_eq!(asked(&mut bench, MessageType::AspActive), [200]);
    bench.take(&taken(&[200]));
    assert_eq!(bench.link.state(), State::Standby);
    assert_eq!(bench.link.deadline(), None);
}

#[test]
fn traffic_has_gone_elsewhere_when_that_is_acknowledged_of_every_context() {
    let mut bench = with(&[100, 200]);
    bench.link.leave(bench.now, &mut bench.said);
    for context in [200, 100] {
        assert!(!bench.link.has_left());
        bench.take(&acknowledged(MessageType::AspInactiveAck, &[context]));
    }
    assert!(bench.link.has_left());
}

#[test]
fn a_destination_that_one_network_lost_is_reached_in_another() {
    let mut bench = with(&[100, 200]);
    bench.take(&build(MessageType::DestinationUnavailable, |message| {
        message
            .routing_contexts(&[200])
            .affected_point_codes(&[AffectedPointCode::exact(2000)])
    }));
    assert_eq!(bench.link.way_to(2000, Some(200)), None);
    for wanted in [None, Some(100), Some(300)] {
        assert_eq!(bench.link.way_to(2000, wanted), Some(Some(100)));
    }
    bench.wait(30_000);
    let audited = asked(&mut bench, MessageType::DestinationStateAudit);
    assert_eq!(audited, [200]);
}

#[test]
fn what_is_told_of_all_contexts_holds_in_each() {
    let mut bench = with(&[100, 200]);
    bench.take(&build(MessageType::DestinationUnavailable, |message| {
        message
            .routing_contexts(&[100, 200])
            .affected_point_codes(&[AffectedPointCode {
                mask: 8,
                code: 2000,
            }])
    }));
    assert_eq!(bench.link.way_to(2000, Some(100)), None);
    bench.take(&build(MessageType::DestinationAvailable, |message| {
        message.affected_point_codes(&[AffectedPointCode::exact(2000)])
    }));
    assert_eq!(bench.link.way_to(2000, Some(100)), Some(Some(100)));
}

#[test]
fn what_was_taken_over_is_asked_for_again_where_we_name_no_contexts() {
    let mut bench = Bench::new(Options {
        routing_contexts: vec![],
        ..two()
    });
    bench.take(&plain(MessageType::AspUpAck));
    bench.take(&acknowledged(MessageType::AspActiveAck, &[100, 200]));
    bench.said = Said::default();
    for (status, contexts) in [
        (Status::AlternateAspActive, [200]),
        (Status::AsStateChange(AsState::Pending), [200]),
    ] {
        bench.take(&build(MessageType::Notify, |message| {
            message.status(status).routing_contexts(&contexts)
        }));
    }
    bench.wait(60_000);
    assert!(
        bench.sent().contains(&MessageType::AspActive),
        "{:?}",
        bench.link.state()
    );
}

#[test]
fn a_peer_that_takes_one_context_away_leaves_the_others() {
    let mut bench = Bench::new(Options {
        role: Role::IpspServer,
        ..two()
    });
    bench.take(&plain(MessageType::AspUp));
    bench.take(&acknowledged(MessageType::AspActive, &[100, 200]));
    assert_eq!(bench.link.state(), State::Active);
    bench.take(&acknowledged(MessageType::AspInactive, &[200]));
    assert_eq!(bench.link.state(), State::Active);
    assert_eq!(bench.link.way_to(2000, Some(100)), Some(Some(100)));
}
