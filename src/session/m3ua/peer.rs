//! What another IP node says of its own state (RFC 4666 clause 4.3.4).

use pengate_codecs::{
    Stamp,
    m3ua::{DecodeError, Message, MessageType},
};

use super::{Link, Role, Sink, State, link::answer, timers::Timer};

impl Link {
    /// What another IP node says of its own state: ours follows, it is the same association
    /// (RFC 4666 clause 4.3.4, single exchange; in a double one both sides say it).
    pub(super) fn on_peer(
        &mut self,
        now: Stamp,
        message: &Message<'_>,
        sink: &mut dyn Sink,
    ) -> Result<(), DecodeError> {
        if matches!(self.state, State::Disconnected | State::Closing) {
            self.unexpected(now, message.octets(), sink);
            return Ok(());
        }
        if self.state == State::Leaving {
            self.on_peer_of_leaving(now, message, sink);
            return Ok(());
        }
        match message.kind() {
            MessageType::AspUp => {
                answer(MessageType::AspUpAck, message, sink);
                if self.options.role == Role::IpspServer {
                    self.timers.stop(Timer::Ack);
                    self.enter(now, State::Inactive, sink);
                }
            }
            MessageType::AspActive if self.state == State::Down => {
                self.unexpected(now, message.octets(), sink);
            }
            MessageType::AspActive => {
                answer(MessageType::AspActiveAck, message, sink);
                if self.options.role == Role::IpspServer {
                    self.on_active_ack(now, message, sink)?;
                }
            }
            MessageType::AspInactive => {
                answer(MessageType::AspInactiveAck, message, sink);
                // Of several contexts those that are not named go on (RFC 4666 clause 4.3.4.4).
                match message.routing_contexts()? {
                    Some(contexts) => self
                        .active
                        .retain(|of| !contexts.iter().any(|it| it == *of)),
                    None => self.active.clear(),
                }
                if self.state == State::Active {
                    if self.active.is_empty() {
                        self.enter(now, State::Inactive, sink);
                    }
                    let is_missing = self.active.is_empty() || self.missing().next().is_some();
                    if self.options.role == Role::IpspClient && is_missing {
                        // It was ours to ask for traffic, and is again.
                        self.timers
                            .arm(Timer::Ack, now + self.options.retry_interval);
                    }
                }
            }
            _ => {
                answer(MessageType::AspDownAck, message, sink);
                self.enter(now, State::Down, sink);
                self.timers.stop(Timer::Ack);
                if self.options.role == Role::IpspClient {
                    self.timers
                        .arm(Timer::Ack, now + self.options.retry_interval);
                }
            }
        }
        Ok(())
    }
}
