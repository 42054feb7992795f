//! One location server: its connections, and when it may be asked.

use std::{collections::BTreeMap, time::Duration};

use pengate_codecs::{
    Stamp,
    mlp::{Client, LocationType, Password, Priority, Quality, ResponseRequirement, Slir},
};

use super::{Options, ServerOptions, subscribers::Name};
use crate::{
    agent::room::{LinkChange, Outbox},
    event::Source,
    feed::{Carrier, Channel},
    pen::Presentity,
    session::{
        http::{self, PostRequest},
        random::Random,
    },
};

/// The state of the link of a server that is held back.
const PAUSED: &str = "paused";

/// A connection to a server, and about whom it was asked.
#[derive(Debug, Default)]
pub(super) struct Connection {
    pub http: http::Client,
    pub asked: Option<(Presentity, Name)>,
    /// It is being ended by us.
    pub is_ending: bool,
}

/// How a server is reached, whether or not it is held back.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Reach {
    /// Not at all: the last connection failed, or there was none.
    Down,
    /// The first connection was asked for.
    Connecting,
    /// Over connections, of which none failed: there need not be one just now, since servers may end
    /// them after each answer.
    Up,
}

impl Reach {
    const fn name(self) -> &'static str {
        match self {
            Self::Down => "down",
            Self::Connecting => "connecting",
            Self::Up => "up",
        }
    }
}

/// A server.
#[derive(Debug)]
pub(super) struct Gmlc {
    pub options: ServerOptions,
    pub connections: BTreeMap<Channel, Connection>,
    /// A connection was asked for that has not come about.
    connecting: Option<Stamp>,
    /// No request before, for the pace.
    not_before: Stamp,
    /// No request before, for what went wrong: apart from the pace, since what was asked earlier may
    /// still be answered well.
    paused_until: Stamp,
    /// No connection before.
    connect_after: Stamp,
    failures: u32,
    /// For whom a request was refused last, if no good answer came since.
    refused: Option<Presentity>,
    reach: Reach,
    /// What was told of its link last.
    state: &'static str,
    /// The request that is being written.
    scratch: Vec<u8>,
}

impl Gmlc {
    pub(super) fn new(options: ServerOptions) -> Self {
        Self {
            options,
            connections: BTreeMap::new(),
            connecting: None,
            not_before: Stamp::MIN,
            paused_until: Stamp::MIN,
            connect_after: Stamp::MIN,
            failures: 0,
            refused: None,
            reach: Reach::Down,
            state: Reach::Down.name(),
            scratch: Vec::new(),
        }
    }

    /// Whether a connection that came about is one that was asked for.
    pub(super) fn expects(&self, channel: Channel) -> bool {
        self.connecting.is_some()
            && channel.carrier == Carrier::Tcp
            && channel.peer == self.options.address
    }

    pub(super) fn up(&mut self, now: Stamp, channel: Channel, out: &mut Outbox) {
        self.connecting = None;
        self.connections.insert(channel, Connection::default());
        self.reach = Reach::Up;
        self.show(now, out);
    }

    /// A connection that carries nothing and may be asked on now.
    pub(super) fn free(&self, now: Stamp) -> Option<Channel> {
        let may = now >= self.not_before && !self.is_paused(now);
        self.idle().filter(|_| may)
    }

    fn idle(&self) -> Option<Channel> {
        let is_free = |connection: &Connection| {
            connection.http.is_free() && connection.asked.is_none() && !connection.is_ending
        };
        let mut connections = self.connections.iter();
        let free = connections.find(|(_, connection)| is_free(connection));
        free.map(|(channel, _)| *channel)
    }

    /// When requests, and when connections, are held back no longer: by failures or for the pace.
    /// A connection that there is does not wait until there may be another.
    pub(super) fn held_until(&self, now: Stamp) -> impl Iterator<Item = Stamp> {
        let asks = self.not_before.max(self.paused_until);
        let held = [asks, self.connect_after].into_iter();
        held.filter(move |at| *at > now)
    }

    fn is_paused(&self, now: Stamp) -> bool {
        now < self.paused_until
    }

    /// Whether it is held back by what went wrong, and not by its pace alone.
    pub(super) fn is_out(&self, now: Stamp) -> bool {
        self.is_paused(now) || now < self.connect_after
    }

    /// Asks for a connection if one is needed and may be had.
    pub(super) fn connect(&mut self, now: Stamp, out: &mut Outbox) {
        let may = self.connecting.is_none()
            && self.idle().is_none()
            && self.connections.len() < self.options.connections_max.max(1)
            && now >= self.connect_after;
        if may {
            self.connecting = Some(now);
            out.connects.push((Carrier::Tcp, self.options.address));
            if self.reach == Reach::Down {
                self.reach = Reach::Connecting;
                self.show(now, out);
            }
        }
    }

