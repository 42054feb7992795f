//! The server's machine: everything about the presentities of its partitions.

use std::sync::Arc;

use pengate_codecs::{
    Stamp,
    sip::{Framing, Message, Method},
};

use super::{
    Fault, NotifyToken, Options, Outbox, Outcome, Room, Token,
    directory::Directory,
    facets::{Names, Resets, Scope},
    options::whole_secs,
    pending::{Parked, Pending, Subject, Waiting},
    presentity::Entry,
    random::Generator,
    record::ServerRecord,
    reply::Refusal,
    rooms::{pep, pw},
    slab::{Slab, Slot},
    state::Unsaved,
    subscription::Subscription,
    timers::{Timer, Timers},
};
use crate::{
    event::Source,
    feed::Channel,
    pen::{Presentity, log::RecordRef},
    session::sip::ServerId,
};

/// Owns presentities: what the network and publishers told, who watches, what they were told.
///
/// Octets of requests, durable records and time go in; answers, NOTIFYs and records for the log
/// come out. A request never changes state: it becomes a record, and [`Shard::apply`] changes
/// state once the record is durable. So what is answered is durable, and recovery is
/// [`Shard::replay`] of the same records.
#[derive(Debug)]
pub struct Shard {
    pub(super) options: Arc<Options>,
    pub(super) seed: u64,
    pub(super) random: Generator,
    pub(super) directory: Directory,
    pub(super) presentities: Slab<Entry>,
    pub(super) subscriptions: Slab<Subscription>,
    /// Live publications of all presentities.
    pub(super) publications: usize,
    pub(super) timers: Timers,
    pub(super) pending: Pending,
    pub(super) names: Names,
    pub(super) resets: Resets,
    pub(super) unsaved: Unsaved,
    /// Whether what is applied has effects; not while the log is replayed.
    pub(super) live: bool,
    /// Whether every document is handed out as it changes.
    pub(super) tap: bool,
    /// The next row to be brought up to date after a restart.
    pub(super) catch_up: Option<Slot>,
    pub(super) scratch: Vec<u8>,
}

/// How many rows a shard keeps.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Sizes {
    /// Presentities that something is known of.
    pub presentities: usize,
    /// Live publications.
    pub publications: usize,
    /// Live subscriptions.
    pub subscriptions: usize,
}

impl Shard {
    /// An empty shard. The seed makes its tags unguessable and must differ at each start.
    #[must_use]
    pub fn new(options: Arc<Options>, seed: u64) -> Self {
        Self {
            seed,
            random: Generator::new(seed),
            directory: Directory::new(options.domains.clone(), seed),
            presentities: Slab::new(seed),
            subscriptions: Slab::new(seed),
            publications: 0,
            timers: Timers::default(),
            pending: Pending::default(),
            names: Names::new(&options.facets),
            resets: Resets::new(options.facets.resets_max),
            unsaved: Unsaved::default(),
            live: true,
            tap: false,
            catch_up: None,
            scratch: Vec::new(),
            options,
        }
    }

    /// Who exists, for provisioning before the first record.
    pub const fn directory(&mut self) -> &mut Directory {
        &mut self.directory
    }

    /// Hands out every document as it changes, watched or not, in [`Outbox::documents`].
    pub const fn tap(&mut self, on: bool) {
        self.tap = on;
    }

    /// A new request, routed here by its presentity or by our tag in its To.
    pub fn request(
        &mut self,
        now: Stamp,
        transaction: ServerId,
        channel: Channel,
        message: &Message<'_>,
        out: &mut Outbox,
    ) {
        let request = Request {
            transaction,
            channel,
            message,
        };
        let method = message.request().map(|line| line.method);
        let (room, done) = match method {
            Some(Method::Publish) => (Room::Pep, pep::publish(self, now, &request, out)),
            Some(Method::Subscribe) => (Room::Pw, pw::subscribe(self, now, &request, out)),
            _ => (Room::Pw, Err(Refusal::MethodNotAllowed)),
        };
        if let Err(refusal) = done {
            out.faults.push(Fault {
                at: now,
                room,
                kind: refusal.kind(),
                peer: Some(channel.peer),
            });
            let seed = self.seed;
            out.answer_with(transaction, |out| refusal.write(&request, seed, out));
        }
    }

    /// What became of a NOTIFY.
    pub fn answered(
        &mut self,
        now: Stamp,
        notify: NotifyToken,
        outcome: Outcome,
        out: &mut Outbox,
    ) {
        self.on_answered(now, notify, outcome, out);
    }

    /// A durable record, live: of this shard with the token that it gave, or of the agent.
    pub fn apply(
        &mut self,
        now: Stamp,
        record: RecordRef<'_>,
        token: Option<Token>,
        out: &mut Outbox,
    ) {
        let settled = token.and_then(|token| self.pending.finish(token));
        let (waiting, behind) = settled.map_or((None, None), |(one, all)| (Some(one), Some(all)));
        self.on_record(now, record, waiting, out);
        for parked in behind.into_iter().flatten() {
            self.unpark(now, &parked, out);
        }
    }

