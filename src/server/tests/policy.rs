use pengate_codecs::{Stamp, sip::Name};

use crate::{
    pen::{Handling, PolicyChange, Presentity, WatcherRule},
    server::testing::*,
};

/// alice decides about bob, or with `None` leaves it to the default.
fn decide(bench: &mut Bench, at: i64, handling: Option<Handling>) {
    let rules = handling.map(|handling| WatcherRule {
        watcher: Some("sip:bob@ims.example".into()),
        handling,
    });
    bench.apply(&PolicyChange {
        presentity: Presentity::canonical("sip:alice@ims.example"),
        at: Stamp::from_secs(at),
        rules: rules.into_iter().collect(),
    });
}

fn published(bench: &mut Bench) {
    bench.ask(&publish(1, "", &document("alice", "secret")));
}

#[test]
fn a_blocked_watcher_is_refused() {
    let mut bench = Bench::new();
    decide(&mut bench, 1, Some(Handling::Block));
    assert_eq!(status(&bench.ask(&subscribe("bob", 1, "", ""))), 403);
    assert_eq!(
        status(&bench.ask(&subscribe("bob", 2, "", "Expires: 0\n"))),
        403
    );
    assert_eq!(status(&bench.ask(&subscribe("carol", 1, "", ""))), 200);
}

#[test]
fn a_watcher_that_waits_for_a_decision_is_pending_and_sees_nothing() {
    let mut bench = Bench::new();
    published(&mut bench);
    decide(&mut bench, 1, Some(Handling::Confirm));
    assert_eq!(
        status(&bench.ask(&subscribe("bob", 1, "", "Expires: 60\n"))),
        200
    );
    let notify = bench.one_notify();
    assert_eq!(
        header(&notify, Name::SubscriptionState),
        "pending;expires=60"
    );
    assert_eq!(
        (header(&notify, Name::ContentType), body(&notify)),
        <_>::default()
    );
    bench.ask(&publish(2, "", &document("alice", "more")));
    assert!(bench.notified().is_empty());
}

#[test]
fn a_fetch_that_waits_for_a_decision_sees_nothing() {
    let mut bench = Bench::new();
    published(&mut bench);
    decide(&mut bench, 1, Some(Handling::Confirm));
    bench.ask(&subscribe("bob", 1, "", "Expires: 0\n"));
    let notify = bench.one_notify();
    assert_eq!(
        header(&notify, Name::SubscriptionState),
        "terminated;reason=timeout"
    );
    assert_eq!(body(&notify), "");
}

#[test]
fn an_approval_shows_the_document_at_once() {
    let mut bench = Bench::new();
    published(&mut bench);
    decide(&mut bench, 1, Some(Handling::Confirm));
    bench.ask(&subscribe("bob", 1, "", "Expires: 60\n"));
    bench.one_notify();
    decide(&mut bench, 2, Some(Handling::Allow));
    let notify = bench.one_notify();
    assert_eq!(
        header(&notify, Name::SubscriptionState),
        "active;expires=60"
    );
    assert!(body(&notify).contains("secret"));
}

#[test]
fn a_politely_blocked_watcher_sees_a_document_that_says_nothing() {
    let mut bench = Bench::new();
    published(&mut bench);
    decide(&mut bench, 1, Some(Handling::PoliteBlock));
    bench.ask(&subscribe("bob", 1, "", "Expires: 60\n"));
    let notify = bench.one_notify();
    assert_eq!(
        header(&notify, Name::SubscriptionState),
        "active;expires=60"
    );
    assert!(body(&notify).contains("entity=\"sip:alice@ims.example\""));
    assert!(!body(&notify).contains("tuple"));
    bench.ask(&publish(2, "", &document("alice", "more")));
    assert!(bench.notified().is_empty());
}

