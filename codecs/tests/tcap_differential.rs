//! Ours beside the crates `tcap`, `gsm_map` (on `rasn`) and `asn1-rs`: what both read is the same,
//! and what only one reads has its reason.
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
#![allow(clippy::panic, reason = "a test may stop at the first surprise")]
#![allow(
    missing_docs,
    reason = "a test crate has no readers of its documentation"
)]

use asn1_rs::FromBer;
use pengate_asn1::{Cursor, DecodeError, Element, Value};
use pengate_codecs::{map, tcap as ours};
use proptest::prelude::*;

#[path = "data/ss7/mod.rs"]
mod vectors;

/// Kind, id, code and parameter of a component.
type Part = (u8, Option<i8>, Option<i64>, Option<Vec<u8>>);

/// What a message says, in words that both know.
#[derive(Debug, Eq, PartialEq)]
struct Said {
    ids: Vec<Vec<u8>>,
    components: Vec<Part>,
}

fn ours(octets: &[u8]) -> Option<Said> {
    use ours::Message;
    let (ids, dialogue, components) = match Message::decode(octets).ok()? {
        Message::Begin(it) => (vec![it.otid], it.dialogue, it.components),
        Message::End(it) => (vec![it.dtid], it.dialogue, it.components),
        Message::Continue(it) => (vec![it.otid, it.dtid], it.dialogue, it.components),
        Message::Abort(_) | Message::Unidirectional(_) => return None,
    };
    if let Some(dialogue) = dialogue {
        dialogue.decode().ok()?;
    }
    let components: Result<Vec<_>, _> = components.iter().collect();
    let components = components.ok()?.iter().map(our_component).collect();
    let ids = ids.iter().map(|id| id.as_octets().to_vec()).collect();
    Some(Said { ids, components })
}

fn our_component(component: &ours::Component<'_>) -> Part {
    use ours::Component;
    let (kind, code, element) = match *component {
        Component::Invoke(it) => (1, Some(it.operation), it.argument),
        Component::ReturnResult(it) => {
            let kind = if it.is_last { 2 } else { 7 };
            (kind, it.result.map(|it| it.0), it.result.map(|it| it.1))
        }
        Component::ReturnError(it) => (3, Some(it.error), it.parameter),
        Component::Reject(_) => (4, None, None),
    };
    let code = match code {
        Some(ours::Code::Local(number)) => Some(number),
        _ => None,
    };
    let parameter = element.map(|element| element.contents().rest().to_vec());
    (kind, component.invoke_id(), code, parameter)
}

fn theirs(octets: &[u8]) -> Option<Said> {
    use tcap::TcapMessage;
    let (ids, components) = match tcap::decode(octets).ok()? {
        TcapMessage::Begin(it) => (vec![it.otid], it.components),
        TcapMessage::End(it) => (vec![it.dtid], it.components),
        TcapMessage::Continue(it) => (vec![it.otid, it.dtid], it.components),
        _ => return None,
    };
    let components = components.unwrap_or_default();
    Some(Said {
        ids: ids.iter().map(|id| id.to_vec()).collect(),
        components: components.iter().map(their_component).collect(),
    })
}

fn their_component(component: &tcap::Component) -> Part {
    use tcap::{Component, OperationCode};
    let local = |code: &OperationCode| match code {
        OperationCode::Local(number) => Some(*number),
        OperationCode::Global(_) => None,
    };
    match component {
        Component::Invoke(it) => {
            let parameter = it.parameter.as_ref().map(|any| contents(any.as_bytes()));
            (1, Some(it.invoke_id), local(&it.operation_code), parameter)
        }
        Component::ReturnResultLast(it) | Component::ReturnResultNotLast(it) => {
            let kind = if matches!(component, Component::ReturnResultLast(_)) {
                2
            } else {
                7
            };
            // An operation without a result is nothing, to us.
            let value = it.result.as_ref().filter(|it| it.parameter.is_some());
            let code = value.and_then(|it| local(&it.operation_code));
            let parameter = value
                .and_then(|it| it.parameter.as_ref())
                .map(|any| contents(any.as_bytes()));
            (kind, Some(it.invoke_id), code, parameter)
        }
        Component::ReturnError(it) => {
            let code = match &it.error_code {
                tcap::ErrorCode::Local(number) => Some(*number),
                tcap::ErrorCode::Global(_) => None,
            };
            (
                3,
                Some(it.invoke_id),
                code,
                it.parameter.as_ref().map(|any| contents(any.as_bytes())),
            )
        }
        Component::Reject(it) => (4, it.invoke_id, None, None),
    }
}

