//! A shard with a log that settles when told, and a watcher and publisher that read what it says:
//! what the tests drive. Time is virtual.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use pengate_codecs::{
    Stamp,
    sip::{
        Framing, Message, Name,
        header::{CSeq, From, To},
    },
};

use super::{NotifyToken, Options, Outbox, Outcome, Shard, Token};
use crate::{
    feed::{Carrier, Channel},
    pen::log::{Batch, RecordRef},
    session::sip::ServerId,
};

pub(super) const PEER: &str = "127.0.0.1:5070";

/// A NOTIFY as a watcher sees it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Notified {
    pub token: NotifyToken,
    pub text: String,
    pub next_hop: String,
}

/// Everything that a shard said since it was asked last.
#[derive(Debug, Default)]
pub(super) struct Said {
    pub answers: Vec<(ServerId, String)>,
    pub notifies: Vec<Notified>,
    pub watched: Vec<(String, bool)>,
    pub faults: Vec<&'static str>,
}

/// The bench that a shard is put on.
pub(super) struct Bench {
    pub shard: Shard,
    pub now: Stamp,
    pub peer: Channel,
    /// Records that were handed out and are not durable yet.
    pub log: VecDeque<(Token, Batch)>,
    /// Everything that became durable.
    pub durable: Batch,
    /// Whether records become durable at once.
    pub settle: bool,
    pub said: Said,
    last: u32,
}

impl Bench {
    pub(super) fn new() -> Self {
        Self::with(|_| {})
    }

    pub(super) fn with(change: impl FnOnce(&mut Options)) -> Self {
        let mut options = Options {
            domains: vec!["ims.example".to_owned()],
            ..Options::default()
        };
        change(&mut options);
        Self {
            shard: Shard::new(Arc::new(options), 1),
            now: Stamp::from_secs(1_700_000_000),
            peer: Channel {
                carrier: Carrier::Udp,
                local: "127.0.0.1:5060".parse().unwrap(),
                peer: PEER.parse().unwrap(),
            },
            log: VecDeque::new(),
            durable: Batch::default(),
            settle: true,
            said: Said::default(),
            last: 0,
        }
    }

    /// Sends a request; the number names it in the answers.
    pub(super) fn send(&mut self, request: &str) -> u32 {
        self.last += 1;
        let text = request.replace("\n", "\r\n");
        let message = Message::decode(text.as_bytes(), Framing::Datagram).unwrap();
        let mut out = Outbox::default();
        let (transaction, peer) = (ServerId::outside(self.last), self.peer);
        self.shard
            .request(self.now, transaction, peer, &message, &mut out);
        self.take(&out);
        self.last
    }

    /// Sends a request and gives its answer.
    pub(super) fn ask(&mut self, request: &str) -> String {
        let number = self.send(request);
        self.answer(number).expect("an answer")
    }

    /// The answer to a request, if it was given.
    pub(super) fn answer(&mut self, number: u32) -> Option<String> {
        let place = self
            .said
            .answers
            .iter()
            .position(|one| one.0 == ServerId::outside(number))?;
        Some(self.said.answers.remove(place).1)
    }

    /// The NOTIFYs since the last call.
    pub(super) fn notified(&mut self) -> Vec<Notified> {
        std::mem::take(&mut self.said.notifies)
    }

    /// The one NOTIFY since the last call, answered with 200.
    pub(super) fn one_notify(&mut self) -> String {
        let mut all = self.notified();
        assert_eq!(all.len(), 1, "{all:#?}");
        let notify = all.remove(0);
        self.acknowledge(notify.token, 200, None);
        notify.text
    }

    pub(super) fn acknowledge(&mut self, token: NotifyToken, status: u16, retry: Option<u32>) {
        let outcome = Outcome::Answered {
            status,
            retry_after: retry,
        };
        self.outcome(token, outcome);
    }

    pub(super) fn outcome(&mut self, token: NotifyToken, outcome: Outcome) {
        let mut out = Outbox::default();
        self.shard.answered(self.now, token, outcome, &mut out);
        self.take(&out);
    }

    /// A record of the agent.
    pub(super) fn apply(&mut self, record: &impl crate::pen::Record) {
        let mut batch = Batch::default();
        record.append(crate::pen::log::Partition(0), &mut batch);
        let mut out = Outbox::default();
        for record in batch.records() {
            self.durable.push(record);
            self.shard.apply(self.now, record, None, &mut out);
        }
        self.take(&out);
    }

    /// Lets time pass, timer by timer.
    pub(super) fn pass(&mut self, span: Duration) {
        let end = self.now + span;
        while let Some(due) = self.shard.deadline().filter(|due| *due <= end) {
            self.now = self.now.max(due);
            let mut out = Outbox::default();
            self.shard.tick(self.now, &mut out);
            self.take(&out);
        }
        self.now = end;
    }

    /// The first record that is not durable yet becomes so.
    pub(super) fn settle_one(&mut self) -> bool {
        let Some((token, batch)) = self.log.pop_front() else {
            return false;
        };
        let mut out = Outbox::default();
        for record in batch.records() {
            self.durable.push(record);
            self.shard.apply(self.now, record, Some(token), &mut out);
        }
        self.take(&out);
        true
    }

