//! The TCP connections of a capture.

use std::{collections::VecDeque, net::SocketAddr};

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
    events: VecDeque<Event>,
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
            events: VecDeque::new(),
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
        let (pair, own) = match segment.source <= segment.destination {
            true => ((segment.source, segment.destination), 0),
            false => ((segment.destination, segment.source), 1),
        };
        if self.connections.get_mut(&pair).is_none() {
            // Only these tell of octets to come.
            if segment.reset || !segment.syn && segment.payload.is_empty() {
                return;
            }
            if let Some((pair, mut evicted)) = self.connections.insert(pair, Default::default()) {
                self.held = self.held.saturating_sub(cost(&evicted));
                self.lane(pair).end(&mut evicted, &[0, 1], Ending::Evicted);
            }
        }
        let (gap_max, held_max) = (self.gap_max, self.held_max);
        let Self {
            connections,
            sink,
            events,
            lost,
            ..
        } = self;
        let Some(directions) = connections.get_mut(&pair) else {
            return;
        };
        let mut lane = Lane {
            pair,
            sink,
            events,
            lost,
        };
        let before = cost(directions);
        if segment.reset {
            lane.end(directions, &[own, 1 - own], Ending::Reset);
        } else {
            lane.synchronise(directions, own, segment);
            lane.receive(directions, own, segment, gap_max);
        }
        let others = self.held.saturating_sub(before);
        if others + cost(directions) > held_max {
            directions[own].finish(None, lane.sink);
            lane.emit(own);
        }
        self.held = others + cost(directions);
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
            let mut lane = Lane {
                pair,
                sink,
                events,
                lost,
            };
            for (number, direction) in directions.iter_mut().enumerate() {
                direction.finish(None, lane.sink);
                lane.emit(number);
            }
        }
        self.held = 0;
    }

    fn lane(&mut self, pair: Pair) -> Lane<'_> {
        let Self {
            sink, events, lost, ..
        } = self;
        Lane {
            pair,
            sink,
            events,
            lost,
        }
    }
}

/// Where the outputs of one connection go.
struct Lane<'a> {
    pair: Pair,
    sink: &'a mut Sink,
    events: &'a mut VecDeque<Event>,
    lost: &'a mut u64,
}

impl Lane<'_> {
    /// A SYN, or the first octets when there was none. A SYN without ACK starts a connection, one
    /// with it only answers.
    fn synchronise(&mut self, directions: &mut [Direction; 2], own: usize, segment: &Segment<'_>) {
        if segment.syn {
            let first = segment.sequence.wrapping_add(1);
            if directions[own].is_same(first) {
                return;
            }
            let replaced: &[usize] = match segment.acknowledgement {
                None => &[own, 1 - own],
                Some(_) => &[own],
            };
            self.end(directions, replaced, Ending::Replaced);
            for number in replaced {
                directions[*number] = Direction::default();
            }
            directions[own].start(first, false, self.sink);
        } else if !directions[own].is_open() && !segment.payload.is_empty() {
            directions[own].start(segment.sequence, true, self.sink);
        }
        self.emit(own);
    }

    fn receive(
        &mut self,
        directions: &mut [Direction; 2],
        own: usize,
        segment: &Segment<'_>,
        gap_max: u64,
    ) {
        // What a segment acknowledges its sender had before it said anything in this one.
        if let Some(sequence) = segment.acknowledgement {
            directions[1 - own].acknowledge(sequence, self.sink);
            self.emit(1 - own);
        }
        directions[own].receive(segment, self.sink);
        while directions[own].cost() > gap_max {
            directions[own].skip(self.sink);
        }
        self.emit(own);
    }

    fn end(&mut self, directions: &mut [Direction; 2], numbers: &[usize], ending: Ending) {
        for number in numbers {
            directions[*number].finish(Some(ending), self.sink);
            self.emit(*number);
        }
    }

    /// Turns what a direction gave out into events; to be called before another one gives out.
    fn emit(&mut self, number: usize) {
        let (low, high) = self.pair;
        let (source, destination) = if number == 0 {
            (low, high)
        } else {
            (high, low)
        };
        self.events
            .extend(self.sink.outputs.drain(..).map(|output| {
                if let Output::Gap(missing) = output {
                    *self.lost = self.lost.saturating_add(missing);
                }
                Event {
                    source,
                    destination,
                    output,
                }
            }));
    }
}

fn cost(directions: &[Direction; 2]) -> u64 {
    directions[0].cost() + directions[1].cost()
}

#[cfg(test)]
mod tests;
