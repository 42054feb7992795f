//! One direction of an SCTP association: user messages from chunks (RFC 9260 clauses 6.5 to 6.9).

use std::{collections::BTreeMap, ops::Range, time::Duration};

use pengate_codecs::Stamp;

use super::{octets::wide, sctp::Data, tcp::Ending};

/// What comes out of a direction.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Output {
    /// The association starts.
    Start { picked_up: bool },
    /// A user message.
    Message {
        octets: Range<usize>,
        payload_protocol: u32,
        /// How many octets of it were not captured.
        missing: u32,
    },
    /// A message of which fragments are missing; the frame and time of the first that came.
    Incomplete { frame: u64, at: Stamp },
    /// The association is over.
    End(Ending),
}

/// Where outputs go: their list, and the octets they point to.
#[derive(Debug, Default)]
pub(super) struct Sink {
    pub(super) outputs: Vec<Output>,
    pub(super) arena: Vec<u8>,
}

/// When a chunk came.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Arrival {
    pub(super) frame: u64,
    pub(super) at: Stamp,
}

/// What an INIT says of the chunks that its sender is going to send.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Init {
    /// Tells this start from another.
    pub(super) tag: u32,
    /// Number of the first chunk.
    pub(super) tsn: u32,
}

/// A direction. Messages of a stream are given out in the order they were sent; those of different
/// streams do not wait for each other. What waits for a message that was not captured is given out
/// when the other side acknowledges it, when it waited too long, or when too much waits.
#[derive(Debug, Default)]
pub(super) struct Lane {
    /// The highest number so far, and its place in the sequence of all numbers.
    newest: Option<(u32, u64)>,
    /// Places that came: first and last of each run.
    received: BTreeMap<u64, u64>,
    /// Fragments, joined where they touch, by the place of the first.
    runs: BTreeMap<u64, Run>,
    /// Whole messages that wait for one before them in their stream, by stream and place.
    waiting: BTreeMap<(u16, u64), Whole>,
    /// The streams of those that wait, by place.
    order: BTreeMap<u64, u16>,
    /// The number of the next message of each stream.
    next: BTreeMap<u16, u16>,
    /// How it started; every stream starts at 0 then.
    init: Option<Init>,
    open: bool,
    cost: u64,
    /// Messages that were never seen.
    pub(super) lost: u64,
}

/// Fragments that touch.
#[derive(Debug)]
struct Run {
    last: u64,
    begins: bool,
    ends: bool,
    whole: Whole,
}

#[derive(Debug)]
struct Whole {
    since: Arrival,
    stream: u16,
    sequence: u16,
    unordered: bool,
    payload_protocol: u32,
    octets: Vec<u8>,
    missing: u32,
}

impl Lane {
    /// Octets of memory, about.
    pub(super) fn cost(&self) -> u64 {
        self.cost + wide(self.next.len()) * STREAM
    }

    /// Whether it started so: an INIT that came again, or after the first DATA.
    pub(super) fn is_same(&self, init: Init) -> bool {
        match self.init {
            _ if !self.open => false,
            Some(known) => known == init,
            None => self
                .newest
                .is_some_and(|(newest, _)| newest.wrapping_sub(init.tsn) < LATE_MAX),
        }
    }

    /// A direction that never was used, but keeps count.
    pub(super) fn anew(&self) -> Self {
        Self {
            lost: self.lost,
            ..Self::default()
        }
    }

    /// Starts as an INIT said.
    pub(super) fn start(&mut self, init: Init, sink: &mut Sink) {
        self.open = true;
        self.init = Some(init);
        self.newest = Some((init.tsn.wrapping_sub(1), MIDDLE));
        sink.outputs.push(Output::Start { picked_up: false });
    }

    /// Takes a DATA chunk in. The first one starts what nothing else did.
    pub(super) fn receive(&mut self, data: &Data<'_>, since: Arrival, sink: &mut Sink) {
        let place = self.place(data.tsn);
        if !self.note(place) {
            return;
        }
        if !std::mem::replace(&mut self.open, true) {
            sink.outputs.push(Output::Start { picked_up: true });
        }
        let whole = |octets: &[u8]| Whole {
            since,
            stream: data.stream,
            sequence: data.sequence,
            unordered: data.unordered,
            payload_protocol: data.payload_protocol,
            octets: octets.to_vec(),
            missing: data.missing,
        };
        if data.begins && data.ends {
            if data.unordered || !self.must_wait(data.stream, data.sequence) {
                give(data.octets, data.payload_protocol, data.missing, sink);
                if !data.unordered {
                    self.given(data.stream, data.sequence, sink);
                }
            } else {
                self.hold(place, whole(data.octets));
            }
            return;
        }
        let run = Run {
            last: place,
            begins: data.begins,
            ends: data.ends,
            whole: whole(data.octets),
        };
        self.join(place, run, sink);
    }

