//! A subscriber's day with foreign peers: osmo-stp and elements on pycrate, an HSS of python-diameter,
//! radclient, SIPp as S-CSCF and a location server over HTTP, in one guest with pengate.
//!
//! After each step the watcher holds the document of `tests/day/documents`, but for times.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use pengate_codecs::{Stamp, diameter::command};
use serde_json::{Value, json};

use crate::{
    directed::Directed,
    foreign::{Foreign, sipp},
    gateway::{Gateway, PATIENCE, Setup, eventually},
    gmlc::{Gmlc, refusal, result},
    http::get,
    pidf::complaints,
    radius::{SECRET, Session, radclient},
    recording::{Seen, assert_same, replay},
    scripted::scripted,
    sip::{Party, Subscription},
    ss7::{
        FOLDER, in_a_guest,
        network::{Elements, Running, STP, signalling_gateway},
    },
    support::peer,
};

const ALICE: &str = "sip:alice@ims.example";
const NUMBER: &str = "99900000099";
/// The guest has all ports for itself.
const HSS: u16 = 3868;
const AAA: &str = "127.0.0.1:1913";
const GMLC: &str = "127.0.0.1:9210";

fn settings() -> Vec<String> {
    [
        format!("ss7.links=[{{name=\"stp\",address=\"{STP}\",m3ua={{routing_contexts=[1]}}}}]"),
        format!("ss7.sccp.global_title=\"{NUMBER}\""),
        "ss7.connect_retry_max=\"2s\"".to_owned(),
        // However slow the disk is, a call that goes on is known: the program is killed after it.
        "ss7.cap.deadline=\"8s\"".to_owned(),
        "normalise.home_networks=001-01".to_owned(),
        "pi.home_networks=ims.example".to_owned(),
        format!("radius.listen_pr=[\"{AAA}\"]"),
        "ph.diameter.host=pna.ims.example".to_owned(),
        "ph.diameter.realm=ims.example".to_owned(),
        format!("ph.diameter.peers=[{{host=\"hss.ims.example\",address=\"127.0.0.1:{HSS}\"}}]"),
        "ph.diameter.reconnect_interval=1s".to_owned(),
        "ph.retry_interval=1s".to_owned(),
        "ph.poll_interval=0s".to_owned(),
        format!("pl.servers=[{{name=\"gmlc\",address=\"{GMLC}\"}}]"),
        "pl.max_age=1s".to_owned(),
        "pl.subscriber_interval=1s".to_owned(),
        "pl.retry_max=1s".to_owned(),
        "pl.lifetime=1h".to_owned(),
        "server.compose.show_location=true".to_owned(),
    ]
    .into()
}

/// The names of the steps, and the documents after them.
fn steps() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/day/documents");
    let files = fs::read_dir(folder).unwrap();
    let mut files: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    files.sort();
    let step = |file: PathBuf| {
        let name = file.file_stem().unwrap().to_str().unwrap();
        let name = name.split_once('-').unwrap().1.to_owned();
        (name, untimed(&fs::read_to_string(&file).unwrap()))
    };
    files.into_iter().map(step).collect()
}

/// A document, one element a line, without its times.
fn untimed(document: &str) -> String {
    const FORM: &[u8] = b"0000-00-00T00:00:00";
    let is_time = |octets: &[u8]| {
        let pairs = octets.iter().zip(FORM);
        octets.len() >= FORM.len()
            && pairs.into_iter().all(|(octet, form)| match form {
                b'0' => octet.is_ascii_digit(),
                form => octet == form,
            })
    };
    let text = document.trim_end().replace("><", ">\n<");
    let mut left = String::new();
    let mut rest = text.as_str();
    while let Some(next) = rest.chars().next() {
        if is_time(rest.as_bytes()) {
            left.push_str("TIME");
            rest = rest.split_once('Z').unwrap().1;
        } else {
            left.push(next);
            rest = &rest[next.len_utf8()..];
        }
    }
    left
}

#[test]
fn times_alone_are_left_out() {
    let document = "<a at=\"2026-03-01T06:00:00.005Z\"><b>1.0</b><c>2026-03-01T06:00:00Z</c></a>";
    let left = "<a at=\"TIME\">\n<b>1.0</b>\n<c>TIME</c>\n</a>";
    assert_eq!(untimed(document), left);
}

