//! What the HSS tells by itself: PNR (TS 29.329 clause 6.1.7).

use pengate_codecs::{
    Stamp,
    diameter::{
        Builder, ExperimentalResult, Message, ResultCode, answer, command, experimental_answer,
        refuse,
    },
    sh::{APPLICATION, PushNotificationRequest, ShData, results},
};

use smallvec::SmallVec;

use super::{
    Cause, Ph, Waiting, fault, outlet,
    report::{self, Told},
    users::Key,
};
use crate::{agent::room::Outbox, session::diameter::Exchange};

impl Ph {
    pub(super) fn on_request(
        &mut self,
        at: Stamp,
        exchange: Exchange,
        request: &Message<'_>,
        out: &mut Outbox,
    ) {
        let header = request.header();
        if header.command != command::PUSH_NOTIFICATION || header.application != APPLICATION {
            fault(at, "command", Some(5), out);
            let unsupported = ResultCode::CommandUnsupported;
            return self.answer_now(exchange, out, |local, octets| {
                answer(octets, request, local.origin(), unsupported)
            });
        }
        let push = match PushNotificationRequest::decode(request) {
            Ok(push) => push,
            Err(error) => {
                fault(at, error.kind(), Some(error.at()), out);
                return self.answer_now(exchange, out, |local, octets| {
                    refuse(octets, request, local.origin(), &error)
                });
            }
        };
        if self.options.refuse_unsubscribed && !self.is_subscribed(&push) {
            fault(at, "not-subscribed", None, out);
            let result = results::NO_SUBSCRIPTION_TO_DATA;
            return self.refuse_now(exchange, request, result, out);
        }
        let data = match ShData::decode(push.user_data) {
            Ok(data) => data,
            Err(error) => {
                fault(at, error.kind(), Some(error.at()), out);
                let result = results::USER_DATA_NOT_RECOGNIZED;
                return self.refuse_now(exchange, request, result, out);
            }
        };
        if data.faults.count() > 0 {
            fault(at, "sh-data-value", data.faults.first_at(), out);
        }
        let told = Told {
            at: self.arrivals.stamp(at),
            origin: push.envelope.origin_host.unwrap_or_default(),
            session: push.envelope.session_id.unwrap_or_default(),
        };
        let events = report::events(told, &push.user, &data);
        if events.is_empty() {
            return self.answer_now(exchange, out, |local, octets| {
                answer(octets, request, local.origin(), ResultCode::Success)
            });
        }
        self.draft(exchange, |local, octets| {
            answer(octets, request, local.origin(), ResultCode::Success)
        });
        let fact = told.fact(push.user_data);
        if !self.node.tell(at, exchange, fact, &mut outlet(out)) {
            return;
        }
        let mut tickets = SmallVec::new();
        for event in events {
            let ticket = self.ticket();
            tickets.push(ticket);
            self.tickets.insert(ticket, Cause::Notification(exchange));
            out.events.push((ticket, event));
        }
        let is_refused = false;
        let waiting = Waiting {
            tickets,
            is_refused,
        };
        self.waiting.insert(exchange, waiting);
    }

    fn is_subscribed(&self, push: &PushNotificationRequest<'_>) -> bool {
        self.users.knows(&Key::told(&push.user))
    }

    fn refuse_now(
        &mut self,
        exchange: Exchange,
        request: &Message<'_>,
        result: ExperimentalResult,
        out: &mut Outbox,
    ) {
        self.answer_now(exchange, out, |local, octets| {
            experimental_answer(octets, request, local.origin(), result)
        });
    }

    fn answer_now(
        &mut self,
        exchange: Exchange,
        out: &mut Outbox,
        write: impl for<'o> FnOnce(&crate::session::diameter::Local, &'o mut Vec<u8>) -> Builder<'o>,
    ) {
        self.draft(exchange, write);
        self.node.answer(exchange, &mut outlet(out));
    }

    fn draft(
        &mut self,
        exchange: Exchange,
        write: impl for<'o> FnOnce(&crate::session::diameter::Local, &'o mut Vec<u8>) -> Builder<'o>,
    ) {
        let local = self.node.local().clone();
        self.node.draft(exchange, |octets| {
            // An answer is hardly longer than its request.
            let _ = write(&local, octets).finish();
        });
    }
}
