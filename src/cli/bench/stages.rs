//! What is measured, stage by stage.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use pengate_codecs::{
    diameter, m3ua, mlp, mtp3,
    radius::{Accounting, Packet},
    sccp,
    sip::{
        self, Framing,
        header::{CSeq, CallId, Event, Expires, From, To, Via},
    },
};

use super::sample::{Message, Sample, each_message};
use crate::{
    agent::{
        identity::{Identities, Origin},
        normalise::{self, normalise},
        pk::{self, Pk},
        room::{Input, Outbox, Room, Verdict},
    },
    event::{NetworkEvent, Source},
    feed::{
        Carrier, Heading,
        capture::{Classifier, Options, Packets, Protocol},
    },
    io::allocations,
    session::radius::Clients,
};

/// What a stage took.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Measured {
    /// Messages, or frames.
    pub(super) count: u64,
    /// Their octets.
    pub(super) octets: u64,
    pub(super) elapsed: Duration,
    pub(super) allocations: u64,
}

impl Measured {
    /// Measures a piece of work that is `count` messages of `octets`.
    fn take<T>(&mut self, (count, octets): (usize, usize), work: impl FnOnce() -> T) -> T {
        let before = allocations();
        let start = Instant::now();
        let result = work();
        self.elapsed += start.elapsed();
        self.allocations += allocations() - before;
        self.count += u64::try_from(count).unwrap_or(u64::MAX);
        self.octets += u64::try_from(octets).unwrap_or(u64::MAX);
        result
    }
}

/// Measures every stage that has something to do, each for `span`.
pub(super) fn stages(
    capture: &[u8],
    sample: &Sample,
    options: &Options,
    span: Duration,
) -> Vec<(&'static str, Measured)> {
    let file = (
        usize::try_from(sample.frames).unwrap_or(usize::MAX),
        capture.len(),
    );
    let mut measured = vec![
        (
            "frame",
            repeat(span, |measured| {
                measured.take(file, || frames(capture, options));
            }),
        ),
        ("decode", repeat(span, |measured| decode(sample, measured))),
        (
            "whole",
            repeat(span, |measured| {
                measured.take(file, || {
                    // The capture has been read to its end before.
                    let _ = each_message(capture, options, &mut |protocol, chunk| {
                        decode_one(protocol, chunk.channel.carrier, chunk.bytes);
                    });
                });
            }),
        ),
    ];
    let requests: Vec<&Message> = sample
        .messages
        .iter()
        .filter(|message| message.protocol == Protocol::Radius && message.heading == Heading::In)
        .collect();
    if requests.is_empty() {
        return measured;
    }
    let mut told = Vec::new();
    measured.push((
        "event",
        repeat(span, |measured| told = events(sample, &requests, measured)),
    ));
    if !told.is_empty() {
        measured.push(("update", repeat(span, |measured| update(&told, measured))));
    }
    measured
}

/// Runs `pass` until `span` has been measured; what it does unmeasured may double the time.
fn repeat(span: Duration, mut pass: impl FnMut(&mut Measured)) -> Measured {
    // The first pass fills caches and is not counted.
    pass(&mut Measured::default());
    let mut measured = Measured::default();
    let begun = Instant::now();
    while measured.elapsed < span && begun.elapsed() < span * 2 {
        pass(&mut measured);
    }
    measured
}

fn frames(capture: &[u8], options: &Options) {
    let mut packets = Packets::new(capture, options);
    let mut classifier = Classifier::new(options);
    while let Ok(Some(item)) = packets.next_item() {
        classifier.classify(&item, |entry| {
            black_box(entry);
        });
    }
}

fn decode(sample: &Sample, measured: &mut Measured) {
    let all: usize = sample
        .messages
        .iter()
        .map(|message| sample.octets(message).len())
        .sum();
    measured.take((sample.messages.len(), all), || {
        for message in &sample.messages {
            let carrier = message.channel.carrier;
            decode_one(message.protocol, carrier, sample.octets(message));
        }
    });
}