/// One boot for both: the day as it is, and the day with the process killed between any two steps.
#[test]
fn the_day_passes_with_foreign_peers_replayed_and_killed() {
    if let Some(folder) = env::var_os(FOLDER) {
        let folder = Path::new(&folder);
        undisturbed(folder);
        killed(folder);
        return;
    }
    let peers = ["osmo-stp", "radclient", "sipp", "xmllint", "tshark"];
    let test = "day::the_day_passes_with_foreign_peers_replayed_and_killed";
    if scripted("hss.py").is_none() {
        return;
    }
    let Some(folder) = in_a_guest(test, &peers) else {
        return;
    };
    let seen = fs::read(folder.path().join("seen.json")).unwrap();
    let seen: Seen = serde_json::from_slice(&seen).unwrap();
    let recording = folder.path().join("recording.pcapng");
    let replayed = replay(&recording, &settings());
    assert_same(&seen, &replayed, String::clone);
    assert_eq!(complaints(peer("xmllint").unwrap(), &seen[ALICE]), "");
    assert_eq!(malformed(folder.path()), "");
    // Step by step the replay comes by the documents of the day.
    let mut documents = replayed[ALICE].iter().map(|document| untimed(document));
    let steps = steps();
    for (number, (name, wanted)) in steps.iter().enumerate() {
        if number == 0 || *wanted != steps[number - 1].1 {
            assert!(documents.any(|document| document == *wanted), "{name}");
        }
    }
}