    /// The log does not take the first record.
    pub(super) fn refuse_one(&mut self) {
        let (token, _) = self.log.pop_front().expect("a record");
        let mut out = Outbox::default();
        self.shard.refused(self.now, token, &mut out);
        self.take(&out);
    }

    /// A shard that was made from the log alone.
    pub(super) fn restart(&mut self, seed: u64) {
        let mut shard = Shard::new(Arc::clone(&self.shard.options), seed);
        for record in self.durable.records() {
            shard.replay(self.now, record);
        }
        self.log.clear();
        self.shard = shard;
        let mut out = Outbox::default();
        self.shard.recovered(self.now, &mut out);
        self.take(&out);
    }

    /// The process is asked to end.
    pub(super) fn drain(&mut self) {
        let mut out = Outbox::default();
        self.shard.drain(&mut out);
        self.take(&out);
    }

    fn take(&mut self, out: &Outbox) {
        for (transaction, octets) in out.answers() {
            let text = String::from_utf8(octets.to_vec()).unwrap();
            self.said.answers.push((transaction, text));
        }
        for notify in out.notifies() {
            self.said.notifies.push(Notified {
                token: notify.token,
                text: String::from_utf8(notify.request.to_vec()).unwrap(),
                next_hop: notify.next_hop.to_owned(),
            });
        }
        for report in &out.reporting {
            let name = report.presentity.as_str().to_owned();
            self.said.watched.push((name, report.watched));
        }
        self.said
            .faults
            .extend(out.faults.iter().map(|fault| fault.kind));
        assert_eq!(out.records.len(), out.tokens.len());
        for (record, token) in out.records.records().zip(&out.tokens) {
            let mut batch = Batch::default();
            batch.push(RecordRef { ..record });
            self.log.push_back((*token, batch));
        }
        while self.settle && self.settle_one() {}
    }
}

/// The value of a header of a message, empty when it is not there.
pub(super) fn header(text: &str, name: Name) -> String {
    let message = decode(text);
    let field = message.field(name);
    field.map_or_else(String::new, |field| field.text().unwrap().to_owned())
}

/// The status of an answer.
pub(super) fn status(text: &str) -> u16 {
    decode(text).response().unwrap().status
}

/// The tag of To in an answer.
pub(super) fn to_tag(text: &str) -> String {
    let message = decode(text);
    let To(to) = message.required().unwrap();
    to.tag().unwrap().to_owned()
}

/// The tag of From in a request.
pub(super) fn from_tag(text: &str) -> String {
    let message = decode(text);
    let From(from) = message.required().unwrap();
    from.tag().unwrap().to_owned()
}

pub(super) fn cseq(text: &str) -> u32 {
    let message = decode(text);
    message.required::<CSeq<'_>>().unwrap().number
}

pub(super) fn body(text: &str) -> String {
    String::from_utf8(decode(text).body().to_vec()).unwrap()
}

pub(super) fn decode(text: &str) -> Message<'_> {
    Message::decode(text.as_bytes(), Framing::Datagram).unwrap()
}

/// A document with one tuple and a note.
pub(super) fn document(user: &str, note: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
         <presence xmlns=\"urn:ietf:params:xml:ns:pidf\" entity=\"sip:{user}@ims.example\">\
         <tuple id=\"im\"><status><basic>open</basic></status>\
         <contact>sip:{user}@ims.example</contact><note>{note}</note></tuple></presence>"
    )
}

/// A PUBLISH for alice; `extra` is header lines, each with its line end.
pub(super) fn publish(cseq: u32, extra: &str, body: &str) -> String {
    let kind = if body.is_empty() {
        ""
    } else {
        "Content-Type: application/pidf+xml\n"
    };
    format!(
        "PUBLISH sip:alice@ims.example SIP/2.0\n\
         Via: SIP/2.0/UDP {PEER};branch=z9hG4bKp{cseq}\n\
         From: <sip:alice@ims.example>;tag=p1\n\
         To: <sip:alice@ims.example>\n\
         Call-ID: publication@127.0.0.1\n\
         CSeq: {cseq} PUBLISH\n\
         Max-Forwards: 70\n\
         Event: presence\n{extra}{kind}Content-Length: {}\n\n{body}",
        body.len()
    )
}

/// A SUBSCRIBE of `user` to alice; `to` is the parameters of To.
pub(super) fn subscribe(user: &str, cseq: u32, to: &str, extra: &str) -> String {
    format!(
        "SUBSCRIBE sip:alice@ims.example SIP/2.0\n\
         Via: SIP/2.0/UDP {PEER};branch=z9hG4bKs{user}{cseq}\n\
         From: <sip:{user}@ims.example>;tag={user}1\n\
         To: <sip:alice@ims.example>{to}\n\
         Call-ID: {user}@127.0.0.1\n\
         CSeq: {cseq} SUBSCRIBE\n\
         Contact: <sip:{user}@{PEER}>\n\
         Max-Forwards: 70\n\
         Event: presence\n{extra}Content-Length: 0\n\n"
    )
}

/// How many presentities and subscriptions a shard keeps.
pub(super) fn rows(shard: &Shard) -> (usize, usize) {
    let sizes = shard.sizes();
    (sizes.presentities, sizes.subscriptions)
}
