//! `--record` and `replay`: the same traffic gives the same documents.

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader, Read},
    path::{Path, PathBuf},
    process::{Child, ChildStderr, Command, Stdio},
    sync::atomic::AtomicBool,
    thread,
};

use serde_json::Value;

use crate::{
    gateway::{Gateway, PATIENCE, Setup, eventually, program},
    http::presentity,
    load::{Element, Publisher, subscribers, uri},
    pidf::document,
    radius::{Client, START, STOP, Session, now},
    seed::Seeded,
    sip::Party,
    support::peer,
};

/// The documents that watchers saw, by presentity and in order.
pub type Seen = BTreeMap<String, Vec<String>>;

const ALICE: &str = "sip:alice@ims.example";
const BOB: &str = "sip:bob@ims.example";

/// Has everybody say something, one after the other, and watches.
fn converse(gateway: &Gateway) -> Seen {
    let mut seen = Seen::new();
    let client = Client::new(gateway.radius[0]);
    let mut identifier = 0;
    let mut tell = |session: &Session, status, at| {
        identifier += 1;
        let packet = session.request(status, identifier, at);
        client.send(&packet);
        assert!(client.is_answered(&packet, PATIENCE));
    };
    let mut watchers = [
        (ALICE, Party::udp(gateway.sip[0], "bob")),
        (ALICE, Party::tcp(gateway.sip[0], "carol")),
        (BOB, Party::udp(gateway.sip[0], "alice")),
    ];
    let mut subscriptions = Vec::new();
    for (uri, watcher) in &mut watchers {
        subscriptions.push(watcher.subscribe(uri, 600));
        watcher.notified();
    }
    let mut watch = |uri: &str| {
        for (watched, watcher) in watchers.iter_mut().filter(|(watched, _)| *watched == uri) {
            let document = watcher.notified().document;
            seen.entry((*watched).to_owned())
                .or_default()
                .push(document);
        }
    };
    let mut alice = Party::tcp(gateway.sip[0], "alice");
    let at = now();
    tell(&Session::of_alice("s1"), START, at);
    watch(ALICE);
    let mut publication = alice.publish(&document(ALICE, "open", "first"));
    watch(ALICE);
    alice.modify(&mut publication, &document(ALICE, "closed", "second"));
    watch(ALICE);
    tell(&Session::of_bob("s2"), START, at);
    watch(BOB);
    tell(&Session::of_alice("s1"), STOP, at + 1);
    watch(ALICE);
    alice.modify(&mut publication, &document(ALICE, "open", "third"));
    watch(ALICE);
    assert_eq!(
        watchers[0].1.refresh(&mut subscriptions[0], 0).status(),
        Some(200)
    );
    seen
}

/// What `pengate replay --documents` prints for a capture, by presentity.
pub fn replay(capture: &Path, settings: &[String]) -> Seen {
    let mut command = program();
    command.args(["replay", "--documents"]).arg(capture);
    for setting in settings {
        command.args(["--set", setting]);
    }
    let output = command
        .current_dir(capture.parent().unwrap())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let mut documents = Seen::new();
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let text = |key: &str| line[key].as_str().unwrap().to_owned();
        documents
            .entry(text("presentity"))
            .or_default()
            .push(text("document"));
    }
    documents
}

/// Every document that was seen is among those of the replay, and the last ones are the same.
pub fn assert_same(seen: &Seen, replayed: &Seen, view: impl Fn(&String) -> String) {
    for (uri, documents) in seen {
        let shown = replayed.get(uri);
        let shown = shown.unwrap_or_else(|| panic!("{uri} is not in {:?}", replayed.keys()));
        let replayed: Vec<_> = shown.iter().map(&view).collect();
        for document in documents {
            let document = view(document);
            assert!(
                replayed.contains(&document),
                "{document}\nnot in\n{}",
                replayed.join("\n")
            );
        }
        assert_eq!(documents.last().map(&view).as_ref(), replayed.last());
    }
}

