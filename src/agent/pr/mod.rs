//! Pr and Pp over Diameter: accounting of WLAN access by the 3GPP AAA server, and of tunnels by the
//! PDG (TS 23.141 clause 5.2.2.2, TS 29.234, RFC 6733 clause 9).
//!
//! The application of Pr has no accounting commands of its own: they are those of the base
//! protocol. An ACR is answered when its event is durable and not before. Over RADIUS both
//! reference points are served by the machine of [`pk`](super::pk).

mod report;
mod restart;
#[cfg(test)]
mod tests;

use std::time::Duration;

use hashbrown::HashMap;
use pengate_codecs::{
    Stamp,
    diameter::{
        Accounting, Application, BASE_ACCOUNTING, Builder, DisconnectCause, Message, ResultCode,
        Role, TGPP, answer, command, kinds, refuse,
    },
};
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use self::restart::Clocks;
use super::{
    diameter::{self as link, Outlet},
    room::{Input, Outbox, Room, Ticket, Verdict},
};
use crate::{
    event::Source,
    feed::Heading,
    pen::log::{Batch, RecordRef},
    session::diameter::{self, Arrival, Arrivals, Exchange, Local, Node, Sink},
};

/// The application of Pr (TS 29.234).
pub const PR: u32 = 16_777_230;

/// What the operator decides about this room.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// How far ahead of our clock an event's time may be (default 60s); beyond, the time of arrival
    /// is taken and a fault counted.
    #[serde(with = "crate::options::duration")]
    pub clock_ahead_max: Duration,
    /// Interval at which interim records are sent (default 1h), for sessions whose records do not
    /// tell it (Acct-Interim-Interval). It is asked for in every answer.
    #[serde(with = "crate::options::duration")]
    pub interim_interval: Duration,
    /// How many intervals a session lives without any word (count, default 3; a STOP_RECORD that
    /// was lost is thereby made good).
    pub interim_intervals_max: u32,
    /// The Diameter node and its peers.
    pub diameter: diameter::Options,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            clock_ahead_max: Duration::from_secs(60),
            interim_interval: Duration::from_hours(1),
            interim_intervals_max: 3,
            diameter: diameter::Options::default(),
        }
    }
}

/// The room.
#[derive(Debug)]
pub struct Pr {
    source: Source,
    options: Options,
    node: Node,
    tickets: HashMap<Ticket, Exchange>,
    next_ticket: u64,
    clocks: Clocks,
}

impl Pr {
    /// A room that is about to serve its peers; `source` is Pr, or Pp with the same protocol.
    /// `state` is the node's Origin-State-Id and must grow with every start; `seed` is its source
    /// of chance.
    #[must_use]
    pub fn new(source: Source, options: Options, state: u32, seed: u64) -> Self {
        let accounting = |vendor, id| Application {
            vendor,
            role: Role::Accounting,
            id,
        };
        let local = Local {
            host: options.diameter.host.clone(),
            realm: options.diameter.realm.clone(),
            state,
            applications: vec![accounting(0, BASE_ACCOUNTING), accounting(TGPP, PR)],
        };
        Self {
            source,
            node: Node::new(options.diameter.clone(), local, seed),
            options,
            tickets: HashMap::new(),
            next_ticket: 0,
            clocks: Clocks::default(),
        }
    }

    fn on_input(&mut self, now: Stamp, input: &Input<'_>, out: &mut Outbox) {
        let mut outlet = self.outlet(out);
        match input {
            Input::Chunk(chunk) if chunk.heading == Heading::In => {
                self.node.chunk(chunk, &mut outlet);
            }
            Input::Up(channel) => self.node.up(now, *channel, &mut outlet),
            Input::Down(channel) => self.node.down(now, *channel, &mut outlet),
            Input::Refused(address) => self.node.refused(now, *address, &mut outlet),
            Input::Settled(ticket, verdict) => self.on_settled(now, *ticket, *verdict, out),
            // These reference points tell what happens, watched or not.
            Input::Chunk(_) | Input::Request(_) | Input::Watch(_) => {}
        }
    }

