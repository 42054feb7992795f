//! RADIUS as a server sees it: who may send, what came before, and what was answered (RFC 2865,
//! 2866, 5080, 5997). Rooms decide what a request means and when it may be answered.

mod clients;
mod replies;

use std::sync::Arc;

use std::ops::Range;

use pengate_codecs::{
    Stamp,
    radius::{Code, Draft, Packet, Refusal, Secret, sign_batch, verify_batch},
};

use crate::feed::{Channel, Chunk};
pub use clients::Clients;
pub use replies::{Exchange, Options, Reply};
use replies::{Replies, Seen};

/// What a server says besides the requests that it hands on.
pub trait Sink {
    /// A datagram to the peer of `channel`.
    fn send(&mut self, channel: Channel, octets: &[u8]);

    /// Something that is not taken: `kind` is of a closed set, `offset` the first bad octet.
    fn fault(&mut self, at: Stamp, channel: Channel, kind: &'static str, offset: Option<usize>);
}

/// A verified request that was not seen before.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// By which it is answered, or dropped.
    pub exchange: Exchange,
    /// When it came.
    pub at: Stamp,
    /// From whom.
    pub channel: Channel,
    /// The request itself.
    pub packet: Packet<'a>,
}

/// The server side of RADIUS for one room.
#[derive(Debug)]
pub struct Server {
    clients: Arc<Clients>,
    replies: Replies,
    scratch: Vec<u8>,
}

impl Server {
    /// A server for these clients.
    #[must_use]
    pub fn new(clients: Arc<Clients>, options: Options) -> Self {
        Self {
            clients,
            replies: Replies::new(options),
            scratch: Vec::new(),
        }
    }

    /// Verifies datagrams; the requests that are new go to `fresh`, in order.
    ///
    /// A repeated request is answered as it was before, or absorbed while its answer is due;
    /// Status-Server is answered at once; anything not understood is a fault.
    pub fn take<'a>(
        &mut self,
        chunks: impl Iterator<Item = Chunk<'a>>,
        sink: &mut dyn Sink,
        fresh: &mut Vec<Request<'a>>,
    ) {
        let mut claims = Vec::new();
        for chunk in chunks {
            self.replies.expire(chunk.at);
            if let Some(packet) = self.read(&chunk, sink) {
                claims.push((chunk.at, chunk.channel, packet));
            }
        }
        let clients = &self.clients;
        let signed: Vec<(Packet<'a>, &Secret)> = claims
            .iter()
            .filter_map(|(_, channel, packet)| {
                clients
                    .secret_of(channel.peer.ip())
                    .map(|secret| (*packet, secret))
            })
            .collect();
        let mut verdicts = Vec::with_capacity(signed.len());
        verify_batch(&signed, &mut verdicts);
        let verified = claims.iter().zip(&signed).zip(verdicts).filter_map(
            |(((at, channel, packet), (_, secret)), verdict)| match verdict {
                Ok(()) => Some((*at, *channel, *packet, *secret)),
                Err(refusal) => {
                    sink.fault(*at, *channel, refusal_kind(refusal), None);
                    None
                }
            },
        );
        let verified: Vec<_> = verified.collect();
        let answers = prepare(&verified, &mut self.scratch);
        for ((at, channel, packet, _), answer) in verified.iter().zip(answers) {
            let Some(octets) = answer.and_then(|range| self.scratch.get(range)) else {
                sink.fault(*at, *channel, "reply-too-long", None);
                continue;
            };
            let request = (*at, *channel, *packet);
            if let Some(exchange) = admit(&mut self.replies, request, octets, sink) {
                fresh.push(Request {
                    exchange,
                    at: *at,
                    channel: *channel,
                    packet: *packet,
                });
            }
        }
    }

    /// Decodes a datagram of a known client, unless it is a repeated one.
    fn read<'a>(&self, chunk: &Chunk<'a>, sink: &mut dyn Sink) -> Option<Packet<'a>> {
        let (at, channel) = (chunk.at, chunk.channel);
        if self.clients.secret_of(channel.peer.ip()).is_none() {
            sink.fault(at, channel, "unknown-client", None);
            return None;
        }
        let packet = match Packet::decode(chunk.bytes) {
            Ok(packet) => packet,
            Err(error) => {
                sink.fault(at, channel, error.kind(), Some(error.at()));
                return None;
            }
        };
        // What bears the authenticator of a verified request is that request once more.
        (!is_repeated(&self.replies, at, channel, &packet, sink)).then_some(packet)
    }

    /// Sends the answer of an exchange and keeps it for repetitions of the request.
    pub fn answer(&mut self, exchange: Exchange, sink: &mut dyn Sink) {
        if let Some(reply) = self.replies.answer(exchange) {
            sink.send(reply.channel, &reply.octets);
        }
    }

    /// The answer that an exchange will have: what must be recorded to repeat it after a restart.
    #[must_use]
    pub fn reply(&self, exchange: Exchange) -> Option<&Reply> {
        self.replies.get(exchange)
    }

    /// Forgets an exchange: the request was not recorded, and may come again as if it were new.
    pub fn forget(&mut self, exchange: Exchange) {
        self.replies.forget(exchange);
    }

    /// Puts back an answer that was given before a restart.
    pub fn restore(&mut self, at: Stamp, reply: Reply) {
        if let Some(exchange) = self.replies.admit(at, reply) {
            self.replies.answer(exchange);
        }
    }

    /// When the next kept answer expires.
    #[must_use]
    pub fn deadline(&self) -> Option<Stamp> {
        self.replies.deadline()
    }

    /// Forgets the answers that have been kept long enough.
    pub fn expire(&mut self, now: Stamp) {
        self.replies.expire(now);
    }
}

