//! What feeds show after something happened.

use super::*;
use crate::{
    agent::room::Fault,
    config::Config,
    feed::{Chunk, Heading},
    gateway::Service,
};

const OURS: &str = "127.0.0.1:1813";
const SIP: &str = "127.0.0.1:5060";

fn at(secs: i64) -> Stamp {
    Stamp::from_secs(1_700_000_000 + secs)
}

fn channel(carrier: Carrier, peer: &str) -> Channel {
    Channel {
        carrier,
        local: OURS.parse().unwrap(),
        peer: peer.parse().unwrap(),
    }
}

fn hear(feeds: &mut Feeds, service: Service, secs: i64, channel: Channel) {
    let chunk = Chunk {
        at: at(secs),
        channel,
        heading: Heading::In,
        bytes: b"12345",
    };
    feeds.arrived(&[Input::Chunk(service, chunk)]);
}

fn shown(feeds: &Feeds, secs: i64, path: &[&str]) -> Value {
    let mut value = feeds.to_json(at(secs))["feeds"][0].clone();
    for name in path {
        value = value[name].take();
    }
    value
}

#[test]
fn a_peer_is_heard_falls_silent_and_is_heard_again() {
    let mut feeds = Feeds::new(Duration::from_secs(60));
    let service = Service::Radius(Source::Pk);
    feeds.listens(Source::Pk, "radius", OURS.parse().unwrap());
    let ggsn = channel(Carrier::Udp, "192.0.2.1:40000");
    hear(&mut feeds, service, 0, ggsn);
    feeds.look(at(59));
    let state = |feeds: &Feeds| shown(feeds, 60, &["peers", "192.0.2.1", "state"]);
    assert_eq!(state(&feeds), "heard");
    feeds.look(at(60));
    assert_eq!(state(&feeds), "silent");
    hear(&mut feeds, service, 70, ggsn);
    assert_eq!(state(&feeds), "heard");
    let since = shown(&feeds, 70, &["peers", "192.0.2.1", "since"]);
    assert_eq!(since, at(70).to_string());
    let first = shown(&feeds, 70, &["peers", "192.0.2.1", "first"]);
    assert_eq!(first, at(0).to_string());
    assert_eq!(shown(&feeds, 70, &["received_bytes"]), 10);
}

fn change(secs: i64, state: &'static str, peer: &str) -> LinkChange {
    LinkChange {
        at: at(secs),
        source: Source::Ph,
        link: "hss.ims.example".into(),
        peer: peer.parse().ok(),
        state,
    }
}

#[test]
fn a_link_has_its_state_its_traffic_and_its_faults() {
    let mut feeds = Feeds::new(Duration::from_secs(60));
    let service = Service::Diameter(Source::Ph);
    let hss = channel(Carrier::Tcp, "192.0.2.2:3868");
    let mut effects = Effects::default();
    effects
        .links
        .push(change(0, "connecting", "192.0.2.2:3868"));
    feeds.happened(at(0), &effects);
    feeds.arrived(&[Input::Up(service, hss)]);
    effects.clear();
    effects.send(hss, b"CER");
    feeds.happened(at(0), &effects);
    hear(&mut feeds, service, 1, hss);
    effects.clear();
    effects.links.push(change(1, "open", "192.0.2.2:3868"));
    effects.links.push(change(2, "open", "192.0.2.2:3868"));
    effects.faults.push(Fault {
        at: at(1),
        source: Source::Ph,
        kind: "command",
        peer: Some(hss.peer),
        offset: None,
    });
    feeds.happened(at(2), &effects);
    let link = shown(&feeds, 2, &["links", "hss.ims.example"]);
    assert_eq!(
        (&link["state"], &link["since"]),
        (&json!("open"), &json!(at(1)))
    );
    assert_eq!((&link["received"], &link["sent"]), (&json!(1), &json!(1)));
    assert_eq!(
        (&link["last"], &link["last_sent"]),
        (&json!(at(1)), &json!(at(0)))
    );
    assert_eq!(link["faults"], json!({ "command": 1 }));
    assert_eq!(shown(&feeds, 2, &["connections"]), 1);
    assert_eq!(shown(&feeds, 2, &["peers"]), json!({}), "it is a link's");
    effects.clear();
    effects.links.push(change(3, "down", "-"));
    feeds.happened(at(3), &effects);
    feeds.arrived(&[Input::Down(service, hss)]);
    let link = shown(&feeds, 3, &["links", "hss.ims.example"]);
    assert_eq!(
        (&link["state"], &link["peer"]),
        (&json!("down"), &Value::Null)
    );
    assert_eq!(shown(&feeds, 3, &["connections"]), 0);
}

