//! Records of publications (RFC 3903).

use pengate_codecs::{Stamp, pidf};

use super::fault;
use crate::server::{
    Outbox, Room, Shard,
    notify::LOG_RETRY,
    octets::Octets,
    pending::{Answer, Subject, Waiting},
    presentity::Publication,
    record::{PublicationOutcome, PublicationRecord, ServerRecord},
    rooms::pep,
    slab::Slot,
    state::Key,
    timers::Timer,
};

impl Shard {
    pub(super) fn on_publication(
        &mut self,
        now: Stamp,
        mut record: PublicationRecord,
        waiting: Option<Waiting>,
        out: &mut Outbox,
    ) {
        let (answer, document) = waiting.map_or((None, None), |one| (one.answer, one.document));
        let (PublicationOutcome::Live { etag, .. } | PublicationOutcome::Ended { etag }) =
            record.outcome;
        if let Some(Answer {
            transaction,
            echo,
            expires,
            ..
        }) = answer
        {
            out.answer_with(transaction, |out| pep::write_ok(&echo, etag, expires, out));
        }
        let Some(slot) = self.entry(&record.presentity) else {
            fault(now, Room::Pep, "presentities-max", out);
            return;
        };
        if let Some(entry) = self.presentities.get(slot)
            && entry.name != record.presentity
        {
            // The presentity became another while the record was under way. Numbers were its own: a
            // publication of that number is a new one here, and who ends one lets it expire.
            record.number = entry.last_publication.saturating_add(1);
            record.presentity = entry.name.clone();
        }
        let key = (record.presentity.clone(), record.number);
        self.unsaved.note(|| Key::Publication(key.0, key.1));
        let changed = match record.outcome {
            PublicationOutcome::Live { .. } => self.put_publication(slot, record, document),
            PublicationOutcome::Ended { .. } => {
                // Its own row goes, and with it the only note that its number was given.
                self.unsaved.note(|| Key::Presentity(record.presentity));
                self.take_publication(slot, record.number)
            }
        };
        if changed {
            self.changed(now, slot, out);
        }
        self.tidy(slot);
    }

    /// Makes or renews a publication. Returns whether its document changed.
    pub(in crate::server) fn put_publication(
        &mut self,
        slot: Slot,
        record: PublicationRecord,
        document: Option<pidf::Document>,
    ) -> bool {
        let PublicationOutcome::Live {
            etag,
            expires,
            request,
            publisher,
            body,
        } = record.outcome
        else {
            return false;
        };
        let Some(entry) = self.presentities.get_mut(slot) else {
            return false;
        };
        let number = record.number;
        let read = |body: Octets| pidf::parse(&body, &self.options.pidf).ok();
        let document = document.or_else(|| body.and_then(read));
        let changed = document.is_some();
        match (entry.place(number), document) {
            (Ok(place), document) => {
                let known = &mut entry.publications[place];
                self.timers
                    .disarm(known.expires, Timer::Publication(slot, number));
                (known.etag, known.expires, known.request) = (etag, expires, request);
                if let Some(document) = document {
                    (known.document, known.at) = (document, record.at);
                    known.publisher = publisher;
                }
            }
            (Err(place), Some(document)) => {
                entry.last_publication = entry.last_publication.max(number);
                let publication = Publication {
                    number,
                    etag,
                    expires,
                    at: record.at,
                    request,
                    publisher,
                    document,
                };
                entry.publications.reserve_exact(1);
                entry.publications.insert(place, publication);
                self.publications += 1;
            }
            // A refresh of what is over already.
            (Err(_), None) => return false,
        }
        self.timers.arm(expires, Timer::Publication(slot, number));
        changed
    }

    fn take_publication(&mut self, slot: Slot, number: u32) -> bool {
        let Some(entry) = self.presentities.get_mut(slot) else {
            return false;
        };
        let Ok(place) = entry.place(number) else {
            return false;
        };
        let publication = entry.publications.remove(place);
        self.publications = self.publications.saturating_sub(1);
        self.timers
            .disarm(publication.expires, Timer::Publication(slot, number));
        true
    }

    pub(in crate::server) fn on_publication_due(
        &mut self,
        now: Stamp,
        slot: Slot,
        number: u32,
        out: &mut Outbox,
    ) {
        let Some(entry) = self.presentities.get(slot) else {
            return;
        };
        let over = |one: &Publication| one.expires <= now;
        let Some(publication) = entry.publication(number).filter(|one| over(one)) else {
            return;
        };
        let subject = Subject::Publication(entry.name.clone(), number);
        if self.pending.is_busy(&subject) {
            // It may be renewed this very moment.
            self.timers
                .arm(now + LOG_RETRY, Timer::Publication(slot, number));
            return;
        }
        let record = ServerRecord::Publication(PublicationRecord {
            presentity: entry.name.clone(),
            number,
            at: now,
            outcome: PublicationOutcome::Ended {
                etag: publication.etag,
            },
        });
        self.submit(Waiting::unattended(subject), &record, out);
    }
}
