//! What comes in: who it is from, whether it may be, and whose it is.

use pengate_codecs::{
    Stamp,
    diameter::{
        Builder, COMMON_MESSAGES, Capabilities, DecodeError, DisconnectCause, Envelope, Failed,
        HEADER_OCTETS, Message, Outcome, ResultCode, answer, command, dict, kinds, refuse,
        refuse_header,
    },
};
use smol_str::SmolStr;

use super::{
    Kept, Node, Sink,
    answers::Seen,
    local::NO_INBAND_SECURITY,
    origins::Told,
    peer::{Event, Peer},
    stream::Cut,
};
use crate::feed::Channel;

impl Node {
    pub(super) fn on_cut(
        &mut self,
        at: Stamp,
        channel: Channel,
        cut: Cut<'_>,
        sink: &mut dyn Sink,
    ) {
        match cut {
            Cut::Message(octets) => self.on_octets(at, channel, octets, sink),
            Cut::Refused(header, error) => {
                sink.fault(at, Some(channel.peer), error.kind(), Some(error.at()));
                self.refuse_unread(channel, header, &error, sink);
            }
            Cut::Lost(_) => {
                sink.fault(at, Some(channel.peer), "stream-lost", Some(1));
                self.lose(at, channel, sink);
            }
        }
    }

    /// A stream that cannot be cut any more ends its connection.
    fn lose(&mut self, at: Stamp, channel: Channel, sink: &mut dyn Sink) {
        let peer = self.peer_of(channel);
        self.hang_up(channel, sink);
        if let Some(peer) = peer {
            self.step(at, peer, &Event::Down(channel), sink);
        }
    }

    /// Answers a request of which only the header was read. A stranger gets no answer.
    fn refuse_unread(
        &self,
        channel: Channel,
        header: &[u8; HEADER_OCTETS],
        error: &DecodeError,
        sink: &mut dyn Sink,
    ) {
        if self.peer_of(channel).is_some() && header[4] & 0x80 != 0 {
            let origin = self.local.origin();
            sink.send(channel, &mut |out| {
                finish(refuse_header(out, header, origin, error.result()));
            });
        }
    }

    fn on_octets(&mut self, at: Stamp, channel: Channel, octets: &[u8], sink: &mut dyn Sink) {
        let peer = self.peer_of(channel);
        match Message::decode(octets) {
            Ok(message) => match peer {
                Some(peer) => self.on_message(at, channel, peer, &message, sink),
                None => self.on_first(at, channel, &message, sink),
            },
            Err(error) => {
                sink.fault(at, Some(channel.peer), error.kind(), Some(error.at()));
                let salvaged = Message::salvage(octets);
                match (peer, salvaged) {
                    (Some(_), Ok(request)) if request.header().flags.is_request() => {
                        let origin = self.local.origin();
                        sink.send(channel, &mut |out| {
                            finish(Some(refuse(out, &request, origin, &error)));
                        });
                    }
                    (Some(_), _) => {}
                    // Who cannot introduce himself is not listened to.
                    (None, _) => self.hang_up(channel, sink),
                }
            }
        }
    }

    /// The first message of an accepted connection must be a CER.
    fn on_first(
        &mut self,
        at: Stamp,
        channel: Channel,
        message: &Message<'_>,
        sink: &mut dyn Sink,
    ) {
        let header = message.header();
        let is_cer = header.command == command::CAPABILITIES_EXCHANGE && header.flags.is_request();
        if !is_cer {
            sink.fault(at, Some(channel.peer), "no-capabilities", Some(0));
            return self.hang_up(channel, sink);
        }
        let refusal = match Capabilities::decode(message) {
            Ok(theirs) => match self.admit(&theirs) {
                Ok(peer) => {
                    self.strangers.retain(|(stranger, _)| *stranger != channel);
                    if let Some(connection) = self.connections.get_mut(&channel) {
                        connection.peer = Some(peer);
                    }
                    self.note_state(at, channel, &theirs.envelope, sink);
                    return self.step(at, peer, &Event::Cer(channel, message), sink);
                }
                Err(result) => result,
            },
            Err(error) => {
                sink.fault(at, Some(channel.peer), error.kind(), Some(error.at()));
                let origin = self.local.origin();
                sink.send(channel, &mut |out| {
                    finish(Some(refuse(out, message, origin, &error)));
                });
                return self.hang_up(channel, sink);
            }
        };
        sink.fault(at, Some(channel.peer), refusal_kind(refusal), None);
        let local = &self.local;
        sink.send(channel, &mut |out| {
            local.capabilities_answer(out, message, refusal, channel);
        });
        self.hang_up(channel, sink);
    }

