//! What durable records do. Nothing else changes what a shard knows.

mod agent;
mod publication;
mod subscription;
mod unite;

use pengate_codecs::Stamp;

use super::{
    Fault, Outbox, Room, Shard,
    notify::LOG_RETRY,
    pending::{Subject, Waiting},
    presentity::Entry,
    timers::Timer,
};
use crate::pen::{Kinds, Presentity, Record, RecordError, log::RecordRef};

impl Shard {
    pub(in crate::server) fn on_record(
        &mut self,
        now: Stamp,
        record: RecordRef<'_>,
        waiting: Option<Waiting>,
        out: &mut Outbox,
    ) {
        let shortages = self.shortages();
        let done = match record.kind {
            Kinds::UPDATE => Record::read(record).map(|update| self.on_update(now, &update, out)),
            Kinds::SOURCE_RESET => {
                Record::read(record).map(|reset| self.on_source_reset(now, &reset, out))
            }
            Kinds::BIND => Record::read(record).map(|bind| self.on_bind(now, &bind, out)),
            Kinds::POLICY_CHANGE => {
                Record::read(record).map(|change| self.on_policy_change(now, change, out))
            }
            Kinds::PUBLICATION => {
                Record::read(record).map(|record| self.on_publication(now, record, waiting, out))
            }
            Kinds::SUBSCRIPTION => {
                Record::read(record).map(|record| self.on_subscription(now, record, waiting, out))
            }
            Kinds::RESERVATION => {
                Record::read(record).map(|record| self.on_reservation(now, &record, out))
            }
            _ => Ok(()),
        };
        if let Err(error) = done {
            let kind = match error {
                RecordError::Kind { .. } => "record-kind",
                RecordError::Body { .. } => "record-body",
            };
            fault(now, Room::Pen, kind, out);
        }
        for ((kind, before), (_, after)) in shortages.into_iter().zip(self.shortages()) {
            if after > before {
                fault(now, Room::Pen, kind, out);
            }
        }
    }

    /// How often what all presentities share had no room, by kind of fault.
    const fn shortages(&self) -> [(&'static str, u64); 4] {
        [
            ("reporters-max", self.names.reporters.refused),
            ("access-points-max", self.names.access_points.refused),
            ("resets-max", self.resets.forgotten),
            ("reset-dropped", self.resets.dropped),
        ]
    }

    /// What we wanted recorded was not: it is wanted again later.
    pub(in crate::server) fn on_refused(&mut self, now: Stamp, waiting: &Waiting) {
        let again = now + LOG_RETRY;
        match &waiting.subject {
            Subject::Publication(presentity, number) if waiting.answer.is_none() => {
                if let Some(slot) = self.presentities.find(presentity) {
                    self.timers.arm(again, Timer::Publication(slot, *number));
                }
            }
            Subject::End(tag) | Subject::Reservation(tag) => {
                if let Some(slot) = self.subscriptions.find(tag) {
                    self.pause(again, slot);
                }
            }
            Subject::Publication(..) | Subject::Dialog(_) => {}
        }
    }

    /// What is known of a presentity.
    pub(in crate::server) fn find(&self, presentity: &Presentity) -> Option<&Entry> {
        self.presentities.get(self.presentities.find(presentity)?)
    }
}

fn fault(at: Stamp, room: Room, kind: &'static str, out: &mut Outbox) {
    out.faults.push(Fault {
        at,
        room,
        kind,
        peer: None,
    });
}
