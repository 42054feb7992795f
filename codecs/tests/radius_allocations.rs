//! The path of an Accounting-Request allocates nothing: decode, verify, fields, signed answer.
#![allow(clippy::expect_used, reason = "a test may stop at the first surprise")]
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
#![allow(
    missing_docs,
    reason = "a test crate has no readers of its documentation"
)]
#![expect(unsafe_code, reason = "a global allocator cannot be counted otherwise")]

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
};

use pengate_codecs::radius::{
    Accounting, Draft, Packet, Secret, accounting_response, sign_batch, verify_batch,
    verify_request,
};

#[path = "data/radius/mod.rs"]
mod vectors;

/// Counts the allocations of this thread alone, since the test harness has threads of its own.
struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: every call goes to the system's allocator unchanged; counting touches no heap.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.with(|count| count.set(count.get() + 1));
        // SAFETY: the caller's promise about `layout` is handed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise about `block` and `layout` is handed on.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

fn allocations(work: impl FnOnce()) -> usize {
    let before = ALLOCATIONS.with(Cell::get);
    work();
    ALLOCATIONS.with(Cell::get) - before
}

#[test]
fn the_counter_counts() {
    assert_eq!(allocations(|| drop(std::hint::black_box(vec![1_u8]))), 1);
}

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
