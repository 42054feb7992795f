//! The agent's side of the gateway: rooms, identities and normalisation.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use hashbrown::HashMap;
use pengate_codecs::Stamp;
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use super::{Outcomes, PerSource, Service};
use crate::{
    agent::{
        identity::{self, Identities, Origin, Resolved, Subscriber, Unresolved},
        normalise::{self, Meaning, normalise},
        ph::{self, Ph},
        pi::{self, Pi},
        pk::{self, Pk},
        pl::{self, Pl},
        pr::{self, Pr},
        room::{Fault, Input, Outbox, Room, Ticket, Verdict, Watch},
        ss7::{self, Ss7},
    },
    event::{Fact, NetworkEvent, Phase, Source},
    feed::Carrier,
    pen::{
        Bind, Kinds, Presentity, PresentityUpdate, Record, Reporting, SourceReset,
        log::{Batch, Partition, RecordRef},
        state::{Row, StateBatch},
    },
    session::{diameter, radius::Clients, random::Random},
};

/// Options of the agent's wing.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// The rooms of accounting: GGSN, 3GPP AAA server and PDG.
    pub pk: pk::Options,
    /// The room of the S-CSCF.
    pub pi: pi::Options,
    /// The room of the HSS.
    pub ph: ph::Options,
    /// The room of the GMLC.
    pub pl: pl::Options,
    /// The room of the PDG, over Diameter.
    pub pp: pr::Options,
    /// The room of the 3GPP AAA server, over Diameter.
    pub pr: pr::Options,
    /// The room of VLR and SGSN.
    pub ss7: ss7::Options,
    /// Limits of the identity table.
    pub identity: identity::Options,
    /// The operator's own network.
    pub normalise: normalise::Options,
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
    /// Messages sent to network elements.
    pub answers: PerSource,
    /// What became of events, by reference point.
    pub outcomes: [Outcomes; Source::ALL.len()],
}

/// Owns the links to network elements; decodes, resolves and normalises.
#[derive(Debug)]
pub struct FeedHost {
    partitions: u16,
    normalise: normalise::Options,
    identities: Identities,
    /// Whose octets go to which room. A ticket of the gateway holds the place of its room here.
    rooms: Vec<(Service, Box<dyn Room>)>,
    /// The presentities that are watched, and whether their place is shown. The server's limit of
    /// subscriptions bounds them.
    watched: HashMap<Presentity, bool>,
    connects: Vec<(Service, Carrier, SocketAddr)>,
    /// What was learned and the log refused: recorded before anything else is. The limit of
    /// identities bounds it.
    owed: Batch,
}

impl FeedHost {
    /// A host of the rooms that are configured. `epoch` grows with every start; what must not be
    /// guessed is made from the seed.
    #[must_use]
    pub fn new(
        options: Options,
        clients: Clients,
        partitions: u16,
        (epoch, seed): (u32, u64),
    ) -> Self {
        let clients = Arc::new(clients);
        let accounting = [Source::Pk, Source::Pp, Source::Pr].map(|source| {
            let room = Pk::new(source, options.pk.clone(), Arc::clone(&clients));
            (Service::Radius(source), Box::new(room) as Box<dyn Room>)
        });
        let mut rooms = Vec::from(accounting);
        let pi = Pi::new(options.pi, seed);
        rooms.push((Service::Sip, Box::new(pi)));
        if speaks(&options.ph.diameter) {
            let ph = Ph::new(options.ph, epoch, seed.wrapping_add(1));
            rooms.push((Service::Diameter(Source::Ph), Box::new(ph)));
        }
        for (source, options) in [(Source::Pp, options.pp), (Source::Pr, options.pr)] {
            if speaks(&options.diameter) {
                let seed = seed.wrapping_add(2 + source as u64);
                let room = Pr::new(source, options, epoch, seed);
                rooms.push((Service::Diameter(source), Box::new(room)));
            }
        }
        if !(options.pl.servers.is_empty() && options.pl.listen.is_empty()) {
            let random = Random::new(seed.rotate_left(17));
            rooms.push((Service::Mlp, Box::new(Pl::new(options.pl, random))));
        }
        if options.ss7.observe || !options.ss7.links.is_empty() {
            let ss7 = Ss7::new(options.ss7, seed.rotate_left(29));
            rooms.push((Service::M3ua, Box::new(ss7)));
        }
        Self {
            partitions,
            normalise: options.normalise,
            identities: Identities::new(options.identity),
            rooms,
            watched: HashMap::new(),
            connects: Vec::new(),
            owed: Batch::default(),
        }
    }

