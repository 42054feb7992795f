//! SCTP scenarios.

use proptest::prelude::*;

use pengate_codecs::Stamp;

use super::{super::fault::Defect, *};
use crate::feed::capture::testing::{address, big};

const ASP: &str = "192.0.2.1:40000";
const SG: &str = "192.0.2.2:2905";

/// What an association gave out.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Seen {
    Start(bool),
    Message(Vec<u8>),
    Snapped(Vec<u8>),
    Incomplete(u64),
    End(Ending),
}

/// Packets in, what both sides sent out.
struct Capture {
    associations: Associations,
    frame: u64,
    at: Stamp,
    seen: Vec<(bool, Seen)>,
}

impl Capture {
    fn new() -> Self {
        Self::with(&Options::default())
    }

    fn with(options: &Options) -> Self {
        Self {
            associations: Associations::new(options),
            frame: 0,
            at: Stamp::from_secs(0),
            seen: Vec::new(),
        }
    }

    fn wait(&mut self, millis: u64) -> &mut Self {
        self.at = self.at + Duration::from_millis(millis);
        self
    }

    fn asp(&mut self, chunks: &[Vec<u8>]) -> &mut Self {
        self.packet(ASP, SG, chunks, 0).unwrap();
        self
    }

    fn sg(&mut self, chunks: &[Vec<u8>]) -> &mut Self {
        self.packet(SG, ASP, chunks, 0).unwrap();
        self
    }

    /// `cut`: how many octets at the end were not captured.
    fn packet(
        &mut self,
        source: &str,
        destination: &str,
        chunks: &[Vec<u8>],
        cut: usize,
    ) -> Result<(), Fault> {
        self.frame += 1;
        let (source, destination) = (address(source), address(destination));
        let octets = big()
            .u16(source.port())
            .u16(destination.port())
            .u32(7)
            .u32(0)
            .bytes(&chunks.concat())
            .0;
        let octets = &octets[..octets.len() - cut];
        let packet = ip::Packet {
            source: source.ip(),
            destination: destination.ip(),
            protocol: ip::SCTP,
            payload: 0..octets.len(),
            missing: u32::try_from(cut).unwrap(),
            fragment: None,
        };
        let (frame, at) = (self.frame, self.at);
        let result = self
            .associations
            .packet(octets, &packet, Arrival { frame, at });
        self.drain();
        result
    }

    fn drain(&mut self) {
        while let Some(event) = self.associations.pop() {
            let seen = match event.output {
                Output::Start { picked_up } => Seen::Start(picked_up),
                Output::Incomplete { frame, .. } => Seen::Incomplete(frame),
                Output::End(ending) => Seen::End(ending),
                Output::Message {
                    octets, missing, ..
                } => {
                    let octets = self.associations.arena()[octets].to_vec();
                    match missing {
                        0 => Seen::Message(octets),
                        _ => Seen::Snapped(octets),
                    }
                }
            };
            self.seen.push((event.source == address(ASP), seen));
        }
    }

    fn finish(&mut self) -> Vec<(bool, Seen)> {
        self.associations.finish();
        self.drain();
        assert_eq!(held(&mut self.associations), self.associations.held);
        std::mem::take(&mut self.seen)
    }

    /// The messages of the ASP.
    fn messages(&mut self) -> Vec<Vec<u8>> {
        let seen = self.finish().into_iter();
        seen.filter_map(|(_, seen)| match seen {
            Seen::Message(octets) => Some(octets),
            _ => None,
        })
        .collect()
    }
}

/// What all directions hold, counted anew.
fn held(associations: &mut Associations) -> u64 {
    let keys = associations.known.keys();
    let costs = keys.iter().map(|pair| {
        let lanes = associations.known.peek_mut(pair);
        lanes.map_or(0, |lanes| cost(lanes))
    });
    costs.sum()
}

fn chunk(kind: u8, flags: u8, value: &[u8]) -> Vec<u8> {
    let length = u16::try_from(value.len() + 4).unwrap();
    big()
        .bytes(&[kind, flags])
        .u16(length)
        .bytes(value)
        .padded()
        .0
}

const BEGINS: u8 = 2;
const ENDS: u8 = 1;
const UNORDERED: u8 = 4;

fn data(tsn: u32, stream: u16, sequence: u16, octets: &[u8]) -> Vec<u8> {
    part(BEGINS | ENDS, tsn, (stream, sequence), octets)
}

