//! SIGTERM: what is durable is answered, subscriptions stay or are ended, and the process ends.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

use crate::{
    gateway::{Gateway, Setup},
    load::{Element, Publisher, subscribers, uri},
    pidf::document,
    seed::Seeded,
    sip::Party,
};

#[test]
fn a_second_start_has_everything_that_was_acknowledged_before_sigterm() {
    let mut seeded = Seeded::announced("shutdown");
    let mut gateway = Setup::default().subscribers(&subscribers(8)).start();
    let (radius, sip) = (gateway.radius[0], gateway.sip[0]);
    let mut elements: Vec<_> = (0..8).map(|number| Element::new(number, radius)).collect();
    let mut publisher = Publisher::new(0, sip);
    let is_over = AtomicBool::new(false);
    let ended = thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                elements
                    .iter_mut()
                    .for_each(|element| element.act(&mut seeded));
                elements
                    .iter_mut()
                    .for_each(|element| element.heed(Duration::from_micros(200)));
            }
        });
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                publisher.act(&is_over);
            }
        });
        thread::sleep(Duration::from_millis(100));
        let ended = gateway.terminate();
        is_over.store(true, Ordering::Relaxed);
        ended
    });
    assert_eq!(ended.code(), Some(0), "{}", gateway.log_text());
    for element in &mut elements {
        element.heed(Duration::from_millis(1));
        assert!(element.acknowledged > 0);
    }
    let gateway = gateway.restart();
    elements.iter().for_each(|element| element.check(&gateway));
    publisher.check(&gateway);
    publisher.insist();
    assert!(publisher.count() > 0);
}

#[test]
fn subscriptions_go_on_after_a_second_start() {
    let mut gateway = Gateway::start();
    let mut bob = Party::udp(gateway.sip[0], "bob");
    let mut subscription = bob.subscribe("sip:alice@ims.example", 600);
    let before = bob.notified();
    assert_eq!(gateway.terminate().code(), Some(0));
    let gateway = gateway.restart();
    let mut alice = Party::udp(gateway.sip[0], "alice");
    alice.publish(&document(&alice.uri(), "open", "second"));
    let after = bob.notified_until(|text| text.contains("second"));
    for notify in after {
        assert_eq!(notify.call_id, before.call_id);
        assert!(notify.cseq > before.cseq, "{notify:?}");
    }
    assert_eq!(bob.refresh(&mut subscription, 600).status(), Some(200));
}

#[test]
fn subscriptions_are_ended_where_the_configuration_says_so() {
    let mut gateway = Setup::default()
        .set("server.end_subscriptions_on_drain=true")
        .start();
    let mut watchers = [
        Party::udp(gateway.sip[0], "bob"),
        Party::tcp(gateway.sip[0], "carol"),
    ];
    for watcher in &mut watchers {
        watcher.subscribe(&uri(1), 600);
        watcher.notified();
    }
    assert_eq!(gateway.terminate().code(), Some(0));
    for watcher in &mut watchers {
        let last = watcher.notified();
        assert_eq!(last.state, "terminated;reason=deactivated");
    }
}
