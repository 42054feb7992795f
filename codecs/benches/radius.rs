//! RADIUS: what one Accounting-Request of 26 attributes (13 of them 3GPP's) in 332 octets costs.
//!
//! Sketch: no allocation and no copy on any path of ours. Decoding walks the attributes twice,
//! once to check their lengths and once to fill the fields. Verifying hashes six MD5 blocks,
//! signing an answer without attributes one. In batches the blocks of up to sixteen packets are
//! hashed side by side where the processor has AVX2.
#![expect(clippy::unwrap_used, reason = "a bench may stop at the first surprise")]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use pengate_codecs::radius::{
    Accounting, Draft, Packet, Refusal, Secret, accounting_response, md5, sign_batch, verify_batch,
    verify_request,
};

#[path = "../tests/data/radius/mod.rs"]
mod vectors;

const BATCHES: [usize; 2] = [8, 16];

fn decode(c: &mut Criterion) {
    let octets = vectors::octets(vectors::ACCOUNTING_START);
    let mut group = c.benchmark_group("radius/decode");
    group.bench_function("packet", |b| {
        b.iter(|| Packet::decode(black_box(&octets)).unwrap())
    });
    group.bench_function("fields", |b| b.iter(|| fifteen_fields(black_box(&octets))));
    group.bench_function("crate_radius", |b| {
        b.iter(|| radius::core::packet::Packet::decode(black_box(&octets), b"testing123").unwrap());
    });
    group.finish();
}

/// Decodes and looks at fifteen fields, so that none is optimised away.
#[inline(never)]
fn fifteen_fields(octets: &[u8]) -> usize {
    let packet = Packet::decode(octets).unwrap();
    let mut view = Accounting::default();
    view.refill(&packet).unwrap();
    let view = black_box(&view);
    [
        view.status_type.is_some(),
        view.session_id.is_some(),
        view.user_name.is_some(),
        view.calling_station_id.is_some(),
        view.called_station_id.is_some(),
        view.nas_ip_address.is_some(),
        view.framed_ip_address.is_some(),
        view.event_timestamp.is_some(),
        view.gi.imsi.is_some(),
        view.gi.charging_id.is_some(),
        view.gi.nsapi.is_some(),
        view.gi.rat_type.is_some(),
        view.gi.sgsn_mcc_mnc.is_some(),
        view.gi.user_location_info.is_some(),
        view.gi.ms_timezone.is_some(),
    ]
    .into_iter()
    .map(usize::from)
    .sum()
}

fn answer(c: &mut Criterion) {
    let octets = vectors::octets(vectors::ACCOUNTING_START);
    let secret = Secret::from(vectors::SECRET);
    assert_eq!(fifteen_fields(&octets), 15);
    let mut group = c.benchmark_group("radius/verify+decode+reply");
    group.throughput(Throughput::Elements(1));
    let mut out = Vec::with_capacity(4096);
    group.bench_function("scalar", |b| {
        b.iter(|| {
            out.clear();
            let packet = Packet::decode(black_box(&octets)).unwrap();
            verify_request(&packet, &secret).unwrap();
            let mut view = Accounting::default();
            view.refill(&packet).unwrap();
            black_box(&view);
            accounting_response(&packet, &secret, &mut out).unwrap();
        });
    });
    group.bench_function("crate_radius", |b| {
        b.iter(|| {
            use radius::core::{code::Code, packet::Packet};
            assert!(Packet::is_authentic_request(
                black_box(&octets),
                b"testing123"
            ));
            let packet = Packet::decode(&octets, b"testing123").unwrap();
            black_box(
                packet
                    .make_response_packet(Code::AccountingResponse)
                    .encode()
                    .unwrap(),
            );
        });
    });
    for batch in BATCHES {
        group.throughput(Throughput::Elements(batch as u64));
        group.bench_function(format!("batch_of_{batch}"), |b| {
            let mut packets = Vec::with_capacity(batch);
            let mut verdicts = Vec::with_capacity(batch);
            let mut drafts = Vec::with_capacity(batch);
            let datagrams = vec![octets.clone(); batch];
            b.iter(|| {
                packets.clear();
                packets.extend(
                    black_box(&datagrams)
                        .iter()
                        .map(|octets| (Packet::decode(octets).unwrap(), &secret)),
                );
                answer_batch(&packets, &mut verdicts, &mut drafts, &mut out);
            });
        });
    }
    group.finish();
}

fn answer_batch<'s>(
    packets: &[(Packet<'_>, &'s Secret)],
    verdicts: &mut Vec<Result<(), Refusal>>,
    drafts: &mut Vec<(Draft, &'s Secret)>,
    out: &mut Vec<u8>,
) {
    out.clear();
    drafts.clear();
    verify_batch(packets, verdicts);
    let mut view = Accounting::default();
    for ((packet, secret), verdict) in packets.iter().zip(&*verdicts) {
        verdict.unwrap();
        view.refill(packet).unwrap();
        black_box(&view);
        drafts.push((Draft::answer(packet, out).unwrap(), *secret));
    }
    sign_batch(drafts, out);
}

fn digests(c: &mut Criterion) {
    let octets = vectors::octets(vectors::ACCOUNTING_START);
    let mut group = c.benchmark_group("radius/md5");
    group.throughput(Throughput::Bytes(octets.len() as u64));
    group.bench_function("scalar", |b| b.iter(|| md5::digest([black_box(&octets)])));
    group.bench_function("crate_md5", |b| {
        b.iter(|| <::md5::Md5 as ::md5::Digest>::digest(black_box(&octets)));
    });
    for batch in BATCHES {
        group.throughput(Throughput::Bytes((batch * octets.len()) as u64));
        group.bench_function(format!("batch_of_{batch}"), |b| {
            let mut digests = vec![[0; 16]; batch];
            let messages = vec![md5::Message::new([octets.as_slice()]); batch];
            b.iter(|| md5::digest_batch(black_box(&messages), &mut digests));
        });
    }
    group.finish();
}

criterion_group!(benches, decode, answer, digests);
criterion_main!(benches);
