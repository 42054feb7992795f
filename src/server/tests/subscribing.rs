use std::time::Duration;

use pengate_codecs::sip::Name;

use crate::server::testing::*;

#[test]
fn a_subscription_is_answered_and_notified_at_once() {
    let mut bench = Bench::new();
    let answer = bench.ask(&subscribe("bob", 1, "", "Expires: 600\n"));
    assert_eq!(
        (status(&answer), header(&answer, Name::Expires)),
        (200, "600".to_owned())
    );
    assert_eq!(header(&answer, Name::Contact), "<sip:127.0.0.1:5060>");
    assert_eq!(header(&answer, Name::AllowEvents), "presence");
    let notify = bench.one_notify();
    assert!(
        notify.starts_with("NOTIFY sip:bob@127.0.0.1:5070 SIP/2.0\r\n"),
        "{notify}"
    );
    assert_eq!(
        header(&notify, Name::SubscriptionState),
        "active;expires=600"
    );
    assert_eq!(header(&notify, Name::Event), "presence");
    assert_eq!(header(&notify, Name::ContentType), "application/pidf+xml");
    assert_eq!(header(&notify, Name::CallId), "bob@127.0.0.1");
    assert_eq!(from_tag(&notify), to_tag(&answer));
    assert_eq!(to_tag(&notify), "bob1");
    assert!(body(&notify).contains("entity=\"sip:alice@ims.example\""));
}

#[test]
fn the_dialog_outlives_the_answer_only_when_it_is_durable() {
    let mut bench = Bench::new();
    bench.settle = false;
    let number = bench.send(&subscribe("bob", 1, "", ""));
    assert_eq!((bench.answer(number), rows(&bench.shard)), (None, (0, 0)));
    bench.refuse_one();
    assert_eq!(status(&bench.answer(number).unwrap()), 503);
    assert_eq!((bench.notified(), rows(&bench.shard)), (vec![], (0, 0)));
}

#[test]
fn a_refresh_renews_the_lifetime_and_is_notified() {
    let mut bench = Bench::new();
    let answer = bench.ask(&subscribe("bob", 1, "", "Expires: 600\n"));
    bench.one_notify();
    bench.pass(Duration::from_secs(500));
    let to = format!(";tag={}", to_tag(&answer));
    let answer = bench.ask(&subscribe("bob", 2, &to, "Expires: 700\n"));
    assert_eq!(
        (status(&answer), header(&answer, Name::Expires)),
        (200, "700".to_owned())
    );
    let notify = bench.one_notify();
    assert_eq!(
        header(&notify, Name::SubscriptionState),
        "active;expires=700"
    );
    assert_eq!(cseq(&notify), 2);
    bench.pass(Duration::from_secs(699));
    assert!(bench.notified().is_empty());
}

#[test]
fn a_fetch_is_notified_once_and_leaves_nothing() {
    let mut bench = Bench::new();
    bench.ask(&publish(1, "", &document("alice", "one")));
    let answer = bench.ask(&subscribe("bob", 1, "", "Expires: 0\n"));
    assert_eq!(
        (status(&answer), header(&answer, Name::Expires)),
        (200, "0".to_owned())
    );
    let notify = bench.one_notify();
    assert_eq!(
        header(&notify, Name::SubscriptionState),
        "terminated;reason=timeout"
    );
    assert!(body(&notify).contains("<note>one</note>"));
    assert_eq!(rows(&bench.shard), (1, 0));
    assert!(bench.said.watched.is_empty());
}

#[test]
fn an_unsubscription_is_notified_and_the_dialog_is_over() {
    let mut bench = Bench::new();
    let answer = bench.ask(&subscribe("bob", 1, "", ""));
    bench.one_notify();
    let to = format!(";tag={}", to_tag(&answer));
    let answer = bench.ask(&subscribe("bob", 2, &to, "Expires: 0\n"));
    assert_eq!(
        (status(&answer), header(&answer, Name::Expires)),
        (200, "0".to_owned())
    );
    let notify = bench.one_notify();
    assert_eq!(
        header(&notify, Name::SubscriptionState),
        "terminated;reason=timeout"
    );
    assert_eq!(rows(&bench.shard), (0, 0));
    assert_eq!(status(&bench.ask(&subscribe("bob", 3, &to, ""))), 481);
}

