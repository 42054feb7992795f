//! Ph: the HSS over Sh (TS 23.141 clause 4.3.4, TS 29.328).
//!
//! While a presentity is watched the HSS is asked about its state and place in the domains, and
//! told to notify us of its IMS registration. A notification is answered when its events are durable
//! and not before. Nobody is paged: the HSS tells what the network holds.

mod ask;
mod notify;
mod options;
mod queue;
mod report;
#[cfg(test)]
mod tests;
mod users;

use std::time::Duration;

use hashbrown::HashMap;
use pengate_codecs::{
    Stamp,
    diameter::{Application, DisconnectCause, ResultCode, Role, TGPP},
    sh,
};
use smallvec::SmallVec;

use self::{
    queue::Queue,
    users::{Ask, Timer, UserId, Users},
};
use super::{
    arrival::Arrivals,
    diameter::{self, Outlet},
    room::{Input, Outbox, Room, Ticket, Verdict, Watch},
};
use crate::{
    event::Source,
    feed::Heading,
    pen::log::{Batch, RecordRef},
    session::{
        diameter::{Arrival, Call, Exchange, Local, Node},
        random::Random,
    },
};
pub use options::Options;

/// The room.
#[derive(Debug)]
pub struct Ph {
    options: Options,
    node: Node,
    random: Random,
    /// Sh-Data bears no time: what it tells was so when it arrived.
    arrivals: Arrivals,
    users: Users,
    queue: Queue,
    calls: HashMap<Call, (UserId, Ask)>,
    /// What stands behind each event that is on its way to the log.
    tickets: HashMap<Ticket, Cause>,
    waiting: HashMap<Exchange, Waiting>,
    next_ticket: u64,
}

/// Where an event comes from.
#[derive(Clone, Copy, Debug)]
enum Cause {
    /// A notification, whose answer waits for it.
    Notification(Exchange),
    /// An answer to this question about a user.
    Answer(UserId, Ask),
}

/// What the answer to a notification waits for.
#[derive(Debug)]
struct Waiting {
    /// Events that are not durable yet, in their order.
    tickets: SmallVec<[Ticket; 4]>,
    /// Whether one was refused.
    is_refused: bool,
}

impl Ph {
    /// A room that is about to connect to its peers. `state` is the node's Origin-State-Id and must
    /// grow with every start; `seed` is its source of chance.
    #[must_use]
    pub fn new(options: Options, state: u32, seed: u64) -> Self {
        let local = Local {
            host: options.diameter.host.clone(),
            realm: options.diameter.realm.clone(),
            state,
            applications: vec![Application {
                vendor: TGPP,
                role: Role::Authorization,
                id: sh::APPLICATION,
            }],
        };
        Self {
            node: Node::new(options.diameter.clone(), local, seed),
            random: Random::new(seed.rotate_left(32)),
            options,
            arrivals: Arrivals::default(),
            users: Users::default(),
            queue: Queue::default(),
            calls: HashMap::new(),
            tickets: HashMap::new(),
            waiting: HashMap::new(),
            next_ticket: 0,
        }
    }

    fn on_input(&mut self, now: Stamp, input: &Input<'_>, out: &mut Outbox) {
        let mut outlet = outlet(out);
        match input {
            Input::Chunk(chunk) if chunk.heading == Heading::In => {
                self.node.chunk(chunk, &mut outlet);
            }
            Input::Chunk(_) | Input::Request(_) => {}
            Input::Up(channel) => self.node.up(now, *channel, &mut outlet),
            Input::Down(channel) => self.node.down(now, *channel, &mut outlet),
            Input::Refused(address) => self.node.refused(now, *address, &mut outlet),
            Input::Watch(watch) => self.on_watch(now, watch, out),
            Input::Settled(ticket, verdict) => self.on_settled(now, *ticket, *verdict, out),
        }
    }