/// The contents of the element that these octets are.
fn contents(octets: &[u8]) -> Vec<u8> {
    let element = Element::only(Cursor::new(octets)).unwrap();
    element.contents().rest().to_vec()
}

/// What an argument says, in words that both know.
type Note = (u32, Vec<u8>, Vec<u8>, Vec<u8>, Option<Vec<u8>>);

fn our_note(octets: &[u8]) -> Result<Note, DecodeError> {
    let arg = map::NoteMmEventArg::decode(octets)?;
    let location = arg.location_information;
    Ok((
        arg.service_key.get(),
        arg.event_met.to_octets().to_vec(),
        arg.imsi.as_octets().to_vec(),
        arg.msisdn.as_octets().to_vec(),
        location
            .and_then(|it| it.vlr_number)
            .map(|it| it.as_octets().to_vec()),
    ))
}

fn their_note(octets: &[u8]) -> Option<Note> {
    use gsm_map::operations::notification::NoteMmEventArg;
    let arg: NoteMmEventArg = gsm_map::decode(octets).ok()?;
    let location = arg.location_information;
    Some((
        u32::try_from(&arg.service_key).ok()?,
        arg.event_met.to_vec(),
        arg.imsi.to_vec(),
        arg.msisdn.to_vec(),
        location.and_then(|it| it.vlr_number).map(|it| it.to_vec()),
    ))
}

fn argument(text: &str) -> Vec<u8> {
    let octets = vectors::octets(text);
    let Ok(ours::Message::Begin(begin)) = ours::Message::decode(&octets) else {
        panic!("not a Begin");
    };
    let Some(Ok(ours::Component::Invoke(invoke))) = begin.components.iter().next() else {
        panic!("not an invoke");
    };
    let mut out = Vec::new();
    invoke.argument.unwrap().encode(&mut out);
    out
}

#[test]
fn both_read_every_message_alike() {
    for (name, text) in vectors::ALL {
        let octets = vectors::octets(text);
        let ours = ours(&octets);
        assert!(ours.is_some(), "{name}");
        assert_eq!(ours, theirs(&octets), "{name}");
    }
}

#[test]
fn both_read_every_argument_alike() {
    for text in [
        vectors::NOTE_MM_EVENT_CS,
        vectors::NOTE_MM_EVENT_PS,
        vectors::NOTE_MM_EVENT_FULL,
        vectors::NOTE_MM_EVENT_LEAST,
    ] {
        let octets = argument(text);
        assert_eq!(our_note(&octets).ok(), their_note(&octets));
        assert!(our_note(&octets).is_ok());
    }
}

/// The same elements, however deep, with the same tags and contents.
fn walk(octets: &[u8]) {
    let (mut ours, mut theirs) = (Cursor::new(octets), octets);
    while !ours.is_empty() {
        let element = Element::read(&mut ours).unwrap();
        let (rest, any) = asn1_rs::Any::from_ber(theirs).unwrap();
        assert_eq!(element.tag().number(), any.header.tag().0);
        assert_eq!(element.is_constructed(), any.header.is_constructed());
        assert_eq!(element.contents().rest(), any.data);
        if element.is_constructed() {
            walk(element.contents().rest());
        }
        theirs = rest;
    }
    assert!(theirs.is_empty());
}

#[test]
fn both_see_the_same_elements() {
    for (_, text) in vectors::ALL {
        walk(&vectors::octets(text));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2048))]

    /// One octet changed: whatever both still read, they read alike.
    #[test]
    fn a_damaged_message_is_no_other_message(
        vector in 0..vectors::ALL.len(),
        place: prop::sample::Index,
        octet: u8,
    ) {
        let mut octets = vectors::octets(vectors::ALL[vector].1);
        let place = place.index(octets.len());
        octets[place] = octet;
        if let (Some(ours), Some(theirs)) = (ours(&octets), theirs(&octets)) {
            prop_assert_eq!(ours, theirs);
        }
    }

    /// One octet changed: whatever both still read, they read alike.
    #[test]
    fn a_damaged_argument_is_no_other_argument(place: prop::sample::Index, octet: u8) {
        let mut octets = argument(vectors::NOTE_MM_EVENT_CS);
        let place = place.index(octets.len());
        octets[place] = octet;
        if let (Ok(ours), Some(theirs)) = (our_note(&octets), their_note(&octets)) {
            prop_assert_eq!(ours, theirs);
        }
    }
}
