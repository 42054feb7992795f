//! TCP scenarios.

use proptest::prelude::*;

use super::{super::testing::address, *};

const CLIENT: &str = "192.0.2.1:40000";
const SERVER: &str = "192.0.2.2:5060";

/// What a stream of segments gave out: who, and what.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Seen {
    Start(bool),
    Octets(Vec<u8>),
    Gap(u64),
    End(Ending),
}

/// Segments in, what both sides sent out; consecutive octets are one.
struct Capture {
    streams: Streams,
    seen: Vec<(bool, Seen)>,
}

#[derive(Clone, Debug)]
struct Sent {
    by_client: bool,
    sequence: u32,
    acknowledgement: Option<u32>,
    flags: &'static str,
    payload: Vec<u8>,
    missing: u32,
}

fn client(sequence: u32, payload: &[u8]) -> Sent {
    let payload = payload.to_vec();
    Sent {
        by_client: true,
        sequence,
        acknowledgement: None,
        flags: "",
        payload,
        missing: 0,
    }
}

fn server(sequence: u32, payload: &[u8]) -> Sent {
    Sent {
        by_client: false,
        ..client(sequence, payload)
    }
}

impl Sent {
    fn flags(self, flags: &'static str) -> Self {
        Self { flags, ..self }
    }

    fn ack(self, acknowledgement: u32) -> Self {
        Self {
            acknowledgement: Some(acknowledgement),
            ..self
        }
    }
}

impl Capture {
    fn new(options: &Options) -> Self {
        Self {
            streams: Streams::new(options),
            seen: Vec::new(),
        }
    }

    fn segment(&mut self, sent: &Sent) {
        self.segment_from(CLIENT, sent);
    }

    fn segment_from(&mut self, client: &str, sent: &Sent) {
        let (client, server) = (address(client), address(SERVER));
        let (source, destination) = if sent.by_client {
            (client, server)
        } else {
            (server, client)
        };
        self.streams.segment(&Segment {
            source,
            destination,
            sequence: sent.sequence,
            acknowledgement: sent.acknowledgement,
            syn: sent.flags.contains('S'),
            fin: sent.flags.contains('F'),
            reset: sent.flags.contains('R'),
            payload: &sent.payload,
            missing: sent.missing,
        });
        self.collect();
    }

    fn finish(&mut self) {
        self.streams.finish();
        self.collect();
    }

    fn collect(&mut self) {
        while let Some(event) = self.streams.pop() {
            let by_client = event.destination == address(SERVER);
            let seen = match event.output {
                Output::Start { picked_up } => Seen::Start(picked_up),
                Output::Octets(range) => Seen::Octets(self.streams.arena()[range].to_vec()),
                Output::Gap(missing) => Seen::Gap(missing),
                Output::End(ending) => Seen::End(ending),
            };
            match (self.seen.last_mut(), seen) {
                (Some((last, Seen::Octets(octets))), Seen::Octets(more)) if *last == by_client => {
                    octets.extend(more);
                }
                (_, seen) => self.seen.push((by_client, seen)),
            }
        }
    }
}

/// What the client's side of some segments gives, to the end of the capture.
fn seen_with(options: &Options, segments: &[Sent]) -> Vec<Seen> {
    let mut capture = Capture::new(options);
    segments.iter().for_each(|sent| capture.segment(sent));
    capture.finish();
    capture
        .seen
        .into_iter()
        .filter(|(by_client, _)| *by_client)
        .map(|(_, seen)| seen)
        .collect()
}

fn seen(segments: &[Sent]) -> Vec<Seen> {
    seen_with(&Options::default(), segments)
}

fn octets(octets: &[u8]) -> Seen {
    Seen::Octets(octets.to_vec())
}

#[test]
fn a_connection_is_followed_from_syn_to_fin() {
    let mut capture = Capture::new(&Options::default());
    for sent in [
        client(99, b"").flags("S"),
        server(499, b"").flags("S").ack(100),
        client(100, b"").ack(500),
        client(100, b"REGISTER").ack(500),
        server(500, b"200").ack(108),
        client(108, b"").flags("F").ack(503),
        server(503, b"").flags("F").ack(109),
        client(109, b"").ack(504),
    ] {
        capture.segment(&sent);
    }
    let expected = [
        (true, Seen::Start(false)),
        (false, Seen::Start(false)),
        (true, octets(b"REGISTER")),
        (false, octets(b"200")),
        (true, Seen::End(Ending::Finished)),
        (false, Seen::End(Ending::Finished)),
    ];
    assert_eq!(capture.seen, expected);
}

