//! A presence document for people (RFC 3863, 4479, 4480 and what extends them).

use std::fmt::Write;

use quick_xml::{
    Reader, XmlVersion,
    events::{BytesStart, Event},
};
use thiserror::Error;

/// Why a document cannot be shown.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub(super) enum Unreadable {
    /// It is not well-formed, or has a DTD.
    #[error("the document is not well-formed XML at octet {at}")]
    Xml {
        /// Where.
        at: u64,
    },
    /// It has too many elements, or they nest too deeply.
    #[error("the document is too large to be shown")]
    TooLarge,
    /// Its root is no `presence`.
    #[error("the document is no presence document")]
    Root,
}

const ELEMENTS_MAX: usize = 10_000;
const DEPTH_MAX: usize = 64;

/// An element without its prefix.
#[derive(Debug, Default)]
struct Element {
    name: String,
    attributes: Vec<(String, String)>,
    text: String,
    children: Vec<Element>,
}

impl Element {
    fn attribute(&self, name: &str) -> Option<&str> {
        let mut found = self.attributes.iter().filter(|(told, _)| told == name);
        found.next().map(|(_, value)| value.as_str())
    }

    fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    fn text_of(&self, name: &str) -> Option<&str> {
        let text = self.child(name)?.text.trim();
        (!text.is_empty()).then_some(text)
    }

    /// In one line: its text, or its attributes, or the names and texts of its children.
    fn summary(&self) -> String {
        let text = self.text.trim();
        if !text.is_empty() {
            return text.to_owned();
        }
        let attributes = self.attributes.iter().filter(|(name, _)| name != "id");
        let mut pieces: Vec<String> = attributes
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        pieces.extend(self.children.iter().map(|child| match child.summary() {
            inner if inner.is_empty() => child.name.clone(),
            inner if child.children.is_empty() => format!("{} {inner}", child.name),
            inner => format!("{} ({inner})", child.name),
        }));
        pieces.join(", ")
    }
}

/// Shows a document: one line a service, a person and a device, and below it what else they have.
///
/// # Errors
/// [`Unreadable`] says why not.
pub(super) fn readable(document: &str) -> Result<String, Unreadable> {
    let root = parse(document)?;
    if root.name != "presence" {
        return Err(Unreadable::Root);
    }
    let mut out = String::new();
    line(&mut out, 2, root.attribute("entity").unwrap_or("(nobody)"));
    for child in &root.children {
        match child.name.as_str() {
            "tuple" => tuple(&mut out, child),
            "person" => person(&mut out, child),
            "device" => device(&mut out, child),
            _ => detail(&mut out, 4, child),
        }
    }
    if root.children.is_empty() {
        line(&mut out, 4, "nothing is known");
    }
    Ok(out)
}

fn tuple(out: &mut String, tuple: &Element) {
    let status = tuple.child("status");
    let basic = status.and_then(|status| status.text_of("basic"));
    let mut pieces = vec![
        format!("{:<16}", tuple.attribute("id").unwrap_or("-")),
        format!("{:<7}", basic.unwrap_or("-")),
    ];
    pieces.extend(tuple.text_of("contact").map(str::to_owned));
    pieces.extend(tuple.text_of("class").map(|class| format!("class {class}")));
    pieces.extend(since(tuple));
    line(out, 4, &format!("service  {}", pieces.join("  ")));
    let extensions = status.into_iter().flat_map(|status| &status.children);
    for extension in extensions.filter(|child| child.name != "basic") {
        detail(out, 6, extension);
    }
    rest(out, tuple, &["status", "contact", "class", "timestamp"]);
}

fn person(out: &mut String, person: &Element) {
    let mut pieces = vec![format!("{:<16}", person.attribute("id").unwrap_or("-"))];
    let activities: Vec<&str> = person
        .children
        .iter()
        .filter(|child| child.name == "activities")
        .flat_map(|activities| &activities.children)
        .map(|activity| match activity.text.trim() {
            "" => activity.name.as_str(),
            text => text,
        })
        .collect();
    if !activities.is_empty() {
        pieces.push(activities.join(", "));
    }
    pieces.extend(
        person
            .text_of("class")
            .map(|class| format!("class {class}")),
    );
    pieces.extend(since(person));
    line(out, 4, &format!("person   {}", pieces.join("  ")));
    rest(out, person, &["activities", "class", "timestamp"]);
}

