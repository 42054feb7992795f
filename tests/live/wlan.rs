//! Pr and Pp: WLAN access and tunnels over RADIUS with radclient, and over Diameter with a server of
//! python-diameter, seen by a watcher.

use pengate_codecs::diameter::{Builder, Kind, command};
use serde_json::{Value, json};

use crate::{
    directed::{Directed, free_port},
    gateway::{Gateway, PATIENCE, Setup, eventually},
    http::{faults, metrics, presentity},
    pidf::complaints,
    radius::{self, Client, SECRET, Session, now, radclient},
    recording::assert_exact,
    scripted::scripted,
    sh::{hexadecimal, message},
    sip::Party,
    support::peer,
};

const ALICE: &str = "sip:alice@ims.example";
/// Alice's identity with WLAN: her IMSI within.
const NAI: &str = "0001010000000001@wlan.mnc001.mcc001.3gppnetwork.org";
const ACR: u32 = command::ACCOUNTING;
const EVENT: u32 = 1;
const START: u32 = 2;
const INTERIM: u32 = 3;
const STOP: u32 = 4;

/// The rooms with the names of their networks in a document.
const NETWORKS: [(&str, &str); 2] = [("pr", "WLAN"), ("pp", "I-WLAN-TUNNEL")];

/// Whether a network is active; nothing where it is not told of.
fn is_active(document: &str, network: &str) -> Option<bool> {
    let (_, rest) = document.split_once(&format!("<op:network id=\"{network}\">"))?;
    let (within, _) = rest.split_once("</op:network>")?;
    Some(within.contains("<op:active/>"))
}

#[test]
fn wlan_and_tunnel_accounting_over_radius_reach_a_watcher() {
    if peer("radclient").is_none() {
        return;
    }
    let listen = |room| format!("radius.listen_{room}=[\"127.0.0.1:0\"]");
    let setup = Setup::default().set(listen("pr")).set(listen("pp"));
    let mut gateway = setup.recorded().start();
    let mut watcher = Party::udp(gateway.sip[0], "bob");
    watcher.subscribe(ALICE, 600);
    watcher.notified();
    let mut seen = Vec::new();
    for (status, active) in [("Start", true), ("Stop", false)] {
        for (room, network) in NETWORKS {
            let server = gateway.listening(&format!("radius/{room}"))[0];
            let attributes = format!(
                "Acct-Status-Type = {status}\n\
                 Acct-Session-Id = \"{room}-1\"\n\
                 NAS-Identifier = \"{room}.ims.example\"\n\
                 User-Name = \"{NAI}\"\n\
                 Called-Station-Id = \"wlan.example\"\n\
                 3GPP-IMSI = \"001010000000001\"\n"
            );
            let command = peer("radclient").unwrap();
            assert!(radclient(command, server, SECRET, &attributes), "{room}");
            seen.push(watcher.notified().document);
            assert_eq!(is_active(seen.last().unwrap(), network), Some(active));
        }
    }
    if let Some(xmllint) = peer("xmllint") {
        assert_eq!(complaints(xmllint, &seen), "");
    }
    let ports: Vec<_> = NETWORKS
        .iter()
        .map(|(room, _)| gateway.listening(&format!("radius/{room}"))[0].port())
        .map(|port| format!("udp.port=={port},radius"))
        .collect();
    let seen = [(ALICE.to_owned(), seen)].into();
    assert_exact(&mut gateway, &seen, &[], &ports);
}

/// A gateway with a server that accounts for each of the rooms.
struct Bench {
    gateway: Gateway,
    servers: Vec<Directed>,
    ports: Vec<u16>,
    settings: Vec<String>,
}

impl Bench {
    /// Nothing where the script cannot run.
    fn start() -> Option<Self> {
        scripted("aaa.py")?;
        let ports: Vec<_> = NETWORKS.iter().map(|_| free_port()).collect();
        let mut settings = vec!["pen.state.commit_interval=10ms".to_owned()];
        for ((room, _), port) in NETWORKS.iter().zip(&ports) {
            settings.extend([
                format!("{room}.diameter.host=pna.ims.example"),
                format!("{room}.diameter.realm=ims.example"),
                format!("{room}.diameter.reconnect_interval=1s"),
            ]);
            // The 3GPP AAA server connects to us, and we connect to the PDG.
            if *room == "pr" {
                settings.extend([
                    "pr.diameter.message_bytes_max=4096".to_owned(),
                    format!("pr.diameter.listen=[\"127.0.0.1:{port}\"]"),
                    "pr.diameter.peers=[{host=\"pr.ims.example\"}]".to_owned(),
                ]);
            } else {
                let peer = format!("host=\"pp.ims.example\",address=\"127.0.0.1:{port}\"");
                settings.push(format!("pp.diameter.peers=[{{{peer}}}]"));
            }
        }
        let setup = settings.iter().cloned().fold(Setup::default(), Setup::set);
        let gateway = setup.recorded().start();
        let mut bench = Self {
            gateway,
            servers: Vec::new(),
            ports,
            settings,
        };
        bench.servers = (0..NETWORKS.len())
            .map(|place| bench.server(place))
            .collect();
        Some(bench)
    }

