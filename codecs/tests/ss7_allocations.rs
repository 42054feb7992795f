//! Reading and writing M3UA and SCCP allocates nothing.
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
    hint::black_box,
};

use pengate_codecs::{
    m3ua::{Builder, Data, Message, MessageType},
    sccp,
};

#[path = "data/m3ua/mod.rs"]
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
    assert_eq!(allocations(|| drop(black_box(vec![1_u8]))), 1);
}

#[test]
fn every_vector_is_read_and_answered_without_an_allocation() {
    let mut out = Vec::with_capacity(1000);
    for (name, hex) in vectors::VECTORS {
        let octets = vectors::octets(hex);
        let count = allocations(|| {
            let message = Message::decode(&octets).unwrap();
            for parameter in message.parameters() {
                black_box(parameter.value().unwrap());
            }
            let data = Data::decode(&octets).unwrap().unwrap();
            let unit = sccp::Message::decode(data.protocol_data.payload).unwrap();
            let transfer = unit.transfer().unwrap();
            let answer = sccp::Unitdata {
                class: sccp::ProtocolClass::from_wire(0),
                called: transfer.calling,
                calling: transfer.called,
                data: transfer.data,
            };
            out.clear();
            Builder::new(&mut out, MessageType::Data)
                .routing_contexts(&[100])
                .protocol_data(data.protocol_data.label.reversed(), |out| {
                    answer.encode(out).unwrap();
                })
                .finish()
                .unwrap();
        });
        assert_eq!(count, 0, "{name}");
        assert_eq!(out.len(), octets.len(), "{name}");
    }
}