#[test]
fn a_configured_link_is_shown_before_anything_happened_and_told_when_it_changes() {
    let text =
        "[ph.diameter]\npeers = [{ host = \"hss.ims.example\", address = \"192.0.2.2:3868\" }]";
    let config = Config::parse(text).unwrap();
    let recorder = crate::telemetry::recorder().unwrap();
    metrics::with_local_recorder(&recorder, || {
        let mut feeds = Feeds::new(Duration::from_secs(60));
        for link in config.feed_links() {
            feeds.links_with(at(0), &link);
        }
        let link = |feeds: &Feeds| shown(feeds, 9, &["links", "hss.ims.example"]);
        let first = link(&feeds);
        assert_eq!(
            (&first["state"], &first["since"], &first["peer"]),
            (&json!("closed"), &json!(at(0)), &json!("192.0.2.2:3868"))
        );
        feeds.emit();
        let mut effects = Effects::default();
        effects.links.push(change(3, "closed", "192.0.2.2:3868"));
        feeds.happened(at(3), &effects);
        assert_eq!(link(&feeds)["since"], json!(at(0)), "it is as it was");
        effects.clear();
        effects
            .links
            .push(change(5, "connecting", "192.0.2.2:3868"));
        feeds.happened(at(5), &effects);
        assert_eq!(link(&feeds)["since"], json!(at(5)));
        feeds.emit();
    });
    let text = recorder.handle().render();
    let link = "room=\"ph\",link=\"hss.ims.example\"";
    for line in [
        format!("pengate_link_state{{{link},state=\"closed\"}} 0"),
        format!("pengate_link_state{{{link},state=\"connecting\"}} 1"),
        "pengate_link_changes_total{room=\"ph\",state=\"connecting\"} 1".to_owned(),
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
    assert!(!text.contains("link_changes_total{room=\"ph\",state=\"closed\"}"));
}

#[test]
fn configured_links_are_as_many_as_told_apart_at_most() {
    let mut feeds = Feeds::new(Duration::from_secs(60));
    for number in 0..=PEERS_MAX {
        let name = format!("gmlc{number}");
        let link = FeedLink {
            service: Service::Mlp,
            name: &name,
            address: None,
            state: "down",
        };
        feeds.links_with(at(0), &link);
    }
    let links = shown(&feeds, 0, &["links"]);
    assert_eq!(links.as_object().unwrap().len(), PEERS_MAX);
}

#[test]
fn one_element_that_two_feeds_are_linked_with_is_told_apart() {
    let mut feeds = Feeds::new(Duration::from_secs(60));
    let aaa = channel(Carrier::Tcp, "192.0.2.5:3868");
    let link = |feeds: &Feeds, place: usize| {
        feeds.to_json(at(9))["feeds"][place]["links"]["aaa.ims.example"].take()
    };
    let mut effects = Effects::default();
    for (port, source) in [(40_001, Source::Pr), (40_002, Source::Pp)] {
        let mut local = aaa.local;
        local.set_port(port);
        let channel = Channel { local, ..aaa };
        let service = Service::Diameter(source);
        effects.clear();
        effects.links.push(LinkChange {
            source,
            link: "aaa.ims.example".into(),
            ..change(0, "open", "192.0.2.5:3868")
        });
        feeds.happened(at(0), &effects);
        feeds.arrived(&[Input::Up(service, channel)]);
        hear(&mut feeds, service, 1, channel);
        effects.clear();
        effects.send(channel, b"answer");
        effects.faults.push(Fault {
            at: at(1),
            source,
            kind: source.name(),
            peer: Some(channel.peer),
            offset: None,
        });
        feeds.happened(at(1), &effects);
    }
    effects.clear();
    effects.links.push(LinkChange {
        source: Source::Pp,
        link: "aaa.ims.example".into(),
        ..change(2, "closed", "-")
    });
    feeds.happened(at(2), &effects);
    let mut pr = aaa;
    pr.local.set_port(40_001);
    hear(&mut feeds, Service::Diameter(Source::Pr), 3, pr);
    // In the order of reference points.
    let (pp, pr) = (link(&feeds, 0), link(&feeds, 1));
    assert_eq!((&pp["received"], &pr["received"]), (&json!(1), &json!(2)));
    assert_eq!((&pp["sent"], &pr["sent"]), (&json!(1), &json!(1)));
    assert_eq!(
        (&pp["faults"], &pr["faults"]),
        (&json!({ "pp": 1 }), &json!({ "pr": 1 }))
    );
    assert_eq!(
        (&pp["state"], &pr["state"]),
        (&json!("closed"), &json!("open"))
    );
}

#[test]
fn what_is_wrong_in_what_an_association_carries_is_its_link_s_whoever_it_is_for() {
    let mut feeds = Feeds::new(Duration::from_secs(60));
    let mut effects = Effects::default();
    effects.links.push(LinkChange {
        source: Source::Pc,
        link: "stp".into(),
        ..change(0, "active", "192.0.2.6:2905")
    });
    feeds.happened(at(0), &effects);
    effects.clear();
    for source in [Source::Pc, Source::Pg, Source::Ph] {
        effects.faults.push(Fault {
            at: at(1),
            source,
            kind: "mistyped",
            peer: "192.0.2.6:2905".parse().ok(),
            offset: None,
        });
    }
    feeds.happened(at(1), &effects);
    let link = shown(&feeds, 1, &["links", "stp"]);
    assert_eq!(link["faults"], json!({ "mistyped": 3 }));
    assert_eq!(shown(&feeds, 1, &["faults", "mistyped"]), 1);
}

#[test]
fn what_is_sent_to_a_peer_counts_for_the_listener_it_leaves_from() {
    let mut feeds = Feeds::new(Duration::from_secs(60));
    feeds.listens(Source::Pk, "radius", "0.0.0.0:1813".parse().unwrap());
    let ggsn = channel(Carrier::Udp, "192.0.2.1:40000");
    hear(&mut feeds, Service::Radius(Source::Pk), 0, ggsn);
    let mut effects = Effects::default();
    effects.send(ggsn, b"answer");
    feeds.happened(at(0), &effects);
    assert_eq!(shown(&feeds, 0, &["sent"]), 1);
    assert_eq!(shown(&feeds, 0, &["peers", "192.0.2.1", "sent_bytes"]), 6);
}

#[test]
fn requests_over_sip_and_their_answers_are_the_feed_s_whose_they_are() {
    let mut feeds = Feeds::new(Duration::from_secs(60));
    feeds.shares(Source::Pi, "sip", SIP.parse().unwrap());
    let mut effects = Effects::default();
    let scscf = channel(Carrier::Udp, "192.0.2.3:6060");
    effects.requests.push((Source::Pi, scscf, 500));
    feeds.happened(at(0), &effects);
    assert_eq!(shown(&feeds, 0, &["source"]), "pi");
    assert_eq!(
        shown(&feeds, 0, &["peers", "192.0.2.3", "received_bytes"]),
        500
    );
    assert_eq!(shown(&feeds, 0, &["last_sent"]), Value::Null);
    effects.clear();
    effects.answers.push((Source::Pi, scscf, 300));
    // The answer itself, and what goes to a watcher.
    let watcher = channel(Carrier::Udp, "192.0.2.4:5060");
    for (to, octets) in [(scscf, [0; 300].as_slice()), (watcher, &[0; 900])] {
        let local = SIP.parse().unwrap();
        effects.send(Channel { local, ..to }, octets);
    }
    feeds.happened(at(1), &effects);
    let feed = shown(&feeds, 1, &[]);
    for shown in [&feed, &feed["peers"]["192.0.2.3"]] {
        assert_eq!(
            (&shown["sent"], &shown["sent_bytes"], &shown["last_sent"]),
            (&json!(1), &json!(300), &json!(at(1)))
        );
    }
    assert_eq!(feeds.all.sent.messages, 2);
}

#[test]
fn metrics_tell_each_link_and_which_state_it_left() {
    let recorder = crate::telemetry::recorder().unwrap();
    metrics::with_local_recorder(&recorder, || {
        let mut feeds = Feeds::new(Duration::from_secs(60));
        let hss = channel(Carrier::Tcp, "192.0.2.2:3868");
        for (secs, state) in [(0, "connecting"), (1, "open")] {
            let mut effects = Effects::default();
            effects.links.push(change(secs, state, "192.0.2.2:3868"));
            feeds.happened(at(secs), &effects);
            hear(&mut feeds, Service::Diameter(Source::Ph), secs, hss);
            feeds.emit();
        }
    });
    let text = recorder.handle().render();
    let link = "room=\"ph\",link=\"hss.ims.example\"";
    for line in [
        format!("pengate_link_state{{{link},state=\"connecting\"}} 0"),
        format!("pengate_link_state{{{link},state=\"open\"}} 1"),
        format!("pengate_link_messages_total{{{link},heading=\"in\"}} 2"),
        format!("pengate_link_last_message_seconds{{{link}}} 1700000001"),
        "pengate_feed_bytes_total{room=\"ph\",heading=\"in\"} 10".to_owned(),
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
}
