//! One peer: the state machine of RFC 6733 clause 5.6, for both directions of connecting.

use std::{mem::replace, net::SocketAddr, time::Duration};

use pengate_codecs::{
    Stamp,
    diameter::{DisconnectCause, Message, ResultCode},
};
use smol_str::SmolStr;

use super::{
    Local, Options, Sink,
    watchdog::{Due, Status, Watchdog},
};
use crate::{feed::Channel, session::random::Random};

/// Where a peer stands; I- is what we began, R- what the peer began.
#[derive(Debug)]
pub(super) enum State {
    /// No connection.
    Closed,
    /// Waits for the connection that it asked for.
    WaitConnAck,
    /// Waits for the CEA on the connection that it made.
    WaitICea(Channel),
    /// Waits for its own connection, while the peer made one too and sent this CER on it.
    WaitConnAckElect { responder: Channel, cer: Box<[u8]> },
    /// Both connections are there: one of them will go.
    WaitReturns {
        initiator: Channel,
        responder: Channel,
        cer: Box<[u8]>,
    },
    /// Open.
    Open {
        channel: Channel,
        watchdog: Watchdog,
    },
    /// Waits for the end of the connection, and rests for so long after it.
    Closing { channel: Channel, rest: Duration },
}

/// What happens to a peer.
#[derive(Debug)]
pub(super) enum Event<'a> {
    /// It is time to connect, or time is up.
    Timer,
    /// Our connection is there.
    ConnAck(Channel),
    /// Our connection did not come about.
    ConnNack,
    /// A CER that is fine came on a connection of the peer's.
    Cer(Channel, &'a Message<'a>),
    /// A CEA that is fine came.
    Cea(Channel),
    /// A CEA that tells an error, or something else before it.
    NonCea(Channel),
    /// A connection ended.
    Down(Channel),
    /// The peer wants to part.
    Dpr(Channel, &'a Message<'a>, DisconnectCause),
    /// The peer agrees to part.
    Dpa(Channel),
    /// We want to part.
    Stop(DisconnectCause),
}

/// What became of an event, as far as others are concerned.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Outcome {
    /// Nothing.
    Nothing,
    /// The peer can be talked to now, for the first time.
    Opened,
    /// The peer can be talked to again: what it had to say meanwhile may be lost.
    OpenedAgain,
    /// The peer cannot be talked to any more.
    Closed,
    /// What waits for the peer should go to another.
    FailOver,
}

/// What peers share.
pub(super) struct Context<'c> {
    pub now: Stamp,
    pub options: &'c Options,
    pub local: &'c Local,
    pub random: &'c mut Random,
    pub sink: &'c mut dyn Sink,
    /// Hop-by-Hop and End-to-End Identifier of the next request of ours.
    pub ids: (u32, u32),
    /// Connections given up.
    pub hung_up: &'c mut Vec<Channel>,
}

#[derive(Debug)]
pub(super) struct Peer {
    /// Its Diameter identity; a name in the state of links.
    pub host: SmolStr,
    address: Option<SocketAddr>,
    state: State,
    due: Stamp,
    /// The last connection was given up, not closed in order.
    was_lost: bool,
    /// It was open once.
    is_known: bool,
    /// We parted for good.
    is_stopped: bool,
}

impl Peer {
    pub fn new(host: SmolStr, address: Option<SocketAddr>) -> Self {
        Self {
            host,
            address,
            state: State::Closed,
            due: if address.is_some() {
                Stamp::MIN
            } else {
                Stamp::MAX
            },
            was_lost: false,
            is_known: false,
            is_stopped: false,
        }
    }

    /// When the next timer is due.
    pub const fn due(&self) -> Stamp {
        match &self.state {
            State::Open { watchdog, .. } => watchdog.due(),
            _ => self.due,
        }
    }

    /// The connection that is open, and how far the peer is trusted.
    pub const fn open(&self) -> Option<(Channel, Status)> {
        match &self.state {
            State::Open { channel, watchdog } => Some((*channel, watchdog.status())),
            _ => None,
        }
    }

    /// Whether a farewell was said and the connection is still there.
    pub const fn is_parting(&self) -> bool {
        matches!(self.state, State::Closing { .. })
    }

    /// Whether a connection to this address is awaited.
    pub fn awaits(&self, address: SocketAddr) -> bool {
        let is_waiting = matches!(
            self.state,
            State::WaitConnAck | State::WaitConnAckElect { .. }
        );
        is_waiting && self.address == Some(address)
    }

