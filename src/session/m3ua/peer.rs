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
                if self.state == State::Active {
                    self.enter(now, State::Inactive, sink);
                    if self.options.role == Role::IpspClient {
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
