//! Form three: every event of the day repeated and in any order within its reorder horizon.
//!
//! Where the wire carries a time (RADIUS) the very packets come late and again. Where it carries
//! none, what is told is ordered by its arrival: there the events are what is shuffled, each with
//! its order.

use std::sync::{Arc, LazyLock};

use pengate::{
    agent::{
        identity::{Identities, Origin},
        normalise::{Meaning, normalise},
    },
    event::{Fact, NetworkEvent, Phase, Subject},
    pen::{
        Record,
        log::{Batch, Partition},
    },
    server::{Outbox, Shard, compose},
};
use pengate_codecs::Stamp;
use proptest::prelude::*;

use crate::{
    documents::{assert_same, expected, lines},
    peers::ALICE,
    steps::DAY,
    world::{Known, World, configuration},
};

/// Everything that was told, to a gateway with provisioning and to one without.
static TOLD: LazyLock<[Told; 2]> = LazyLock::new(|| Known::BOTH.map(told));

/// The events up to each step, and when it was over.
type Told = Vec<(Vec<NetworkEvent>, Stamp)>;

fn told(known: Known) -> Told {
    let mut day = World::new(known);
    let told = DAY.iter().enumerate().map(|(number, step)| {
        day.take(step, number);
        (day.events.clone(), day.now())
    });
    told.collect()
}

/// The document of alice after events, whatever network elements told them.
fn document(known: Known, events: &[&NetworkEvent], now: Stamp) -> String {
    let config = configuration();
    let options = config.gateway();
    let mut shard = Shard::new(Arc::new(options.server), 1);
    let mut identities = Identities::new(options.feeds.identity);
    for subscriber in known.subscribers() {
        identities.provision(&subscriber);
        let (imsi, msisdn) = (subscriber.imsi, subscriber.msisdn);
        let known = compose::Identities { imsi, msisdn };
        shard.directory().provision(&subscriber.uris, known);
    }
    for event in events {
        let mut batch = Batch::default();
        let resolved = match event.fact {
            Fact::Reset(_) => None,
            _ => Some(
                identities
                    .resolve(&event.subject, Origin::of(event), event.order)
                    .unwrap(),
            ),
        };
        for bind in resolved.iter().flat_map(|resolved| &resolved.binds) {
            bind.append(Partition::ALL, &mut batch);
        }
        let presentity = resolved.as_ref().map(|resolved| &resolved.presentity);
        match normalise(&options.feeds.normalise, event, presentity) {
            Some(Meaning::Update(update)) => update.append(Partition(0), &mut batch),
            Some(Meaning::Reset(reset)) => reset.append(Partition::ALL, &mut batch),
            None => {}
        }
        for record in batch.records() {
            shard.apply(now, record, None, &mut Outbox::default());
        }
        if let (Some(session), true) = (event.subject.session, is_end(event)) {
            identities.end_session(session, event.subject.address, event.order);
        }
    }
    let shown = shard.document(ALICE).unwrap();
    lines(shown["document"].as_str().unwrap())
}

/// Whether a packet session is over.
fn is_end(event: &NetworkEvent) -> bool {
    matches!(&event.fact, Fact::Session(session) if session.phase == Phase::Ended)
}

/// An event whose sender does not say at the end of a session whose it was.
fn without_name(event: &NetworkEvent) -> NetworkEvent {
    let mut event = event.clone();
    if is_end(&event) {
        let Subject {
            address, session, ..
        } = event.subject;
        event.subject = Subject {
            address,
            session,
            ..Subject::default()
        };
    }
    event
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn events_in_any_order_and_repeated_end_in_the_same_document(
        known in proptest::sample::select(&Known::BOTH[..]),
        after in 0..DAY.len(),
        keys in proptest::collection::vec(any::<u32>(), 128),
    ) {
        prop_assume!(after >= known.from());
        let (events, now) = &TOLD[known as usize][after];
        prop_assert!(events.len() <= 64);
        let mut told: Vec<_> = events.iter().chain(events).zip(&keys).collect();
        told.sort_by_key(|(_, key)| **key);
        let told: Vec<_> = told.into_iter().map(|(event, _)| event).collect();
        assert_same(&expected(after), &document(known, &told, *now), DAY[after].name);
    }

    #[test]
    fn ends_of_sessions_that_say_not_whose_they_were_may_come_before_their_beginnings(
        known in proptest::sample::select(&Known::BOTH[..]),
        after in 0..DAY.len(),
        keys in proptest::collection::vec(any::<u32>(), 64),
    ) {
        prop_assume!(after >= known.from());
        let (events, now) = &TOLD[known as usize][after];
        let events: Vec<_> = events.iter().map(without_name).collect();
        let mut told: Vec<_> = events.iter().zip(&keys).collect();
        told.sort_by_key(|(_, key)| **key);
        let told: Vec<_> = told.into_iter().map(|(event, _)| event).collect();
        assert_same(&expected(after), &document(known, &told, *now), DAY[after].name);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn packets_that_come_late_and_again_end_in_the_same_document(
        delays in proptest::collection::vec((0..DAY.len(), 0..DAY.len()), 4),
    ) {
        let mut day = World::new(Known::Provisioned);
        day.delays = delays;
        for (number, step) in DAY.iter().enumerate() {
            day.take(step, number);
        }
        day.end();
        assert_same(&expected(DAY.len() - 1), &lines(&day.shown()), "packets");
    }
}
