//! The SS7 room with one association that carries traffic, and the network on its other side.

use std::hint::black_box;

use pengate::{
    agent::{
        room::{Input, Outbox, Room, Verdict},
        ss7::{LinkOptions, Options, Ss7},
    },
    feed::{Carrier, Channel, Chunk, Heading},
};
use pengate_codecs::{
    Stamp,
    m3ua::{Builder, Data, MessageType},
    sccp::{self, Delivery, ProtocolClass, Sequence, Unitdata},
    tcap,
};

/// How many messages are handed over at once.
pub const BATCH: usize = 64;

pub struct Bench {
    room: Ss7,
    channel: Channel,
    now: Stamp,
    out: Outbox,
}

impl Bench {
    /// A room whose only association carries traffic.
    pub fn new() -> Self {
        let channel = Channel {
            carrier: Carrier::Sctp,
            local: ([192, 0, 2, 1], 40_000).into(),
            peer: ([192, 0, 2, 2], 2905).into(),
        };
        let link = LinkOptions {
            name: "stp".into(),
            address: channel.peer,
            ..LinkOptions::default()
        };
        let options = Options {
            links: vec![link],
            ..Options::default()
        };
        let mut bench = Self {
            room: Ss7::new(options, 1),
            channel,
            now: Stamp::from_secs(1_772_360_000),
            out: Outbox::default(),
        };
        bench.step(&[]);
        bench.step(&[Input::Up(channel)]);
        for kind in [MessageType::AspUpAck, MessageType::AspActiveAck] {
            let mut octets = Vec::new();
            Builder::new(&mut octets, kind).finish().unwrap();
            let chunk = bench.chunk(&octets);
            bench.step(&[chunk]);
        }
        bench
    }

    fn chunk<'a>(&self, bytes: &'a [u8]) -> Input<'a> {
        Input::Chunk(Chunk {
            at: self.now,
            channel: self.channel,
            heading: Heading::In,
            bytes,
        })
    }

    fn step(&mut self, batch: &[Input<'_>]) {
        self.out.clear();
        self.room.input(self.now, batch, &mut self.out);
    }

    /// Tells the events of `count` times the same message; `measure` gets what is to be measured: from
    /// the octets to the events. All are recorded afterwards, and answered; then the network ends
    /// what goes on, so that no dialogue is left.
    pub fn tell<T>(
        &mut self,
        octets: &[u8],
        count: usize,
        measure: impl FnOnce(&mut dyn FnMut()) -> T,
    ) -> T {
        let batch = vec![self.chunk(octets); count];
        self.now = self.now + std::time::Duration::from_micros(100);
        self.out.clear();
        let Self { room, now, out, .. } = self;
        let measured = measure(&mut || room.input(*now, &batch, out));
        assert!(black_box(&self.out.events).len() >= count);
        assert!(self.out.faults.is_empty(), "{:?}", self.out.faults);
        self.settle();
        let ends: Vec<_> = self
            .out
            .sends()
            .filter_map(|(_, sent)| ended(sent))
            .collect();
        let chunks: Vec<_> = ends.iter().map(|octets| self.chunk(octets)).collect();
        self.step(&chunks);
        self.settle();
        measured
    }

    fn settle(&mut self) {
        let events = std::mem::take(&mut self.out.events);
        let settled: Vec<_> = events
            .iter()
            .map(|(ticket, _)| Input::Settled(*ticket, Verdict::Settled))
            .collect();
        self.step(&settled);
        // Its memory is used again.
        self.out.events = events;
        self.out.events.clear();
    }
}

/// The End of a dialogue that goes on with this message; nothing when it was the last.
fn ended(sent: &[u8]) -> Option<Vec<u8>> {
    let data = Data::decode(sent).unwrap()?.protocol_data;
    let transfer = sccp::Message::decode(data.payload).unwrap().transfer()?;
    let tcap::Message::Continue(message) = tcap::Message::decode(transfer.data).unwrap() else {
        return None;
    };
    let mut end = Vec::new();
    tcap::end(&mut end, message.otid, None, |_| {});
    let unitdata = Unitdata {
        class: ProtocolClass {
            sequence: Sequence::Any,
            delivery: Delivery::Discard,
        },
        called: transfer.calling,
        calling: transfer.called,
        data: &end,
    };
    let mut octets = Vec::new();
    Builder::new(&mut octets, MessageType::Data)
        .protocol_data(data.label.reversed(), |out| unitdata.encode(out).unwrap())
        .finish()
        .unwrap();
    Some(octets)
}
