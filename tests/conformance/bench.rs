//! A shard whose records become durable at once, seen from outside: octets in, octets out.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use pengate::{
    feed::{Carrier, Channel},
    pen::log::{Batch, RecordRef},
    server::{NotifyToken, Options, Outbox, Outcome, Shard, Token},
    session::sip::ServerId,
};
use pengate_codecs::{
    Stamp,
    sip::{Framing, Message, Name},
};

/// The shard and what it said.
pub struct Bench {
    /// The machine.
    pub shard: Shard,
    /// Virtual time.
    pub now: Stamp,
    /// The path that requests come by.
    pub channel: Channel,
    /// NOTIFYs since they were taken last.
    pub notifies: Vec<(NotifyToken, Text)>,
    answer: Option<Text>,
}

/// A message as text.
#[derive(Clone, Debug)]
pub struct Text(pub String);

impl Text {
    /// The value of a header; empty when it is not there.
    pub fn header(&self, name: Name) -> String {
        let message = self.message();
        let field = message.field(name);
        field.map_or_else(String::new, |field| field.text().unwrap().to_owned())
    }

    /// The status of a response.
    pub fn status(&self) -> u16 {
        self.message().response().unwrap().status
    }

    /// The body.
    pub fn body(&self) -> String {
        String::from_utf8(self.message().body().to_vec()).unwrap()
    }

    /// The tag in a From or To.
    pub fn tag(&self, name: Name) -> String {
        let value = self.header(name);
        value.split_once(";tag=").unwrap().1.to_owned()
    }

    fn message(&self) -> Message<'_> {
        Message::decode(self.0.as_bytes(), Framing::Datagram).unwrap()
    }
}

impl Bench {
    /// An empty shard for the users of `ims.example`.
    pub fn new() -> Self {
        let options = Options {
            domains: vec!["ims.example".to_owned()],
            ..Options::default()
        };
        Self {
            shard: Shard::new(Arc::new(options), 1),
            now: Stamp::from_secs(1_700_000_000),
            channel: Channel {
                carrier: Carrier::Udp,
                local: ([127, 0, 0, 1], 5060).into(),
                peer: ([127, 0, 0, 1], 5070).into(),
            },
            notifies: Vec::new(),
            answer: None,
        }
    }

    /// Sends a request of lines ended by line feeds, and gives its answer.
    pub fn ask(&mut self, request: &str) -> Text {
        let octets = request.replace('\n', "\r\n");
        let message = Message::decode(octets.as_bytes(), Framing::Datagram).unwrap();
        let mut out = Outbox::default();
        let transaction = ServerId::outside(0);
        self.shard
            .request(self.now, transaction, self.channel, &message, &mut out);
        self.take(&out);
        self.answer.take().expect("an answer")
    }

    /// The one NOTIFY since the last call; it is answered with `status`.
    pub fn notify(&mut self, status: u16) -> Text {
        assert_eq!(self.notifies.len(), 1, "{:#?}", self.notifies);
        let (token, text) = self.notifies.remove(0);
        let outcome = Outcome::Answered {
            status,
            retry_after: None,
        };
        self.outcome(token, outcome);
        text
    }

    /// What became of a NOTIFY.
    pub fn outcome(&mut self, token: NotifyToken, outcome: Outcome) {
        let mut out = Outbox::default();
        self.shard.answered(self.now, token, outcome, &mut out);
        self.take(&out);
    }

    /// Lets time pass.
    pub fn pass(&mut self, secs: u64) {
        let end = self.now + Duration::from_secs(secs);
        while let Some(due) = self.shard.deadline().filter(|due| *due <= end) {
            self.now = due;
            let mut out = Outbox::default();
            self.shard.tick(due, &mut out);
            self.take(&out);
        }
        self.now = end;
    }

    fn take(&mut self, out: &Outbox) {
        let mut log = VecDeque::new();
        self.note(out, &mut log);
        while let Some((token, batch)) = log.pop_front() {
            let mut out = Outbox::default();
            for record in batch.records() {
                self.shard.apply(self.now, record, Some(token), &mut out);
            }
            self.note(&out, &mut log);
        }
    }

    fn note(&mut self, out: &Outbox, log: &mut VecDeque<(Token, Batch)>) {
        let text = |octets: &[u8]| Text(String::from_utf8(octets.to_vec()).unwrap());
        for (_, answer) in out.answers() {
            self.answer = Some(text(answer));
        }
        for notify in out.notifies() {
            self.notifies.push((notify.token, text(notify.request)));
        }
        for (record, token) in out.records.records().zip(&out.tokens) {
            let mut batch = Batch::default();
            batch.push(RecordRef { ..record });
            log.push_back((*token, batch));
        }
    }
}

/// A document of alice.
pub fn document(note: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
         <presence xmlns=\"urn:ietf:params:xml:ns:pidf\" entity=\"sip:alice@ims.example\">\
         <tuple id=\"im\"><status><basic>open</basic></status>\
         <contact>sip:alice@ims.example</contact><note>{note}</note></tuple></presence>"
    )
}

/// A PUBLISH of alice; `extra` is header lines.
pub fn publish(cseq: u32, extra: &str, body: &str) -> String {
    let kind = if body.is_empty() {
        ""
    } else {
        "Content-Type: application/pidf+xml\n"
    };
    format!(
        "PUBLISH sip:alice@ims.example SIP/2.0\n\
         Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bKp{cseq}\n\
         From: <sip:alice@ims.example>;tag=p1\nTo: <sip:alice@ims.example>\n\
         Call-ID: publication@127.0.0.1\nCSeq: {cseq} PUBLISH\nMax-Forwards: 70\n\
         Event: presence\n{extra}{kind}Content-Length: {}\n\n{body}",
        body.len()
    )
}

/// A SUBSCRIBE of bob to alice; `tag` is ours, or empty.
pub fn subscribe(cseq: u32, tag: &str, extra: &str) -> String {
    let to = if tag.is_empty() {
        String::new()
    } else {
        format!(";tag={tag}")
    };
    format!(
        "SUBSCRIBE sip:alice@ims.example SIP/2.0\n\
         Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bKs{cseq}\n\
         From: <sip:bob@ims.example>;tag=b1\nTo: <sip:alice@ims.example>{to}\n\
         Call-ID: subscription@127.0.0.1\nCSeq: {cseq} SUBSCRIBE\nMax-Forwards: 70\n\
         Contact: <sip:bob@127.0.0.1:5070>\nEvent: presence\n{extra}Content-Length: 0\n\n"
    )
}
