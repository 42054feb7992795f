//! What it costs to read what an HSS pushes, and to answer it, beside the crate `diameter`.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use pengate_codecs::{
    diameter::{Accounting, Message, Origin, ResultCode, answer, frame},
    sh::{PushNotificationRequest, ShData},
};
use quick_xml::{Reader, events::Event};

#[path = "../../codecs/tests/data/diameter/mod.rs"]
mod vectors;

/// Header and AVPs: of the notification all that a room reads.
fn messages(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("diameter/decode");
    let dictionary = pengate_oracles::dictionary();
    let push = vectors::push_notification();
    group.throughput(Throughput::Bytes(push.len() as u64));
    group.bench_with_input(
        BenchmarkId::new("pengate", "pnr"),
        &push,
        |bench, octets| {
            bench.iter(|| {
                // The view looks whether every AVP fits.
                let message = Message::salvage(black_box(octets)).ok()?;
                PushNotificationRequest::decode(&message).ok()
            });
        },
    );
    let disguised = pengate_oracles::disguised(&push);
    group.bench_with_input(
        BenchmarkId::new("diameter", "pnr"),
        &disguised,
        |bench, octets| {
            bench.iter(|| pengate_oracles::read(black_box(octets), &dictionary).ok());
        },
    );
    let start = vectors::accounting_start();
    group.throughput(Throughput::Bytes(start.len() as u64));
    group.bench_with_input(
        BenchmarkId::new("pengate", "acr"),
        &start,
        |bench, octets| {
            bench.iter(|| {
                // The view looks whether every AVP fits.
                let message = Message::salvage(black_box(octets)).ok()?;
                Accounting::decode(&message).ok()
            });
        },
    );
    group.bench_with_input(
        BenchmarkId::new("diameter", "acr"),
        &start,
        |bench, octets| {
            bench.iter(|| pengate_oracles::read(black_box(octets), &dictionary).ok());
        },
    );
    group.finish();
}

fn documents(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("sh");
    let document = vectors::SH_DATA;
    group.throughput(Throughput::Bytes(document.len() as u64));
    group.bench_function("sh-data", |bench| {
        bench.iter(|| ShData::decode(black_box(document.as_bytes())).ok());
    });
    group.bench_function("quick-xml", |bench| {
        bench.iter(|| events(black_box(document)));
    });
    group.finish();
}

/// How many events a document has: nothing is done with them.
fn events(document: &str) -> usize {
    let mut reader = Reader::from_str(document);
    let mut count = 0;
    while let Ok(event) = reader.read_event()
        && event != Event::Eof
    {
        count += 1;
    }
    count
}

fn answers(criterion: &mut Criterion) {
    let push = vectors::push_notification();
    let origin = Origin {
        host: "pna.ims.example",
        realm: "ims.example",
    };
    let mut out = Vec::with_capacity(1024);
    criterion.bench_function("diameter/answer/pna", |bench| {
        bench.iter(|| {
            out.clear();
            let message = Message::salvage(black_box(&push)).ok()?;
            answer(&mut out, &message, origin, ResultCode::Success)
                .finish()
                .ok()
        });
    });
    criterion.bench_function("diameter/frame", |bench| {
        bench.iter(|| frame(black_box(&push), 65_536));
    });
}

criterion_group!(benches, messages, documents, answers);
criterion_main!(benches);
