//! From the octets of an answer of a location server to the position nothing is allocated.
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
#![allow(
    missing_docs,
    reason = "a test crate has no readers of its documentation"
)]
#![expect(unsafe_code, reason = "a global allocator cannot be counted otherwise")]

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
    hint::black_box,
};

use pengate_codecs::mlp::{Estimate, Limits, read, text_of};

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

const SLIA: &str = include_str!("data/mlp/slia-circle.xml");

#[test]
fn the_counter_counts() {
    assert_eq!(allocations(|| drop(black_box(vec![1_u8]))), 1);
}

#[test]
fn an_answer_with_one_position_is_read_without_an_allocation() {
    let limits = Limits::default();
    let allocated = allocations(|| {
        let text = text_of(black_box(SLIA.as_bytes())).unwrap();
        let document = read(&text, &limits).unwrap();
        let position = &document.positions()[0];
        assert_eq!(position.msids[0].value, "99900000001");
        assert!(matches!(&position.estimate, Estimate::Located(data) if data.shape.is_some()));
        assert!(position.cell.is_some());
    });
    assert_eq!(allocated, 0);
}
