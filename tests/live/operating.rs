//! What an operator sees: health, readiness, metrics, presentities, feeds, and the end in order.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::{
    gateway::{Gateway, PATIENCE, Setup, eventually, program},
    http::{feed, get, metrics, presentity},
    pidf::{document, sessions},
    radius::{Client, START, Session, now, server},
    sip::Party,
};

/// Tells that alice's session `id` began, and waits until that is durable.
fn begin(gateway: &Gateway, id: &str) {
    let client = Client::new(server(gateway));
    let packet = Session::of_alice(id).request(START, 1, now());
    client.send(&packet);
    assert!(client.is_answered(&packet, PATIENCE));
}

#[test]
fn health_readiness_and_unknown_paths_are_answered() {
    let gateway = Gateway::start();
    assert_eq!(get(&gateway, "/healthz"), (200, "ok\n".to_owned()));
    let ready = r#"{"ready":true,"reasons":[]}"#;
    assert_eq!(get(&gateway, "/readyz"), (200, ready.to_owned()));
    assert_eq!(get(&gateway, "/nothing").0, 404);
    assert!(presentity(&gateway, "sip:nobody@elsewhere.example").is_none());
}

#[test]
fn each_element_of_a_presentity_tells_who_set_it() {
    let gateway = Gateway::start();
    begin(&gateway, "s1");
    let found = presentity(&gateway, "sip:alice@ims.example").unwrap();
    assert_eq!(sessions(found["document"].as_str().unwrap()), 1);
    let facets = found["facets"].as_array().unwrap();
    let session = |facet: &&Value| facet["state"].get("session").is_some();
    let session = facets.iter().find(session).unwrap();
    assert_eq!(session["source"], "pk");
    assert!(session["reporter"].as_str().unwrap().contains("ggsn1"));
    assert_eq!(session["event"].as_str().unwrap().len(), 16);
    assert!(session["at"].is_string(), "{session}");
}

#[test]
fn feeds_tell_what_came_from_whom() {
    let gateway = Gateway::start();
    begin(&gateway, "s1");
    let pk = feed(&gateway, "pk");
    assert_eq!((&pk["received"], &pk["answered"]), (&1.into(), &1.into()));
    let listener = &pk["listeners"][0];
    assert_eq!(listener["address"], server(&gateway).to_string());
    let peer = &pk["peers"]["127.0.0.1"];
    assert_eq!((&peer["received"], &peer["sent"]), (&1.into(), &1.into()));
    assert_eq!(peer["state"], "heard");
    assert_eq!(peer["since"], peer["last"]);
    assert!(
        peer["received_per_second"].as_f64().unwrap() > 0.0,
        "{peer}"
    );
    // The S-CSCF's feed is there before anything came.
    assert_eq!(feed(&gateway, "pi")["received"], 0);
}

#[test]
fn check_asks_a_running_gateway_how_its_feeds_are() {
    let gateway = Gateway::start();
    begin(&gateway, "s1");
    let ask = |admin: &str| {
        let mut command = program();
        let command = command
            .args(["check", "--live", "--set"])
            .arg(format!("admin.listen={admin}"));
        let output = command.current_dir(gateway.folder()).output().unwrap();
        let text = |octets| String::from_utf8(octets).unwrap();
        (
            output.status.code(),
            text(output.stdout),
            text(output.stderr),
        )
    };
    let (code, said, _) = ask(&gateway.admin.to_string());
    assert_eq!(code, Some(0), "{said}");
    for part in [
        format!("\ngateway at {}: ready\n", gateway.admin),
        "\n  pk  received 1 (".to_owned(),
        "\n      peer 127.0.0.1  heard since ".to_owned(),
    ] {
        assert!(said.contains(&part), "{part} in {said}");
    }
    let (code, _, said) = ask("127.0.0.1:1");
    assert_eq!(code, Some(1));
    assert!(said.contains("no gateway answers at 127.0.0.1:1"), "{said}");
}

