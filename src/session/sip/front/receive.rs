//! What arrives: requests, responses, and what is neither (RFC 3261 clauses 17.2, 18.1.2, 18.2.1).

use pengate_codecs::Stamp;
use pengate_codecs::sip::header::{CSeq, RetryAfter, Via};
use pengate_codecs::sip::{Framing, Message, Method, Name, RequestLine, StartLine, Writer};

use super::inspect::Refusal;
use super::send::Pending;
use super::{Arrived, FaultKind, Front, Outbox, Output, RespondError};
use crate::feed::{Carrier, Channel, Chunk, Heading};
use crate::session::sip::stream::Piece;
use crate::session::sip::transaction::{Arrival, ClientId, Keys, Received, ServerId};
use crate::session::sip::{Branch, ToTag};

/// The partition in the tags of answers that the front gives itself: none.
const NO_PARTITION: u16 = u16::MAX;

impl Front {
    /// Takes a datagram or the next piece of a stream. What our side sent, which a replay holds
    /// too, is passed over: the same inputs make the same front send it again.
    pub fn receive(&mut self, chunk: &Chunk<'_>, out: &mut Outbox) {
        self.receive_for(chunk, out, |arrived, out| out.store_request(&arrived));
    }

    /// What [`Front::receive`] does, but a request that is a datagram, and so the only message of
    /// the chunk, goes to `room` as it was read instead of into `out` as octets.
    pub fn receive_for(
        &mut self,
        chunk: &Chunk<'_>,
        out: &mut Outbox,
        room: impl FnOnce(Arrived<'_>, &mut Outbox),
    ) {
        if chunk.heading == Heading::Out {
            return;
        }
        match chunk.channel.carrier {
            Carrier::Tcp => self.on_piece(chunk, out),
            Carrier::Udp | Carrier::Sctp | Carrier::Mtp => {
                // NAT keep-alives: nothing but line ends or zeroes.
                let blank = |octet: &u8| matches!(octet, b'\r' | b'\n' | b' ' | 0);
                if !chunk.bytes.iter().all(blank) {
                    self.on_message(chunk, chunk.bytes, Framing::Datagram, out, room);
                }
            }
        }
    }

    /// Answers a request that [`Output::Request`] brought; gives the path that the answer leaves by.
    ///
    /// # Errors
    /// [`RespondError`]; nothing is sent then.
    pub fn respond(
        &mut self,
        now: Stamp,
        transaction: ServerId,
        response: &[u8],
        out: &mut Outbox,
    ) -> Result<Channel, RespondError> {
        let status = status(response).ok_or(RespondError::NotResponse)?;
        let channel = self.servers.channel(transaction);
        let channel = channel.ok_or(RespondError::Gone)?;
        let connected = self.is_connected(channel);
        let taken = self.servers.respond(now, transaction, status, response);
        taken.ok_or(RespondError::Gone)?;
        if !connected {
            return Err(RespondError::Disconnected);
        }
        out.send(channel, response);
        Ok(channel)
    }

    /// Whether something sent on `channel` can arrive.
    pub(super) fn is_connected(&self, channel: Channel) -> bool {
        channel.carrier != Carrier::Tcp || self.connections.contains_key(&channel)
    }

    fn on_piece(&mut self, chunk: &Chunk<'_>, out: &mut Outbox) {
        let channel = chunk.channel;
        // A capture may begin in the middle of a connection.
        let connection = self.connections.entry(channel).or_default();
        let mut stream = std::mem::take(&mut connection.stream);
        self.by_peer.entry(channel.peer).or_insert(channel);
        let limits = self.options.frame_limits();
        let followed = stream.push(chunk.bytes, &limits, |piece| match piece {
            Piece::Message(octets) => {
                let store = |arrived: Arrived<'_>, out: &mut Outbox| out.store_request(&arrived);
                self.on_message(chunk, octets, Framing::Stream, out, store);
            }
            Piece::Ping => out.send(channel, b"\r\n"),
        });
        if followed.is_err() {
            out.fault(channel, FaultKind::Stream);
            out.push(Output::Close { channel });
            self.down(channel, out);
        } else if let Some(connection) = self.connections.get_mut(&channel) {
            connection.stream = stream;
        }
    }

    fn on_message(
        &mut self,
        chunk: &Chunk<'_>,
        octets: &[u8],
        framing: Framing,
        out: &mut Outbox,
        room: impl FnOnce(Arrived<'_>, &mut Outbox),
    ) {
        let Ok(message) = Message::decode(octets, framing) else {
            return self.on_malformed(chunk.channel, octets, out);
        };
        match message.start() {
            StartLine::Request(line) => {
                if let Some(transaction) = self.on_request(chunk, &message, &line, out) {
                    let arrived = Arrived {
                        transaction,
                        channel: chunk.channel,
                        message: &message,
                    };
                    room(arrived, out);
                }
            }
            StartLine::Status(line) => self.on_response(chunk, &message, line.status, out),
        }
    }

    /// A request is told so, as far as it says whom to tell; a response is dropped.
    fn on_malformed(&mut self, channel: Channel, octets: &[u8], out: &mut Outbox) {
        out.fault(channel, FaultKind::Malformed);
        if let Some(message) = Message::salvage(octets) {
            self.answer_malformed(channel, &message, out);
        }
    }

    fn answer_malformed(&self, channel: Channel, message: &Message<'_>, out: &mut Outbox) {
        let line = message.request();
        if line.is_some_and(|line| line.method != Method::Ack) {
            let refusal = Refusal::Malformed;
            self.answer(channel, message, NO_TAG, out, refusal.status(), |_| {});
        }
    }

    /// The transaction of a request that a room has to answer.
    fn on_request(
        &mut self,
        chunk: &Chunk<'_>,
        message: &Message<'_>,
        line: &RequestLine<'_>,
        out: &mut Outbox,
    ) -> Option<ServerId> {
        let channel = chunk.channel;
        let Ok(keys) = Keys::new(message, self.secret) else {
            out.fault(channel, FaultKind::Malformed);
            self.answer_malformed(channel, message, out);
            return None;
        };
        if line.method == Method::Ack {
            self.servers.acknowledge(chunk.at, keys.transaction);
            return None;
        }
        let tag = Some(keys.transaction.tag());
        if let Some(refusal) = Refusal::find(message, line, &self.options) {
            let status = refusal.status();
            out.fault(channel, FaultKind::Refused(status));
            let explain = |writer: &mut Writer<'_>| refusal.explain(writer, &self.allow);
            self.answer(channel, message, tag, out, status, explain);
            return None;
        }
        match line.method {
            Method::Options => self.on_options(channel, message, tag, out),
            Method::Cancel => {
                // The INVITE was refused at once, so there is nothing left to cancel.
                let known = self.servers.find(keys.transaction).is_some();
                let status = if known { 200 } else { 481 };
                self.answer(channel, message, tag, out, status, |_| {});
            }
            _ => return self.on_transaction(chunk, message, keys, out),
        }
        None
    }

    fn on_options(
        &self,
        channel: Channel,
        message: &Message<'_>,
        tag: Option<u64>,
        out: &mut Outbox,
    ) {
        self.answer(channel, message, tag, out, 200, |writer| {
            writer.header(Name::Allow, &self.allow);
            for (name, values) in [
                (Name::Accept, &self.options.accept),
                (Name::AllowEvents, &self.options.allow_events),
                (Name::Supported, &self.options.supported),
            ] {
                if !values.is_empty() {
                    writer.header(name, values.join(", "));
                }
            }
        });
    }

    fn on_transaction(
        &mut self,
        chunk: &Chunk<'_>,
        message: &Message<'_>,
        keys: Keys,
        out: &mut Outbox,
    ) -> Option<ServerId> {
        let channel = chunk.channel;
        let tag = Some(keys.transaction.tag());
        let line = message.request();
        let invite = line.is_some_and(|line| line.method == Method::Invite);
        let back = answer_channel(channel, message)?;
        match self.servers.arrive(chunk.at, keys, back, invite) {
            Arrival::New(transaction) if invite => {
                out.fault(channel, FaultKind::Refused(405));
                let explain = |writer: &mut Writer<'_>| {
                    writer.header(Name::Allow, &self.allow);
                };
                let start = out.arena.len();
                self.answer(channel, message, tag, out, 405, explain);
                let response = out.arena.get(start..).unwrap_or_default();
                self.servers.respond(chunk.at, transaction, 405, response);
            }
            Arrival::New(transaction) => return Some(transaction),
            Arrival::Absorbed => {}
            Arrival::Again(id) => {
                if let Some((channel, response)) = self.servers.response(id) {
                    out.send(channel, response);
                }
            }
            Arrival::Merged => {
                out.fault(channel, FaultKind::Refused(482));
                self.answer(channel, message, tag, out, 482, |_| {});
            }
            Arrival::Full => {
                out.fault(channel, FaultKind::Refused(503));
                let seconds = self.options.retry_after.as_secs();
                self.answer(channel, message, tag, out, 503, |writer| {
                    writer.header(Name::RetryAfter, seconds);
                });
            }
        }
        None
    }

    fn on_response(
        &mut self,
        chunk: &Chunk<'_>,
        message: &Message<'_>,
        status: u16,
        out: &mut Outbox,
    ) {
        let channel = chunk.channel;
        let fits = |pending: &Pending| {
            let cseq = message.required::<CSeq<'_>>();
            cseq.is_ok_and(|cseq| pending.is_method(cseq.method))
        };
        let received = client_of(message).map(|transaction| {
            let carrier = channel.carrier;
            let clients = &mut self.clients;
            let received = clients.receive(chunk.at, transaction, status, carrier, fits);
            (transaction, received)
        });
        match received {
            Some((transaction, Received::Final(pending))) => {
                self.spare.give(pending.request);
                let retry_after = message.header::<RetryAfter>().ok().flatten();
                let bytes = out.store(message.octets());
                out.push(Output::Response {
                    transaction,
                    channel,
                    status,
                    retry_after: retry_after.map(|after| after.seconds),
                    bytes,
                });
            }
            Some((_, Received::Provisional | Received::Absorbed)) => {}
            Some((_, Received::Stray)) | None => out.fault(channel, FaultKind::StrayResponse),
        }
    }

    /// Sends an answer that needs no transaction: every copy of the request gets the same one.
    fn answer(
        &self,
        channel: Channel,
        request: &Message<'_>,
        tag: Option<u64>,
        out: &mut Outbox,
        status: u16,
        explain: impl FnOnce(&mut Writer<'_>),
    ) {
        let Some(back) = answer_channel(channel, request) else {
            return;
        };
        let start = out.arena.len();
        let tag = ToTag {
            partition: NO_PARTITION,
            unique: tag.unwrap_or_default(),
        };
        let (source, tag) = (Some(channel.peer), tag.to_string());
        let written = Writer::answer(&mut out.arena, request, status, source, Some(&tag));
        if let Ok(mut writer) = written {
            explain(&mut writer);
            writer.finish();
            out.send_from(back, start);
        }
    }
}

/// For requests that cannot even be told apart.
const NO_TAG: Option<u64> = None;

/// Where the answer to `request` goes: back on the connection, or to where the datagram came from,
/// at the port the top Via asks for (RFC 3261 clause 18.2.2, RFC 3581 clause 4).
fn answer_channel(channel: Channel, request: &Message<'_>) -> Option<Channel> {
    let via = request.first::<Via<'_>>().ok()?;
    let mut back = channel;
    if channel.carrier == Carrier::Udp && !via.wants_rport() {
        back.peer.set_port(via.port.unwrap_or(5060));
    }
    Some(back)
}

/// The request of ours that a response belongs to: we are the top Via, and the only one.
fn client_of(response: &Message<'_>) -> Option<ClientId> {
    let mut fields = response.fields_of(Name::Via);
    let first = fields.next()?;
    if let Some(branch) = echoed_branch(first.octets) {
        return fields.next().is_none().then_some(ClientId(branch));
    }
    let mut vias = response.list::<Via<'_>>();
    let via = vias.next()?.ok()?;
    let branch = Branch::read(via.branch()?)?;
    vias.next().is_none().then_some(ClientId(branch))
}

/// The branch of a field that holds one Via with the branch as its first parameter: what we wrote,
/// and what most peers send back, so that it need not be taken apart.
fn echoed_branch(via: &[u8]) -> Option<Branch> {
    let params = via.get(memchr::memchr(b';', via)?..)?;
    let branch = params.strip_prefix(b";branch=")?;
    let len = memchr::memchr(b';', branch).unwrap_or(branch.len());
    let (branch, rest) = branch.split_at(len);
    let branch = Branch::read(std::str::from_utf8(branch).ok()?)?;
    memchr::memchr(b',', rest).is_none().then_some(branch)
}

/// The status of a response.
fn status(response: &[u8]) -> Option<u16> {
    let digits = response.strip_prefix(b"SIP/2.0 ")?.get(..3)?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}
