//! Ph: an HSS of python-diameter is asked, subscribed to and heard while somebody watches.

mod hostile;

pub use hostile::{hexadecimal, message};

use pengate_codecs::diameter::command;
use serde_json::{Value, json};

use crate::{
    directed::{Directed, free_port},
    gateway::{Gateway, Setup, eventually},
    http::{faults, get, metrics},
    pidf::complaints,
    recording::assert_exact,
    scripted::scripted,
    sip::{Party, Subscription},
    support::peer,
};

const ALICE: &str = "sip:alice@ims.example";
const HOST: &str = "ph.diameter.host=pna.ims.example";
const REALM: &str = "ph.diameter.realm=ims.example";
const UDR: u32 = command::USER_DATA;
const SNR: u32 = command::SUBSCRIBE_NOTIFICATIONS;
const PNR: u32 = command::PUSH_NOTIFICATION;
const SH: u32 = 16_777_217;

/// The registration of a user, as the HSS tells it.
fn ims(state: u8) -> String {
    format!("<Sh-Data><Sh-IMS-Data><IMSUserState>{state}</IMSUserState></Sh-IMS-Data></Sh-Data>")
}

/// Idle in a cell of the home network.
const CS: &str = "<Sh-Data><CSLocationInformation><CellGlobalId>APEQEjRWeA==</CellGlobalId>\
    <VLRNumber><Address>kZkJAAAg8A==</Address></VLRNumber>\
    <CurrentLocationRetrieved>0</CurrentLocationRetrieved>\
    <AgeOfLocationInformation>0</AgeOfLocationInformation></CSLocationInformation>\
    <CSUserState>2</CSUserState></Sh-Data>";
/// That cell in a document.
const CELL: &str = "lac=\"4660\" ci=\"22136\"";
/// Connected through the MME of another network.
const PS: &str = "<Sh-Data><PSUserState>5</PSUserState><Extension><Extension><Extension><Extension>\
    <EPSUserState>4</EPSUserState><EPSLocationInformation>\
    <AgeOfLocationInformation>0</AgeOfLocationInformation>\
    <Extension><VisitedPLMNID>00212</VisitedPLMNID></Extension></EPSLocationInformation>\
    </Extension></Extension></Extension></Extension></Sh-Data>";

/// Who begins to connect.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Begins {
    Gateway,
    Hss,
}

/// A gateway with its HSS.
struct Bench {
    gateway: Gateway,
    hss: Directed,
    port: u16,
}

/// The HSS at this port, with a state that grows with every start.
fn start_hss(port: u16, state: u32) -> Option<Directed> {
    let mut command = scripted("hss.py")?;
    command.args(["--host", "hss.ims.example", "--listen", &port.to_string()]);
    command.args(["--state", &state.to_string()]);
    Some(Directed::start(command))
}

/// Settings of a gateway that connects to an HSS.
fn settings(port: u16) -> [String; 7] {
    [
        HOST.to_owned(),
        REALM.to_owned(),
        format!("ph.diameter.peers=[{{host=\"hss.ims.example\",address=\"127.0.0.1:{port}\"}}]"),
        "ph.diameter.reconnect_interval=1s".to_owned(),
        "ph.retry_interval=1s".to_owned(),
        "normalise.home_networks=[\"001-01\"]".to_owned(),
        "server.compose.show_location=true".to_owned(),
    ]
}

impl Bench {
    /// With the HSS connected to by the gateway; nothing where the script cannot run.
    fn start(more: &[&str]) -> Option<Self> {
        let port = free_port();
        let hss = start_hss(port, 1)?;
        let setup = settings(port)
            .into_iter()
            .chain(more.iter().map(|text| (*text).to_owned()))
            .fold(Setup::default(), Setup::set);
        let gateway = setup.start();
        hss.hear("connected", is("ready"));
        Some(Self { gateway, hss, port })
    }

    /// Somebody watches alice; what the HSS was asked for her, and subscribed to.
    fn watch(&mut self, from: &str) -> (Party, Subscription) {
        let mut watcher = Party::udp(self.gateway.sip[0], from);
        let subscription = watcher.subscribe(ALICE, 600);
        watcher.notified();
        (watcher, subscription)
    }

    fn push(&mut self, data: &str, more: &Value) {
        let mut command = json!({ "do": "push", "user": ALICE, "data": data });
        let command = command.as_object_mut().unwrap();
        command.extend(more.as_object().unwrap().clone());
        self.hss.tell(&json!(command));
    }