fn part(flags: u8, tsn: u32, (stream, sequence): (u16, u16), octets: &[u8]) -> Vec<u8> {
    let head = big().u32(tsn).u16(stream).u16(sequence).u32(3);
    chunk(0, flags, &head.bytes(octets).0)
}

fn init(kind: u8, tag: u32, tsn: u32, parameters: &[u8]) -> Vec<u8> {
    let head = big().u32(tag).u32(65_536).u16(10).u16(10).u32(tsn);
    chunk(kind, 0, &head.bytes(parameters).0)
}

fn sack(cumulative: u32) -> Vec<u8> {
    chunk(3, 0, &big().u32(cumulative).u32(65_536).u32(0).0)
}

fn message(text: &str) -> Seen {
    Seen::Message(text.as_bytes().to_vec())
}

#[test]
fn an_association_is_followed_from_its_init_to_its_end() {
    let mut capture = Capture::new();
    capture
        .asp(&[init(1, 1, 100, &[])])
        .asp(&[init(1, 1, 100, &[])])
        .sg(&[init(2, 2, 900, &[])])
        .asp(&[chunk(10, 0, b"cookie"), data(100, 0, 0, b"up")])
        .sg(&[chunk(11, 0, b""), sack(100), data(900, 0, 0, b"ack")])
        .asp(&[sack(900), data(101, 1, 0, b"one"), data(102, 1, 1, b"two")])
        .sg(&[chunk(7, 0, &[0; 4])])
        .asp(&[chunk(8, 0, b"")])
        .sg(&[chunk(14, 0, b"")])
        .asp(&[data(102, 1, 1, b"two")]);
    let end = Seen::End(Ending::Finished);
    assert_eq!(
        capture.finish(),
        [
            (true, Seen::Start(false)),
            (false, Seen::Start(false)),
            (true, message("up")),
            (false, message("ack")),
            (true, message("one")),
            (true, message("two")),
            (true, end.clone()),
            (false, end),
        ]
    );
}

#[test]
fn an_association_seen_from_the_middle_starts_with_its_first_message() {
    let mut capture = Capture::new();
    capture
        .sg(&[sack(5)])
        .asp(&[data(6, 3, 77, b"a")])
        .asp(&[data(5, 3, 76, b"late")])
        .asp(&[data(7, 3, 78, b"b")])
        .sg(&[chunk(6, 0, b"")]);
    assert_eq!(
        capture.finish(),
        [
            (true, Seen::Start(true)),
            (true, message("a")),
            (true, message("late")),
            (true, message("b")),
            (true, Seen::End(Ending::Reset)),
        ]
    );
}

#[test]
fn fragments_are_put_together_in_any_order_and_copies_are_dropped() {
    let fragments = [
        part(BEGINS, 10, (1, 4), b"frag"),
        part(0, 11, (1, 4), b"men"),
        part(0, 12, (1, 4), b"te"),
        part(ENDS, 13, (1, 4), b"d"),
    ];
    for order in [[0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2], [2, 0, 3, 1]] {
        let mut capture = Capture::new();
        capture.asp(&[data(9, 1, 3, b"before")]);
        for number in order {
            capture.asp(&[fragments[number].clone(), fragments[number].clone()]);
        }
        capture.asp(&fragments);
        assert_eq!(
            capture.messages(),
            [b"before".to_vec(), b"fragmented".to_vec()]
        );
    }
}

#[test]
fn messages_of_a_stream_keep_their_order_and_other_streams_do_not_wait() {
    let mut capture = Capture::new();
    capture
        .asp(&[init(1, 1, 10, &[])])
        .asp(&[data(12, 1, 1, b"second")])
        .asp(&[data(13, 2, 0, b"other")])
        .asp(&[part(BEGINS | ENDS | UNORDERED, 14, (1, 0), b"urgent")])
        .asp(&[data(10, 1, 0, b"first")])
        .asp(&[data(15, 1, 2, b"third")]);
    assert_eq!(
        capture.messages(),
        ["other", "urgent", "first", "second", "third"].map(Vec::from)
    );
}