/// A message to the fields that matter.
fn decode_one(protocol: Protocol, carrier: Carrier, octets: &[u8]) {
    match protocol {
        Protocol::Radius => {
            let packet = Packet::decode(black_box(octets));
            let _ = black_box(packet.map(|packet| Accounting::decode(&packet)));
        }
        Protocol::Diameter => {
            let message = diameter::Message::decode(black_box(octets));
            let _ = black_box(message.map(|message| diameter::Envelope::decode(&message)));
        }
        Protocol::M3ua => {
            if let Ok(Some(data)) = m3ua::Data::decode(black_box(octets)) {
                let _ = black_box(sccp::Message::decode(data.protocol_data.payload));
            }
        }
        Protocol::Mtp3 => {
            if let Ok(message) = mtp3::Message::decode(black_box(octets)) {
                let _ = black_box(sccp::Message::decode(message.payload));
            }
        }
        Protocol::Sccp => {
            let _ = black_box(sccp::Message::decode(black_box(octets)));
        }
        // Pieces of streams, as they came.
        Protocol::Mlp => {
            let _ = black_box(mlp::text_of(black_box(octets)));
        }
        Protocol::Sip => {
            let framing = match carrier {
                Carrier::Udp => Framing::Datagram,
                Carrier::Tcp | Carrier::Sctp | Carrier::Mtp => Framing::Stream,
            };
            let Ok(message) = sip::Message::decode(black_box(octets), framing) else {
                return;
            };
            let _ = black_box(message.first::<Via<'_>>());
            let _ = black_box(message.required::<From<'_>>());
            let _ = black_box(message.required::<To<'_>>());
            let _ = black_box(message.required::<CallId<'_>>());
            let _ = black_box(message.required::<CSeq<'_>>());
            let _ = black_box(message.header::<Event<'_>>());
            let _ = black_box(message.header::<Expires>());
        }
    }
}

/// How many datagrams a socket gives at once.
const BATCH: usize = 64;

/// Requests to events and answers, by a room that has seen none of them yet.
fn events(sample: &Sample, requests: &[&Message], measured: &mut Measured) -> Vec<NetworkEvent> {
    let clients = ["0.0.0.0/0", "::/0"].into_iter().filter_map(|network| {
        let network = network.parse().ok()?;
        Some((network, Sample::secret()))
    });
    let mut room = Pk::new(
        Source::Pk,
        pk::Options::default(),
        std::sync::Arc::new(Clients::from_iter(clients)),
    );
    let mut out = Outbox::default();
    let mut told = Vec::new();
    for batch in requests.chunks(BATCH) {
        let inputs: Vec<Input<'_>> = batch
            .iter()
            .map(|message| Input::Chunk(sample.signed(message)))
            .collect();
        let octets = batch
            .iter()
            .map(|message| sample.octets(message).len())
            .sum();
        let Some(now) = batch.last().map(|message| message.at) else {
            continue;
        };
        measured.take((batch.len(), octets), || {
            room.input(now, &inputs, &mut out);
            let settled: Vec<Input<'_>> = out
                .events
                .iter()
                .map(|(ticket, _)| Input::Settled(*ticket, Verdict::Settled))
                .collect();
            room.input(now, &settled, &mut out);
            black_box(out.sends().count());
        });
        told.extend(out.events.drain(..).map(|(_, event)| event));
        out.clear();
    }
    told
}

/// Events to updates, by a table that knows nobody yet.
fn update(events: &[NetworkEvent], measured: &mut Measured) {
    let options = normalise::Options::default();
    let mut identities = Identities::default();
    measured.take((events.len(), 0), || {
        for event in events {
            let resolved = identities
                .resolve(&event.subject, Origin::of(event), event.order)
                .ok();
            let presentity = resolved.as_ref().map(|resolved| &resolved.presentity);
            black_box(normalise(&options, event, presentity));
        }
    });
}
