//! What is recorded is what is read.

use proptest::prelude::*;

use super::{super::testing::address, *};
use crate::feed::capture::{Classifier, Entry, Event, Options, Packets, Protocol};

fn channel(carrier: Carrier, local: &str, peer: &str) -> Channel {
    Channel {
        carrier,
        local: address(local),
        peer: address(peer),
    }
}

/// What was read back; pieces of one chunk are joined.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Read {
    Up(Channel),
    Chunk(Stamp, Channel, Heading, Vec<u8>),
    Down(Channel),
    Marker(Stamp, Vec<u8>),
}

fn read(file: &[u8]) -> Vec<Read> {
    let options = Options::default();
    let mut packets = Packets::new(file, &options);
    let mut classifier = Classifier::new(&options);
    let mut all = Vec::new();
    while let Some(item) = packets.next_item().unwrap() {
        classifier.classify(&item, |Entry { at, event, .. }| {
            let read = match event {
                Event::Up(Protocol::Sip | Protocol::M3ua, channel) => Read::Up(channel),
                Event::Chunk(_, chunk) => {
                    Read::Chunk(chunk.at, chunk.channel, chunk.heading, chunk.bytes.to_vec())
                }
                Event::Down(_, channel, _) => Read::Down(channel),
                Event::Marker(bytes) => Read::Marker(at, bytes.to_vec()),
                other => panic!("{other:?}"),
            };
            match (all.last_mut(), read) {
                (Some(Read::Chunk(at, channel, heading, bytes)), Read::Chunk(a, c, h, more))
                    if (*at, *channel, *heading) == (a, c, h) && c.carrier == Carrier::Tcp =>
                {
                    bytes.extend(more);
                }
                (_, read) => all.push(read),
            }
        });
    }
    all
}

fn recorder() -> Recorder<Vec<u8>> {
    Recorder::new(Vec::new()).unwrap()
}

#[test]
fn a_connection_keeps_its_opener_its_octets_and_its_end() {
    let us = channel(Carrier::Tcp, "[2001:db8::2]:5060", "[2001:db8::1]:40000");
    for opener in [Heading::In, Heading::Out] {
        let at = Stamp::from_nanos(1_700_000_000_123_456_789);
        let mut recorder = recorder();
        let mut expected = vec![];
        // Twice over the same addresses.
        for _ in 0..2 {
            recorder.up(at, us, opener).unwrap();
            expected.push(Read::Up(us));
            let long = vec![7; 200_000];
            for (heading, bytes) in [(Heading::Out, &long[..]), (Heading::In, b"in")] {
                recorder
                    .chunk(&Chunk {
                        at,
                        channel: us,
                        heading,
                        bytes,
                    })
                    .unwrap();
                expected.push(Read::Chunk(at, us, heading, bytes.to_vec()));
            }
            recorder.down(at, us).unwrap();
            expected.push(Read::Down(us));
        }
        recorder.down(at, us).unwrap();
        assert_eq!(read(&recorder.into_inner()), expected);
    }
}

#[test]
fn the_largest_datagram_fits_and_a_larger_one_is_refused() {
    let at = Stamp::from_secs(1);
    for (local, peer) in [
        ("192.0.2.2:1813", "192.0.2.1:4000"),
        ("[2001:db8::2]:1813", "[2001:db8::1]:4000"),
    ] {
        let channel = channel(Carrier::Udp, local, peer);
        let (largest, larger) = (vec![1; 65_507], vec![1; 65_508]);
        let mut recorder = recorder();
        for bytes in [&largest[..], b""] {
            recorder
                .chunk(&Chunk {
                    at,
                    channel,
                    heading: Heading::In,
                    bytes,
                })
                .unwrap();
        }
        let chunk = Chunk {
            at,
            channel,
            heading: Heading::In,
            bytes: &larger,
        };
        let error = recorder.chunk(&chunk).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
        let chunk = |bytes| Read::Chunk(at, channel, Heading::In, bytes);
        assert_eq!(
            read(&recorder.into_inner()),
            [chunk(largest), chunk(vec![])]
        );
    }
}

#[test]
fn what_cannot_be_recorded_is_refused() {
    let mut recorder = recorder();
    let before = recorder.to.len();
    let sctp = channel(Carrier::Sctp, "192.0.2.2:2905", "192.0.2.1:2905");
    for bytes in [&[][..], &[0; 65_001]] {
        let chunk = Chunk {
            at: Stamp::MIN,
            channel: sctp,
            heading: Heading::In,
            bytes,
        };
        let error = recorder.chunk(&chunk).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
    }
    let marker = recorder.marker(Stamp::MIN, &[0; 65_508]).unwrap_err();
    assert_eq!(marker.kind(), io::ErrorKind::InvalidInput);
    recorder.down(Stamp::MIN, sctp).unwrap();
    assert_eq!(recorder.to.len(), before, "nothing was written");
}

