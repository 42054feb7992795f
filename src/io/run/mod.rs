//! The gateway live: one loop over sockets, the log and the administrative interface.
//!
//! The loop hands octets and time to [`Gateway::step`], the same that replay and benches call, and
//! does what it says.

mod feeds;
mod kept;
mod record;
mod signals;
mod sockets;
mod start;
mod state;
mod totals;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::Receiver,
    },
    time::Duration,
};

use metrics::{counter, gauge};
use mio::{Events, Poll};
use pengate_codecs::Stamp;
use thiserror::Error;

pub use self::start::Startup;
use self::{feeds::Feeds, record::Recording, sockets::Sockets, state::State, totals::Totals};
use super::{
    admin::{Admin, AdminRequest, Readiness, Reason},
    clock::Clock,
    store::{PartitionsError, SegmentLog},
};
use crate::{
    gateway::{Effects, Gateway, Input},
    pen::{
        log::{Log, LogError, Refusal},
        state::StoreError,
    },
    server::LoadError,
    telemetry::{
        Metric,
        event::{FaultLog, LogFailed, LogRefused, ReadyChanged},
    },
};

/// What keeps the gateway from starting.
#[derive(Debug, Error)]
pub enum StartError {
    /// A file cannot be read or written.
    #[error("{what}: {source}")]
    File {
        /// The file, by its name.
        what: String,
        /// The system's answer.
        source: std::io::Error,
    },
    /// An address cannot be listened on.
    #[error("{key}: cannot listen on {address}: {source}")]
    Listen {
        /// The configuration's key.
        key: &'static str,
        /// The address.
        address: std::net::SocketAddr,
        /// The system's answer.
        source: std::io::Error,
    },
    /// A thread or a poll of the system cannot be had.
    #[error("{what}: {source}")]
    System {
        /// What was attempted.
        what: &'static str,
        /// The system's answer.
        source: std::io::Error,
    },
    /// The list of subscribers is not as it should be.
    #[error("{file}: {problems}")]
    Subscribers {
        /// Its name.
        file: String,
        /// The first problems and how many more there are.
        problems: String,
    },
    /// The pen log cannot be opened or read.
    #[error("{0}")]
    Log(#[from] LogError),
    /// The data folder is not for the number of partitions that is configured.
    #[error("{0}")]
    Partitions(#[from] PartitionsError),
    /// The state store cannot be opened or read.
    #[error("{0}")]
    State(#[from] StoreError),
    /// A row of the state is not what this version writes.
    #[error("{0}: written by another version, or damaged")]
    Row(LoadError),
    /// The state store has no writer for the shard.
    #[error("the state store has no writer")]
    Writer,
    /// Metrics cannot be set up.
    #[error("metrics: {0}")]
    Metrics(String),
}

/// What ended a running gateway before it was told to end.
#[derive(Debug, Error)]
pub enum RunError {
    /// A write or a sync of the pen log failed; nothing was acknowledged after it.
    #[error("the pen log failed: {0}")]
    Log(String),
    /// The state store failed: the log cannot be shortened any more.
    #[error("the state store failed: {0}")]
    State(String),
    /// Waiting for sockets failed.
    #[error("poll: {0}")]
    Poll(std::io::Error),
}

/// A gateway with its sockets, files and threads.
pub struct Runner {
    poll: Poll,
    gateway: Gateway<SegmentLog>,
    state: State,
    clock: Clock,
    sockets: Sockets,
    effects: Effects,
    recording: Option<Recording>,
    feeds: Feeds,
    totals: Totals,
    faults: FaultLog,
    admin: Admin,
    asked: Receiver<AdminRequest>,
    readiness: Readiness,
    stop: Arc<AtomicBool>,
    shutdown_timeout: Duration,
    housekept: Stamp,
}

/// How long the loop sleeps at most: housekeeping is done at least this often.
const NAP: Duration = Duration::from_secs(1);

/// How long a gateway whose log failed stays up for health checks to see it.
const GRACE: Duration = Duration::from_millis(500);

impl Runner {
    /// Runs until told to end.
    ///
    /// # Errors
    /// [`RunError`] when it has to end before.
    pub fn run(mut self) -> Result<(), RunError> {
        let mut events = Events::with_capacity(1_024);
        while !self.stop.load(Ordering::Relaxed) {
            self.turn(&mut events, NAP)?;
            let now = self.clock.now();
            self.state
                .keep_up(now, &mut self.gateway)
                .map_err(RunError::State)?;
            self.answer_admin();
            self.housekeep();
        }
        self.drain(&mut events)
    }

    /// Waits for something to happen, and lets the gateway deal with it.
    fn turn(&mut self, events: &mut Events, patience: Duration) -> Result<(), RunError> {
        let now = self.clock.now();
        let due = self
            .gateway
            .deadline()
            .map_or(patience, |at| at.since(now).min(patience));
        // Timers are exact to the millisecond; less would only spin.
        let due = due.max(Duration::from_millis(u64::from(!due.is_zero())));
        let timeout = if self.sockets.has_more() {
            Duration::ZERO
        } else {
            due
        };
        match self.poll.poll(events, Some(timeout)) {
            Err(error) if error.kind() != std::io::ErrorKind::Interrupted => {
                return Err(RunError::Poll(error));
            }
            _ => {}
        }
        let now = self.clock.now();
        self.sockets.note(events, now, self.poll.registry());
        let Self {
            sockets,
            gateway,
            effects,
            recording,
            feeds,
            ..
        } = self;
        let mut is_quiet = true;
        sockets.batches(now, &mut |inputs: &[Input<'_>]| {
            is_quiet = false;
            feeds.arrived(inputs);
            if let Some(recording) = recording.as_mut() {
                recording.arrived(now, inputs);
            }
            gateway.step(now, inputs, effects);
        });
        if is_quiet {
            gateway.step(now, &[], effects);
        }
        self.carry_out(now)
    }

    /// Does what the gateway said.
    fn carry_out(&mut self, now: Stamp) -> Result<(), RunError> {
        if let Some(recording) = self.recording.as_mut() {
            recording.left(now, &self.effects);
        }
        self.sockets
            .carry_out(now, &self.effects, self.poll.registry());
        self.feeds.happened(now, &self.effects);
        self.totals.add(&self.effects.counts);
        for fault in &self.effects.faults {
            self.faults.emit(fault);
        }
        for fault in &self.effects.server_faults {
            counter!(Metric::Faults.name(), "room" => fault.room.name(), "kind" => fault.kind)
                .increment(1);
        }
        for (_, kind) in &self.effects.sip_faults {
            counter!(Metric::Faults.name(), "room" => "sip", "kind" => *kind).increment(1);
        }
        let failure = self.effects.log_failure.take();
        self.effects.clear();
        let Some(what) = failure else { return Ok(()) };
        LogFailed { what: &what }.emit();
        self.readiness.set(Reason::LogFailed, true);
        std::thread::sleep(GRACE);
        Err(RunError::Log(what))
    }

    fn answer_admin(&mut self) {
        while let Ok(request) = self.asked.try_recv() {
            // Who asked may have gone; that is no fault of ours.
            match request {
                AdminRequest::Presentity { uri, reply } => {
                    let _ = reply.send(self.gateway.shard().document(&uri));
                }
                AdminRequest::Feeds { reply } => {
                    let _ = reply.send(self.feeds.to_json(self.clock.now()));
                }
            }
        }
    }

    fn housekeep(&mut self) {
        let now = self.clock.now();
        if now.since(self.housekept) < NAP {
            return;
        }
        self.housekept = now;
        self.sockets.expire(now);
        let refusal = self.gateway.log().admits().err();
        if let Some(refusal) = refusal {
            LogRefused { refusal }.emit();
        }
        if self
            .readiness
            .set(Reason::LogNoSpace, refusal == Some(Refusal::NoSpace))
        {
            self.tell_readiness();
        }
        let sizes = self.gateway.shard().sizes();
        gauge!(Metric::Presentities.name()).set(as_gauge(sizes.presentities));
        gauge!(Metric::Publications.name()).set(as_gauge(sizes.publications));
        gauge!(Metric::Subscriptions.name()).set(as_gauge(sizes.subscriptions));
        self.totals.emit();
        if let Some(free) = self.gateway.log().free_bytes() {
            let free = usize::try_from(free).unwrap_or(usize::MAX);
            gauge!(Metric::LogFreeBytes.name()).set(as_gauge(free));
        }
        self.feeds.look(now);
        self.feeds.emit();
        if let Some(recording) = self.recording.as_mut() {
            recording.flush();
        }
    }

    fn tell_readiness(&self) {
        let reasons: Vec<&'static str> = self
            .readiness
            .reasons()
            .iter()
            .map(|reason| reason.name())
            .collect();
        ReadyChanged {
            ready: reasons.is_empty(),
            reasons: &reasons,
        }
        .emit();
    }

    /// Takes nothing more, answers what becomes durable, and ends in bounded time.
    fn drain(mut self, events: &mut Events) -> Result<(), RunError> {
        self.readiness.set(Reason::Draining, true);
        self.tell_readiness();
        self.sockets.stop_listening();
        let now = self.clock.now();
        self.gateway.drain(now, &mut self.effects);
        self.carry_out(now)?;
        let end = now + self.shutdown_timeout;
        while !self.gateway.is_drained() && self.clock.now() < end {
            self.turn(events, Duration::from_millis(20))?;
        }
        self.state.hand_over(self.clock.now(), &mut self.gateway);
        self.sockets.flush();
        if let Some(mut recording) = self.recording.take() {
            recording.flush();
        }
        self.admin.stop();
        Ok(())
    }
}

/// Counts of things as gauges want them; exact up to 2^53.
#[expect(clippy::cast_precision_loss, reason = "no table holds 2^53 rows")]
const fn as_gauge(count: usize) -> f64 {
    count as f64
}