#[test]
fn a_subscription_that_is_not_refreshed_ends_with_a_last_notify() {
    let mut bench = Bench::new();
    bench.ask(&subscribe("bob", 1, "", "Expires: 600\n"));
    bench.one_notify();
    bench.pass(Duration::from_secs(600));
    let notify = bench.one_notify();
    assert_eq!(
        header(&notify, Name::SubscriptionState),
        "terminated;reason=timeout"
    );
    assert_eq!(rows(&bench.shard), (0, 0));
}

#[test]
fn the_first_and_the_last_watcher_switch_reporting() {
    let mut bench = Bench::new();
    let alice = || "sip:alice@ims.example".to_owned();
    let bob = bench.ask(&subscribe("bob", 1, "", ""));
    let carol = bench.ask(&subscribe("carol", 1, "", ""));
    for notify in bench.notified() {
        bench.acknowledge(notify.token, 200, None);
    }
    assert_eq!(bench.said.watched, [(alice(), true)]);
    for (user, answer) in [("bob", bob), ("carol", carol)] {
        let to = format!(";tag={}", to_tag(&answer));
        bench.ask(&subscribe(user, 2, &to, "Expires: 0\n"));
    }
    assert_eq!(bench.said.watched, [(alice(), true), (alice(), false)]);
}

#[test]
fn refusals_come_in_the_order_of_the_specification() {
    let mut bench = Bench::new();
    let good = subscribe("bob", 1, "", "");
    let cases = [
        (
            good.replace("SUBSCRIBE sip:alice@ims", "SUBSCRIBE sip:alice@elsewhere"),
            404,
        ),
        (
            good.replace("Event: presence\n", "Event: presence.winfo\n"),
            489,
        ),
        (subscribe("bob", 1, "", "Require: eventlist\n"), 420),
        (
            good.replace(
                "Content-Length: 0\n\n",
                "Content-Type: application/simple-filter+xml\nContent-Length: 4\n\n<f/>",
            ),
            415,
        ),
        (subscribe("bob", 1, "", "Accept: application/sdp\n"), 406),
        (
            subscribe("bob", 1, "", "Accept: application/pidf+xml;q=0\n"),
            406,
        ),
        (subscribe("bob", 1, "", "Expires: 59\n"), 423),
        (good.replace("Contact: <sip:bob@127.0.0.1:5070>\n", ""), 400),
        (subscribe("bob", 1, ";tag=unknown", ""), 481),
        (subscribe("bob", 1, ";tag=0001-0000000000000001", ""), 481),
        (good.replace("SUBSCRIBE", "MESSAGE"), 405),
    ];
    for (request, expected) in cases {
        let answer = bench.ask(&request);
        assert_eq!(status(&answer), expected, "{request}\n{answer}");
    }
    bench.peer.peer = "192.0.2.1:5060".parse().unwrap();
    assert_eq!(status(&bench.ask(&good)), 403);
    assert_eq!((bench.durable.len(), rows(&bench.shard)), (0, (0, 0)));
}

#[test]
fn every_common_accept_is_taken() {
    for accept in [
        "application/pidf+xml",
        "*/*",
        "application/*, text/plain",
        "a/b, application/PIDF+xml;q=0.1",
    ] {
        let mut bench = Bench::new();
        let answer = bench.ask(&subscribe("bob", 1, "", &format!("Accept: {accept}\n")));
        assert_eq!(status(&answer), 200, "{accept}");
    }
}

