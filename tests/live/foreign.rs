//! Watchers and publishers as they come: SIPp, baresip, and `pengate watch`.

use std::{
    fs::{self, File},
    net::{SocketAddr, UdpSocket},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use crate::{
    gateway::{Gateway, PATIENCE, Setup, eventually},
    http::presentity,
    pidf::{complaints, document, notes},
    radius::{Client, SECRET, START, STOP, Session, now, radclient},
    recording::assert_exact,
    sip::Party,
    support::peer,
};

const ALICE: &str = "sip:alice@ims.example";

/// Waits until as many watchers have a subscription to alice's presence.
fn await_watchers(gateway: &Gateway, count: u64) {
    eventually("watchers subscribe", || {
        let known = presentity(gateway, ALICE)?;
        (known["watchers"].as_u64() == Some(count)).then_some(())
    });
}

/// SIPp with a scenario of ours, as alice.
pub fn sipp(mut command: Command, server: SocketAddr, scenario: &str, transport: &str) -> Command {
    let port = UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = port.local_addr().unwrap().port().to_string();
    let scenarios = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/live/sipp");
    command
        .arg(server.to_string())
        .arg("-sf")
        .arg(scenarios.join(scenario))
        .args([
            "-s",
            "alice",
            "-i",
            "127.0.0.1",
            "-p",
            &port,
            "-t",
            transport,
        ])
        .args([
            "-nostdin",
            "-recv_timeout",
            "60000",
            "-timeout",
            "120",
            "-trace_err",
        ])
        .stdin(Stdio::null());
    command
}

/// A foreign process, killed when the test is over.
pub struct Foreign {
    child: Child,
    folder: PathBuf,
}

impl Foreign {
    /// Starts it in a folder of its own below the gateway's; what it says goes to a file there.
    pub fn start(gateway: &Gateway, name: &str, mut command: Command) -> Self {
        let folder = gateway.folder().join(name);
        fs::create_dir_all(&folder).unwrap();
        let said = File::create(folder.join("said")).unwrap();
        let child = command
            .current_dir(&folder)
            .stdin(Stdio::null())
            .stdout(said.try_clone().unwrap())
            .stderr(said)
            .spawn()
            .unwrap();
        Self { child, folder }
    }

    /// What it said, and every file of errors it left.
    fn said(&self) -> String {
        let files = fs::read_dir(&self.folder).unwrap();
        let texts = files.map(|file| fs::read(file.unwrap().path()).unwrap_or_default());
        let texts = texts.map(|octets| String::from_utf8_lossy(&octets).into_owned());
        texts.collect::<Vec<_>>().join("\n")
    }

    /// Waits for its end, which must be a success; gives what it said.
    pub fn succeeds(mut self) -> String {
        let status = eventually("it ends", || self.child.try_wait().unwrap());
        let said = self.said();
        assert!(status.success(), "{status}\n{said}");
        said
    }
}

impl Drop for Foreign {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn sipp_watches_over_udp_and_tcp_what_radclient_tells() {
    let (Some(_), Some(accounting)) = (peer("sipp"), peer("radclient")) else {
        return;
    };
    let gateway = Gateway::start();
    let watchers: Vec<_> = ["u1", "t1"]
        .map(|transport| {
            let mut command = peer("sipp").unwrap();
            command.args(["-m", "5", "-r", "50"]);
            let command = sipp(command, gateway.sip[0], "watcher.xml", transport);
            Foreign::start(&gateway, transport, command)
        })
        .into();
    await_watchers(&gateway, 10);
    let start = Session::of_alice("s1").attributes("Start");
    assert!(radclient(accounting, gateway.radius[0], SECRET, &start));
    for watcher in watchers {
        watcher.succeeds();
    }
    await_watchers(&gateway, 0);
}

#[test]
fn sipp_publishes_modifies_refreshes_and_removes() {
    for transport in ["u1", "t1"] {
        let Some(mut command) = peer("sipp") else {
            return;
        };
        let gateway = Gateway::start();
        let mut watcher = Party::udp(gateway.sip[0], "bob");
        watcher.subscribe(ALICE, 600);
        watcher.notified();
        command.args(["-m", "1"]);
        let command = sipp(command, gateway.sip[0], "publisher.xml", transport);
        Foreign::start(&gateway, "publisher", command).succeeds();
        // States may be told together, but never an older one after a newer one.
        let seen = watcher.notified_until(|text| notes(text).is_empty());
        let place = |note: String| {
            ["published", "modified"]
                .iter()
                .position(|one| *one == note)
        };
        let places: Vec<_> = seen
            .iter()
            .flat_map(|one| notes(&one.document))
            .map(|note| place(note).unwrap())
            .collect();
        assert!(places.is_sorted(), "{seen:?}");
    }
}

#[test]
fn sipp_as_the_s_cscf_registers_refreshes_and_ends_a_user() {
    for transport in ["u1", "t1"] {
        const HOME: &str = "pi.home_networks=ims.example";
        const ACCESS: &str = "3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=0010112340abcdef";
        let mut gateway = Setup::default().set(HOME).recorded().start();
        let mut watcher = Party::udp(gateway.sip[0], "bob");
        watcher.subscribe(ALICE, 600);
        watcher.notified();
        let mut seen = Vec::new();
        for (expires, network) in [
            (600, "ims.example"),
            (900, "other.example"),
            (0, "ims.example"),
        ] {
            let Some(mut command) = peer("sipp") else {
                return;
            };
            command.args(["-m", "1", "-key", "expires", &expires.to_string()]);
            command.args(["-key", "network", network, "-key", "access", ACCESS]);
            let command = sipp(command, gateway.sip[0], "scscf.xml", transport);
            Foreign::start(&gateway, &format!("scscf-{expires}"), command).succeeds();
            seen.push(watcher.notified().document);
        }
        let [registered, roaming, gone] = &seen[..] else {
            panic!("{seen:?}");
        };
        assert!(
            registered.contains("<op:registration-state>active<"),
            "{registered}"
        );
        assert!(registered.contains("<opd:home"), "{registered}");
        assert!(roaming.contains("<opd:visited"), "{roaming}");
        assert!(
            gone.contains("<op:registration-state>terminated<"),
            "{gone}"
        );
        if let Some(xmllint) = peer("xmllint") {
            assert_eq!(complaints(xmllint, &seen), "");
        }
        let port = gateway.sip[0].port();
        let ports = ["udp", "tcp"].map(|carrier| format!("{carrier}.port=={port},sip"));
        let seen = [(ALICE.to_owned(), seen)].into();
        assert_exact(&mut gateway, &seen, &[HOME], &ports);
    }
}

#[test]
fn baresip_shows_when_a_subscriber_comes_and_goes() {
    let Some(mut baresip) = peer("baresip") else {
        return;
    };
    let gateway = Setup::default()
        .set("server.compose.data_service=true")
        .start();
    let home = gateway.folder().join("baresip");
    fs::create_dir_all(&home).unwrap();
    for (name, text) in [
        (
            "config",
            "sip_listen 127.0.0.1:0\n\
             module_path /usr/lib/baresip/modules\n\
             module_app account.so\n\
             module_app contact.so\n\
             module_app presence.so\n"
                .to_owned(),
        ),
        (
            "accounts",
            format!(
                "<sip:bob@ims.example>;regint=0;outbound=\"sip:{}\"\n",
                gateway.sip[0]
            ),
        ),
        ("contacts", format!("\"alice\" <{ALICE}>;presence=p2p\n")),
    ] {
        fs::write(home.join(name), text).unwrap();
    }
    baresip.arg("-f").arg(&home);
    let baresip = Foreign::start(&gateway, "baresip", baresip);
    await_watchers(&gateway, 1);
    let client = Client::new(gateway.radius[0]);
    let at = now();
    for (identifier, status, at, shown) in [(1, START, at, "Online"), (2, STOP, at + 1, "Offline")]
    {
        let packet = Session::of_alice("s1").request(status, identifier, at);
        client.send(&packet);
        assert!(client.is_answered(&packet, PATIENCE));
        eventually("baresip shows it", || {
            let said = baresip.said();
            let last = said.lines().rfind(|line| line.contains("changed status"))?;
            last.split(" to ").nth(1)?.contains(shown).then_some(())
        });
    }
}

#[test]
fn pengate_watch_shows_each_document_and_unsubscribes() {
    for tcp in [false, true] {
        let gateway = Setup::default().with_ipv6().start();
        let server = gateway.sip[usize::from(tcp)].to_string();
        let mut watch = crate::gateway::program();
        watch.args(["watch", ALICE, "--server", &server, "--raw", "--count", "3"]);
        watch.args(tcp.then_some("--tcp"));
        let watch = Foreign::start(&gateway, "watch", watch);
        await_watchers(&gateway, 1);
        let mut alice = Party::udp(gateway.sip[0], "alice");
        let mut publication = alice.publish(&document(ALICE, "open", "first"));
        eventually("the first is shown", || {
            watch.said().contains("first").then_some(())
        });
        alice.modify(&mut publication, &document(ALICE, "open", "second"));
        let said = watch.succeeds();
        assert!(said.contains("second"), "{said}");
        await_watchers(&gateway, 0);
    }
}