/// Ends a gateway that recorded, and holds its recording to what watchers saw: the replay, with the
/// gateway's settings, gives the same documents, and tshark finds nothing malformed. `ports` says of
/// ports which protocol tshark is to see there, as `udp.port==1813,radius`.
pub fn assert_exact(gateway: &mut Gateway, seen: &Seen, settings: &[&str], ports: &[String]) {
    assert_eq!(gateway.terminate().code(), Some(0));
    let recording = gateway.recording();
    let settings: Vec<_> = settings.iter().map(|text| (*text).to_owned()).collect();
    assert_same(seen, &replay(&recording, &settings), String::clone);
    let Some(mut tshark) = peer("tshark") else {
        return;
    };
    for port in ports {
        tshark.args(["-d", port]);
    }
    let output = tshark
        .args([
            "-Y",
            "_ws.malformed || _ws.expert.severity == 8388608",
            "-r",
        ])
        .arg(&recording)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
}

#[test]
fn a_recording_gives_the_very_documents_that_watchers_saw() {
    let mut gateway = Setup::default().recorded().start();
    let seen = converse(&gateway);
    assert_eq!(gateway.terminate().code(), Some(0));
    let replayed = replay(&gateway.recording(), &[]);
    assert_same(&seen, &replayed, String::clone);
    assert_eq!(
        replayed,
        replay(&gateway.recording(), &[]),
        "the same every time"
    );
}

#[test]
fn a_recording_of_many_at_a_time_gives_the_documents_that_the_gateway_had() {
    const USERS: usize = 6;
    let csv = subscribers(USERS);
    let mut gateway = Setup::default().subscribers(&csv).recorded().start();
    let (radius, sip) = (gateway.radius[0], gateway.sip[0]);
    let mut watchers: Vec<_> = (0..USERS)
        .map(|number| {
            let mut watcher = Party::udp(sip, &format!("watcher{number}"));
            watcher.subscribe(&uri(number), 600);
            watcher
        })
        .collect();
    let mut seeded = Seeded::announced("recording");
    let never = AtomicBool::new(false);
    thread::scope(|scope| {
        for number in 0..USERS {
            let never = &never;
            scope.spawn(move || {
                let mut publisher = Publisher::new(number, sip);
                (0..20).for_each(|_| publisher.act(never));
            });
        }
        scope.spawn(|| {
            let mut elements: Vec<_> = (0..USERS).map(|at| Element::new(at, radius)).collect();
            for _ in 0..20 {
                elements
                    .iter_mut()
                    .for_each(|element| element.act(&mut seeded));
                elements.iter_mut().for_each(Element::insist);
            }
        });
    });
    let mut seen = Seen::new();
    for (number, watcher) in watchers.iter_mut().enumerate() {
        let known = presentity(&gateway, &uri(number)).unwrap();
        let last = known["document"].as_str().unwrap();
        let notified = watcher.notified_until(|document| document == last);
        let documents = notified.into_iter().map(|one| one.document);
        // What a watcher is told at first is no change, so that a replay does not show it.
        seen.insert(uri(number), documents.skip(1).collect());
    }
    assert_eq!(gateway.terminate().code(), Some(0));
    let settings = ["subscribers.file=subscribers.csv".to_owned()];
    let replayed = replay(&gateway.recording(), &settings);
    assert_same(&seen, &replayed, String::clone);
}

#[test]
fn a_foreign_capture_gives_the_same_documents_but_for_times() {
    let Some(tcpdump) = peer("tcpdump") else {
        return;
    };
    let gateway = Gateway::start();
    let Some(capture) = Capture::start(tcpdump, &gateway) else {
        return;
    };
    let seen = converse(&gateway);
    let file = capture.stop(&gateway);
    let settings = [
        format!("capture.radius_ports=[{}]", gateway.radius[0].port()),
        format!("capture.sip_ports=[{}]", gateway.sip[0].port()),
    ];
    assert_same(&seen, &replay(&file, &settings), |text| timeless(text));
}

/// The document with every time taken out.
fn timeless(document: &str) -> String {
    let mut left = String::new();
    for (number, part) in document.split("timestamp>").enumerate() {
        // Between an opening and a closing tag there is a time.
        match number % 2 {
            0 => left.push_str(part),
            _ => left.push_str("timestamp></timestamp>"),
        }
    }
    left
}

