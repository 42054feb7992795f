//! What it costs to read the messages of SS7 that come most, from TCAP octets to typed arguments.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use pengate_asn1::{Element, Value};
use pengate_codecs::{
    cap::{InitialDpArg, InitialDpGprsArg},
    map::NoteMmEventArg,
    tcap::{Component, Dialogue, DialoguePortion, Message},
};

#[path = "../tests/data/ss7/mod.rs"]
mod vectors;

/// The application context's length, and the argument of the first invoke.
fn invoked(octets: &[u8]) -> Option<(usize, Element<'_>)> {
    let Ok(Message::Begin(begin)) = Message::decode(octets) else {
        return None;
    };
    let dialogue = begin.dialogue.map(DialoguePortion::decode)?.ok()?;
    let context = dialogue.context().map_or(0, |oid| oid.as_octets().len());
    debug_assert!(matches!(dialogue, Dialogue::Request(_)));
    match begin.components.iter().next()?.ok()? {
        Component::Invoke(invoke) => Some((context, invoke.argument?)),
        _ => None,
    }
}

fn typed<'a, V: Value<'a>>(octets: &'a [u8]) -> Option<V> {
    V::from_any(invoked(octets)?.1).ok()
}

fn decode(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("ss7/decode");
    for (name, text) in [
        ("note-mm-event-cs", vectors::NOTE_MM_EVENT_CS),
        ("note-mm-event-ps", vectors::NOTE_MM_EVENT_PS),
        ("initial-dp", vectors::INITIAL_DP),
        ("initial-dp-gprs", vectors::INITIAL_DP_GPRS_ATTACH),
    ] {
        let octets = vectors::octets(text);
        group.throughput(Throughput::Bytes(octets.len() as u64));
        group.bench_with_input(BenchmarkId::new("tcap", name), &octets, |bench, octets| {
            bench.iter(|| black_box(invoked(black_box(octets))));
        });
        let id = BenchmarkId::new("pengate", name);
        group.bench_with_input(id, &octets, |bench, octets| match name {
            "initial-dp" => bench.iter(|| {
                let value = typed::<InitialDpArg<'_>>(black_box(octets));
                black_box(&value).is_some()
            }),
            "initial-dp-gprs" => bench.iter(|| {
                let value = typed::<InitialDpGprsArg<'_>>(black_box(octets));
                black_box(&value).is_some()
            }),
            _ => bench.iter(|| {
                let value = typed::<NoteMmEventArg<'_>>(black_box(octets));
                black_box(&value).is_some()
            }),
        });
    }
    group.finish();
}

criterion_group!(benches, decode);
criterion_main!(benches);
