//! Kept inputs through a body, on a stable toolchain.

use std::{fs, path::Path};

/// Calls `run` with each seed of a target and each input that fuzzing found, and names the file
/// that stops it. `fuzz` is the folder of all targets.
pub fn replay(fuzz: &str, target: &str, run: fn(&[u8])) {
    for kept in ["corpus", "found"] {
        let folder = Path::new(fuzz).join(kept).join(target);
        let mut files: Vec<_> = fs::read_dir(&folder)
            .unwrap()
            .map(|file| file.unwrap().path())
            .collect();
        files.sort();
        assert!(!files.is_empty(), "no input in {}", folder.display());
        for file in files {
            let octets = fs::read(&file).unwrap();
            // Shown only when the test fails, and then the last line is the culprit.
            eprintln!("{}", file.display());
            run(&octets);
        }
    }
}