    /// Asks for a subscriber on a free connection.
    pub(super) fn ask(
        &mut self,
        now: Stamp,
        channel: Channel,
        (presentity, name): (Presentity, Name),
        options: &Options,
        out: &mut Outbox,
    ) {
        let server = &self.options;
        let none_if_empty = |text: &smol_str::SmolStr| (!text.is_empty()).then(|| text.to_string());
        let secs = |span: Duration| u32::try_from(span.as_secs()).ok();
        let slir = Slir {
            version: server.version.into(),
            client: Client {
                id: server.client.as_str().into(),
                password: none_if_empty(&server.password).map(Password::new),
                service_id: none_if_empty(&server.service).map(Into::into),
            },
            requestor: None,
            msids: &[name.msid()],
            quality: Quality {
                response: ResponseRequirement::LowDelay,
                // The server gives up before we do.
                response_timer: secs(options.request_timeout).map(|secs| (secs / 2).max(1)),
                horizontal_accuracy: Some(server.horizontal_accuracy).filter(|metres| *metres > 0),
                max_location_age: secs(options.max_age),
            },
            location_type: LocationType::CurrentOrLast,
            priority: Priority::Normal,
            push_url: None,
        };
        self.scratch.clear();
        slir.write(&mut self.scratch);
        let address;
        let host = match server.host.as_str() {
            "" => {
                address = server.address.to_string();
                &address
            }
            host => host,
        };
        let request = PostRequest {
            host,
            target: &server.target,
            content_type: "text/xml; charset=utf-8",
            body: &self.scratch,
        };
        if let Some(connection) = self.connections.get_mut(&channel) {
            connection.asked = Some((presentity, name));
            out.send_with(channel, |octets| connection.http.ask(now, &request, octets));
            self.not_before = now + server.interval;
        }
    }

    /// A good answer came: whatever held the server back before is over, but for a pause that was
    /// told after the question.
    pub(super) fn answered(&mut self, now: Stamp) {
        self.refused = None;
        if !self.is_paused(now) {
            self.failures = 0;
        }
    }

    /// Notes that the request for a subscriber was refused; whether the one before was, too, for
    /// somebody else: then it is the server that takes none, or not as we make them.
    pub(super) fn refuses_another(&mut self, presentity: &Presentity) -> bool {
        let before = self.refused.replace(presentity.clone());
        before.is_some_and(|before| before != *presentity)
    }

    /// Holds back requests, for a time that the server told or that grows with its failures.
    pub(super) fn pause(
        &mut self,
        now: Stamp,
        told: Option<Duration>,
        (options, random): (&Options, &mut Random),
        out: &mut Outbox,
    ) {
        let wait = told.map_or_else(
            || self.backoff(options, random),
            |told| told.min(options.retry_max),
        );
        self.paused_until = self.paused_until.max(now + wait);
        self.show(now, out);
    }

    /// A connection was refused, lost, or did not answer.
    pub(super) fn failed(
        &mut self,
        now: Stamp,
        (options, random): (&Options, &mut Random),
        out: &mut Outbox,
    ) {
        self.connecting = None;
        self.connect_after = now + self.backoff(options, random);
        self.broke(now, out);
    }

    /// A connection is of no use: unless there is another one, the server is not reached.
    pub(super) fn broke(&mut self, now: Stamp, out: &mut Outbox) {
        let mut connections = self.connections.values();
        if connections.all(|connection| connection.is_ending) {
            self.reach = match self.connecting {
                Some(_) => Reach::Connecting,
                None => Reach::Down,
            };
            self.show(now, out);
        }
    }

    /// The connections whose answer is overdue.
    pub(super) fn overdue(&self, now: Stamp, timeout: Duration) -> Vec<Channel> {
        let is_overdue = |connection: &Connection| {
            let asked = connection.http.asked();
            !connection.is_ending && asked.is_some_and(|at| now >= at + timeout)
        };
        let overdue = self.connections.iter();
        let overdue = overdue.filter(|(_, connection)| is_overdue(connection));
        overdue.map(|(channel, _)| *channel).collect()
    }

    /// When a connection that was asked for is given up.
    pub(super) fn gives_up(&self, timeout: Duration) -> Option<Stamp> {
        self.connecting.map(|at| at + timeout)
    }

    /// The earliest timer of what is out.
    pub(super) fn deadline(&self, timeout: Duration) -> Option<Stamp> {
        let asked = self.connections.values();
        let asked = asked
            .filter(|connection| !connection.is_ending)
            .filter_map(|connection| connection.http.asked());
        asked
            .map(|at| at + timeout)
            .chain(self.gives_up(timeout))
            .min()
    }

    /// Doubles with each failure; up to a quarter more, so that servers are not asked in step.
    fn backoff(&mut self, options: &Options, random: &mut Random) -> Duration {
        let wait = options
            .retry_first
            .saturating_mul(1 << self.failures.min(20));
        self.failures = self.failures.saturating_add(1);
        let wait = wait.min(options.retry_max);
        let quarter = u64::try_from(wait.as_millis() / 4).unwrap_or(u64::MAX);
        wait + Duration::from_millis(random.below(quarter))
    }

    /// When a pause is over that was told of the link.
    pub(super) fn resumes(&self) -> Option<Stamp> {
        (self.state == PAUSED).then_some(self.paused_until)
    }

    /// Tells the state of the link if it is another one.
    pub(super) fn show(&mut self, now: Stamp, out: &mut Outbox) {
        let state = match self.is_paused(now) {
            true => PAUSED,
            false => self.reach.name(),
        };
        if std::mem::replace(&mut self.state, state) != state {
            out.links.push(LinkChange {
                at: now,
                source: Source::Pl,
                link: self.options.name.clone(),
                peer: Some(self.options.address),
                state,
            });
        }
    }
}
