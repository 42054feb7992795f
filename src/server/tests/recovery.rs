use std::{sync::Arc, time::Duration};

use pengate_codecs::{Stamp, sip::Name};

use crate::{
    event::{Domain, MobilityState, Order, SessionKey, Source},
    pen::{
        Bind, Change, IdentityKey, Presentity, PresentityUpdate, SourceReset, Tie,
        log::LogPos,
        state::{Durability, MemoryStore, StateBatch, StateStore},
    },
    server::{Shard, testing::*},
};

pub(super) fn attach(presentity: &str, at: i64, state: MobilityState) -> PresentityUpdate {
    PresentityUpdate {
        presentity: Presentity::canonical(presentity),
        source: Source::Pc,
        reporter: "msc1".into(),
        order: Order {
            at: Stamp::from_secs(1_700_000_000 + at),
            id: 0,
        },
        changes: [Change::Mobility {
            domain: Domain::Cs,
            state,
        }]
        .into_iter()
        .collect(),
        expires: None,
    }
}

fn shown(shard: &Shard) -> String {
    let document = shard.document("sip:alice@ims.example").unwrap();
    document["document"].as_str().unwrap().to_owned()
}

/// A shard with everything in it.
fn populated() -> Bench {
    let mut bench = Bench::new();
    bench.apply(&attach("sip:alice@ims.example", 1, MobilityState::Attached));
    bench.ask(&publish(1, "", &document("alice", "one")));
    bench.ask(&subscribe(
        "bob",
        1,
        "",
        "Record-Route: <sip:p1.example;lr>\n",
    ));
    bench.one_notify();
    bench
}

#[test]
fn what_the_network_tells_is_shown() {
    let mut bench = Bench::new();
    bench.ask(&subscribe("bob", 1, "", ""));
    bench.one_notify();
    bench.apply(&attach("sip:alice@ims.example", 1, MobilityState::Attached));
    assert!(body(&bench.one_notify()).contains("<basic>open</basic>"));
    bench.apply(&attach(
        "sip:alice@ims.example",
        2,
        MobilityState::DetachedByDevice,
    ));
    assert!(body(&bench.one_notify()).contains("<basic>closed</basic>"));
    // Late.
    bench.apply(&attach("sip:alice@ims.example", 1, MobilityState::Attached));
    assert!(bench.notified().is_empty());
}

#[test]
fn a_binding_moves_what_was_told_before_and_shows_it_once() {
    let mut bench = Bench::new();
    bench.ask(&subscribe("bob", 1, "", ""));
    bench.one_notify();
    let provisional = "imsi:001010000000001";
    bench.apply(&attach(provisional, 2, MobilityState::DetachedByDevice));
    bench.apply(&attach("sip:alice@ims.example", 1, MobilityState::Attached));
    assert!(body(&bench.one_notify()).contains("<basic>open</basic>"));
    let imsi = "001010000000001".parse().unwrap();
    bench.apply(&Bind {
        key: IdentityKey::Imsi(crate::event::Imsi(imsi)),
        presentity: Presentity::canonical("sip:alice@ims.example"),
        former: Some(Presentity::canonical(provisional)),
        order: Order::default(),
        tie: Tie::Learned,
    });
    assert!(body(&bench.one_notify()).contains("<basic>closed</basic>"));
    assert_eq!(rows(&bench.shard), (1, 1));
}

/// Ida was told of under two names; it turns out that she is one person.
fn united() -> Bind {
    Bind {
        key: IdentityKey::Uri("sip:ida@ims.example".into()),
        presentity: Presentity::canonical("sip:alice@ims.example"),
        former: Some(Presentity::canonical("sip:ida@ims.example")),
        order: Order::default(),
        tie: Tie::Learned,
    }
}

