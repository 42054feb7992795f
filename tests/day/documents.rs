//! Form one: the peers' octets step by step, and the document after each.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use crate::{
    steps::DAY,
    support::peer,
    world::{Known, World},
};

pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/day/documents")
}

fn name(number: usize) -> String {
    format!("{number:02}-{}.xml", DAY[number].name)
}

/// One element a line: we write no text between elements.
pub fn lines(document: &str) -> String {
    format!("{}\n", document.replace("><", ">\n<"))
}

/// The document that is to be held after a step.
pub fn expected(number: usize) -> String {
    fs::read_to_string(folder().join(name(number))).unwrap_or_default()
}

#[test]
fn after_each_step_the_watcher_holds_the_document_that_is_demanded() {
    let blesses = env::var("PENGATE_BLESS").is_ok_and(|value| value == "1");
    let mut day = World::new(Known::Provisioned);
    let mut complaints = Vec::new();
    for (number, step) in DAY.iter().enumerate() {
        day.take(step, number);
        let found = lines(&day.document);
        assert_eq!(
            lines(&day.shown()),
            found,
            "{}: what is shown was told",
            step.name
        );
        if blesses {
            fs::write(folder().join(name(number)), &found).unwrap();
        } else if expected(number) != found {
            complaints.push(difference(step.name, &expected(number), &found));
        }
    }
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
    let files = fs::read_dir(folder()).unwrap().count();
    assert_eq!(files, DAY.len(), "a document without a step");
}

#[test]
fn what_events_tie_to_each_other_leads_to_the_same_documents() {
    let mut day = World::new(Known::ByEvents);
    for (number, step) in DAY.iter().enumerate() {
        day.take(step, number);
        if number >= Known::ByEvents.from() {
            assert_same(&expected(number), &lines(&day.document), step.name);
        }
    }
}

/// Fails with the lines that differ.
pub fn assert_same(expected: &str, found: &str, place: &str) {
    assert!(expected == found, "{}", difference(place, expected, found));
}

fn difference(name: &str, expected: &str, found: &str) -> String {
    let lines = similar::TextDiff::from_lines(expected, found);
    let lines = lines.unified_diff().context_radius(2).to_string();
    format!("{name}\n{lines}")
}

#[test]
fn every_document_of_the_day_is_valid() {
    let Some(mut xmllint) = peer("xmllint") else {
        return;
    };
    let schemas = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/schemas/presence");
    let files: Vec<_> = (0..DAY.len())
        .map(|number| folder().join(name(number)))
        .collect();
    let output = xmllint
        .current_dir(schemas)
        .env("XML_CATALOG_FILES", "catalog.xml")
        .args(["--nonet", "--noout", "--schema", "all.xsd"])
        .args(&files)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert_eq!(said.matches(" validates").count(), DAY.len());
}