    /// The log did not take a record: what it stood for did not happen.
    pub fn refused(&mut self, now: Stamp, token: Token, out: &mut Outbox) {
        let Some((waiting, behind)) = self.pending.finish(token) else {
            return;
        };
        let retry_after = whole_secs(self.options.retry_after);
        if let Some(answer) = &waiting.answer {
            let room = match waiting.subject {
                Subject::Publication(..) => Room::Pep,
                _ => Room::Pw,
            };
            out.faults.push(Fault {
                at: now,
                room,
                kind: "log-refused",
                peer: Some(answer.channel.peer),
            });
            out.answer_with(answer.transaction, |out| {
                answer.echo.write_unavailable(retry_after, out);
            });
        }
        self.on_refused(now, &waiting);
        for parked in behind {
            self.unpark(now, &parked, out);
        }
    }

    /// A durable record at start, before the first request: it changes state and nothing else.
    pub fn replay(&mut self, now: Stamp, record: RecordRef<'_>) {
        let mut nowhere = Outbox::default();
        self.live = false;
        self.on_record(now, record, None, &mut nowhere);
        self.live = true;
    }

    /// The earliest armed timer.
    #[must_use]
    pub fn deadline(&self) -> Option<Stamp> {
        self.timers.next()
    }

    /// Time passed: everything due is done.
    pub fn tick(&mut self, now: Stamp, out: &mut Outbox) {
        while let Some(timer) = self.timers.pop(now) {
            match timer {
                Timer::Facets(presentity) => self.on_facets_due(now, presentity, out),
                Timer::Publication(presentity, number) => {
                    self.on_publication_due(now, presentity, number, out);
                }
                Timer::Subscription(slot) => self.on_subscription_due(now, slot, out),
                Timer::Retry(slot) => self.on_retry(now, slot, out),
                Timer::CatchUp => self.on_catch_up(now, out),
            }
        }
    }

    /// When the newest event of each source happened that is known here, in the order of
    /// [`Source::ALL`].
    #[must_use]
    pub fn newest(&self) -> [Option<Stamp>; Source::ALL.len()] {
        let mut newest = [None; Source::ALL.len()];
        let told = self.presentities.iter();
        for (source, at) in told.flat_map(|(_, entry)| entry.facets.told()) {
            if let Some(newest) = newest.get_mut(source.index()) {
                *newest = (*newest).max(Some(at));
            }
        }
        newest
    }

    /// How much is kept.
    #[must_use]
    pub fn sizes(&self) -> Sizes {
        Sizes {
            presentities: self.presentities.len(),
            publications: self.publications,
            subscriptions: self.subscriptions.len(),
        }
    }

    /// Parks a request behind the record on `subject`, unless too many wait.
    pub(super) fn park(&mut self, subject: Subject, request: &Request<'_>) -> Result<(), Refusal> {
        if self.pending.parked() >= self.options.parked_max {
            return Err(self.unavailable("parked-max"));
        }
        let parked = Parked {
            transaction: request.transaction,
            channel: request.channel,
            octets: request.message.octets().into(),
        };
        self.pending.park(subject, parked);
        Ok(())
    }

    /// The refusal for a limit that is hit.
    pub(super) fn unavailable(&self, limit: &'static str) -> Refusal {
        Refusal::Unavailable(limit, whole_secs(self.options.retry_after))
    }

    /// Hands a record to the log; [`Shard::apply`] goes on when it is durable.
    pub(super) fn submit(&mut self, waiting: Waiting, record: &ServerRecord, out: &mut Outbox) {
        let token = self.pending.start(waiting);
        let partition = self.options.partition(record.presentity());
        out.submit(token, partition, record);
    }

    /// The row of a presentity, made when there is none; `None` when there are too many.
    pub(super) fn entry(&mut self, presentity: &Presentity) -> Option<Slot> {
        if let Some(slot) = self.presentities.find(presentity) {
            return Some(slot);
        }
        // It may have turned out to be another.
        let home = self.directory.home(presentity);
        if let Some(slot) = self.presentities.find(&home) {
            return Some(slot);
        }
        if self.presentities.len() >= self.options.presentities_max {
            return None;
        }
        self.presentities.insert(Entry::new(home))
    }

    /// Lets go of a presentity of which nothing is known any more.
    pub(super) fn tidy(&mut self, slot: Slot) {
        if self.presentities.get(slot).is_some_and(Entry::is_empty) {
            self.presentities.remove(slot);
        }
    }

    /// What facets of all presentities share.
    pub(super) fn scope<'a>(
        now: Stamp,
        names: &'a mut Names,
        resets: &'a Resets,
        options: &'a Options,
    ) -> Scope<'a> {
        Scope {
            now,
            names,
            resets,
            options: &options.facets,
        }
    }

    fn unpark(&mut self, now: Stamp, parked: &Parked, out: &mut Outbox) {
        // It was read before it was parked; each datagram is one message, and so is each piece
        // that was cut from a stream, which names its length.
        if let Ok(message) = Message::decode(&parked.octets, Framing::Datagram) {
            self.request(now, parked.transaction, parked.channel, &message, out);
        }
    }
}

/// A request on its way through a room.
#[derive(Clone, Copy, Debug)]
pub(super) struct Request<'a> {
    pub transaction: ServerId,
    pub channel: Channel,
    pub message: &'a Message<'a>,
}