#[test]
fn copies_of_what_was_seen_give_nothing_even_after_the_end() {
    let all = [
        client(99, b"").flags("S"),
        client(100, b"one"),
        client(103, b"two").flags("F"),
    ];
    let twice = [&all[..], &all[..], &all[1..]].concat();
    let expected = [
        Seen::Start(false),
        octets(b"onetwo"),
        Seen::End(Ending::Finished),
    ];
    assert_eq!(seen(&twice), expected);
}

#[test]
fn where_segments_overlap_the_first_octets_stay() {
    let segments = [
        client(99, b"").flags("S"),
        client(104, b"EFGH"),
        client(102, b"cdxxxxij"),
        client(100, b"abyy"),
    ];
    assert_eq!(seen(&segments), [Seen::Start(false), octets(b"abcdEFGHij")]);
}

#[test]
fn a_capture_may_start_in_the_middle() {
    let segments = [
        client(5000, b"middle"),
        client(5006, b" end"),
        client(4000, b"earlier"),
    ];
    assert_eq!(seen(&segments), [Seen::Start(true), octets(b"middle end")]);
    assert_eq!(
        seen(&[client(1, b""), client(1, b"").flags("F")]),
        [],
        "nothing was said"
    );
}

#[test]
fn a_late_syn_does_not_start_anew() {
    let segments = [
        client(100, b"one"),
        client(99, b"").flags("S"),
        client(103, b"two"),
    ];
    assert_eq!(seen(&segments), [Seen::Start(true), octets(b"onetwo")]);
}

#[test]
fn sequence_numbers_wrap() {
    let first = u32::MAX - 2;
    let segments = [
        client(first.wrapping_sub(1), b"").flags("S"),
        client(first.wrapping_add(6), b"ghi"),
        client(first, b"abc"),
        client(first.wrapping_add(3), b"def"),
    ];
    assert_eq!(seen(&segments), [Seen::Start(false), octets(b"abcdefghi")]);
}

#[test]
fn a_hole_that_the_other_side_acknowledged_is_skipped_at_once() {
    let mut capture = Capture::new(&Options::default());
    capture.segment(&client(99, b"").flags("S"));
    capture.segment(&client(100, b"one"));
    capture.segment(&client(113, b"two"));
    capture.segment(&server(500, b"").ack(110));
    assert_eq!(
        capture.seen.len(),
        2,
        "not everything up to the next octets"
    );
    capture.segment(&server(500, b"").ack(116));
    let expected = [
        (true, Seen::Start(false)),
        (true, octets(b"one")),
        (true, Seen::Gap(10)),
        (true, octets(b"two")),
    ];
    assert_eq!(capture.seen, expected);
    assert_eq!(capture.streams.lost(), 10);
}

#[test]
fn what_an_answer_acknowledges_comes_before_the_answer() {
    let mut capture = Capture::new(&Options::default());
    capture.segment(&client(99, b"").flags("S"));
    capture.segment(&client(101, b"request"));
    capture.segment(&server(500, b"answer").ack(108));
    let expected = [
        (true, Seen::Start(false)),
        (false, Seen::Start(true)),
        (true, Seen::Gap(1)),
        (true, octets(b"request")),
        (false, octets(b"answer")),
    ];
    assert_eq!(capture.seen, expected);
}

#[test]
fn a_hole_before_the_end_is_skipped_when_acknowledged() {
    let segments = [
        client(99, b"").flags("S"),
        client(110, b"").flags("F"),
        server(500, b"").ack(111),
    ];
    let expected = [
        Seen::Start(false),
        Seen::Gap(10),
        Seen::End(Ending::Finished),
    ];
    assert_eq!(seen(&segments), expected);
}

#[test]
fn what_the_snap_length_cut_off_is_a_gap_at_once() {
    let cut = |sent: Sent| Sent { missing: 7, ..sent };
    let mut capture = Capture::new(&Options::default());
    capture.segment(&client(99, b"").flags("S"));
    capture.segment(&cut(client(100, b"one")));
    capture.segment(&cut(client(100, b"one")));
    capture.segment(&cut(client(110, b"two").flags("F")));
    let expected = [
        Seen::Start(false),
        octets(b"one"),
        Seen::Gap(7),
        octets(b"two"),
        Seen::Gap(7),
        Seen::End(Ending::Finished),
    ];
    let seen: Vec<_> = capture.seen.into_iter().map(|(_, seen)| seen).collect();
    assert_eq!(seen, expected);
}

