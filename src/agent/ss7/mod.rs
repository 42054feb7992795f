//! Pc and Pg: the VLR of an MSC server and the SGSN over SS7 (TS 23.141 clauses 4.3.2 and 4.3.3).
//!
//! One signalling node serves both reference points: M3UA associations, an endpoint of SCCP and the
//! dialogues of TCAP. Towards MAP it is a gsmSCF. An event of a VLR is told over Pc, one of an SGSN
//! over Pg, and each is acknowledged when it is durable and not before.

mod ask;
mod call;
mod components;
mod dialogue;
mod due;
mod gprs;
mod keep;
mod links;
mod lower;
mod mobility;
mod note;
mod observe;
mod options;
mod place;
mod report;
#[cfg(test)]
mod tests;
mod tickets;

use pengate_codecs::{
    Stamp,
    m3ua::{Label, SERVICE_SCCP},
    tcap::Components,
};

use self::{
    ask::{Asked, Asks},
    call::{Call, Persons},
    due::Due,
    gprs::{Serving, Sessions},
    keep::{Kept, Memory},
    links::Links,
    lower::Said,
    note::Note,
    observe::Observed,
    report::Reporters,
    tickets::Tickets,
};
use super::{
    arrival::Arrivals,
    room::{Input, Outbox, Room, Ticket, Verdict},
};
use crate::{
    event::{NetworkEvent, Source},
    feed::{Channel, Chunk, Heading},
    pen::{
        Record,
        log::{Batch, RecordRef},
        state::{Row, StateBatch, Table},
    },
    session::{
        random::Random,
        sccp::{Endpoint, Path},
        tcap::{DialogueId, Dialogues, Heard, Lapsed},
    },
};
pub use options::{AtiOptions, CapOptions, INVOKES_MOST, LinkOptions, MobilityOptions, Options};

/// The room.
#[derive(Debug)]
pub struct Ss7 {
    options: Options,
    links: Links,
    sccp: Endpoint,
    dialogues: Dialogues<Talk>,
    /// No message of MAP tells when something happened: it happened when it arrived.
    arrivals: Arrivals,
    /// Which dialogue waits for an event to be durable.
    tickets: Tickets,
    /// When something is due in a dialogue.
    due: Due,
    /// Which calls of a subscriber there are.
    calls: Persons,
    /// Packet sessions, which outlive their dialogues.
    sessions: Sessions,
    memory: Memory,
    asks: Asks,
    observed: Observed,
    reporters: Reporters,
}

/// What a dialogue is about.
#[derive(Debug, Default)]
enum Talk {
    /// Nothing yet.
    #[default]
    Nothing,
    /// Mobility events.
    Note(Note),
    /// A call.
    Call(Call),
    /// A packet session.
    Gprs(Box<Serving>),
    /// A question of ours to the HLR.
    Asked(Box<Asked>),
}

impl Ss7 {
    /// A room that is about to make its associations; `seed` is its source of chance.
    #[must_use]
    pub fn new(options: Options, seed: u64) -> Self {
        let mut random = Random::new(seed);
        // The lower 32 bits of a random number: a local reference has 24.
        let reference = u32::try_from(random.bits() >> 32).unwrap_or_default();
        Self {
            sccp: Endpoint::new(options.sccp.clone(), reference),
            dialogues: Dialogues::new(options.tcap.clone(), random.bits()),
            sessions: Sessions::new(Random::new(random.bits())),
            links: Links::new(&options, random),
            arrivals: Arrivals::default(),
            tickets: Tickets::default(),
            due: Due::default(),
            calls: Persons::default(),
            memory: Memory::default(),
            asks: Asks::default(),
            observed: Observed::default(),
            reporters: Reporters::default(),
            options,
        }
    }

    fn on_input(&mut self, now: Stamp, input: &Input<'_>, out: &mut Outbox) {
        match input {
            Input::Chunk(chunk) if self.is_observed(chunk.channel) => {
                let said = &mut Said::new(now, Some(chunk.channel.peer), out);
                self.observe(now, chunk, said);
            }
            Input::Up(channel) if self.options.observe && !self.links.expects(*channel) => {}
            Input::Chunk(chunk) if chunk.heading == Heading::In => self.on_chunk(now, chunk, out),
            Input::Up(channel) => self.links.up(now, *channel, out),
            Input::Down(channel) => self.links.down(now, *channel, out),
            Input::Refused(peer) => self.links.refused(now, *peer, out),
            Input::Settled(ticket, verdict) => {
                self.on_settled(now, *ticket, *verdict, &mut Said::new(now, None, out));
            }
            Input::Watch(watch) => self.on_watch(now, watch, &mut Said::new(now, None, out)),
            Input::Chunk(_) | Input::Request(_) => {}
        }
    }