    /// The other side has everything up to this number: what is missing will not come.
    pub(super) fn acknowledge(&mut self, cumulative: u32, sink: &mut Sink) {
        if self.newest.is_none() || self.runs.is_empty() && self.order.is_empty() {
            return;
        }
        let place = self.place_of(cumulative);
        while let Some((first, run)) = self.runs.first_key_value() {
            let (first, last) = (*first, run.last);
            if last >= place {
                break;
            }
            self.drop_run(first, sink);
        }
        while let Some((first, _)) = self.order.first_key_value() {
            if *first > place {
                break;
            }
            self.release(sink);
        }
    }

    /// Gives up what waited longer than this.
    pub(super) fn expire(&mut self, now: Stamp, timeout: Duration, sink: &mut Sink) {
        let is_old = |since: Arrival| now.since(since.at) > timeout;
        while let Some((first, run)) = self.runs.first_key_value()
            && is_old(run.whole.since)
        {
            let first = *first;
            self.drop_run(first, sink);
        }
        while let Some((place, stream)) = self.order.first_key_value()
            && let Some(whole) = self.waiting.get(&(*stream, *place))
            && is_old(whole.since)
        {
            self.release(sink);
        }
    }

    /// Gives up the oldest of what is held; false when nothing is left to give up.
    pub(super) fn shrink(&mut self, sink: &mut Sink) -> bool {
        if !self.order.is_empty() {
            self.release(sink);
        } else if let Some((first, _)) = self.runs.first_key_value() {
            let first = *first;
            self.drop_run(first, sink);
        } else if !self.next.is_empty() {
            self.next.clear();
            self.init = None;
        } else {
            return false;
        }
        true
    }

    /// Gives out what is held: nothing more comes.
    pub(super) fn finish(&mut self, ending: Option<Ending>, sink: &mut Sink) {
        while !self.order.is_empty() {
            self.release(sink);
        }
        while let Some((first, _)) = self.runs.first_key_value() {
            let first = *first;
            self.drop_run(first, sink);
        }
        if let Some(ending) = ending
            && std::mem::replace(&mut self.open, false)
        {
            self.next.clear();
            self.init = None;
            sink.outputs.push(Output::End(ending));
        }
    }

    /// The place of a number, seen from the newest.
    fn place_of(&self, tsn: u32) -> u64 {
        match self.newest {
            None => MIDDLE,
            Some((newest, place)) => {
                let distance = i64::from(tsn.wrapping_sub(newest).cast_signed());
                place.saturating_add_signed(distance)
            }
        }
    }

    fn place(&mut self, tsn: u32) -> u64 {
        let place = self.place_of(tsn);
        if self.newest.is_none_or(|(_, newest)| place > newest) {
            self.newest = Some((tsn, place));
        }
        place
    }

    /// Notes that a place came; false when it came before.
    fn note(&mut self, place: u64) -> bool {
        let before = self.received.range(..=place).next_back();
        let before = before.map(|(first, last)| (*first, *last));
        if before.is_some_and(|(_, last)| last >= place) {
            return false;
        }
        let first = match before {
            Some((first, last)) if last + 1 == place => first,
            _ => place,
        };
        let last = self.received.remove(&(place + 1)).unwrap_or(place);
        self.received.insert(first, last);
        if self.received.len() > RUNS_MAX {
            self.received.pop_first();
        }
        true
    }

    /// Whether a message comes before one that was sent earlier.
    fn must_wait(&self, stream: u16, sequence: u16) -> bool {
        self.expected(stream)
            .is_some_and(|next| (1..0x8000).contains(&sequence.wrapping_sub(next)))
    }

    /// The number of the next message of a stream, if it is known.
    fn expected(&self, stream: u16) -> Option<u16> {
        let next = self.next.get(&stream).copied();
        next.or_else(|| self.init.map(|_| 0))
    }

    fn hold(&mut self, place: u64, whole: Whole) {
        self.cost += wide(whole.octets.len()) + PIECE;
        self.order.insert(place, whole.stream);
        self.waiting.insert((whole.stream, place), whole);
    }

