//! Pi: third-party REGISTER of the S-CSCF over ISC (TS 23.141 clause 5.2.2.2, TS 24.229 clause 5.4.1.7).
//!
//! A REGISTER is answered when its event is durable and not before. Retransmissions never get here:
//! the server transaction absorbs them.

mod access;
mod registration;

use std::{net::IpAddr, time::Duration};

use hashbrown::HashMap;
use pengate_codecs::{
    Stamp,
    sip::{Message, Name, Writer},
};
use serde::{Deserialize, Serialize};

use self::registration::{Told, Unfit};
use super::{
    arrival::Arrivals,
    room::{Fault, Input, Outbox, Request, Room, Ticket, Verdict},
};
use crate::{
    event::Source,
    options::{Network, duration},
    session::sip::ServerId,
};

/// What the operator decides about this room.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// S-CSCFs that may register users: addresses or networks (default: loopback). Others are
    /// answered 403, and identity headers count for nothing.
    pub trusted: Vec<Network>,
    /// Names of the operator's own networks as P-Visited-Network-ID tells them (list, default
    /// empty): a user that comes through another one is roaming. A name stands for all that end in
    /// it after a dot. While the list is empty nothing is said of roaming.
    pub home_networks: Vec<String>,
    /// Validity of a registration that tells none (default 1h).
    #[serde(with = "duration")]
    pub default_expires: Duration,
    /// How long beyond its validity a registration is believed in (default 30s): the refresh may be
    /// under way.
    #[serde(with = "duration")]
    pub grace: Duration,
    /// Most requests that wait for their event to be durable (count, default 65536); more are
    /// answered 503.
    pub waiting_max: usize,
    /// Retry-After of the answer 503 (default 5s).
    #[serde(with = "duration")]
    pub retry_after: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            trusted: vec![Network::LOOPBACK_V4, Network::LOOPBACK_V6],
            home_networks: Vec::new(),
            default_expires: Duration::from_hours(1),
            grace: Duration::from_secs(30),
            waiting_max: 65_536,
            retry_after: Duration::from_secs(5),
        }
    }
}

/// A request whose event is on its way to the log.
#[derive(Debug)]
struct Waiting {
    transaction: ServerId,
    /// The 200, as it will be sent.
    accepted: Vec<u8>,
    /// The 503, in case the log does not take the event.
    refused: Vec<u8>,
}

/// The room.
#[derive(Debug)]
pub struct Pi {
    options: Options,
    seed: u64,
    /// A REGISTER bears no time: what it tells happened when it arrived.
    arrivals: Arrivals,
    /// For what is written down on the way from octets to event.
    scratch: String,
    waiting: HashMap<Ticket, Waiting>,
    next_ticket: u64,
}

impl Pi {
    /// A room; its tags are made from the seed.
    #[must_use]
    pub fn new(options: Options, seed: u64) -> Self {
        Self {
            options,
            seed,
            arrivals: Arrivals::default(),
            scratch: String::new(),
            waiting: HashMap::new(),
            next_ticket: 0,
        }
    }

    fn on_request(&mut self, now: Stamp, request: &Request<'_>, out: &mut Outbox) {
        let message = request.message;
        let told = self.admit(request.channel.peer.ip()).and_then(|()| {
            let at = self.arrivals.stamp(now);
            registration::read(at, message, &self.options, &mut self.scratch).map_err(Refusal::from)
        });
        match told {
            Ok(told) => self.on_registration(request, told, out),
            Err(refusal) => {
                out.faults.push(Fault {
                    at: now,
                    source: Source::Pi,
                    kind: refusal.kind(),
                    peer: Some(request.channel.peer),
                    offset: None,
                });
                let answer = self.answer(request, refusal.status(), |writer| {
                    if let Refusal::Header(name) = refusal {
                        writer.header(Name::Warning, format_args!("399 pengate \"{name}\""));
                    }
                    self.explain(refusal, writer);
                });
                out.answer(request.transaction, &answer);
            }
        }
    }