#[test]
fn two_address_families_meet_in_ipv6() {
    let at = Stamp::from_secs(1);
    let mixed = channel(Carrier::Udp, "[::]:1813", "192.0.2.1:4000");
    let mapped = channel(Carrier::Udp, "[::]:1813", "[::ffff:192.0.2.1]:4000");
    let mut recorder = recorder();
    let chunk = Chunk {
        at,
        channel: mixed,
        heading: Heading::In,
        bytes: b"x",
    };
    recorder.chunk(&chunk).unwrap();
    let expected = [Read::Chunk(at, mapped, Heading::In, b"x".to_vec())];
    assert_eq!(read(&recorder.into_inner()), expected);
}

#[test]
fn an_association_keeps_its_messages_and_its_end() {
    let us = channel(Carrier::Sctp, "192.0.2.2:40000", "192.0.2.3:2905");
    let at = Stamp::from_secs(1);
    let mut recorder = recorder();
    recorder.up(at, us, Heading::Out).unwrap();
    let messages = [vec![1_u8; 20], vec![2; 7], vec![3; 65_000]];
    for (message, heading) in messages
        .iter()
        .zip([Heading::Out, Heading::In, Heading::In])
    {
        let chunk = Chunk {
            at,
            channel: us,
            heading,
            bytes: message,
        };
        recorder.chunk(&chunk).unwrap();
    }
    recorder.down(at, us).unwrap();
    recorder.down(at, us).unwrap();
    let [one, two, three] = messages;
    assert_eq!(
        read(&recorder.into_inner()),
        [
            Read::Up(us),
            Read::Chunk(at, us, Heading::Out, one),
            Read::Chunk(at, us, Heading::In, two),
            Read::Chunk(at, us, Heading::In, three),
            Read::Down(us),
        ]
    );
}

#[test]
fn messages_of_an_association_are_recorded_as_what_it_speaks() {
    // Devices-Watchdog-Request without AVPs, M2PA user data, an ASP Up.
    let diameter: &[u8] = &[
        1, 0, 0, 20, 0x80, 0, 1, 24, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2,
    ];
    let m2pa: &[u8] = &[
        1, 0, 11, 1, 0, 0, 0, 24, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0x83, 0xd2, 0x47, 0xfa, 0x50, 9, 0,
    ];
    let m3ua: &[u8] = &[1, 0, 3, 1, 0, 0, 0, 8];
    let at = Stamp::from_secs(1);
    for (payload, bytes, number, protocol) in [
        (Payload::Diameter, diameter, 46, Protocol::Diameter),
        (Payload::M2pa, m2pa, 5, Protocol::Mtp3),
        (Payload::M3ua, m3ua, 3, Protocol::M3ua),
    ] {
        // Ports that tell nothing.
        let channel = channel(Carrier::Sctp, "192.0.2.2:40000", "192.0.2.3:40001");
        let mut recorder = recorder();
        recorder.speaks(channel, payload);
        recorder.up(at, channel, Heading::Out).unwrap();
        recorder.speaks(channel, payload);
        let chunk = Chunk {
            at,
            channel,
            heading: Heading::Out,
            bytes,
        };
        recorder.chunk(&chunk).unwrap();
        let file = recorder.into_inner();
        let data = [&[0, 0, 0, 0, 0, 0, 0, number][..], bytes].concat();
        let is_there = file.windows(data.len()).any(|window| window == data);
        assert!(is_there, "{payload:?}");

        let options = Options::default();
        let mut packets = Packets::new(&file[..], &options);
        let mut classifier = Classifier::new(&options);
        let mut heard = Vec::new();
        while let Some(item) = packets.next_item().unwrap() {
            classifier.classify(&item, |Entry { event, .. }| {
                if let Event::Chunk(protocol, _) = event {
                    heard.push(protocol);
                }
            });
        }
        assert_eq!(heard, [protocol]);
    }
}

proptest! {
    #[test]
    fn what_is_recorded_is_read(
        steps in prop::collection::vec(
            (0..6_usize, any::<bool>(), 0..=i64::MAX, prop::collection::vec(any::<u8>(), 1..100)),
            0..40,
        ),
    ) {
        let channels = [
            channel(Carrier::Udp, "192.0.2.2:1813", "192.0.2.1:4000"),
            channel(Carrier::Udp, "[2001:db8::2]:5060", "[2001:db8::1]:5060"),
            channel(Carrier::Tcp, "192.0.2.2:5060", "192.0.2.1:4000"),
            channel(Carrier::Tcp, "192.0.2.2:4000", "192.0.2.3:5060"),
            channel(Carrier::Sctp, "192.0.2.2:4000", "192.0.2.3:2905"),
        ];
        let mut recorder = recorder();
        let mut expected: Vec<Read> = Vec::new();
        let mut up = Vec::new();
        for (number, is_out, nanos, bytes) in steps {
            let at = Stamp::from_nanos(nanos);
            let Some(channel) = channels.get(number).copied() else {
                recorder.marker(at, &bytes).unwrap();
                expected.push(Read::Marker(at, bytes));
                continue;
            };
            if channel.carrier != Carrier::Udp && !up.contains(&channel) {
                up.push(channel);
                expected.push(Read::Up(channel));
            }
            let heading = if is_out { Heading::Out } else { Heading::In };
            recorder.chunk(&Chunk { at, channel, heading, bytes: &bytes }).unwrap();
            expected.push(Read::Chunk(at, channel, heading, bytes));
        }
        prop_assert_eq!(read(&recorder.into_inner()), expected);
    }
}
