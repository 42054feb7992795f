//! A gateway under test: a process with a data folder, killed when the test is over.

use std::{
    ffi::OsString,
    fs,
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, ChildStderr, Command, ExitStatus, Stdio},
    sync::{Arc, Condvar, Mutex},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;
use tempfile::TempDir;

use crate::support::peer;

/// How long anything may take on a machine that is busy with other things. Only what hangs takes as
/// long: nothing waits for it to pass.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// What a gateway is started with.
#[derive(Debug)]
pub struct Setup {
    folder: TempDir,
    data: Option<PathBuf>,
    radius: Vec<SocketAddr>,
    sip: Vec<SocketAddr>,
    settings: Vec<String>,
    record: Option<PathBuf>,
    namespace: Option<String>,
}

/// A running gateway.
#[derive(Debug)]
pub struct Gateway {
    setup: Setup,
    child: Child,
    lines: Arc<Lines>,
    /// Where RADIUS is listened for, in the order of the configuration.
    pub radius: Vec<SocketAddr>,
    /// Where SIP is listened for, over UDP and TCP, in the order of the configuration.
    pub sip: Vec<SocketAddr>,
    /// Administrative HTTP.
    pub admin: SocketAddr,
}

impl Default for Setup {
    /// The embedded configuration on ports of the system's choice of 127.0.0.1.
    fn default() -> Self {
        let any = "127.0.0.1:0".parse().unwrap();
        Self {
            folder: TempDir::new().unwrap(),
            data: None,
            radius: vec![any],
            sip: vec![any],
            settings: Vec::new(),
            record: None,
            namespace: None,
        }
    }
}

impl Setup {
    /// Overrides a key of the configuration.
    pub fn set(mut self, setting: impl Into<String>) -> Self {
        self.settings.push(setting.into());
        self
    }

    /// Listens on `[::1]` as well.
    pub fn with_ipv6(mut self) -> Self {
        let any = "[::1]:0".parse().unwrap();
        self.radius.push(any);
        self.sip.push(any);
        self
    }

    /// Keeps the data in this folder.
    pub fn data(mut self, folder: impl Into<PathBuf>) -> Self {
        self.data = Some(folder.into());
        self
    }

    /// Provisions the subscribers of this CSV text.
    pub fn subscribers(self, csv: &str) -> Self {
        let path = self.folder().join("subscribers.csv");
        fs::write(path, csv).unwrap();
        self.set("subscribers.file=subscribers.csv")
    }

    /// Records to `recording()`.
    pub fn recorded(mut self) -> Self {
        self.record = Some(self.folder().join("recording.pcapng"));
        self
    }

    /// Runs in this network namespace.
    pub fn within(mut self, namespace: &str) -> Self {
        self.namespace = Some(namespace.to_owned());
        self
    }

    /// The gateway's working directory, gone after the test.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Starts the gateway and waits until it is ready.
    pub fn start(mut self) -> Gateway {
        let mut child = self.command().spawn().unwrap();
        let lines = Arc::new(Lines::default());
        lines.follow(child.stderr.take().unwrap());
        let is_ready = |line: &Value| line["message"] == "Ready.";
        if lines.wait(is_ready).is_none() {
            let _ = child.kill();
            let said = lines.text();
            panic!("the gateway did not start: {:?}\n{said}", child.wait());
        }
        let listening = |service| lines.listening(service);
        // Started anew, it is to be found where it was.
        self.radius = listening("radius");
        self.sip = listening("sip/udp");
        Gateway {
            radius: self.radius.clone(),
            sip: self.sip.clone(),
            admin: listening("admin")[0],
            setup: self,
            child,
            lines,
        }
    }

    fn command(&self) -> Command {
        let list = |key: &str, addresses: &[SocketAddr]| {
            let quoted: Vec<_> = addresses.iter().map(|one| format!("\"{one}\"")).collect();
            format!("{key}=[{}]", quoted.join(","))
        };
        let mut settings = vec![
            list("radius.listen", &self.radius),
            list("sip.listen", &self.sip),
            "admin.listen=127.0.0.1:0".to_owned(),
            "log.format=json".to_owned(),
        ];
        let data = self.data.clone();
        let data = data.unwrap_or_else(|| self.folder().join("data"));
        settings.push(format!("data.folder={}", data.display()));
        settings.extend(self.settings.iter().cloned());
        let mut arguments = vec![OsString::from("run")];
        for setting in settings {
            arguments.extend(["--set".into(), setting.into()]);
        }
        if let Some(path) = &self.record {
            arguments.extend(["--record".into(), path.into()]);
        }
        let mut command = program();
        if let Some(namespace) = &self.namespace {
            let mut within = peer("ip").unwrap();
            within.args(["netns", "exec", namespace]);
            within.arg(command.get_program()).env_remove("PENGATE_LOG");
            command = within;
        }
        command.args(arguments).current_dir(self.folder());
        command.stdin(Stdio::null()).stdout(Stdio::null());
        command.stderr(Stdio::piped());
        command
    }
}

