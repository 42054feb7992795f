//! The rules of the house that a machine can check: who may import whom, where sockets, files,
//! threads and the clock are, how long a file may be, and what must not be written.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

#[path = "house/source.rs"]
mod source;

use std::{
    fs,
    path::{Path, PathBuf},
};

/// What each room may import of the crate, besides itself.
const ROOMS: &[(&str, &[&str])] = &[
    ("options", &[]),
    ("event", &[]),
    ("feed", &[]),
    ("session", &["feed"]),
    ("pen", &["event", "feed", "session"]),
    ("agent", &["event", "feed", "session", "pen"]),
    ("server", &["event", "feed", "session", "pen"]),
    ("decode", &["feed", "session"]),
    ("config", &MACHINES),
    ("gateway", &MACHINES),
    ("replay", &MACHINES),
    ("telemetry", &MACHINES),
    ("io", &EVERYTHING),
    ("cli", &EVERYTHING),
    ("main", &EVERYTHING),
    ("lib", &[]),
];

const MACHINES: [&str; 9] = [
    "event", "feed", "session", "pen", "agent", "server", "config", "gateway", "replay",
];

const EVERYTHING: [&str; 13] = [
    "decode",
    "event",
    "feed",
    "session",
    "pen",
    "agent",
    "server",
    "config",
    "gateway",
    "replay",
    "telemetry",
    "io",
    "cli",
];

/// Leaves without imports that every room may use: the text forms of what options hold.
const LEAVES: [&str; 1] = ["crate::options"];

/// Rooms that know no messages: of the codecs they use the time stamp, and digits that were checked.
const MESSAGELESS: [&str; 2] = ["event", "feed"];

/// Where the world outside may be touched.
const OUTSIDE: [&str; 3] = ["io", "cli", "main"];

/// The world outside: sockets, files, threads, the clock, the process.
const WORLD: [&str; 19] = [
    "axum",
    "fjall",
    "libc",
    "mio",
    "socket2",
    "std::env",
    "std::fs",
    "std::io::stdin",
    "std::net::TcpListener",
    "std::net::TcpStream",
    "std::net::UdpSocket",
    "std::os",
    "std::process",
    "std::thread",
    "std::time::Instant",
    "std::time::SystemTime",
    "Instant::now",
    "SystemTime::now",
    "tokio",
];