#[test]
fn a_request_of_the_dialog_with_a_lower_number_is_out_of_order() {
    let mut bench = Bench::new();
    let answer = bench.ask(&subscribe("bob", 5, "", ""));
    let to = format!(";tag={}", to_tag(&answer));
    assert_eq!(status(&bench.ask(&subscribe("bob", 4, &to, ""))), 500);
    assert_eq!(status(&bench.ask(&subscribe("bob", 6, &to, ""))), 200);
}

#[test]
fn somebody_else_in_the_dialog_is_refused() {
    let mut bench = Bench::new();
    let answer = bench.ask(&subscribe("bob", 1, "", ""));
    let to = format!(";tag={}", to_tag(&answer));
    let other = subscribe(
        "bob",
        2,
        &to,
        "P-Asserted-Identity: <sip:mallory@ims.example>\n",
    );
    assert_eq!(status(&bench.ask(&other)), 403);
    let other = subscribe("bob", 2, &to, "").replace("Call-ID: bob", "Call-ID: mallory");
    assert_eq!(status(&bench.ask(&other)), 481);
}

#[test]
fn routes_are_echoed_and_used() {
    let mut bench = Bench::new();
    let routes = "Record-Route: <sip:p1.example;lr>, <sip:p2.example;lr>\n";
    let answer = bench.ask(&subscribe("bob", 1, "", routes));
    assert_eq!(
        header(&answer, Name::RecordRoute),
        "<sip:p1.example;lr>, <sip:p2.example;lr>"
    );
    let notify = bench.notified().remove(0);
    assert_eq!(notify.next_hop, "sip:p1.example;lr");
    assert!(header(&notify.text, Name::Route).starts_with("<sip:p1.example;lr>"));
}

#[test]
fn the_id_of_the_event_comes_back_in_every_notify() {
    let mut bench = Bench::new();
    let request =
        subscribe("bob", 1, "", "").replace("Event: presence\n", "Event: presence;id=7\n");
    bench.ask(&request);
    assert_eq!(header(&bench.one_notify(), Name::Event), "presence;id=7");
}

#[test]
fn a_refresh_behind_another_waits_for_it() {
    let mut bench = Bench::new();
    let answer = bench.ask(&subscribe("bob", 1, "", ""));
    bench.one_notify();
    let to = format!(";tag={}", to_tag(&answer));
    bench.settle = false;
    let refresh = bench.send(&subscribe("bob", 2, &to, "Expires: 600\n"));
    let end = bench.send(&subscribe("bob", 3, &to, "Expires: 0\n"));
    bench.settle_one();
    assert_eq!(status(&bench.answer(refresh).unwrap()), 200);
    assert_eq!(bench.answer(end), None);
    bench.settle_one();
    assert_eq!(header(&bench.answer(end).unwrap(), Name::Expires), "0");
}

#[test]
fn the_same_request_after_a_restart_makes_no_second_subscription() {
    let mut bench = Bench::new();
    let before = bench.ask(&subscribe("bob", 1, "", ""));
    bench.restart(2);
    let after = bench.ask(&subscribe("bob", 1, "", ""));
    assert_eq!(to_tag(&after), to_tag(&before));
    assert_eq!(rows(&bench.shard), (1, 1));
}

#[test]
fn the_network_hears_that_nobody_watches_before_the_last_notify_can_be_sent() {
    let mut bench = Bench::new();
    let answer = bench.ask(&subscribe("bob", 1, "", ""));
    // The first NOTIFY is not answered.
    assert_eq!(bench.notified().len(), 1);
    bench.said.watched.clear();
    let to = format!(";tag={}", to_tag(&answer));
    bench.ask(&subscribe("bob", 2, &to, "Expires: 0\n"));
    assert!(bench.notified().is_empty(), "the last one waits");
    let alice = || "sip:alice@ims.example".to_owned();
    assert_eq!(bench.said.watched, [(alice(), false)]);
    bench.ask(&subscribe("carol", 1, "", ""));
    assert_eq!(bench.said.watched, [(alice(), false), (alice(), true)]);
}
