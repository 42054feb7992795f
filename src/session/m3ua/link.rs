//! The machine of one association (RFC 4666 clauses 4.3 to 4.7).

use std::collections::BTreeSet;

use pengate_codecs::{
    Stamp,
    m3ua::{
        AsState, Builder, Data, DecodeError, EncodeError, ErrorCode, Label, Message, MessageType,
        Status, Value, tag,
    },
};
use thiserror::Error;

use super::{
    Options, Role, Sink, State,
    destinations::Destinations,
    timers::{Timer, Timers},
};

/// Data cannot be sent now.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum NotActive {
    /// The link carries no traffic.
    #[error("the link is {}", .0.name())]
    State(State),
    /// It cannot be written.
    #[error(transparent)]
    Encode(EncodeError),
}

/// One association, from our side.
#[derive(Debug)]
pub struct Link {
    pub(super) options: Options,
    pub(super) state: State,
    since: Stamp,
    /// The routing contexts in which traffic flows; empty when there are none to tell apart.
    pub(super) active: BTreeSet<u32>,
    /// The contexts of ours whose traffic another process has.
    pub(super) elsewhere: BTreeSet<u32>,
    pub(super) timers: Timers,
    /// How often was asked for what is not acknowledged.
    attempts: u32,
    /// Counts heartbeats: what their acknowledgement must bring back.
    beats: u64,
    pub(super) destinations: Destinations,
}

impl Link {
    /// A link without an association.
    #[must_use]
    pub fn new(options: Options) -> Self {
        let destinations = Destinations::new(options.destinations_max);
        Self {
            options,
            state: State::Disconnected,
            since: Stamp::MIN,
            active: BTreeSet::new(),
            elsewhere: BTreeSet::new(),
            timers: Timers::default(),
            attempts: 0,
            beats: 0,
            destinations,
        }
    }

    /// How far it is.
    #[must_use]
    pub const fn state(&self) -> State {
        self.state
    }

    /// Since when.
    #[must_use]
    pub const fn since(&self) -> Stamp {
        self.since
    }

    /// When the next timer runs out.
    #[must_use]
    pub fn deadline(&self) -> Option<Stamp> {
        self.timers.deadline()
    }

    /// The association is there.
    pub fn up(&mut self, now: Stamp, sink: &mut dyn Sink) {
        self.timers.stop_all();
        self.destinations.clear();
        self.enter(now, State::Down, sink);
        if !self.options.heartbeat_interval.is_zero() {
            let next = now + self.options.heartbeat_interval;
            self.timers.arm(Timer::Heartbeat, next);
        }
        if self.options.role != Role::IpspServer {
            self.ask(now, sink);
        }
    }

    /// The association is gone.
    pub fn down(&mut self, now: Stamp, sink: &mut dyn Sink) {
        self.timers.stop_all();
        self.destinations.clear();
        self.enter(now, State::Disconnected, sink);
    }

    /// Sends what `write` appends from one point to another, in a context if traffic flows in it.
    ///
    /// # Errors
    /// [`NotActive`], with nothing sent.
    pub fn send_data(
        &self,
        label: Label,
        context: Option<u32>,
        write: impl FnOnce(&mut Vec<u8>),
        sink: &mut dyn Sink,
    ) -> Result<(), NotActive> {
        if !self.carries() {
            return Err(NotActive::State(self.state));
        }
        let mut out = Vec::with_capacity(DATA_OCTETS);
        // Whether it arrives is for who sends it to ask.
        let context = context.filter(|context| self.active.contains(context));
        let context = context.or_else(|| self.active.first().copied());
        Builder::new(&mut out, MessageType::Data)
            .network_appearance(self.options.network_appearance)
            .routing_contexts(context.as_slice())
            .protocol_data(label, write)
            .finish()
            .map_err(NotActive::Encode)?;
        sink.send(&out);
        Ok(())
    }

