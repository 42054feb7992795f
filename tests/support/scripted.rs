//! Peers written in Python (tests/peers/README.md).

use std::{fs, path::Path, process::Command};

use crate::support::{is_required, peer};

/// The interpreter with this script of `tests/peers` as its first argument, or `None` where the
/// environment is missing or older than its list: the caller then returns, and the test counts as
/// skipped by name. With `PENGATE_PEERS=required` the test fails instead.
///
/// # Panics
/// When the environment is required and missing, and when there is no such script.
pub fn scripted(script: &str) -> Option<Command> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let scripts = root.join("tests/peers");
    let environment = root.join("target/peers/venv");
    let script = scripts.join(script);
    assert!(script.is_file(), "{} is not there", script.display());
    let wanted = fs::read(scripts.join("requirements.txt")).unwrap();
    let installed = fs::read(environment.join("requirements.txt"));
    if installed.is_ok_and(|installed| installed == wanted) {
        let mut command = Command::new(environment.join("bin/python"));
        // Nothing is written beside the scripts, and what they say comes at once.
        command.args(["-B", "-u"]).arg(script);
        return Some(command);
    }
    let what = "the environment of scripted peers is missing or old (./tests/run peers makes it)";
    assert!(!is_required(), "{what}, and PENGATE_PEERS=required");
    eprintln!("skipped: {what}");
    None
}

/// `tests/vm/run`, which runs a command under a kernel with SCTP (tests/vm/README.md), or `None`
/// where what it needs is missing: the caller then returns, and the test counts as skipped by name.
/// With `PENGATE_PEERS=required` the test fails instead.
///
/// # Panics
/// When the guest is required and something of it is missing.
pub fn guest() -> Option<Command> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for needed in ["linux.uml", "modprobe"] {
        peer(needed)?;
    }
    if root.join("target/peers/vm/registers.so").is_file() {
        return Some(Command::new(root.join("tests/vm/run")));
    }
    let what = "the guest's library is missing (./tests/run peers makes it)";
    assert!(!is_required(), "{what}, and PENGATE_PEERS=required");
    eprintln!("skipped: {what}");
    None
}
