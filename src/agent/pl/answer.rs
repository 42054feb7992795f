//! What servers answer, and what positions and results mean.

use std::{net::SocketAddr, time::Duration};

use pengate_codecs::{
    Stamp,
    mlp::{Answer, Body, Document, Estimate, Position, ResultCode, ResultRange, read, text_of},
};
use smol_str::SmolStr;

use super::{
    Pl, estimate, fault,
    subscribers::{Ending, Name},
};
use crate::{
    agent::room::{Outbox, Ticket},
    event::{Located, Place, Subject},
    feed::Channel,
    pen::Presentity,
    session::http::Response,
};

impl Pl {
    pub(super) fn on_response(
        &mut self,
        now: Stamp,
        (place, channel): (usize, Channel),
        (presentity, name): (Presentity, Name),
        response: &Response<'_>,
        out: &mut Outbox,
    ) {
        let peer = Some(channel.peer);
        let ending = match response.status {
            200 => {
                let of = (&presentity, name);
                self.on_slia(now, (place, channel), of, response.body, out)
            }
            _ => self.on_status(now, (place, peer), &presentity, response, out),
        };
        self.subscribers
            .finish(now, &presentity, ending, &self.pace);
    }

    /// Takes an answer that is none: it is the server's failure, or that of the question.
    fn on_status(
        &mut self,
        now: Stamp,
        (place, peer): (usize, Option<SocketAddr>),
        presentity: &Presentity,
        response: &Response<'_>,
        out: &mut Outbox,
    ) -> Ending {
        let (kind, told, ending) = match response.status {
            // Our name or password is wrong: only the operator can mend that.
            401 | 403 => (
                "http-unauthorized",
                Some(self.options.retry_max),
                Ending::Unserved,
            ),
            429 | 500..=599 => ("http-unavailable", response.retry_after, Ending::Unserved),
            400..=499 => ("http-status", None, Ending::Failed),
            _ => (
                "http-status",
                Some(self.options.retry_max),
                Ending::Unserved,
            ),
        };
        out.faults.push(fault(now, kind, peer, None));
        // One subscriber whom the server cannot read does not keep all the others from it.
        if ending == Ending::Unserved || self.servers[place].refuses_another(presentity) {
            self.pause(now, place, told, out);
        }
        ending
    }

    /// Takes the answer about one subscriber.
    fn on_slia(
        &mut self,
        now: Stamp,
        (place, channel): (usize, Channel),
        of: (&Presentity, Name),
        body: &[u8],
        out: &mut Outbox,
    ) -> Ending {
        let peer = Some(channel.peer);
        let text = text_of(body);
        let document = text.as_ref().map_err(|error| *error);
        let document = document.and_then(|text| read(text, &self.limits));
        let told = document.as_ref().ok().and_then(about_server);
        self.on_server_result(now, place, told, out);
        let document = match document {
            Ok(document) => document,
            Err(error) => {
                out.faults
                    .push(fault(now, error.kind.name(), peer, Some(error.at)));
                return Ending::Failed;
            }
        };
        let positions = match &document.body {
            Body::Answer(Answer::Positions(positions)) => positions,
            Body::Answer(Answer::Refused(outcome)) => {
                let come_of_it = self.on_result(now, outcome.code, peer, out);
                return self.on_told((now, place), of, come_of_it, out);
            }
            Body::Answer(Answer::Accepted { .. }) | Body::Report(_) | Body::Request(_) => {
                out.faults.push(fault(now, "service", peer, None));
                return Ending::Failed;
            }
        };
        let mut ending = Ending::Failed;
        for position in positions {
            let told = estimate::subject(&position.msids);
            if told.is_some_and(|told| of.1.contradicts(&told)) {
                out.faults.push(fault(now, "other-subscriber", peer, None));
                continue;
            }
            let come_of_it = self.located(now, position, peer, out);
            ending = self.on_told((now, place), of, come_of_it, out);
        }
        ending
    }

    /// Tells what an answer tells, which is remembered until the log has it. Where there is no room for
    /// that, a server that took a place away will have to say so once more.
    fn on_told(
        &mut self,
        (now, place): (Stamp, usize),
        (presentity, name): (&Presentity, Name),
        (told, ending): (Option<(Stamp, Located)>, Ending),
        out: &mut Outbox,
    ) -> Ending {
        let Some((at, located)) = told else {
            return ending;
        };
        let is_withheld = located.place.is_withheld();
        let server = &self.servers[place].options;
        let (reporter, peer) = (server.name.clone(), server.address);
        let ticket = self.tell(reporter, at, name.subject(), located, out);
        let max = self.options.subscribers_max;
        if self.unrecorded.add(presentity, ticket, max) || !is_withheld {
            return ending;
        }
        let full = fault(now, "subscribers-full", Some(peer), None);
        out.faults.push(full);
        Ending::Failed
    }

