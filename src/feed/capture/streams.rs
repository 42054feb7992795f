//! The TCP connections of a capture.

use std::net::SocketAddr;

use super::{
    Options,
    octets::index,
    table::Table,
    tcp::{Direction, Ending, Output, Segment, Sink},
};

/// Connections by their two addresses.
///
/// A connection is followed from its SYN, or from the first octet when the capture started later.
/// It stays known after its end, so that late copies of its segments start nothing new.
pub(super) struct Streams {
    connections: Table<Pair, [Direction; 2]>,
    held: u64,
    sink: Sink,
    events: std::collections::VecDeque<Event>,
    held_max: u64,
    gap_max: u64,
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

impl Streams {
    pub(super) fn new(options: &Options) -> Self {
        Self {
            connections: Table::new(index(options.streams_max)),
            held: 0,
            sink: Sink::default(),
            events: std::collections::VecDeque::new(),
            held_max: options.reassembly_bytes_max,
            gap_max: options.stream_gap_bytes_max,
            lost: 0,
        }
    }

    /// How many octets of streams were skipped.
    pub(super) fn lost(&self) -> u64 {
        self.lost
    }

    /// The next event. Its octets stay until [`segment`](Self::segment) is called again.
    pub(super) fn pop(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// The octets that events point to.
    pub(super) fn arena(&self) -> &[u8] {
        &self.sink.arena
    }

    /// Takes a segment in. All events of the one before must have been taken.
    pub(super) fn segment(&mut self, segment: &Segment<'_>) {
        self.sink.arena.clear();
        let from_low = segment.source <= segment.destination;
        let pair = match from_low {
            true => (segment.source, segment.destination),
            false => (segment.destination, segment.source),
        };
        let (own, other) = if from_low { (0, 1) } else { (1, 0) };
        if self.connections.get_mut(&pair).is_none() {
            // Only these tell of octets to come.
            if segment.reset || !segment.syn && segment.payload.is_empty() {
                return;
            }
            let gone = self.connections.insert(pair, Default::default());
            if let Some((pair, directions)) = gone {
                self.evict(pair, directions);
            }
        }
        let Self {
            connections,
            sink,
            events,
            held,
            lost,
            ..
        } = self;
        let Some(directions) = connections.get_mut(&pair) else {
            return;
        };
        let mut emit = |number: usize, sink: &mut Sink| {
            emit(pair, number, sink, events, lost);
        };
        let before = directions[0].cost() + directions[1].cost();
        if segment.reset {
            for number in [own, other] {
                directions[number].finish(Some(Ending::Reset), sink);
                emit(number, sink);
            }
        } else {
            if segment.syn {
                let first = segment.sequence.wrapping_add(1);
                let is_new = !directions[own].is_same(first);
                // A SYN without ACK starts a connection, one with it only answers.
                let replaced = [own, other];
                let replaced = match segment.acknowledgement {
                    None => &replaced[..],
                    Some(_) => &replaced[..1],
                };
                for number in replaced.iter().copied().filter(|_| is_new) {
                    directions[number].finish(Some(Ending::Replaced), sink);
                    emit(number, sink);
                    directions[number] = Direction::default();
                }
                if is_new {
                    directions[own].start(first, false, sink);
                }
            } else if !directions[own].is_open() && !segment.payload.is_empty() {
                directions[own].start(segment.sequence, true, sink);
            }
            directions[own].receive(segment, sink);
            while directions[own].cost() > self.gap_max {
                directions[own].skip(sink);
            }
            emit(own, sink);
            if let Some(sequence) = segment.acknowledgement {
                directions[other].acknowledge(sequence, sink);
                emit(other, sink);
            }
        }
        let after = directions[0].cost() + directions[1].cost();
        *held = (*held + after).saturating_sub(before);
        if *held > self.held_max {
            directions[own].finish(None, sink);
            emit(own, sink);
            let now = directions[0].cost() + directions[1].cost();
            *held = (*held + now).saturating_sub(after);
        }
    }

    /// Gives out what is held behind holes: the capture is over.
    pub(super) fn finish(&mut self) {
        self.sink.arena.clear();
        for pair in self.connections.keys() {
            let Self {
                connections,
                sink,
                events,
                lost,
                ..
            } = self;
            let Some(directions) = connections.get_mut(&pair) else {
                continue;
            };
            for (number, direction) in directions.iter_mut().enumerate() {
                direction.finish(None, sink);
                emit(pair, number, sink, events, lost);
            }
        }
        self.held = 0;
    }

    fn evict(&mut self, pair: Pair, mut directions: [Direction; 2]) {
        let Self {
            sink,
            events,
            held,
            lost,
            ..
        } = self;
        *held = held.saturating_sub(directions[0].cost() + directions[1].cost());
        for (number, direction) in directions.iter_mut().enumerate() {
            direction.finish(Some(Ending::Evicted), sink);
            emit(pair, number, sink, events, lost);
        }
    }
}

/// Turns what a direction gave out into events.
fn emit(
    pair: Pair,
    number: usize,
    sink: &mut Sink,
    events: &mut std::collections::VecDeque<Event>,
    lost: &mut u64,
) {
    let (source, destination) = if number == 0 { pair } else { (pair.1, pair.0) };
    events.extend(sink.outputs.drain(..).map(|output| {
        if let Output::Gap(missing) = output {
            *lost = lost.saturating_add(missing);
        }
        Event {
            source,
            destination,
            output,
        }
    }));
}