    /// Takes a user message; the data in it, if there is some for us.
    #[inline(always)]
    pub fn take<'a>(
        &mut self,
        now: Stamp,
        octets: &'a [u8],
        sink: &mut dyn Sink,
    ) -> Option<Data<'a>> {
        // Nearly every message brings data, and is read once.
        match Data::usual(octets) {
            Some(data) => self.on_data(now, octets, data, sink),
            None => self.take_any(now, octets, sink),
        }
    }

    #[inline(never)]
    fn take_any<'a>(
        &mut self,
        now: Stamp,
        octets: &'a [u8],
        sink: &mut dyn Sink,
    ) -> Option<Data<'a>> {
        let message = match Message::decode(octets) {
            Ok(message) => message,
            Err(error) => {
                self.malformed(now, octets, error, sink);
                return None;
            }
        };
        let taken = if message.kind() == MessageType::Data {
            Data::of(&message).map(Some)
        } else {
            self.on_message(now, &message, sink).map(|()| None)
        };
        match taken {
            Ok(data) => self.on_data(now, octets, data?, sink),
            Err(error) => {
                self.malformed(now, octets, error, sink);
                None
            }
        }
    }

    /// Does what is due.
    pub fn expire(&mut self, now: Stamp, sink: &mut dyn Sink) {
        while let Some(timer) = self.timers.expired(now) {
            match timer {
                Timer::Ack => self.on_ack_timeout(now, sink),
                Timer::Heartbeat => self.beat(now, sink),
                Timer::HeartbeatAck => {
                    sink.fault(now, "heartbeat-lost", None);
                    self.give_up(now, sink);
                }
                Timer::Audit => self.audit(now, sink),
            }
        }
    }

    pub(super) fn enter(&mut self, now: Stamp, state: State, sink: &mut dyn Sink) {
        self.attempts = 0;
        if !matches!(state, State::Active | State::Leaving) {
            self.active.clear();
        }
        if !matches!(state, State::Active | State::Inactive | State::Standby) {
            self.elsewhere.clear();
        }
        if self.state != state {
            self.state = state;
            self.since = now;
            sink.state(now, state);
        }
    }

    /// The association is of no use. Whoever carries it tells when it is gone.
    pub(super) fn give_up(&mut self, now: Stamp, sink: &mut dyn Sink) {
        self.timers.stop_all();
        self.enter(now, State::Closing, sink);
        sink.hang_up(now);
    }

    /// Says ASP Up, ASP Active or ASP Inactive, whichever is next.
    pub(super) fn ask(&mut self, now: Stamp, sink: &mut dyn Sink) {
        let options = &self.options;
        match self.state {
            State::Down => send(MessageType::AspUp, sink, |message| {
                match options.asp_identifier {
                    Some(identifier) => message.word(tag::ASP_IDENTIFIER, identifier),
                    None => message,
                }
            }),
            State::Inactive | State::Active => {
                let missing: Vec<u32> = self.missing().collect();
                send(MessageType::AspActive, sink, |message| {
                    message
                        .traffic_mode(options.traffic_mode.mode())
                        .routing_contexts(&missing)
                });
            }
            State::Leaving => {
                let ours: Vec<u32> = self.granted().collect();
                send(MessageType::AspInactive, sink, |message| {
                    message.routing_contexts(&ours)
                });
            }
            _ => return,
        }
        self.attempts += 1;
        self.timers.arm(Timer::Ack, now + options.ack_timeout);
    }

    fn on_ack_timeout(&mut self, now: Stamp, sink: &mut dyn Sink) {
        if self.state == State::Closing {
            self.give_up(now, sink);
        } else if self.attempts < self.options.ack_attempts_max {
            self.ask(now, sink);
        } else {
            sink.fault(now, "no-acknowledgement", None);
            match self.state {
                State::Leaving => self.close(now, sink),
                State::Active => self.ask_later(now),
                _ => self.give_up(now, sink),
            }
        }
    }

    /// What was refused may be granted another time.
    fn ask_later(&mut self, now: Stamp) {
        self.attempts = 0;
        self.timers
            .arm(Timer::Ack, now + self.options.retry_interval);
    }

    fn beat(&mut self, now: Stamp, sink: &mut dyn Sink) {
        self.beats += 1;
        let data = self.beats.to_be_bytes();
        send(MessageType::Heartbeat, sink, |message| {
            message.parameter(tag::HEARTBEAT_DATA, &data)
        });
        let options = &self.options;
        self.timers
            .arm(Timer::HeartbeatAck, now + options.heartbeat_timeout);
    }

    #[inline(always)]
    fn on_data<'a>(
        &mut self,
        now: Stamp,
        octets: &'a [u8],
        data: Data<'a>,
        sink: &mut dyn Sink,
    ) -> Option<Data<'a>> {
        // While inactive an acknowledgement may be on its way: the traffic is ours already. And what
        // was on its way when we left is told by nobody else.
        if matches!(self.state, State::Disconnected | State::Down) {
            self.unexpected(now, octets, sink);
            return None;
        }
        let is_ours = |context: &u32| self.options.takes(*context);
        if let Some(context) = data.routing_context.filter(|context| !is_ours(context)) {
            foreign_context(now, octets, context, sink);
            return None;
        }
        if !self.is_our_network(data.network_appearance) {
            foreign_network(now, octets, data.network_appearance, sink);
            return None;
        }
        Some(data)
    }

    /// Whether point codes are of our network. Who does not say has only one.
    #[inline(always)]
    pub(super) fn is_our_network(&self, told: Option<u32>) -> bool {
        let ours = self.options.network_appearance;
        ours.is_none() || told.is_none() || told == ours
    }

    fn on_message(
        &mut self,
        now: Stamp,
        message: &Message<'_>,
        sink: &mut dyn Sink,
    ) -> Result<(), DecodeError> {
        match message.kind() {
            MessageType::AspUpAck => self.on_up_ack(now, message, sink),
            MessageType::AspDownAck => self.on_down_ack(now, sink),
            MessageType::AspActiveAck => self.on_active_ack(now, message, sink)?,
            MessageType::AspInactiveAck => self.on_inactive_ack(now, message, sink)?,
            MessageType::Heartbeat => answer(MessageType::HeartbeatAck, message, sink),
            MessageType::HeartbeatAck => self.on_beat_ack(now, message, sink),
            MessageType::Notify => self.on_notify(now, message, sink)?,
            MessageType::Error => self.on_error(now, message, sink)?,
            MessageType::DestinationUnavailable
            | MessageType::DestinationAvailable
            | MessageType::DestinationRestricted
            | MessageType::SignallingCongestion
            | MessageType::DestinationUserPartUnavailable => {
                self.on_network(now, message, sink)?;
            }
            MessageType::AspUp
            | MessageType::AspDown
            | MessageType::AspActive
            | MessageType::AspInactive
                if self.options.role != Role::Asp =>
            {
                self.on_peer(now, message, sink)?;
            }
            MessageType::RegistrationRequest
            | MessageType::RegistrationResponse
            | MessageType::DeregistrationRequest
            | MessageType::DeregistrationResponse => {
                sink.fault(now, "unsupported-class", None);
                refuse(
                    ErrorCode::UnsupportedMessageClass,
                    message.octets(),
                    sink,
                    |error| error,
                );
            }
            MessageType::Other { class, .. } => self.unknown(now, class, message, sink),
            _ => self.unexpected(now, message.octets(), sink),
        }
        Ok(())
    }

    /// Acknowledged; or, unasked, the gateway started anew.
    fn on_up_ack(&mut self, now: Stamp, message: &Message<'_>, sink: &mut dyn Sink) {
        match self.state {
            State::Down | State::Active => {
                self.elsewhere.clear();
                self.enter(now, State::Inactive, sink);
                self.ask(now, sink);
            }
            // A second acknowledgement of an ASP Up that was said twice.
            State::Inactive | State::Standby | State::Leaving | State::Closing => {}
            State::Disconnected => self.unexpected(now, message.octets(), sink),
        }
    }

    /// Acknowledged; or, unasked, the gateway took us down: it is asked again after T(ack).
    fn on_down_ack(&mut self, now: Stamp, sink: &mut dyn Sink) {
        if matches!(self.state, State::Leaving | State::Closing) {
            self.give_up(now, sink);
        } else if self.state != State::Disconnected {
            self.enter(now, State::Down, sink);
            self.timers.arm(Timer::Ack, now + self.options.ack_timeout);
        }
    }

    fn on_beat_ack(&mut self, now: Stamp, message: &Message<'_>, sink: &mut dyn Sink) {
        let data = message.parameter(tag::HEARTBEAT_DATA);
        let data = data.map(|parameter| parameter.value);
        if data != Some(&self.beats.to_be_bytes()[..]) {
            sink.fault(now, "heartbeat-data", None);
        } else if self.timers.is_armed(Timer::HeartbeatAck) {
            self.timers.stop(Timer::HeartbeatAck);
            let next = now + self.options.heartbeat_interval;
            self.timers.arm(Timer::Heartbeat, next);
        }
    }

    fn on_notify(
        &mut self,
        now: Stamp,
        message: &Message<'_>,
        sink: &mut dyn Sink,
    ) -> Result<(), DecodeError> {
        let Some(Value::Status(status)) = message.value(tag::STATUS)? else {
            return Ok(());
        };
        let contexts = message.routing_contexts()?;
        match status {
            Status::AlternateAspActive => self.on_taken_over(now, contexts, sink),
            Status::AsStateChange(AsState::Pending | AsState::Inactive) => {
                self.on_left_over(now, contexts, sink);
            }
            Status::InsufficientAspResources => sink.fault(now, "insufficient-asps", None),
            Status::AspFailure => sink.fault(now, "asp-failure", None),
            _ => {}
        }
        Ok(())
    }

    /// The peer refused something. What was asked is asked again, later.
    fn on_error(
        &mut self,
        now: Stamp,
        message: &Message<'_>,
        sink: &mut dyn Sink,
    ) -> Result<(), DecodeError> {
        let Some(Value::ErrorCode(code)) = message.value(tag::ERROR_CODE)? else {
            return Ok(());
        };
        sink.fault(now, refusal(code), None);
        let is_asking = matches!(self.state, State::Down | State::Inactive | State::Active);
        if is_asking && self.timers.is_armed(Timer::Ack) {
            self.ask_later(now);
        }
        Ok(())
    }

    pub(super) fn unexpected(&self, now: Stamp, octets: &[u8], sink: &mut dyn Sink) {
        sink.fault(now, "unexpected-message", None);
        if self.state != State::Disconnected {
            refuse(ErrorCode::UnexpectedMessage, octets, sink, |error| error);
        }
    }

    fn unknown(&self, now: Stamp, class: u8, message: &Message<'_>, sink: &mut dyn Sink) {
        let (kind, code) = match class {
            0..=4 | 9 => ("unsupported-type", ErrorCode::UnsupportedMessageType),
            _ => ("unsupported-class", ErrorCode::UnsupportedMessageClass),
        };
        sink.fault(now, kind, None);
        refuse(code, message.octets(), sink, |error| error);
    }

    /// Answered, but for an ERR: two peers must not go on refusing each other's refusals.
    fn malformed(&self, now: Stamp, octets: &[u8], error: DecodeError, sink: &mut dyn Sink) {
        sink.fault(now, error.kind(), Some(error.at()));
        if octets.get(2..4) != Some(&[0, 0]) && self.state != State::Disconnected {
            refuse(error.error_code(), octets, sink, |message| message);
        }
    }
}

