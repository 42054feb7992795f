//! The path of an Accounting-Request allocates nothing: decode, verify, fields, signed answer.
#![allow(clippy::expect_used, reason = "a test may stop at the first surprise")]
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
#![allow(
    missing_docs,
    reason = "a test crate has no readers of its documentation"
)]

use pengate_codecs::radius::{
    Accounting, Draft, Packet, Secret, accounting_response, sign_batch, verify_batch,
    verify_request,
};

use counting::allocations;

#[path = "support/counting.rs"]
mod counting;

#[path = "data/radius/mod.rs"]
mod vectors;

#[test]
fn one_packet_is_answered_without_an_allocation() {
    let secret = Secret::from(vectors::SECRET);
    let mut out = Vec::with_capacity(4096);
    for hex in [
        vectors::ACCOUNTING_START,
        vectors::ACCOUNTING_STOP,
        vectors::ACCOUNTING_ON,
    ] {
        let octets = vectors::octets(hex);
        out.clear();
        let counted = allocations(|| {
            let packet = Packet::decode(&octets).unwrap();
            verify_request(&packet, &secret).unwrap();
            let view = Accounting::decode(&packet).unwrap();
            assert!(view.status_type.is_some());
            accounting_response(&packet, &secret, &mut out).unwrap();
        });
        assert_eq!(counted, 0);
    }
}

#[test]
fn a_batch_is_answered_without_an_allocation() {
    let secret = Secret::from(vectors::SECRET);
    let start = vectors::octets(vectors::ACCOUNTING_START);
    let stop = vectors::octets(vectors::ACCOUNTING_STOP);
    let mut out = Vec::with_capacity(4096);
    let mut verdicts = Vec::with_capacity(16);
    let mut drafts = Vec::with_capacity(16);
    let mut requests = Vec::with_capacity(16);
    let counted = allocations(|| {
        for n in 0..16 {
            let octets = if n % 3 == 0 { &stop } else { &start };
            requests.push((Packet::decode(octets).unwrap(), &secret));
        }
        verify_batch(&requests, &mut verdicts);
        for ((packet, secret), verdict) in requests.iter().zip(&verdicts) {
            assert_eq!(*verdict, Ok(()));
            assert!(Accounting::decode(packet).unwrap().gi.imsi.is_some());
            drafts.push((Draft::answer(packet, &mut out).unwrap(), *secret));
        }
        sign_batch(&drafts, &mut out);
    });
    assert_eq!(counted, 0);
}
