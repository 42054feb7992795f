//! Reading and writing whole documents.

use std::{fs, path::PathBuf};

use proptest::prelude::*;

use super::*;
use crate::Stamp;

fn seeds() -> Vec<(String, Vec<u8>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus/pidf");
    let mut seeds: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, fs::read(path).unwrap())
        })
        .collect();
    seeds.sort();
    assert!(seeds.len() > 25);
    seeds
}

fn seed(name: &str) -> Vec<u8> {
    seeds().into_iter().find(|(of, _)| of == name).unwrap().1
}

fn read(octets: impl AsRef<[u8]>) -> Result<Document, PidfError> {
    parse(octets.as_ref(), &Limits::default())
}

fn written(document: &Document) -> String {
    let mut out = Vec::new();
    document.write(document.entity(), &mut out);
    String::from_utf8(out).unwrap()
}

/// A presence element about Alice with that content.
fn about_alice(content: &str) -> String {
    format!(
        "<presence xmlns=\"urn:ietf:params:xml:ns:pidf\" xmlns:dm=\"urn:ietf:params:xml:ns:pidf:data-model\" entity=\"sip:alice@ims.example\">{content}</presence>"
    )
}

/// What a document says, whatever the prefixes: one line a component, sorted.
fn meaning(xml: &str) -> Vec<String> {
    fn element(node: roxmltree::Node<'_, '_>, out: &mut String) {
        if node.is_text() {
            out.push_str(node.text().unwrap_or_default());
        }
        if !node.is_element() {
            return;
        }
        out.push_str(&format!("<{:?}", node.tag_name()));
        let mut attributes: Vec<_> = node
            .attributes()
            .map(|attribute| {
                format!(
                    "{:?}{}={}",
                    attribute.namespace(),
                    attribute.name(),
                    attribute.value()
                )
            })
            .collect();
        attributes.sort();
        out.push_str(&attributes.join(" "));
        node.children().for_each(|child| element(child, out));
        out.push('>');
    }
    let tree = roxmltree::Document::parse(xml).unwrap();
    let components = tree
        .root_element()
        .children()
        .filter(|child| child.is_element());
    let mut lines: Vec<_> = components
        .map(|component| {
            let mut line = String::new();
            element(component, &mut line);
            line
        })
        .collect();
    lines.sort();
    lines
}

#[test]
fn every_seed_is_read_or_refused_as_its_name_says() {
    for (name, octets) in seeds() {
        let document = read(&octets);
        assert_eq!(
            document.is_err(),
            name.starts_with("invalid-"),
            "{name}: {document:?}"
        );
        exercise(&octets).unwrap();
        if let Ok(document) = document {
            let text = String::from_utf8(octets).unwrap();
            let text = text.trim_start_matches('\u{feff}');
            assert_eq!(meaning(&written(&document)), meaning(text), "{name}");
        }
    }
}

#[test]
fn components_know_what_composition_needs() {
    let document = read(seed("02-cs-call-busy.xml")).unwrap();
    let components: Vec<_> = document.components().collect();
    let kinds: Vec<_> = components.iter().map(Component::kind).collect();
    assert_eq!(kinds, [Kind::Tuple, Kind::Person, Kind::Device]);
    let tel = &components[0];
    assert_eq!(tel.id(), Some("tel"));
    assert_eq!(tel.basic(), Some(Basic::Open));
    assert_eq!(tel.contact(), Some("tel:+99900000001"));
    assert_eq!(tel.service_id(), Some("org.3gpp.cs-telephony"));
    assert_eq!(tel.class(), Some("pna-cs"));
    let device = "urn:uuid:5b1c9a52-7d3e-5c0e-9a41-3f2d8c6b1e07";
    assert_eq!(tel.devices().collect::<Vec<_>>(), [device]);
    assert_eq!(components[2].devices().collect::<Vec<_>>(), [device]);
    let at: Stamp = "2026-03-01T10:20:05Z".parse().unwrap();
    assert_eq!(tel.timestamp(), Some(at));
    assert_eq!(components[1].class(), Some("pna"));
}

#[test]
fn components_are_put_in_the_order_of_the_schema() {
    let document = read(seed("person-before-tuple.xml")).unwrap();
    let kinds: Vec<_> = document
        .components()
        .map(|component| component.kind())
        .collect();
    assert_eq!(kinds, [Kind::Tuple, Kind::Note, Kind::Person]);
    let tuple = document.components().next().unwrap();
    assert_eq!(tuple.id(), Some("t1"));
    assert_eq!(tuple.contact(), Some("sip:alice@[2001:db8::1]:5080"));
    let (before, after) = tuple.around_id();
    assert!(before.ends_with("id=\"") && after.starts_with("\">"));
}