    /// The server of a room, connected.
    fn server(&self, place: usize) -> Directed {
        let mut command = scripted("aaa.py").unwrap();
        let (room, _) = NETWORKS[place];
        command.args(["--host", &format!("{room}.ims.example")]);
        let from = if room == "pr" {
            "--connect"
        } else {
            "--listen"
        };
        command.args([from, &self.ports[place].to_string()]);
        let server = Directed::start(command);
        server.hear("connected", |line| line["what"] == "ready");
        server
    }

    /// Sends a record and gives its answer.
    fn account(&mut self, place: usize, kind: u32, number: u32, more: &Value) -> Value {
        let (room, _) = NETWORKS[place];
        let mut record = json!({
            "do": "account", "session": format!("{room}.ims.example;1;1"),
            "kind": kind, "number": number, "user": NAI, "called": "wlan.example",
        });
        let record = record.as_object_mut().unwrap();
        record.extend(more.as_object().unwrap().clone());
        self.servers[place].tell(&json!(record));
        self.servers[place].hear("the ACA", |line| {
            line["what"] == "answer" && line["command"] == ACR
        })
    }

    /// Whether alice's document tells of a WLAN access.
    fn shown(&self) -> Option<bool> {
        let known = presentity(&self.gateway, ALICE)?;
        is_active(known["document"].as_str()?, "WLAN")
    }

    fn recorded(&self, room: &str) -> f64 {
        let name = format!("pengate_events_total{{room=\"{room}\",outcome=\"recorded\"}}");
        metrics(&self.gateway).get(&name).copied().unwrap_or(0.0)
    }
}

#[test]
fn wlan_and_tunnel_accounting_over_diameter_reach_a_watcher() {
    let Some(mut bench) = Bench::start() else {
        return;
    };
    let mut watcher = Party::udp(bench.gateway.sip[0], "bob");
    watcher.subscribe(ALICE, 600);
    watcher.notified();
    let mut seen = Vec::new();
    for (kind, number, active) in [(START, 0, true), (STOP, 3, false)] {
        for (place, (room, network)) in NETWORKS.into_iter().enumerate() {
            let answer = bench.account(place, kind, number, &json!({}));
            assert_eq!(
                (&answer["result"], &answer["error"]),
                (&json!(2001), &json!(false))
            );
            seen.push(watcher.notified().document);
            assert_eq!(
                is_active(seen.last().unwrap(), network),
                Some(active),
                "{room}"
            );
            if active {
                // It goes on, and something happens that changes nothing.
                for (kind, number) in [(INTERIM, 1), (EVENT, 2)] {
                    assert_eq!(
                        bench.account(place, kind, number, &json!({}))["result"],
                        2001
                    );
                }
            }
        }
    }
    if let Some(xmllint) = peer("xmllint") {
        assert_eq!(complaints(xmllint, &seen), "");
    }
    let ports: Vec<_> = bench
        .ports
        .iter()
        .map(|port| format!("tcp.port=={port},diameter"))
        .collect();
    let settings: Vec<_> = bench.settings.iter().map(String::as_str).collect();
    let seen = [(ALICE.to_owned(), seen)].into();
    assert_exact(&mut bench.gateway, &seen, &settings, &ports);
}

