//! Pc and Pg: the VLR of an MSC server and the SGSN over SS7 (TS 23.141 clauses 4.3.2 and 4.3.3).
//!
//! One signalling node serves both reference points: M3UA associations, an endpoint of SCCP and the
//! dialogues of TCAP. Towards MAP it is a gsmSCF. An event of a VLR is told over Pc, one of an SGSN
//! over Pg, and each is acknowledged when it is durable and not before.

mod dialogue;
mod links;
mod lower;
mod mobility;
mod note;
mod options;
mod place;
mod report;
#[cfg(test)]
mod tests;

use hashbrown::HashMap;
use pengate_codecs::{Stamp, m3ua::SERVICE_SCCP};

use self::{links::Links, lower::Said, note::Note};
use super::{
    arrival::Arrivals,
    room::{Input, Outbox, Room, Ticket, Verdict},
};
use crate::{
    event::{NetworkEvent, Source},
    feed::{Chunk, Heading},
    session::{
        random::Random,
        sccp::Endpoint,
        tcap::{DialogueId, Dialogues, Heard, Lapsed},
    },
};
pub use options::{LinkOptions, MobilityOptions, Options};

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
    tickets: HashMap<Ticket, DialogueId>,
    next_ticket: u64,
    /// What SCCP brought last, kept for its memory.
    heard: Vec<u8>,
}

/// What a dialogue is about.
#[derive(Debug, Default)]
enum Talk {
    /// Nothing yet.
    #[default]
    Nothing,
    /// Mobility events.
    Note(Box<Note>),
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
            links: Links::new(&options, random),
            arrivals: Arrivals::default(),
            tickets: HashMap::new(),
            next_ticket: 0,
            heard: Vec::new(),
            options,
        }
    }

    fn on_input(&mut self, now: Stamp, input: &Input<'_>, out: &mut Outbox) {
        match input {
            Input::Chunk(chunk) if chunk.heading == Heading::In => self.on_chunk(now, chunk, out),
            Input::Up(channel) => self.links.up(now, *channel, out),
            Input::Down(channel) => self.links.down(now, *channel, out),
            Input::Refused(peer) => self.links.refused(now, *peer, out),
            Input::Settled(ticket, verdict) => {
                self.on_settled(*ticket, *verdict, &mut Said::new(now, None, out));
            }
            Input::Chunk(_) | Input::Request(_) | Input::Watch(_) => {}
        }
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
        let Some(received) = received else {
            return;
        };
        let (path, returned) = (received.path.clone(), received.returned);
        said.source = note::source(&path);
        let mut heard = std::mem::take(&mut self.heard);
        heard.clear();
        heard.extend_from_slice(received.data);
        if returned.is_some() {
            said.fault(now, "undelivered", None);
            if let Some(lapsed) = self.dialogues.returned(&heard) {
                self.on_lapsed(now, lapsed, said);
            }
        } else {
            let (dialogues, mut lower) = self.lower(said);
            let heard = dialogues.take(now, &path, &heard, &mut lower);
            if let Some(heard) = heard {
                self.on_heard(now, heard, said);
            }
        }
        self.heard = heard;
    }

    fn on_heard(&mut self, now: Stamp, heard: Heard<'_, Talk>, said: &mut Said<'_>) {
        match heard {
            Heard::Begin(id, begin) => self.on_begin(now, id, &begin, said),
            Heard::Continue(id, message) => match self.dialogues.user(id) {
                Some(Talk::Note(_)) => self.on_note(now, id, &message.components, said),
                Some(Talk::Nothing) | None => {}
            },
            // Who ends or aborts it waits for nothing of ours.
            Heard::End(..) | Heard::Abort(..) => {}
        }
    }

    /// A dialogue is over without a word of the peer.
    fn on_lapsed(&mut self, now: Stamp, lapsed: Lapsed<Talk>, said: &mut Said<'_>) {
        match lapsed.user {
            Talk::Note(_) => said.fault(now, "unanswered", None),
            Talk::Nothing => {}
        }
    }

    /// Tells an event; the dialogue hears what became of it.
    fn tell(&mut self, event: NetworkEvent, id: DialogueId, said: &mut Said<'_>) -> Ticket {
        let ticket = Ticket(self.next_ticket);
        self.next_ticket += 1;
        self.tickets.insert(ticket, id);
        said.out.events.push((ticket, event));
        ticket
    }

    fn on_settled(&mut self, ticket: Ticket, verdict: Verdict, said: &mut Said<'_>) {
        let Some(id) = self.tickets.remove(&ticket) else {
            return;
        };
        match self.dialogues.user(id) {
            Some(Talk::Note(_)) => self.on_note_settled(id, ticket, verdict, said),
            Some(Talk::Nothing) | None => {}
        }
    }

    fn tick(&mut self, now: Stamp, out: &mut Outbox) {
        self.links.tick(now, out);
        let said = &mut Said::new(now, None, out);
        let gone = self.links.take_gone();
        if !gone.is_empty() {
            let is_gone = |code| gone.iter().any(|range| range.covers(code));
            for lapsed in self
                .dialogues
                .unreachable(|path| is_gone(path.label.destination))
            {
                self.on_lapsed(now, lapsed, said);
            }
        }
        let Self { links, sccp, .. } = self;
        sccp.expire(now, &mut lower::Carrier { links, said });
        loop {
            let (dialogues, mut lower) = self.lower(said);
            let Some(lapsed) = dialogues.expire(now, &mut lower) else {
                break;
            };
            self.on_lapsed(now, lapsed, said);
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
        ];
        due.into_iter().flatten().min()
    }

    fn resume(&mut self, source: Source, newest: Stamp) {
        if matches!(source, Source::Pc | Source::Pg) {
            self.arrivals.resume(newest);
        }
    }
}