#[test]
fn each_link_that_is_configured_is_shown_before_anything_happened() {
    let gateway = Setup::default()
        .set("pl.servers=[{name=\"gmlc1\",address=\"127.0.0.1:1\"}]")
        .set("ph.diameter.peers=[{host=\"hss.ims.example\"}]")
        .start();
    let link = |source: &str, name: &str| feed(&gateway, source)["links"][name].clone();
    let (gmlc, hss) = (link("pl", "gmlc1"), link("ph", "hss.ims.example"));
    assert_eq!(
        (&gmlc["state"], &gmlc["peer"]),
        (&"down".into(), &"127.0.0.1:1".into())
    );
    assert_eq!(
        (&hss["state"], hss["peer"].is_null()),
        (&"closed".into(), true)
    );
    let mut check = program();
    check.args(["check", "--live", "--set"]);
    check.arg(format!("admin.listen={}", gateway.admin));
    let output = check.current_dir(gateway.folder()).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    for line in [
        "link gmlc1  down since ",
        "link hss.ims.example  closed since ",
    ] {
        assert!(
            said.contains(&format!("\n      {line}")),
            "{line} in {said}"
        );
    }
    let found = metrics(&gateway);
    for link in [
        "room=\"pl\",link=\"gmlc1\",state=\"down\"",
        "room=\"ph\",link=\"hss.ims.example\",state=\"closed\"",
    ] {
        let name = format!("pengate_link_state{{{link}}}");
        assert_eq!(found.get(&name), Some(&1.0), "{name}");
    }
}

#[test]
fn a_peer_that_says_nothing_is_silent_and_then_heard_again() {
    let gateway = Setup::default().set("admin.silent_after=100ms").start();
    begin(&gateway, "s1");
    let is =
        |state: &str| (feed(&gateway, "pk")["peers"]["127.0.0.1"]["state"] == state).then_some(());
    eventually("the peer is silent", || is("silent"));
    let silent = "pengate_feed_peers{room=\"pk\",state=\"silent\"}";
    eventually("metrics tell", || {
        (metrics(&gateway).get(silent) == Some(&1.0)).then_some(())
    });
    let log = gateway.log_text();
    for state in ["heard", "silent"] {
        let told = log.lines().filter(|line| line.contains("Peer changed."));
        assert!(told.into_iter().any(|line| line.contains(state)), "{log}");
    }
}

#[test]
fn metrics_are_as_prometheus_reads_them() {
    let gateway = Gateway::start();
    begin(&gateway, "s1");
    Party::udp(gateway.sip[0], "bob").subscribe("sip:alice@ims.example", 600);
    let (_, text) = get(&gateway, "/metrics");
    let mut told: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut samples = 0;
    for line in text.lines().filter(|line| !line.is_empty()) {
        let mut words = line.splitn(4, ' ');
        if let Some(comment) = line.strip_prefix("# ") {
            let (kind, rest) = comment.split_once(' ').unwrap();
            let (name, what) = rest.split_once(' ').unwrap();
            assert!(
                ["HELP", "TYPE"].contains(&kind) && !what.is_empty(),
                "{line}"
            );
            assert!(told.entry(name).or_default().insert(kind), "twice: {line}");
            continue;
        }
        let name = words.next().unwrap().split('{').next().unwrap();
        let family = ["_bucket", "_sum", "_count"]
            .iter()
            .filter_map(|suffix| name.strip_suffix(suffix))
            .find(|family| told.contains_key(family))
            .unwrap_or(name);
        assert_eq!(told.get(family).map(BTreeSet::len), Some(2), "{line}");
        assert!(family.starts_with("pengate_"), "{line}");
        assert!(is_sample(line), "{line}");
        samples += 1;
    }
    assert!(samples >= 5, "{text}");
}

/// Whether a line is `name{label="value",...} number`.
fn is_sample(line: &str) -> bool {
    let Some((series, value)) = line.rsplit_once(' ') else {
        return false;
    };
    let labels = match series.split_once('{') {
        None => "",
        Some((_, labels)) => match labels.strip_suffix('}') {
            None => return false,
            Some(labels) => labels,
        },
    };
    let is_name = |name: &str| {
        let allowed = |octet: u8| octet.is_ascii_alphanumeric() || octet == b'_';
        !name.is_empty() && name.bytes().all(allowed)
    };
    let is_label = |label: &str| {
        label.split_once('=').is_some_and(|(name, value)| {
            let inside = value
                .strip_prefix('"')
                .and_then(|rest| rest.strip_suffix('"'));
            is_name(name) && inside.is_some_and(|inside| !inside.contains('"'))
        })
    };
    is_name(series.split('{').next().unwrap_or_default())
        && labels
            .split(',')
            .all(|label| labels.is_empty() || is_label(label))
        && value.parse::<f64>().is_ok()
}

