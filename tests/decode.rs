//! `pengate decode` on captures of our own: golden lines, and what tshark says of the same files.
//!
//! `PENGATE_BLESS=1` rewrites the golden lines in `tests/decode`.

#![cfg(feature = "live")]
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

#[path = "decode/captures.rs"]
mod captures;
#[path = "decode/diameter.rs"]
mod diameter;
#[path = "decode/ss7.rs"]
mod ss7;
mod support;
#[path = "decode/tcap.rs"]
mod tcap;

use std::{
    env, fs,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use serde_json::Value;

fn cases() -> [(&'static str, Vec<u8>); 13] {
    [
        ("diameter", diameter::diameter()),
        ("radius", captures::radius()),
        ("sip-udp", captures::sip_udp()),
        ("sip-tcp", captures::sip_tcp()),
        ("m3ua", ss7::m3ua()),
        ("mtp2", ss7::mtp2()),
        ("mtp2-with-header", ss7::mtp2_with_header()),
        ("mtp3", ss7::mtp3_alone()),
        ("sccp", ss7::sccp()),
        ("map", tcap::map()),
        ("cap", tcap::cap()),
        ("m2pa", tcap::m2pa()),
        ("diameter-sctp", diameter::over_sctp()),
    ]
}

fn pengate(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pengate"));
    command.arg("decode").current_dir(folder);
    command
}

/// Decodes a file and gives the exit code, the lines and what is told to people.
fn decode(file: &Path, arguments: &[&str]) -> (i32, String, String) {
    let folder = file.parent().unwrap();
    let output = pengate(folder).args(arguments).arg(file).output().unwrap();
    let Output {
        status,
        stdout,
        stderr,
    } = output;
    let text = |octets| String::from_utf8(octets).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

fn objects(lines: &str) -> Vec<Value> {
    lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn every_capture_gives_its_golden_lines() {
    let folder = tempfile::tempdir().unwrap();
    let golden = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/decode");
    let mut different = Vec::new();
    for (name, capture) in cases() {
        let file = folder.path().join(name);
        fs::write(&file, capture).unwrap();
        for (kind, arguments) in [("jsonl", &[][..]), ("full.jsonl", &["--full"])] {
            let (code, lines, _) = decode(&file, arguments);
            assert_eq!(code, 0, "{name}");
            let path = golden.join(format!("{name}.{kind}"));
            if env::var_os("PENGATE_BLESS").is_some() {
                fs::write(&path, &lines).unwrap();
            } else if fs::read_to_string(&path).ok().as_deref() != Some(lines.as_str()) {
                different.push(format!("{}:\n{lines}", path.display()));
            }
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
}

#[test]
fn passwords_and_credentials_are_never_told() {
    let folder = tempfile::tempdir().unwrap();
    for (name, capture) in cases() {
        let file = folder.path().join(name);
        fs::write(&file, capture).unwrap();
        let (_, lines, _) = decode(&file, &["--full"]);
        assert!(!lines.contains("0123456789abcdef"), "{lines}");
        // The octets of the same in hexadecimal.
        assert!(
            !lines.contains("30313233343536373839616263646566"),
            "{lines}"
        );
    }
}

#[test]
fn other_protocols_are_counted_for_people() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("radius.pcapng");
    fs::write(&file, captures::radius()).unwrap();
    let (_, _, told) = decode(&file, &[]);
    let expected = "9 messages, 4 faults, 1 frames of other protocols\n";
    assert!(told.ends_with(expected), "{told}");
}

#[test]
fn a_damaged_capture_gives_all_before_the_damage_and_exit_code_1() {
    let folder = tempfile::tempdir().unwrap();
    let whole = folder.path().join("whole.pcapng");
    let cut = folder.path().join("cut.pcapng");
    let capture = captures::radius();
    fs::write(&whole, &capture).unwrap();
    fs::write(&cut, &capture[..capture.len() / 2 + 1]).unwrap();
    let (_, lines, _) = decode(&whole, &[]);
    let (code, before, told) = decode(&cut, &[]);
    assert_eq!(code, 1);
    assert!(
        before.lines().count() >= 2 && lines.starts_with(&before),
        "{before}"
    );
    assert!(told.contains("pcapng file damaged at offset"), "{told}");

    // Another capture is read all the same, and every line says of which one it is.
    let output = pengate(folder.path())
        .args(["cut.pcapng", "whole.pcapng"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let both = objects(&String::from_utf8(output.stdout).unwrap());
    let of = |name: &str| both.iter().filter(|line| line["capture"] == name).count();
    assert_eq!(of("cut.pcapng"), before.lines().count());
    assert_eq!(of("whole.pcapng"), lines.lines().count());

    let (code, _, told) = decode(&folder.path().join("missing"), &[]);
    assert_eq!((code, told.contains("missing")), (1, true), "{told}");
}

#[test]
fn captures_are_read_as_the_configuration_says() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("radius.pcapng");
    fs::write(&file, captures::radius()).unwrap();
    let (code, _, told) = decode(&file, &["--set", "capture.frame_bytes_max=64"]);
    assert_eq!(code, 1);
    assert!(told.contains("damaged"), "{told}");
    let bench = Command::new(env!("CARGO_BIN_EXE_pengate"))
        .args(["bench", "--set", "capture.frame_bytes_max=64"])
        .arg(&file)
        .current_dir(folder.path())
        .output()
        .unwrap();
    let told = String::from_utf8(bench.stderr).unwrap();
    assert_eq!(bench.status.code(), Some(1));
    assert!(told.contains("damaged"), "{told}");
    // Octets of no protocol come to port 9999.
    let (_, _, told) = decode(&file, &["--set", "radius.listen_pr=127.0.0.1:9999"]);
    let expected = "9 messages, 5 faults, 0 frames of other protocols\n";
    assert!(told.ends_with(expected), "{told}");
}

#[test]
fn a_pipe_is_read_as_it_comes() {
    let folder = tempfile::tempdir().unwrap();
    let capture = captures::radius();
    let mut child = pengate(folder.path())
        .arg("-")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    // The first line comes while the pipe is still open.
    input.write_all(&capture[..capture.len() / 2]).unwrap();
    input.flush().unwrap();
    let first: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
    assert_eq!(
        (&first["frame"], &first["operation"]),
        (&1.into(), &"Accounting-Request".into())
    );
    input.write_all(&capture[capture.len() / 2..]).unwrap();
    drop(input);
    assert_eq!(lines.count(), 12);
    assert!(child.wait().unwrap().success());
}

/// What tshark calls a field, and what we call it: by one name or several.
const FIELDS: [(&str, &str); 35] = [
    ("diameter.cmd.code", "Command-Code"),
    ("diameter.Session-Id", "Session-Id"),
    ("diameter.Origin-Host", "Origin-Host"),
    ("diameter.Destination-Realm", "Destination-Realm"),
    ("diameter.Public-Identity", "User-Identity.Public-Identity"),
    ("radius.code", "Code"),
    ("radius.id", "Identifier"),
    ("radius.User_Name", "User-Name"),
    ("radius.Calling_Station_Id", "Calling-Station-Id"),
    ("radius.Called_Station_Id", "Called-Station-Id"),
    ("radius.Acct_Session_Id", "Acct-Session-Id"),
    ("radius.NAS_IP_Address", "NAS-IP-Address"),
    ("radius.Framed-IP-Address", "Framed-IP-Address"),
    ("e212.imsi", "3GPP-IMSI imsi iMSI"),
    ("radius.3GPP_SGSN_MCC_MNC", "3GPP-SGSN-MCC-MNC"),
    ("sip.Method", "Method"),
    ("sip.r-uri", "Request-URI"),
    ("sip.Status-Code", "Status-Code"),
    ("sip.Call-ID", "Call-ID"),
    ("sip.CSeq", "CSeq"),
    ("sip.Event", "Event"),
    ("sip.Expires", "Expires"),
    ("sip.Content-Type", "Content-Type"),
    ("mtp3.opc", "OPC"),
    ("mtp3.dpc", "DPC"),
    ("mtp3.sls", "SLS"),
    ("sccp.called.ssn", "Called-SSN"),
    ("sccp.called.digits", "Called-GT"),
    ("sccp.calling.ssn", "Calling-SSN"),
    ("sccp.calling.digits", "Calling-GT"),
    ("sccpmg.ssn", "Affected-SSN"),
    ("tcap.otid", "OTID"),
    ("tcap.dtid", "DTID"),
    ("e164.msisdn", "msisdn"),
    ("gsm_map.ms.eventMet", "eventMet"),
];

#[test]
fn sound_messages_are_what_tshark_says() {
    let Some(version) = support::peer("tshark") else {
        return;
    };
    drop(version);
    let folder = tempfile::tempdir().unwrap();
    let mut compared = 0;
    for (name, capture) in cases() {
        let file = folder.path().join(name);
        fs::write(&file, capture).unwrap();
        let (_, lines, _) = decode(&file, &["--full"]);
        let theirs = tshark(&file);
        let lines = objects(&lines);
        // After what is wrong tshark gives up the rest of a segment.
        let is_sound = |line: &&Value| {
            let mut of_frame = lines.iter().filter(|other| other["frame"] == line["frame"]);
            of_frame.all(|line| line.get("fault").is_none())
        };
        for ours in lines.iter().filter(is_sound) {
            let frame = ours["frame"].to_string();
            let of_frame = theirs.iter().find(|row| row[0] == frame).unwrap();
            assert_eq!(of_frame[1], epoch(&ours["at"]), "{name}: {frame}");
            for ((field, ours_name), theirs) in FIELDS.iter().zip(&of_frame[2..]) {
                let names = ours_name.split(' ');
                let told: Vec<_> = names.flat_map(|name| told(&ours[name])).collect();
                // Several messages may end in one frame: tshark joins them.
                let agrees = told
                    .iter()
                    .all(|one| theirs.split('\u{1f}').any(|other| other == one));
                assert!(
                    agrees,
                    "{name}: frame {frame}: {field} is {theirs}, not {told:?}"
                );
                compared += told.len();
            }
        }
    }
    assert!(compared > 80, "only {compared} fields were compared");
}

/// Frame number, time and fields of every frame.
fn tshark(file: &Path) -> Vec<Vec<String>> {
    let mut command = support::peer("tshark").unwrap();
    command.args([
        "-n",
        "-T",
        "fields",
        "-E",
        "occurrence=a",
        "-E",
        "aggregator=\u{1f}",
    ]);
    command.args(["-e", "frame.number", "-e", "frame.time_epoch"]);
    for (field, _) in FIELDS {
        command.args(["-e", field]);
    }
    let output = command.arg("-r").arg(file).output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines()
        .map(|line| line.split('\t').map(str::to_owned).collect())
        .collect()
}

fn epoch(at: &Value) -> String {
    let at: pengate_codecs::Stamp = at.as_str().unwrap().parse().unwrap();
    format!(
        "{}.{:09}",
        at.secs(),
        at.nanos() - at.secs() * 1_000_000_000
    )
}

fn told(value: &Value) -> Vec<String> {
    match value {
        Value::Null => Vec::new(),
        Value::String(text) => vec![text.clone()],
        Value::Array(values) => values.iter().flat_map(told).collect(),
        other => vec![other.to_string()],
    }
}
