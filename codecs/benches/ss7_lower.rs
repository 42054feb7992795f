//! M3UA and SCCP: what it costs to get from an SCTP user message to the octets of TCAP, and back.
//!
//! Sketch: no allocation and no copy when reading; addresses are read whole, their digits stay as
//! they are. Writing appends to a buffer that is there.
#![expect(clippy::unwrap_used, reason = "a bench may stop at the first surprise")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use pengate_codecs::{
    m3ua::{Builder, Data, Message, MessageType},
    sccp,
};

#[path = "../tests/data/m3ua/mod.rs"]
mod vectors;

fn read(c: &mut Criterion) {
    let octets = vectors::octets(vectors::NOTE_MM_EVENT_CS);
    let mut group = c.benchmark_group("ss7_lower/read");
    group.bench_function("m3ua_message", |b| {
        b.iter(|| Message::decode(black_box(&octets)).unwrap());
    });
    group.bench_function("m3ua_data", |b| {
        b.iter(|| Data::decode(black_box(&octets)).unwrap().unwrap());
    });
    group.bench_function("m3ua_data+sccp", |b| {
        b.iter(|| {
            let data = Data::decode(black_box(&octets)).unwrap().unwrap();
            let unit = sccp::Message::decode(data.protocol_data.payload).unwrap();
            black_box(unit.transfer().unwrap());
        });
    });
    group.bench_function("crates_m3ua+sccp", |b| {
        b.iter(|| {
            let message = m3ua::M3uaMessage::decode(black_box(&octets)).unwrap();
            let data = message.protocol_data().unwrap();
            black_box(::sccp::SccpMessage::decode(&data.user_data).unwrap());
        });
    });
    group.finish();
}

fn write(c: &mut Criterion) {
    let octets = vectors::octets(vectors::NOTE_MM_EVENT_RESULT);
    let data = Data::decode(&octets).unwrap().unwrap();
    let unit = sccp::Message::decode(data.protocol_data.payload).unwrap();
    let sccp::Message::Unitdata(unit) = unit else {
        return;
    };
    let mut out = Vec::with_capacity(1000);
    c.bench_function("ss7_lower/write/sccp+m3ua", |b| {
        b.iter(|| {
            out.clear();
            Builder::new(&mut out, MessageType::Data)
                .routing_contexts(&[100])
                .protocol_data(data.protocol_data.label, |out| {
                    black_box(&unit).encode(out).unwrap();
                })
                .finish()
                .unwrap();
            black_box(out.len())
        });
    });
    assert_eq!(out, octets);
}

criterion_group!(benches, read, write);
criterion_main!(benches);
