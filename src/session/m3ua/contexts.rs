//! In which routing contexts traffic flows: a gateway may acknowledge each by itself (RFC 4666 clauses
//! 4.3.4.3 and 4.3.4.4).

use pengate_codecs::{
    Stamp,
    m3ua::{DecodeError, Message, Words},
};

use super::{Link, Sink, State, timers::Timer};

impl Link {
    /// The contexts of ours in which no traffic flows, and is nobody else's.
    pub(super) fn missing(&self) -> impl Iterator<Item = u32> + '_ {
        let ours = self.options.routing_contexts.iter().copied();
        ours.filter(|context| !self.active.contains(context) && !self.elsewhere.contains(context))
    }

    /// The contexts of ours in which it does.
    pub(super) fn granted(&self) -> impl Iterator<Item = u32> + '_ {
        let ours = self.options.routing_contexts.iter().copied();
        ours.filter(|context| self.active.contains(context))
    }

    /// Acknowledged for all contexts at once, or for some: the others are asked for until they are.
    pub(super) fn on_active_ack(
        &mut self,
        now: Stamp,
        message: &Message<'_>,
        sink: &mut dyn Sink,
    ) -> Result<(), DecodeError> {
        match self.state {
            State::Inactive | State::Standby | State::Active => {}
            // Of what was asked before we left.
            State::Leaving | State::Closing => return Ok(()),
            State::Disconnected | State::Down => {
                self.unexpected(now, message.octets(), sink);
                return Ok(());
            }
        }
        let contexts = message.routing_contexts()?;
        if let Some(contexts) = contexts {
            if !contexts.iter().all(|context| self.options.takes(context)) {
                sink.fault(now, "routing-context", None);
            }
            if !contexts.iter().any(|context| self.options.takes(context)) {
                return Ok(());
            }
        }
        // What is acknowledged while others are missing does not begin their count anew.
        if self.state != State::Active {
            self.enter(now, State::Active, sink);
        }
        let Self {
            options,
            active,
            elsewhere,
            ..
        } = self;
        let room = CONTEXTS_MAX.saturating_sub(active.len());
        match contexts {
            Some(contexts) => {
                let contexts = contexts.iter().filter(|context| options.takes(*context));
                active.extend(contexts.take(room));
            }
            None => active.extend(&options.routing_contexts),
        }
        elsewhere.retain(|context| !active.contains(context));
        if self.missing().next().is_none() {
            self.timers.stop(Timer::Ack);
        }
        Ok(())
    }

    /// Another process took the traffic over, of the contexts that are named or of all (RFC 4666
    /// clause 3.8.2). What is nobody else's is asked for still.
    pub(super) fn on_taken_over(
        &mut self,
        now: Stamp,
        contexts: Option<Words<'_>>,
        sink: &mut dyn Sink,
    ) {
        if !matches!(self.state, State::Active | State::Inactive) {
            return;
        }
        if contexts.is_some_and(|named| !named.iter().any(|it| self.options.takes(it))) {
            return;
        }
        let is_named = named_in(contexts);
        // Where we name none, those are ours that were acknowledged.
        let ours = self.options.routing_contexts.iter().chain(&self.active);
        let ours = ours.copied().filter(|context| is_named(*context));
        self.elsewhere.extend(ours);
        self.active.retain(|context| !is_named(*context));
        if self.missing().next().is_none() {
            self.timers.stop(Timer::Ack);
            if self.active.is_empty() {
                self.enter(now, State::Standby, sink);
            }
        } else if self.active.is_empty() {
            self.enter(now, State::Inactive, sink);
        }
    }

    /// Nobody has the traffic that another process had: it is ours to take.
    pub(super) fn on_left_over(
        &mut self,
        now: Stamp,
        contexts: Option<Words<'_>>,
        sink: &mut dyn Sink,
    ) {
        let is_named = named_in(contexts);
        let before = self.elsewhere.len();
        self.elsewhere.retain(|context| !is_named(*context));
        match self.state {
            State::Standby if self.elsewhere.is_empty() || self.elsewhere.len() < before => {
                self.enter(now, State::Inactive, sink);
                self.ask(now, sink);
            }
            State::Active if self.elsewhere.len() < before => self.ask(now, sink),
            // What is asked for next names it as well.
            _ => {}
        }
    }

    /// Unasked: the gateway takes the traffic of all contexts away, or of some; it is asked again
    /// after a while.
    pub(super) fn on_inactive_ack(
        &mut self,
        now: Stamp,
        message: &Message<'_>,
        sink: &mut dyn Sink,
    ) -> Result<(), DecodeError> {
        match self.state {
            State::Active => {
                let before = self.active.len();
                match message.routing_contexts()? {
                    Some(contexts) => contexts.iter().for_each(|context| {
                        self.active.remove(&context);
                    }),
                    None => self.active.clear(),
                }
                if self.active.is_empty() {
                    self.enter(now, State::Inactive, sink);
                } else if self.active.len() == before {
                    return Ok(());
                }
                self.timers.arm(Timer::Ack, now + self.options.ack_timeout);
            }
            State::Leaving => {
                match message.routing_contexts()? {
                    Some(contexts) => self.elsewhere.extend(contexts.iter().take(CONTEXTS_MAX)),
                    None => self.elsewhere.extend(&self.active),
                }
                if self.active.is_subset(&self.elsewhere) {
                    self.timers.stop(Timer::Ack);
                }
            }
            State::Inactive | State::Standby | State::Closing => {}
            State::Down | State::Disconnected => self.unexpected(now, message.octets(), sink),
        }
        Ok(())
    }
}

/// Whether a message is about a context: about any, where it names none.
fn named_in(contexts: Option<Words<'_>>) -> impl Fn(u32) -> bool + '_ {
    move |context| contexts.is_none_or(|named| named.iter().any(|it| it == context))
}

/// Most routing contexts that acknowledgements may bring.
const CONTEXTS_MAX: usize = 256;
