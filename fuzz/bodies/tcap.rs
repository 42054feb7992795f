//! TCAP with MAP and CAP in it: any message is read or refused; what is read can be written again
//! and is the same then.

use pengate_asn1::{Element, Value};
use pengate_codecs::{
    cap, map,
    tcap::{self, AbortCause, Code, Component, Components, DialoguePortion, Message},
};

/// What is read is written, and what is written is read as the same.
macro_rules! check {
    ($Type:ty, $element:expr) => {
        if let Ok(value) = <$Type>::from_any($element) {
            let mut out = Vec::new();
            value.encode(&mut out);
            assert_eq!(<$Type>::decode(&out), Ok(value));
        }
    };
}

/// One input.
pub fn run(octets: &[u8]) {
    let message = match Message::decode(octets) {
        Ok(message) => message,
        Err(malformed) => {
            assert!(malformed.error.at() <= octets.len());
            return;
        }
    };
    let (dialogue, components) = match message {
        Message::Unidirectional(it) => (it.dialogue, it.components),
        Message::Begin(it) => (it.dialogue, it.components),
        Message::Continue(it) => (it.dialogue, it.components),
        Message::End(it) => (it.dialogue, it.components),
        Message::Abort(it) => match it.cause {
            Some(AbortCause::User(said)) => (Some(said), Components::default()),
            _ => (None, Components::default()),
        },
    };
    if let Some(portion) = dialogue {
        check_dialogue(portion, octets.len());
    }
    for component in components.iter() {
        match component {
            Ok(component) => check_component(&component),
            Err(faulty) => assert!(faulty.error.at() <= octets.len()),
        }
    }
}

/// What is said about a dialogue is said again in the same words.
fn check_dialogue(portion: DialoguePortion<'_>, len: usize) {
    let dialogue = match portion.decode() {
        Ok(dialogue) => dialogue,
        Err(error) => {
            assert!(error.at() <= len);
            return;
        }
    };
    if let Some(information) = dialogue.user_information() {
        assert!(information.iter().count() <= len);
    }
    let _ = cap::CapGprsReferenceNumber::of(&dialogue);
    let mut out = Vec::new();
    tcap::begin(&mut out, 7.into(), Some(dialogue), |_| ());
    let again = match Message::decode(&out) {
        Ok(Message::Begin(again)) => again.dialogue,
        _ => None,
    };
    let again = again.expect("it was written").decode();
    let again = again.expect("it was read before");
    assert_eq!(again.context(), dialogue.context());
}

fn check_component(component: &Component<'_>) {
    let (code, element, is_argument) = match *component {
        Component::Invoke(it) => (it.operation, it.argument, true),
        Component::ReturnResult(it) => match it.result {
            Some((code, result)) => (code, Some(result), false),
            None => return,
        },
        Component::ReturnError(it) => {
            if let Some(parameter) = it.parameter {
                check!(map::UnknownSubscriberParam<'_>, parameter);
                check!(map::SystemFailureParam<'_>, parameter);
                check!(map::UnexpectedDataParam<'_>, parameter);
                check!(map::DataMissingParam<'_>, parameter);
                check!(map::AtiNotAllowedParam<'_>, parameter);
                check!(map::MmEventNotSupportedParam<'_>, parameter);
            }
            return;
        }
        Component::Reject(_) => return,
    };
    if let Some(element) = element {
        check_map(code, element, is_argument);
        check_cap(code, element);
    }
}

fn check_map(code: Code<'_>, element: Element<'_>, is_argument: bool) {
    use map::Operation::{AnyTimeInterrogation, NoteMmEvent, UpdateGprsLocation, UpdateLocation};
    match (map::Operation::from_code(code), is_argument) {
        (Some(NoteMmEvent), true) => check!(map::NoteMmEventArg<'_>, element),
        (Some(NoteMmEvent), false) => check!(map::NoteMmEventRes<'_>, element),
        (Some(AnyTimeInterrogation), true) => check!(map::AnyTimeInterrogationArg<'_>, element),
        (Some(AnyTimeInterrogation), false) => check!(map::AnyTimeInterrogationRes<'_>, element),
        (Some(UpdateLocation), true) => check!(map::UpdateLocationArg<'_>, element),
        (Some(UpdateLocation), false) => check!(map::UpdateLocationRes<'_>, element),
        (Some(UpdateGprsLocation), true) => check!(map::UpdateGprsLocationArg<'_>, element),
        (Some(UpdateGprsLocation), false) => check!(map::UpdateGprsLocationRes<'_>, element),
        (None, _) => {}
    }
}

fn check_cap(code: Code<'_>, element: Element<'_>) {
    use cap::Operation as Op;
    match cap::Operation::from_code(code) {
        Some(Op::InitialDp) => check!(cap::InitialDpArg<'_>, element),
        Some(Op::RequestReportBcsmEvent) => check!(cap::RequestReportBcsmEventArg<'_>, element),
        Some(Op::EventReportBcsm) => check!(cap::EventReportBcsmArg<'_>, element),
        Some(Op::ContinueGprs) => check!(cap::ContinueGprsArg<'_>, element),
        Some(Op::EntityReleasedGprs) => check!(cap::EntityReleasedGprsArg<'_>, element),
        Some(Op::InitialDpGprs) => check!(cap::InitialDpGprsArg<'_>, element),
        Some(Op::EventReportGprs) => check!(cap::EventReportGprsArg<'_>, element),
        Some(Op::RequestReportGprsEvent) => check!(cap::RequestReportGprsEventArg<'_>, element),
        Some(Op::Continue | Op::ActivityTest | Op::ActivityTestGprs) | None => {}
    }
}