    /// The answer to the notification that was sent last.
    fn pushed(&self) -> Value {
        self.hss.hear("the PNA", answer_to(PNR))
    }

    fn link(&self) -> String {
        let (_, body) = get(&self.gateway, "/api/feeds");
        let body: Value = serde_json::from_str(&body).unwrap();
        let feeds = body["feeds"].as_array().unwrap();
        let ph = feeds.iter().find(|feed| feed["source"] == "ph").unwrap();
        let state = &ph["links"]["hss.ims.example"]["state"];
        state.as_str().unwrap().to_owned()
    }
}

fn is(what: &str) -> impl Fn(&Value) -> bool {
    let what = what.to_owned();
    move |line| line["what"] == what.as_str()
}

fn request(command: u32) -> impl Fn(&Value) -> bool {
    move |line| line["what"] == "request" && line["command"] == command
}

fn answer_to(command: u32) -> impl Fn(&Value) -> bool {
    move |line| line["what"] == "answer" && line["command"] == command
}

fn asks(references: Value, domain: Value) -> impl Fn(&Value) -> bool {
    move |line| request(UDR)(line) && line["references"] == references && line["domain"] == domain
}

fn registration(document: &str) -> Option<&str> {
    let (_, rest) = document.split_once("<op:registration-state>")?;
    rest.split_once('<').map(|(state, _)| state)
}

/// A gateway that records, and the HSS, whoever of them begins; the settings come along.
fn connected(begins: Begins, port: u16) -> Option<(Gateway, Directed, Vec<String>)> {
    let mut command = scripted("hss.py")?;
    command.args(["--host", "hss.ims.example"]);
    let from = match begins {
        Begins::Hss => "--connect",
        Begins::Gateway => "--listen",
    };
    command.args([from, &port.to_string()]);
    let mut own: Vec<String> = settings(port).into();
    if begins == Begins::Hss {
        own[2] = "ph.diameter.peers=[{host=\"hss.ims.example\"}]".to_owned();
        own.push(format!("ph.diameter.listen=[\"127.0.0.1:{port}\"]"));
    }
    let setup = own.iter().cloned().fold(Setup::default(), Setup::set);
    let setup = setup.recorded();
    // Whoever is to be connected to is there first.
    let (gateway, hss) = match begins {
        Begins::Hss => {
            let gateway = setup.start();
            (gateway, Directed::start(command))
        }
        Begins::Gateway => {
            let hss = Directed::start(command);
            (setup.start(), hss)
        }
    };
    hss.hear("connected", is("ready"));
    Some((gateway, hss, own))
}

/// What a watcher makes the HSS be asked.
fn assert_asked(hss: &Directed) {
    let asked = hss.hear("the SNR", request(SNR));
    assert_eq!(
        (&asked["user"], &asked["subscribe"]),
        (&json!(ALICE), &json!(0))
    );
    let told = (&asked["references"], &asked["send_data"]);
    assert_eq!(told, (&json!([11]), &json!(1)));
    let registration = asks(json!([11]), Value::Null);
    hss.hear("the UDR of the registration", registration);
    for domain in [0, 1] {
        let asked = hss.hear("the UDR of a domain", |line| {
            request(UDR)(line) && line["domain"] == domain
        });
        assert_eq!(asked["references"], json!([15, 14]));
        assert_eq!(asked["current"], 0, "nobody is paged");
    }
}

#[test]
fn what_the_hss_tells_reaches_the_watcher_and_the_same_comes_of_the_recording() {
    for begins in [Begins::Gateway, Begins::Hss] {
        let port = free_port();
        let Some((mut gateway, mut hss, own)) = connected(begins, port) else {
            return;
        };
        for (part, data) in [("ims", ims(1).as_str()), ("cs", CS), ("ps", PS)] {
            hss.tell(&json!({ "do": "tell", "user": ALICE, "part": part, "data": data }));
        }
        let mut watcher = Party::udp(gateway.sip[0], "bob");
        watcher.subscribe(ALICE, 600);
        assert_asked(&hss);
        let seen = watcher.notified_until(|document| {
            registration(document) == Some("active")
                && document.contains(CELL)
                && document.contains("<opd:visited")
        });
        // What was there at first is no change, so that a replay does not show it.
        let mut seen: Vec<_> = seen.into_iter().skip(1).map(|one| one.document).collect();
        hss.tell(&json!({ "do": "push", "user": ALICE, "data": ims(0) }));
        assert_eq!(hss.hear("the PNA", answer_to(PNR))["result"], 2001);
        seen.push(watcher.notified().document);
        assert_eq!(
            seen.last().and_then(|last| registration(last)),
            Some("terminated")
        );
        if let Some(xmllint) = peer("xmllint") {
            assert_eq!(complaints(xmllint, &seen), "");
        }
        let settings: Vec<_> = own.iter().map(String::as_str).collect();
        let ports = [
            format!("tcp.port=={port},diameter"),
            format!("udp.port=={},sip", gateway.sip[0].port()),
        ];
        let seen = [(ALICE.to_owned(), seen)].into();
        assert_exact(&mut gateway, &seen, &settings, &ports);
        let farewell = hss.hear("the DPR", request(command::DISCONNECT_PEER));
        assert_eq!(farewell["cause"], 0, "the gateway is about to start again");
    }
}

