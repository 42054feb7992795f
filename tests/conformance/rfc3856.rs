//! The presence event package.

use pengate_codecs::sip::Name;

use crate::bench::{Bench, document, publish, subscribe};

#[test]
fn clause_6_4_a_subscription_lasts_an_hour_by_default() {
    let answer = Bench::new().ask(&subscribe(1, "", ""));
    assert_eq!(answer.header(Name::Expires), "3600");
}

#[test]
fn clause_6_7_without_accept_the_document_is_pidf() {
    let mut bench = Bench::new();
    bench.ask(&subscribe(1, "", ""));
    let notify = bench.notify(200);
    assert_eq!(notify.header(Name::ContentType), "application/pidf+xml");
    assert!(notify.body().contains("entity=\"sip:alice@ims.example\""));
}

#[test]
fn clause_6_7_a_watcher_that_does_not_take_pidf_is_406() {
    let answer = Bench::new().ask(&subscribe(1, "", "Accept: text/plain\n"));
    assert_eq!(answer.status(), 406);
}

#[test]
fn clause_6_8_a_subscription_to_nobody_is_404() {
    let request = subscribe(1, "", "").replace("SUBSCRIBE sip:alice@ims", "SUBSCRIBE sip:x@other");
    assert_eq!(Bench::new().ask(&request).status(), 404);
}

#[test]
fn clause_6_9_every_notify_carries_the_whole_state() {
    let mut bench = Bench::new();
    bench.ask(&subscribe(1, "", ""));
    bench.notify(200);
    bench.ask(&publish(1, "", &document("one")));
    assert!(bench.notify(200).body().contains("one"));
    let other = document("two")
        .replace("\"im\"", "\"sms\"")
        .replace("<contact>sip:", "<contact>im:");
    bench.ask(&publish(2, "", &other));
    let body = bench.notify(200).body();
    assert!(body.contains("one") && body.contains("two"));
}

#[test]
fn clause_6_10_a_change_is_notified_when_it_happens() {
    let mut bench = Bench::new();
    bench.ask(&subscribe(1, "", ""));
    bench.notify(200);
    for number in 1..=3 {
        bench.ask(&publish(number, "", &document(&format!("n{number}"))));
        assert!(bench.notify(200).body().contains(&format!("n{number}")));
    }
}