#[test]
fn tshark_finds_nothing_wrong_in_a_recording() {
    let Some(mut tshark) = peer("tshark") else {
        return;
    };
    let mut gateway = Setup::default().recorded().start();
    converse(&gateway);
    assert_eq!(gateway.terminate().code(), Some(0));
    let (radius, sip) = (gateway.radius[0].port(), gateway.sip[0].port());
    let output = tshark
        .args(["-d", &format!("udp.port=={radius},radius")])
        .args(["-d", &format!("udp.port=={sip},sip")])
        .args(["-d", &format!("tcp.port=={sip},sip")])
        .args([
            "-T",
            "fields",
            "-e",
            "_ws.col.Protocol",
            "-e",
            "_ws.expert.severity",
        ])
        .args([
            "-e",
            "_ws.malformed",
            "-e",
            "radius.code",
            "-e",
            "sip.Method",
            "-e",
            "sip.Status-Code",
        ])
        .args(["-E", "separator=|", "-r"])
        .arg(gateway.recording())
        .output()
        .unwrap();
    let rows = String::from_utf8(output.stdout).unwrap();
    let mut kinds = BTreeMap::new();
    for row in rows.lines() {
        let fields: Vec<_> = row.split('|').collect();
        // Severity of an error is 8388608.
        let is_wrong = fields[1].contains("8388608") || !fields[2].is_empty();
        assert!(!is_wrong, "{row}");
        *kinds.entry(fields[3..].concat()).or_insert(0) += 1;
    }
    for kind in ["4", "5", "SUBSCRIBE", "PUBLISH", "NOTIFY", "200"] {
        assert!(kinds.contains_key(kind), "no {kind} in {kinds:?}");
    }
}

/// tcpdump at work.
struct Capture {
    child: Child,
    said: BufReader<ChildStderr>,
    file: PathBuf,
}

impl Capture {
    /// Captures what goes to and from a gateway; only root may. Skips the test otherwise.
    fn start(mut tcpdump: Command, gateway: &Gateway) -> Option<Self> {
        // In KiB. On the loopback interface every frame takes two slots of 64 KiB, so that the
        // 2 MiB that tcpdump has by itself are full after 16 frames that it did not get to read
        // on a busy machine. This holds the whole conversation.
        const RING: &str = "65536";
        let file = gateway.folder().join("foreign.pcap");
        let (radius, sip) = (gateway.radius[0].port(), gateway.sip[0].port());
        let mut child = tcpdump
            .args(["-i", "lo", "-U", "--immediate-mode", "-Z", "root"])
            .args(["-B", RING, "-w"])
            .arg(&file)
            .arg(format!("port {radius} or port {sip}"))
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(child.stderr.take().unwrap());
        let mut before = String::new();
        while said.read_line(&mut before).unwrap() > 0 {
            if before.contains("listening on") {
                return Some(Self { child, said, file });
            }
        }
        let _ = child.wait();
        assert!(
            !crate::support::is_required(),
            "tcpdump cannot capture: {before}"
        );
        eprintln!("skipped: tcpdump cannot capture: {before}");
        None
    }

    /// Waits until everything sent so far is in the file, and that nothing is left out.
    fn stop(mut self, gateway: &Gateway) -> PathBuf {
        const MARK: &[u8] = b"the end of this capture";
        Client::new(gateway.sip[0]).send(MARK);
        eventually("the capture is complete", || {
            let octets = fs::read(&self.file).unwrap();
            octets
                .windows(MARK.len())
                .any(|part| part == MARK)
                .then_some(())
        });
        let kill = format!("kill -INT {}", self.child.id());
        let sent = Command::new("sh").args(["-c", &kill]).status();
        assert!(sent.unwrap().success());
        let mut counts = String::new();
        self.said.read_to_string(&mut counts).unwrap();
        assert!(counts.contains("\n0 packets dropped by kernel"), "{counts}");
        self.file.clone()
    }
}

impl Drop for Capture {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
