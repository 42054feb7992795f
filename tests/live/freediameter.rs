//! freeDiameter, the second foreign peer of the base protocol: as initiator and as responder, with
//! watchdogs and farewells. It binds every address, so both live in a network of their own.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use crate::{
    gateway::{Gateway, Setup, eventually},
    support::{is_required, peer},
};

/// A network of the test's own, with an address for either side.
struct Namespace(String);

const OURS: &str = "192.0.2.1:3868";
const THEIRS: &str = "192.0.2.2";

impl Namespace {
    /// Only root may; the test is skipped otherwise.
    fn new(name: &str) -> Option<Self> {
        let name = format!("pengate-{name}-{}", std::process::id());
        let mut add = peer("ip")?;
        let output = add.args(["netns", "add", &name]).output().unwrap();
        if !output.status.success() {
            assert!(!is_required(), "no network namespace: {output:?}");
            eprintln!("skipped: no network namespace");
            return None;
        }
        let namespace = Self(name);
        namespace.ip("link set lo up");
        for address in [OURS.split(':').next().unwrap(), THEIRS] {
            namespace.ip(&format!("addr add {address}/32 dev lo"));
        }
        Some(namespace)
    }

    fn ip(&self, what: &str) {
        let mut ip = peer("ip").unwrap();
        let done = ip.args(["-n", &self.0]).args(what.split(' ')).output();
        let done = done.unwrap();
        assert!(done.status.success(), "{what}: {done:?}");
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        if let Some(mut ip) = peer("ip") {
            let _ = ip.args(["netns", "del", &self.0]).status();
        }
    }
}

/// freeDiameter at work, and what it writes.
struct Daemon {
    child: Child,
    said: PathBuf,
}

impl Daemon {
    /// Starts it with these lines besides those that it always needs.
    fn start(namespace: &Namespace, folder: &Path, more: &str) -> Option<Self> {
        peer("freeDiameterd")?;
        let folder = folder.join("freediameter");
        fs::create_dir_all(&folder).unwrap();
        let path = |name: &str| folder.join(name).display().to_string();
        // It wants a certificate even where nothing is encrypted.
        let mut openssl = peer("openssl")?;
        let made = openssl
            .args([
                "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
            ])
            .args(["-subj", "/CN=hss.ims.example"])
            .args([
                "-keyout",
                &path("key.pem"),
                "-out",
                &path("certificate.pem"),
            ])
            .output()
            .unwrap();
        assert!(made.status.success(), "{made:?}");
        fs::write(path("peers"), "ALLOW_OLD_TLS ALLOW_IPSEC pna.ims.example\n").unwrap();
        let configuration = format!(
            "Identity = \"hss.ims.example\";\nRealm = \"ims.example\";\n\
             Port = 3868;\nSecPort = 0;\nListenOn = \"{THEIRS}\";\nNo_SCTP;\nNo_IPv6;\n\
             TcTimer = 1;\nTLS_CA = \"{certificate}\";\n\
             TLS_Cred = \"{certificate}\", \"{key}\";\n{more}\n",
            certificate = path("certificate.pem"),
            key = path("key.pem"),
        );
        let configuration = configuration.replace("PEERS", &path("peers"));
        fs::write(path("conf"), configuration).unwrap();
        let said = folder.join("said");
        let output = File::create(&said).unwrap();
        let child = within(namespace, "freeDiameterd")
            .args(["-d", "-d", "-c", &path("conf")])
            .stdin(Stdio::null())
            .stdout(output.try_clone().unwrap())
            .stderr(output)
            .spawn()
            .unwrap();
        Some(Self { child, said })
    }

    fn said(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.said).unwrap()).into_owned()
    }

    /// Waits until it said all of this on one line, so many times.
    fn says(&self, times: usize, parts: &[&str]) {
        eventually(
            &format!("freeDiameter says {parts:?} {times} times"),
            || {
                let said = self.said();
                let meant = |line: &&str| parts.iter().all(|part| line.contains(part));
                (said.lines().filter(meant).count() >= times).then_some(())
            },
        );
    }

    /// Asks it to end.
    fn terminate(&self) {
        let kill = format!("kill -TERM {}", self.child.id());
        let sent = Command::new("sh").args(["-c", &kill]).status();
        assert!(sent.unwrap().success());
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("freeDiameter said:\n{}", self.said());
        }
    }
}

