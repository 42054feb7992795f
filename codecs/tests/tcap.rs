//! TCAP against messages that another implementation wrote, and against what none should.
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
#![allow(clippy::panic, reason = "a test may stop at the first surprise")]
#![allow(
    missing_docs,
    reason = "a test crate has no readers of its documentation"
)]

use pengate_asn1::{DecodeError, Element, Oid, Tag, Value, oid, write};
use pengate_codecs::tcap::{
    self, Aare, Abort, AbortCause, AbortSource, Abrt, Code, Component, ComponentWriter, Diagnostic,
    Dialogue, GeneralProblem, InvokeProblem, Message, PAbortCause, Problem, TransactionId,
    UserInformation,
};
use proptest::prelude::*;

#[path = "data/ss7/mod.rs"]
mod vectors;

use vectors::octets;

const MM_EVENT_REPORTING: Oid<'static> = oid![4, 0, 0, 1, 0, 42, 3];

fn id() -> TransactionId {
    TransactionId::from(0x0400_0001)
}

/// Writes anew what was read.
fn rewrite(message: &Message<'_>) -> Vec<u8> {
    let out = &mut Vec::new();
    match *message {
        Message::Begin(it) => {
            tcap::begin(out, it.otid, portion(it.dialogue), |to| {
                copy(it.components, to)
            });
        }
        Message::Continue(it) => {
            tcap::continuation(out, it.otid, it.dtid, portion(it.dialogue), |to| {
                copy(it.components, to);
            });
        }
        Message::End(it) => {
            tcap::end(out, it.dtid, portion(it.dialogue), |to| {
                copy(it.components, to)
            });
        }
        Message::Abort(it) => match it.cause {
            Some(AbortCause::Provider(cause)) => tcap::p_abort(out, it.dtid, cause),
            Some(AbortCause::User(said)) => tcap::abort(out, it.dtid, portion(Some(said))),
            None => tcap::abort(out, it.dtid, None),
        },
        Message::Unidirectional(_) => panic!("there is none"),
    }
    std::mem::take(out)
}

fn copy(components: tcap::Components<'_>, to: &mut ComponentWriter<'_>) {
    components
        .iter()
        .for_each(|component| put(to, &component.unwrap()));
}