#[test]
fn a_watcher_that_is_blocked_later_is_told_and_forgotten() {
    let mut bench = Bench::new();
    published(&mut bench);
    let answer = bench.ask(&subscribe("bob", 1, "", ""));
    bench.one_notify();
    decide(&mut bench, 1, Some(Handling::Block));
    let notify = bench.one_notify();
    assert_eq!(
        header(&notify, Name::SubscriptionState),
        "terminated;reason=rejected"
    );
    assert_eq!(body(&notify), "");
    let to = format!(";tag={}", to_tag(&answer));
    assert_eq!(status(&bench.ask(&subscribe("bob", 2, &to, ""))), 481);
}

#[test]
fn a_decision_that_changes_nothing_for_a_watcher_is_not_told() {
    let mut bench = Bench::new();
    bench.ask(&subscribe("bob", 1, "", ""));
    bench.one_notify();
    decide(&mut bench, 1, Some(Handling::Allow));
    assert!(bench.notified().is_empty());
}

#[test]
fn an_older_decision_never_replaces_a_newer_one() {
    let mut bench = Bench::new();
    decide(&mut bench, 2, Some(Handling::Block));
    decide(&mut bench, 1, None);
    assert_eq!(status(&bench.ask(&subscribe("bob", 1, "", ""))), 403);
    decide(&mut bench, 3, None);
    assert_eq!(status(&bench.ask(&subscribe("bob", 2, "", ""))), 200);
}

#[test]
fn a_decision_between_a_request_and_its_record_counts() {
    let mut bench = Bench::new();
    bench.settle = false;
    let number = bench.send(&subscribe("bob", 1, "", ""));
    decide(&mut bench, 1, Some(Handling::Confirm));
    bench.settle_one();
    assert_eq!(status(&bench.answer(number).unwrap()), 200);
    let notify = bench.one_notify();
    assert!(header(&notify, Name::SubscriptionState).starts_with("pending"));
}

#[test]
fn a_block_between_a_request_and_its_record_ends_the_subscription() {
    let mut bench = Bench::new();
    bench.settle = false;
    bench.send(&subscribe("bob", 1, "", ""));
    decide(&mut bench, 1, Some(Handling::Block));
    bench.settle = true;
    bench.settle_one();
    let all = bench.notified();
    let last = all.last().unwrap();
    assert!(!all.iter().any(|notify| notify.text.contains("<presence")));
    bench.acknowledge(all[0].token, 200, None);
    let last = bench.notified().pop().unwrap_or_else(|| last.clone());
    assert_eq!(
        header(&last.text, Name::SubscriptionState),
        "terminated;reason=rejected"
    );
    assert_eq!(rows(&bench.shard).1, 0);
}

#[test]
fn the_operators_default_counts_without_a_rule() {
    let mut bench = Bench::with(|options| options.default_handling = Handling::Confirm);
    bench.ask(&subscribe("bob", 1, "", ""));
    assert!(header(&bench.one_notify(), Name::SubscriptionState).starts_with("pending"));
}

#[test]
fn a_watcher_is_known_by_any_of_its_identities() {
    let mut bench = Bench::new();
    let uris = ["sip:bob@ims.example".into(), "tel:+99900000002".into()];
    bench
        .shard
        .directory()
        .provision(&uris, crate::server::compose::Identities::default());
    decide(&mut bench, 1, Some(Handling::Block));
    let request = subscribe(
        "carol",
        1,
        "",
        "P-Asserted-Identity: <tel:+999-0000-0002>\n",
    );
    assert_eq!(status(&bench.ask(&request)), 403);
}

#[test]
fn the_network_is_asked_only_for_watchers_who_are_shown_something() {
    let mut bench = Bench::new();
    let alice = || "sip:alice@ims.example".to_owned();
    decide(&mut bench, 1, Some(Handling::Confirm));
    bench.ask(&subscribe("bob", 1, "", ""));
    assert_eq!(bench.said.watched, [], "bob waits for a decision");
    decide(&mut bench, 2, Some(Handling::Allow));
    assert_eq!(bench.said.watched, [(alice(), true)]);
    decide(&mut bench, 3, Some(Handling::PoliteBlock));
    assert_eq!(bench.said.watched, [(alice(), true), (alice(), false)]);
}