#[test]
fn watchdogs_are_answered_in_both_directions_and_a_farewell_is_heeded() {
    let Some(mut bench) = Bench::start(&["ph.diameter.watchdog_interval=6s"]) else {
        return;
    };
    bench.hss.tell(&json!({ "do": "watchdog" }));
    let answer = bench
        .hss
        .hear("the DWA", answer_to(command::DEVICE_WATCHDOG));
    assert_eq!(answer["result"], 2001);
    assert!(answer["state"].as_u64() > Some(0), "{answer}");
    // Silence makes the gateway ask; its second question shows that it took the first answer.
    for _ in 0..2 {
        bench.hss.hear("a DWR", request(command::DEVICE_WATCHDOG));
    }
    assert_eq!(bench.link(), "open");
    bench.hss.tell(&json!({ "do": "disconnect" }));
    let answer = bench
        .hss
        .hear("the DPA", answer_to(command::DISCONNECT_PEER));
    assert_eq!(answer["result"], 2001);
    bench.hss.hear("the end of the connection", is("gone"));
    // Who said "rebooting" is connected to again.
    bench.hss.hear("connected again", is("ready"));
    eventually("the link is open again", || {
        ["open", "reopening"]
            .contains(&bench.link().as_str())
            .then_some(())
    });
}

#[test]
fn a_subscription_is_renewed_and_ended_after_the_hold_off() {
    let Some(mut bench) = Bench::start(&["ph.hold_off=1s", "ph.poll_interval=0s"]) else {
        return;
    };
    bench.hss.tell(&json!({ "do": "grant", "seconds": 6 }));
    let (mut watcher, mut subscription) = bench.watch("bob");
    for _ in 0..3 {
        let asked = bench.hss.hear("an SNR", request(SNR));
        assert_eq!(asked["subscribe"], 0);
    }
    assert_eq!(watcher.refresh(&mut subscription, 0).status(), Some(200));
    let asked = bench.hss.hear("the last SNR", |line| {
        request(SNR)(line) && line["subscribe"] == 1
    });
    assert_eq!(
        (&asked["user"], &asked["wanted"]),
        (&json!(ALICE), &json!([]))
    );
    // What the HSS tells now was not subscribed to.
    eventually("the subscription is forgotten", || {
        bench.push(&ims(1), &json!({}));
        (bench.pushed()["experimental"] == 5107).then_some(())
    });
}

#[test]
fn an_hss_that_restarts_or_is_lost_in_the_middle_is_asked_again() {
    let Some(mut bench) = Bench::start(&["ph.poll_interval=0s"]) else {
        return;
    };
    // It is lost while every answer is due.
    bench.hss.tell(&json!({ "do": "silent", "on": true }));
    let (mut watcher, _) = bench.watch("bob");
    bench.hss.hear("the SNR", request(SNR));
    bench.hss.hear("a UDR", request(UDR));
    bench.hss.kill();
    bench.hss = start_hss(bench.port, 1).unwrap();
    let told = json!({ "do": "tell", "user": ALICE, "part": "ims", "data": ims(1) });
    bench.hss.tell(&told);
    bench.hss.hear("the SNR again", request(SNR));
    bench
        .hss
        .hear("the UDR again", asks(json!([11]), Value::Null));
    watcher.notified_until(|document| registration(document) == Some("active"));
    // It forgot who subscribed: its Origin-State-Id is greater.
    bench.hss.kill();
    bench.hss = start_hss(bench.port, 2).unwrap();
    let asked = bench.hss.hear("the SNR to a new HSS", request(SNR));
    assert_eq!(
        (&asked["user"], &asked["subscribe"]),
        (&json!(ALICE), &json!(0))
    );
    eventually("the link is trusted again", || {
        ["open", "reopening"]
            .contains(&bench.link().as_str())
            .then_some(())
    });
}