#[test]
fn a_hole_is_skipped_beyond_a_bound() {
    let options = Options {
        stream_gap_bytes_max: 250,
        ..Options::default()
    };
    let segments = [
        client(99, b"").flags("S"),
        client(110, &[b'a'; 100]),
        client(210, &[b'b'; 100]),
        client(100, b"too late"),
        client(310, b"c"),
    ];
    let all = [&[b'a'; 100][..], &[b'b'; 100], b"c"].concat();
    let expected = [Seen::Start(false), Seen::Gap(10), octets(&all)];
    assert_eq!(seen_with(&options, &segments), expected);
    let options = Options {
        reassembly_bytes_max: 250,
        ..Options::default()
    };
    assert_eq!(seen_with(&options, &segments), expected);
}

#[test]
fn what_is_behind_a_hole_at_the_end_of_the_capture_is_given() {
    let segments = [
        client(99, b"").flags("S"),
        client(101, b"b"),
        client(103, b"d"),
    ];
    let expected = [
        Seen::Start(false),
        Seen::Gap(1),
        octets(b"b"),
        Seen::Gap(1),
        octets(b"d"),
    ];
    assert_eq!(seen(&segments), expected);
}

#[test]
fn a_reset_ends_both_directions() {
    let mut capture = Capture::new(&Options::default());
    capture.segment(&client(99, b"").flags("S"));
    capture.segment(&server(499, b"").flags("S").ack(100));
    capture.segment(&client(101, b"b"));
    capture.segment(&server(500, b"").flags("R"));
    capture.segment(&client(100, b"late"));
    let expected = [
        (true, Seen::Start(false)),
        (false, Seen::Start(false)),
        (false, Seen::End(Ending::Reset)),
        (true, Seen::Gap(1)),
        (true, octets(b"b")),
        (true, Seen::End(Ending::Reset)),
    ];
    assert_eq!(capture.seen, expected);
}

#[test]
fn the_same_ports_may_be_used_again() {
    let segments = [
        client(99, b"").flags("S"),
        client(100, b"old"),
        client(7_000_000, b"").flags("S"),
        client(7_000_001, b"new"),
    ];
    let expected = [
        Seen::Start(false),
        octets(b"old"),
        Seen::End(Ending::Replaced),
        Seen::Start(false),
        octets(b"new"),
    ];
    assert_eq!(seen(&segments), expected);
}

#[test]
fn a_stray_segment_is_ignored_and_a_jump_is_followed() {
    let far = 2_000_000_000;
    let segments = [
        client(99, b"").flags("S"),
        client(far, b"stray"),
        client(100, b"one"),
        client(far, b"x"),
        client(far + 1, b"y"),
        client(far + 2, b"z"),
        client(far + 3, b"!"),
    ];
    assert_eq!(
        seen(&segments),
        [
            Seen::Start(false),
            octets(b"one"),
            Seen::Gap(0),
            octets(b"z!")
        ]
    );
}

#[test]
fn connections_are_bounded() {
    let options = Options {
        streams_max: 2,
        ..Options::default()
    };
    let mut capture = Capture::new(&options);
    for port in 1..=3 {
        capture.segment_from(&format!("192.0.2.1:{port}"), &client(99, b"").flags("S"));
    }
    let evicted = capture
        .seen
        .iter()
        .filter(|seen| seen.1 == Seen::End(Ending::Evicted));
    assert_eq!(evicted.count(), 1);
}

proptest! {
    /// Any cut of a stream into segments, any of them copied, overlapping, in any order after the
    /// SYN, around the wrap: the same stream.
    #[test]
    fn any_segmentation_gives_the_same_stream(
        length in 1_usize..500,
        initial in prop_oneof![any::<u32>(), u32::MAX - 300..=u32::MAX],
        cuts in prop::collection::vec((any::<prop::sample::Index>(), 1_usize..80), 0..60),
        shuffle in prop::collection::vec(any::<u32>(), 120),
    ) {
        let stream: Vec<u8> = (0..length).map(|at| u8::try_from(at % 251).unwrap()).collect();
        let mut parts: Vec<(usize, usize)> = cuts
            .iter()
            .map(|(at, length)| (at.index(stream.len()), *length))
            .map(|(at, length)| (at, stream.len().min(at + length)))
            .collect();
        parts.extend((0..stream.len()).step_by(13).map(|at| (at, stream.len().min(at + 13))));
        let mut order: Vec<_> = shuffle.iter().cycle().zip(parts).collect();
        order.sort_by_key(|(key, _)| **key);
        let first = initial.wrapping_add(1);
        let mut segments = vec![client(initial, b"").flags("S")];
        segments.extend(order.iter().map(|(_, (at, end))| {
            let sequence = first.wrapping_add(u32::try_from(*at).unwrap());
            let flags = if *end == stream.len() { "F" } else { "" };
            client(sequence, &stream[*at..*end]).flags(flags)
        }));
        let expected = [Seen::Start(false), Seen::Octets(stream), Seen::End(Ending::Finished)];
        prop_assert_eq!(seen(&segments), expected);
    }
}
