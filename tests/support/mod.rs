//! What tests share: foreign peers that may or may not be installed.

use std::{env, ffi::OsStr, path::Path, process::Command};

/// A command of a foreign peer, or `None` where it is not installed: the caller then returns, and
/// the test counts as skipped by name. With `PENGATE_PEERS=required`, as under `./tests/run`, a
/// missing peer fails the test instead.
///
/// # Panics
/// When the peer is required and missing.
pub fn peer(name: &str) -> Option<Command> {
    let found = find(name, env::var_os("PATH").as_deref());
    if found.is_none() {
        assert!(
            !is_required(),
            "{name} is not installed, and PENGATE_PEERS=required"
        );
        eprintln!("skipped: {name} is not installed");
    }
    found
}

/// Whether a test fails that cannot have what it needs, rather than being skipped by name.
pub fn is_required() -> bool {
    env::var_os("PENGATE_PEERS").is_some_and(|value| value == "required")
}

/// Debian puts daemons where the search path of users does not lead.
const DAEMONS: [&str; 2] = ["/usr/sbin", "/sbin"];

fn find(name: &str, search: Option<&OsStr>) -> Option<Command> {
    let searched: Vec<_> = search.map(env::split_paths).into_iter().flatten().collect();
    searched
        .iter()
        .map(AsRef::<Path>::as_ref)
        .chain(DAEMONS.map(Path::new))
        .map(|folder| folder.join(name))
        .find(|path| path.is_file())
        .map(Command::new)
}