    /// What a position tells, and when it was so; and what comes of the request for it.
    pub(super) fn located(
        &mut self,
        now: Stamp,
        position: &Position<'_>,
        peer: Option<SocketAddr>,
        out: &mut Outbox,
    ) -> (Option<(Stamp, Located)>, Ending) {
        let data = match &position.estimate {
            Estimate::Located(data) => data,
            Estimate::Failed(error) => {
                return self.on_result(now, error.outcome.code, peer, out);
            }
            Estimate::Unreadable(error) => {
                out.faults
                    .push(fault(now, error.kind.name(), peer, Some(error.at)));
                return (None, Ending::Failed);
            }
            Estimate::At(_) | Estimate::Absent => return (None, Ending::Failed),
        };
        if data.time > now + self.options.clock_ahead_max {
            out.faults.push(fault(now, "time-ahead", peer, None));
            return (None, Ending::Failed);
        }
        // A clock that is a little fast does not outdo what is forbidden later.
        let at = data.time.min(now);
        let Some(place) = estimate::place(position, data, at) else {
            out.faults.push(fault(now, "no-place", peer, None));
            return (None, Ending::Failed);
        };
        let located = Located {
            place,
            lifetime: Some(self.options.lifetime),
        };
        (Some((at, located)), Ending::Located)
    }

    /// What a result means for a subscriber: one that forbids takes away what is known. Its time is
    /// ours, so that it comes after what is recorded whatever our clock says.
    fn on_result(
        &mut self,
        now: Stamp,
        code: ResultCode,
        peer: Option<SocketAddr>,
        out: &mut Outbox,
    ) -> (Option<(Stamp, Located)>, Ending) {
        if code.is_forbidden() {
            let located = Located {
                place: Place::default(),
                lifetime: None,
            };
            return (Some((self.arrivals.stamp(now), located)), Ending::Refused);
        }
        let ending = match code {
            ResultCode::UNKNOWN_SUBSCRIBER => Ending::Refused,
            _ => Ending::Failed,
        };
        // An absent subscriber is nobody's fault.
        if code != ResultCode::ABSENT_SUBSCRIBER {
            let kind = match code.range() {
                ResultRange::Server => "result-server",
                ResultRange::Request => "result-request",
                ResultRange::Network => "result-network",
                ResultRange::Vendor | ResultRange::Client | ResultRange::Reserved => "result-other",
            };
            out.faults.push(fault(now, kind, peer, None));
        }
        (None, ending)
    }

    /// What an answer means for the server as a whole: it goes on well, but for such a result.
    fn on_server_result(
        &mut self,
        now: Stamp,
        place: usize,
        code: Option<ResultCode>,
        out: &mut Outbox,
    ) {
        match code {
            None => self.servers[place].answered(now),
            // It grows while the server goes on to say so.
            Some(ResultCode::CONGESTION_IN_LOCATION_SERVER) => self.pause(now, place, None, out),
            // Only the operator can mend these.
            Some(_) => self.pause(now, place, Some(self.options.retry_max), out),
        }
    }

    fn pause(&mut self, now: Stamp, place: usize, told: Option<Duration>, out: &mut Outbox) {
        let scope = (&self.options, &mut self.random);
        self.servers[place].pause(now, told, scope, out);
    }

    pub(super) fn tell(
        &mut self,
        reporter: SmolStr,
        at: Stamp,
        subject: Subject,
        located: Located,
        out: &mut Outbox,
    ) -> Ticket {
        let ticket = Ticket(self.next_ticket);
        self.next_ticket += 1;
        let event = estimate::event(reporter, at, subject, located);
        out.events.push((ticket, event));
        ticket
    }
}

/// The first result in an answer that is about the server and not about the subscriber.
fn about_server(document: &Document<'_>) -> Option<ResultCode> {
    let is_about_server = |code: &ResultCode| {
        matches!(
            *code,
            ResultCode::UNAUTHORIZED_APPLICATION
                | ResultCode::UNSUPPORTED_VERSION
                | ResultCode::CONGESTION_IN_LOCATION_SERVER
        )
    };
    match &document.body {
        Body::Answer(Answer::Refused(outcome)) => Some(outcome.code).filter(is_about_server),
        Body::Answer(Answer::Positions(positions)) => {
            let mut codes = positions.iter().filter_map(|position| {
                let Estimate::Failed(error) = &position.estimate else {
                    return None;
                };
                Some(error.outcome.code)
            });
            codes.find(is_about_server)
        }
        _ => None,
    }
}
