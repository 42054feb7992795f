//! What is in a presence document, and whether the schemas allow it.

use std::{fs, path::Path, process::Command};

/// How many packet sessions a document tells of.
pub fn sessions(document: &str) -> u32 {
    let parsed = roxmltree::Document::parse(document).unwrap();
    let mut nodes = parsed.descendants();
    let pdp = nodes.find(|node| node.tag_name().name() == "pdp");
    let active = pdp.and_then(|node| node.attribute("active"));
    active.map_or(0, |active| active.parse().unwrap())
}

/// The notes of a document's tuples, in its order.
pub fn notes(document: &str) -> Vec<String> {
    let parsed = roxmltree::Document::parse(document).unwrap();
    let notes = parsed
        .descendants()
        .filter(|node| node.tag_name().name() == "note");
    notes
        .filter_map(|node| node.text())
        .map(ToOwned::to_owned)
        .collect()
}

/// What xmllint has against these documents; empty when all are valid.
pub fn complaints(mut xmllint: Command, documents: &[String]) -> String {
    assert!(!documents.is_empty());
    let folder = tempfile::tempdir().unwrap();
    for (number, document) in documents.iter().enumerate() {
        fs::write(folder.path().join(format!("{number:04}.xml")), document).unwrap();
    }
    let files = fs::read_dir(folder.path()).unwrap();
    let output = xmllint
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/schemas/presence"))
        .env("XML_CATALOG_FILES", "catalog.xml")
        .args(["--nonet", "--noout", "--schema", "all.xsd"])
        .args(files.map(|file| file.unwrap().path()))
        .output()
        .unwrap();
    match output.status.success() {
        true => String::new(),
        false => format!(
            "{}\n{}\n{}",
            output.status,
            String::from_utf8_lossy(&output.stderr),
            documents.join("\n\n")
        ),
    }
}

/// A document as a presence user agent publishes it.
pub fn document(entity: &str, basic: &str, note: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <presence xmlns=\"urn:ietf:params:xml:ns:pidf\" entity=\"{entity}\">\n\
         <tuple id=\"t1\"><status><basic>{basic}</basic></status>\
         <note>{note}</note><timestamp>2026-01-01T00:00:00Z</timestamp></tuple>\n\
         </presence>\n"
    )
}
