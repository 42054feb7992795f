//! The timers of a link.

use pengate_codecs::Stamp;

/// What a timer is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Timer {
    /// T(ack): an acknowledgement is due, or it is time to ask again.
    Ack,
    /// The next heartbeat is due.
    Heartbeat,
    /// The acknowledgement of a heartbeat is due.
    HeartbeatAck,
    /// The next audit of destinations is due.
    Audit,
}

impl Timer {
    pub(super) const ALL: [Self; 4] = [Self::Ack, Self::Heartbeat, Self::HeartbeatAck, Self::Audit];
}

/// When each timer runs out.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Timers([Option<Stamp>; 4]);

impl Timers {
    fn slot(&mut self, timer: Timer) -> &mut Option<Stamp> {
        let [ack, heartbeat, heartbeat_ack, audit] = &mut self.0;
        match timer {
            Timer::Ack => ack,
            Timer::Heartbeat => heartbeat,
            Timer::HeartbeatAck => heartbeat_ack,
            Timer::Audit => audit,
        }
    }

    pub(super) fn arm(&mut self, timer: Timer, at: Stamp) {
        *self.slot(timer) = Some(at);
    }

    pub(super) fn stop(&mut self, timer: Timer) {
        *self.slot(timer) = None;
    }

    pub(super) fn is_armed(mut self, timer: Timer) -> bool {
        self.slot(timer).is_some()
    }

    pub(super) fn stop_all(&mut self) {
        *self = Self::default();
    }

    /// Takes a timer that ran out.
    pub(super) fn expired(&mut self, now: Stamp) -> Option<Timer> {
        Timer::ALL.into_iter().find(|timer| {
            let slot = self.slot(*timer);
            slot.take_if(|at| *at <= now).is_some()
        })
    }

    pub(super) fn deadline(&self) -> Option<Stamp> {
        self.0.iter().flatten().min().copied()
    }
}