#[test]
fn a_foreign_prefix_goes_along_with_its_component() {
    let document = read(seed("other-prefixes.xml")).unwrap();
    let components: Vec<_> = document.components().collect();
    assert!(components[0].text().starts_with(
        r#"<p:tuple xmlns:p="urn:ietf:params:xml:ns:pidf" xmlns="urn:example:default" xmlns:r="urn:example:not-rpid" xmlns:q='urn:example:"quoted"' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:t="urn:example:types" id="a">"#
    ), "{}", components[0].text());
    assert_eq!(components[0].basic(), Some(Basic::Open));
    assert_eq!(document.namespaces(), Namespaces::NONE);
    assert!(
        components[1]
            .text()
            .starts_with("<foreign xmlns=\"urn:example:default\" ")
    );
}

#[test]
fn every_prefix_of_a_document_is_an_error() {
    for (name, octets) in seeds() {
        if name.starts_with("invalid-") {
            continue;
        }
        let end = octets.iter().rposition(|octet| *octet == b'>').unwrap();
        for length in 0..=end {
            assert!(read(&octets[..length]).is_err(), "{name}: {length}");
        }
    }
}

#[test]
fn each_error_says_what_and_where() {
    use PidfErrorKind as Kind;
    let start = about_alice("").find("</presence>").unwrap();
    for (content, at, kind) in [
        ("x", 0, Kind::StrayText),
        ("<tuple><status/></tuple>", 0, Kind::MissingAttribute),
        ("<tuple id=\"1\"><status/></tuple>", 11, Kind::BadId),
        (
            "<tuple id=\"a\"><status/></tuple><dm:person id=\"a\"/>",
            46,
            Kind::DuplicateId,
        ),
        ("<tuple id=\"a\"></tuple>", 14, Kind::MissingElement),
        ("<tuple id=\"a\"><note/></tuple>", 14, Kind::MissingElement),
        ("<dm:device id=\"a\"></dm:device>", 18, Kind::MissingElement),
        (
            "<tuple id=\"a\"><status/><status/></tuple>",
            23,
            Kind::OutOfPlace,
        ),
        (
            "<tuple id=\"a\"><status/><note/><contact/></tuple>",
            30,
            Kind::OutOfPlace,
        ),
        (
            "<tuple id=\"a\"><status/><timestamp>2026-03-01</timestamp></tuple>",
            34,
            Kind::Timestamp,
        ),
        (
            "<tuple id=\"a\"><status><basic>up</basic></status></tuple>",
            29,
            Kind::Basic,
        ),
        (
            "<tuple id=\"a\"><status/><contact priority=\"1.5\">x</contact></tuple>",
            42,
            Kind::Priority,
        ),
        (
            "<tuple id=\"a\"><status/><contact priority=\"0x5\">x</contact></tuple>",
            42,
            Kind::Priority,
        ),
        (
            "<tuple id=\"a\"><status/><x:y/></tuple>",
            24,
            Kind::UnboundPrefix,
        ),
        ("<note>&x;</note>", 6, Kind::Entity),
        ("<note>&#0;</note>", 6, Kind::Character),
        ("<note>\u{1}</note>", 6, Kind::Character),
        ("<note>]]></note>", 6, Kind::NotWellFormed),
        ("<note a=\"1\" a=\"2\"/>", 15, Kind::NotWellFormed),
        ("<note a=\"<\"/>", 9, Kind::NotWellFormed),
        ("<note a=\"&x;\"/>", 9, Kind::Entity),
        ("<note a=1/>", 6, Kind::NotWellFormed),
        ("<note></not>", 6, Kind::NotWellFormed),
        ("<!-- a -- b -->", 7, Kind::NotWellFormed),
        ("<presentity/>", 0, Kind::OutOfPlace),
    ] {
        let error = read(about_alice(content)).unwrap_err();
        assert_eq!(error, kind.at(start + at), "{content}");
    }
}