    fn on_arrivals(&mut self, arrivals: &Arrivals, out: &mut Outbox) {
        let mut all = arrivals.iter().peekable();
        while let Some((at, arrival)) = all.next() {
            match arrival {
                Arrival::Request(exchange, message) => {
                    self.on_request(at, exchange, &message, out);
                }
                Arrival::Restarted(host) => {
                    let next = all.peek().map(|(_, next)| next);
                    self.on_restarted(at, host, next, out);
                }
                // We ask nothing.
                Arrival::Answer(..) | Arrival::Lost(..) | Arrival::Reachable => {}
            }
        }
    }

    fn on_request(
        &mut self,
        at: Stamp,
        exchange: Exchange,
        request: &Message<'_>,
        out: &mut Outbox,
    ) {
        if request.header().command != command::ACCOUNTING {
            self.fault(at, "command", Some(5), out);
            let unsupported = ResultCode::CommandUnsupported;
            return self.answer_now(exchange, out, |local, octets| {
                answer(octets, request, local.origin(), unsupported)
            });
        }
        let record = match Accounting::decode(request) {
            Ok(record) => record,
            Err(error) => {
                self.fault(at, error.kind(), Some(error.at()), out);
                return self.answer_now(exchange, out, |local, octets| {
                    refuse(octets, request, local.origin(), &error)
                });
            }
        };
        let time = self.time(at, &record);
        if record.event_timestamp.is_some_and(|told| told > time) {
            self.fault(at, "time-ahead", None, out);
        }
        let lifetime = self.lifetime(&record);
        self.draft_success(exchange, request, &record);
        let Some(event) = report::event(self.source, time, &record, lifetime) else {
            return self.node.answer(exchange, &mut self.outlet(out));
        };
        let mut outlet = self.outlet(out);
        if self
            .node
            .tell(at, exchange, report::fact(&record), &mut outlet)
        {
            self.clocks.told(&event.reporter, event.order, at);
            let ticket = self.ticket();
            self.tickets.insert(ticket, exchange);
            out.events.push((ticket, event));
        }
    }

    /// An element lost its sessions; `next` is what arrived with the news or after it.
    fn on_restarted(
        &mut self,
        at: Stamp,
        host: &[u8],
        next: Option<&Arrival<'_>>,
        out: &mut Outbox,
    ) {
        let record = match next {
            Some(Arrival::Request(_, message)) => Accounting::decode(message).ok(),
            _ => None,
        };
        let own = record.filter(|record| record.envelope.origin_host == Some(host));
        let time = own.map(|record| self.time(at, &record));
        let element = SmolStr::from(String::from_utf8_lossy(host));
        let event = self.clocks.restart(self.source, element, at, time);
        out.events.push((self.ticket(), event));
    }

    /// When a record's event was: its own time, unless that is too far ahead of ours.
    fn time(&self, at: Stamp, record: &Accounting<'_>) -> Stamp {
        let told = record.event_timestamp.unwrap_or(at);
        if told.since(at) > self.options.clock_ahead_max {
            at
        } else {
            told
        }
    }

    const fn ticket(&mut self) -> Ticket {
        let ticket = Ticket(self.next_ticket);
        self.next_ticket += 1;
        ticket
    }