    /// Whose the connection is, if that peer may talk to us.
    fn admit(&mut self, theirs: &Capabilities<'_>) -> Result<usize, ResultCode> {
        if !theirs.has_common(&self.local.applications) {
            return Err(ResultCode::NoCommonApplication);
        }
        let only_tls =
            !theirs.security.is_empty() && !theirs.security.contains(&NO_INBAND_SECURITY);
        if only_tls {
            return Err(ResultCode::NoCommonSecurity);
        }
        let host = theirs.envelope.origin_host.unwrap_or_default();
        if let Some(peer) = self.peer_named(host) {
            return Ok(peer);
        }
        let name = str::from_utf8(host).ok().filter(|name| !name.is_empty());
        match name {
            Some(name)
                if self.options.accept_unknown_peers
                    && self.peers.len() < self.options.peers_max =>
            {
                self.peers.push(Peer::new(SmolStr::from(name), None));
                Ok(self.peers.len() - 1)
            }
            _ => Err(ResultCode::UnknownPeer),
        }
    }

    fn on_message(
        &mut self,
        at: Stamp,
        channel: Channel,
        peer: usize,
        message: &Message<'_>,
        sink: &mut dyn Sink,
    ) {
        let header = *message.header();
        let is_request = header.flags.is_request();
        let is_dwa = header.command == command::DEVICE_WATCHDOG && !is_request;
        self.heard(at, peer, is_dwa, sink);
        let envelope = match Envelope::decode(message) {
            Ok(envelope) => envelope,
            Err(error) => {
                return self.on_wrong(at, channel, message, &error, sink);
            }
        };
        self.note_state(at, channel, &envelope, sink);
        if header.application != COMMON_MESSAGES {
            let is_open = self
                .peers
                .get(peer)
                .and_then(Peer::open)
                .is_some_and(|(open, _)| open == channel);
            if !is_open {
                sink.fault(at, Some(channel.peer), "not-open", Some(0));
                let early = Event::NonCea(channel);
                return self.step(at, peer, &early, sink);
            }
        }
        match (header.command, is_request) {
            (command::CAPABILITIES_EXCHANGE, true) => {
                self.step(at, peer, &Event::Cer(channel, message), sink);
            }
            (command::CAPABILITIES_EXCHANGE, false) => {
                self.on_capabilities_answer(at, channel, peer, message, sink);
            }
            (command::DEVICE_WATCHDOG, true) => {
                let local = &self.local;
                sink.send(channel, &mut |out| local.watchdog_answer(out, message));
            }
            (command::DEVICE_WATCHDOG, false) => {}
            (command::DISCONNECT_PEER, true) => {
                let cause = message.avp(kinds::DISCONNECT_CAUSE);
                let cause = cause.and_then(|cause| cause.unsigned32().ok()).unwrap_or(0);
                let event = Event::Dpr(channel, message, DisconnectCause::from_wire(cause));
                self.step(at, peer, &event, sink);
            }
            (command::DISCONNECT_PEER, false) => {
                self.step(at, peer, &Event::Dpa(channel), sink);
            }
            (_, true) => self.on_request(at, channel, message, &envelope, sink),
            (_, false) => match self.pending.answered(peer, &header) {
                Some(call) => self.arrivals.push(at, Kept::Answer(call), message.octets()),
                None => sink.fault(at, Some(channel.peer), "unexpected-answer", Some(12)),
            },
        }
    }

    fn on_capabilities_answer(
        &mut self,
        at: Stamp,
        channel: Channel,
        peer: usize,
        message: &Message<'_>,
        sink: &mut dyn Sink,
    ) {
        let Some(expected) = self.peers.get(peer) else {
            return;
        };
        let wrong = match Capabilities::decode(message) {
            Err(error) => Some((error.kind(), Some(error.at()))),
            Ok(theirs) => {
                let host = theirs.envelope.origin_host.unwrap_or_default();
                let is_success = theirs.envelope.outcome.is_some_and(Outcome::is_success);
                if !is_success {
                    Some(("capabilities-refused", None))
                } else if !expected.host.as_bytes().eq_ignore_ascii_case(host) {
                    Some(("wrong-peer", None))
                } else if !theirs.has_common(&self.local.applications) {
                    Some(("no-common-application", None))
                } else {
                    None
                }
            }
        };
        let event = match wrong {
            Some((kind, offset)) => {
                sink.fault(at, Some(channel.peer), kind, offset);
                Event::NonCea(channel)
            }
            None => Event::Cea(channel),
        };
        self.step(at, peer, &event, sink);
    }

