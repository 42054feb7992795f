//! Runs every kept fuzz input through the body of its target, on a stable toolchain.
#![allow(clippy::expect_used, reason = "a test may stop at the first surprise")]
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
#![allow(
    missing_docs,
    reason = "a test crate has no readers of its documentation"
)]

use std::{fs, path::Path};

#[path = "../../fuzz/bodies/radius.rs"]
mod radius;

#[test]
fn every_radius_input_is_read_or_refused() {
    replay("radius", radius::run);
}

/// Calls `run` with each file of a corpus, and names the file that stops it.
fn replay(target: &str, run: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../fuzz/corpus")
        .join(target);
    let mut files: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .filter(|path| path.is_file())
        .collect();
    files.sort();
    assert!(!files.is_empty(), "no input for {target}");
    for file in files {
        let octets = fs::read(&file).unwrap();
        eprintln!("{}", file.display());
        run(&octets);
    }
}