#[test]
fn errors_around_the_root_say_what_and_where() {
    use PidfErrorKind as Kind;
    for (document, at, kind) in [
        ("", 0, Kind::NotWellFormed),
        ("<a/>", 0, Kind::Root),
        (
            "<presence xmlns=\"urn:ietf:params:xml:ns:pidf\"/>",
            0,
            Kind::MissingAttribute,
        ),
        ("<!DOCTYPE presence><presence/>", 0, Kind::Doctype),
        (
            "<?xml version=\"1.0\"?><!DOCTYPE presence [<!ENTITY",
            21,
            Kind::Doctype,
        ),
        (
            "<?xml version=\"1.0\" encoding=\"UTF-16\"?><a/>",
            30,
            Kind::Encoding,
        ),
        ("<?xml encoding=\"UTF-8\"?><a/>", 0, Kind::NotWellFormed),
    ] {
        assert_eq!(read(document), Err(kind.at(at)), "{document}");
    }
    let twice = about_alice("") + "<presence/>";
    let at = about_alice("").len();
    assert_eq!(read(twice), Err(Kind::NotWellFormed.at(at)));
}

#[test]
fn limits_are_kept() {
    use PidfErrorKind as Kind;
    let small = Limits {
        octets_max: 1_000,
        depth_max: 3,
        elements_max: 4,
        attributes_max: 3,
    };
    let refused = |content: &str| {
        parse(about_alice(content).as_bytes(), &small)
            .unwrap_err()
            .kind
    };
    assert_eq!(refused(&"<note/>".repeat(200)), Kind::TooLarge);
    assert_eq!(refused("<dm:x><dm:y><dm:z/></dm:y></dm:x>"), Kind::TooDeep);
    assert_eq!(
        refused("<note/><note/><note/><note/>"),
        Kind::TooManyElements
    );
    assert_eq!(
        refused("<note a=\"\" b=\"\" c=\"\" d=\"\"/>"),
        Kind::TooManyAttributes
    );
    assert!(Kind::TooDeep.is_limit() && !Kind::Basic.is_limit());
    let deep = about_alice(&("<dm:x>".repeat(5_000) + &"</dm:x>".repeat(5_000)));
    assert_eq!(read(deep).unwrap_err().kind, Kind::TooDeep);
}

#[test]
fn times_are_read_leniently_but_are_times() {
    for (text, read_as) in [
        ("2026-03-01T10:15:30.250Z", Some(1_772_360_130_250)),
        ("2026-03-01T12:15:30+02:00", Some(1_772_360_130_000)),
        (" 2026-03-01T10:15:30 ", Some(1_772_360_130_000)),
        ("2026-03-01 10:15:30Z", None),
        ("2026-03-01t10:15:30Z", None),
        ("2026-02-30T10:15:30Z", None),
    ] {
        let document = about_alice(&format!(
            "<tuple id=\"a\"><status/><timestamp>{text}</timestamp></tuple>"
        ));
        let at = read(document).ok().map(|document| {
            document
                .components()
                .next()
                .unwrap()
                .timestamp()
                .unwrap()
                .millis()
        });
        assert_eq!(at, read_as, "{text}");
    }
}

proptest! {
    #[test]
    fn octets_of_any_kind_are_read_or_refused(octets in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert_eq!(exercise(&octets), Ok(()));
    }

    #[test]
    fn damaged_documents_are_read_or_refused(
        which in 0_usize..20,
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let seeds = seeds();
        let mut octets = seeds[which % seeds.len()].1.clone();
        for (place, octet) in damage {
            let place = place.index(octets.len());
            octets[place] = octet;
        }
        prop_assert_eq!(exercise(&octets), Ok(()));
    }

    #[test]
    fn what_is_written_is_read_as_it_was(
        id in "[a-z_][a-z0-9.-]{0,8}",
        note in "\\PC{0,20}",
        contact in "sip:[a-z&<>\"']{1,10}@ims\\.example",
        open in any::<bool>(),
    ) {
        let mut body = Vec::new();
        let mut writer = Writer::new(&mut body);
        writer.element(Namespace::Pidf, "tuple", |w| {
            w.attribute("id", &id);
            w.element(Namespace::Pidf, "status", |w| {
                w.leaf(Namespace::Pidf, "basic", if open { "open" } else { "closed" });
            });
            w.leaf(Namespace::Rpid, "class", &note);
            w.leaf(Namespace::Pidf, "contact", &contact);
        });
        let namespaces = writer.namespaces();
        let mut out = Vec::new();
        write_presence("sip:alice@ims.example", namespaces, &mut out, |out| out.extend(&body));
        let document = read(&out).unwrap();
        let tuple = document.components().next().unwrap();
        prop_assert_eq!(tuple.id(), Some(id.as_str()));
        prop_assert_eq!(tuple.basic() == Some(Basic::Open), open);
        prop_assert_eq!(content(tuple.contact().unwrap()), contact);
        prop_assert_eq!(tuple.class().map(content).unwrap_or_default(), note.trim_matches([' ', '\t', '\r', '\n']));
        prop_assert_eq!(written(&document).into_bytes(), out);
    }
}
