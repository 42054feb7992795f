//! The agent's side of the gateway: rooms, identities and normalisation.

use pengate_codecs::Stamp;
use serde::{Deserialize, Serialize};

use super::Outcomes;
use crate::{
    agent::{
        identity::{self, Identities, Subscriber, Unresolved},
        normalise::{self, Meaning, normalise},
        pk::{self, Pk},
        room::{Fault, Input, Outbox, Room, Ticket, Verdict},
    },
    event::{Fact, NetworkEvent, Phase, Source},
    feed::Channel,
    pen::{
        Bind, Kinds, PresentityUpdate, Record,
        log::{Batch, Kind, Partition, RecordRef},
        state::{Row, StateBatch},
    },
    session::radius::{Clients, Reply},
};

/// Options of the agent's wing.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// The room of the GGSN.
    pub pk: pk::Options,
    /// Limits of the identity table.
    pub identity: identity::Options,
    /// The operator's own network.
    pub normalise: normalise::Options,
}

/// An answer as the log keeps it for repetitions of the request after a restart.
#[derive(Debug, Deserialize, Serialize)]
struct Answered {
    at: Stamp,
    source: Source,
    channel: Channel,
    identifier: u8,
    authenticator: [u8; 16],
    octets: smallvec::SmallVec<[u8; 40]>,
}

impl Record for Answered {
    const KIND: Kind = Kinds::ANSWERED;
}

/// What a feed host has to say after a step.
#[derive(Debug, Default)]
pub struct Harvest {
    /// Events in the order of their arrival, when asked for.
    pub events: Vec<NetworkEvent>,
    /// What they became, when asked for.
    pub updates: Vec<Meaning>,
    /// Whether to collect `events` and `updates`.
    pub tap: bool,
    /// Events on their way to the log, in the order of their records.
    pub tickets: Vec<Ticket>,
    /// How many events did not go there, and why.
    pub outcomes: Outcomes,
}

/// Owns the links to network elements; decodes, resolves and normalises.
#[derive(Debug)]
pub struct FeedHost {
    partitions: u16,
    normalise: normalise::Options,
    identities: Identities,
    pk: Pk,
    /// Events that need no record, to be settled at once.
    idle: Vec<(Ticket, Verdict)>,
}

impl FeedHost {
    /// A host of the rooms that are configured.
    #[must_use]
    pub fn new(options: Options, clients: Clients, partitions: u16) -> Self {
        Self {
            partitions,
            normalise: options.normalise,
            identities: Identities::new(options.identity),
            pk: Pk::new(Source::Pk, options.pk, clients),
            idle: Vec::new(),
        }
    }

    /// Adds a provisioned subscriber.
    pub fn provision(&mut self, subscriber: &Subscriber) {
        self.identities.provision(subscriber);
    }

    /// The identities of all persons.
    #[must_use]
    pub const fn identities(&self) -> &Identities {
        &self.identities
    }

