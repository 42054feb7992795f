//! How an association ends in order (RFC 4666 clauses 4.3.4.2 and 4.3.4.4): traffic first.

use pengate_codecs::{
    Stamp,
    m3ua::{Message, MessageType},
};

use super::{
    Link, Sink, State,
    link::{answer, send},
    timers::Timer,
};

impl Link {
    /// Whether it carries what we say.
    #[must_use]
    #[inline]
    pub const fn carries(&self) -> bool {
        matches!(self.state, State::Active | State::Leaving)
    }

    /// Has the peer send its traffic elsewhere from now on. What it sent before is taken, and may be
    /// answered until [`Self::close`]; where no traffic flows the association is ended at once.
    pub fn leave(&mut self, now: Stamp, sink: &mut dyn Sink) {
        match self.state {
            State::Active => {
                self.enter(now, State::Leaving, sink);
                self.ask(now, sink);
            }
            State::Down | State::Inactive | State::Standby => self.close(now, sink),
            State::Disconnected | State::Leaving | State::Closing => {}
        }
    }

    /// Whether the peer agreed that its traffic goes elsewhere.
    #[must_use]
    pub fn has_left(&self) -> bool {
        self.state == State::Leaving && !self.timers.is_armed(Timer::Ack)
    }

    /// Ends the association in order: ASP Down is said, and its acknowledgement awaited.
    pub fn close(&mut self, now: Stamp, sink: &mut dyn Sink) {
        if matches!(self.state, State::Disconnected | State::Closing) {
            return;
        }
        self.enter(now, State::Closing, sink);
        send(MessageType::AspDown, sink, |message| message);
        self.timers.stop_all();
        self.timers.arm(Timer::Ack, now + self.options.ack_timeout);
    }

    /// Whether the peer has not agreed yet to part.
    #[must_use]
    pub fn is_parting(&self) -> bool {
        match self.state {
            State::Leaving => true,
            State::Closing => self.timers.is_armed(Timer::Ack),
            _ => false,
        }
    }

    /// What another IP node says of its own state while we leave: it may do so as well, and does not
    /// call us back.
    pub(super) fn on_peer_of_leaving(
        &mut self,
        now: Stamp,
        message: &Message<'_>,
        sink: &mut dyn Sink,
    ) {
        match message.kind() {
            MessageType::AspInactive => answer(MessageType::AspInactiveAck, message, sink),
            MessageType::AspDown => {
                answer(MessageType::AspDownAck, message, sink);
                self.give_up(now, sink);
            }
            _ => self.unexpected(now, message.octets(), sink),
        }
    }
}
