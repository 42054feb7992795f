//! A full disk: nothing is acknowledged that cannot be recorded, and room makes it go on in place.

use std::{
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use tempfile::TempDir;

use crate::{
    gateway::{Gateway, PATIENCE, Setup, eventually},
    http::{faults, get, metrics, presentity},
    pidf::{document, notes, sessions},
    radius::{Client, START, Session, now},
    sip::Party,
    support::is_required,
};

/// A small file system of its own in memory.
#[derive(Debug)]
struct Tmpfs(TempDir);

impl Tmpfs {
    /// Mounts one, which only root may; skips the test otherwise.
    fn mount(size: &str) -> Option<Self> {
        let folder = TempDir::new().unwrap();
        let size = format!("size={size}");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &size, "tmpfs"]);
        let is_mounted = mount.arg(folder.path()).output();
        if is_mounted.is_ok_and(|output| output.status.success()) {
            return Some(Self(folder));
        }
        assert!(
            !is_required(),
            "a tmpfs cannot be mounted, and PENGATE_PEERS=required"
        );
        eprintln!("skipped: a tmpfs cannot be mounted");
        None
    }

    /// Fills it but for `left` octets; gives the file to be removed.
    fn fill(&self, left: u64) -> PathBuf {
        let path = self.0.path().join("ballast");
        let mut ballast = File::create(&path).unwrap();
        let mut length = 0;
        while let Ok(written) = ballast.write(&[1; 65_536]) {
            length += written as u64;
        }
        ballast.set_len(length.saturating_sub(left)).unwrap();
        path
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for Tmpfs {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0.path()).status();
    }
}

#[test]
fn a_full_disk_silences_the_gateway_until_there_is_room() {
    let Some(disk) = Tmpfs::mount("64m") else {
        return;
    };
    let mut gateway = Setup::default()
        .data(disk.path().join("data"))
        .set("pen.log.segment_bytes=65536")
        .set("pen.log.free_bytes_min=8388608")
        .start();
    let client = Client::new(gateway.radius[0]);
    let session = |number: u8| Session {
        nsapi: char::from(b'0' + number),
        ..Session::of_alice(&format!("s{number}"))
    };
    let before = session(5).request(START, 1, now());
    client.send(&before);
    assert!(client.is_answered(&before, PATIENCE));
    let mut alice = Party::udp(gateway.sip[0], "alice");
    let mut publication = alice.publish(&document(&alice.uri(), "open", "before"));

    let ballast = disk.fill(2 << 20);
    eventually("the gateway is not ready", || {
        let (status, body) = get(&gateway, "/readyz");
        (status == 503 && body.contains("log-no-space")).then_some(())
    });
    let meanwhile = session(6).request(START, 2, now());
    client.send(&meanwhile);
    eventually("the request is counted", || {
        (faults(&gateway, "pk", "log-unavailable") >= 1.0).then_some(())
    });
    assert!(!client.is_answered(&meanwhile, Duration::from_millis(1)));
    let (refused, _) = alice.try_publish(
        &publication.etag,
        &document(&alice.uri(), "open", "full"),
        3600,
    );
    assert_eq!(refused.status(), Some(503), "{refused:?}");
    assert!(refused.header("Retry-After").is_some(), "{refused:?}");
    let mut bob = Party::udp(gateway.sip[0], "bob");
    let wish = bob.new_subscription("sip:alice@ims.example");
    let refused = bob.ask(&bob.subscribe_request(&wish, 600));
    assert_eq!(refused.status(), Some(503), "{refused:?}");
    let counted = metrics(&gateway);
    assert_eq!(counted["pengate_ready"], 0.0);
    assert!(counted["pengate_log_refusals_total{reason=\"no-space\"}"] >= 1.0);
    assert_eq!(shown(&gateway), (1, vec!["before".to_owned()]));

    fs::remove_file(ballast).unwrap();
    eventually("the gateway is ready again", || {
        (get(&gateway, "/readyz").0 == 200).then_some(())
    });
    client.send(&meanwhile);
    assert!(client.is_answered(&meanwhile, PATIENCE));
    alice.modify(&mut publication, &document(&alice.uri(), "open", "after"));
    bob.subscribe("sip:alice@ims.example", 600);
    assert_eq!(shown(&gateway), (2, vec!["after".to_owned()]));

    gateway.kill();
    let gateway = gateway.restart();
    assert_eq!(shown(&gateway), (2, vec!["after".to_owned()]));
}

/// What is known of alice: her sessions and her notes.
fn shown(gateway: &Gateway) -> (u32, Vec<String>) {
    let known = presentity(gateway, "sip:alice@ims.example").unwrap();
    let text = known["document"].as_str().unwrap();
    (sessions(text), notes(text))
}