/// What tshark finds wrong in the recording, in either direction.
fn malformed(folder: &Path) -> String {
    let ports = fs::read_to_string(folder.join("ports")).unwrap();
    let wrong = "(_ws.malformed || _ws.expert.severity == 8388608)";
    let mut tshark = peer("tshark").unwrap();
    let output = tshark
        .args(ports.lines().flat_map(|port| ["-d", port]))
        .args(["-Y", wrong, "-r"])
        .arg(folder.join("recording.pcapng"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn undisturbed(folder: &Path) {
    let setup = settings().into_iter().fold(Setup::default(), Setup::set);
    let mut day = Day::new(folder, setup.recorded().start());
    for (name, wanted) in steps() {
        day.act(&name);
        day.holds(&name, &wanted);
    }
    let Day {
        mut gateway, seen, ..
    } = day;
    assert_eq!(gateway.terminate().code(), Some(0));
    let (radius, sip) = (gateway.radius[0].port(), gateway.sip[0].port());
    let ports = format!(
        "udp.port=={radius},radius\nudp.port==1913,radius\nudp.port=={sip},sip\n\
         tcp.port==9210,http\n"
    );
    fs::write(folder.join("ports"), ports).unwrap();
    fs::copy(gateway.recording(), folder.join("recording.pcapng")).unwrap();
    let seen: BTreeMap<_, _> = [(ALICE, seen)].into();
    fs::write(folder.join("seen.json"), json!(seen).to_string()).unwrap();
}

fn killed(folder: &Path) {
    let setup = settings().into_iter().fold(Setup::default(), Setup::set);
    let mut day = Day::new(folder, setup.start());
    let steps = steps();
    for (number, (name, _)) in steps.iter().enumerate() {
        day.act(name);
        if number + 1 < steps.len() {
            day = day.killed();
        }
    }
    let (name, wanted) = steps.last().unwrap();
    day.holds(name, wanted);
}

/// pengate and everybody around it.
struct Day {
    gateway: Gateway,
    _stp: Running,
    elements: Elements,
    hss: Directed,
    gmlc: Gmlc,
    watcher: Party,
    subscription: Option<Subscription>,
    held: String,
    seen: Vec<String>,
}

/// Area, cell and network.
type Cell = (u16, u16, &'static str);
const FIRST: Cell = (4660, 22136, "00101");
const SECOND: Cell = (4660, 22137, "00101");
const THIRD: Cell = (4661, 1, "00101");
const ABROAD: Cell = (1, 2, "90801");

/// What an HSS says of the circuit-switched domain.
const CS_AWAY: &str = "<Sh-Data><CSUserState>1</CSUserState></Sh-Data>";
const CS_AT_HOME: &str = "<Sh-Data><CSLocationInformation><CellGlobalId>APEQEjRWeA==</CellGlobalId>\
    <VLRNumber><Address>kZkJAAAA9w==</Address></VLRNumber></CSLocationInformation>\
    <CSUserState>2</CSUserState></Sh-Data>";
const CS_ABROAD: &str = "<Sh-Data><CSLocationInformation><CellGlobalId>CfgQAAEAAg==</CellGlobalId>\
    <VLRNumber><Address>kZkIAAAA9w==</Address></VLRNumber></CSLocationInformation>\
    <CSUserState>2</CSUserState></Sh-Data>";
const IN_A_CALL: &str = "<Sh-Data><CSUserState>0</CSUserState></Sh-Data>";

impl Day {
    fn new(folder: &Path, gateway: Gateway) -> Self {
        let stp = signalling_gateway(folder);
        let mut command = scripted("hss.py").unwrap();
        command.args(["--host", "hss.ims.example", "--listen", &HSS.to_string()]);
        let hss = Directed::start(command);
        let gmlc = Gmlc::start_at(GMLC.parse().unwrap(), |_| (200, refusal(5)));
        let elements = Elements::start(NUMBER);
        let watcher = Party::udp(gateway.sip[0], "bob");
        let mut day = Self {
            gateway,
            _stp: stp,
            elements,
            hss,
            gmlc,
            watcher,
            subscription: None,
            held: String::new(),
            seen: Vec::new(),
        };
        day.await_links();
        day.tell_hss("cs", CS_AWAY);
        day.tell_hss("ps", &ps(0));
        day.tell_hss("ims", &ims(0));
        day
    }

    /// The process is killed and started anew; its peers find it again, or it them.
    fn killed(self) -> Self {
        let Self { mut gateway, .. } = self;
        gateway.kill();
        let day = Self {
            gateway: gateway.restart(),
            ..self
        };
        day.await_links();
        day
    }

    fn await_links(&self) {
        for (link, state) in [("stp", "active"), ("hss.ims.example", "open")] {
            eventually("a link is up", || {
                let (_, body) = get(&self.gateway, "/api/feeds");
                let body: Value = serde_json::from_str(&body).unwrap();
                let feeds = body["feeds"].as_array().unwrap().iter();
                let mut links = feeds.filter_map(|feed| feed["links"].get(link));
                (links.next()?["state"] == state).then_some(())
            });
        }
    }

    /// The watcher comes to hold a document.
    fn holds(&mut self, step: &str, wanted: &str) {
        while untimed(&self.held) != wanted {
            let Some(notified) = self.watcher.notified_within(PATIENCE) else {
                let found = untimed(&self.held);
                let lines = similar::TextDiff::from_lines(wanted, &found);
                panic!("{step}\n{}", lines.unified_diff());
            };
            self.held = notified.document;
            self.seen.push(self.held.clone());
        }
    }

    fn watch(&mut self) {
        self.subscription = Some(self.watcher.subscribe(ALICE, 3_600));
        // What is shown at once is no change, and not in a replay.
        self.held = self.watcher.notified().document;
    }

    fn act(&mut self, step: &str) {
        match step {
            "watched-while-off" => self.watch(),
            "call-is-set-up" => {
                self.tell_hss("cs", IN_A_CALL);
                self.element("call-begins", FIRST);
            }
            "call-is-answered" => self.simply("call-is-answered"),
            "call-is-over" => {
                self.tell_hss("cs", CS_AT_HOME);
                self.simply("call-ends");
            }
            "hss-is-asked-again" => self.watch_again(),
            "located" => self.locate(),
            "pdp-context-up" => self.account(&Session::of_alice("s1").attributes("Start")),
            "pdp-context-down" => self.account(&Session::of_alice("s1").attributes("Stop")),
            "wlan-attach" => self.wlan("Start"),
            "wlan-off" => self.wlan("Stop"),
            "ims-registered" => self.register(900, 1),
            "ims-deregistered" => self.register(0, 0),
            other => self.move_about(other),
        }
    }

    fn move_about(&mut self, step: &str) {
        match step {
            "cs-attach" => {
                self.tell_hss("cs", CS_AT_HOME);
                self.note(0x02, FIRST);
            }
            "gprs-attach" => {
                self.tell_hss("ps", &ps(2));
                self.note(0x83, FIRST);
            }
            "second-cell" => self.note(0x00, SECOND),
            "third-cell" => {
                self.note(0x00, THIRD);
                self.note(0x80, THIRD);
            }
            "abroad" => {
                self.tell_hss("cs", CS_ABROAD);
                self.note(0x01, ABROAD);
                self.note(0x81, ABROAD);
                self.note(0x82, THIRD);
            }
            "ps-not-reachable" => {
                self.tell_hss("ps", &ps(1));
                self.note(0x86, ABROAD);
            }
            "cs-not-reachable" => {
                self.tell_hss("cs", CS_AWAY);
                self.note(0x04, ABROAD);
            }
            "attached-again" => {
                self.tell_hss("cs", CS_ABROAD);
                self.tell_hss("ps", &ps(2));
                self.note(0x02, ABROAD);
                self.note(0x83, ABROAD);
            }
            "gprs-detach" => {
                self.tell_hss("ps", &ps(0));
                self.note(0x84, ABROAD);
            }
            "everything-off" => {
                self.tell_hss("cs", CS_AWAY);
                self.note(0x03, ABROAD);
            }
            other => panic!("nobody knows the step {other}"),
        }
    }

    /// A mobility event, acknowledged.
    fn note(&mut self, code: u8, cell: Cell) {
        let mut about = about(cell);
        about["code"] = code.into();
        self.elements.step("note", about);
    }

    fn element(&mut self, step: &str, cell: Cell) {
        self.elements.step(step, about(cell));
    }

    fn simply(&mut self, step: &str) {
        self.elements.step(step, json!({}));
    }

    /// What the HSS answers when it is asked.
    fn tell_hss(&mut self, part: &str, data: &str) {
        let command = json!({ "do": "tell", "user": ALICE, "part": part, "data": data });
        self.hss.tell(&command);
    }

    fn account(&self, attributes: &str) {
        let command = peer("radclient").unwrap();
        let server = self.gateway.radius[0];
        assert!(radclient(command, server, SECRET, attributes));
    }

    fn wlan(&self, status: &str) {
        let attributes = format!(
            "Acct-Status-Type = {status}\n\
             Acct-Session-Id = \"w1\"\n\
             NAS-Identifier = \"aaa.ims.example\"\n\
             User-Name = \"0001010000000001@wlan.mnc001.mcc001.3gppnetwork.org\"\n"
        );
        let command = peer("radclient").unwrap();
        let server = AAA.parse().unwrap();
        assert!(radclient(command, server, SECRET, &attributes));
    }

    /// The S-CSCF tells us, and the HSS as well.
    fn register(&mut self, expires: u32, state: u8) {
        let mut command = peer("sipp").unwrap();
        command.args(["-m", "1", "-key", "expires", &expires.to_string()]);
        command.args(["-key", "network", "ims.example"]);
        let access = "3GPP-GERAN;cgi-3gpp=0010112345678";
        command.args(["-key", "access", access]);
        let command = sipp(command, self.gateway.sip[0], "scscf.xml", "u1");
        Foreign::start(&self.gateway, &format!("scscf-{expires}"), command).succeeds();
        self.tell_hss("ims", &ims(state));
        let push = json!({ "do": "push", "user": ALICE, "data": ims(state) });
        self.hss.tell(&push);
        self.hss.hear("the PNA", |line| {
            line["what"] == "answer" && line["command"] == command::PUSH_NOTIFICATION
        });
    }

    /// Whoever begins to watch makes the HSS be asked.
    fn watch_again(&mut self) {
        let mut subscription = self.subscription.take().unwrap();
        let answer = self.watcher.refresh(&mut subscription, 0);
        assert_eq!(answer.status(), Some(200));
        while !self.watcher.notified().state.starts_with("terminated") {}
        self.watch();
    }

    /// The location server finds alice, and does so no more once that is shown.
    fn locate(&mut self) {
        self.gmlc.answers(|_| (200, slia()));
        let is_shown = |document: &str| document.contains("<gs:Circle ");
        let notified = self.watcher.notified_until(is_shown);
        self.gmlc.answers(|_| (200, refusal(5)));
        self.seen
            .extend(notified.into_iter().map(|one| one.document));
        self.held = self.seen.last().unwrap().clone();
    }
}

fn about((area, cell, network): Cell) -> Value {
    json!({
        "imsi": "001010000000001", "msisdn": "99900000001",
        "area": area, "cell": cell, "network": network,
    })
}

fn ims(state: u8) -> String {
    format!("<Sh-Data><Sh-IMS-Data><IMSUserState>{state}</IMSUserState></Sh-IMS-Data></Sh-Data>")
}

fn ps(state: u8) -> String {
    format!("<Sh-Data><PSUserState>{state}</PSUserState></Sh-Data>")
}

/// An answer: alice is there now.
fn slia() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let now = Stamp::from_secs(i64::try_from(now.as_secs()).unwrap()).to_string();
    let time: String = now.chars().filter(char::is_ascii_digit).collect();
    result(&format!(
        "<slia ver=\"3.4.0\"><pos><msid type=\"MSISDN\">99900000001</msid><pd>\
         <time utc_off=\"+0000\">{time}</time><shape>\
         <CircularArea srsName=\"www.epsg.org#4326\"><coord><X>48 12 36.000N</X>\
         <Y>16 22 12.000E</Y></coord><radius>570</radius></CircularArea></shape></pd></pos></slia>"
    ))
}