fn portion(portion: Option<tcap::DialoguePortion<'_>>) -> Option<Dialogue<'_>> {
    portion.map(|it| it.decode().unwrap())
}

fn put(writer: &mut ComponentWriter<'_>, component: &Component<'_>) {
    match *component {
        Component::Invoke(it) => {
            writer.invoke_linked(it.invoke_id, it.linked_id, it.operation, |out| {
                it.argument.iter().for_each(|argument| argument.encode(out));
            });
        }
        Component::ReturnResult(it) => match it.result {
            Some((code, result)) if it.is_last => {
                writer.result(it.invoke_id, code, |out| result.encode(out));
            }
            Some((code, result)) => {
                writer.result_not_last(it.invoke_id, code, |out| result.encode(out));
            }
            None => writer.empty_result(it.invoke_id),
        },
        Component::ReturnError(it) => writer.error(it.invoke_id, it.error, |out| {
            it.parameter
                .iter()
                .for_each(|parameter| parameter.encode(out));
        }),
        Component::Reject(it) => writer.reject(it.invoke_id, it.problem),
    }
}

#[test]
fn what_another_implementation_wrote_is_written_alike() {
    for (name, text) in vectors::ALL {
        let octets = octets(text);
        let message = Message::decode(&octets).unwrap();
        assert_eq!(rewrite(&message), octets, "{name}");
    }
}

#[test]
fn every_prefix_is_an_error_and_every_addition() {
    for (name, text) in vectors::ALL {
        let mut octets = octets(text);
        for end in 0..octets.len() {
            let malformed = Message::decode(&octets[..end]).unwrap_err();
            assert!(
                matches!(malformed.error, DecodeError::Short { at, .. } if at == end),
                "{name}: {end}"
            );
            assert_eq!(
                malformed.cause,
                PAbortCause::BadlyFormattedTransactionPortion
            );
        }
        let at = octets.len();
        octets.push(0);
        let error = DecodeError::Trailing { at, octets: 1 };
        assert_eq!(Message::decode(&octets).unwrap_err().error, error);
    }
}

#[test]
fn a_begin_tells_its_dialogue_and_its_invoke() {
    let octets = octets(vectors::NOTE_MM_EVENT_CS);
    let Ok(Message::Begin(begin)) = Message::decode(&octets) else {
        panic!("not a Begin");
    };
    assert_eq!(begin.otid, id());
    assert_eq!(
        portion(begin.dialogue),
        Some(Dialogue::request(MM_EVENT_REPORTING))
    );
    let components: Vec<_> = begin.components.iter().collect();
    let [Ok(Component::Invoke(invoke))] = components[..] else {
        panic!("not an invoke: {components:?}");
    };
    assert_eq!((invoke.invoke_id, invoke.linked_id), (1, None));
    assert_eq!(invoke.operation, Code::Local(89));
    assert_eq!(invoke.argument.unwrap().tag(), Tag::SEQUENCE);
}

/// The same dialogue without the short cut: a length in long form changes nothing.
#[test]
fn a_request_in_another_form_is_the_same_request() {
    let short = octets("6b1e 281c 060700118605010101 a011 600f 80020780 a1090607 0400000100 2a03");
    let long = octets("6b811f 28811c060700118605010101a011600f80020780a109060704000001002a03");
    let unversioned = octets("6b1a 2818 060700118605010101 a00d 600b a1090607 0400000100 2a03");
    let open = octets(
        "6b80 2880 060700118605010101 a080 6080 80020780 a180 0607 0400000100 2a03 0000 0000 0000 \
        0000 0000",
    );
    for portion in [short, long, unversioned, open] {
        let mut begin = octets("48 04 04000001");
        begin.extend(portion);
        let mut octets = Vec::new();
        write::constructed(&mut octets, Tag::application(2), |out| out.extend(begin));
        let Ok(Message::Begin(begin)) = Message::decode(&octets) else {
            panic!("not a Begin");
        };
        let dialogue = begin.dialogue.unwrap().decode();
        assert_eq!(dialogue, Ok(Dialogue::request(MM_EVENT_REPORTING)));
        assert!(begin.components.is_empty());
    }
}

#[test]
fn an_acknowledgement_is_the_octets_that_were_agreed() {
    let mut out = Vec::new();
    let accept = Dialogue::Response(Aare::accept(MM_EVENT_REPORTING));
    tcap::end(&mut out, id(), Some(accept), |components| {
        components.empty_result(1)
    });
    assert_eq!(out, octets(vectors::NOTE_MM_EVENT_RESULT));
}

#[test]
fn a_refusal_names_the_context() {
    let mut out = Vec::new();
    let refuse = Aare::refuse(MM_EVENT_REPORTING);
    tcap::abort(&mut out, id(), Some(Dialogue::Response(refuse)));
    let Ok(Message::Abort(Abort { dtid, cause })) = Message::decode(&out) else {
        panic!("not an Abort");
    };
    let Some(AbortCause::User(said)) = cause else {
        panic!("not of the user: {cause:?}");
    };
    assert_eq!(dtid, id());
    assert_eq!(said.decode(), Ok(Dialogue::Response(refuse)));
    assert_eq!(refuse.diagnostic, Diagnostic::User(2));
}

#[test]
fn every_abort_reads_as_it_was_written() {
    for cause in (0..6).map(PAbortCause::from_wire) {
        let mut out = Vec::new();
        tcap::p_abort(&mut out, id(), cause);
        let abort = Abort {
            dtid: id(),
            cause: Some(AbortCause::Provider(cause)),
        };
        assert_eq!(Message::decode(&out), Ok(Message::Abort(abort)));
    }
    let mut information = Vec::new();
    let reference = oid![4, 0, 0, 1, 1, 2, 2];
    UserInformation::write(&mut information, reference, &true);
    let user_information = Some(UserInformation::from_octets(&information));
    for source in [
        AbortSource::User,
        AbortSource::Provider,
        AbortSource::Other(7),
    ] {
        let mut out = Vec::new();
        let dialogue = Dialogue::Abort(Abrt {
            source,
            user_information,
        });
        tcap::abort(&mut out, id(), Some(dialogue));
        let message = Message::decode(&out).unwrap();
        assert_eq!(rewrite(&message), out);
        let Message::Abort(Abort {
            cause: Some(AbortCause::User(said)),
            ..
        }) = message
        else {
            panic!("not of the user: {message:?}");
        };
        assert_eq!(said.decode(), Ok(dialogue));
        let found = said
            .decode()
            .unwrap()
            .user_information()
            .unwrap()
            .find(reference);
        assert_eq!(found, Ok(Some(true)));
    }
    let mut out = Vec::new();
    tcap::abort(&mut out, id(), None);
    assert_eq!(
        Message::decode(&out),
        Ok(Message::Abort(Abort {
            dtid: id(),
            cause: None
        }))
    );
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of what can be wrong")]
fn what_is_wrong_with_a_transaction_portion_is_named() {
    use PAbortCause::{
        BadlyFormattedTransactionPortion as Badly, IncorrectTransactionPortion as Incorrect,
        UnrecognizedMessageType as Unrecognized,
    };
    let own = TransactionId::from_wire(&[7]);
    let unexpected = |at, tag| DecodeError::Unexpected { at, tag };
    for (text, error, cause, otid) in [
        (
            "66 03 480107",
            unexpected(0, Tag::application(6)),
            Unrecognized,
            own,
        ),
        (
            "62 00",
            DecodeError::Missing {
                at: 2,
                member: "otid",
            },
            Incorrect,
            None,
        ),
        (
            "65 03 480107",
            DecodeError::Missing {
                at: 5,
                member: "dtid",
            },
            Incorrect,
            own,
        ),
        (
            "64 03 480107",
            unexpected(2, Tag::application(8)),
            Incorrect,
            None,
        ),
        (
            "62 02 4800",
            DecodeError::Size { at: 2, size: 0 },
            Incorrect,
            None,
        ),
        (
            "62 07 4805 0102030405",
            DecodeError::Size { at: 2, size: 5 },
            Incorrect,
            None,
        ),
        (
            "62 05 480107 0500",
            unexpected(5, Tag::NULL),
            Incorrect,
            own,
        ),
        (
            "62 07 480107 6c00 6c00",
            unexpected(7, Tag::application(12)),
            Incorrect,
            own,
        ),
        (
            "62 05 480107 6c05",
            DecodeError::Short { at: 7, missing: 5 },
            Badly,
            own,
        ),
        (
            "67 05 490107 4a00",
            DecodeError::Contents { at: 5 },
            Incorrect,
            None,
        ),
        (
            "67 05 490107 0500",
            unexpected(5, Tag::NULL),
            Incorrect,
            None,
        ),
        ("42 00", unexpected(0, Tag::application(2)), Incorrect, None),
    ] {
        let octets = octets(text);
        let malformed = Message::decode(&octets).unwrap_err();
        assert_eq!(malformed.error, error, "{text}");
        assert_eq!((malformed.cause, malformed.otid), (cause, otid), "{text}");
    }
}

#[test]
fn whose_message_it_is_can_be_read_where_the_rest_is_wrong() {
    let (one, two) = (
        TransactionId::from_wire(&[7]),
        TransactionId::from_wire(&[8]),
    );
    for (text, otid, dtid) in [
        ("62 03 480107 00", one, None),
        ("62 09 480107", one, None),
        ("62 80 480107 6c", one, None),
        ("62 02 480107", None, None),
        ("65 06 480107 490108 00", one, two),
        ("65 81 20 480107 490108 6c10", one, two),
        ("65 05 4800 490108", None, two),
        ("65 03 490108", None, two),
        ("65 06 480107 490208", one, None),
        ("64 03 490108 00", None, two),
        ("67 05 490108 4a00", None, two),
        ("64 06 480107 490108", None, two),
        ("61 03 480107", None, None),
        ("66 06 480107 490108", one, None),
        ("62 84 ffffffff 480107", one, None),
        ("62 ff 480107", None, None),
        ("62", None, None),
        ("", None, None),
    ] {
        let malformed = Message::decode(&octets(text)).expect_err(text);
        assert_eq!((malformed.otid, malformed.dtid), (otid, dtid), "{text}");
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of what can be wrong")]
fn what_is_wrong_with_a_component_is_named_and_what_precedes_it_is_kept() {
    use GeneralProblem::{
        BadlyStructuredComponent as Badly, MistypedComponent as Mistyped,
        UnrecognizedComponent as Unrecognized,
    };
    // Each stands at offset 16, behind a continue of CAP.
    let unexpected = |at, tag| DecodeError::Unexpected { at, tag };
    for (text, error, invoke_id, problem) in [
        ("a500", unexpected(16, Tag::context(5)), None, Unrecognized),
        (
            "a100",
            DecodeError::Missing {
                at: 18,
                member: "invokeId",
            },
            None,
            Mistyped,
        ),
        (
            "a103 020105",
            DecodeError::Missing {
                at: 21,
                member: "opcode",
            },
            Some(5),
            Mistyped,
        ),
        (
            "a104 02020100",
            DecodeError::Value { at: 18, value: 256 },
            None,
            Mistyped,
        ),
        (
            "a105 020105 0500",
            unexpected(21, Tag::NULL),
            Some(5),
            Mistyped,
        ),
        (
            "a10a 020105 020100 0500 0500",
            DecodeError::Trailing { at: 26, octets: 2 },
            Some(5),
            Mistyped,
        ),
        (
            "a205 020105 0500",
            unexpected(21, Tag::NULL),
            Some(5),
            Mistyped,
        ),
        (
            "a303 020105",
            DecodeError::Missing {
                at: 21,
                member: "errcode",
            },
            Some(5),
            Mistyped,
        ),
        (
            "a405 0500 840100",
            unexpected(20, Tag::context(4)),
            None,
            Mistyped,
        ),
        (
            "a105 0201",
            DecodeError::Short { at: 20, missing: 3 },
            None,
            Badly,
        ),
    ] {
        let mut members = octets("490107 6c00 a106020101 02011f");
        members.extend(octets(text));
        let len = members.len();
        members[4] = u8::try_from(len - 5).unwrap();
        let mut message = vec![0x64, 0x81, u8::try_from(len).unwrap()];
        message.extend(members);
        let Ok(Message::End(end)) = Message::decode(&message) else {
            panic!("not an End: {text}");
        };
        let components: Vec<_> = end.components.iter().collect();
        let [Ok(Component::Invoke(first)), Err(faulty)] = components[..] else {
            panic!("{text}: {components:?}");
        };
        assert_eq!(first.operation, Code::Local(31));
        assert_eq!(faulty.error, error, "{text}");
        assert_eq!(
            (faulty.invoke_id, faulty.problem),
            (invoke_id, problem),
            "{text}"
        );
    }
}

#[test]
fn a_reject_may_have_no_number() {
    let problem = Problem::Invoke(InvokeProblem::UnrecognizedOperation);
    for invoke_id in [None, Some(-128), Some(127)] {
        let mut out = Vec::new();
        tcap::end(&mut out, id(), None, |components| {
            components.reject(invoke_id, problem)
        });
        let message = Message::decode(&out).unwrap();
        assert_eq!(rewrite(&message), out);
        let Message::End(end) = message else {
            panic!("not an End");
        };
        let Some(Ok(Component::Reject(reject))) = end.components.iter().next() else {
            panic!("not a Reject");
        };
        assert_eq!((reject.invoke_id, reject.problem), (invoke_id, problem));
    }
}

#[test]
fn a_dialogue_of_another_syntax_is_no_error() {
    let octets = octets("62 14 480107 6b0f 280d 0603 2a0304 a0 06 3004 02020100");
    let Ok(Message::Begin(begin)) = Message::decode(&octets) else {
        panic!("not a Begin");
    };
    let Ok(Dialogue::Other(external)) = begin.dialogue.unwrap().decode() else {
        panic!("not another syntax");
    };
    assert_eq!(external.syntax.unwrap().to_string(), "1.2.3.4");
    assert_eq!(external.single().map(|it| it.tag()), Ok(Tag::SEQUENCE));
    assert_eq!(rewrite(&Message::Begin(begin)), octets);
}

/// Every length of a message turned to the indefinite form, from the inside out.
fn indefinite(element: Element<'_>, out: &mut Vec<u8>) {
    let mut definite = Vec::new();
    element.encode(&mut definite);
    if !element.is_constructed() {
        out.extend(definite);
        return;
    }
    let identifier = if definite[0] & 0x1f == 0x1f { 2 } else { 1 };
    out.extend(&definite[..identifier]);
    out.push(0x80);
    let mut members = element.contents();
    while let Ok(member) = Element::read(&mut members) {
        indefinite(member, out);
    }
    out.extend([0, 0]);
}

#[test]
fn indefinite_lengths_everywhere_are_the_same_message() {
    for (name, text) in vectors::ALL {
        let definite = octets(text);
        let mut cursor = pengate_asn1::Cursor::new(&definite);
        let mut open = Vec::new();
        indefinite(Element::read(&mut cursor).unwrap(), &mut open);
        assert!(open.len() > definite.len());
        let message = Message::decode(&open).unwrap();
        // Arguments are carried as they stand, so only what is around them is compared.
        let kinds = |message: &Message<'_>| match *message {
            Message::Begin(it) => (
                format!("{:?}", portion(it.dialogue)),
                it.components.iter().count(),
            ),
            Message::Continue(it) => (String::new(), it.components.iter().count()),
            Message::End(it) => (
                format!("{:?}", portion(it.dialogue)),
                it.components.iter().count(),
            ),
            _ => panic!("{name}"),
        };
        let components = kinds(&message);
        assert_eq!(components.1, kinds(&Message::decode(&definite).unwrap()).1);
        for end in 0..open.len() {
            assert!(Message::decode(&open[..end]).is_err(), "{name}: {end}");
        }
    }
}

proptest! {
    #[test]
    fn anything_is_read_or_refused(octets: Vec<u8>) {
        if let Ok(Message::Begin(begin)) = Message::decode(&octets) {
            let _ = begin.dialogue.map(tcap::DialoguePortion::decode);
            prop_assert!(begin.components.iter().count() <= octets.len());
        }
    }

    /// One octet of a good message changed: it is read or refused, and what is read can be walked.
    #[test]
    fn a_damaged_message_is_read_or_refused(
        vector in 0..vectors::ALL.len(),
        place: prop::sample::Index,
        octet: u8,
    ) {
        let mut octets = octets(vectors::ALL[vector].1);
        let place = place.index(octets.len());
        octets[place] = octet;
        let components = match Message::decode(&octets) {
            Ok(Message::Begin(it)) => it.components,
            Ok(Message::Continue(it)) => it.components,
            Ok(Message::End(it)) => it.components,
            Ok(_) => return Ok(()),
            Err(malformed) => {
                prop_assert!(malformed.error.at() <= octets.len());
                return Ok(());
            }
        };
        for component in components.iter() {
            if let Err(faulty) = component {
                prop_assert!(faulty.error.at() <= octets.len());
            }
        }
    }
}
