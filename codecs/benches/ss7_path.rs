//! From an SCTP user message to a typed argument: M3UA, SCCP, TCAP, MAP or CAP. Ours, layer by layer,
//! and the crates `m3ua`, `sccp`, `tcap` and `gsm_map` in the same run.
//!
//! Sketch: no allocation and no copy before the argument, whose octets stay where they are; theirs
//! owns what it reads, some 50 allocations a message.
#![expect(clippy::unwrap_used, reason = "a bench may stop at the first surprise")]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use pengate_asn1::{Element, Value};
use pengate_codecs::{
    cap::{EventReportBcsmArg, InitialDpArg, InitialDpGprsArg},
    m3ua::Data,
    map::NoteMmEventArg,
    sccp::{self, Transfer},
    tcap::{Component, Dialogue, DialoguePortion, Message},
};

mod crates;
#[path = "../tests/data/m3ua/mod.rs"]
mod vectors;

fn transfer(octets: &[u8]) -> Option<Transfer<'_>> {
    let data = Data::decode(octets).ok()??;
    sccp::Message::decode(data.protocol_data.payload)
        .ok()?
        .transfer()
}

fn invoked(octets: &[u8]) -> Option<(Dialogue<'_>, Element<'_>)> {
    let Ok(Message::Begin(begin)) = Message::decode(transfer(octets)?.data) else {
        return None;
    };
    let dialogue = begin.dialogue.map(DialoguePortion::decode)?.ok()?;
    match begin.components.iter().next()?.ok()? {
        Component::Invoke(invoke) => Some((dialogue, invoke.argument?)),
        _ => None,
    }
}

fn typed<'a, V: Value<'a>>(octets: &'a [u8]) -> bool {
    let Some((_, argument)) = invoked(octets) else {
        return false;
    };
    let mut value = V::BLANK;
    let read = value.read_any(argument);
    black_box(&value);
    read.is_ok()
}

fn layers(criterion: &mut Criterion) {
    let octets = vectors::octets(vectors::NOTE_MM_EVENT_CS);
    let mut group = criterion.benchmark_group("ss7_path/layers");
    group.bench_function("m3ua", |bench| {
        bench.iter(|| Data::decode(black_box(&octets)).unwrap().unwrap());
    });
    group.bench_function("m3ua+sccp", |bench| {
        bench.iter(|| transfer(black_box(&octets)).unwrap());
    });
    group.bench_function("m3ua+sccp+tcap", |bench| {
        bench.iter(|| invoked(black_box(&octets)).unwrap());
    });
    group.finish();
}

/// Which argument a vector has.
type Read = fn(&[u8]) -> bool;

fn arguments(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("ss7_path/argument");
    let ours: [(&str, &str, Read); 5] = [
        ("note-mm-event-cs", vectors::NOTE_MM_EVENT_CS, |octets| {
            typed::<NoteMmEventArg<'_>>(octets)
        }),
        ("note-mm-event-ps", vectors::NOTE_MM_EVENT_PS, |octets| {
            typed::<NoteMmEventArg<'_>>(octets)
        }),
        ("initial-dp", vectors::INITIAL_DP, |octets| {
            typed::<InitialDpArg<'_>>(octets)
        }),
        ("initial-dp-gprs", vectors::INITIAL_DP_GPRS, |octets| {
            typed::<InitialDpGprsArg<'_>>(octets)
        }),
        ("event-report-bcsm", vectors::EVENT_REPORT_BCSM, |octets| {
            typed::<EventReportBcsmArg<'_>>(octets)
        }),
    ];
    for (name, text, read) in ours {
        let octets = vectors::octets(text);
        assert!(read(&octets), "{name}");
        group.bench_function(BenchmarkId::new("pengate", name), |bench| {
            bench.iter(|| read(black_box(&octets)));
        });
    }
    for (name, text) in [
        ("note-mm-event-cs", vectors::NOTE_MM_EVENT_CS),
        ("note-mm-event-ps", vectors::NOTE_MM_EVENT_PS),
        ("initial-dp", vectors::INITIAL_DP),
    ] {
        let octets = vectors::octets(text);
        assert!(crates::read(&octets), "{name}");
        group.bench_function(BenchmarkId::new("crates", name), |bench| {
            bench.iter(|| crates::read(black_box(&octets)));
        });
    }
    group.finish();
}

criterion_group!(benches, layers, arguments);
criterion_main!(benches);
