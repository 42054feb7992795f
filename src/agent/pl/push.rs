//! What location servers push to us: subscribers' own reports and triggered ones.

use hashbrown::HashMap;
use pengate_codecs::{
    Stamp,
    mlp::{
        Answer, Body, Document, MlpErrorKind, Outcome, Report, ResultCode, Service, Version, read,
        text_of, write_gem, write_slra,
    },
};
use smol_str::SmolStr;

use super::{Pl, XML};
use crate::{
    agent::room::{Outbox, Ticket, Verdict},
    feed::Channel,
    session::http::{Exchange, Method},
};

/// A request as it came.
#[derive(Debug)]
pub(super) struct Pushed {
    pub channel: Channel,
    pub exchange: Exchange,
    pub method: Method,
    /// In origin form.
    pub target: SmolStr,
    pub body: Vec<u8>,
}

/// What is answered: status and body.
type Reply = (u16, Vec<u8>);

/// A report that is answered once its events are settled.
#[derive(Debug)]
struct Waiting {
    channel: Channel,
    exchange: Exchange,
    left: usize,
    is_refused: bool,
    answer: AnswerForm,
}

/// How a report is answered.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum AnswerForm {
    /// With nothing.
    Empty,
    /// A subscriber's own report is answered in its version.
    Slra(Version),
}

/// Reports whose events are on their way to the log.
#[derive(Debug, Default)]
pub(super) struct Pushes {
    waiting: HashMap<u64, Waiting>,
    tickets: HashMap<Ticket, u64>,
    next: u64,
}

impl Pl {
    /// Takes a request of a server; it is answered now, or once its events are settled.
    pub(super) fn on_push(&mut self, now: Stamp, pushed: &Pushed, out: &mut Outbox) {
        let mut refuse = |status, kind| {
            let peer = Some(pushed.channel.peer);
            out.faults.push(super::fault(now, kind, peer, None));
            Some((status, Vec::new()))
        };
        let reply = if pushed.method != Method::Post {
            refuse(405, "http-method")
        } else if pushed.target != self.options.push_target {
            refuse(404, "http-target")
        } else {
            self.on_document(now, pushed, out)
        };
        if let Some((status, body)) = reply {
            self.answer(now, pushed.channel, pushed.exchange, (status, &body), out);
        }
    }

    fn on_document(&mut self, now: Stamp, pushed: &Pushed, out: &mut Outbox) -> Option<Reply> {
        let peer = pushed.channel.peer;
        let text = match text_of(&pushed.body) {
            Ok(text) => text,
            Err(error) => {
                out.faults.push(super::fault(
                    now,
                    error.kind.name(),
                    Some(peer),
                    Some(error.at),
                ));
                return Some(gem(400, ResultCode::SYNTAX_ERROR));
            }
        };
        let document = match read(&text, &self.limits) {
            Ok(document) => document,
            Err(error) => {
                out.faults.push(super::fault(
                    now,
                    error.kind.name(),
                    Some(peer),
                    Some(error.at),
                ));
                return Some(match error.kind {
                    MlpErrorKind::Service | MlpErrorKind::Root => {
                        gem(404, ResultCode::SERVICE_NOT_SUPPORTED)
                    }
                    MlpErrorKind::Version => gem(400, ResultCode::UNSUPPORTED_VERSION),
                    MlpErrorKind::MissingElement | MlpErrorKind::MissingAttribute => {
                        gem(400, ResultCode::FORMAT_ERROR)
                    }
                    _ => gem(400, ResultCode::SYNTAX_ERROR),
                });
            }
        };
        let Some(reporter) = self.sender(pushed.channel, &document) else {
            out.faults
                .push(super::fault(now, "unknown-server", Some(peer), None));
            return Some((403, Vec::new()));
        };
        match &document.body {
            Body::Report(report) => self.on_report(now, pushed, (&document, report, reporter), out),
            // The server ended a request of somebody's, or answers what nobody asked here.
            Body::Answer(Answer::Accepted { .. } | Answer::Refused(_))
                if document.service == Service::Tlrsa =>
            {
                Some((200, Vec::new()))
            }
            Body::Answer(_) | Body::Request(_) => {
                out.faults
                    .push(super::fault(now, "service", Some(peer), None));
                Some(gem(404, ResultCode::SERVICE_NOT_SUPPORTED))
            }
        }
    }

