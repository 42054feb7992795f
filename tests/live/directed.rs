//! A peer written in Python that a test directs: commands go to it as lines of JSON, and what happens
//! at its end comes back as lines of JSON.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    process::{Child, ChildStdin, Command, Stdio},
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    thread,
    time::Instant,
};

use serde_json::Value;

use crate::gateway::PATIENCE;

/// A port that nobody has, and that the system gives to no connection meanwhile: it lies below those.
pub fn free_port() -> u16 {
    const FIRST: u32 = 20_000;
    const COUNT: u32 = 12_000;
    static TAKEN: AtomicU32 = AtomicU32::new(0);
    loop {
        let next = std::process::id() * 31 + TAKEN.fetch_add(1, Ordering::Relaxed);
        let port = u16::try_from(FIRST + next % COUNT).unwrap();
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// A running script, killed when the test is over.
#[derive(Debug)]
pub struct Directed {
    child: Child,
    stdin: ChildStdin,
    heard: Arc<Heard>,
}

/// What the script said and nobody took.
#[derive(Debug, Default)]
struct Heard {
    said: Mutex<Said>,
    more: Condvar,
}

#[derive(Debug, Default)]
struct Said {
    lines: Vec<Value>,
    errors: String,
    is_over: bool,
}

impl Directed {
    /// Starts it and waits until it says that it has.
    pub fn start(mut command: Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let heard = Arc::new(Heard::default());
        let (stdout, stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        let follow = Arc::clone(&heard);
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                let line = serde_json::from_str(&line).unwrap_or(Value::String(line));
                follow.said.lock().unwrap().lines.push(line);
                follow.more.notify_all();
            }
            follow.said.lock().unwrap().is_over = true;
            follow.more.notify_all();
        });
        let complain = Arc::clone(&heard);
        thread::spawn(move || {
            let mut stderr = BufReader::new(stderr);
            let mut piece = [0; 4096];
            while let Ok(length @ 1..) = stderr.read(&mut piece) {
                let text = String::from_utf8_lossy(&piece[..length]);
                complain.said.lock().unwrap().errors += &text;
            }
        });
        let stdin = child.stdin.take().unwrap();
        let script = Self {
            child,
            stdin,
            heard,
        };
        script.hear("started", |line| line["what"] == "started");
        script
    }

    /// Has it do something.
    pub fn tell(&mut self, command: &Value) {
        writeln!(self.stdin, "{command}").unwrap();
    }

    /// Waits for a line that is meant, and takes it; others stay for later.
    pub fn hear(&self, what: &str, is_meant: impl Fn(&Value) -> bool) -> Value {
        let end = Instant::now() + PATIENCE;
        let mut said = self.heard.said.lock().unwrap();
        loop {
            if let Some(place) = said.lines.iter().position(&is_meant) {
                return said.lines.remove(place);
            }
            let left = end.saturating_duration_since(Instant::now());
            if said.is_over || left.is_zero() {
                // The threads that follow the script go on without a poisoned lock.
                drop(said);
                panic!("not heard: {what}");
            }
            said = self.heard.more.wait_timeout(said, left).unwrap().0;
        }
    }

    /// How many lines that are meant wait to be taken.
    pub fn count(&self, is_meant: impl Fn(&Value) -> bool) -> usize {
        let said = self.heard.said.lock().unwrap();
        said.lines.iter().filter(|line| is_meant(line)).count()
    }

    /// Kills it at once, as a loss of power would.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Directed {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if thread::panicking() {
            let said = self.heard.said.lock();
            let said = said.unwrap_or_else(std::sync::PoisonError::into_inner);
            eprintln!("the script said: {:#?}\n{}", said.lines, said.errors);
        }
    }
}