fn device(out: &mut String, device: &Element) {
    let mut pieces = vec![format!("{:<16}", device.attribute("id").unwrap_or("-"))];
    let networks: Vec<String> = device
        .children
        .iter()
        .filter(|child| child.name == "network-availability")
        .flat_map(|networks| &networks.children)
        .map(|network| {
            let states: Vec<String> = network.children.iter().map(state).collect();
            format!(
                "{} {}",
                network.attribute("id").unwrap_or("-"),
                states.join(" ")
            )
        })
        .collect();
    if !networks.is_empty() {
        pieces.push(networks.join(", "));
    }
    pieces.extend(
        device
            .text_of("class")
            .map(|class| format!("class {class}")),
    );
    pieces.extend(device.text_of("deviceID").map(str::to_owned));
    pieces.extend(since(device));
    line(out, 4, &format!("device   {}", pieces.join("  ")));
    rest(
        out,
        device,
        &["network-availability", "class", "deviceID", "timestamp"],
    );
}

/// What is said of a network: an element's name, and what it says in attributes.
fn state(element: &Element) -> String {
    ["state", "active", "reason"]
        .into_iter()
        .filter_map(|name| element.attribute(name))
        .fold(element.name.clone(), |said, value| {
            format!("{said} {value}")
        })
}

fn since(component: &Element) -> Option<String> {
    component.text_of("timestamp").map(|at| format!("at {at}"))
}

/// Every child that has not been shown yet.
fn rest(out: &mut String, component: &Element, shown: &[&str]) {
    for child in &component.children {
        if !shown.contains(&child.name.as_str()) {
            detail(out, 6, child);
        }
    }
}

fn detail(out: &mut String, indent: usize, element: &Element) {
    let summary = element.summary();
    let text = if summary.is_empty() {
        element.name.clone()
    } else {
        format!("{}: {summary}", element.name)
    };
    line(out, indent, &text);
}

/// One line; what could speak to the terminal is left out.
fn line(out: &mut String, indent: usize, text: &str) {
    let clean: String = text.chars().filter(|char| !char.is_control()).collect();
    // A String takes everything.
    let _ = writeln!(out, "{:indent$}{}", "", clean.trim_end());
}

/// Reads a whole document into a tree. DTDs are refused, so entities are the five of XML.
fn parse(document: &str) -> Result<Element, Unreadable> {
    let mut reader = Reader::from_str(document);
    let mut open: Vec<Element> = vec![Element::default()];
    let mut count = 0;
    loop {
        let event = reader.read_event();
        let at = match event {
            Ok(_) => reader.buffer_position(),
            Err(_) => reader.error_position(),
        };
        let broken = Unreadable::Xml { at };
        let mut close = false;
        match event.map_err(|_| broken)? {
            Event::Start(start) => open.push(element(&start).ok_or(broken)?),
            Event::Empty(start) => {
                open.push(element(&start).ok_or(broken)?);
                close = true;
            }
            Event::End(_) => close = true,
            Event::Text(text) => append(&mut open, &text.xml10_content()),
            Event::CData(text) => append(&mut open, &text.xml10_content()),
            Event::GeneralRef(name) => {
                let char = match name.resolve_char_ref().map_err(|_| broken)? {
                    Some(char) => char,
                    None => predefined(&name.xml10_content()).ok_or(broken)?,
                };
                append(&mut open, char.encode_utf8(&mut [0; 4]));
            }
            Event::DocType(_) => return Err(broken),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            Event::Eof => break,
        }
        if close {
            count += 1;
            let element = open.pop().ok_or(broken)?;
            open.last_mut().ok_or(broken)?.children.push(element);
        }
        if count > ELEMENTS_MAX || open.len() > DEPTH_MAX {
            return Err(Unreadable::TooLarge);
        }
    }
    let end = Unreadable::Xml {
        at: reader.buffer_position(),
    };
    let document = open.pop().filter(|_| open.is_empty()).ok_or(end)?;
    let [root] = <[Element; 1]>::try_from(document.children).map_err(|_| end)?;
    Ok(root)
}

