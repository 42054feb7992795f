//! What stands around pengate in the guest: osmo-stp, the scripted elements, and who captures.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::Duration,
};

use serde_json::Value;

use crate::{gateway::eventually, scripted::scripted, support::peer};

/// The address of the signalling gateway in the guest.
pub const STP: &str = "127.0.0.1:2905";

/// Where pengate takes IP nodes without a signalling gateway between, and who is one.
pub const OURS: &str = "127.0.0.1:2906";
pub const NODE: &str = "127.0.0.3";

/// How long one step of the elements may take; they wait a minute for each answer.
const STEP: Duration = Duration::from_secs(180);

/// A process that is killed when the test is over, and what it says in a file.
#[derive(Debug)]
pub struct Running {
    child: Child,
    said: PathBuf,
}

impl Running {
    pub fn start(mut command: Command, folder: &Path, name: &str) -> Self {
        let said = folder.join(format!("{name}.log"));
        let file = File::options().create(true).append(true).open(&said);
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(file.unwrap())
            .spawn()
            .unwrap();
        Self { child, said }
    }

    /// What it said so far.
    pub fn said(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.said).unwrap()).into_owned()
    }

    /// Asks it to end, and waits until it has.
    pub fn interrupt(mut self) {
        let interrupt = format!("kill -INT {}", self.child.id());
        let sent = Command::new("sh").args(["-c", &interrupt]).status();
        assert!(sent.unwrap().success());
        eventually("it ends", || self.child.try_wait().unwrap());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// osmo-stp, to be dropped when it shall crash.
pub fn signalling_gateway(folder: &Path) -> Running {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut command = peer("osmo-stp").unwrap();
    command
        .arg("-c")
        .arg(root.join("tests/peers/ss7/osmo-stp.cfg"));
    let running = Running::start(command, folder, "osmo-stp");
    // It says so when all is set up, and by then it listens for M3UA.
    eventually("osmo-stp is up", || {
        running.said().contains("Available via").then_some(())
    });
    running
}

/// dumpcap between pengate and the signalling gateway; it says when it has begun. What goes on to
/// the elements is the same again, and would confuse who reads it.
pub fn capture(folder: &Path) -> Running {
    let mut command = peer("dumpcap").unwrap();
    command
        .args(["-q", "-i", "lo", "-f", "sctp and not host 127.0.0.2", "-w"])
        .arg(folder.join("capture.pcapng"));
    let running = Running::start(command, folder, "dumpcap");
    eventually("dumpcap captures", || {
        running.said().contains("File: ").then_some(())
    });
    running
}

/// MSC, VLR, SGSN and HLR (tests/peers/ss7_elements.py).
#[derive(Debug)]
pub struct Elements {
    child: Child,
    steps: ChildStdin,
    done: Receiver<String>,
}

impl Elements {
    /// Starts them and waits until the signalling gateway has taken them.
    pub fn start(pengate: &str) -> Self {
        let mut child = scripted("ss7_elements.py")
            .unwrap()
            .args(["--server", STP, "--local", "127.0.0.2"])
            .args(["--context", "2", "--pengate", pengate])
            .args(["--direct", OURS, "--direct-local", NODE])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (tell, done) = channel();
        thread::spawn(move || {
            lines
                .map_while(Result::ok)
                .try_for_each(|line| tell.send(line))
        });
        let mut elements = Self {
            steps: child.stdin.take().unwrap(),
            child,
            done,
        };
        elements.await_done("join");
        elements
    }

    /// One step, with what it needs to know; gives what it tells.
    pub fn step(&mut self, name: &str, mut about: Value) -> Value {
        about["step"] = name.into();
        writeln!(self.steps, "{about}").unwrap();
        self.await_done(name)
    }

    fn await_done(&mut self, name: &str) -> Value {
        let Ok(line) = self.done.recv_timeout(STEP) else {
            let _ = self.child.kill();
            panic!("`{name}` did not come about: {:?}", self.child.wait());
        };
        let told: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(told["done"], name);
        told
    }
}

impl Drop for Elements {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