    /// Drafts an ACA: its record is named as in the request (RFC 6733 clause 9.7.2).
    fn draft_success(
        &mut self,
        exchange: Exchange,
        request: &Message<'_>,
        record: &Accounting<'_>,
    ) {
        let local = self.node.local().clone();
        let interval = u32::try_from(self.options.interim_interval.as_secs()).unwrap_or(u32::MAX);
        self.node.draft(exchange, |octets| {
            let kind = record.record_type.to_wire();
            let mut builder = answer(octets, request, local.origin(), ResultCode::Success)
                .unsigned32(kinds::ACCOUNTING_RECORD_TYPE, kind)
                .unsigned32(kinds::ACCOUNTING_RECORD_NUMBER, record.record_number);
            if let Some(application) = record.application {
                builder = builder.unsigned32(kinds::ACCT_APPLICATION_ID, application);
            }
            if let Some(sub_session) = record.sub_session_id {
                let octets = sub_session.to_be_bytes();
                builder = builder.avp(kinds::ACCOUNTING_SUB_SESSION_ID, &octets);
            }
            // An answer is shorter than its request, but for what is ours.
            let _ = builder
                .unsigned32(kinds::ACCT_INTERIM_INTERVAL, interval)
                .finish();
        });
    }

    fn on_settled(&mut self, now: Stamp, ticket: Ticket, verdict: Verdict, out: &mut Outbox) {
        let Some(exchange) = self.tickets.remove(&ticket) else {
            // Nobody waits for the news of a restart, and nobody repeats it.
            if verdict == Verdict::Refused {
                self.fault(now, "not-recorded", None, out);
            }
            return;
        };
        let mut outlet = self.outlet(out);
        match verdict {
            Verdict::Settled => self.node.answer(exchange, &mut outlet),
            Verdict::Refused => {
                self.node
                    .refuse(exchange, ResultCode::OutOfSpace, &mut outlet);
            }
        }
    }

    fn answer_now(
        &mut self,
        exchange: Exchange,
        out: &mut Outbox,
        write: impl for<'o> FnOnce(&Local, &'o mut Vec<u8>) -> Builder<'o>,
    ) {
        let local = self.node.local().clone();
        self.node.draft(exchange, |octets| {
            // As above.
            let _ = write(&local, octets).finish();
        });
        self.node.answer(exchange, &mut self.outlet(out));
    }

    fn lifetime(&self, record: &Accounting<'_>) -> Duration {
        let told = record.interim_interval.filter(|secs| *secs > 0);
        let interval = told.map_or(self.options.interim_interval, |secs| {
            Duration::from_secs(secs.into())
        });
        interval.saturating_mul(self.options.interim_intervals_max)
    }

    fn fault(&self, at: Stamp, kind: &'static str, offset: Option<usize>, out: &mut Outbox) {
        self.outlet(out).fault(at, None, kind, offset);
    }

    const fn outlet<'o>(&self, out: &'o mut Outbox) -> Outlet<'o> {
        Outlet {
            source: self.source,
            out,
        }
    }
}

impl Room for Pr {
    fn source(&self) -> Source {
        self.source
    }

    fn input(&mut self, now: Stamp, batch: &[Input<'_>], out: &mut Outbox) {
        for input in batch {
            self.on_input(now, input, out);
        }
        let mut outlet = self.outlet(out);
        self.node.tick(now, &mut outlet);
        let arrivals = self.node.arrivals();
        self.on_arrivals(&arrivals, out);
        self.node.recycle(arrivals);
    }

    fn deadline(&self) -> Option<Stamp> {
        self.node.deadline()
    }

    fn resume(&mut self, source: Source, newest: Stamp) {
        if source == self.source {
            self.clocks.resume(newest);
        }
    }

    fn drain(&mut self, now: Stamp, out: &mut Outbox) {
        let mut outlet = self.outlet(out);
        self.node.stop(now, DisconnectCause::Rebooting, &mut outlet);
    }

    fn is_drained(&self) -> bool {
        !self.node.is_parting()
    }

    fn keep(&self, now: Stamp, ticket: Ticket, batch: &mut Batch) {
        if let Some(exchange) = self.tickets.get(&ticket) {
            link::keep(self.source, &self.node, now, *exchange, batch);
        }
    }

    fn retention(&self) -> Duration {
        self.options.diameter.answer_retention
    }

    fn restore(&mut self, record: RecordRef<'_>) {
        link::restore(self.source, &mut self.node, record);
    }
}
