//! From the octets of a TCAP message to its typed argument, and the answer: nothing is allocated.
#![allow(clippy::expect_used, reason = "a test may stop at the first surprise")]
#![allow(clippy::panic, reason = "a test may stop at the first surprise")]
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
#![allow(
    missing_docs,
    reason = "a test crate has no readers of its documentation"
)]

use pengate_asn1::{Element, Value};
use pengate_codecs::{
    cap, map,
    tcap::{self, Aare, Component, Dialogue, DialoguePortion, Invoke, Message, TransactionId},
};

use counting::allocations;

#[path = "support/counting.rs"]
mod counting;

#[path = "data/ss7/mod.rs"]
mod vectors;

/// What a session looks at in a Begin.
fn begun(octets: &[u8]) -> (TransactionId, Dialogue<'_>, Invoke<'_>) {
    let Ok(Message::Begin(begin)) = Message::decode(octets) else {
        panic!("not a Begin");
    };
    let dialogue = begin
        .dialogue
        .map(DialoguePortion::decode)
        .unwrap()
        .unwrap();
    let Some(Ok(Component::Invoke(invoke))) = begin.components.iter().next() else {
        panic!("not an invoke");
    };
    (begin.otid, dialogue, invoke)
}

fn read<'a, T: Value<'a>>(argument: Option<Element<'a>>) {
    assert!(T::from_any(argument.unwrap()).is_ok());
}

#[test]
fn an_event_is_read_and_acknowledged_without_an_allocation() {
    let mut out = Vec::with_capacity(1024);
    for text in [
        vectors::NOTE_MM_EVENT_CS,
        vectors::NOTE_MM_EVENT_PS,
        vectors::NOTE_MM_EVENT_FULL,
    ] {
        let octets = vectors::octets(text);
        out.clear();
        let counted = allocations(|| {
            let (dtid, dialogue, invoke) = begun(&octets);
            let arg = map::NoteMmEventArg::from_any(invoke.argument.unwrap()).unwrap();
            assert!(arg.imsi.digits().to_bcd().is_some());
            let accept = Aare::accept(dialogue.context().unwrap());
            tcap::end(
                &mut out,
                dtid,
                Some(Dialogue::Response(accept)),
                |components| {
                    components.empty_result(invoke.invoke_id);
                },
            );
        });
        assert_eq!(counted, 0);
        assert!(!out.is_empty());
    }
}

#[test]
fn a_call_and_a_session_are_read_without_an_allocation() {
    for text in [vectors::INITIAL_DP, vectors::INITIAL_DP_FULL] {
        let octets = vectors::octets(text);
        let read = || read::<cap::InitialDpArg<'_>>(begun(&octets).2.argument);
        assert_eq!(allocations(read), 0);
    }
    for text in [
        vectors::INITIAL_DP_GPRS_ATTACH,
        vectors::INITIAL_DP_GPRS_PDP,
    ] {
        let octets = vectors::octets(text);
        let read = || {
            let (_, dialogue, invoke) = begun(&octets);
            let reference = cap::CapGprsReferenceNumber::of(&dialogue).unwrap();
            assert!(reference.is_some());
            read::<cap::InitialDpGprsArg<'_>>(invoke.argument);
        };
        assert_eq!(allocations(read), 0);
    }
}