fn append(open: &mut [Element], text: &str) {
    if let Some(element) = open.last_mut() {
        element.text.push_str(text);
    }
}

fn element(start: &BytesStart<'_>) -> Option<Element> {
    let mut attributes = Vec::new();
    for attribute in start.attributes() {
        let attribute = attribute.ok()?;
        let name = attribute.key.local_name();
        if attribute.key.as_namespace_binding().is_none() {
            let value = attribute
                .normalized_value(XmlVersion::Implicit1_0)
                .ok()?
                .into_owned();
            attributes.push((name.as_ref().to_owned(), value));
        }
    }
    Some(Element {
        name: start.local_name().as_ref().to_owned(),
        attributes,
        ..Element::default()
    })
}

fn predefined(name: &str) -> Option<char> {
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_persons_and_devices_take_a_line_each() {
        let document = r#"<?xml version="1.0"?>
            <presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model"
                xmlns:r="urn:ietf:params:xml:ns:pidf:rpid" xmlns:op="urn:oma:xml:prs:pidf:oma-pres"
                xmlns:x="urn:example:unknown" entity="sip:alice@ims.example">
              <tuple id="data"><status><basic>open</basic><x:load level="3"/></status>
                <r:class>packet</r:class><contact priority="0.8">sip:alice@ims.example</contact>
                <note>Back &amp; well</note><timestamp>2026-03-01T10:15:30Z</timestamp></tuple>
              <dm:person id="p1"><r:activities><r:on-the-phone/><r:other>tea</r:other></r:activities></dm:person>
              <dm:device id="d1"><op:network-availability><op:network id="PS"><op:active/></op:network>
                <op:network id="CS"><op:terminated/></op:network></op:network-availability>
                <x:cell><x:lac>1</x:lac><x:ci>2</x:ci></x:cell><dm:deviceID>urn:uuid:1</dm:deviceID></dm:device>
            </presence>"#;
        assert_eq!(
            readable(document).unwrap(),
            "  sip:alice@ims.example\n\
             \x20   service  data              open     sip:alice@ims.example  class packet  at 2026-03-01T10:15:30Z\n\
             \x20     load: level=3\n\
             \x20     note: Back & well\n\
             \x20   person   p1                on-the-phone, tea\n\
             \x20   device   d1                PS active, CS terminated  urn:uuid:1\n\
             \x20     cell: lac 1, ci 2\n"
        );
    }

    #[test]
    fn an_empty_document_says_so() {
        let document = r#"<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="sip:a@b"/>"#;
        assert_eq!(
            readable(document).unwrap(),
            "  sip:a@b\n    nothing is known\n"
        );
    }

    #[test]
    fn what_speaks_to_the_terminal_is_left_out() {
        let document = "<presence entity='sip:a'><note>\u{1b}[2Jx&#x9b;31m</note></presence>";
        assert_eq!(readable(document).unwrap(), "  sip:a\n    note: [2Jx31m\n");
    }

    #[test]
    fn what_is_no_presence_document_is_refused() {
        assert_eq!(
            readable("<presence><a></presence>"),
            Err(Unreadable::Xml { at: 13 })
        );
        for document in [
            "",
            "<a/><b/>",
            "<presence>",
            "<!DOCTYPE presence><presence/>",
            "<presence>&x;</presence>",
        ] {
            let error = readable(document).unwrap_err();
            assert!(
                matches!(error, Unreadable::Xml { .. }),
                "{document}: {error}"
            );
        }
        assert_eq!(readable("<resource-lists/>"), Err(Unreadable::Root));
        let deep = format!("{}{}", "<a>".repeat(100), "</a>".repeat(100));
        assert_eq!(readable(&deep), Err(Unreadable::TooLarge));
        let wide = format!("<presence>{}</presence>", "<a/>".repeat(ELEMENTS_MAX));
        assert_eq!(readable(&wide), Err(Unreadable::TooLarge));
    }
}