    /// A message was given out: the ones that waited for it follow.
    fn given(&mut self, stream: u16, sequence: u16, sink: &mut Sink) {
        let following = sequence.wrapping_add(1);
        let next = self.next.entry(stream).or_insert(following);
        // One that came late does not turn the number back.
        if following.wrapping_sub(*next) < 0x8000 {
            *next = following;
        }
        let mut next = *next;
        while let Some((key, whole)) = self.waiting.range((stream, 0)..).next()
            && key.0 == stream
            && whole.sequence == next
        {
            let key = *key;
            let Some(whole) = self.take(key) else { break };
            next = next.wrapping_add(1);
            self.next.insert(stream, next);
            give(&whole.octets, whole.payload_protocol, whole.missing, sink);
        }
    }

    fn take(&mut self, key: (u16, u64)) -> Option<Whole> {
        self.order.remove(&key.1);
        let whole = self.waiting.remove(&key)?;
        self.cost = self.cost.saturating_sub(wide(whole.octets.len()) + PIECE);
        Some(whole)
    }

    /// Gives out the first that waits, though one before it is missing.
    fn release(&mut self, sink: &mut Sink) {
        let Some((place, stream)) = self.order.pop_first() else {
            return;
        };
        let Some(whole) = self.take((stream, place)) else {
            return;
        };
        if let Some(next) = self.expected(stream) {
            self.lost += u64::from(whole.sequence.wrapping_sub(next));
        }
        give(&whole.octets, whole.payload_protocol, whole.missing, sink);
        self.given(stream, whole.sequence, sink);
    }

    /// Adds fragments to those that they touch, and gives the message out when it is whole.
    fn join(&mut self, mut place: u64, mut run: Run, sink: &mut Sink) {
        let before = self.runs.range(..place).next_back();
        if let Some((first, earlier)) = before
            && earlier.last + 1 == place
            && !earlier.ends
            && !run.begins
            && let first = *first
            && let Some(mut earlier) = self.remove_run(first)
        {
            earlier.append(run);
            (place, run) = (first, earlier);
        }
        if !run.ends
            && self
                .runs
                .get(&(run.last + 1))
                .is_some_and(|later| !later.begins)
            && let Some(later) = self.remove_run(run.last + 1)
        {
            run.append(later);
        }
        if !run.begins || !run.ends {
            self.cost += wide(run.whole.octets.len()) + PIECE;
            self.runs.insert(place, run);
            return;
        }
        let whole = run.whole;
        let (stream, sequence) = (whole.stream, whole.sequence);
        if !whole.unordered && self.must_wait(stream, sequence) {
            self.hold(place, whole);
            return;
        }
        give(&whole.octets, whole.payload_protocol, whole.missing, sink);
        if !whole.unordered {
            self.given(stream, sequence, sink);
        }
    }

    fn remove_run(&mut self, place: u64) -> Option<Run> {
        let run = self.runs.remove(&place)?;
        self.cost = self
            .cost
            .saturating_sub(wide(run.whole.octets.len()) + PIECE);
        Some(run)
    }

    fn drop_run(&mut self, place: u64, sink: &mut Sink) {
        if let Some(run) = self.remove_run(place) {
            let Arrival { frame, at } = run.whole.since;
            sink.outputs.push(Output::Incomplete { frame, at });
        }
    }
}

impl Run {
    fn append(&mut self, later: Self) {
        self.last = later.last;
        self.ends = later.ends;
        self.whole.missing = self.whole.missing.saturating_add(later.whole.missing);
        self.whole.octets.extend_from_slice(&later.whole.octets);
        if later.whole.since.frame < self.whole.since.frame {
            self.whole.since = later.whole.since;
        }
    }
}

fn give(octets: &[u8], payload_protocol: u32, missing: u32, sink: &mut Sink) {
    let start = sink.arena.len();
    sink.arena.extend_from_slice(octets);
    sink.outputs.push(Output::Message {
        octets: start..sink.arena.len(),
        payload_protocol,
        missing,
    });
}

/// Where the first number that is seen stands, so that others may come before it.
const MIDDLE: u64 = 1 << 40;
/// What a held message or fragment costs besides its octets.
const PIECE: u64 = 192;
/// What knowing a stream's next number costs.
const STREAM: u64 = 16;
/// Most runs of numbers that are remembered to tell copies.
const RUNS_MAX: usize = 64;
/// An INIT that comes after its DATA is not more than so many chunks late.
const LATE_MAX: u32 = 1 << 16;
