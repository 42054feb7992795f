//! What the tests of the store share.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

/// Long enough for any machine: only what hangs takes it.
const PATIENCE: Duration = Duration::from_secs(60);

/// Waits for what has to come.
pub fn until(what: &str, mut come: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !come() {
        assert!(begin.elapsed() < PATIENCE, "{what} did not come");
        thread::sleep(Duration::from_micros(200));
    }
}

/// Copies a folder: what a process finds that starts after another was killed at this moment.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let to = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &to);
            continue;
        }
        match fs::copy(&path, &to) {
            // Removed or renamed meanwhile, as spare segments are.
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            copied => drop(copied.unwrap()),
        }
    }
}
