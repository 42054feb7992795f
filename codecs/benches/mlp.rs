//! What it costs to read an answer of a location server, beside XML readers that read the same, and to
//! ask for one.
//!
//! Reading allocates nothing (`tests/mlp_allocations.rs`); a polygon allocates its ring.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use pengate_codecs::mlp::{
    Client, Estimate, Limits, LocationType, Msid, Priority, Quality, Shape, Slir, Version, read,
    text_of,
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

/// What an answer about one subscriber tells: number, time, centre and radius. Others read time and
/// centre as text and radius as a number, which is less work than ours.
type Told<'a> = (&'a str, &'a str, [&'a str; 2], u32);

fn ours(octets: &[u8]) -> Option<(i64, [i32; 2], u32)> {
    let text = text_of(octets).ok()?;
    let document = read(&text, &Limits::default()).ok()?;
    let position = document.positions().first()?;
    let Estimate::Located(data) = &position.estimate else {
        return None;
    };
    let Some(Shape::CircularArea { centre, radius }) = data.shape else {
        return None;
    };
    let number = position.msids.first()?;
    let centre = [centre.latitude, centre.longitude];
    black_box(&number.value);
    Some((data.time.nanos(), centre, radius))
}

fn of_quick_xml(octets: &[u8]) -> Option<(String, String, [String; 2], u32)> {
    use quick_xml::{Reader, events::Event};
    let mut reader = Reader::from_str(std::str::from_utf8(octets).ok()?);
    let mut name = String::new();
    let (mut msid, mut time, mut radius) = (String::new(), String::new(), 0);
    let mut centre = [String::new(), String::new()];
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) => {
                name.clear();
                name.push_str(start.local_name().as_ref());
            }
            Event::Text(text) => {
                let text = text.trim();
                match name.as_str() {
                    "msid" if msid.is_empty() => msid.push_str(text),
                    "time" if time.is_empty() => time.push_str(text),
                    "X" if centre[0].is_empty() => centre[0].push_str(text),
                    "Y" if centre[1].is_empty() => centre[1].push_str(text),
                    "radius" if radius == 0 => radius = text.parse().ok()?,
                    _ => {}
                }
            }
            Event::Eof => return Some((msid, time, centre, radius)),
            _ => {}
        }
    }
}

fn of_roxmltree(octets: &[u8], look: impl FnOnce(Told<'_>)) -> Option<()> {
    let text = std::str::from_utf8(octets).ok()?;
    let options = roxmltree::ParsingOptions {
        allow_dtd: true,
        ..roxmltree::ParsingOptions::default()
    };
    let document = roxmltree::Document::parse_with_options(text, options).ok()?;
    let told = |name| {
        let mut nodes = document.descendants();
        nodes.find(|node| node.has_tag_name(name))?.text()
    };
    let radius = told("radius")?.parse().ok()?;
    look((
        told("msid")?,
        told("time")?,
        [told("X")?, told("Y")?],
        radius,
    ));
    Some(())
}

fn comparing(criterion: &mut Criterion) {
    let (_, sample) = SAMPLES[0];
    let octets = sample.as_bytes();
    let position = (
        1_772_360_130_000_000_000,
        [304_625_833, 454_307_722],
        57_000,
    );
    assert_eq!(
        ours(octets),
        Some(position),
        "30 27 45.3N, 45 25 50.78E, 570 m"
    );
    let told = (
        "99900000001",
        "20260301121530",
        ["30 27 45.3N", "45 25 50.78E"],
        570,
    );
    let (msid, time, [x, y], radius) = told;
    let owned = (
        msid.to_owned(),
        time.to_owned(),
        [x.to_owned(), y.to_owned()],
        radius,
    );
    assert_eq!(
        of_quick_xml(octets),
        Some(owned),
        "quick-xml reads the same"
    );
    let seen = of_roxmltree(octets, |seen| assert_eq!(seen, told));
    assert!(seen.is_some(), "roxmltree reads the same");
    let mut group = criterion.benchmark_group("mlp/slia");
    group.bench_function("pengate", |bench| bench.iter(|| ours(black_box(octets))));
    group.bench_function("quick-xml", |bench| {
        bench.iter(|| of_quick_xml(black_box(octets)));
    });
    group.bench_function("roxmltree", |bench| {
        bench.iter(|| {
            of_roxmltree(black_box(octets), |told| {
                black_box(told);
            })
        });
    });
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

criterion_group!(benches, reading, comparing, writing);
criterion_main!(benches);
