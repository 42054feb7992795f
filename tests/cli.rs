//! The command line as a script meets it: what is printed, and the exit code.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use tempfile::TempDir;

/// Runs `pengate` in a folder of its own.
fn pengate(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output: Output = Command::new(env!("CARGO_BIN_EXE_pengate"))
        .args(arguments)
        .current_dir(folder)
        .env_remove("PENGATE_LOG")
        .output()
        .unwrap();
    let text = |octets: &[u8]| String::from_utf8(octets.to_vec()).unwrap();
    (
        output.status.code().unwrap(),
        text(&output.stdout),
        text(&output.stderr),
    )
}

fn folder_with(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

#[test]
fn without_any_file_the_embedded_configuration_is_good() {
    let folder = folder_with(&[]);
    let (code, out, err) = pengate(folder.path(), &["check"]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(out.starts_with("ok: the embedded configuration\n"), "{out}");
    assert!(
        out.contains("127.0.0.1:1813 (UDP), 2 client networks"),
        "{out}"
    );
}

#[test]
fn every_feed_and_link_of_a_configuration_is_told() {
    let folder = folder_with(&[(
        "c.toml",
        "[pl]\nservers = [{ name = \"gmlc1\", address = \"192.0.2.5:9210\" }]\n\
         listen = [\"127.0.0.1:9211\"]\n[ph.diameter]\n\
         peers = [{ host = \"hss.ims.example\", address = \"192.0.2.2:3868\" },\n\
         { host = \"hss2.ims.example\" }]\n[ss7]\nlisten = [\"127.0.0.1:2905\"]\n\
         links = [{ name = \"stp1\", address = \"192.0.2.3:2905\" },\n\
         { name = \"sgsn1\", address = \"192.0.2.4:0\", m3ua = { role = \"ipsp-server\" } }]\n",
    )]);
    let (code, out, err) = pengate(folder.path(), &["check", "c.toml"]);
    assert_eq!((code, err.as_str()), (0, ""));
    for line in [
        "  pc  m3ua listens on 127.0.0.1:2905",
        "  pc  m3ua link stp1 at 192.0.2.3:2905",
        "  pc  m3ua link sgsn1 connects to us",
        "  ph  diameter link hss.ims.example at 192.0.2.2:3868",
        "  ph  diameter link hss2.ims.example connects to us",
        "  pi  sip listens on 127.0.0.1:5060, trusts 127.0.0.0/8, ::1/128",
        "  pk  radius listens on 127.0.0.1:1813",
        "  pl  mlp listens on 127.0.0.1:9211",
        "  pl  mlp link gmlc1 at 192.0.2.5:9210",
    ] {
        assert!(out.lines().any(|told| told == line), "{line} in {out}");
    }
}

/// What everybody hears who asks about an example that says nothing else of it.
const PI: &str = "pi  sip listens on 127.0.0.1:5060, trusts 127.0.0.0/8, ::1/128";
const PK: &str = "pk  radius listens on 127.0.0.1:1813";

/// The example of each reference point, and every listener and link that it stands for.
const EXAMPLES: [(&str, &[&str]); 8] = [
    (
        "pc",
        &[
            "pc  m3ua link stp1 at 127.0.0.1:2905",
            "pc  m3ua link stp2 at 127.0.0.2:2905",
            PI,
            PK,
        ],
    ),
    (
        "pg",
        &[
            "pc  m3ua listens on 127.0.0.1:2905",
            "pc  m3ua link sgsn1 connects to us",
            PI,
            PK,
        ],
    ),
    (
        "ph",
        &[
            "ph  diameter listens on 127.0.0.1:3868",
            "ph  diameter listens on [::1]:3868",
            "ph  diameter link dra1.ims.example at 127.0.0.1:3871",
            "ph  diameter link dra2.ims.example at 127.0.0.1:3872",
            PI,
            PK,
        ],
    ),
    ("pi", &[PI, PK]),
    ("pk", &[PI, PK, "pk  radius listens on [::1]:1813"]),
    (
        "pl",
        &[
            PI,
            PK,
            "pl  mlp listens on 127.0.0.1:9211",
            "pl  mlp link gmlc1 at 127.0.0.1:9210",
        ],
    ),
    (
        "pp",
        &[
            PI,
            PK,
            "pp  radius/pp listens on 127.0.0.1:2013",
            "pp  diameter/pp link pdg.ims.example at 127.0.0.1:3870",
        ],
    ),
    (
        "pr",
        &[
            PI,
            PK,
            "pr  radius/pr listens on 127.0.0.1:1913",
            "pr  diameter/pr listens on 127.0.0.1:3868",
            "pr  diameter/pr link aaa.ims.example connects to us",
        ],
    ),
];

#[test]
fn the_example_of_each_reference_point_has_its_listeners_and_links() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/examples");
    let folder = folder_with(&[]);
    for (name, expected) in EXAMPLES {
        let file = examples.join(name).with_extension("toml");
        let (code, out, err) = pengate(folder.path(), &["check", file.to_str().unwrap()]);
        assert_eq!((code, err.as_str()), (0, ""), "{name}");
        let (_, told) = out.split_once("\nfeeds\n").unwrap();
        let told: Vec<&str> = told.lines().map(str::trim_start).collect();
        assert_eq!(told, expected, "{name}");
    }
}

#[test]
fn the_file_of_the_working_directory_comes_before_the_embedded_one() {
    let folder = folder_with(&[("config/pengate.toml", "[pen]\npartitions = 16\n")]);
    let (code, out, _) = pengate(folder.path(), &["check"]);
    assert_eq!(code, 0);
    assert!(out.starts_with("ok: config/pengate.toml\n"), "{out}");
}

#[test]
fn a_bad_configuration_is_told_whole_and_exits_with_2() {
    let text = "[radius]\nlisen = []\n\n[pen]\npartitions = 0\n";
    let folder = folder_with(&[("bad.toml", text)]);
    for arguments in [
        &["check", "bad.toml"][..],
        &["check", "--config", "bad.toml"],
        &["run", "--config", "bad.toml"],
        &["--config", "bad.toml"],
    ] {
        let (code, out, err) = pengate(folder.path(), arguments);
        assert_eq!((code, out.as_str()), (2, ""), "{arguments:?}");
        assert_eq!(
            err,
            "pengate: 2 problems in bad.toml:\n\
             line 2: radius.lisen: `lisen` is no such key; did you mean `listen`? (allowed: \
             listen, listen_pr, listen_pp, clients)\n\
             line 5: pen.partitions: zero; 1 to 65535 are allowed\n"
        );
    }
}

#[test]
fn files_that_the_configuration_names_are_read() {
    let text = "subscribers.file = \"nobody.csv\"\n\
                [[radius.clients]]\nnetwork = \"10.0.0.1\"\nsecret_file = \"empty\"\n\
                [[radius.clients]]\nnetwork = \"10.0.0.2\"\nsecret_file = \"none\"\n\
                [[radius.clients]]\nnetwork = \"10.0.0.3\"\nsecret_file = \"good\"\n";
    let folder = folder_with(&[("c.toml", text), ("empty", "\n"), ("good", "secret\n")]);
    let (code, _, err) = pengate(folder.path(), &["check", "c.toml"]);
    assert_eq!(code, 2);
    assert!(err.starts_with("pengate: 3 problems in c.toml:\n"), "{err}");
    assert!(
        err.contains("radius.clients[0].secret_file: empty: empty"),
        "{err}"
    );
    assert!(
        err.contains("radius.clients[1].secret_file: none: No such file"),
        "{err}"
    );
    assert!(
        err.contains("subscribers.file: nobody.csv: No such file"),
        "{err}"
    );
}

#[test]
fn wrong_rows_of_the_subscribers_are_told_with_their_lines_but_not_without_end() {
    let rows = "x,99900000001,sip:alice@ims.example\n".repeat(30);
    let csv = format!("imsi,msisdn,uris\n001010000000001,,sip:bob@ims.example\n{rows}");
    let folder = folder_with(&[("s.csv", &csv)]);
    let (code, _, err) = pengate(folder.path(), &["check", "--set", "subscribers.file=s.csv"]);
    assert_eq!(code, 2);
    assert!(
        err.starts_with("pengate: 21 problems in the embedded configuration:\n"),
        "{err}"
    );
    assert!(
        err.contains("subscribers.file: line 3: imsi is not "),
        "{err}"
    );
    assert!(
        err.ends_with("subscribers.file: and 10 more rows like these\n"),
        "{err}"
    );
}

#[test]
fn settings_are_checked_like_the_file() {
    let folder = folder_with(&[]);
    let (code, out, _) = pengate(
        folder.path(),
        &[
            "check",
            "--set",
            "sip.listen=[::1]:5070",
            "--set",
            "pen.partitions=16",
        ],
    );
    assert_eq!(code, 0);
    assert!(
        out.contains("SIP                [::1]:5070 (UDP and TCP) for ims.example"),
        "{out}"
    );
    let (code, _, err) = pengate(folder.path(), &["check", "--set", "sip.lisen=[::1]:5070"]);
    assert_eq!(code, 2);
    assert!(
        err.contains("--set: sip.lisen: `lisen` is no such key; did you mean"),
        "{err}"
    );
}

#[test]
fn wrong_usage_exits_with_2_and_help_with_0() {
    let folder = folder_with(&[]);
    for arguments in [
        &["chek"][..],
        &["check", "missing.toml"],
        &["decode"],
        &["--set", "nothing"],
        &["replay", "--speed", "0", "a.pcap"],
    ] {
        let (code, out, err) = pengate(folder.path(), arguments);
        assert_eq!((code, out.as_str()), (2, ""), "{arguments:?}");
        assert!(!err.is_empty(), "{arguments:?}");
    }
    for command in ["run", "check", "decode", "replay", "watch", "bench"] {
        let (code, out, _) = pengate(folder.path(), &[command, "--help"]);
        assert_eq!(code, 0);
        assert!(out.contains("Examples:"), "{command}: {out}");
    }
    let (_, out, _) = pengate(folder.path(), &["decode", "--help"]);
    assert!(out.contains("carrier_"), "what a line holds: {out}");
}
