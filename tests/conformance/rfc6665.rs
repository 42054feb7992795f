//! SIP-specific event notification, the notifier's side.

use pengate::server::Outcome;
use pengate_codecs::sip::Name;

use crate::bench::{Bench, document, publish, subscribe};

/// bob watches alice and was told once; tells our tag.
fn subscribed(bench: &mut Bench, expires: u32) -> String {
    let answer = bench.ask(&subscribe(1, "", &format!("Expires: {expires}\n")));
    bench.notify(200);
    answer.tag(Name::To)
}

#[test]
fn clause_4_1_3_every_notify_says_where_the_subscription_stands() {
    let mut bench = Bench::new();
    bench.ask(&subscribe(1, "", "Expires: 600\n"));
    let notify = bench.notify(200);
    assert_eq!(notify.header(Name::SubscriptionState), "active;expires=600");
    bench.pass(600);
    let notify = bench.notify(200);
    assert_eq!(
        notify.header(Name::SubscriptionState),
        "terminated;reason=timeout"
    );
}

#[test]
fn clause_4_2_1_an_unknown_package_is_489() {
    let request = subscribe(1, "", "").replace("Event: presence\n", "Event: dialog\n");
    let answer = Bench::new().ask(&request);
    assert_eq!(answer.status(), 489);
    assert_eq!(answer.header(Name::AllowEvents), "presence");
}

#[test]
fn clause_4_2_1_1_the_lifetime_may_be_shortened_but_not_lengthened() {
    for (asked, granted) in [("600", "600"), ("3600", "3600"), ("9999999", "86400")] {
        let answer = Bench::new().ask(&subscribe(1, "", &format!("Expires: {asked}\n")));
        assert_eq!(
            (answer.status(), answer.header(Name::Expires).as_str()),
            (200, granted)
        );
    }
}

#[test]
fn clause_4_2_1_1_a_lifetime_that_is_too_brief_is_423_with_the_least() {
    let answer = Bench::new().ask(&subscribe(1, "", "Expires: 59\n"));
    assert_eq!(
        (answer.status(), answer.header(Name::MinExpires).as_str()),
        (423, "60")
    );
}

#[test]
fn clause_4_2_1_2_a_notify_follows_every_200_at_once() {
    let mut bench = Bench::new();
    let tag = subscribed(&mut bench, 600);
    bench.ask(&subscribe(2, &tag, "Expires: 600\n"));
    bench.notify(200);
    bench.ask(&subscribe(3, &tag, "Expires: 0\n"));
    bench.notify(200);
}

#[test]
fn clause_4_2_1_3_whoever_is_not_vouched_for_is_403() {
    let mut bench = Bench::new();
    bench.channel.peer = ([192, 0, 2, 1], 5060).into();
    assert_eq!(bench.ask(&subscribe(1, "", "")).status(), 403);
}

#[test]
fn clause_4_2_1_4_a_refresh_of_an_unknown_subscription_is_481() {
    let mut bench = Bench::new();
    let tag = subscribed(&mut bench, 600);
    assert_eq!(
        bench
            .ask(&subscribe(2, "0000-0000000000000000", ""))
            .status(),
        481
    );
    bench.pass(600);
    assert_eq!(bench.ask(&subscribe(3, &tag, "")).status(), 481);
}

#[test]
fn clause_4_2_2_a_notify_that_times_out_removes_the_subscription() {
    let mut bench = Bench::new();
    bench.ask(&subscribe(1, "", ""));
    let (token, _) = bench.notifies.remove(0);
    bench.outcome(token, Outcome::Timeout);
    assert_eq!(
        (
            bench.shard.sizes().presentities,
            bench.shard.sizes().subscriptions
        ),
        (0, 0)
    );
}

#[test]
fn clause_4_2_2_a_481_removes_the_subscription_even_with_retry_after() {
    let mut bench = Bench::new();
    bench.ask(&subscribe(1, "", ""));
    let (token, _) = bench.notifies.remove(0);
    let retry_after = Some(1);
    bench.outcome(
        token,
        Outcome::Answered {
            status: 481,
            retry_after,
        },
    );
    assert_eq!(
        (
            bench.shard.sizes().presentities,
            bench.shard.sizes().subscriptions
        ),
        (0, 0)
    );
}

#[test]
fn clause_4_2_2_another_failure_with_retry_after_is_tried_again_then() {
    let mut bench = Bench::new();
    bench.ask(&subscribe(1, "", ""));
    let (token, first) = bench.notifies.remove(0);
    let retry_after = Some(7);
    bench.outcome(
        token,
        Outcome::Answered {
            status: 503,
            retry_after,
        },
    );
    bench.pass(6);
    assert!(bench.notifies.is_empty());
    bench.pass(1);
    assert_eq!(bench.notify(200).body(), first.body());
}

#[test]
fn clause_4_4_1_notifies_are_in_the_dialog_of_the_subscribe() {
    let mut bench = Bench::new();
    let answer = bench.ask(&subscribe(1, "", "Record-Route: <sip:p.example;lr>\n"));
    assert_eq!(answer.header(Name::RecordRoute), "<sip:p.example;lr>");
    let notify = bench.notify(200);
    assert!(
        notify
            .0
            .starts_with("NOTIFY sip:bob@127.0.0.1:5070 SIP/2.0\r\n")
    );
    assert_eq!(notify.header(Name::Route), "<sip:p.example;lr>");
    assert_eq!(notify.header(Name::CallId), "subscription@127.0.0.1");
    assert_eq!(notify.tag(Name::From), answer.tag(Name::To));
    assert_eq!(notify.tag(Name::To), "b1");
}

#[test]
fn clause_4_4_3_a_fetch_is_one_notify_with_the_whole_state() {
    let mut bench = Bench::new();
    bench.ask(&publish(1, "", &document("one")));
    let answer = bench.ask(&subscribe(1, "", "Expires: 0\n"));
    assert_eq!(
        (answer.status(), answer.header(Name::Expires).as_str()),
        (200, "0")
    );
    let notify = bench.notify(200);
    assert_eq!(
        notify.header(Name::SubscriptionState),
        "terminated;reason=timeout"
    );
    assert!(notify.body().contains("<note>one</note>"));
    assert_eq!(bench.shard.sizes().subscriptions, 0);
}

#[test]
fn clause_8_2_1_the_event_of_a_notify_matches_that_of_the_subscribe() {
    let mut bench = Bench::new();
    let request = subscribe(1, "", "").replace("Event: presence\n", "o: presence;id=a1\n");
    bench.ask(&request);
    assert_eq!(bench.notify(200).header(Name::Event), "presence;id=a1");
}
