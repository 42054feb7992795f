//! `kill -9` under load, over and over: nothing that was acknowledged is lost, and watchers keep
//! their dialogs.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

use crate::{
    gateway::{Gateway, Setup},
    load::{Element, Publisher, subscribers, uri},
    pidf::notes,
    seed::Seeded,
    sip::{Notification, Party, Subscription},
};

const KILLS: usize = 20;
const ELEMENTS: usize = 16;
const PUBLISHERS: usize = 3;

#[test]
fn nothing_that_was_acknowledged_is_lost_by_kill_9() {
    let mut seeded = Seeded::announced("kill");
    let csv = subscribers(ELEMENTS.max(PUBLISHERS));
    let mut gateway = Setup::default()
        .subscribers(&csv)
        .set("pen.log.segment_bytes=65536")
        .set("pen.state.commit_interval=10ms")
        .set("pen.state.checkpoint_interval=50ms")
        .start();
    let (radius, sip) = (gateway.radius[0], gateway.sip[0]);
    let mut elements: Vec<_> = (0..ELEMENTS)
        .map(|number| Element::new(number, radius))
        .collect();
    let mut publishers: Vec<_> = (0..PUBLISHERS)
        .map(|number| Publisher::new(number, sip))
        .collect();
    let mut watchers: Vec<_> = (0..PUBLISHERS)
        .map(|number| Watcher::new(number, &gateway))
        .collect();
    for kill in 0..KILLS {
        let delay = Duration::from_micros(seeded.below(60_000));
        load(
            &mut gateway,
            delay,
            &mut elements,
            &mut publishers,
            &mut seeded,
        );
        // Every now and then it is killed again while it starts.
        if seeded.below(4) == 0 {
            gateway.stumble(Duration::from_micros(seeded.below(100_000)));
        }
        gateway = gateway.restart();
        elements.iter().for_each(|element| element.check(&gateway));
        publishers
            .iter()
            .for_each(|publisher| publisher.check(&gateway));
        elements.iter_mut().for_each(Element::insist);
        publishers.iter_mut().for_each(Publisher::insist);
        elements.iter().for_each(|element| element.check(&gateway));
        publishers
            .iter()
            .for_each(|publisher| publisher.check(&gateway));
        let never = AtomicBool::new(false);
        for (publisher, watcher) in publishers.iter_mut().zip(&mut watchers) {
            publisher.act(&never);
            watcher.must_see(publisher.count(), kill);
        }
    }
    let acknowledged: u64 = elements.iter().map(|element| element.acknowledged).sum();
    assert!(acknowledged > 0 && publishers.iter().all(|one| one.count() > 20));
    eprintln!("kill: {acknowledged} requests were acknowledged");
    for watcher in &mut watchers {
        let Watcher {
            party,
            subscription,
            ..
        } = watcher;
        assert_eq!(party.refresh(subscription, 0).status(), Some(200));
    }
}

/// Keeps the gateway busy and kills it after a while; takes what was answered before.
fn load(
    gateway: &mut Gateway,
    delay: Duration,
    elements: &mut [Element],
    publishers: &mut [Publisher],
    seeded: &mut Seeded,
) {
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                elements.iter_mut().for_each(|element| element.act(seeded));
                for element in &mut *elements {
                    element.heed(Duration::from_micros(200));
                }
            }
        });
        for publisher in publishers {
            scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    publisher.act(&is_over);
                }
            });
        }
        thread::sleep(delay);
        gateway.kill();
        is_over.store(true, Ordering::Relaxed);
    });
    // What was sent before the end was acknowledged, read or not.
    for element in elements {
        element.heed(Duration::from_millis(1));
    }
}

/// Somebody whose subscription must outlive the process.
struct Watcher {
    party: Party,
    subscription: Subscription,
    /// What each NOTIFY was, by its number.
    seen: BTreeMap<u32, Notification>,
}

impl Watcher {
    fn new(number: usize, gateway: &Gateway) -> Self {
        let mut party = Party::udp(gateway.sip[0], &format!("watcher{number}"));
        let subscription = party.subscribe(&uri(number), 3600);
        Self {
            party,
            subscription,
            seen: BTreeMap::new(),
        }
    }

    /// Waits for the note. Until then the dialog is the same, numbers grow, and no note comes after
    /// a later one.
    fn must_see(&mut self, note: u32, kill: usize) {
        let mut last = self.last_note();
        while last < note {
            let notify = self.party.notified();
            assert_eq!(notify.call_id, self.subscription.call_id);
            assert!(notify.state.starts_with("active"), "{notify:?}");
            let highest = self.seen.last_key_value().map_or(0, |(cseq, _)| *cseq);
            assert!(notify.cseq > highest, "after kill {kill}: {notify:?}");
            self.seen.insert(notify.cseq, notify);
            assert!(self.last_note() >= last, "an older state after a newer one");
            last = self.last_note();
        }
    }

    fn last_note(&self) -> u32 {
        let last = self.seen.last_key_value();
        let notes = last.map(|(_, notify)| notes(&notify.document));
        let note = notes.iter().flatten().next();
        note.map_or(0, |note| {
            note.strip_prefix("note-").unwrap().parse().unwrap()
        })
    }
}
