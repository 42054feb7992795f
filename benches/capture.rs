//! Captures in memory to datagrams: frames a second, beside the general-purpose crates that were
//! considered for the same duty.

#![allow(
    missing_docs,
    clippy::expect_used,
    reason = "criterion's macros; a bench fails by panicking"
)]

use std::{hint::black_box, net::SocketAddr};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use pcap_parser::{PcapBlockOwned, PcapError, traits::PcapReaderIterator};
use pengate::feed::{
    Carrier, Channel, Chunk, Heading,
    capture::{Classifier, Kind, Options, Packets, Part, Reader, Recorder},
};
use pengate_codecs::Stamp;

const FRAMES: u32 = 20_000;
const PAYLOAD: usize = 200;

/// A classic pcap of Ethernet, IPv4, UDP and an Accounting-Request's worth of octets.
fn classic() -> Vec<u8> {
    let mut file = Vec::new();
    for field in [0xa1b2_c3d4_u32, 0x0004_0002, 0, 0, 65_535, 1] {
        file.extend(field.to_le_bytes());
    }
    let packet_length = u16::try_from(28 + PAYLOAD).unwrap_or_default();
    for number in 0..FRAMES {
        let length = u32::from(packet_length) + 14;
        for field in [1_700_000_000, number, length, length] {
            file.extend(field.to_le_bytes());
        }
        file.extend([2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x08, 0x00, 0x45, 0]);
        file.extend(packet_length.to_be_bytes());
        file.extend([0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2]);
        file.extend((40_000 + u16::try_from(number % 64).unwrap_or_default()).to_be_bytes());
        file.extend(1813_u16.to_be_bytes());
        file.extend((packet_length - 20).to_be_bytes());
        file.extend([0, 0]);
        file.extend([4; PAYLOAD]);
    }
    file
}

/// The same as our recorder writes it.
fn recorded() -> Vec<u8> {
    let address = |text: &str| -> SocketAddr { text.parse().expect("an address") };
    let channel = Channel {
        carrier: Carrier::Udp,
        local: address("192.0.2.2:1813"),
        peer: address("192.0.2.1:40000"),
    };
    let mut recorder = Recorder::new(Vec::new()).expect("a Vec takes everything");
    for number in 0..FRAMES {
        let at = Stamp::from_millis(number.into());
        let chunk = Chunk {
            at,
            channel,
            heading: Heading::In,
            bytes: &[4; PAYLOAD],
        };
        recorder.chunk(&chunk).expect("a Vec takes everything");
    }
    recorder.into_inner()
}

fn frames(file: &[u8]) -> u64 {
    let mut reader = Reader::new(file, &Options::default());
    let mut octets = 0;
    while let Ok(Some(frame)) = reader.next_frame() {
        octets += frame.bytes.len() as u64;
    }
    octets
}

fn packets(file: &[u8]) -> u64 {
    let mut packets = Packets::new(file, &Options::default());
    let mut octets = 0;
    while let Ok(Some(item)) = packets.next_item() {
        if let Kind::Packet(packet) = item.kind
            && let Part::Datagram { bytes, .. } = packet.part
        {
            octets += bytes.len() as u64;
        }
    }
    octets
}

fn entries(file: &[u8]) -> u64 {
    let options = Options::default();
    let mut packets = Packets::new(file, &options);
    let mut classifier = Classifier::new(&options);
    let mut count = 0;
    while let Ok(Some(item)) = packets.next_item() {
        classifier.classify(&item, |entry| {
            black_box(entry);
            count += 1;
        });
    }
    count
}

/// The frames of a classic file by `pcap-parser`, each given to a function.
fn pcap_parser(file: &[u8], mut each: impl FnMut(&[u8])) {
    let mut reader = pcap_parser::LegacyPcapReader::new(1 << 16, file).expect("a pcap header");
    loop {
        match reader.next() {
            Ok((offset, block)) => {
                if let PcapBlockOwned::Legacy(packet) = block {
                    each(packet.data);
                }
                reader.consume(offset);
            }
            Err(PcapError::Incomplete(_)) => reader.refill().expect("memory can be read"),
            Err(_) => break,
        }
    }
}

fn etherparse(frame: &[u8]) -> u64 {
    let Ok(packet) = etherparse::SlicedPacket::from_ethernet(frame) else {
        return 0;
    };
    match packet.transport {
        Some(etherparse::TransportSlice::Udp(udp)) => udp.payload().len() as u64,
        _ => 0,
    }
}

fn bench(criterion: &mut Criterion) {
    let expected = u64::from(FRAMES) * PAYLOAD as u64;
    let files = [("pcap", classic()), ("pcapng", recorded())];
    for (name, file) in &files {
        assert_eq!(packets(file), expected);
        assert_eq!(entries(file), u64::from(FRAMES));
        let mut group = criterion.benchmark_group(*name);
        group.throughput(Throughput::Elements(FRAMES.into()));
        group.bench_function("frames", |bench| bench.iter(|| frames(black_box(file))));
        group.bench_function("packets", |bench| bench.iter(|| packets(black_box(file))));
        group.bench_function("entries", |bench| bench.iter(|| entries(black_box(file))));
        group.finish();
    }
    let (_, classic) = &files[0];
    let mut group = criterion.benchmark_group("others");
    group.throughput(Throughput::Elements(FRAMES.into()));
    group.bench_function("pcap-parser frames", |bench| {
        bench.iter(|| {
            let mut octets = 0;
            pcap_parser(black_box(classic), |frame| octets += frame.len() as u64);
            octets
        });
    });
    group.bench_function("pcap-parser and etherparse packets", |bench| {
        bench.iter(|| {
            let mut octets = 0;
            pcap_parser(black_box(classic), |frame| octets += etherparse(frame));
            assert_eq!(octets, expected);
        });
    });
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
