use std::time::Duration;

use pengate_codecs::{Stamp, sip::Name};
use smallvec::smallvec;

use crate::{
    event::{Order, SessionKey, Source},
    pen::{Change, Presentity, PresentityUpdate, SourceReset},
    server::testing::*,
};

/// A request that hits a limit is answered 503 with Retry-After, and the limit is counted.
#[track_caller]
fn refuses(bench: &mut Bench, request: &str, limit: &str) {
    let answer = bench.ask(request);
    assert_eq!(status(&answer), 503, "{answer}");
    assert_eq!(header(&answer, Name::RetryAfter), "5");
    assert_eq!(bench.said.faults, [limit]);
}

#[test]
fn publications_of_a_presentity_are_bounded() {
    let mut bench = Bench::with(|options| options.publications_per_presentity_max = 2);
    for number in 1..=2 {
        assert_eq!(
            status(&bench.ask(&publish(number, "", &document("alice", "x")))),
            200
        );
    }
    let third = publish(3, "", &document("alice", "x"));
    refuses(&mut bench, &third, "publications-per-presentity-max");
}

#[test]
fn publications_on_their_way_count() {
    let mut bench = Bench::with(|options| options.publications_per_presentity_max = 2);
    bench.ask(&publish(1, "", &document("alice", "x")));
    bench.settle = false;
    bench.send(&publish(2, "", &document("alice", "x")));
    let third = publish(3, "", &document("alice", "x"));
    refuses(&mut bench, &third, "publications-per-presentity-max");
}

#[test]
fn presentities_are_bounded() {
    let mut bench = Bench::with(|options| options.presentities_max = 1);
    bench.ask(&subscribe("bob", 1, "", ""));
    let other = subscribe("bob", 1, "", "").replace("SUBSCRIBE sip:alice", "SUBSCRIBE sip:carol");
    refuses(&mut bench, &other, "presentities-max");
    let other = publish(1, "", &document("carol", "x")).replace("sip:alice", "sip:carol");
    bench.said.faults.clear();
    refuses(&mut bench, &other, "presentities-max");
}

#[test]
fn subscriptions_are_bounded() {
    let mut bench = Bench::with(|options| options.subscriptions_max = 1);
    bench.ask(&subscribe("bob", 1, "", ""));
    refuses(
        &mut bench,
        &subscribe("carol", 1, "", ""),
        "subscriptions-max",
    );
}

#[test]
fn subscriptions_of_a_presentity_are_bounded() {
    let mut bench = Bench::with(|options| options.subscriptions_per_presentity_max = 1);
    bench.ask(&subscribe("bob", 1, "", ""));
    let carol = subscribe("carol", 1, "", "");
    refuses(&mut bench, &carol, "subscriptions-per-presentity-max");
}

#[test]
fn requests_on_their_way_are_bounded() {
    let mut bench = Bench::with(|options| options.pending_max = 1);
    bench.settle = false;
    bench.send(&subscribe("bob", 1, "", ""));
    refuses(&mut bench, &subscribe("carol", 1, "", ""), "pending-max");
    bench.said.faults.clear();
    refuses(
        &mut bench,
        &publish(1, "", &document("alice", "x")),
        "pending-max",
    );
}

#[test]
fn parked_requests_are_bounded() {
    let mut bench = Bench::with(|options| options.parked_max = 1);
    let answer = bench.ask(&subscribe("bob", 1, "", ""));
    let to = format!(";tag={}", to_tag(&answer));
    bench.settle = false;
    bench.send(&subscribe("bob", 2, &to, ""));
    bench.send(&subscribe("bob", 3, &to, ""));
    refuses(&mut bench, &subscribe("bob", 4, &to, ""), "parked-max");
}

/// A session of the element through this access point.
fn told(at: Stamp, element: &str, apn: &str) -> PresentityUpdate {
    PresentityUpdate {
        presentity: Presentity::canonical("sip:alice@example.com"),
        source: Source::Pk,
        reporter: element.into(),
        order: Order { at, id: 1 },
        changes: smallvec![Change::Session {
            key: SessionKey::new(element.as_bytes(), apn.as_bytes()),
            context: 0,
            ended: None,
            apn: Some(apn.into()),
            rat: None,
            address: None,
        }],
        expires: None,
    }
}

#[test]
fn names_of_elements_and_access_points_are_bounded_and_what_is_dropped_is_counted() {
    let mut bench = Bench::with(|options| {
        options.facets.reporters_max = 2;
        options.facets.access_points_max = 1;
        options.facets.resets_max = 1;
    });
    let at = bench.now;
    let reset = |element: &str, apn: Option<&str>| SourceReset {
        source: Source::Pk,
        reporter: element.into(),
        apn: apn.map(Into::into),
        order: Order { at, id: 2 },
    };
    for (element, apn, faults) in [
        ("ggsn1", "internet", vec![]),
        ("ggsn2", "ims", vec!["access-points-max"]),
        ("ggsn3", "internet", vec!["reporters-max"]),
    ] {
        bench.apply(&told(at, element, apn));
        assert_eq!(bench.said.faults, faults);
        bench.said.faults.clear();
    }
    for (element, apn, faults) in [
        ("ggsn1", None, vec![]),
        ("ggsn2", None, vec!["resets-max"]),
        (
            "ggsn2",
            Some("ims"),
            vec!["access-points-max", "reset-dropped"],
        ),
        ("ggsn3", None, vec!["reporters-max", "reset-dropped"]),
    ] {
        bench.apply(&reset(element, apn));
        assert_eq!(bench.said.faults, faults, "{element}");
        bench.said.faults.clear();
    }
}

#[test]
fn a_lifetime_beyond_the_longest_is_shortened() {
    let mut bench = Bench::with(|options| {
        options.publication_expires.max = Duration::from_secs(100);
        options.subscription_expires.max = Duration::from_secs(200);
    });
    let answer = bench.ask(&publish(
        1,
        "Expires: 4294967295\n",
        &document("alice", "x"),
    ));
    assert_eq!(header(&answer, Name::Expires), "100");
    let answer = bench.ask(&subscribe("bob", 1, "", "Expires: 99999999999\n"));
    assert_eq!(header(&answer, Name::Expires), "200");
}