/// A command that runs within the namespace.
fn within(namespace: &Namespace, program: &str) -> Command {
    let mut command = peer("ip").unwrap();
    command.args(["netns", "exec", &namespace.0, program]);
    command
}

/// A gateway within the namespace. It asks whether the peer is there after so long in silence; what
/// is heard begins either side's interval anew, so that of two alike only chance says who asks.
fn gateway(namespace: &Namespace, address: &str, watchdog_interval: &str) -> Gateway {
    Setup::default()
        .within(&namespace.0)
        .set("ph.diameter.host=pna.ims.example")
        .set("ph.diameter.realm=ims.example")
        .set(format!("ph.diameter.listen=[\"{OURS}\"]"))
        .set(format!(
            "ph.diameter.peers=[{{host=\"hss.ims.example\"{address}}}]"
        ))
        .set("ph.diameter.reconnect_interval=1s")
        .set(format!("ph.diameter.watchdog_interval={watchdog_interval}"))
        .start()
}

/// Waits until the gateway logs the link in this state once more than so many times.
fn link_is(gateway: &Gateway, state: &str, times: usize) {
    eventually(&format!("the link is {state}"), || {
        let text = gateway.log_text();
        let is_meant = |line: &&str| {
            line.contains("Link changed.") && line.contains(&format!("\"state\":\"{state}\""))
        };
        (text.lines().filter(is_meant).count() > times).then_some(())
    });
}

#[test]
fn freediameter_connects_to_us_and_is_told_when_we_end() {
    let Some(namespace) = Namespace::new("responder") else {
        return;
    };
    // It asks more often than we do.
    let mut gateway = gateway(&namespace, "", "120s");
    let more =
        "TwTimer = 6;\nConnectPeer = \"pna.ims.example\" { ConnectTo = \"192.0.2.1\"; No_TLS; };";
    let Some(daemon) = Daemon::start(&namespace, gateway.folder(), more) else {
        return;
    };
    link_is(&gateway, "open", 0);
    daemon.says(1, &["STATE_WAITCEA", "STATE_OPEN"]);
    // Its watchdog is answered, again and again.
    daemon.says(2, &["RCV from 'pna.ims.example'", "0/280 f:----"]);
    assert_eq!(gateway.terminate().code(), Some(0));
    daemon.says(1, &["RCV from 'pna.ims.example'", "0/282 f:R---"]);
    assert!(!daemon.said().contains("The connection was broken"));
}

#[test]
fn freediameter_is_connected_to_watched_and_says_farewell() {
    let Some(namespace) = Namespace::new("initiator") else {
        return;
    };
    let gateway = gateway(&namespace, ",address=\"192.0.2.2:3868\"", "6s");
    // It asks more rarely than we do.
    let more = "TwTimer = 120;\nLoadExtension = \"acl_wl.fdx\" : \"PEERS\";";
    let Some(daemon) = Daemon::start(&namespace, gateway.folder(), more) else {
        return;
    };
    link_is(&gateway, "open", 0);
    daemon.says(1, &["Connected to 'pna.ims.example'"]);
    daemon.says(2, &["RCV from 'pna.ims.example'", "0/280 f:R---"]);
    daemon.says(2, &["SENT to 'pna.ims.example'", "0/280 f:----"]);
    daemon.terminate();
    daemon.says(1, &["RCV from 'pna.ims.example'", "0/282 f:----"]);
    link_is(&gateway, "closing", 0);
    drop(daemon);
    // It is back, and was not lost: it is trusted at once.
    let daemon = Daemon::start(&namespace, gateway.folder(), more).unwrap();
    link_is(&gateway, "open", 1);
    daemon.says(1, &["Connected to 'pna.ims.example'"]);
}
