//! The front on virtual time: what goes in, what comes out.

mod hostile;
mod refusals;
mod requests;
mod simulation;
mod transactions;

use std::net::SocketAddr;

use pengate_codecs::Stamp;
use pengate_codecs::sip::header::Via;
use pengate_codecs::sip::{Framing, Message, Writer};

use super::*;
use crate::feed::{Chunk, Heading};
use crate::session::sip::ServerId;

const PEER: &str = "192.0.2.1:5070";

fn at(millis: i64) -> Stamp {
    Stamp::from_millis(millis)
}

fn channel(carrier: Carrier, peer: &str) -> Channel {
    Channel {
        carrier,
        local: ([192, 0, 2, 9], 5060).into(),
        peer: peer.parse().unwrap(),
    }
}

fn front(options: Options) -> Front {
    let listener = |carrier| Listener {
        carrier,
        local: ([192, 0, 2, 9], 5060).into(),
        sent_by: "192.0.2.9:5060".to_owned(),
    };
    let listeners = vec![listener(Carrier::Udp), listener(Carrier::Tcp)];
    Front::new(options, listeners, Random::new(1))
}

/// A front with its outbox; each call gives what came out.
struct Bench {
    front: Front,
    out: Outbox,
}

impl Bench {
    fn new(options: Options) -> Self {
        Self {
            front: front(options),
            out: Outbox::default(),
        }
    }

    fn receive(&mut self, millis: i64, channel: Channel, octets: &[u8]) -> Vec<Output> {
        self.out.clear();
        let chunk = Chunk {
            at: at(millis),
            channel,
            heading: Heading::In,
            bytes: octets,
        };
        self.front.receive(&chunk, &mut self.out);
        self.out.outputs().to_vec()
    }

    fn tick(&mut self, millis: i64) -> Vec<Output> {
        self.out.clear();
        self.front.tick(at(millis), &mut self.out);
        self.out.outputs().to_vec()
    }

    /// The request that came out, answered with `status`.
    fn answer(&mut self, millis: i64, outputs: &[Output], status: u16) -> Vec<Output> {
        let (transaction, response) = self.response(outputs, status);
        self.out.clear();
        let done = self
            .front
            .respond(at(millis), transaction, &response, &mut self.out);
        assert!(done.is_ok(), "{done:?}");
        self.out.outputs().to_vec()
    }

    fn response(&self, outputs: &[Output], status: u16) -> (ServerId, Vec<u8>) {
        let [
            Output::Request {
                transaction,
                channel,
                bytes,
            },
        ] = outputs
        else {
            panic!("{outputs:?}");
        };
        let request = decode(self.out.bytes(bytes));
        let mut response = Vec::new();
        let source = Some(channel.peer);
        Writer::answer(&mut response, &request, status, source, Some("0001-t"))
            .unwrap()
            .finish();
        (*transaction, response)
    }

    /// The only thing sent, and where to.
    fn sent(&self, outputs: &[Output]) -> (Channel, &[u8]) {
        let sends: Vec<_> = outputs.iter().filter_map(send_of).collect();
        let [(channel, bytes)] = sends.as_slice() else {
            panic!("{outputs:?}");
        };
        (*channel, self.out.bytes(bytes))
    }

    /// The status of the only thing sent.
    fn status(&self, outputs: &[Output]) -> u16 {
        decode(self.sent(outputs).1).response().unwrap().status
    }
}

fn send_of(output: &Output) -> Option<(Channel, std::ops::Range<usize>)> {
    match output {
        Output::Send { channel, bytes } => Some((*channel, bytes.clone())),
        _ => None,
    }
}

fn decode(octets: &[u8]) -> Message<'_> {
    Message::decode(octets, Framing::Stream).unwrap()
}

fn request(method: &str, branch: &str, extra: &str) -> Vec<u8> {
    format!(
        "{method} sip:alice@ims.example SIP/2.0\r\n\
         Via: SIP/2.0/UDP pc.example:5070;branch=z9hG4bK{branch}\r\n\
         From: <sip:bob@ims.example>;tag=bob1\r\n\
         To: <sip:alice@ims.example>\r\n\
         Call-ID: 1@pc.example\r\n\
         CSeq: 1 {method}\r\n\
         Content-Length: 0\r\n{extra}\r\n"
    )
    .into_bytes()
}

/// Changes some text in a message.
fn edit(octets: &[u8], from: &str, to: &str) -> Vec<u8> {
    let text = std::str::from_utf8(octets).unwrap();
    assert!(text.contains(from), "{from}");
    text.replacen(from, to, 1).into_bytes()
}
