//! Publication to document: reading (one text and a few spans a publication), composing and
//! writing. One publication alone is written without composing: a start tag and one copy.

#![expect(clippy::expect_used, reason = "test code outside of test functions")]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use pengate::{
    event::{Bearer, CallState, Order, SessionKey, Source},
    pen::{Change, Presentity, PresentityUpdate},
    server::{
        compose::{Identities, Options, Publication, Publisher, Sources, compose},
        facets::{self, Facets, Names, Resets, Scope},
    },
};
use pengate_codecs::{
    Stamp,
    pidf::{self, Document, Limits},
};

const USER: &[u8] = include_bytes!("../tests/golden/publications/user.xml");
const CALENDAR: &[u8] = include_bytes!("../tests/golden/publications/calendar.xml");

/// Some 800 octets, as user agents publish them.
const COMMON: &[u8] = br#"<?xml version="1.0" encoding="UTF-8"?>
<presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model" xmlns:rpid="urn:ietf:params:xml:ns:pidf:rpid" entity="sip:alice@ims.example">
  <tuple id="t4f2c">
    <status><basic>open</basic></status>
    <dm:deviceID>urn:uuid:c0ffee00-0000-4000-8000-000000000001</dm:deviceID>
    <contact priority="0.8">sip:alice@ims.example</contact>
    <note xml:lang="en">at work</note>
    <timestamp>2026-03-01T10:10:00Z</timestamp>
  </tuple>
  <dm:person id="p1">
    <rpid:activities><rpid:meeting/></rpid:activities>
    <dm:note>in a meeting</dm:note>
  </dm:person>
  <dm:device id="d1">
    <rpid:user-input>active</rpid:user-input>
    <dm:deviceID>urn:uuid:c0ffee00-0000-4000-8000-000000000001</dm:deviceID>
  </dm:device>
</presence>
"#;

fn read(octets: &[u8]) -> Document {
    pidf::parse(octets, &Limits::default()).expect("a document")
}

fn told(changes: [Change; 2]) -> (Facets, Names) {
    let (mut facets, mut names) = (Facets::default(), Names::default());
    let (resets, options) = (Resets::default(), facets::Options::default());
    let now = Stamp::from_secs(1_772_360_130);
    let mut scope = Scope {
        now,
        names: &mut names,
        resets: &resets,
        options: &options,
    };
    let update = PresentityUpdate {
        presentity: Presentity::canonical("sip:alice@ims.example"),
        source: Source::Pk,
        reporter: "ggsn1".into(),
        order: Order { at: now, id: 1 },
        changes: changes.into_iter().collect(),
        expires: None,
    };
    facets.apply(&update, &mut scope);
    (facets, names)
}

fn benches(c: &mut Criterion) {
    let alice = Presentity::canonical("sip:alice@ims.example");
    let options = Options::default();
    let mut group = c.benchmark_group("pidf");
    group.throughput(Throughput::Bytes(COMMON.len() as u64));
    group.bench_function("parse/one-publication", |b| {
        b.iter(|| read(black_box(COMMON)));
    });
    group.finish();

    let documents = [read(COMMON), read(USER), read(CALENDAR)];
    let publishers = [Publisher::Pua, Publisher::Pua, Publisher::Pex];
    let publications: Vec<_> = documents
        .iter()
        .zip(publishers)
        .zip(1..)
        .map(|((document, publisher), number)| Publication {
            number,
            publisher,
            at: Stamp::from_secs(number.into()),
            document,
        })
        .collect();
    let session = Change::Session {
        key: SessionKey(7),
        context: 5,
        ended: None,
        apn: Some("internet".into()),
        rat: None,
        address: None,
    };
    let call = Change::Call {
        state: CallState::Busy,
        bearer: Bearer::Speech,
    };
    let (nothing, _) = (Facets::default(), ());
    let (network, names) = told([session, call]);
    let mut out = Vec::with_capacity(8_192);
    let mut document = |facets: &Facets, publications: &[Publication<'_>]| {
        let sources = Sources {
            presentity: &alice,
            identities: Identities::default(),
            facets: Some(facets),
            names: &names,
            publications,
        };
        out.clear();
        compose(black_box(&sources), &options).write(&mut out);
        out.len()
    };
    let mut group = c.benchmark_group("compose-and-write");
    group.bench_function("one-publication", |b| {
        b.iter(|| document(&nothing, &publications[..1]));
    });
    group.bench_function("network-alone", |b| {
        b.iter(|| document(&network, &[]));
    });
    group.bench_function("three-publications-and-network", |b| {
        b.iter(|| document(&network, &publications));
    });
    group.finish();
}

criterion_group!(compose_benches, benches);
criterion_main!(compose_benches);