#[test]
fn a_record_repeated_after_kill_9_is_answered_and_no_second_event() {
    let Some(mut bench) = Bench::start() else {
        return;
    };
    let again = json!({ "end_to_end": 77, "again": true });
    assert_eq!(
        bench.account(0, START, 0, &json!({ "end_to_end": 77 }))["result"],
        2001
    );
    assert_eq!(bench.account(0, START, 0, &again)["result"], 2001);
    // Later than the state was written to which the log is applied.
    assert_eq!(bench.account(0, INTERIM, 1, &json!({}))["result"], 2001);
    eventually("both are counted", || {
        (bench.recorded("pr") == 2.0).then_some(())
    });
    bench.gateway.kill();
    bench.gateway = bench.gateway.restart();
    let server = &bench.servers[0];
    server.hear("connected again", |line| line["what"] == "ready");
    let answer = bench.account(0, START, 0, &again);
    assert_eq!(
        (&answer["result"], &answer["end_to_end"]),
        (&json!(2001), &json!(77))
    );
    // The server may have restarted as well: then only session and number are the same.
    assert_eq!(
        bench.account(0, START, 0, &json!({ "again": true }))["result"],
        2001
    );
    eventually("the repetitions are counted", || {
        let told = |kind| faults(&bench.gateway, "pr", kind);
        (told("repeated-request") == 1.0 && told("repeated-fact") == 1.0).then_some(())
    });
    assert_eq!(bench.recorded("pr"), 0.0);
}

#[test]
fn a_server_that_is_lost_in_the_middle_of_a_session_goes_on_with_it_later() {
    let Some(mut bench) = Bench::start() else {
        return;
    };
    assert_eq!(bench.account(0, START, 0, &json!({}))["result"], 2001);
    bench.servers[0].kill();
    bench.servers[0] = bench.server(0);
    assert_eq!(bench.shown(), Some(true));
    assert_eq!(bench.account(0, STOP, 1, &json!({}))["result"], 2001);
    eventually("it is over", || {
        (bench.shown() == Some(false)).then_some(())
    });
}

/// The AVPs that every record has.
fn of_the_server(builder: Builder<'_>) -> Builder<'_> {
    builder
        .avp(Kind::base(263), b"pr.ims.example;1;9")
        .avp(Kind::base(264), b"pr.ims.example")
        .avp(Kind::base(296), b"ims.example")
        .avp(Kind::base(480), &START.to_be_bytes())
}

#[test]
fn what_is_malformed_unknown_or_oversized_over_diameter_is_answered_and_the_link_stays_up() {
    let Some(mut bench) = Bench::start() else {
        return;
    };
    let short = message(ACR, 3, 15, |builder| {
        of_the_server(builder).avp(Kind::base(485), &[0, 0])
    });
    let oversized = message(ACR, 3, 14, |builder| {
        of_the_server(builder).avp(Kind::base(1), &[b'x'; 5000])
    });
    for (what, octets, code) in [
        ("no number", message(ACR, 3, 11, of_the_server), 5005),
        ("a number of two octets", short, 5014),
        ("command", message(9999, 3, 12, of_the_server), 3001),
        ("application", message(ACR, 4, 13, of_the_server), 3007),
        ("oversized", oversized, 5015),
    ] {
        let number = u32::from_be_bytes(octets[16..20].try_into().unwrap());
        let command = json!({ "do": "send", "octets": hexadecimal(&octets) });
        bench.servers[0].tell(&command);
        let answer = bench.servers[0].hear(what, |line| {
            line["what"] == "answer" && line["end_to_end"] == number
        });
        assert_eq!(answer["result"], code, "{what}: {answer}");
    }
    assert_eq!(bench.account(0, START, 0, &json!({}))["result"], 2001);
    let gone = bench.servers[0].count(|line| line["what"] == "gone");
    assert_eq!(gone, 0, "the connection was never ended");
}

#[test]
fn what_is_malformed_unknown_or_oversized_over_radius_is_dropped_and_counted() {
    let listen = |room| format!("radius.listen_{room}=[\"127.0.0.1:0\"]");
    let gateway = Setup::default().set(listen("pr")).set(listen("pp")).start();
    for (room, _) in NETWORKS {
        let client = Client::new(gateway.listening(&format!("radius/{room}"))[0]);
        let good = Session::of_alice(room).request(radius::START, 9, now());
        let mut unknown = good.clone();
        unknown[0] = 99;
        let mut oversized = vec![4; 5000];
        oversized[2..4].copy_from_slice(&5000_u16.to_be_bytes());
        for octets in [&good[..30], &unknown, &oversized] {
            client.send(octets);
        }
        eventually("all are counted", || {
            let name = format!("pengate_faults_total{{room=\"{room}\"");
            let metrics = metrics(&gateway);
            let faults = metrics.iter().filter(|(key, _)| key.starts_with(&name));
            (faults.map(|(_, count)| count).sum::<f64>() == 3.0).then_some(())
        });
        // The next one is answered, and nothing before it was.
        client.send(&good);
        assert!(client.is_answered(&good, PATIENCE));
    }
}
