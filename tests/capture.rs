//! Captures as other tools see them, and inputs that fuzzing found or starts from.

#![allow(clippy::expect_used, reason = "a test fails by panicking")]

use std::{fs, net::SocketAddr, path::Path, process::Command};

use pengate::feed::{
    Carrier, Channel, Chunk, Heading,
    capture::{Recorder, exercise},
};
use pengate_codecs::Stamp;

#[test]
fn the_inputs_of_the_fuzzer_neither_panic_nor_hang() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/capture");
    let mut count = 0;
    for entry in fs::read_dir(corpus).expect("the corpus is there") {
        let octets = fs::read(entry.expect("an entry").path()).expect("a readable input");
        exercise(&octets);
        // Damage at every octet of the seeds.
        for at in 0..octets.len().min(2000) {
            let mut damaged = octets.clone();
            damaged[at] ^= 0x81;
            exercise(&damaged);
            exercise(&octets[..at]);
        }
        count += 1;
    }
    assert!(count >= 8, "only {count} inputs");
}

fn channel(carrier: Carrier, local: &str, peer: &str) -> Channel {
    let address = |text: &str| -> SocketAddr { text.parse().expect("an address") };
    Channel {
        carrier,
        local: address(local),
        peer: address(peer),
    }
}

const REQUEST: &[u8] = b"OPTIONS sip:ims.example SIP/2.0\r\n\
    Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\nMax-Forwards: 70\r\n\
    From: <sip:alice@ims.example>;tag=1\r\nTo: <sip:ims.example>\r\n\
    Call-ID: 1@192.0.2.1\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n";
const ACCOUNTING: &[u8] = &[5, 7, 0, 20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

/// A recording of both carriers and both address families, datagrams and streams of all sizes.
fn recording() -> Vec<u8> {
    let mut recorder = Recorder::new(Vec::new()).expect("a Vec takes everything");
    let mut nanos = 1_700_000_000_123_456_789;
    let mut at = || {
        nanos += 1_000_001;
        Stamp::from_nanos(nanos)
    };
    for (local, peer) in [
        ("192.0.2.2", "192.0.2.1"),
        ("[2001:db8::2]", "[2001:db8::1]"),
    ] {
        let radius = channel(
            Carrier::Udp,
            &format!("{local}:1813"),
            &format!("{peer}:4000"),
        );
        let tcp = channel(
            Carrier::Tcp,
            &format!("{local}:5060"),
            &format!("{peer}:4001"),
        );
        let other = channel(
            Carrier::Udp,
            &format!("{local}:9000"),
            &format!("{peer}:9001"),
        );
        recorder.up(at(), tcp, Heading::In).expect("recorded");
        for size in [0, 1, 1472, 65_507] {
            let bytes = &vec![0xa5; size][..];
            let chunk = Chunk {
                at: at(),
                channel: other,
                heading: Heading::Out,
                bytes,
            };
            recorder.chunk(&chunk).expect("recorded");
        }
        for (channel, bytes) in [(radius, ACCOUNTING), (tcp, REQUEST), (tcp, REQUEST)] {
            for heading in [Heading::In, Heading::Out] {
                recorder
                    .chunk(&Chunk {
                        at: at(),
                        channel,
                        heading,
                        bytes,
                    })
                    .expect("recorded");
            }
        }
        recorder.marker(at(), b"step").expect("recorded");
        let raw = channel(
            Carrier::Tcp,
            &format!("{local}:9002"),
            &format!("{peer}:9003"),
        );
        let bytes = &vec![0x5a; 150_001][..];
        let chunk = Chunk {
            at: at(),
            channel: raw,
            heading: Heading::Out,
            bytes,
        };
        recorder.chunk(&chunk).expect("recorded");
        recorder.down(at(), raw).expect("recorded");
        recorder.down(at(), tcp).expect("recorded");
    }
    recorder.into_inner()
}

/// Runs tshark; `None` where it is not installed, unless peers are required.
fn tshark(arguments: &[&str]) -> Option<String> {
    let output = match Command::new("tshark").args(arguments).output() {
        Ok(output) => output,
        Err(error) => {
            let required = std::env::var_os("PENGATE_PEERS").is_some_and(|is| is == "required");
            assert!(!required, "tshark is required: {error}");
            eprintln!("skipped tshark_reads_what_was_recorded: tshark is not installed");
            return None;
        }
    };
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "tshark failed: {errors}");
    Some(String::from_utf8(output.stdout).expect("UTF-8"))
}

#[test]
fn tshark_reads_what_was_recorded() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("recorded.pcapng");
    fs::write(&path, recording()).expect("written");
    let path = path.to_str().expect("UTF-8");
    let checks = ["ip", "udp", "tcp"].map(|protocol| format!("{protocol}.check_checksum:TRUE"));
    let mut arguments = vec!["-n", "-r", path];
    arguments.extend(checks.iter().flat_map(|check| ["-o", check]));
    let Some(frames) =
        tshark(&[&arguments[..], &["-T", "fields", "-e", "frame.time_epoch"]].concat())
    else {
        return;
    };
    let stamps: Vec<&str> = frames.lines().collect();
    // A family: 3 + 3 for the handshakes, 4 datagrams, 2 RADIUS, 4 SIP, 1 marker, 3 segments
    // and the 2 that acknowledge them, 6 at
    // the ends.
    assert_eq!(stamps.len(), 2 * (6 + 4 + 2 + 4 + 1 + 3 + 2 + 6));
    assert_eq!(stamps[0], "1700000000.124456790", "exact to the nanosecond");
    let matching = |filter: &str| tshark(&[&arguments[..], &["-Y", filter]].concat());
    let count = |filter: &str| matching(filter).map_or(0, |lines| lines.lines().count());
    // The markers' link type is for private use: tshark remarks that it does not know it.
    let bad = "frame.interface_id == 0 && (_ws.malformed || tcp.analysis.flags || \
               ip.checksum.status == \"Bad\" || udp.checksum.status == \"Bad\" || \
               tcp.checksum.status == \"Bad\" || _ws.expert.severity >= 0x600000)";
    assert_eq!(
        matching(bad).as_deref(),
        Some(""),
        "frames that tshark objects to"
    );
    assert_eq!(count("udp.checksum.status == \"Good\""), 12);
    assert_eq!(count("tcp.checksum.status == \"Good\""), 2 * 21);
    assert_eq!(count("radius"), 4);
    assert_eq!(count("sip && tcp"), 8);
    assert_eq!(count("tcp.flags.syn == 1"), 8);
    assert_eq!(count("tcp.flags.fin == 1"), 8);
    assert_eq!(count("udp.length == 65515"), 2);
}
