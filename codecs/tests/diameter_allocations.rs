//! A notification is read and answered without an allocation: message, AVPs, document, answer.
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

use pengate_codecs::{
    diameter::{Accounting, Message, Origin, ResultCode, answer},
    sh::{PushNotificationRequest, ShData},
};

#[path = "data/diameter/mod.rs"]
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

const ORIGIN: Origin<'_> = Origin {
    host: "pna.ims.example",
    realm: "ims.example",
};

#[test]
fn the_counter_counts() {
    assert_eq!(allocations(|| drop(std::hint::black_box(vec![1_u8]))), 1);
}

#[test]
fn a_notification_is_read_and_answered_without_an_allocation() {
    let octets = vectors::push_notification();
    let mut out = Vec::with_capacity(1024);
    let counted = allocations(|| {
        let message = Message::decode(&octets).unwrap();
        let push = PushNotificationRequest::decode(&message).unwrap();
        let data = ShData::decode(push.user_data).unwrap();
        assert!(data.cs_location.is_some() && data.ims_user_state.is_some());
        answer(&mut out, &message, ORIGIN, ResultCode::Success)
            .finish()
            .unwrap();
    });
    assert_eq!(counted, 0);
}

#[test]
fn an_accounting_record_is_read_without_an_allocation() {
    let octets = vectors::accounting_start();
    let counted = allocations(|| {
        let message = Message::decode(&octets).unwrap();
        assert!(Accounting::decode(&message).unwrap().msisdn.is_some());
    });
    assert_eq!(counted, 0);
}
