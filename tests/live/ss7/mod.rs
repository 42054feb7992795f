//! Pc and Pg as a core network meets them: osmo-stp between pengate and elements scripted on
//! pycrate, all in one guest with kernel SCTP (tests/vm/README.md).

pub mod network;

use std::{collections::BTreeMap, env, fs, path::Path, process::Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use self::network::{Elements, NODE, OURS, Running, STP, capture, signalling_gateway};
use crate::{
    gateway::{Gateway, Setup, eventually},
    http::{faults, get},
    pidf::{complaints, sessions as sessions_of},
    recording::{Seen, assert_same, replay},
    scripted::{guest, scripted},
    sip::Party,
    support::peer,
};

const ALICE: &str = "sip:alice@ims.example";
const NUMBER: &str = "99900000099";
const VISITED: &str = "99999";

/// Where the guest leaves what it recorded; set in the guest only.
pub const FOLDER: &str = "PENGATE_GUEST_FOLDER";

/// What the elements send of which tshark says so as well: `mistyped`, `malformed`, `no-sccp`, and
/// four of `direct-misspeak`.
const MALFORMED: usize = 7;

/// What pengate sends: to the signalling gateway, and as one that others connect to.
const SENT: &str = "(sctp.dstport == 2905 || sctp.srcport == 2906)";

/// Where the HLR is, and how often it is asked: when watching begins, and after losses.
const HLR: &str = "point_code=4114,destination=6171,hlr=\"99900000006\"";
const ASKING: &str = "poll_interval=\"0s\",subscriber_interval=\"1s\"";

/// What a gateway is set to besides where it listens for watchers; whether it asks the HLR.
fn settings(asks: bool) -> Vec<String> {
    let stp = format!("name=\"stp\",address=\"{STP}\",m3ua={{routing_contexts=[1]}}");
    let node = format!("name=\"sgsn\",address=\"{NODE}:0\",m3ua={{role=\"ipsp-server\"}}");
    vec![
        format!("ss7.listen={OURS}"),
        format!("ss7.links=[{{{stp}}},{{{node}}}]"),
        format!("ss7.sccp.global_title=\"{NUMBER}\""),
        "ss7.connect_retry_max=\"2s\"".to_owned(),
        format!("ss7.ati={{enabled={asks},{HLR},{ASKING}}}"),
        "normalise.home_networks=001-01".to_owned(),
        // However slow the disk is, a call that goes on is known: one is killed right after.
        "ss7.cap.deadline=\"8s\"".to_owned(),
    ]
}

/// One boot for all scenarios: what is slow here is the boot and the start of the peers.
#[test]
fn a_core_network_behind_osmo_stp_is_heard_answered_and_shown() {
    match env::var_os(FOLDER) {
        Some(folder) => in_the_guest(Path::new(&folder)),
        None => around_the_guest("ss7::a_core_network_behind_osmo_stp_is_heard_answered_and_shown"),
    }
}

/// Runs a test of this program in the guest; gives the folder that it left things in, or nothing
/// where a peer or the guest is missing.
pub fn in_a_guest(test: &str, peers: &[&str]) -> Option<TempDir> {
    let there: Vec<_> = peers.iter().map(|name| peer(name).is_some()).collect();
    let (mut guest, _) = (guest()?, scripted("ss7_elements.py")?);
    if there.contains(&false) {
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    let output = guest
        .args(["-m", "2G", "-t", "1200"])
        .arg(env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(FOLDER, folder.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].map(|out| String::from_utf8_lossy(&out).into_owned());
    assert!(output.status.success(), "{}\n{}", said[0], said[1]);
    assert!(said[0].contains("1 passed"), "{}", said[0]);
    Some(folder)
}

/// Runs this very test in the guest, then holds what was recorded there to what was seen there.
fn around_the_guest(test: &str) {
    let Some(folder) = in_a_guest(test, &["osmo-stp", "dumpcap", "tshark", "xmllint"]) else {
        return;
    };
    let folder = folder.path();
    let seen = fs::read(folder.join("seen.json")).unwrap();
    let seen: Seen = serde_json::from_slice(&seen).unwrap();
    let recording = folder.join("recording.pcapng");
    assert_same(&seen, &replay(&recording, &settings(true)), String::clone);
    assert_eq!(complaints(peer("xmllint").unwrap(), &seen[ALICE]), "");
    // Of the last moments the capture may lack something; the recording has everything.
    assert_parted(&recording);
    for trace in [recording, folder.join("capture.pcapng")] {
        assert_well_formed(&trace);
    }
}

/// pengate has its traffic go elsewhere before it is down, and the signalling gateway agrees to both.
fn assert_parted(trace: &Path) {
    let told = |class: u8, kind: u8, sent: &str| {
        let filter =
            format!("m3ua.message_class == {class} && m3ua.message_type == {kind} && {sent}");
        let lines = tshark(trace, &filter);
        assert_eq!(lines.lines().count(), 1, "{class}/{kind}: {lines}");
        let number = lines.split_whitespace().next().unwrap();
        number.parse::<u32>().unwrap()
    };
    let (ours, theirs) = ("sctp.dstport == 2905", "sctp.srcport == 2905");
    let farewell = [
        told(4, 2, ours),
        told(4, 4, theirs),
        told(3, 2, ours),
        told(3, 5, theirs),
    ];
    assert!(farewell.is_sorted(), "{farewell:?}");
}

/// tshark finds nothing malformed in what pengate sent, and much that it sent.
fn assert_well_formed(trace: &Path) {
    let said = tshark(trace, &format!("tcap && {SENT}"));
    assert!(said.lines().count() > 40, "{}: {said}", trace.display());
    let wrong = "(_ws.malformed || _ws.expert.severity == 8388608)";
    assert_eq!(tshark(trace, &format!("{wrong} && {SENT}")), "");
    let theirs = format!("{wrong} && !{SENT} && !sctp.retransmission");
    let theirs = tshark(trace, &theirs);
    assert_eq!(theirs.lines().count(), MALFORMED, "{theirs}");
}

fn tshark(trace: &Path, filter: &str) -> String {
    let mut tshark = peer("tshark").unwrap();
    let output = tshark.args(["-Y", filter, "-r"]).arg(trace).output();
    let output = output.unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// pengate with everything around it, and what its watcher saw.
struct Scene<'a> {
    folder: &'a Path,
    stp: Option<Running>,
    gateway: Gateway,
    elements: Elements,
    watcher: Party,
    seen: Vec<String>,
}

impl<'a> Scene<'a> {
    fn new(folder: &'a Path) -> Self {
        let stp = Some(signalling_gateway(folder));
        let elements = Elements::start(NUMBER);
        let setup = settings(true)
            .into_iter()
            .fold(Setup::default(), Setup::set);
        let gateway = setup.recorded().start();
        let watcher = Party::udp(gateway.sip[0], "bob");
        let scene = Self {
            folder,
            stp,
            gateway,
            elements,
            watcher,
            seen: Vec::new(),
        };
        await_link(&scene.gateway, "active");
        for (from, state) in [
            ("disconnected", "down"),
            ("down", "inactive"),
            ("inactive", "active"),
        ] {
            tells(&scene.gateway, from, state);
        }
        scene
    }

    /// A step about alice.
    fn step(&mut self, name: &str, about: &Value) -> Value {
        let mut all = json!({"imsi": "001010000000001", "msisdn": "99900000001"});
        for (key, value) in about.as_object().unwrap() {
            all[key] = value.clone();
        }
        self.elements.step(name, all)
    }

    /// A step that is about nobody.
    fn do_step(&mut self, name: &str) {
        self.elements.step(name, json!({}));
    }

    /// The HLR is asked about alice in a domain.
    fn is_asked(&mut self, step: &str, domain: &str) {
        let told = self.step(step, &json!({ "domain": domain }));
        if step == "interrogated" {
            let requested = told["requested"].as_array().unwrap();
            assert!(requested.contains(&"subscriberState".into()), "{told}");
            assert!(!requested.contains(&"locationInformation".into()), "{told}");
        }
    }

    /// The watcher is shown a document as wanted.
    fn shown(&mut self, is_wanted: impl Fn(&str) -> bool) {
        let notifications = self.watcher.notified_until(is_wanted);
        self.seen
            .extend(notifications.into_iter().map(|one| one.document));
    }

    /// An event in this domain, and the state of it that the watcher is shown then.
    fn note(&mut self, code: u8, domain: &str, state: &str) {
        self.step("note", &json!({ "code": code }));
        self.shown(|document| mobility(document, domain).as_deref() == Some(state));
    }

    /// The last word: an event is still taken and acknowledged.
    fn is_well(&mut self) {
        self.step("note", &json!({"code": 0}));
    }
}

fn network<'a>(
    document: &'a roxmltree::Document<'a>,
    network: &str,
) -> Option<roxmltree::Node<'a, 'a>> {
    document
        .descendants()
        .find(|node| node.tag_name().name() == "network" && node.attribute("id") == Some(network))
}

/// Whether the subscriber is shown in a visited network.
fn is_roaming(document: &str, domain: &str) -> bool {
    let parsed = roxmltree::Document::parse(document).unwrap();
    let shown = network(&parsed, domain).map(|network| network.children());
    shown.is_some_and(|mut inside| inside.any(|node| node.tag_name().name() == "visited"))
}

/// Whether a network is available to the subscriber, and what its mobility management says, as
/// `active attached` or `terminated detached ms-initiated`.
fn mobility(document: &str, domain: &str) -> Option<String> {
    let parsed = roxmltree::Document::parse(document).unwrap();
    let network = network(&parsed, domain)?;
    let available = network.first_element_child()?.tag_name().name();
    let mut inside = network.children();
    let mobility = inside.find(|node| node.tag_name().name() == "mobility")?;
    let mut words = vec![available, mobility.attribute("state")?];
    words.extend(mobility.attribute("reason"));
    Some(words.join(" "))
}

fn in_the_guest(folder: &Path) {
    let captured = capture(folder);
    let mut scene = Scene::new(folder);
    a_watcher_arrives(&mut scene);
    circuit_switched(&mut scene);
    packet_switched(&mut scene);
    a_call(&mut scene);
    a_packet_session(&mut scene);
    what_cannot_be_served(&mut scene);
    without_a_signalling_gateway(&mut scene);
    loss_of_the_elements(&mut scene);
    loss_of_the_signalling_gateway(&mut scene);
    assert_eq!(scene.gateway.terminate().code(), Some(0));
    captured.interrupt();
    let recording = scene.gateway.recording();
    fs::copy(recording, folder.join("recording.pcapng")).unwrap();
    killed_in_a_call(&mut scene.elements);
    let seen: BTreeMap<_, _> = [(ALICE, scene.seen)].into();
    fs::write(folder.join("seen.json"), json!(seen).to_string()).unwrap();
}

/// Watching makes pengate ask the HLR, of both domains, and nothing but the state: this watcher is
/// not shown the place. A failure says nothing of the subscriber, and pengate asks again.
fn a_watcher_arrives(scene: &mut Scene<'_>) {
    let mut subscription = scene.watcher.subscribe(ALICE, 3600);
    // Nothing is known yet.
    scene.watcher.notified();
    scene.is_asked("interrogated", "cs");
    scene.shown(|document| mobility(document, "CS").as_deref() == Some("active idle"));
    scene.is_asked("interrogated", "ps");
    scene.shown(|document| mobility(document, "PS").as_deref() == Some("active idle"));
    let answer = scene.watcher.refresh(&mut subscription, 0);
    assert_eq!(answer.status(), Some(200));
    scene.watcher.notified();
    scene.watcher.subscribe(ALICE, 3600);
    scene.watcher.notified();
    scene.is_asked("interrogated-and-fails", "cs");
    scene.is_asked("interrogated", "cs");
    scene.is_asked("interrogated", "ps");
}

/// Every code of a VLR. Who is known to be idle is attached, and an update within the network changes
/// nothing that this watcher is shown.
fn circuit_switched(scene: &mut Scene<'_>) {
    scene.step("note", &json!({"code": 0x02}));
    scene.step("note", &json!({"code": 0x00, "cell": 2}));
    scene.step("note", &json!({"code": 0x01, "network": VISITED}));
    scene.shown(|document| is_roaming(document, "CS"));
    scene.note(0x03, "CS", "terminated detached ms-initiated");
    scene.note(0x02, "CS", "active attached");
    scene.note(0x04, "CS", "terminated detached network-initiated");
}

/// Every code of an SGSN. Whom another SGSN serves now has not left the network: nothing is shown.
fn packet_switched(scene: &mut Scene<'_>) {
    scene.step("note", &json!({"code": 0x83}));
    scene.step("note", &json!({"code": 0x80, "cell": 2}));
    scene.step("note", &json!({"code": 0x81, "network": VISITED}));
    scene.shown(|document| is_roaming(document, "PS"));
    scene.note(0x86, "PS", "terminated not-reachable");
    scene.step("note", &json!({"code": 0x82}));
    scene.note(0x84, "PS", "terminated detached ms-initiated");
    scene.note(0x83, "PS", "active attached");
    scene.note(0x85, "PS", "terminated detached network-initiated");
}

/// A call is let go on at once, and shown until its end.
fn a_call(scene: &mut Scene<'_>) {
    scene.note(0x02, "CS", "active attached");
    scene.step("call-begins", &json!({}));
    scene.shown(|document| document.contains("<pn:call "));
    scene.do_step("call-is-answered");
    scene.do_step("call-ends");
    scene.shown(|document| !document.contains("<pn:call "));
}

/// A GPRS dialogue over several dialogues of TCAP: attached, a packet session, detached.
fn a_packet_session(scene: &mut Scene<'_>) {
    let shows = |document: &str, state: &str, sessions: u32| {
        mobility(document, "PS").is_some_and(|shown| shown == state)
            && sessions_of(document) == sessions
    };
    scene.step("gprs-begins", &json!({"event": "attach"}));
    scene.shown(|document| shows(document, "active attached", 0));
    let session = json!({"context": 1, "apn": "internet.example"});
    scene.elements.step("gprs-session-begins", session);
    scene.shown(|document| shows(document, "active attached", 1));
    let place = json!({"area": 2, "cell": 7});
    scene.elements.step("gprs-moves", place);
    scene
        .elements
        .step("gprs-session-ends", json!({"context": 1}));
    scene.shown(|document| shows(document, "active attached", 0));
    scene.do_step("gprs-detaches");
    let detached = "terminated detached ms-initiated";
    scene.shown(|document| shows(document, detached, 0));
    scene.do_step("gprs-of-an-unknown-reference");
}

/// What is wrong is answered as its protocol says, counted, and stops nothing.
fn what_cannot_be_served(scene: &mut Scene<'_>) {
    scene.step("note-in-segments", &json!({"code": 4, "size": 60}));
    let detached = "terminated detached network-initiated";
    scene.shown(|document| mobility(document, "CS").as_deref() == Some(detached));
    scene.step("unknown-code", &json!({"code": 0x33}));
    scene.step("unknown-context", &json!({}));
    for (step, kind) in [
        ("unknown-operation", "operation"),
        ("without-argument", "data-missing"),
        ("mistyped", "mistyped"),
        ("unknown-dialogue", "unknown-transaction"),
        ("malformed", "malformed"),
        ("unequipped", "unequipped-user"),
        ("no-sccp", "unknown-message"),
        ("oversized", "no-context"),
    ] {
        let before = faults(&scene.gateway, "pc", kind);
        scene.do_step(step);
        eventually("it is counted", || {
            (faults(&scene.gateway, "pc", kind) > before).then_some(())
        });
        scene.is_well();
    }
    scene.do_step("segments-that-lack-the-last");
    scene.is_well();
    assert!(faults(&scene.gateway, "pc", "mm-code") >= 1.0);
    assert!(faults(&scene.gateway, "pc", "application-context") >= 1.0);
    await_link(&scene.gateway, "active");
}

/// An IP node of its own: what is wrong in M3UA itself is refused by its code.
fn without_a_signalling_gateway(scene: &mut Scene<'_>) {
    scene.do_step("direct-join");
    scene.step("direct-note", &json!({"code": 0x83}));
    scene.shown(|document| mobility(document, "PS").as_deref() == Some("active attached"));
    scene.do_step("direct-misspeak");
    scene.step("direct-note", &json!({"code": 0x84}));
    let detached = "terminated detached ms-initiated";
    scene.shown(|document| mobility(document, "PS").as_deref() == Some(detached));
    scene.do_step("direct-leave");
}

/// The elements are gone in the middle of a dialogue and come back: it goes on.
fn loss_of_the_elements(scene: &mut Scene<'_>) {
    scene.do_step("note-opens");
    scene.do_step("lose");
    scene.do_step("join");
    scene.step("note-follows", &json!({"code": 3}));
    let detached = "terminated detached ms-initiated";
    scene.shown(|document| mobility(document, "CS").as_deref() == Some(detached));
    await_link(&scene.gateway, "active");
}

/// The signalling gateway crashes in the middle of a call; everybody finds it again, the call goes
/// on, and the HLR is asked about what was missed meanwhile.
fn loss_of_the_signalling_gateway(scene: &mut Scene<'_>) {
    scene.step("call-begins", &json!({}));
    scene.shown(|document| document.contains("<pn:call "));
    drop(scene.stp.take());
    await_link(&scene.gateway, "disconnected");
    tells(&scene.gateway, "active", "disconnected");
    scene.stp = Some(signalling_gateway(scene.folder));
    scene.do_step("lose");
    scene.do_step("join");
    await_link(&scene.gateway, "active");
    scene.do_step("call-is-answered");
    scene.do_step("call-ends");
    scene.shown(|document| !document.contains("<pn:call "));
    scene.is_asked("interrogated", "cs");
    scene.is_asked("interrogated", "ps");
    scene.note(0x03, "CS", "terminated detached ms-initiated");
    assert!(faults(&scene.gateway, "pc", "unknown-peer") < 1.0);
}

/// pengate itself dies in the middle of a call: the call is known when it is back, and its end.
fn killed_in_a_call(elements: &mut Elements) {
    let setup = settings(false)
        .into_iter()
        .fold(Setup::default(), Setup::set);
    let mut gateway = setup.start();
    await_link(&gateway, "active");
    let about = json!({"imsi": "001010000000001", "msisdn": "99900000001"});
    elements.step("call-begins", about);
    gateway.kill();
    let gateway = gateway.restart();
    await_link(&gateway, "active");
    let mut watcher = Party::udp(gateway.sip[0], "carol");
    watcher.subscribe(ALICE, 3600);
    watcher.notified_until(|document| document.contains("<pn:call "));
    elements.step("call-ends", json!({}));
    watcher.notified_until(|document| !document.contains("<pn:call "));
}

/// Waits until `/api/feeds` tells this state of the association with the signalling gateway.
fn await_link(gateway: &Gateway, state: &str) {
    eventually("the association's state is shown", || {
        let (_, body) = get(gateway, "/api/feeds");
        let body: Value = serde_json::from_str(&body).unwrap();
        let feeds = body["feeds"].as_array().unwrap().iter();
        let mut links = feeds.filter_map(|feed| feed["links"].get("stp"));
        (links.next()?["state"] == state).then_some(())
    });
}

/// Waits until the log tells this change of the association with the signalling gateway.
fn tells(gateway: &Gateway, from: &str, state: &str) {
    gateway.says(&json!({
        "message": "Link changed.", "room": "pc", "link": "stp", "peer": STP,
        "from": from, "state": state,
    }));
}