    /// Takes inputs; records go to `batch`, answers and faults to `out`.
    pub fn input(
        &mut self,
        now: Stamp,
        inputs: &[Input<'_>],
        batch: &mut Batch,
        harvest: &mut Harvest,
        out: &mut Outbox,
    ) {
        self.pk.input(now, inputs, out);
        let events = std::mem::take(&mut out.events);
        for (ticket, event) in events {
            match self.record(&event, batch, harvest, out) {
                Ok(true) => {
                    self.record_answers(now, ticket, batch);
                    harvest.tickets.push(ticket);
                }
                Ok(false) => {
                    harvest.outcomes.idle += 1;
                    self.idle.push((ticket, Verdict::Settled));
                }
                Err(Refused) => {
                    harvest.outcomes.refused += 1;
                    self.idle.push((ticket, Verdict::Refused));
                }
            }
            if harvest.tap {
                harvest.events.push(event);
            }
        }
        for (ticket, verdict) in std::mem::take(&mut self.idle) {
            self.pk.input(now, &[Input::Settled(ticket, verdict)], out);
        }
    }

    /// Events were recorded, or refused by the log.
    pub fn settled(&mut self, now: Stamp, tickets: &[Ticket], verdict: Verdict, out: &mut Outbox) {
        let inputs: Vec<Input<'_>> = tickets
            .iter()
            .map(|ticket| Input::Settled(*ticket, verdict))
            .collect();
        self.pk.input(now, &inputs, out);
    }

    /// The earliest timer.
    #[must_use]
    pub fn deadline(&self) -> Option<Stamp> {
        self.pk.deadline()
    }

    /// Notes from now on which rows change, for [`Self::take_writes`].
    pub fn collect_writes(&mut self) {
        self.identities.collect_writes();
    }

    /// Appends every row that changed since the last call.
    pub fn take_writes(&mut self, batch: &mut StateBatch) {
        self.identities.take_writes(batch);
    }

    /// Takes back a row at start, before the log is replayed.
    pub fn load(&mut self, row: Row<'_>) {
        self.identities.load(row);
    }

    /// A bind that the server's rows hold.
    pub fn bound(&mut self, bind: &Bind) {
        self.identities.apply(bind);
    }

    /// Takes a record of the log at start: what was bound, and what was answered.
    pub fn recover(&mut self, record: RecordRef<'_>) {
        match record.kind {
            Kinds::BIND => {
                if let Ok(bind) = Bind::read(record) {
                    self.identities.apply(&bind);
                }
            }
            Kinds::UPDATE => {
                if let Ok(update) = PresentityUpdate::read(record) {
                    self.identities.apply_update(&update);
                }
            }
            Kinds::ANSWERED => {
                if let Ok(answered) = Answered::read(record) {
                    let Answered {
                        at,
                        channel,
                        identifier,
                        authenticator,
                        octets,
                        ..
                    } = answered;
                    self.pk.restore(
                        at,
                        Reply {
                            channel,
                            identifier,
                            authenticator,
                            octets,
                        },
                    );
                }
            }
            _ => {}
        }
    }

    /// Appends what an event means; `false` when it means nothing to presence.
    fn record(
        &mut self,
        event: &NetworkEvent,
        batch: &mut Batch,
        harvest: &mut Harvest,
        out: &mut Outbox,
    ) -> Result<bool, Refused> {
        let resolved = match &event.fact {
            Fact::Reset(_) => None,
            _ => match self.identities.resolve(&event.subject, event.order) {
                Ok(resolved) => Some(resolved),
                Err(unresolved) => {
                    out.faults.push(unresolved_fault(event, unresolved));
                    return match unresolved {
                        Unresolved::Nobody => Ok(false),
                        Unresolved::Full => Err(Refused),
                    };
                }
            },
        };
        let binds = resolved
            .as_ref()
            .map_or(&[][..], |resolved| &resolved.binds[..]);
        binds
            .iter()
            .for_each(|bind| bind.append(Partition::ALL, batch));
        let presentity = resolved.as_ref().map(|resolved| &resolved.presentity);
        let Some(meaning) = normalise(&self.normalise, event, presentity) else {
            return Ok(!binds.is_empty());
        };
        match &meaning {
            Meaning::Update(update) => {
                update.append(update.presentity.partition(self.partitions), batch);
            }
            Meaning::Reset(reset) => reset.append(Partition::ALL, batch),
        }
        self.forget_ended(event);
        if harvest.tap {
            harvest.updates.push(meaning);
        }
        Ok(true)
    }

    fn forget_ended(&mut self, event: &NetworkEvent) {
        if let (Fact::Session(session), Some(key)) = (&event.fact, event.subject.session)
            && session.phase == Phase::Ended
        {
            self.identities
                .forget_session(key, event.subject.address, event.order);
        }
    }

    /// Records the answers that an event will have, so that a request repeated after a restart is
    /// recognised.
    fn record_answers(&self, now: Stamp, ticket: Ticket, batch: &mut Batch) {
        for reply in self.pk.replies(ticket) {
            let answered = Answered {
                at: now,
                source: Source::Pk,
                channel: reply.channel,
                identifier: reply.identifier,
                authenticator: reply.authenticator,
                octets: reply.octets.clone(),
            };
            answered.append(Partition::ALL, batch);
        }
    }
}

/// An event could not be taken; its sender will tell it again.
struct Refused;

fn unresolved_fault(event: &NetworkEvent, unresolved: Unresolved) -> Fault {
    let kind = match unresolved {
        Unresolved::Nobody => "no-identity",
        Unresolved::Full => "identity-table-full",
    };
    Fault {
        at: event.order.at,
        source: event.source,
        kind,
        peer: None,
        offset: None,
    }
}