#[test]
fn watchers_and_publications_of_a_presentity_that_became_another_move() {
    let mut bench = Bench::new();
    let ida = |text: String| text.replace("alice@ims", "ida@ims");
    bench.ask(&ida(subscribe("bob", 1, "", "")));
    bench.one_notify();
    bench.ask(&publish(1, "", &document("alice", "of alice")));
    bench.ask(&ida(publish(2, "", &document("ida", "of ida"))));
    assert!(body(&bench.one_notify()).contains("<note>of ida</note>"));
    bench.apply(&attach("sip:ida@ims.example", 1, MobilityState::Attached));
    bench.one_notify();

    bench.said.watched.clear();
    bench.apply(&united());
    let notify = bench.one_notify();
    for whole in [
        "entity=\"sip:alice@ims.example\"",
        "<note>of alice</note>",
        "<note>of ida</note>",
        "<basic>open</basic>",
    ] {
        assert!(body(&notify).contains(whole), "{whole} in {notify}");
    }
    assert_eq!(
        bench.said.watched,
        [
            ("sip:ida@ims.example".to_owned(), false),
            ("sip:alice@ims.example".to_owned(), true)
        ]
    );
    assert!(bench.notified().is_empty(), "once");
    // What the network tells of either name, and what is asked under either, is of one.
    bench.apply(&attach(
        "sip:ida@ims.example",
        2,
        MobilityState::DetachedByDevice,
    ));
    assert!(body(&bench.one_notify()).contains("<basic>closed</basic>"));
    let answer = bench.ask(&ida(subscribe("carol", 1, "", "")));
    assert!(answer.starts_with("SIP/2.0 200 "), "{answer}");
    assert!(body(&bench.one_notify()).contains("<note>of alice</note>"));
    assert_eq!(rows(&bench.shard), (1, 2));

    let before = shown(&bench.shard);
    bench.restart(2);
    assert_eq!(shown(&bench.shard), before);
}

#[test]
fn what_is_under_way_while_a_presentity_becomes_another_arrives() {
    let mut bench = Bench::new();
    let ida = |text: String| text.replace("alice@ims", "ida@ims");
    bench.ask(&publish(1, "", &document("alice", "of alice")));
    bench.settle = false;
    let (publication, subscription) = (
        bench.send(&ida(publish(2, "", &document("ida", "of ida")))),
        bench.send(&ida(subscribe("bob", 1, "", ""))),
    );
    bench.apply(&united());
    bench.settle = true;
    while bench.settle_one() {}
    for number in [publication, subscription] {
        let answer = bench.answer(number).unwrap();
        assert!(answer.starts_with("SIP/2.0 200 "), "{answer}");
    }
    let notify = bench.one_notify();
    for note in ["<note>of alice</note>", "<note>of ida</note>"] {
        assert!(body(&notify).contains(note), "{note} in {notify}");
    }
}

#[test]
fn a_number_learned_later_is_shown() {
    let mut bench = Bench::new();
    bench.apply(&attach("sip:alice@ims.example", 1, MobilityState::Attached));
    bench.ask(&subscribe("bob", 1, "", ""));
    bench.one_notify();
    let msisdn = "99900000001".parse().unwrap();
    bench.apply(&Bind {
        key: IdentityKey::Msisdn(crate::event::Msisdn(msisdn)),
        presentity: Presentity::canonical("sip:alice@ims.example"),
        former: None,
        order: Order::default(),
        tie: Tie::Learned,
    });
    assert!(body(&bench.one_notify()).contains("<contact>tel:+99900000001</contact>"));
}

#[test]
fn after_a_restart_from_the_log_everything_is_as_before() {
    let mut bench = populated();
    let (before, sizes) = (shown(&bench.shard), rows(&bench.shard));
    bench.restart(2);
    assert_eq!((shown(&bench.shard), rows(&bench.shard)), (before, sizes));
}

#[test]
fn after_a_restart_the_watcher_is_brought_up_to_date_under_a_new_number() {
    let mut bench = populated();
    bench.said.watched.clear();
    bench.restart(2);
    assert_eq!(
        bench.said.watched,
        [("sip:alice@ims.example".to_owned(), true)]
    );
    assert!(bench.notified().is_empty());
    bench.pass(Duration::from_secs(1));
    let notify = bench.one_notify();
    assert!(body(&notify).contains("<note>one</note>"));
    assert!(
        cseq(&notify) > 1_000,
        "numbers up to 1000 may have been used"
    );
    assert_eq!(header(&notify, Name::Route), "<sip:p1.example;lr>");
}