/// Sends a message. Those that are sent so have short parameters of ours only, and always fit.
pub(super) fn send(
    kind: MessageType,
    sink: &mut dyn Sink,
    fill: impl FnOnce(Builder<'_>) -> Builder<'_>,
) {
    let mut out = Vec::new();
    if fill(Builder::new(&mut out, kind)).finish().is_ok() {
        sink.send(&out);
    }
}

/// Acknowledges a message with its own parameters.
pub(super) fn answer(kind: MessageType, message: &Message<'_>, sink: &mut dyn Sink) {
    send(kind, sink, |answer| {
        message.parameters().fold(answer, |answer, parameter| {
            answer.parameter(parameter.tag, parameter.value)
        })
    });
}

/// Says what was wrong with a message, and shows its start.
fn refuse(
    code: ErrorCode,
    octets: &[u8],
    sink: &mut dyn Sink,
    fill: impl FnOnce(Builder<'_>) -> Builder<'_>,
) {
    let shown = octets.get(..DIAGNOSTIC_OCTETS).unwrap_or(octets);
    send(MessageType::Error, sink, |error| {
        fill(error.error_code(code)).parameter(tag::DIAGNOSTIC_INFORMATION, shown)
    });
}

/// Refuses what is for an application server that is not ours.
#[cold]
pub(super) fn foreign_context(now: Stamp, octets: &[u8], context: u32, sink: &mut dyn Sink) {
    sink.fault(now, "routing-context", None);
    refuse(ErrorCode::InvalidRoutingContext, octets, sink, |error| {
        error.routing_contexts(&[context])
    });
}

/// Refuses what is of another network.
#[cold]
pub(super) fn foreign_network(
    now: Stamp,
    octets: &[u8],
    network: Option<u32>,
    sink: &mut dyn Sink,
) {
    sink.fault(now, "network-appearance", None);
    refuse(ErrorCode::InvalidNetworkAppearance, octets, sink, |error| {
        error.network_appearance(network)
    });
}

/// What the peer's refusals are counted as.
const fn refusal(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::RefusedManagementBlocking => "refused-blocking",
        ErrorCode::AspIdentifierRequired => "refused-identifier-required",
        ErrorCode::InvalidAspIdentifier => "refused-identifier",
        ErrorCode::InvalidRoutingContext => "refused-routing-context",
        ErrorCode::NoConfiguredAsForAsp => "refused-no-application-server",
        ErrorCode::UnsupportedTrafficModeType => "refused-traffic-mode",
        ErrorCode::InvalidNetworkAppearance => "refused-network-appearance",
        _ => "refused",
    }
}

/// A DATA message of the usual length.
const DATA_OCTETS: usize = 512;
/// How much of a refused message is shown.
const DIAGNOSTIC_OCTETS: usize = 40;
