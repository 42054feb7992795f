//! What it costs to read an answer of a location server, and to ask for one.
//!
//! Reading allocates nothing but what the XML reader needs; a polygon allocates its ring.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use pengate_codecs::mlp::{
    Client, Limits, LocationType, Msid, Priority, Quality, Slir, Version, read, text_of,
};

const SAMPLES: [(&str, &str); 3] = [
    ("slia", include_str!("../tests/data/mlp/slia-circle.xml")),
    (
        "slia-13-shapes",
        include_str!("../tests/data/mlp/slia-shapes.xml"),
    ),
    ("tlrep", include_str!("../tests/data/mlp/tlrep.xml")),
];

fn reading(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("mlp/read");
    let limits = Limits::default();
    for (name, sample) in SAMPLES {
        group.throughput(Throughput::Bytes(sample.len() as u64));
        group.bench_function(name, |bench| {
            bench.iter(|| {
                let text = text_of(black_box(sample.as_bytes())).ok()?;
                let document = read(&text, &limits).ok()?;
                Some(black_box(document.positions().len()))
            });
        });
    }
    group.finish();
}

fn writing(criterion: &mut Criterion) {
    let msids = [Msid::msisdn("99900000001")];
    let slir = Slir {
        version: Version::V34,
        client: Client {
            id: "pengate".into(),
            ..Client::default()
        },
        requestor: None,
        msids: &msids,
        quality: Quality::default(),
        location_type: LocationType::CurrentOrLast,
        priority: Priority::Normal,
        push_url: None,
    };
    let mut out = Vec::new();
    criterion.bench_function("mlp/write/slir", |bench| {
        bench.iter(|| {
            out.clear();
            slir.write(&mut out);
            black_box(out.len())
        });
    });
}

criterion_group!(benches, reading, writing);
criterion_main!(benches);
