//! Once the room has its memory, what a noteMM-Event or an initialDP says is told without an allocation.
#![allow(clippy::expect_used, reason = "a test may stop at the first surprise")]
#![allow(clippy::panic, reason = "a test may stop at the first surprise")]
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
#![allow(
    missing_docs,
    reason = "a test crate has no readers of its documentation"
)]

use room::{BATCH, Bench};

use counting::allocations;

#[path = "../codecs/tests/support/counting.rs"]
mod counting;

#[path = "../benches/ss7/room.rs"]
mod room;

#[path = "../codecs/tests/data/m3ua/mod.rs"]
mod vectors;

/// Allocations of a batch, from the octets to the events in the outbox, after many others. The least
/// of several: a table whose places of removed entries are used up may make room once more.
fn of_batch(text: &str) -> usize {
    let octets = vectors::octets(text);
    let mut bench = Bench::new();
    for _ in 0..WARM {
        bench.tell(&octets, BATCH, |input| input());
    }
    let batches = (0..5).map(|_| bench.tell(&octets, BATCH, |input| allocations(input)));
    batches.min().unwrap()
}

#[test]
fn an_event_of_mobility_is_told_without_an_allocation() {
    for text in [vectors::NOTE_MM_EVENT_CS, vectors::NOTE_MM_EVENT_PS] {
        assert_eq!(of_batch(text), 0, "of {BATCH} messages");
    }
}

#[test]
fn a_call_is_told_without_an_allocation() {
    assert_eq!(of_batch(vectors::INITIAL_DP), 0, "of {BATCH} messages");
}

/// So many batches before one that is looked at: tables have grown as far as they do.
const WARM: usize = 300;