#[test]
fn after_a_restart_the_dialog_goes_on() {
    let mut bench = Bench::new();
    let answer = bench.ask(&subscribe("bob", 1, "", ""));
    let to = format!(";tag={}", to_tag(&answer));
    bench.one_notify();
    bench.restart(2);
    let answer = bench.ask(&subscribe("bob", 2, &to, ""));
    assert_eq!(status(&answer), 200);
    assert_eq!(cseq(&bench.one_notify()), 1_001);
}

#[test]
fn what_expired_while_we_were_down_ends_after_the_restart() {
    let mut bench = Bench::new();
    bench.ask(&publish(1, "Expires: 60\n", &document("alice", "one")));
    bench.ask(&subscribe("bob", 1, "", "Expires: 60\n"));
    bench.one_notify();
    bench.now = bench.now + Duration::from_secs(100);
    bench.restart(2);
    bench.pass(Duration::ZERO);
    // The record of a CSeq block settles first, then the last NOTIFY leaves.
    let all = bench.notified();
    let last = all.last().unwrap();
    bench.acknowledge(all[0].token, 200, None);
    let last = bench.notified().pop().unwrap_or_else(|| last.clone());
    assert_eq!(
        header(&last.text, Name::SubscriptionState),
        "terminated;reason=timeout"
    );
    assert_eq!(rows(&bench.shard), (0, 0));
}

#[test]
fn rows_of_the_state_store_bring_everything_back() {
    let mut bench = Bench::new();
    bench.shard.collect_writes();
    bench.apply(&attach("sip:alice@ims.example", 1, MobilityState::Attached));
    let publication = bench.ask(&publish(1, "", &document("alice", "one")));
    bench.ask(&subscribe("bob", 1, "", ""));
    bench.one_notify();
    let mut store = MemoryStore::default();
    let mut batch = StateBatch::default();
    bench.shard.take_writes(&mut batch);
    store.commit(&batch, LogPos(3), Durability::Synced).unwrap();

    let mut shard = Shard::new(Arc::clone(&bench.shard.options), 3);
    let mut loaded = 0;
    store
        .scan(&mut |row| {
            shard.load(bench.now, row).unwrap();
            loaded += 1;
        })
        .unwrap();
    assert_eq!(loaded, 3);
    assert_eq!((shown(&shard), rows(&shard)), (shown(&bench.shard), (1, 1)));
    bench.shard = shard;
    let tag = header(&publication, Name::SipEtag);
    let refresh = publish(2, &format!("SIP-If-Match: {tag}\n"), "");
    assert_eq!(status(&bench.ask(&refresh)), 200);
}

/// Takes up the rows of the shard alone, without any log.
fn restart_from_rows(bench: &mut Bench) {
    let mut store = MemoryStore::default();
    let mut batch = StateBatch::default();
    bench.shard.take_writes(&mut batch);
    store.commit(&batch, LogPos(1), Durability::Synced).unwrap();
    let mut shard = Shard::new(Arc::clone(&bench.shard.options), 3);
    let now = bench.now;
    store
        .scan(&mut |row| shard.load(now, row).unwrap())
        .unwrap();
    bench.shard = shard;
}

#[test]
fn rows_of_resets_keep_a_late_start_from_coming_back() {
    let session = |reporter: &str| PresentityUpdate {
        source: Source::Pk,
        reporter: reporter.into(),
        changes: [Change::Session {
            key: SessionKey(7),
            context: 5,
            ended: None,
            apn: None,
            rat: None,
            address: None,
        }]
        .into_iter()
        .collect(),
        ..attach("sip:alice@ims.example", 1, MobilityState::Attached)
    };
    let mut bench = Bench::new();
    bench.shard.collect_writes();
    bench.apply(&SourceReset {
        source: Source::Pk,
        reporter: "ggsn1".into(),
        apn: None,
        order: attach("sip:alice@ims.example", 2, MobilityState::Attached).order,
    });
    restart_from_rows(&mut bench);
    bench.apply(&session("ggsn1"));
    let late = shown(&bench.shard);
    bench.apply(&session("ggsn2"));
    assert_ne!(shown(&bench.shard), late, "another element was not reset");
    assert!(!late.contains("<basic>open</basic>"), "{late}");
}