    /// Whether octets are of an association between others.
    fn is_observed(&self, channel: Channel) -> bool {
        self.options.observe && !self.links.holds(channel)
    }

    fn on_chunk(&mut self, now: Stamp, chunk: &Chunk<'_>, out: &mut Outbox) {
        let Self { links, sccp, .. } = self;
        let Some(data) = links.take(now, chunk.channel, chunk.bytes, out) else {
            return;
        };
        let said = &mut Said::new(now, Some(chunk.channel.peer), out);
        let data = data.protocol_data;
        if data.label.service != SERVICE_SCCP {
            return said.fault(now, "user-part", None);
        }
        let mut carrier = lower::Carrier { links, said };
        let received = sccp.take(now, data.label, data.payload, &mut carrier);
        let Some(received) = &received else {
            return;
        };
        let path = &received.path;
        if path.label.destination != data.label.originator {
            links.note_beyond(path.label.destination);
        }
        said.source = note::source(path);
        if received.returned.is_some() {
            said.fault(now, "undelivered", None);
            if let Some(lapsed) = self.dialogues.returned(&received.data) {
                self.on_lapsed(now, lapsed, said);
            }
        } else {
            let (dialogues, mut lower) = self.lower(said);
            match dialogues.take(now, path, &received.data, &mut lower) {
                Some(Heard::Begin(id, ref begin)) => self.on_begin(now, (id, path), begin, said),
                Some(heard) => self.on_heard(now, path, heard, said),
                None => {}
            }
        }
    }

    /// What a dialogue becomes; nearly every message begins one, which is heard without this.
    #[inline(never)]
    fn on_heard(&mut self, now: Stamp, path: &Path, heard: Heard<'_, Talk>, said: &mut Said<'_>) {
        match heard {
            Heard::Begin(id, begin) => self.on_begin(now, (id, path), &begin, said),
            Heard::Continue(id, message) => match self.dialogues.user(id) {
                Some(Talk::Note(_)) => self.on_note_continue(now, id, &message.components, said),
                Some(Talk::Call(_)) => {
                    self.on_call_continue(now, id, &message.components, said);
                }
                Some(Talk::Gprs(_)) => {
                    self.on_gprs_continue(now, id, &message.components, said);
                }
                Some(Talk::Asked(_)) => {
                    self.on_answer_continue(now, (id, path), &message.components, said);
                }
                Some(Talk::Nothing) | None => {}
            },
            Heard::End(id, talk, end) => match talk {
                Talk::Call(call) => {
                    self.on_call_closed(now, id, call, &end.components, said);
                }
                Talk::Gprs(serving) => self.on_gprs_closed(id, &serving, false),
                Talk::Asked(asked) => {
                    self.due.clear(id);
                    self.on_answer(now, path, *asked, &end.components, said);
                }
                // Who ends it waits for nothing of ours.
                Talk::Note(_) | Talk::Nothing => self.due.clear(id),
            },
            Heard::Abort(id, talk, abort) => match talk {
                Talk::Call(call) => {
                    said.fault(now, "call-aborted", None);
                    self.on_call_closed(now, id, call, &Components::default(), said);
                }
                Talk::Gprs(serving) => {
                    said.source = Source::Pg;
                    said.fault(now, "session-aborted", None);
                    self.on_gprs_closed(id, &serving, true);
                }
                Talk::Asked(asked) => {
                    self.due.clear(id);
                    self.on_question_aborted(now, *asked, &abort, said);
                }
                Talk::Note(_) | Talk::Nothing => self.due.clear(id),
            },
            Heard::Lost(lapsed) => self.on_lapsed(now, lapsed, said),
        }
    }

    /// A dialogue is over without a word of the peer that could be understood.
    fn on_lapsed(&mut self, now: Stamp, lapsed: Lapsed<Talk>, said: &mut Said<'_>) {
        match lapsed.user {
            Talk::Note(_) => {
                self.due.clear(lapsed.id);
                said.fault(now, "unanswered", None);
            }
            Talk::Call(call) => {
                said.fault(now, "call-lost", None);
                self.on_call_closed(now, lapsed.id, call, &Components::default(), said);
            }
            Talk::Gprs(serving) => self.on_gprs_closed(lapsed.id, &serving, false),
            Talk::Asked(asked) => {
                self.due.clear(lapsed.id);
                self.on_question_lost(now, *asked, said);
            }
            Talk::Nothing => {}
        }
    }