    fn on_report(
        &mut self,
        now: Stamp,
        pushed: &Pushed,
        (document, report, reporter): (&Document<'_>, &Report<'_>, SmolStr),
        out: &mut Outbox,
    ) -> Option<Reply> {
        let peer = Some(pushed.channel.peer);
        let form = match document.service {
            Service::Slrep => AnswerForm::Slra(Version::of_document(&document.version)),
            Service::Tlrep => AnswerForm::Empty,
            // Answers to requests that we never make; emergencies are not presence.
            _ => {
                out.faults
                    .push(super::fault(now, "report-not-used", peer, None));
                return Some((200, Vec::new()));
            }
        };
        let mut tickets = 0;
        for position in &report.positions {
            let subject = super::estimate::subject(&position.msids);
            let Some(subject) = subject else {
                out.faults
                    .push(super::fault(now, "no-subscriber", peer, None));
                continue;
            };
            let (located, _) = self.located(now, position, peer, out);
            if let Some((at, located)) = located {
                let ticket = self.tell(reporter.clone(), at, subject, located, out);
                self.pushes.tickets.insert(ticket, self.pushes.next);
                tickets += 1;
            }
        }
        if tickets == 0 {
            let code = match report.positions.is_empty() {
                true => ResultCode::OK,
                false => ResultCode::NOT_ACCEPTED,
            };
            return Some(form.reply(200, code));
        }
        let waiting = Waiting {
            channel: pushed.channel,
            exchange: pushed.exchange,
            left: tickets,
            is_refused: false,
            answer: form,
        };
        self.pushes.waiting.insert(self.pushes.next, waiting);
        self.pushes.next += 1;
        None
    }

    /// An event was settled: the last one of a report has it answered. Whose place the log did not take
    /// is asked for again.
    pub(super) fn on_settled(
        &mut self,
        now: Stamp,
        ticket: Ticket,
        verdict: Verdict,
        out: &mut Outbox,
    ) {
        if let Some(presentity) = self.unrecorded.take(ticket) {
            if verdict == Verdict::Refused {
                self.subscribers.retry(now, &presentity, &self.pace);
            }
            return;
        }
        let Some(number) = self.pushes.tickets.remove(&ticket) else {
            return;
        };
        let Some(waiting) = self.pushes.waiting.get_mut(&number) else {
            return;
        };
        waiting.is_refused |= verdict == Verdict::Refused;
        waiting.left -= 1;
        if waiting.left > 0 {
            return;
        }
        let Some(waiting) = self.pushes.waiting.remove(&number) else {
            return;
        };
        let (status, body) = match (waiting.is_refused, waiting.answer) {
            (false, form) => form.reply(200, ResultCode::OK),
            (true, AnswerForm::Empty) => (503, Vec::new()),
            (true, form) => form.reply(200, ResultCode::MLS_CLIENT_ERROR),
        };
        self.answer(now, waiting.channel, waiting.exchange, (status, &body), out);
    }

    /// Which server speaks: by its name and password where it has some, else by its address. A name
    /// without a password would be anybody's.
    fn sender(&self, channel: Channel, document: &Document<'_>) -> Option<SmolStr> {
        let client = document
            .header
            .as_ref()
            .and_then(|header| header.client.as_ref());
        let server = self
            .servers
            .iter()
            .map(|gmlc| &gmlc.options)
            .find(|server| {
                if server.push_client.is_empty() {
                    return server.address.ip() == channel.peer.ip();
                }
                client.is_some_and(|client| {
                    let password = client.password.as_ref();
                    client.id == server.push_client.as_str()
                        && !server.push_password.is_empty()
                        && password.is_some_and(|password| password.is(&server.push_password))
                })
            });
        server.map(|server| server.name.clone())
    }

    fn answer(
        &mut self,
        now: Stamp,
        channel: Channel,
        exchange: Exchange,
        (status, body): (u16, &[u8]),
        out: &mut Outbox,
    ) {
        // The connection may be over by now.
        if let Some(connection) = self.listeners.get_mut(&channel) {
            let mut wire = super::Wire {
                at: now,
                channel,
                out,
            };
            connection.answer(now, exchange, (status, XML, body), &mut wire);
        }
    }
}

impl AnswerForm {
    fn reply(self, status: u16, code: ResultCode) -> Reply {
        let mut body = Vec::new();
        if let Self::Slra(version) = self {
            let outcome = Outcome {
                code,
                words: None,
                add_info: None,
            };
            write_slra(version, None, &outcome, &mut body);
        }
        (status, body)
    }
}

/// The general error message.
fn gem(status: u16, code: ResultCode) -> Reply {
    let mut body = Vec::new();
    let outcome = Outcome {
        code,
        words: None,
        add_info: None,
    };
    write_gem(Version::default(), &outcome, &mut body);
    (status, body)
}
