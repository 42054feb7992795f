//! Every case of `captures/<room>/<case>/` through the gateway with the default configuration, or the case's own
//! `pengate.toml`:
//! what comes out is what its golden files say, and an absent file says that nothing came.
//!
//! `PENGATE_BLESS=1` writes the golden files; `PENGATE_BLESS=captures` makes the captures anew from
//! the scenes in `tests/replay/` as well.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

#[path = "replay/access.rs"]
mod access;
#[path = "replay/camel.rs"]
mod camel;
#[path = "replay/diameter.rs"]
mod diameter;
#[path = "replay/isc.rs"]
mod isc;
#[path = "support/mobility.rs"]
mod mobility;
#[path = "replay/pk.rs"]
mod pk;
#[path = "replay/scene.rs"]
mod scene;
#[path = "replay/sip.rs"]
mod sip;
#[path = "replay/ss7.rs"]
mod ss7;
mod support;

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
};

use pengate::{
    gateway::Taps,
    replay::{Kind, Replay, lines},
};

use crate::scene::{Scene, configuration, gateway};

/// A case that is made by a scene: its folder, clause, what happens, and how.
pub type Made = (&'static str, &'static str, &'static str, fn(&mut Scene));

fn captures() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("captures")
}

fn blesses(what: &[&str]) -> bool {
    env::var("PENGATE_BLESS").is_ok_and(|value| what.contains(&value.as_str()))
}

fn scenes() -> Vec<Made> {
    [
        access::CASES,
        camel::CASES,
        diameter::CASES,
        isc::CASES,
        pk::CASES,
        sip::CASES,
        ss7::CASES,
    ]
    .concat()
}

/// `<room>/<case>` of every case there is.
fn cases() -> Vec<String> {
    let folders = |folder: &Path| -> Vec<String> {
        let entries = fs::read_dir(folder).into_iter().flatten();
        let folders = entries
            .map(|entry| entry.unwrap())
            .filter(|entry| entry.path().is_dir());
        folders
            .map(|entry| entry.file_name().into_string().unwrap())
            .collect()
    };
    let rooms = folders(&captures()).into_iter();
    let mut found: Vec<_> = rooms
        .flat_map(|room| {
            let cases = folders(&captures().join(&room)).into_iter();
            cases.map(move |case| format!("{room}/{case}"))
        })
        .collect();
    found.sort();
    found
}

fn make_captures() {
    for (name, clause, what, act) in scenes() {
        let folder = captures().join(name);
        fs::create_dir_all(&folder).unwrap();
        let mut scene = Scene::new();
        act(&mut scene);
        if !scene.config.is_empty() {
            fs::write(folder.join("pengate.toml"), scene.config).unwrap();
        }
        fs::write(folder.join("capture.pcapng"), scene.end()).unwrap();
        let about = format!(
            "origin = \"made by tests/replay/ of this project\"\n\
             licence = \"Apache-2.0\"\nclause = \"{clause}\"\nwhat = \"{what}\"\n"
        );
        fs::write(folder.join("about.toml"), about).unwrap();
    }
}

/// What the replay of a capture gives, by golden file.
fn replayed(folder: &Path) -> BTreeMap<Kind, String> {
    let taps = Taps {
        events: true,
        documents: true,
    };
    let capture = ["capture.pcapng", "capture.pcap"]
        .iter()
        .find_map(|name| fs::read(folder.join(name)).ok())
        .expect("a capture");
    let config = fs::read_to_string(folder.join("pengate.toml")).unwrap_or_default();
    let config = configuration(&config);
    let mut replay = Replay::new(|seed| gateway(&config, taps, seed)).listening(&config);
    let mut found = BTreeMap::<Kind, String>::new();
    replay
        .run(capture.as_slice(), &config.capture, &mut |at, effects| {
            for kind in Kind::ALL {
                lines(kind, at, effects, &mut |line| {
                    let text = found.entry(kind).or_default();
                    text.push_str(&line);
                    text.push('\n');
                });
            }
        })
        .unwrap();
    assert!(replay.summary().ours > 0, "{}", folder.display());
    found
}

/// The first line that differs.
fn difference(golden: &str, found: &str) -> String {
    let (mut golden, mut found) = (golden.lines(), found.lines());
    for line in 1.. {
        let (expected, got) = (golden.next(), found.next());
        if expected != got || expected.is_none() {
            return format!("line {line}:\n  golden {expected:?}\n  replay {got:?}");
        }
    }
    String::new()
}

#[test]
fn every_case_ends_as_its_golden_files_say() {
    if blesses(&["captures"]) {
        make_captures();
    }
    let cases = cases();
    assert!(!cases.is_empty());
    let mut complaints = Vec::new();
    for case in cases {
        let folder = captures().join(&case);
        let found = replayed(&folder);
        for kind in Kind::ALL {
            let path = folder.join(kind.name()).with_extension("jsonl");
            let found = found.get(&kind).map_or("", String::as_str);
            if blesses(&["1", "captures"]) {
                // An absent file says that nothing happened.
                let _ = fs::remove_file(&path);
                if !found.is_empty() {
                    fs::write(&path, found).unwrap();
                }
            }
            let golden = fs::read_to_string(&path).unwrap_or_default();
            if golden != found {
                let difference = difference(&golden, found);
                complaints.push(format!("{case}/{}.jsonl {difference}", kind.name()));
            }
        }
    }
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

#[test]
fn every_scene_has_its_case() {
    if blesses(&["captures"]) {
        return;
    }
    let cases = cases();
    for (name, ..) in scenes() {
        assert!(cases.iter().any(|case| case == name), "{name}");
    }
}

/// Faults of messages that are whole and well-formed, though they have an offset: they ask for what
/// is not known, or lack what they must have.
const WHOLE: [&str; 2] = ["\"kind\":\"command\"", "\"kind\":\"missing-avp\""];

#[test]
fn tshark_finds_nothing_malformed_but_what_we_find() {
    for case in cases() {
        let Some(mut tshark) = support::peer("tshark") else {
            return;
        };
        let folder = captures().join(&case);
        let capture = ["capture.pcapng", "capture.pcap"].map(|name| folder.join(name));
        let capture = capture.iter().find(|path| path.exists()).unwrap();
        let output = tshark
            .args(["-Y", "_ws.malformed", "-r"])
            .arg(capture)
            .output()
            .unwrap();
        assert!(output.status.success(), "{case}");
        let malformed = String::from_utf8_lossy(&output.stdout).lines().count();
        let faults = fs::read_to_string(folder.join("faults.jsonl")).unwrap_or_default();
        let is_whole = |fault: &str| WHOLE.iter().any(|kind| fault.contains(kind));
        let ours = faults
            .lines()
            .filter(|fault| fault.contains("\"offset\":") && !is_whole(fault));
        assert_eq!(malformed, ours.count(), "{case}");
    }
}

#[test]
fn a_difference_is_found_in_both_directions() {
    for (golden, found) in [("a\n", ""), ("", "a\n"), ("a\n", "b\n")] {
        assert!(difference(golden, found).starts_with("line 1:"));
    }
}