    /// Tells an event; the dialogue that waits for it hears what became of it.
    #[inline(always)]
    fn tell(&mut self, event: NetworkEvent, id: Option<DialogueId>, said: &mut Said<'_>) -> Ticket {
        let ticket = self.tickets.give(id);
        said.out.tell_with(ticket, || event);
        ticket
    }

    fn on_settled(&mut self, now: Stamp, ticket: Ticket, verdict: Verdict, said: &mut Said<'_>) {
        self.memory.settled(ticket);
        let Some(id) = self.tickets.settled(ticket) else {
            if verdict == Verdict::Refused {
                said.fault(now, "not-recorded", None);
            }
            return self.on_answer_settled(now, ticket, verdict);
        };
        match self.dialogues.user(id) {
            Some(Talk::Note(_)) => self.on_note_settled(id, ticket, verdict, said),
            Some(Talk::Call(_)) => self.on_call_settled(now, id, verdict, said),
            Some(Talk::Gprs(_)) => self.on_gprs_settled(now, id, verdict, said),
            Some(Talk::Asked(_) | Talk::Nothing) | None => {}
        }
    }

    /// What a gateway says is out of reach may be reached by another, and be about to answer.
    fn fail_unreachable(&mut self, now: Stamp, said: &mut Said<'_>) {
        let gone = self.links.take_gone();
        if gone.is_empty() {
            return;
        }
        let Self {
            links, dialogues, ..
        } = self;
        let is_gone = |label: Label| {
            let mut ranges = gone.iter();
            ranges.any(|range| range.covers(label.destination)) && !links.reaches(label)
        };
        for lapsed in dialogues.unreachable(|path| is_gone(path.label)) {
            self.on_lapsed(now, lapsed, said);
        }
    }

    fn tick(&mut self, now: Stamp, out: &mut Outbox) {
        self.links.tick(now, out);
        let said = &mut Said::new(now, None, out);
        self.fail_unreachable(now, said);
        let Self { links, sccp, .. } = self;
        sccp.expire(now, &mut lower::Carrier { links, said });
        loop {
            let (dialogues, mut lower) = self.lower(said);
            let Some(lapsed) = dialogues.expire(now, &mut lower) else {
                break;
            };
            self.on_lapsed(now, lapsed, said);
        }
        while let Some(id) = self.due.expired(now) {
            match self.dialogues.user(id) {
                Some(Talk::Call(_)) => self.on_call_due(now, id, said),
                Some(Talk::Gprs(_)) => self.on_gprs_due(now, id, said),
                Some(Talk::Note(_)) => self.on_note_due(now, id, said),
                Some(Talk::Asked(_)) => self.on_question_due(now, id, said),
                Some(Talk::Nothing) | None => {}
            }
        }
        self.pump(now, said);
        // Whoever waits for an event to be durable has its answer by now.
        if self.links.is_leaving() && self.tickets.is_empty() {
            self.links.part(now, said.out);
        }
    }
}

impl Room for Ss7 {
    fn source(&self) -> Source {
        Source::Pc
    }

    fn input(&mut self, now: Stamp, batch: &[Input<'_>], out: &mut Outbox) {
        for input in batch {
            self.on_input(now, input, out);
        }
        self.tick(now, out);
    }

    fn deadline(&self) -> Option<Stamp> {
        let due = [
            self.links.deadline(),
            self.sccp.deadline(),
            self.dialogues.deadline(),
            self.due.deadline(),
            self.asks.deadline(),
        ];
        due.into_iter().flatten().min()
    }

    fn drain(&mut self, now: Stamp, out: &mut Outbox) {
        self.links.leave(now, out);
    }

    fn is_drained(&self) -> bool {
        !self.links.is_parting()
    }

    fn resume(&mut self, source: Source, newest: Stamp) {
        if matches!(source, Source::Pc | Source::Pg | Source::Ph) {
            self.arrivals.resume(newest);
        }
    }

    fn keep(&self, _: Stamp, ticket: Ticket, batch: &mut Batch) {
        self.append_kept(ticket, batch);
    }

    fn restore(&mut self, record: RecordRef<'_>) {
        if let Ok(kept) = Kept::read(record) {
            self.take_back(kept);
        }
    }

    fn collect_writes(&mut self) {
        self.memory.collect();
    }

    fn take_writes(&mut self, batch: &mut StateBatch) {
        self.write_rows(batch);
    }

    fn load(&mut self, row: Row<'_>) {
        if row.table == Table::Meta && row.key.starts_with(keep::PREFIX) {
            // A row that is not what this version writes is of no use.
            if let Ok(kept) = postcard::from_bytes(row.value) {
                self.take_back(kept);
            }
        }
    }
}