#[test]
fn what_waits_for_a_message_that_was_not_captured_comes_when_it_is_acknowledged() {
    let mut capture = Capture::new();
    capture
        .asp(&[data(10, 1, 0, b"first")])
        .asp(&[
            data(13, 1, 3, b"fourth"),
            part(BEGINS, 14, (1, 4), b"never"),
        ])
        .sg(&[sack(12)]);
    assert_eq!(capture.seen.len(), 2, "not acknowledged yet");
    capture.sg(&[sack(13)]);
    assert_eq!(capture.seen.len(), 3);
    capture.sg(&[sack(16)]).asp(&[data(17, 1, 5, b"sixth")]);
    let seen = capture.finish();
    let seen: Vec<_> = seen.into_iter().map(|(_, seen)| seen).collect();
    assert_eq!(
        seen,
        [
            Seen::Start(true),
            message("first"),
            message("fourth"),
            Seen::Incomplete(2),
            message("sixth"),
        ]
    );
    assert_eq!(capture.associations.lost(), 2 + 1);
}

#[test]
fn nothing_waits_longer_than_association_timeout() {
    let mut capture = Capture::new();
    capture
        .asp(&[data(10, 1, 0, b"first")])
        .asp(&[data(12, 1, 2, b"third"), part(ENDS, 20, (2, 0), b"x")])
        .wait(3000)
        .asp(&[data(13, 2, 1, b"no")]);
    assert_eq!(capture.seen.len(), 3);
    capture.wait(1).asp(&[data(14, 2, 2, b"yes")]);
    let seen: Vec<_> = capture.seen.drain(..).map(|(_, seen)| seen).collect();
    assert_eq!(
        seen[3..],
        [Seen::Incomplete(2), message("third"), message("yes")]
    );
}

#[test]
fn a_new_init_replaces_the_association_and_one_that_comes_late_does_not() {
    let mut capture = Capture::new();
    capture
        .asp(&[data(10, 1, 0, b"early")])
        .asp(&[init(1, 1, 10, &[])])
        .asp(&[data(11, 1, 1, b"same")])
        .asp(&[init(1, 2, 0x9000_0000, &[])])
        .asp(&[data(0x9000_0000, 1, 0, b"new")])
        .asp(&[init(1, 3, 0x9000_0001, &[])])
        .asp(&[data(0x9000_0001, 1, 0, b"newer")]);
    let replaced = Seen::End(Ending::Replaced);
    let seen: Vec<_> = capture.finish().into_iter().map(|(_, seen)| seen).collect();
    assert_eq!(
        seen,
        [
            Seen::Start(true),
            message("early"),
            message("same"),
            replaced.clone(),
            Seen::Start(false),
            message("new"),
            replaced,
            Seen::Start(false),
            message("newer"),
        ]
    );
}

#[test]
fn other_addresses_of_a_host_stand_for_the_first() {
    let mut capture = Capture::new();
    let second = [0, 5, 0, 8, 192, 0, 2, 11];
    capture.asp(&[init(1, 1, 10, &second)]);
    capture
        .packet(
            "192.0.2.11:40000",
            SG,
            &[data(10, 1, 0, b"by the other")],
            0,
        )
        .unwrap();
    capture
        .packet(
            SG,
            "192.0.2.11:40000",
            &[sack(10), data(50, 1, 0, b"answer")],
            0,
        )
        .unwrap();
    assert_eq!(
        capture.finish(),
        [
            (true, Seen::Start(false)),
            (true, message("by the other")),
            (false, Seen::Start(true)),
            (false, message("answer")),
        ]
    );
}

#[test]
fn what_the_snap_length_cut_off_is_counted() {
    let mut capture = Capture::new();
    capture
        .packet(
            ASP,
            SG,
            &[data(10, 1, 0, b"whole"), data(11, 1, 1, b"part")],
            2,
        )
        .unwrap();
    let fault = capture
        .packet(ASP, SG, &[data(12, 1, 2, b"x")], 8)
        .unwrap_err();
    assert_eq!(fault.what, Defect::Cut);
    let seen = capture.finish();
    assert_eq!(
        seen[1..],
        [
            (true, message("whole")),
            (true, Seen::Snapped(b"pa".to_vec())),
        ]
    );
}

#[test]
fn a_chunk_that_does_not_fit_is_a_fault_at_its_length() {
    for length in [0, 3, 100] {
        let mut capture = Capture::new();
        let mut broken = data(11, 1, 1, b"bad");
        broken[3] = length;
        let fault = capture
            .packet(ASP, SG, &[data(10, 1, 0, b"good"), broken], 0)
            .unwrap_err();
        let what = Defect::ChunkLength;
        assert_eq!(
            fault,
            Fault {
                at: 12 + 20 + 2,
                what
            }
        );
        assert_eq!(capture.messages(), [b"good".to_vec()]);
    }
    let mut capture = Capture::new();
    let fault = capture.packet(ASP, SG, &[vec![0, 3]], 0).unwrap_err();
    assert_eq!((fault.at, fault.what), (14, Defect::Cut));
    let fault = capture
        .packet(ASP, SG, &[chunk(0, 3, &[0; 8])], 0)
        .unwrap_err();
    assert_eq!((fault.at, fault.what), (14, Defect::ChunkLength));
}

