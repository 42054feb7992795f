use std::time::Duration;

use pengate_codecs::sip::Name;

use crate::server::{Outcome, testing::*};

/// bob watches alice, and was told once.
fn watched() -> Bench {
    let mut bench = Bench::new();
    bench.ask(&subscribe("bob", 1, "", ""));
    bench.one_notify();
    bench
}

/// A new document, published beside the others.
fn change(bench: &mut Bench, number: u32) {
    let body = document("alice", &format!("note {number}"));
    bench.ask(&publish(number, "", &body));
}

#[test]
fn a_watcher_has_one_notify_outstanding_and_gets_the_newest_state_next() {
    let mut bench = watched();
    for number in 1..=3 {
        change(&mut bench, number);
    }
    let first = bench.notified();
    assert_eq!(first.len(), 1);
    assert!(first[0].text.contains("note 1") && !first[0].text.contains("note 2"));
    bench.acknowledge(first[0].token, 200, None);
    let second = bench.one_notify();
    assert!(second.contains("note 2") && second.contains("note 3"));
    assert_eq!(cseq(&second), cseq(&first[0].text) + 1);
    assert!(bench.notified().is_empty());
}

#[test]
fn a_change_that_shows_in_no_document_is_not_told() {
    let mut bench = watched();
    let answer = bench.ask(&publish(1, "", &document("alice", "one")));
    bench.one_notify();
    let tag = format!("SIP-If-Match: {}\n", header(&answer, Name::SipEtag));
    let answer = bench.ask(&publish(2, &tag, &document("alice", "one")));
    assert_eq!(status(&answer), 200);
    assert!(bench.notified().is_empty());
}

#[test]
fn every_watcher_is_told_the_same_octets() {
    let mut bench = Bench::new();
    for number in 0..50 {
        bench.ask(&subscribe(&format!("w{number}"), 1, "", ""));
    }
    for notify in bench.notified() {
        bench.acknowledge(notify.token, 200, None);
    }
    change(&mut bench, 1);
    let all = bench.notified();
    assert_eq!(all.len(), 50);
    assert!(
        all.iter()
            .all(|notify| body(&notify.text) == body(&all[0].text))
    );
}

#[test]
fn a_watcher_that_is_not_there_any_more_is_forgotten() {
    for status in [404, 405, 408, 410, 416, 480, 481, 485, 489, 501, 604] {
        let mut bench = watched();
        change(&mut bench, 1);
        let notify = bench.notified().remove(0);
        bench.acknowledge(notify.token, status, Some(10));
        assert_eq!(rows(&bench.shard), (1, 0), "{status}");
        assert!(bench.notified().is_empty(), "{status}");
        assert_eq!(bench.said.faults, ["notify-failed"]);
    }
}

#[test]
fn a_watcher_that_does_not_answer_or_cannot_be_reached_is_forgotten() {
    for outcome in [Outcome::Timeout, Outcome::Unreachable] {
        let mut bench = watched();
        change(&mut bench, 1);
        let notify = bench.notified().remove(0);
        bench.outcome(notify.token, outcome);
        assert_eq!(rows(&bench.shard), (1, 0));
        bench.restart(2);
        assert_eq!(rows(&bench.shard), (1, 0));
    }
}

#[test]
fn a_watcher_that_wants_a_pause_is_told_the_newest_state_after_it() {
    let mut bench = watched();
    change(&mut bench, 1);
    let notify = bench.notified().remove(0);
    bench.acknowledge(notify.token, 503, Some(20));
    change(&mut bench, 2);
    bench.pass(Duration::from_secs(19));
    assert!(bench.notified().is_empty());
    bench.pass(Duration::from_secs(1));
    let notify = bench.one_notify();
    assert!(notify.contains("note 1") && notify.contains("note 2"));
}

#[test]
fn a_pause_is_not_honoured_beyond_its_limit() {
    let mut bench = watched();
    change(&mut bench, 1);
    let notify = bench.notified().remove(0);
    bench.acknowledge(notify.token, 503, Some(u32::MAX));
    bench.pass(Duration::from_secs(300));
    assert_eq!(bench.notified().len(), 1);
}

#[test]
fn a_failure_for_now_is_tried_again() {
    let mut bench = watched();
    change(&mut bench, 1);
    let notify = bench.notified().remove(0);
    bench.acknowledge(notify.token, 500, None);
    bench.pass(Duration::from_secs(30));
    assert!(bench.one_notify().contains("note 1"));
}

#[test]
fn an_answer_to_another_notify_changes_nothing() {
    let mut bench = watched();
    change(&mut bench, 1);
    let notify = bench.notified().remove(0);
    let mut other = notify.token;
    other.cseq += 1;
    bench.acknowledge(other, 481, None);
    other.tag.unique ^= 1;
    bench.acknowledge(other, 481, None);
    assert_eq!(rows(&bench.shard), (1, 1));
    change(&mut bench, 2);
    assert!(bench.notified().is_empty());
}

#[test]
fn the_last_notify_waits_for_the_one_before_it() {
    let mut bench = Bench::new();
    bench.ask(&subscribe("bob", 1, "", "Expires: 60\n"));
    let first = bench.notified().remove(0);
    bench.pass(Duration::from_secs(60));
    assert!(bench.notified().is_empty());
    bench.acknowledge(first.token, 200, None);
    let last = bench.notified().remove(0);
    assert_eq!(
        header(&last.text, Name::SubscriptionState),
        "terminated;reason=timeout"
    );
    assert_eq!(rows(&bench.shard), (0, 0));
}

#[test]
fn numbers_are_reserved_in_time_and_nothing_is_sent_without_one() {
    let mut bench = watched();
    let tag = format!(";tag={}", {
        change(&mut bench, 1);
        from_tag(&bench.one_notify())
    });
    // Repeated requests are answered and notified without a record.
    for number in 3..=1_000 {
        bench.settle = number < 700;
        bench.ask(&subscribe("bob", 1, &tag, ""));
        assert_eq!(cseq(&bench.one_notify()), number);
    }
    assert_eq!(bench.log.len(), 1, "a reservation is on its way");
    bench.ask(&subscribe("bob", 1, &tag, ""));
    assert!(bench.notified().is_empty());
    bench.settle_one();
    assert_eq!(cseq(&bench.one_notify()), 1_001);
}

#[test]
fn a_reservation_that_the_log_refuses_is_asked_for_again() {
    let mut bench = watched();
    let tag = format!(";tag={}", {
        change(&mut bench, 1);
        from_tag(&bench.one_notify())
    });
    bench.settle = false;
    for _ in 3..=1_000 {
        bench.ask(&subscribe("bob", 1, &tag, ""));
        bench.one_notify();
    }
    bench.ask(&subscribe("bob", 1, &tag, ""));
    assert!(bench.notified().is_empty());
    bench.refuse_one();
    bench.settle = true;
    bench.pass(Duration::from_secs(1));
    assert_eq!(cseq(&bench.one_notify()), 1_001);
}

#[test]
fn an_end_that_the_log_refuses_is_wanted_again() {
    let mut bench = Bench::new();
    bench.ask(&subscribe("bob", 1, "", "Expires: 60\n"));
    bench.one_notify();
    bench.settle = false;
    bench.pass(Duration::from_secs(60));
    bench.refuse_one();
    bench.settle = true;
    assert!(bench.notified().is_empty());
    bench.pass(Duration::from_secs(1));
    let last = bench.one_notify();
    assert_eq!(
        header(&last, Name::SubscriptionState),
        "terminated;reason=timeout"
    );
}