#[test]
fn what_is_known_is_counted() {
    let gateway = Gateway::start();
    begin(&gateway, "s1");
    let mut watcher = Party::udp(gateway.sip[0], "bob");
    watcher.subscribe("sip:alice@ims.example", 600);
    watcher.notified();
    eventually("gauges follow", || {
        let found = metrics(&gateway);
        let is = |name: &str, value: f64| found.get(name) == Some(&value);
        (is("pengate_presentities", 1.0)
            && is("pengate_subscriptions", 1.0)
            && is("pengate_ready", 1.0))
        .then_some(())
    });
}

#[test]
fn every_metric_tells_something_once_there_was_traffic() {
    let gateway = Gateway::start();
    let mut watcher = Party::udp(gateway.sip[0], "bob");
    watcher.subscribe("sip:alice@ims.example", 600);
    watcher.notified();
    begin(&gateway, "s1");
    watcher.notified();
    let mut alice = Party::udp(gateway.sip[0], "alice");
    alice.publish(&document(&alice.uri(), "open", "here"));
    watcher.notified();
    let (refused, _) = alice.try_publish("unknown", "", 600);
    assert_eq!(refused.status(), Some(412));
    // What follows from an answer is counted a moment after it.
    let missing = || -> Vec<&str> {
        let found = metrics(&gateway);
        let is_told = |start: &&&str| {
            let mut named = found.iter().filter(|(name, _)| name.starts_with(**start));
            named.any(|(_, value)| *value >= 1.0)
        };
        TOLD.iter().filter(|name| !is_told(name)).copied().collect()
    };
    eventually("every metric tells something", || {
        let missing = missing();
        eprintln!("missing: {missing:?}");
        missing.is_empty().then_some(())
    });
}

/// What must have been counted after a session, a publication, a subscription, and a refusal.
const TOLD: [&str; 13] = [
    "pengate_chunk_bytes_total{",
    "pengate_chunks_total{",
    "pengate_events_total{room=\"pk\",outcome=\"recorded\"}",
    "pengate_log_free_bytes",
    "pengate_log_records_total",
    "pengate_log_settle_seconds_count",
    "pengate_notifications_total{outcome=\"accepted\"}",
    "pengate_presentities",
    "pengate_publications",
    "pengate_sip_responses_total{class=\"2xx\"}",
    "pengate_sip_responses_total{class=\"4xx\"}",
    "pengate_subscriptions",
    "pengate_updates_total",
];

#[test]
fn a_port_in_use_keeps_the_gateway_from_starting() {
    let gateway = Gateway::start();
    let output = program()
        .current_dir(gateway.folder())
        .args(["run", "--set", "data.folder=other"])
        .args(["--set", &format!("radius.listen={}", gateway.radius[0])])
        .args(["--set", "sip.listen=127.0.0.1:0"])
        .args(["--set", "admin.listen=127.0.0.1:0"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("radius.listen: cannot listen on 127.0.0.1:"),
        "{said}"
    );
}

#[test]
fn another_number_of_partitions_than_the_data_folder_has_keeps_the_gateway_from_starting() {
    let mut gateway = Gateway::start();
    begin(&gateway, "s1");
    assert_eq!(gateway.terminate().code(), Some(0));
    let output = program()
        .current_dir(gateway.folder())
        .args(["run", "--set", "radius.listen=127.0.0.1:0"])
        .args(["--set", "sip.listen=127.0.0.1:0"])
        .args(["--set", "admin.listen=127.0.0.1:0"])
        .args(["--set", "pen.partitions=255"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("pen.partitions: data was made with 256, not 255; configure 256"),
        "{said}"
    );
    let gateway = gateway.restart();
    assert!(presentity(&gateway, "sip:alice@ims.example").is_some());
}

#[test]
fn a_data_folder_in_use_keeps_the_gateway_from_starting() {
    let gateway = Gateway::start();
    let output = program()
        .current_dir(gateway.folder())
        .args(["run", "--set", "radius.listen=127.0.0.1:0"])
        .args(["--set", "sip.listen=127.0.0.1:0"])
        .args(["--set", "admin.listen=127.0.0.1:0"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    begin(&gateway, "s1");
}