    /// A request of an application.
    fn on_request(
        &mut self,
        at: Stamp,
        channel: Channel,
        request: &Message<'_>,
        envelope: &Envelope<'_>,
        sink: &mut dyn Sink,
    ) {
        let header = request.header();
        if let Some((result, failed)) = self.misdirected(request, envelope) {
            sink.fault(at, Some(channel.peer), refusal_kind(result), None);
            let origin = self.local.origin();
            sink.send(channel, &mut |out| {
                let builder = answer(out, request, origin, result);
                finish(Some(match failed {
                    Some(failed) => builder.failed(failed),
                    None => builder,
                }));
            });
            return;
        }
        let origin = envelope.origin_host.unwrap_or_default();
        let from = (channel, header.hop_by_hop);
        let seen = self.answers.meet(at, from, (origin, header.end_to_end));
        if self.answers.take_forgotten() {
            sink.fault(at, Some(channel.peer), "answers-forgotten", None);
        }
        match seen {
            Seen::New(exchange) => {
                self.arrivals
                    .push(at, Kept::Request(exchange), request.octets());
            }
            Seen::Waiting => sink.fault(at, Some(channel.peer), "repeated-request", None),
            Seen::Answered(exchange) => {
                sink.fault(at, Some(channel.peer), "repeated-request", None);
                self.answer(exchange, sink);
            }
            Seen::Full => {
                sink.fault(at, Some(channel.peer), "answers-max", None);
                let origin = self.local.origin();
                sink.send(channel, &mut |out| {
                    finish(Some(answer(out, request, origin, ResultCode::TooBusy)));
                });
            }
        }
    }

    /// Why a request is not for us, if it is not.
    fn misdirected<'a>(
        &self,
        request: &Message<'a>,
        envelope: &Envelope<'_>,
    ) -> Option<(ResultCode, Option<Failed<'a>>)> {
        let header = request.header();
        let is = |told: Option<&[u8]>, ours: &str| {
            told.is_none_or(|told| told.eq_ignore_ascii_case(ours.as_bytes()))
        };
        let result = if !header.flags.are_valid() {
            ResultCode::InvalidHeaderBits
        } else if header.application == COMMON_MESSAGES {
            // Whatever of the base protocol is known was taken before.
            ResultCode::CommandUnsupported
        } else if !self.speaks(header.application) {
            ResultCode::ApplicationUnsupported
        } else if !is(envelope.destination_realm, &self.local.realm) {
            ResultCode::RealmNotServed
        } else if !is(envelope.destination_host, &self.local.host) {
            ResultCode::UnableToDeliver
        } else if self.is_loop(request) {
            ResultCode::LoopDetected
        } else {
            let unknown = request
                .avps()
                .find(|avp| avp.flags.is_mandatory() && dict::lookup(avp.kind).is_none());
            return unknown.map(|avp| (ResultCode::AvpUnsupported, Some(Failed::Is(avp))));
        };
        Some((result, None))
    }

    fn speaks(&self, application: u32) -> bool {
        let mut ours = self.local.applications.iter();
        ours.any(|ours| ours.id == application)
    }

    fn is_loop(&self, request: &Message<'_>) -> bool {
        let ours = self.local.host.as_bytes();
        let mut avps = request.avps();
        avps.any(|avp| avp.kind == kinds::ROUTE_RECORD && avp.data.eq_ignore_ascii_case(ours))
    }

    /// A message in which an AVP that every message may have cannot be read.
    fn on_wrong(
        &self,
        at: Stamp,
        channel: Channel,
        message: &Message<'_>,
        error: &DecodeError,
        sink: &mut dyn Sink,
    ) {
        sink.fault(at, Some(channel.peer), error.kind(), Some(error.at()));
        if message.header().flags.is_request() {
            let origin = self.local.origin();
            sink.send(channel, &mut |out| {
                finish(Some(refuse(out, message, origin, error)));
            });
        }
    }

    /// Watches for a node that lost its state: its Origin-State-Id grew (RFC 6733 clause 8.16).
    fn note_state(
        &mut self,
        at: Stamp,
        channel: Channel,
        envelope: &Envelope<'_>,
        sink: &mut dyn Sink,
    ) {
        let (Some(host), Some(state)) = (envelope.origin_host, envelope.origin_state_id) else {
            return;
        };
        let Ok(name) = str::from_utf8(host) else {
            return;
        };
        match self.origins.note(name, state) {
            Told::Nothing => {}
            Told::Restarted => self.arrivals.push(at, Kept::Restarted, host),
            Told::Forgot => sink.fault(at, Some(channel.peer), "hosts-forgotten", None),
        }
    }

    /// The peer with this Diameter identity.
    fn peer_named(&self, host: &[u8]) -> Option<usize> {
        let mut peers = self.peers.iter();
        peers.position(|peer| peer.host.as_bytes().eq_ignore_ascii_case(host))
    }
}

/// Ends an answer. It is shorter than the request that it answers, but for what is ours, and so
/// cannot be too long.
fn finish(builder: Option<Builder<'_>>) {
    if let Some(builder) = builder {
        let _ = builder.finish();
    }
}

const fn refusal_kind(result: ResultCode) -> &'static str {
    match result {
        ResultCode::ApplicationUnsupported => "application",
        ResultCode::AvpUnsupported => "unknown-avp",
        ResultCode::CommandUnsupported => "command",
        ResultCode::InvalidHeaderBits => "header-bits",
        ResultCode::LoopDetected => "loop",
        ResultCode::NoCommonApplication => "no-common-application",
        ResultCode::NoCommonSecurity => "no-common-security",
        ResultCode::RealmNotServed => "realm",
        ResultCode::UnableToDeliver => "destination",
        ResultCode::UnknownPeer => "unknown-peer",
        _ => "refused",
    }
}
