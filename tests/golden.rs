//! Documents of many states, compared whole with those in `tests/golden/documents`.
//!
//! `PENGATE_BLESS=1` rewrites them.

#![expect(clippy::unwrap_used, reason = "test code outside of test functions")]

#[path = "golden/rows.rs"]
mod rows;

use std::{collections::BTreeSet, env, fs, path::PathBuf};

#[test]
fn every_state_gives_its_golden_document() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/documents");
    let bless = env::var_os("PENGATE_BLESS").is_some();
    let mut names = BTreeSet::new();
    let mut different = Vec::new();
    for case in rows::cases() {
        assert!(
            names.insert(format!("{}.xml", case.name)),
            "{} twice",
            case.name
        );
        let path = folder.join(format!("{}.xml", case.name));
        // One element a line reads better, and nothing is lost: we write no text between elements.
        let document = lines(&case.document());
        if bless {
            fs::write(&path, &document).unwrap();
        } else if fs::read(&path).ok().as_deref() != Some(document.as_slice()) {
            different.push(format!(
                "{}:\n{}",
                case.name,
                String::from_utf8_lossy(&document)
            ));
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
    let files = fs::read_dir(&folder).unwrap();
    let files: BTreeSet<_> = files
        .map(|file| file.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    assert_eq!(files, names, "golden documents without a state");
}

fn lines(document: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(document).replace("><", ">\n<");
    format!("{text}\n").into_bytes()
}
