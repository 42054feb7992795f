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
