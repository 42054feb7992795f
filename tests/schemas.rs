//! Every document of ours is valid by the schemas of PIDF and its extensions.
//!
//! Needs xmllint. Where it is missing the tests say so and pass, unless `PENGATE_PEERS=required`.

#![expect(clippy::unwrap_used, reason = "test code outside of test functions")]

#[path = "golden/rows.rs"]
mod rows;

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

fn schemas() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/schemas/presence")
}

/// Whether xmllint is there; if it must be and is not, the test fails.
fn xmllint_is_missing(test: &str) -> bool {
    let missing = Command::new("xmllint").arg("--version").output().is_err();
    let required = env::var("PENGATE_PEERS").is_ok_and(|value| value == "required");
    assert!(!missing || !required, "{test}: xmllint is missing");
    if missing {
        eprintln!("skipped {test}: xmllint is missing");
    }
    missing
}

/// What xmllint says against the files in a folder; empty when all are valid.
fn complaints(folder: &Path) -> String {
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    assert!(!files.is_empty());
    let output = Command::new("xmllint")
        .current_dir(schemas())
        .env("XML_CATALOG_FILES", "catalog.xml")
        .args(["--nonet", "--noout", "--schema", "all.xsd"])
        .args(&files)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    let complaints: Vec<_> = said
        .lines()
        .filter(|line| !line.ends_with(" validates"))
        .collect();
    match output.status.success() {
        true => String::new(),
        false => format!("{}\n{}", output.status, complaints.join("\n")),
    }
}

#[test]
fn documents_of_all_states_are_valid() {
    if xmllint_is_missing("documents_of_all_states_are_valid") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for case in rows::cases() {
        let path = folder.path().join(case.name).with_extension("xml");
        fs::write(path, case.document()).unwrap();
    }
    assert_eq!(complaints(folder.path()), "");
}

#[test]
fn documents_of_mixed_states_are_valid() {
    if xmllint_is_missing("documents_of_mixed_states_are_valid") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for (number, case) in rows::mixed(200).into_iter().enumerate() {
        let path = folder.path().join(format!("{number:03}.xml"));
        fs::write(path, case.document()).unwrap();
    }
    assert_eq!(complaints(folder.path()), "");
}

#[test]
fn an_invalid_document_is_noticed() {
    if xmllint_is_missing("an_invalid_document_is_noticed") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let invalid = "<presence xmlns=\"urn:ietf:params:xml:ns:pidf\"/>";
    fs::write(folder.path().join("no-entity.xml"), invalid).unwrap();
    assert!(complaints(folder.path()).contains("entity"));
}