    fn on_arrivals(&mut self, out: &mut Outbox) {
        let arrivals = self.node.arrivals();
        for (at, arrival) in arrivals.iter() {
            match arrival {
                Arrival::Request(exchange, message) => {
                    self.on_request(at, exchange, &message, out);
                }
                Arrival::Answer(call, message) => self.on_answer(at, call, &message, out),
                Arrival::Lost(call, _) => self.on_lost(at, call),
                // What the HSS had to tell meanwhile did not reach us, or it forgot whom to tell.
                Arrival::Reachable | Arrival::Restarted(_) => self.subscribe_anew(),
            }
        }
        self.node.recycle(arrivals);
    }

    /// Somebody begins to watch, or the last one left.
    fn on_watch(&mut self, now: Stamp, watch: &Watch<'_>, out: &mut Outbox) {
        match self.users.of_presentity(watch.presentity) {
            Some(id) if watch.watched => self.on_watched_again(id, watch),
            Some(id) => {
                if let Some(user) = self.users.get_mut(id) {
                    user.is_watched = false;
                }
                self.users.disarm(id, Timer::Poll);
                self.users
                    .arm(id, Timer::HoldOff, now + self.options.hold_off);
            }
            None if watch.watched => self.on_watched(now, watch, out),
            None => {}
        }
    }

    fn on_watched(&mut self, now: Stamp, watch: &Watch<'_>, out: &mut Outbox) {
        let keys = users::Key::of(watch.presentity, watch.subject);
        if keys.is_empty() {
            // The HSS has no name for whom only an IMSI is known.
            return;
        }
        if self.users.len() >= self.options.users_max {
            return fault(now, "users-max", None, out);
        }
        // Two presentities with one key are one user of the HSS: the later one takes it over.
        let former = keys.first().and_then(|key| self.users.of_key(key));
        if let Some(former) = former {
            self.forget(former);
        }
        let presentity = watch.presentity.clone();
        let Some(id) = self.users.insert(presentity, keys, watch.place) else {
            return;
        };
        if self.options.ims {
            self.enqueue(id, Ask::Subscribe);
            self.enqueue(id, Ask::Ims);
        }
        self.poll(now, id);
    }

    fn on_watched_again(&mut self, id: UserId, watch: &Watch<'_>) {
        let place = watch.place;
        let keys = users::Key::of(watch.presentity, watch.subject);
        self.users.learn(id, keys);
        let Some(user) = self.users.get_mut(id) else {
            return;
        };
        let is_news = !user.is_watched || place && !user.place;
        let is_lost = !user.is_subscribed && !user.is_watched;
        user.is_watched = true;
        user.place = place;
        if is_news {
            user.refuses_place.clear();
        }
        self.users.disarm(id, Timer::HoldOff);
        if is_lost && self.options.ims {
            self.enqueue(id, Ask::Subscribe);
        }
        if is_news {
            self.users.arm(id, Timer::Poll, Stamp::MIN);
        }
    }

    fn on_timer(&mut self, now: Stamp, id: UserId, timer: Timer) {
        match timer {
            Timer::Renew => self.enqueue(id, Ask::Subscribe),
            Timer::Poll => self.poll(now, id),
            Timer::Retry(ask) => self.enqueue(id, ask),
            Timer::HoldOff => self.part(id),
        }
    }

    /// Nobody has watched for the hold-off: ends the subscription, if there is one or may be.
    fn part(&mut self, id: UserId) {
        self.users.disarm(id, Timer::Renew);
        self.users.disarm(id, Timer::Retry(Ask::Subscribe));
        if self.users.get(id).is_some_and(|user| user.is_subscribed) {
            self.enqueue(id, Ask::Unsubscribe);
        } else if !self.is_subscribing(id) {
            self.forget(id);
        }
        // What is to be ended or not is told by the answer that is due.
    }

    /// A user is gone, and what was to be asked about it.
    fn forget(&mut self, id: UserId) {
        self.users.remove(id);
        self.queue.forget(id);
    }

    fn is_subscribing(&self, id: UserId) -> bool {
        let mut calls = self.calls.values();
        calls.any(|call| *call == (id, Ask::Subscribe))
    }

