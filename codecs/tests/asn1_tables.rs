//! Every row of every table is a row of the modules in `asn1/spec`, and the other way round.
#![allow(clippy::expect_used, reason = "a test may stop at the first surprise")]
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
#![allow(clippy::panic, reason = "a test may stop at the first surprise")]
#![allow(
    missing_docs,
    reason = "a test crate has no readers of its documentation"
)]

use std::{collections::BTreeMap, fs};

use pengate_asn1::{Definition, Presence, Row, Shape, Value};
use pengate_codecs::{cap, map};

#[path = "data/asn1/mod.rs"]
mod module;

use module::{Member, Module, Type};

/// The arguments, results and parameters from which every other type is reached.
const ROOTS: &[&Definition] = &[
    map::NoteMmEventArg::DEFINITION,
    map::NoteMmEventRes::DEFINITION,
    map::AnyTimeInterrogationArg::DEFINITION,
    map::AnyTimeInterrogationRes::DEFINITION,
    map::UpdateLocationArg::DEFINITION,
    map::UpdateLocationRes::DEFINITION,
    map::UpdateGprsLocationArg::DEFINITION,
    map::UpdateGprsLocationRes::DEFINITION,
    map::UnknownSubscriberParam::DEFINITION,
    map::SystemFailureParam::DEFINITION,
    map::DataMissingParam::DEFINITION,
    map::UnexpectedDataParam::DEFINITION,
    map::AtiNotAllowedParam::DEFINITION,
    map::MmEventNotSupportedParam::DEFINITION,
    cap::InitialDpArg::DEFINITION,
    cap::EventReportBcsmArg::DEFINITION,
    cap::RequestReportBcsmEventArg::DEFINITION,
    cap::InitialDpGprsArg::DEFINITION,
    cap::EventReportGprsArg::DEFINITION,
    cap::RequestReportGprsEventArg::DEFINITION,
    cap::ContinueGprsArg::DEFINITION,
    cap::EntityReleasedGprsArg::DEFINITION,
    cap::CapGprsReferenceNumber::DEFINITION,
];

/// The modules: first that of MAP, then that of CAP, which has one type of a name that MAP has too.
fn modules() -> [Module; 2] {
    ["map", "cap"].map(|name| {
        let path = format!("{}/../asn1/spec/{name}.asn", env!("CARGO_MANIFEST_DIR"));
        module::parse(&fs::read_to_string(path).unwrap())
    })
}

/// Without case and hyphens, a name of ASN.1 is the name in Rust.
fn plain(name: &str) -> String {
    let kept = name.chars().filter(char::is_ascii_alphanumeric);
    kept.map(|letter| letter.to_ascii_lowercase()).collect()
}

/// What differs between a definition and its type, in words.
fn differences(definition: &Definition, found: &Type) -> Vec<String> {
    let name = definition.name;
    let is_alike = match (&definition.shape, found) {
        (Shape::Integer(min, max), Type::Integer(a, b)) => (*min, *max) == (*a, *b),
        (Shape::OctetString(min, max), Type::OctetString(a, b)) => (*min, *max) == (*a, *b),
        (Shape::BitString(min, max, bits), Type::BitString(a, b, named)) => {
            (*min, *max) == (*a, *b)
                && bits.len() == named.len()
                && bits.iter().zip(named).all(|(bit, (name, number))| {
                    plain(bit.0) == plain(name) && u32::from(bit.1) == *number
                })
        }
        (
            Shape::Enumerated {
                values,
                is_extensible,
            },
            Type::Enumerated(named, marker),
        ) => {
            *is_extensible == marker.is_some()
                && values.len() == named.len()
                && values.iter().zip(named).all(|(value, (name, number))| {
                    plain(value.0) == plain(name) && value.1 == *number
                })
        }
        (
            Shape::Sequence {
                rows,
                is_extensible,
            },
            Type::Sequence(members, marker),
        ) => {
            if *is_extensible != marker.is_some() {
                return vec![format!(
                    "{name}: one has an extension marker, the other has none"
                )];
            }
            return rows_differ(name, rows, members, *marker);
        }
        (Shape::Choice(rows), Type::Choice(members)) => {
            return rows_differ(name, rows, members, None);
        }
        (Shape::SequenceOf(min, max, of), Type::SequenceOf(a, b, element))
        | (Shape::SetOf(min, max, of), Type::SetOf(a, b, element)) => {
            (*min, *max) == (*a, *b) && plain(of.name) == plain(element)
        }
        (Shape::Opaque, Type::Sequence(members, Some(0))) => members.is_empty(),
        _ => false,
    };
    if is_alike {
        vec![]
    } else {
        vec![format!("{name}: {definition:?} is not {found:?}")]
    }
}

