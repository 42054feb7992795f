//! From PUBLISH to NOTIFY through the shard alone: parse, check, record, apply, compose, notify,
//! answer; no sockets and no disk.
//!
//! One allocation each for the record's body, the answer kept until the record is durable, the
//! published document and the composed body; a NOTIFY is appended to one arena.
#![allow(clippy::expect_used, reason = "a bench may stop at the first surprise")]

use std::{hint::black_box, sync::Arc};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use pengate::{
    feed::{Carrier, Channel},
    server::{NotifyToken, Options, Outbox, Outcome, Shard},
    session::sip::ServerId,
};
use pengate_codecs::{
    Stamp,
    sip::{Framing, Message, header::SipEtag},
};

const PEER: &str = "127.0.0.1:5070";

struct Bench {
    shard: Shard,
    now: Stamp,
    channel: Channel,
    out: Outbox,
    settled: Outbox,
    tokens: Vec<NotifyToken>,
    etag: String,
    cseq: u32,
    notes: [String; 2],
}

impl Bench {
    /// A presentity with one publication and `watchers` watchers that were told of it.
    fn new(watchers: usize) -> Self {
        let options = Options {
            domains: vec!["ims.example".to_owned()],
            ..Options::default()
        };
        let mut bench = Self {
            shard: Shard::new(Arc::new(options), 1),
            now: Stamp::from_secs(1_700_000_000),
            channel: Channel {
                carrier: Carrier::Udp,
                local: ([127, 0, 0, 1], 5060).into(),
                peer: ([127, 0, 0, 1], 5070).into(),
            },
            out: Outbox::default(),
            settled: Outbox::default(),
            tokens: Vec::new(),
            etag: String::new(),
            cseq: 0,
            notes: ["a", "b"].map(|letter| letter.repeat(500)),
        };
        bench.publish();
        for watcher in 0..watchers {
            let text = subscribe(watcher);
            bench.request(text.as_bytes());
        }
        bench
    }

    /// A modification (the first time an initial publication), all the way to the answers of the
    /// watchers. Tells how many octets of NOTIFYs there were.
    fn publish(&mut self) -> usize {
        self.cseq += 1;
        let note = &self.notes[self.cseq as usize % 2];
        let condition = if self.etag.is_empty() {
            String::new()
        } else {
            format!("SIP-If-Match: {}\r\n", self.etag)
        };
        let text = publish(self.cseq, &condition, note);
        self.request(text.as_bytes())
    }

    fn request(&mut self, octets: &[u8]) -> usize {
        let message = Message::decode(octets, Framing::Datagram).expect("a message");
        let transaction = ServerId::outside(self.cseq);
        self.out.clear();
        self.shard
            .request(self.now, transaction, self.channel, &message, &mut self.out);
        self.settled.clear();
        for (record, token) in self.out.records.records().zip(&self.out.tokens) {
            self.shard
                .apply(self.now, record, Some(*token), &mut self.settled);
        }
        for (_, answer) in self.settled.answers() {
            let answer = Message::decode(answer, Framing::Datagram).expect("an answer");
            if let Ok(SipEtag(etag)) = answer.required() {
                self.etag.clear();
                self.etag.push_str(etag);
            }
        }
        let mut octets = 0;
        self.tokens.clear();
        for notify in self.settled.notifies() {
            octets += black_box(notify.request).len();
            self.tokens.push(notify.token);
        }
        // Reservations of numbers, now and then.
        let reserved = std::mem::take(&mut self.settled);
        self.out.clear();
        for (record, token) in reserved.records.records().zip(&reserved.tokens) {
            self.shard
                .apply(self.now, record, Some(*token), &mut self.out);
        }
        self.settled = reserved;
        let answered = Outcome::Answered {
            status: 200,
            retry_after: None,
        };
        for token in &self.tokens {
            self.shard
                .answered(self.now, *token, answered, &mut self.out);
        }
        octets
    }
}

fn publish(cseq: u32, condition: &str, note: &str) -> String {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
         <presence xmlns=\"urn:ietf:params:xml:ns:pidf\" entity=\"sip:alice@ims.example\">\
         <tuple id=\"im\"><status><basic>open</basic></status>\
         <contact>sip:alice@ims.example</contact><note>{note}</note></tuple></presence>"
    );
    format!(
        "PUBLISH sip:alice@ims.example SIP/2.0\r\n\
         Via: SIP/2.0/UDP {PEER};branch=z9hG4bKp{cseq};rport\r\n\
         Max-Forwards: 70\r\n\
         From: <sip:alice@ims.example>;tag=p1\r\n\
         To: <sip:alice@ims.example>\r\n\
         Call-ID: publication@127.0.0.1\r\n\
         CSeq: {cseq} PUBLISH\r\n\
         Contact: <sip:alice@{PEER}>\r\n\
         Event: presence\r\n\
         Expires: 3600\r\n{condition}\
         Content-Type: application/pidf+xml\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn subscribe(watcher: usize) -> String {
    format!(
        "SUBSCRIBE sip:alice@ims.example SIP/2.0\r\n\
         Via: SIP/2.0/UDP {PEER};branch=z9hG4bKs{watcher};rport\r\n\
         Max-Forwards: 70\r\n\
         From: <sip:w{watcher}@ims.example>;tag=w{watcher}\r\n\
         To: <sip:alice@ims.example>\r\n\
         Call-ID: w{watcher}@127.0.0.1\r\n\
         CSeq: 1 SUBSCRIBE\r\n\
         Contact: <sip:w{watcher}@{PEER}>\r\n\
         Event: presence\r\n\
         Accept: application/pidf+xml\r\n\
         Expires: 3600\r\n\
         Content-Length: 0\r\n\r\n"
    )
}

fn presence(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("publish_to_notify");
    for watchers in [0_usize, 1, 50] {
        let mut bench = Bench::new(watchers);
        group.throughput(Throughput::Elements(1));
        group.bench_function(BenchmarkId::from_parameter(watchers), |bencher| {
            bencher.iter(|| bench.publish());
        });
    }
    group.finish();
}

criterion_group!(benches, presence);
criterion_main!(benches);