#[test]
fn an_hss_that_is_busy_is_asked_again_later() {
    let Some(mut bench) = Bench::start(&["ph.poll_interval=0s"]) else {
        return;
    };
    for (command, refusal) in [
        (SNR, json!({ "result": 3004 })),
        (UDR, json!({ "experimental": 4100, "times": 3 })),
    ] {
        let mut refuse = json!({ "do": "refuse", "command": command });
        refuse
            .as_object_mut()
            .unwrap()
            .extend(refusal.as_object().unwrap().clone());
        bench.hss.tell(&refuse);
    }
    bench
        .hss
        .tell(&json!({ "do": "tell", "user": ALICE, "part": "cs", "data": CS }));
    let (mut watcher, _) = bench.watch("bob");
    for _ in 0..2 {
        bench.hss.hear("an SNR", request(SNR));
        bench.hss.hear("a UDR", asks(json!([15, 14]), json!(0)));
    }
    watcher.notified_until(|document| document.contains(CELL));
    assert!(faults(&bench.gateway, "ph", "hss-too-busy") >= 1.0);
    assert!(faults(&bench.gateway, "ph", "hss-data-not-available") >= 3.0);
}

/// How many events of Ph were recorded since the start.
fn recorded(gateway: &Gateway) -> f64 {
    let name = "pengate_events_total{room=\"ph\",outcome=\"recorded\"}";
    metrics(gateway).get(name).copied().unwrap_or(0.0)
}

#[test]
fn a_notification_repeated_after_kill_9_is_answered_and_no_second_event() {
    let Some(mut bench) = Bench::start(&["ph.poll_interval=0s", "pen.state.commit_interval=10ms"])
    else {
        return;
    };
    let (_watcher, _) = bench.watch("bob");
    let first = json!({ "session": "hss.ims.example;1;1", "end_to_end": 77 });
    bench.push(&ims(1), &first);
    assert_eq!(bench.pushed()["result"], 2001);
    // Later than the state was written to which the log is applied.
    bench.push(&ims(0), &json!({}));
    assert_eq!(bench.pushed()["result"], 2001);
    eventually("both are counted", || {
        (recorded(&bench.gateway) == 2.0).then_some(())
    });
    bench.gateway.kill();
    let Bench { gateway, hss, port } = bench;
    let gateway = gateway.restart();
    hss.hear("connected again", is("ready"));
    let mut bench = Bench { gateway, hss, port };
    let again = json!({ "session": "hss.ims.example;1;1", "end_to_end": 77, "again": true });
    bench.push(&ims(1), &again);
    let answer = bench.pushed();
    assert_eq!(
        (&answer["result"], &answer["end_to_end"]),
        (&json!(2001), &json!(77))
    );
    // The HSS may have restarted as well: then only the session is the same.
    let other = json!({ "session": "hss.ims.example;1;1", "end_to_end": 78, "again": true });
    bench.push(&ims(1), &other);
    assert_eq!(bench.pushed()["result"], 2001);
    let told = |kind| faults(&bench.gateway, "ph", kind);
    eventually("the repetitions are counted", || {
        (told("repeated-request") == 1.0 && told("repeated-fact") == 1.0).then_some(())
    });
    assert_eq!(recorded(&bench.gateway), 0.0);
    let known = crate::http::presentity(&bench.gateway, ALICE).unwrap();
    let document = known["document"].as_str().unwrap();
    assert_eq!(
        registration(document),
        Some("terminated"),
        "the later one still counts"
    );
}

#[test]
fn a_notification_that_cannot_be_recorded_is_refused() {
    // As if the disk were full.
    let full = "pen.log.free_bytes_min=9000000000000000000";
    let Some(mut bench) = Bench::start(&[full, "ph.refuse_unsubscribed=false"]) else {
        return;
    };
    bench.push(&ims(1), &json!({ "end_to_end": 5 }));
    let answer = bench.pushed();
    assert_eq!(
        (&answer["result"], &answer["error"]),
        (&json!(3004), &json!(true))
    );
    bench.push(&ims(1), &json!({ "end_to_end": 5, "again": true }));
    assert_eq!(
        bench.pushed()["result"],
        3004,
        "it may be sent again, and is taken as new"
    );
    assert_eq!(faults(&bench.gateway, "ph", "repeated-request"), 0.0);
}