/// The program under test, with nothing of the caller's environment that it heeds.
pub fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pengate"));
    command.env_remove("PENGATE_LOG");
    command
}

impl Gateway {
    /// The embedded configuration.
    pub fn start() -> Self {
        Setup::default().start()
    }

    /// The process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Its working directory.
    pub fn folder(&self) -> &Path {
        self.setup.folder()
    }

    /// The recording, complete once the gateway has ended.
    pub fn recording(&self) -> PathBuf {
        self.setup.record.clone().unwrap()
    }

    /// Where a service, by its name in the log, is listened for, in the order of the configuration.
    pub fn listening(&self, service: &str) -> Vec<SocketAddr> {
        self.lines.listening(service)
    }

    /// Everything written to the log so far.
    pub fn log_text(&self) -> String {
        self.lines.text()
    }

    /// Waits until a line of the log has all these members.
    pub fn says(&self, wanted: &Value) {
        let members = wanted.as_object().unwrap();
        let is_meant = |line: &Value| {
            members
                .iter()
                .all(|(name, value)| line.get(name) == Some(value))
        };
        assert!(
            self.lines.wait(is_meant).is_some(),
            "it never says {wanted}"
        );
    }

    /// Kills the process at once, as a loss of power would.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Sends SIGTERM and waits for the end.
    pub fn terminate(&mut self) -> ExitStatus {
        let pid = self.pid().to_string();
        let kill = format!("kill -TERM {pid}");
        let sent = Command::new("sh").args(["-c", &kill]).status();
        assert!(sent.unwrap().success());
        self.wait()
    }

    /// Waits for the process to end by itself.
    pub fn wait(&mut self) -> ExitStatus {
        eventually("the gateway ends", || self.child.try_wait().unwrap())
    }

    /// Starts it anew on the same addresses and data, after it ended.
    pub fn restart(mut self) -> Self {
        assert!(self.child.try_wait().unwrap().is_some(), "it still runs");
        std::mem::take(&mut self.setup).start()
    }

    /// Starts it anew and kills it after a while, ready or not.
    pub fn stumble(&mut self, after: Duration) {
        assert!(self.child.try_wait().unwrap().is_some(), "it still runs");
        let mut child = self.setup.command().spawn().unwrap();
        thread::sleep(after);
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if thread::panicking() {
            eprintln!("the gateway's log:\n{}", self.lines.text());
        }
    }
}

/// What the process wrote to its log, line by line.
#[derive(Debug, Default)]
struct Lines {
    written: Mutex<Written>,
    more: Condvar,
}

#[derive(Debug, Default)]
struct Written {
    lines: Vec<String>,
    is_over: bool,
}

impl Lines {
    /// Reads until the process ends, on a thread of its own.
    fn follow(self: &Arc<Self>, stderr: ChildStderr) {
        let lines = Arc::clone(self);
        thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                lines.written.lock().unwrap().lines.push(line);
                lines.more.notify_all();
            }
            lines.written.lock().unwrap().is_over = true;
            lines.more.notify_all();
        });
    }

    /// The first line that is meant; `None` when the process ended without it.
    fn wait(&self, is_meant: impl Fn(&Value) -> bool) -> Option<Value> {
        let end = Instant::now() + PATIENCE;
        let mut written = self.written.lock().unwrap();
        loop {
            let lines = written.lines.iter().filter_map(|line| parse(line));
            if let Some(found) = lines.into_iter().find(&is_meant) {
                return Some(found);
            }
            let left = end.saturating_duration_since(Instant::now());
            if written.is_over || left.is_zero() {
                return None;
            }
            written = self.more.wait_timeout(written, left).unwrap().0;
        }
    }

    fn listening(&self, service: &str) -> Vec<SocketAddr> {
        let written = self.written.lock().unwrap();
        let lines = written.lines.iter().filter_map(|line| parse(line));
        lines
            .filter(|line| line["message"] == "Listening." && line["service"] == service)
            .map(|line| line["address"].as_str().unwrap().parse().unwrap())
            .collect()
    }

    fn text(&self) -> String {
        self.written.lock().unwrap().lines.join("\n")
    }
}

fn parse(line: &str) -> Option<Value> {
    serde_json::from_str(line).ok()
}

/// Asks again and again until there is an answer.
pub fn eventually<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < end, "this did not come about: {what}");
        thread::sleep(Duration::from_millis(10));
    }
}
