//! The SCTP associations of a capture.

use std::{collections::VecDeque, net::SocketAddr, ops::Range, time::Duration};

use super::{
    Options,
    fault::Fault,
    ip,
    lane::{Arrival, Init, Lane, Output, Sink},
    octets::index,
    sctp::{self, Chunk, Chunks, Header},
    table::Table,
    tcp::Ending,
};

/// Associations by two addresses, one of each side.
///
/// An association is followed from its INIT, or from its first DATA when the capture started later.
/// It stays known after its end, so that late copies start nothing new. The other addresses of a
/// host that has several are those that its INIT announced: all of them stand for the first.
pub(super) struct Associations {
    known: Table<Pair, [Lane; 2]>,
    /// Announced addresses, and those that they stand for.
    homes: Table<SocketAddr, SocketAddr>,
    held: u64,
    sink: Sink,
    events: VecDeque<Event>,
    held_max: u64,
    association_max: u64,
    timeout: Duration,
    lost: u64,
}

/// Both addresses, the lower first: its direction is number 0.
type Pair = (SocketAddr, SocketAddr);

/// An output of one direction.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Event {
    pub(super) source: SocketAddr,
    pub(super) destination: SocketAddr,
    pub(super) output: Output,
}

impl Associations {
    pub(super) fn new(options: &Options) -> Self {
        Self {
            known: Table::new(index(options.associations_max)),
            homes: Table::new(index(options.associations_max)),
            held: 0,
            sink: Sink::default(),
            events: VecDeque::new(),
            held_max: options.reassembly_bytes_max,
            association_max: options.association_bytes_max,
            timeout: options.association_timeout,
            lost: 0,
        }
    }

    /// How many messages were never seen.
    pub(super) fn lost(&self) -> u64 {
        self.lost
    }

    /// The next event. Its octets stay until [`packet`](Self::packet) is called again.
    pub(super) fn pop(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// The octets that events point to.
    pub(super) fn arena(&self) -> &[u8] {
        &self.sink.arena
    }

    /// Takes the packet in that is at `payload` of `octets`. All events of the one before must have
    /// been taken.
    ///
    /// # Errors
    /// What is wrong with a chunk; those before it count.
    pub(super) fn packet(
        &mut self,
        octets: &[u8],
        packet: &ip::Packet,
        arrival: Arrival,
    ) -> Result<(), Fault> {
        self.sink.arena.clear();
        let payload = &packet.payload;
        let header = Header::parse(octets, payload)?;
        let source = self.home(SocketAddr::new(packet.source, header.source));
        let destination = self.home(SocketAddr::new(packet.destination, header.destination));
        let range: Range<usize> = header.chunks..payload.end;
        let mut chunks = Chunks::new(octets, range, packet.missing);
        while let Some(chunk) = chunks.next()? {
            self.chunk(source, destination, &chunk, arrival);
        }
        Ok(())
    }

    /// Gives out what is held: the capture is over.
    pub(super) fn finish(&mut self) {
        self.sink.arena.clear();
        for pair in self.known.keys() {
            for own in [0, 1] {
                self.act(pair, own, |lanes, own, sink| lanes[own].finish(None, sink));
            }
        }
    }

    fn home(&mut self, address: SocketAddr) -> SocketAddr {
        self.homes.get_mut(&address).map_or(address, |home| *home)
    }

    fn chunk(
        &mut self,
        source: SocketAddr,
        destination: SocketAddr,
        chunk: &Chunk<'_>,
        arrival: Arrival,
    ) {
        let (pair, own) = match source <= destination {
            true => ((source, destination), 0),
            false => ((destination, source), 1),
        };
        if self.known.get_mut(&pair).is_none() {
            // Only these tell of messages to come.
            if !matches!(chunk, Chunk::Data(_) | Chunk::Init(..)) {
                return;
            }
            self.insert(pair);
        }
        match *chunk {
            Chunk::Init(init, parameters) => {
                for address in sctp::addresses(parameters) {
                    let address = SocketAddr::new(address, source.port());
                    let other = (address.min(destination), address.max(destination));
                    // What is known by itself stays so.
                    if address != source && self.known.peek_mut(&other).is_none() {
                        self.homes.insert(address, source);
                    }
                }
                self.init(pair, own, init);
            }
            Chunk::Data(data) => {
                let timeout = self.timeout;
                self.act(pair, own, |lanes, own, sink| {
                    lanes[own].expire(arrival.at, timeout, sink);
                    lanes[own].receive(&data, arrival, sink);
                });
            }
            Chunk::Sack { cumulative } => self.act(pair, 1 - own, |lanes, other, sink| {
                lanes[other].acknowledge(cumulative, sink);
            }),
            Chunk::Abort => self.end(pair, Ending::Reset),
            Chunk::ShutdownComplete => self.end(pair, Ending::Finished),
            Chunk::Other => {}
        }
    }

    fn insert(&mut self, pair: Pair) {
        if let Some((gone, mut lanes)) = self.known.insert(pair, Default::default()) {
            self.held = self.held.saturating_sub(cost(&lanes));
            for own in [0, 1] {
                lanes[own].finish(Some(Ending::Evicted), &mut self.sink);
                self.lost += lanes[own].lost;
                self.emit(gone, own);
            }
        }
    }

    fn init(&mut self, pair: Pair, own: usize, init: Init) {
        self.act(pair, own, |lanes, own, sink| {
            if lanes[own].is_same(init) {
                return;
            }
            lanes[own].finish(Some(Ending::Replaced), sink);
            lanes[own] = lanes[own].anew();
            lanes[own].start(init, sink);
        });
    }

    fn end(&mut self, pair: Pair, ending: Ending) {
        for own in [0, 1] {
            self.act(pair, own, |lanes, own, sink| {
                lanes[own].finish(Some(ending), sink);
            });
        }
    }

    /// Does something to a direction, keeps the limits, and turns what comes out into events.
    fn act(&mut self, pair: Pair, own: usize, act: impl FnOnce(&mut [Lane; 2], usize, &mut Sink)) {
        let Some(lanes) = self.known.peek_mut(&pair) else {
            return;
        };
        let (before, lost) = (cost(lanes), lanes[own].lost);
        let sink = &mut self.sink;
        act(lanes, own, sink);
        while lanes[own].cost() > self.association_max && lanes[own].shrink(sink) {}
        let others = self.held.saturating_sub(before);
        while others + cost(lanes) > self.held_max && lanes[own].shrink(sink) {}
        self.held = others + cost(lanes);
        self.lost += lanes[own].lost.saturating_sub(lost);
        self.emit(pair, own);
    }

    fn emit(&mut self, (low, high): Pair, own: usize) {
        let (source, destination) = match own {
            0 => (low, high),
            _ => (high, low),
        };
        let outputs = self.sink.outputs.drain(..);
        self.events.extend(outputs.map(|output| Event {
            source,
            destination,
            output,
        }));
    }
}

fn cost(lanes: &[Lane; 2]) -> u64 {
    lanes[0].cost() + lanes[1].cost()
}

#[cfg(test)]
mod tests;
