//! noteMM-Event and initialDP from the octets of M3UA to the event that the room tells: associations,
//! SCCP, TCAP with its table of dialogues, MAP or CAP, the event. What becomes of the events afterwards
//! is not measured.
//!
//! Sketch: batches of 64 messages. An event of mobility is told before anything of it is on the heap
//! but the entry of its dialogue.
#![expect(clippy::unwrap_used, reason = "a bench may stop at the first surprise")]

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use pengate::{
    agent::{
        room::{Input, Outbox, Room, Verdict},
        ss7::{LinkOptions, Options, Ss7},
    },
    feed::{Carrier, Channel, Chunk, Heading},
};
use pengate_codecs::{
    Stamp,
    m3ua::{Builder, MessageType},
};

#[path = "../codecs/tests/data/m3ua/mod.rs"]
mod vectors;

/// How many messages are handed over at once.
const BATCH: usize = 64;

struct Bench {
    room: Ss7,
    channel: Channel,
    now: Stamp,
    out: Outbox,
}

impl Bench {
    /// A room whose only association carries traffic.
    fn new() -> Self {
        let channel = Channel {
            carrier: Carrier::Sctp,
            local: ([192, 0, 2, 1], 40_000).into(),
            peer: ([192, 0, 2, 2], 2905).into(),
        };
        let link = LinkOptions {
            name: "stp".into(),
            address: channel.peer,
            ..LinkOptions::default()
        };
        let options = Options {
            links: vec![link],
            ..Options::default()
        };
        let mut bench = Self {
            room: Ss7::new(options, 1),
            channel,
            now: Stamp::from_secs(1_772_360_000),
            out: Outbox::default(),
        };
        bench.step(&[]);
        bench.step(&[Input::Up(channel)]);
        for kind in [MessageType::AspUpAck, MessageType::AspActiveAck] {
            let mut octets = Vec::new();
            Builder::new(&mut octets, kind).finish().unwrap();
            let chunk = bench.chunk(&octets);
            bench.step(&[chunk]);
        }
        bench
    }

    fn chunk<'a>(&self, bytes: &'a [u8]) -> Input<'a> {
        Input::Chunk(Chunk {
            at: self.now,
            channel: self.channel,
            heading: Heading::In,
            bytes,
        })
    }

    fn step(&mut self, batch: &[Input<'_>]) {
        self.out.clear();
        self.room.input(self.now, batch, &mut self.out);
    }

    /// How long it takes to tell the events of `count` messages. All are recorded afterwards, so that
    /// dialogues end.
    fn tell(&mut self, octets: &[u8], count: u64) -> Duration {
        let mut spent = Duration::ZERO;
        let mut left = usize::try_from(count).unwrap();
        while left > 0 {
            let batch = vec![self.chunk(octets); BATCH.min(left)];
            left -= batch.len();
            self.now = self.now + Duration::from_micros(100);
            self.out.clear();
            let start = Instant::now();
            self.room.input(self.now, &batch, &mut self.out);
            spent += start.elapsed();
            assert!(black_box(&self.out.events).len() >= batch.len());
            let settled: Vec<_> = self
                .out
                .events
                .iter()
                .map(|(ticket, _)| Input::Settled(*ticket, Verdict::Settled))
                .collect();
            self.step(&settled);
        }
        spent
    }
}

fn events(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("ss7/event");
    for (name, text) in [
        ("note-mm-event-cs", vectors::NOTE_MM_EVENT_CS),
        ("note-mm-event-ps", vectors::NOTE_MM_EVENT_PS),
        ("initial-dp", vectors::INITIAL_DP),
    ] {
        let octets = vectors::octets(text);
        let mut bench = Bench::new();
        group.bench_function(BenchmarkId::from_parameter(name), |timer| {
            timer.iter_custom(|count| bench.tell(&octets, count));
        });
    }
    group.finish();
}

criterion_group!(benches, events);
criterion_main!(benches);