/// Answers a repeated request as before, or absorbs it while its answer is due.
fn is_repeated(
    replies: &Replies,
    at: Stamp,
    channel: Channel,
    packet: &Packet<'_>,
    sink: &mut dyn Sink,
) -> bool {
    match replies.seen(channel, packet.identifier(), packet.authenticator()) {
        Seen::Never => return false,
        Seen::Waiting => {}
        Seen::Answered(reply) => sink.send(channel, reply),
    }
    sink.fault(at, channel, "duplicate", None);
    true
}

/// Writes the answers to requests one after another and signs them together; `None` where none
/// can be written.
fn prepare(
    requests: &[(Stamp, Channel, Packet<'_>, &Secret)],
    out: &mut Vec<u8>,
) -> Vec<Option<Range<usize>>> {
    out.clear();
    let mut drafts = Vec::with_capacity(requests.len());
    let mut ranges = Vec::with_capacity(requests.len());
    for (_, _, packet, secret) in requests {
        let draft = Draft::answer(packet, out).ok();
        ranges.push(draft.as_ref().map(Draft::octets));
        drafts.extend(draft.map(|draft| (draft, *secret)));
    }
    sign_batch(&drafts, out);
    ranges
}

/// Enters a request whose answer is ready. A Status-Server is answered here and now.
fn admit(
    replies: &mut Replies,
    (at, channel, packet): (Stamp, Channel, Packet<'_>),
    answer: &[u8],
    sink: &mut dyn Sink,
) -> Option<Exchange> {
    if packet.code() == Code::StatusServer {
        sink.send(channel, answer);
        return None;
    }
    // The same request may stand twice in one batch.
    if is_repeated(replies, at, channel, &packet, sink) {
        return None;
    }
    let reply = Reply {
        channel,
        identifier: packet.identifier(),
        authenticator: *packet.authenticator(),
        octets: answer.into(),
    };
    let exchange = replies.admit(at, reply);
    if exchange.is_none() {
        sink.fault(at, channel, "reply-table-full", None);
    }
    exchange
}

const fn refusal_kind(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::Authenticator => "authenticator",
        Refusal::MessageAuthenticator => "message-authenticator",
        Refusal::MessageAuthenticatorMissing => "message-authenticator-missing",
        Refusal::NotARequest => "not-a-request",
    }
}