    /// The state's name: of a closed set, and a metric label.
    pub const fn state_name(&self) -> &'static str {
        match &self.state {
            State::Closed => "closed",
            State::WaitConnAck => "connecting",
            State::WaitICea(_) => "capabilities",
            State::WaitConnAckElect { .. } | State::WaitReturns { .. } => "electing",
            State::Open { watchdog, .. } => match watchdog.status() {
                Status::Okay => "open",
                Status::Suspect => "suspect",
                Status::Reopen => "reopening",
            },
            State::Closing { .. } => "closing",
        }
    }

    /// Something came on the open connection; `is_dwa` if it answers a watchdog request.
    pub fn heard(&mut self, is_dwa: bool, cx: &mut Context<'_>) {
        let before = self.state_name();
        let interval = cx.options.watchdog_interval;
        if let State::Open { watchdog, .. } = &mut self.state {
            if is_dwa {
                watchdog.answered(cx.now, interval, cx.random);
            } else {
                watchdog.heard(cx.now, interval, cx.random);
            }
        }
        self.tell(before, cx);
    }

    /// One step of the machine.
    pub fn step(&mut self, event: &Event<'_>, cx: &mut Context<'_>) -> Outcome {
        let before = self.state_name();
        let state = replace(&mut self.state, State::Closed);
        let outcome = self.transition(state, event, cx);
        self.tell(before, cx);
        outcome
    }

    /// Tells the state if it is another than before.
    fn tell(&self, before: &'static str, cx: &mut Context<'_>) {
        let after = self.state_name();
        if before != after {
            let open = self.open().map(|(channel, _)| channel.peer);
            cx.sink
                .link(cx.now, &self.host, open.or(self.address), after);
        }
    }

    /// The table of RFC 6733 clause 5.6: every pair that is not told of stays as it is.
    fn transition(&mut self, state: State, event: &Event<'_>, cx: &mut Context<'_>) -> Outcome {
        self.state = match (state, event) {
            (State::Closed, Event::Timer) => self.connect(cx),
            (State::Closed, Event::Cer(channel, cer)) if !self.is_stopped => {
                return self.accept(*channel, cer, cx);
            }
            (State::WaitConnAck, Event::ConnAck(channel)) => self.introduce(*channel, cx),
            (State::WaitConnAck, Event::ConnNack | Event::Timer) => self.retry(cx),
            (State::WaitConnAck, Event::Cer(channel, cer)) => State::WaitConnAckElect {
                responder: *channel,
                cer: cer.octets().into(),
            },
            (State::WaitICea(channel), Event::Cea(on)) if channel == *on => {
                return self.opened(channel, cx);
            }
            (State::WaitICea(channel), Event::NonCea(on)) if channel == *on => {
                cx.hang_up(channel);
                self.retry(cx)
            }
            (State::WaitICea(channel), Event::Timer) => {
                cx.hang_up(channel);
                self.retry(cx)
            }
            (State::WaitICea(channel), Event::Down(down)) if channel == *down => self.retry(cx),
            (State::WaitICea(initiator), Event::Cer(responder, cer)) => {
                return self.elect(initiator, *responder, cer.octets().into(), cx);
            }
            (state @ State::WaitConnAckElect { .. }, _) => {
                return self.while_connecting(state, event, cx);
            }
            (state @ State::WaitReturns { .. }, _) => {
                return self.while_electing(state, event, cx);
            }
            (state @ State::Open { .. }, _) => return self.while_open(state, event, cx),
            (State::Closing { channel, rest }, Event::Down(down)) if channel == *down => {
                self.rest(rest, cx)
            }
            (State::Closing { channel, rest }, Event::Dpa(on)) if channel == *on => {
                cx.hang_up(channel);
                self.rest(rest, cx)
            }
            (State::Closing { channel, rest }, Event::Timer) => {
                cx.hang_up(channel);
                self.rest(rest, cx)
            }
            (state @ State::Closing { .. }, Event::Stop(_)) => {
                self.is_stopped = true;
                state
            }
            (State::WaitICea(channel), Event::Stop(_)) => {
                cx.hang_up(channel);
                self.stop(cx)
            }
            (State::Closed | State::WaitConnAck, Event::Stop(_)) => self.stop(cx),
            (state, Event::Cer(channel, _)) => {
                // R-Reject.
                cx.hang_up(*channel);
                state
            }
            (state, _) => state,
        };
        Outcome::Nothing
    }

    /// Wait-Conn-Ack/Elect.
    fn while_connecting(
        &mut self,
        state: State,
        event: &Event<'_>,
        cx: &mut Context<'_>,
    ) -> Outcome {
        let State::WaitConnAckElect { responder, cer } = state else {
            return Outcome::Nothing;
        };
        match event {
            Event::ConnAck(channel) => {
                // The election follows at once.
                let _ = self.introduce(*channel, cx);
                return self.elect(*channel, responder, cer, cx);
            }
            Event::ConnNack => return self.accept_kept(responder, &cer, cx),
            Event::Down(down) if *down == responder => self.state = State::WaitConnAck,
            Event::Timer => {
                cx.hang_up(responder);
                self.state = self.retry(cx);
            }
            Event::Stop(_) => {
                cx.hang_up(responder);
                self.state = self.stop(cx);
            }
            _ => {
                if let Event::Cer(channel, _) = event {
                    cx.hang_up(*channel);
                }
                self.state = State::WaitConnAckElect { responder, cer };
            }
        }
        Outcome::Nothing
    }

    /// Wait-Returns.
    fn while_electing(&mut self, state: State, event: &Event<'_>, cx: &mut Context<'_>) -> Outcome {
        let State::WaitReturns {
            initiator,
            responder,
            cer,
        } = state
        else {
            return Outcome::Nothing;
        };
        match event {
            Event::Down(down) if *down == initiator => {
                return self.accept_kept(responder, &cer, cx);
            }
            Event::NonCea(on) if *on == initiator => {
                cx.hang_up(initiator);
                return self.accept_kept(responder, &cer, cx);
            }
            Event::Cea(on) if *on == initiator => {
                cx.hang_up(responder);
                return self.opened(initiator, cx);
            }
            Event::Down(down) if *down == responder => self.state = State::WaitICea(initiator),
            Event::Timer => {
                cx.hang_up(initiator);
                cx.hang_up(responder);
                self.state = self.retry(cx);
            }
            Event::Stop(_) => {
                cx.hang_up(initiator);
                cx.hang_up(responder);
                self.state = self.stop(cx);
            }
            _ => {
                if let Event::Cer(channel, _) = event {
                    cx.hang_up(*channel);
                }
                self.state = State::WaitReturns {
                    initiator,
                    responder,
                    cer,
                };
            }
        }
        Outcome::Nothing
    }

    /// R-Open and I-Open.
    fn while_open(&mut self, state: State, event: &Event<'_>, cx: &mut Context<'_>) -> Outcome {
        let State::Open {
            channel,
            mut watchdog,
        } = state
        else {
            return Outcome::Nothing;
        };
        match event {
            Event::Down(down) if *down == channel => {
                self.was_lost = true;
                self.state = self.retry(cx);
                return Outcome::Closed;
            }
            Event::Dpr(on, request, cause) if *on == channel => {
                cx.send(channel, |local, out, _| {
                    local.disconnect_answer(out, request)
                });
                // The peer hangs up; who has no use for us is left alone for longer.
                let rest = match cause {
                    DisconnectCause::Rebooting => cx.options.reconnect_interval,
                    _ => cx.options.refused_interval,
                };
                self.state = self.part(channel, rest, cx);
                return Outcome::Closed;
            }
            Event::Stop(cause) => {
                cx.send(channel, |local, out, ids| {
                    local.disconnect_request(out, ids, *cause)
                });
                self.is_stopped = true;
                self.state = self.part(channel, Duration::ZERO, cx);
                return Outcome::Closed;
            }
            Event::Cer(on, cer) if *on == channel => {
                let result = ResultCode::Success;
                cx.send(channel, |local, out, _| {
                    local.capabilities_answer(out, cer, result, channel);
                });
            }
            Event::Cer(on, _) => cx.hang_up(*on),
            Event::Timer => {
                let interval = cx.options.watchdog_interval;
                match watchdog.expired(cx.now, interval, cx.random) {
                    Due::Ask => {
                        cx.send(channel, |local, out, ids| local.watchdog_request(out, ids));
                    }
                    Due::FailOver => {
                        self.state = State::Open { channel, watchdog };
                        return Outcome::FailOver;
                    }
                    Due::Close => {
                        cx.hang_up(channel);
                        self.was_lost = true;
                        self.state = self.retry(cx);
                        return Outcome::Closed;
                    }
                }
            }
            _ => {}
        }
        self.state = State::Open { channel, watchdog };
        Outcome::Nothing
    }

    /// I-Snd-Conn-Req.
    fn connect(&mut self, cx: &mut Context<'_>) -> State {
        let Some(address) = self.address.filter(|_| !self.is_stopped) else {
            self.due = Stamp::MAX;
            return State::Closed;
        };
        cx.sink.connect(address);
        self.due = cx.now + cx.options.peer_timeout;
        State::WaitConnAck
    }

    /// I-Snd-CER.
    fn introduce(&mut self, channel: Channel, cx: &mut Context<'_>) -> State {
        cx.send(channel, |local, out, ids| {
            local.capabilities_request(out, ids, channel)
        });
        self.due = cx.now + cx.options.peer_timeout;
        State::WaitICea(channel)
    }

    /// The peer's connection is taken: R-Accept, R-Snd-CEA.
    fn accept(&mut self, channel: Channel, cer: &Message<'_>, cx: &mut Context<'_>) -> Outcome {
        cx.send(channel, |local, out, _| {
            local.capabilities_answer(out, cer, ResultCode::Success, channel);
        });
        self.opened(channel, cx)
    }

    /// As [`Self::accept`], of a CER that was kept.
    fn accept_kept(&mut self, channel: Channel, cer: &[u8], cx: &mut Context<'_>) -> Outcome {
        match Message::decode(cer) {
            Ok(cer) => self.accept(channel, &cer, cx),
            // It was decoded before it was kept.
            Err(_) => Outcome::Nothing,
        }
    }

    /// Who has the greater identity ends the connection that it began itself (RFC 6733 clause
    /// 5.6.4).
    fn elect(
        &mut self,
        initiator: Channel,
        responder: Channel,
        cer: Box<[u8]>,
        cx: &mut Context<'_>,
    ) -> Outcome {
        let ours = cx
            .local
            .host
            .bytes()
            .map(|octet| octet.to_ascii_lowercase());
        let theirs = self.host.bytes().map(|octet| octet.to_ascii_lowercase());
        if ours.gt(theirs) {
            cx.hang_up(initiator);
            return self.accept_kept(responder, &cer, cx);
        }
        self.due = cx.now + cx.options.peer_timeout;
        self.state = State::WaitReturns {
            initiator,
            responder,
            cer,
        };
        Outcome::Nothing
    }

    fn opened(&mut self, channel: Channel, cx: &mut Context<'_>) -> Outcome {
        let interval = cx.options.watchdog_interval;
        let watchdog = Watchdog::new(self.was_lost, cx.now, interval, cx.random);
        self.was_lost = false;
        self.state = State::Open { channel, watchdog };
        match replace(&mut self.is_known, true) {
            true => Outcome::OpenedAgain,
            false => Outcome::Opened,
        }
    }

    /// Cleanup or Error, and Tc until the next attempt.
    fn retry(&mut self, cx: &Context<'_>) -> State {
        self.rest(cx.options.reconnect_interval, cx)
    }

    fn rest(&mut self, pause: Duration, cx: &Context<'_>) -> State {
        let goes_on = self.address.is_some() && !self.is_stopped;
        self.due = if goes_on { cx.now + pause } else { Stamp::MAX };
        State::Closed
    }

    /// A farewell was said: the connection is given time to end.
    fn part(&mut self, channel: Channel, rest: Duration, cx: &Context<'_>) -> State {
        self.due = cx.now + cx.options.peer_timeout;
        State::Closing { channel, rest }
    }

    fn stop(&mut self, cx: &Context<'_>) -> State {
        self.is_stopped = true;
        self.retry(cx)
    }
}

impl Context<'_> {
    /// Sends what `write` appends; it is handed the identifiers for a request.
    fn send(&mut self, channel: Channel, write: impl Fn(&Local, &mut Vec<u8>, (u32, u32))) {
        let (local, ids) = (self.local, self.ids);
        self.sink.send(channel, &mut |out| write(local, out, ids));
    }

    fn hang_up(&mut self, channel: Channel) {
        self.sink.hang_up(channel);
        self.hung_up.push(channel);
    }
}