fn rows_differ(name: &str, rows: &[Row], members: &[Member], marker: Option<usize>) -> Vec<String> {
    if rows.len() != members.len() {
        return vec![format!(
            "{name}: {} rows, {} members",
            rows.len(),
            members.len()
        )];
    }
    let mut found = Vec::new();
    for (place, (row, member)) in rows.iter().zip(members).enumerate() {
        let presence = match member.presence.as_str() {
            "OPTIONAL" => Presence::Optional,
            "DEFAULT" => Presence::Default,
            _ => Presence::Mandatory,
        };
        let is_alike = plain(row.name) == plain(&member.name)
            && row.context == member.tag
            && plain(row.definition.name) == plain(&member.of)
            && row.presence == presence
            && row.is_extension == marker.is_some_and(|marker| place >= marker);
        if !is_alike {
            found.push(format!("{name}.{}: {row:?} is not {member:?}", row.name));
        }
    }
    found
}

/// The definitions that these are made of.
fn parts(definition: &Definition) -> Vec<&'static Definition> {
    match definition.shape {
        Shape::Sequence { rows, .. } | Shape::Choice(rows) => {
            rows.iter().map(|row| row.definition).collect()
        }
        Shape::SequenceOf(_, _, of) | Shape::SetOf(_, _, of) => vec![of],
        _ => vec![],
    }
}

/// Which module a definition is of: that of MAP knows nothing of CAP.
fn compare(
    definition: &'static Definition,
    modules: &[&Module],
    seen: &mut BTreeMap<String, Vec<String>>,
) {
    if matches!(definition.shape, Shape::Null | Shape::Boolean) {
        return;
    }
    let mut problems = vec![format!("{}: no module has it", definition.name)];
    for module in modules {
        if let Some(found) = module.get(&plain(definition.name)) {
            problems = differences(definition, found);
            if problems.is_empty() {
                break;
            }
        }
    }
    let key = format!("{:p}", definition);
    if seen.insert(key, problems).is_none() {
        for part in parts(definition) {
            compare(part, modules, seen);
        }
    }
}

#[test]
fn every_table_is_its_module() {
    let [map, cap] = &modules();
    let mut seen = BTreeMap::new();
    for root in ROOTS {
        // What is of CAP stands before what is of MAP, since a name may be in both.
        compare(root, &[cap, map], &mut seen);
    }
    let problems: Vec<_> = seen.into_values().flatten().collect();
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

#[test]
fn every_type_of_a_module_has_a_table() {
    let mut names = Vec::new();
    let mut left = ROOTS.to_vec();
    while let Some(definition) = left.pop() {
        let name = plain(definition.name);
        if !names.contains(&name) {
            names.push(name);
            left.extend(parts(definition));
        }
    }
    for module in modules() {
        let unused: Vec<_> = module.keys().filter(|name| !names.contains(name)).collect();
        assert!(unused.is_empty(), "{unused:?}");
    }
}

/// The comparison finds what is wrong: a test that cannot fail would say nothing.
#[test]
fn each_difference_is_found() {
    let right = "MM-Code ::= OCTET STRING (SIZE (1))
        NoteMM-EventRes ::= SEQUENCE { extensionContainer ExtensionContainer OPTIONAL, ... }
        NotReachableReason ::= ENUMERATED { msPurged (0), imsiDetached (1), restrictedArea (2),
            notRegistered (3) }";
    let check = |text: &str| {
        let module = module::parse(text);
        [
            map::MmCode::DEFINITION,
            map::NoteMmEventRes::DEFINITION,
            map::NotReachableReason::DEFINITION,
        ]
        .iter()
        .map(|definition| differences(definition, &module[&plain(definition.name)]).len())
        .sum::<usize>()
    };
    assert_eq!(check(right), 0);
    for (old, new) in [
        ("SIZE (1)", "SIZE (1..2)"),
        ("OCTET STRING", "BIT STRING"),
        (" OPTIONAL", ""),
        (", ... }", " }"),
        ("extensionContainer ", "extensionContainer [0] "),
        ("extensionContainer ", "container "),
        ("ExtensionContainer ", "Container "),
        ("(3)", "(4)"),
        ("notRegistered", "registered"),
    ] {
        assert_eq!(check(&right.replace(old, new)), 1, "{old}");
    }
}