    /// Asks about the domains, and does so again after the interval.
    fn poll(&mut self, now: Stamp, id: UserId) {
        for (is_wanted, ask) in [(self.options.cs, Ask::Cs), (self.options.ps, Ask::Ps)] {
            if is_wanted {
                self.enqueue(id, ask);
            }
        }
        let interval = self.options.poll_interval;
        if !interval.is_zero() && (self.options.cs || self.options.ps) {
            self.users.arm(id, Timer::Poll, now + interval);
        }
    }

    /// The HSS lost its state, and our subscriptions with it, or could not notify us: they are made
    /// anew, as fast as requests are answered, and the answers tell how it is now.
    fn subscribe_anew(&mut self) {
        if !self.options.ims {
            return;
        }
        for id in self.users.ids() {
            if self.users.get(id).is_some_and(|user| user.is_watched) {
                self.enqueue(id, Ask::Subscribe);
            }
        }
    }

    fn enqueue(&mut self, id: UserId, ask: Ask) {
        self.users.disarm(id, Timer::Retry(ask));
        self.queue.push(id, ask);
    }

    fn on_settled(&mut self, now: Stamp, ticket: Ticket, verdict: Verdict, out: &mut Outbox) {
        let exchange = match self.tickets.remove(&ticket) {
            Some(Cause::Notification(exchange)) => exchange,
            Some(Cause::Answer(id, ask)) if verdict == Verdict::Refused => {
                return self.on_not_recorded(now, id, ask);
            }
            Some(Cause::Answer(..)) | None => return,
        };
        let Some(waiting) = self.waiting.get_mut(&exchange) else {
            return;
        };
        waiting.tickets.retain(|waiting| *waiting != ticket);
        waiting.is_refused |= verdict == Verdict::Refused;
        if !waiting.tickets.is_empty() {
            return;
        }
        let is_refused = waiting.is_refused;
        self.waiting.remove(&exchange);
        let mut outlet = outlet(out);
        if is_refused {
            self.node.refuse(exchange, ResultCode::TooBusy, &mut outlet);
        } else {
            self.node.answer(exchange, &mut outlet);
        }
    }
}

impl Room for Ph {
    fn source(&self) -> Source {
        Source::Ph
    }

    fn input(&mut self, now: Stamp, batch: &[Input<'_>], out: &mut Outbox) {
        for input in batch {
            self.on_input(now, input, out);
        }
        self.node.tick(now, &mut outlet(out));
        self.on_arrivals(out);
        while let Some((id, timer)) = self.users.expired(now) {
            self.on_timer(now, id, timer);
        }
        self.pump(now, out);
    }

    fn resume(&mut self, source: Source, newest: Stamp) {
        if source == Source::Ph {
            self.arrivals.resume(newest);
        }
    }

    fn deadline(&self) -> Option<Stamp> {
        let users = self.users.deadline();
        self.node.deadline().into_iter().chain(users).min()
    }

    fn drain(&mut self, now: Stamp, out: &mut Outbox) {
        let cause = DisconnectCause::Rebooting;
        self.node.stop(now, cause, &mut outlet(out));
    }

    fn is_drained(&self) -> bool {
        !self.node.is_parting()
    }

    /// The answer stands beside the last event of its notification, if all of them are recorded.
    fn keep(&self, now: Stamp, ticket: Ticket, batch: &mut Batch) {
        if let Some(Cause::Notification(exchange)) = self.tickets.get(&ticket)
            && let Some(waiting) = self.waiting.get(exchange)
            && !waiting.is_refused
            && waiting.tickets.last() == Some(&ticket)
        {
            diameter::keep(Source::Ph, &self.node, now, *exchange, batch);
        }
    }

    fn retention(&self) -> Duration {
        self.options.diameter.answer_retention
    }

    fn restore(&mut self, record: RecordRef<'_>) {
        diameter::restore(Source::Ph, &mut self.node, record);
    }
}

const fn outlet(out: &mut Outbox) -> Outlet<'_> {
    Outlet {
        source: Source::Ph,
        out,
    }
}

fn fault(at: Stamp, kind: &'static str, offset: Option<usize>, out: &mut Outbox) {
    use crate::session::diameter::Sink;
    outlet(out).fault(at, None, kind, offset);
}