/// A source file: the room it is in, how many modules deep, and its text.
struct File {
    path: PathBuf,
    room: String,
    depth: usize,
    text: String,
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below `folder`, in order, without what is built or kept by tools.
fn files(folder: &Path) -> Vec<PathBuf> {
    const SKIPPED: [&str; 6] = [".git", "target", "data", "corpus", "artifacts", "coverage"];
    let mut found = Vec::new();
    let Ok(entries) = fs::read_dir(folder) else {
        return found;
    };
    for entry in entries {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if SKIPPED.contains(&name.as_str()) {
            continue;
        }
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn relative(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().display().to_string()
}

fn has_extension(path: &Path, extensions: &[&str]) -> bool {
    path.extension()
        .is_some_and(|found| extensions.iter().any(|extension| found == *extension))
}

/// The source files of one crate's `src`, without files of tests.
fn sources(folder: &str) -> Vec<File> {
    let src = root().join(folder);
    let found: Vec<File> = files(&src)
        .into_iter()
        .filter(|path| has_extension(path, &["rs"]))
        .filter_map(|path| {
            let inner = path.strip_prefix(&src).unwrap().with_extension("");
            let names: Vec<String> = inner
                .iter()
                .map(|name| name.to_string_lossy().into_owned())
                .collect();
            let is_test = names.iter().any(|name| name == "tests");
            let depth = names.len() - usize::from(names.last().unwrap() == "mod");
            (!is_test).then(|| File {
                room: names[0].clone(),
                depth,
                text: fs::read_to_string(&path).unwrap(),
                path,
            })
        })
        .collect();
    assert!(found.len() > 1, "{folder} has no source");
    found
}

/// What is wrong with the imports of a file.
fn wrong_imports(file: &File) -> Vec<String> {
    let (_, allowed) = ROOMS
        .iter()
        .find(|(room, _)| *room == file.room)
        .unwrap_or_else(|| panic!("`{}` is a new room: tell tests/house.rs of it", file.room));
    let named = source::paths(&source::code(&file.text), file.depth);
    let complaints = named.into_iter().filter_map(|(line, path)| {
        let what = complaint(&file.room, allowed, &path)?;
        Some(format!("{}:{line}: {path}: {what}", file.path.display()))
    });
    complaints.collect()
}

fn complaint(room: &str, allowed: &[&str], path: &str) -> Option<String> {
    let begins = |start: &&str| path == *start || path.starts_with(&format!("{start}::"));
    if let Some(rest) = path.strip_prefix("crate::") {
        let other = rest.split("::").next().unwrap_or_default();
        // A name in upper case is an item of the crate's root, and there is none.
        let fine = other == room || allowed.contains(&other) || LEAVES.iter().any(begins);
        return (!fine).then(|| format!("`{room}` may not import `{other}`"));
    }
    let is_codec = begins(&"pengate_codecs") || begins(&"pengate_asn1");
    // A time and checked digits are of no protocol.
    let is_plain = path.contains("Stamp") || path == "pengate_codecs::Bcd";
    if is_codec && MESSAGELESS.contains(&room) && !is_plain {
        return Some(format!("`{room}` knows no messages"));
    }
    let world = WORLD.iter().any(begins) && !OUTSIDE.contains(&room);
    world.then(|| format!("`{room}` may not touch the world outside"))
}

fn all_is_well(complaints: &[String]) {
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

#[test]
fn every_room_imports_what_it_may() {
    let complaints: Vec<_> = sources("src").iter().flat_map(wrong_imports).collect();
    all_is_well(&complaints);
}

#[test]
fn codecs_touch_nothing_of_the_world() {
    let mut complaints = Vec::new();
    for file in sources("codecs/src").iter().chain(&sources("asn1/src")) {
        for (line, path) in source::paths(&source::code(&file.text), file.depth) {
            let begins = |start: &&str| path == *start || path.starts_with(&format!("{start}::"));
            if WORLD.iter().any(begins) {
                complaints.push(format!("{}:{line}: {path}", file.path.display()));
            }
        }
    }
    all_is_well(&complaints);
}

#[test]
fn no_file_is_longer_than_600_lines() {
    let long = ["src", "codecs", "asn1", "tests", "benches", "fuzz"]
        .iter()
        .flat_map(|folder| files(&root().join(folder)))
        .filter(|path| has_extension(path, &["rs"]))
        .filter_map(|path| {
            let lines = fs::read_to_string(&path).unwrap().lines().count();
            (lines > 600).then(|| format!("{}: {lines} lines", relative(&path)))
        });
    all_is_well(&long.collect::<Vec<_>>());
}

#[test]
fn every_module_says_what_it_is() {
    let silent = ["src", "codecs/src", "asn1/src"]
        .iter()
        .flat_map(|folder| sources(folder))
        .filter(|file| !file.text.starts_with("//! "))
        .map(|file| relative(&file.path));
    all_is_well(&silent.collect::<Vec<_>>());
}

#[test]
fn no_forbidden_word_is_written() {
    // Written in two parts, so that this file may stand its own test.
    let words = [
        concat!("to", "do!"),
        concat!("unim", "plemented!"),
        concat!("db", "g!("),
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("fn ", "get_"),
        concat!("/ho", "me/"),
        concat!("/ro", "ot/"),
        concat!("/wo", "rk/"),
    ];
    let texts = [
        "rs", "toml", "md", "sh", "csv", "jsonl", "yml", "py", "c", "cfg", "txt",
    ];
    let mut complaints = Vec::new();
    for path in files(&root()) {
        let is_script = path.extension().is_none() && path.file_name().unwrap() == "run";
        if !is_script && !has_extension(&path, &texts) {
            continue;
        }
        let text = fs::read(&path).unwrap();
        for (line, text) in String::from_utf8_lossy(&text).lines().enumerate() {
            // `get_mut` is Rust's own name for what it does.
            let text = text.replace("fn get_mut", "");
            for word in words.iter().filter(|word| text.contains(*word)) {
                complaints.push(format!("{}:{}: {word}", relative(&path), line + 1));
            }
        }
    }
    all_is_well(&complaints);
}

#[test]
fn every_case_has_its_capture_and_says_where_it_is_from() {
    let mut complaints = Vec::new();
    for case in cases(&root().join("captures")) {
        let name = relative(&case);
        let inside: Vec<String> = files(&case).iter().map(|path| relative(path)).collect();
        let captures = inside
            .iter()
            .filter(|path| path.contains("/capture.pcap"))
            .count();
        if captures != 1 {
            complaints.push(format!(
                "{name}: {captures} files capture.pcap or capture.pcapng"
            ));
        }
        let about = fs::read_to_string(case.join("about.toml")).unwrap_or_default();
        let about: toml::Table = about.parse().unwrap_or_default();
        for key in ["origin", "licence", "clause", "what"] {
            if about
                .get(key)
                .and_then(toml::Value::as_str)
                .is_none_or(str::is_empty)
            {
                complaints.push(format!("{name}/about.toml: `{key}` is not told"));
            }
        }
    }
    all_is_well(&complaints);
}

/// `captures/<room>/<case>`.
fn cases(captures: &Path) -> Vec<PathBuf> {
    let folders = |folder: &Path| -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).into_iter().flatten();
        let mut found: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        found.retain(|path| path.is_dir());
        found.sort();
        found
    };
    folders(captures)
        .iter()
        .flat_map(|room| folders(room))
        .collect()
}

/// A planted file, to see that the rules find what they are for.
fn planted(room: &str, depth: usize, text: &str) -> Vec<String> {
    wrong_imports(&File {
        path: PathBuf::from("planted.rs"),
        room: room.to_owned(),
        depth,
        text: text.to_owned(),
    })
}

#[test]
fn a_wrong_import_is_found_however_it_is_written() {
    for (room, depth, text) in [
        ("agent", 2, "use crate::server::Watcher;"),
        (
            "agent",
            2,
            "use crate::{pen::Bind, server::{Watcher, self}};",
        ),
        ("agent", 2, "use super::super::server::Watcher;"),
        ("agent", 1, "fn f() { super::server::compose(); }"),
        ("server", 1, "fn f() -> crate::agent::room::Ticket {}"),
        ("event", 1, "use pengate_codecs::{Stamp, radius::Packet};"),
        ("pen", 2, "use std::{collections::BTreeMap, fs};"),
        ("pen", 2, "use std::fs::{self, File};"),
        ("feed", 1, "let now = std::time::Instant::now();"),
        ("gateway", 1, "let now = Instant::now();"),
        ("config", 2, "use tokio::net::*;"),
        ("replay", 1, "use crate::io::record;"),
        (
            "session",
            2,
            "let name = 'a'; let text = \"x\"; std::thread::sleep(x);",
        ),
    ] {
        assert!(!planted(room, depth, text).is_empty(), "{room}: {text}");
    }
}

#[test]
fn what_is_allowed_is_not_complained_of() {
    for (room, depth, text) in [
        (
            "agent",
            2,
            "use crate::{event::Fact, pen::Bind}; use super::room::Ticket;",
        ),
        (
            "agent",
            3,
            "use super::super::identity; use crate::options::duration;",
        ),
        (
            "pen",
            2,
            "// use std::fs;\nlet text = \"std::fs\"; let raw = r#\"std::fs\"#;",
        ),
        (
            "event",
            1,
            "use pengate_codecs::Stamp; use std::{fmt, time::Duration};",
        ),
        (
            "feed",
            1,
            "use std::net::SocketAddr;\n#[cfg(test)]\nmod tests { use std::fs; }",
        ),
        (
            "io",
            2,
            "use std::{fs, thread}; use crate::server::Watcher; use tokio::net;",
        ),
    ] {
        assert_eq!(planted(room, depth, text), [""; 0], "{room}: {text}");
    }
}