#[test]
fn every_limit_is_kept() {
    let options = Options {
        associations_max: 2,
        association_bytes_max: 4000,
        reassembly_bytes_max: 6000,
        association_timeout: Duration::from_secs(3600),
        ..Options::default()
    };
    let mut capture = Capture::with(&options);
    for port in 1..20_u16 {
        let source = format!("192.0.2.1:{port}");
        for number in 0..40_u16 {
            let tsn = 100 + u32::from(number) * 2;
            let chunks = [
                part(BEGINS, tsn, (number, 0), &[1; 50]),
                data(tsn + 1000, 1000, 5000 - number, &[2; 50]),
            ];
            capture.packet(&source, SG, &chunks, 0).unwrap();
            assert!(capture.associations.held <= 6000);
            assert_eq!(held(&mut capture.associations), capture.associations.held);
        }
    }
    let ended = capture.seen.iter();
    let ended = ended.filter(|(_, seen)| *seen == Seen::End(Ending::Evicted));
    assert_eq!(ended.count(), 17);
}

/// Messages of a few streams, cut into chunks with their numbers.
fn plan() -> impl Strategy<Value = (u32, Vec<(u16, Vec<u8>, usize)>)> {
    let message = (
        0_u16..3,
        proptest::collection::vec(any::<u8>(), 1..30),
        1_usize..10,
    );
    (any::<u32>(), proptest::collection::vec(message, 1..20))
}

fn chunks(first: u32, messages: &[(u16, Vec<u8>, usize)]) -> Vec<Vec<u8>> {
    let mut next = [0_u16; 3];
    let mut tsn = first;
    let mut chunks = Vec::new();
    for (stream, octets, size) in messages {
        let sequence = next[usize::from(*stream)];
        next[usize::from(*stream)] += 1;
        let pieces: Vec<_> = octets.chunks(*size).collect();
        for (number, piece) in pieces.iter().enumerate() {
            let begins = if number == 0 { BEGINS } else { 0 };
            let ends = if number + 1 == pieces.len() { ENDS } else { 0 };
            chunks.push(part(begins | ends, tsn, (*stream, sequence), piece));
            tsn = tsn.wrapping_add(1);
        }
    }
    chunks
}

proptest! {
    /// However chunks are shuffled, repeated and bundled, each stream's messages come once and in
    /// order.
    #[test]
    fn any_order_gives_the_same_streams(
        (first, messages) in plan(),
        order in proptest::collection::vec(any::<prop::sample::Index>(), 0..200),
        bundle in 1_usize..5,
    ) {
        let chunks = chunks(first, &messages);
        let mut capture = Capture::new();
        capture.asp(&[init(1, 1, first, &[])]);
        for bundle in order.chunks(bundle) {
            let bundle: Vec<_> = bundle.iter().map(|index| index.get(&chunks).clone()).collect();
            capture.asp(&bundle);
        }
        for bundle in chunks.chunks(bundle) {
            capture.asp(bundle);
        }
        let found = capture.messages();
        let mut by_stream: [Vec<&[u8]>; 3] = Default::default();
        for (stream, octets, _) in &messages {
            by_stream[usize::from(*stream)].push(octets);
        }
        prop_assert_eq!(found.len(), messages.len());
        let mut rest = found.iter().map(Vec::as_slice).collect::<Vec<_>>();
        for stream in by_stream {
            let mut at = 0;
            for octets in stream {
                let place = rest[at..].iter().position(|one| *one == octets);
                prop_assert!(place.is_some());
                at += place.unwrap_or_default();
                rest.remove(at);
            }
        }
    }

    #[test]
    fn whatever_comes_is_taken_or_refused(
        octets in proptest::collection::vec(
            proptest::collection::vec(prop_oneof![0_u8..16, any::<u8>()], 0..60),
            0..20,
        ),
    ) {
        let mut capture = Capture::new();
        for octets in octets {
            let _ = capture.packet(ASP, SG, std::slice::from_ref(&octets), 0);
            prop_assert_eq!(held(&mut capture.associations), capture.associations.held);
        }
        capture.finish();
    }
}