#[test]
fn rows_keep_the_number_of_a_publication_from_being_given_again() {
    let numbers = |shard: &Shard| -> Vec<u64> {
        let known = shard.document("sip:alice@ims.example").unwrap();
        let publications = known["publications"].as_array().unwrap().iter();
        publications
            .map(|one| one["number"].as_u64().unwrap())
            .collect()
    };
    let mut bench = Bench::new();
    bench.shard.collect_writes();
    bench.ask(&publish(1, "", &document("alice", "one")));
    let second = bench.ask(&publish(2, "", &document("alice", "two")));
    let tag = header(&second, Name::SipEtag);
    let remove = format!("SIP-If-Match: {tag}\nExpires: 0\n");
    assert_eq!(status(&bench.ask(&publish(3, &remove, ""))), 200);
    let before = numbers(&bench.shard);
    restart_from_rows(&mut bench);
    assert_eq!(numbers(&bench.shard), before);
    bench.ask(&publish(4, "", &document("alice", "three")));
    assert_eq!(numbers(&bench.shard), [before[0], before[0] + 2]);
}

#[test]
fn rows_of_what_is_gone_are_removed() {
    let mut bench = Bench::new();
    bench.shard.collect_writes();
    bench.ask(&publish(1, "Expires: 60\n", &document("alice", "one")));
    bench.ask(&subscribe("bob", 1, "", "Expires: 60\n"));
    bench.one_notify();
    let mut batch = StateBatch::default();
    bench.shard.take_writes(&mut batch);
    assert!(batch.changes().all(|change| change.value.is_some()));
    bench.pass(Duration::from_secs(60));
    bench.said.notifies.clear();
    batch.clear();
    bench.shard.take_writes(&mut batch);
    assert!(batch.len() >= 2 && batch.changes().all(|change| change.value.is_none()));
    batch.clear();
    bench.shard.take_writes(&mut batch);
    assert!(batch.is_empty());
}

#[test]
fn by_default_a_shutdown_leaves_subscriptions_alone() {
    let mut bench = populated();
    let mut out = crate::server::Outbox::default();
    bench.shard.drain(&mut out);
    assert!(out.is_empty() && bench.shard.is_drained());
}

#[test]
fn a_shutdown_ends_subscriptions_when_the_operator_says_so() {
    let mut bench = Bench::with(|options| options.end_subscriptions_on_drain = true);
    bench.ask(&subscribe("bob", 1, "", ""));
    bench.one_notify();
    bench.drain();
    assert!(bench.shard.is_drained());
    let last = bench.one_notify();
    assert_eq!(
        header(&last, Name::SubscriptionState),
        "terminated;reason=deactivated"
    );
}

#[test]
fn rows_of_two_that_became_one_bring_back_one() {
    let mut bench = Bench::new();
    bench.shard.collect_writes();
    let ida = |text: String| text.replace("alice@ims", "ida@ims");
    bench.ask(&ida(subscribe("bob", 1, "", "")));
    bench.ask(&publish(1, "", &document("alice", "of alice")));
    bench.ask(&ida(publish(2, "", &document("ida", "of ida"))));
    bench.apply(&attach("sip:ida@ims.example", 1, MobilityState::Attached));
    let mut store = MemoryStore::default();
    let mut batch = StateBatch::default();
    bench.shard.take_writes(&mut batch);
    store.commit(&batch, LogPos(1), Durability::Synced).unwrap();
    bench.apply(&united());
    let before = (shown(&bench.shard), rows(&bench.shard));
    batch.clear();
    bench.shard.take_writes(&mut batch);
    store.commit(&batch, LogPos(2), Durability::Synced).unwrap();

    let mut shard = Shard::new(Arc::clone(&bench.shard.options), 3);
    let now = bench.now;
    store
        .scan(&mut |row| shard.load(now, row).unwrap())
        .unwrap();
    assert_eq!((shown(&shard), rows(&shard)), before);
    assert!(before.0.contains("<note>of ida</note>"), "{}", before.0);
    let ida = shard.document("sip:ida@ims.example").unwrap();
    assert_eq!(ida["presentity"], "sip:alice@ims.example");
    assert_eq!(shard.sizes().publications, 2);
}
