//! noteMM-Event and initialDP from the octets of M3UA to the event that the room tells: associations,
//! SCCP, TCAP with its table of dialogues, MAP or CAP, the event. What becomes of the events afterwards
//! is not measured. Beside it the crates `m3ua`, `sccp`, `tcap` and `gsm_map`, which know neither
//! associations nor dialogues nor events, to the argument of the same message.
//!
//! Sketch: batches of 64 messages, told with no allocation at all: slots of dialogues are used again,
//! times stand in queues, the outbox keeps its memory.
#![expect(clippy::unwrap_used, reason = "a bench may stop at the first surprise")]

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};

use crate::room::{BATCH, Bench};

#[path = "../codecs/benches/crates/mod.rs"]
mod crates;
#[path = "ss7/room.rs"]
mod room;

#[path = "../codecs/tests/data/m3ua/mod.rs"]
mod vectors;

/// How long the room takes for the events of `count` messages.
fn ours(bench: &mut Bench, octets: &[u8], count: usize) -> Duration {
    let mut spent = Duration::ZERO;
    let mut left = count;
    while left > 0 {
        let batch = BATCH.min(left);
        left -= batch;
        spent += bench.tell(octets, batch, |input| {
            let start = Instant::now();
            input();
            start.elapsed()
        });
    }
    spent
}

fn events(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("ss7/event");
    for (name, text) in MESSAGES {
        let octets = vectors::octets(text);
        let mut bench = Bench::new();
        group.bench_function(BenchmarkId::new("pengate", name), |timer| {
            timer.iter_custom(|count| ours(&mut bench, &octets, usize::try_from(count).unwrap()));
        });
    }
    for (name, text) in MESSAGES {
        let octets = vectors::octets(text);
        assert!(crates::read(&octets), "{name}");
        group.bench_function(BenchmarkId::new("crates", name), |timer| {
            timer.iter(|| crates::read(black_box(&octets)));
        });
    }
    group.finish();
}

/// The least of many batches of either, one after the other, and their ratio: what else the machine
/// does meets both.
fn ratio(_: &mut Criterion) {
    for (name, text) in MESSAGES {
        let octets = vectors::octets(text);
        let mut bench = Bench::new();
        let mut least = [Duration::MAX; 2];
        for _ in 0..ROUNDS {
            least[0] = least[0].min(ours(&mut bench, &octets, BATCH));
            let start = Instant::now();
            for _ in 0..BATCH {
                black_box(crates::read(black_box(&octets)));
            }
            least[1] = least[1].min(start.elapsed());
        }
        let [ours, theirs] = least.map(|it| it.as_secs_f64() * 1e9 / BATCH as f64);
        println!(
            "ss7/event/{name}: pengate to the event {ours:.0} ns, crates to the argument {theirs:.0} ns: {:.1} times",
            theirs / ours
        );
    }
}

const MESSAGES: [(&str, &str); 3] = [
    ("note-mm-event-cs", vectors::NOTE_MM_EVENT_CS),
    ("note-mm-event-ps", vectors::NOTE_MM_EVENT_PS),
    ("initial-dp", vectors::INITIAL_DP),
];

const ROUNDS: usize = 2000;

criterion_group!(benches, events, ratio);
criterion_main!(benches);
