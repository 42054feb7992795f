//! Identities of subscribers do not get into logs, not even at the level of debugging.

use std::{fs, path::Path, process::Command};

use crate::{
    gateway::{Gateway, PATIENCE, Setup, eventually, program},
    http::{faults, get, presentity},
    pidf::document,
    radius::{Client, START, STOP, Session, now},
    sip::Party,
};

/// What must not be in a log line: whatever names a subscriber of this test.
const IDENTITIES: [&str; 8] = [
    "001010000000001",
    "001010000000002",
    "99900000001",
    "99900000002",
    "alice",
    "bob",
    "10.0.0.7",
    "10.0.0.8",
];

/// Has everything happen that is worth a log line, right and wrong.
fn busy(gateway: &Gateway) {
    let client = Client::new(gateway.radius[0]);
    let at = now();
    let unknown = Session {
        imsi: "001019999999999".to_owned(),
        ..Session::of_bob("session-of-somebody")
    };
    for (identifier, packet) in [
        (1, Session::of_alice("s1").request(START, 1, at)),
        (2, Session::of_bob("s2").request(START, 2, at)),
        (3, Session::of_alice("s1").request(STOP, 3, at + 1)),
        (4, unknown.request(START, 4, at + 900)),
    ] {
        client.send(&packet);
        assert!(client.is_answered(&packet, PATIENCE), "{identifier}");
    }
    let spoiled = Session::of_alice("s1").request(START, 5, at);
    client.send(&spoiled[..spoiled.len() - 1]);
    let mut forged = spoiled;
    forged[4] ^= 1;
    client.send(&forged);
    let mut alice = Party::udp(gateway.sip[0], "alice");
    let mut publication = alice.publish(&document(&alice.uri(), "open", "alice is in"));
    alice.modify(
        &mut publication,
        &document(&alice.uri(), "open", "alice is out"),
    );
    let (refused, _) =
        alice.try_publish("unknown", &document("sip:bob@ims.example", "open", ""), 5);
    assert_eq!(refused.status(), Some(412));
    let mut bob = Party::tcp(gateway.sip[0], "bob");
    bob.subscribe("sip:alice@ims.example", 600);
    bob.send(b"SUBSCRIBE sip:alice@ims.example SIP/2.0\r\nFrom: bob\r\nContent-Length: 0\r\n\r\n");
    let mut silent = Party::udp(gateway.sip[0], "bob");
    silent.answers_notifies = false;
    silent.subscribe("sip:alice@ims.example", 600);
    assert!(presentity(gateway, "sip:alice@ims.example").is_some());
    assert_eq!(
        get(gateway, "/api/presentities/sip:bob@elsewhere.example").0,
        404
    );
    eventually("what is wrong is counted", || {
        (faults(gateway, "pk", "authenticator") >= 1.0).then_some(())
    });
}

fn assert_redacted(log: &str) {
    for line in log.lines() {
        for identity in IDENTITIES {
            assert!(!line.contains(identity), "{identity} in: {line}");
        }
    }
}

#[test]
fn live_traffic_leaves_no_identity_in_the_log() {
    let mut gateway = Setup::default().set("log.level=trace").start();
    busy(&gateway);
    assert_eq!(gateway.terminate().code(), Some(0));
    let gateway = gateway.restart();
    busy(&gateway);
    let log = gateway.log_text();
    assert!(log.contains("pk") && log.contains("authenticator"), "{log}");
    assert_redacted(&log);
}

#[test]
fn commands_over_captures_leave_no_identity_on_standard_error() {
    let mut gateway = Setup::default().recorded().start();
    busy(&gateway);
    assert_eq!(gateway.terminate().code(), Some(0));
    let said = |mut command: Command| {
        command.env("PENGATE_LOG", "trace").arg(gateway.recording());
        let output = command.current_dir(gateway.folder()).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        assert!(!output.stdout.is_empty());
        String::from_utf8(output.stderr).unwrap()
    };
    for arguments in [
        &["decode"][..],
        &["replay", "--documents"],
        &["replay", "--sent"],
    ] {
        let mut command = program();
        command.args(arguments);
        assert_redacted(&said(command));
    }
}

#[test]
fn commands_over_every_capture_of_the_repository_leave_no_identity_on_standard_error() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut captures = Vec::new();
    for room in fs::read_dir(root.join("captures")).unwrap() {
        let Ok(cases) = fs::read_dir(room.unwrap().path()) else {
            continue;
        };
        for case in cases {
            let Ok(files) = fs::read_dir(case.unwrap().path()) else {
                continue;
            };
            let files = files.map(|file| file.unwrap().path());
            captures.extend(files.filter(|file| {
                let name = file.file_name().unwrap_or_default().to_string_lossy();
                name.starts_with("capture.")
            }));
        }
    }
    assert!(captures.len() >= 20, "{captures:?}");
    let configuration = root.join("config/pengate.toml");
    for arguments in [&["decode", "--full"][..], &["replay", "--sent"]] {
        let mut command = program();
        command.args(arguments).arg("--config").arg(&configuration);
        command.env("PENGATE_LOG", "trace").args(&captures);
        let output = command.current_dir(root).output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "{told}");
        assert!(!output.stdout.is_empty());
        assert_redacted(&told);
    }
}