    /// The log refused a batch. What the events in it taught stays known, so that telling them again
    /// would not tell it again.
    pub fn owe(&mut self, refused: &Batch) {
        let binds = refused
            .records()
            .filter(|record| record.kind == Kinds::BIND);
        binds.for_each(|bind| self.owed.push(bind));
    }

    /// Whether something was learned that is still to be recorded.
    #[must_use]
    pub fn owes(&self) -> bool {
        !self.owed.is_empty()
    }

    /// Appends what was learned and is still to be recorded.
    pub fn pay(&mut self, batch: &mut Batch) {
        self.owed.records().for_each(|bind| batch.push(bind));
        self.owed.clear();
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

    /// Takes what came for a service; records go to `batch`, answers and faults to `out`. Where the
    /// log takes nothing, every event is refused.
    pub fn input(
        &mut self,
        now: Stamp,
        service: Service,
        inputs: &[Input<'_>],
        intake: &mut Intake<'_>,
    ) {
        for place in 0..self.rooms.len() {
            if self.rooms[place].0 == service {
                self.enter(now, place, inputs, intake);
            }
        }
    }

    /// Does what is due.
    pub fn tick(&mut self, now: Stamp, intake: &mut Intake<'_>) {
        for place in 0..self.rooms.len() {
            if self.rooms[place].1.deadline().is_some_and(|due| due <= now) {
                self.enter(now, place, &[], intake);
            }
        }
    }

    /// The server wants a presentity reported, or no longer.
    pub fn report(&mut self, now: Stamp, reporting: &Reporting, intake: &mut Intake<'_>) {
        if reporting.watched {
            let presentity = reporting.presentity.clone();
            self.watched.insert(presentity, reporting.place);
        } else {
            self.watched.remove(&reporting.presentity);
        }
        self.watch(now, &reporting.presentity, intake);
    }

    fn watch(&mut self, now: Stamp, presentity: &Presentity, intake: &mut Intake<'_>) {
        let subject = self.identities.subject(presentity);
        let place = self.watched.get(presentity);
        let watch = Watch {
            presentity,
            subject: &subject,
            watched: place.is_some(),
            place: place.copied().unwrap_or_default(),
        };
        for place in 0..self.rooms.len() {
            self.enter(now, place, &[Input::Watch(watch)], intake);
        }
    }

    /// Has a room take inputs, and records what it tells.
    fn enter(&mut self, now: Stamp, place: usize, inputs: &[Input<'_>], intake: &mut Intake<'_>) {
        let Some((service, room)) = self.rooms.get_mut(place) else {
            return;
        };
        let (service, source) = (*service, room.source());
        let before = intake.out.sends().len() + intake.out.answers().len();
        room.input(now, inputs, intake.out);
        let mut learned = SmallVec::new();
        while !intake.out.events.is_empty() {
            let (recorded, idle) = self.take_events(place, intake, &mut learned);
            let room = &mut self.rooms[place].1;
            if !idle.is_empty() {
                room.input(now, &idle, intake.out);
            }
            for ticket in recorded {
                room.keep(now, ticket, intake.batch);
            }
        }
        let sent = intake.out.sends().len() + intake.out.answers().len() - before;
        intake.harvest.answers[source.index()] += u64::try_from(sent).unwrap_or(u64::MAX);
        let connects = intake.out.connects.drain(..);
        self.connects
            .extend(connects.map(|(carrier, peer)| (service, carrier, peer)));
        for presentity in learned {
            self.watch(now, &presentity, intake);
        }
    }

    /// Records the events of a room; returns those that wait for the log, and what is to be said of
    /// the others.
    fn take_events(
        &mut self,
        place: usize,
        intake: &mut Intake<'_>,
        learned: &mut SmallVec<[Presentity; 1]>,
    ) -> (SmallVec<[Ticket; 8]>, SmallVec<[Input<'static>; 4]>) {
        let (mut recorded, mut idle) = (SmallVec::new(), SmallVec::new());
        let mut events = std::mem::take(&mut intake.out.events);
        for (ticket, event) in events.drain(..) {
            match self.record(&event, intake, learned) {
                Ok(true) => {
                    recorded.push(ticket);
                    let ticket = of_room(place, event.source, ticket);
                    intake.harvest.tickets.push(ticket);
                }
                Ok(false) => {
                    intake.harvest.outcomes[event.source.index()].idle += 1;
                    idle.push(Input::Settled(ticket, Verdict::Settled));
                }
                Err(Refused) => {
                    intake.harvest.outcomes[event.source.index()].refused += 1;
                    idle.push(Input::Settled(ticket, Verdict::Refused));
                }
            }
            if intake.harvest.tap {
                intake.harvest.events.push(event);
            }
        }
        intake.out.events = events;
        (recorded, idle)
    }

    /// Events were recorded, or refused by the log.
    pub fn settled(
        &mut self,
        now: Stamp,
        tickets: &[Ticket],
        verdict: Verdict,
        intake: &mut Intake<'_>,
    ) {
        for ticket in tickets {
            let outcomes = intake.harvest.outcomes.get_mut(source_of(*ticket));
            if let Some(outcomes) = outcomes {
                match verdict {
                    Verdict::Settled => outcomes.recorded += 1,
                    Verdict::Refused => outcomes.refused += 1,
                }
            }
        }
        for run in tickets.chunk_by(|one, other| room_of(*one) == room_of(*other)) {
            let inputs: Vec<Input<'_>> = run
                .iter()
                .map(|ticket| Input::Settled(within_room(*ticket), verdict))
                .collect();
            let place = run.first().map_or(0, |ticket| room_of(*ticket));
            self.enter(now, place, &inputs, intake);
        }
    }

    /// Parts from all network elements for good.
    pub fn drain(&mut self, now: Stamp, intake: &mut Intake<'_>) {
        for (_, room) in &mut self.rooms {
            room.drain(now, intake.out);
        }
    }

    /// Whether no farewell is under way.
    #[must_use]
    pub fn is_drained(&self) -> bool {
        self.rooms.iter().all(|(_, room)| room.is_drained())
    }

    /// Connections and associations that rooms want opened since the last call.
    pub fn take_connects(&mut self) -> impl Iterator<Item = (Service, Carrier, SocketAddr)> {
        self.connects.drain(..)
    }

    /// The earliest timer.
    #[must_use]
    pub fn deadline(&self) -> Option<Stamp> {
        self.rooms
            .iter()
            .filter_map(|(_, room)| room.deadline())
            .min()
    }

    /// Notes from now on which rows change, for [`Self::take_writes`].
    pub fn collect_writes(&mut self) {
        self.identities.collect_writes();
        let rooms = self.rooms.iter_mut();
        rooms.for_each(|(_, room)| room.collect_writes());
    }

    /// Appends every row that changed since the last call.
    pub fn take_writes(&mut self, batch: &mut StateBatch) {
        self.identities.take_writes(batch);
        let rooms = self.rooms.iter_mut();
        rooms.for_each(|(_, room)| room.take_writes(batch));
    }

    /// Takes back a row at start, before the log is replayed.
    pub fn load(&mut self, row: Row<'_>) {
        self.identities.load(row);
        let rooms = self.rooms.iter_mut();
        rooms.for_each(|(_, room)| room.load(row));
    }

    /// A bind that the server's rows hold.
    pub fn bound(&mut self, bind: &Bind) {
        self.identities.apply(bind);
    }

    /// Tells the rooms at start when the newest event of each source happened that is recorded.
    pub fn resume(&mut self, newest: &[Option<Stamp>; Source::ALL.len()]) {
        for (source, newest) in Source::ALL.into_iter().zip(newest) {
            let Some(newest) = *newest else { continue };
            for (_, room) in &mut self.rooms {
                room.resume(source, newest);
            }
        }
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
            Kinds::SOURCE_RESET => {
                if let Ok(reset) = SourceReset::read(record) {
                    self.identities.reset(&reset);
                }
            }
            Kinds::DIALOGUE | Kinds::ELEMENT => {
                let rooms = self.rooms.iter_mut();
                rooms.for_each(|(_, room)| room.restore(record));
            }
            _ => self.recall(record),
        }
    }

    /// Takes a record of the log at start that is older than the loaded rows: what was answered.
    pub fn recall(&mut self, record: RecordRef<'_>) {
        if matches!(record.kind, Kinds::ANSWERED | Kinds::REPLIED) {
            for (_, room) in &mut self.rooms {
                room.restore(record);
            }
        }
    }

    /// How long what rooms answered must stay in the log.
    #[must_use]
    pub fn retention(&self) -> Duration {
        let retentions = self.rooms.iter().map(|(_, room)| room.retention());
        retentions.max().unwrap_or_default()
    }

    /// Appends what an event means; `false` when it means nothing to presence.
    fn record(
        &mut self,
        event: &NetworkEvent,
        intake: &mut Intake<'_>,
        learned: &mut SmallVec<[Presentity; 1]>,
    ) -> Result<bool, Refused> {
        if !intake.is_open {
            return Err(Refused);
        }
        let Intake {
            batch,
            harvest,
            out,
            ..
        } = intake;
        let resolved = match &event.fact {
            Fact::Reset(_) => None,
            _ => match self.resolve(event, &mut out.faults) {
                Ok(resolved) => Some(resolved),
                Err(Unresolved::Nobody) => return Ok(false),
                Err(Unresolved::Full) => return Err(Refused),
            },
        };
        let binds = resolved
            .as_ref()
            .map_or(&[][..], |resolved| &resolved.binds[..]);
        self.pay(batch);
        for bind in binds {
            bind.append(Partition::ALL, batch);
            if self.watched.contains_key(&bind.presentity) {
                learned.push(bind.presentity.clone());
            }
        }
        let presentity = resolved.as_ref().map(|resolved| &resolved.presentity);
        let Some(meaning) = normalise(&self.normalise, event, presentity) else {
            return Ok(!binds.is_empty());
        };
        match &meaning {
            Meaning::Update(update) => {
                update.append(update.presentity.partition(self.partitions), batch);
            }
            Meaning::Reset(reset) => {
                self.identities.reset(reset);
                reset.append(Partition::ALL, batch);
            }
        }
        self.end_session(event);
        if harvest.tap {
            harvest.updates.push(meaning);
        }
        Ok(true)
    }

    /// Finds whom an event is about, and counts what there was no room for.
    fn resolve(
        &mut self,
        event: &NetworkEvent,
        faults: &mut Vec<Fault>,
    ) -> Result<Resolved, Unresolved> {
        let identities = &mut self.identities;
        let (overflow, forgotten) = (identities.overflow, identities.forgotten);
        let resolved = identities.resolve(&event.subject, Origin::of(event), event.order);
        let mut fault = |kind| faults.push(identity_fault(event, kind));
        match &resolved {
            Err(Unresolved::Nobody) => fault("no-identity"),
            Err(Unresolved::Full) => fault("identity-table-full"),
            Ok(_) if identities.overflow > overflow => fault("identity-not-learned"),
            Ok(_) => {}
        }
        if identities.forgotten > forgotten {
            fault("sessions-forgotten");
        }
        resolved
    }

    fn end_session(&mut self, event: &NetworkEvent) {
        if let (Fact::Session(session), Some(key)) = (&event.fact, event.subject.session)
            && session.phase == Phase::Ended
        {
            self.identities
                .end_session(key, event.subject.address, event.order);
        }
    }
}

/// Whether a Diameter node has anybody to talk to.
fn speaks(options: &diameter::Options) -> bool {
    !(options.peers.is_empty() && options.listen.is_empty())
}

/// Where a room's word goes.
#[derive(Debug)]
pub struct Intake<'a> {
    /// Whether the log takes records.
    pub is_open: bool,
    /// Records for the log.
    pub batch: &'a mut Batch,
    /// What was told.
    pub harvest: &'a mut Harvest,
    /// Answers and faults.
    pub out: &'a mut Outbox,
}

/// Where the number of the room begins in a ticket of the gateway, and below it the event's source.
const ROOM_BIT: u32 = 56;
const SOURCE_BIT: u32 = 52;

fn of_room(place: usize, source: Source, ticket: Ticket) -> Ticket {
    let place = u64::try_from(place).unwrap_or(u64::MAX);
    let source = u64::try_from(source.index()).unwrap_or_default();
    Ticket(place << ROOM_BIT | source << SOURCE_BIT | within_room(ticket).0)
}

fn source_of(ticket: Ticket) -> usize {
    let mask = (1 << (ROOM_BIT - SOURCE_BIT)) - 1;
    usize::try_from(ticket.0 >> SOURCE_BIT & mask).unwrap_or_default()
}

fn room_of(ticket: Ticket) -> usize {
    usize::try_from(ticket.0 >> ROOM_BIT).unwrap_or(usize::MAX)
}

const fn within_room(ticket: Ticket) -> Ticket {
    Ticket(ticket.0 & !(u64::MAX << SOURCE_BIT))
}

/// An event could not be taken; its sender will tell it again.
struct Refused;

const fn identity_fault(event: &NetworkEvent, kind: &'static str) -> Fault {
    Fault {
        at: event.order.at,
        source: event.source,
        kind,
        peer: None,
        offset: None,
    }
}