    fn admit(&self, peer: IpAddr) -> Result<(), Refusal> {
        if !self
            .options
            .trusted
            .iter()
            .any(|trusted| trusted.contains(peer))
        {
            return Err(Refusal::Untrusted);
        }
        if self.waiting.len() >= self.options.waiting_max {
            return Err(Refusal::Busy);
        }
        Ok(())
    }

    fn on_registration(&mut self, request: &Request<'_>, told: Told, out: &mut Outbox) {
        let ticket = Ticket(self.next_ticket);
        self.next_ticket += 1;
        let accepted = self.answer(request, 200, |writer| {
            writer.copy(request.message, Name::Contact);
            writer.header(Name::Expires, told.expires);
        });
        let refused = self.answer(request, 503, |writer| self.explain(Refusal::Busy, writer));
        let waiting = Waiting {
            transaction: request.transaction,
            accepted,
            refused,
        };
        self.waiting.insert(ticket, waiting);
        out.events.push((ticket, told.event));
    }

    fn on_settled(&mut self, ticket: Ticket, verdict: Verdict, out: &mut Outbox) {
        let Some(waiting) = self.waiting.remove(&ticket) else {
            return;
        };
        let answer = match verdict {
            Verdict::Settled => &waiting.accepted,
            Verdict::Refused => &waiting.refused,
        };
        out.answer(waiting.transaction, answer);
    }

    fn explain(&self, refusal: Refusal, writer: &mut Writer<'_>) {
        if refusal == Refusal::Busy {
            writer.header(Name::RetryAfter, self.options.retry_after.as_secs());
        }
    }

    fn answer(
        &self,
        request: &Request<'_>,
        status: u16,
        more: impl FnOnce(&mut Writer<'_>),
    ) -> Vec<u8> {
        let mut octets = Vec::new();
        let tag = tag(self.seed, request.message);
        let source = Some(request.channel.peer);
        let written = Writer::answer(&mut octets, request.message, status, source, Some(&tag));
        if let Ok(mut writer) = written {
            more(&mut writer);
            writer.finish();
        }
        octets
    }
}

impl Room for Pi {
    fn source(&self) -> Source {
        Source::Pi
    }

    fn input(&mut self, now: Stamp, batch: &[Input<'_>], out: &mut Outbox) {
        for input in batch {
            match input {
                Input::Request(request) => self.on_request(now, request, out),
                Input::Settled(ticket, verdict) => self.on_settled(*ticket, *verdict, out),
                _ => {}
            }
        }
    }

    fn resume(&mut self, source: Source, newest: Stamp) {
        if source == Source::Pi {
            self.arrivals.resume(newest);
        }
    }

    fn deadline(&self) -> Option<Stamp> {
        // A registration's end without word is its update's lifetime.
        None
    }
}

/// Why a REGISTER is not taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Refusal {
    /// By an address that is not an S-CSCF of ours.
    Untrusted,
    /// By a user agent for itself: we are no registrar.
    OwnBehalf,
    /// With a header that is absent or cannot be read.
    Header(&'static str),
    /// More than may wait.
    Busy,
}

impl Refusal {
    const fn status(self) -> u16 {
        match self {
            Self::Untrusted | Self::OwnBehalf => 403,
            Self::Header(_) => 400,
            Self::Busy => 503,
        }
    }

    const fn kind(self) -> &'static str {
        match self {
            Self::Untrusted => "untrusted",
            Self::OwnBehalf => "not-third-party",
            Self::Header(_) => "header",
            Self::Busy => "waiting-max",
        }
    }
}

impl From<Unfit> for Refusal {
    fn from(unfit: Unfit) -> Self {
        match unfit {
            Unfit::Header(name) => Self::Header(name),
            Unfit::OwnBehalf => Self::OwnBehalf,
        }
    }
}

/// The To tag of an answer: the same for every copy of a request, and not to be guessed.
fn tag(seed: u64, message: &Message<'_>) -> String {
    let number = xxhash_rust::xxh3::xxh3_64_with_seed(message.octets(), seed);
    format!("pi{number:016x}")
}

#[cfg(test)]
mod tests;
