//! A scene: peers that play a case before a gateway, while everything is recorded.

use std::{net::SocketAddr, time::Duration};

use pengate::{
    agent::identity::read_subscribers,
    config::{Config, EMBEDDED},
    event::Source,
    feed::{Carrier, Channel, Chunk, Heading, capture::Recorder},
    gateway::{Effects, Gateway, Input, Service, Taps},
    pen::log::MemoryLog,
    replay,
};
use pengate_codecs::{
    Stamp,
    radius::{Builder, Code, Secret},
};

/// The default configuration, changed by what a case says.
pub fn configuration(text: &str) -> Config {
    Config::parse(if text.is_empty() {
        EMBEDDED.config
    } else {
        text
    })
    .unwrap()
}

/// The gateway of a configuration, with the default subscribers.
pub fn gateway(config: &Config, taps: Taps, seed: u64) -> Gateway<MemoryLog> {
    let clients = config.radius.clients.iter();
    let secrets: Vec<_> = clients
        .map(|client| (client.network, client.secret.clone().unwrap()))
        .collect();
    let mut subscribers = Vec::new();
    read_subscribers(EMBEDDED.subscribers.as_bytes(), |row| {
        subscribers.push(row.unwrap());
    })
    .unwrap();
    replay::gateway(config, &secrets, &subscribers, taps, seed)
}

/// The secret of the default configuration.
pub const SECRET: &str = "testing123";

/// The gateway, the recording, and virtual time.
pub struct Scene {
    /// The text of the case's own configuration; empty for the default.
    pub config: &'static str,
    /// Connections that the gateway wants, in order.
    pub connects: Vec<(Service, Carrier, SocketAddr)>,
    /// What was sent over streams and not taken, in order.
    pub sent: Vec<(Channel, Vec<u8>)>,
    gateway: Gateway<MemoryLog>,
    recorder: Recorder<Vec<u8>>,
    effects: Effects,
    now: Stamp,
    /// The last final response that a SIP peer got.
    pub response: String,
    /// How many NOTIFYs came.
    pub notifies: usize,
    /// The last message that left over an association.
    pub message: Vec<u8>,
}

const SEED: u64 = 1;

/// How long a peer takes to answer.
const TURN: Duration = Duration::from_millis(5);

impl Scene {
    pub fn new() -> Self {
        let now = Stamp::from_secs(1_700_000_000);
        let mut recorder = Recorder::new(Vec::new()).unwrap();
        let seed = replay::Mark::Seed(SEED).to_string();
        recorder.marker(now, seed.as_bytes()).unwrap();
        Self {
            config: "",
            connects: Vec::new(),
            sent: Vec::new(),
            gateway: gateway(&configuration(""), Taps::default(), SEED),
            recorder,
            effects: Effects::default(),
            now,
            response: String::new(),
            notifies: 0,
            message: Vec::new(),
        }
    }

    /// Gives the gateway another configuration than the default: before anything happens.
    pub fn configure(&mut self, config: &'static str) {
        self.config = config;
        self.gateway = gateway(&configuration(config), Taps::default(), SEED);
        self.step(&[]);
    }

    /// The capture.
    pub fn end(self) -> Vec<u8> {
        self.recorder.into_inner()
    }

    /// Seconds since 1970, as Event-Timestamp tells them.
    pub fn secs(&self) -> u32 {
        u32::try_from(self.now.nanos() / 1_000_000_000).unwrap()
    }

    /// Lets time pass.
    pub fn wait(&mut self, secs: u64) {
        self.pass(Duration::from_secs(secs));
    }

    /// A RADIUS datagram arrives.
    pub fn radius(&mut self, peer: &str, octets: &[u8]) {
        let channel = channel(1813, peer);
        self.arrive(Service::Radius(Source::Pk), channel, octets);
    }

    /// An Accounting-Request of a status (RFC 2866 clause 5.1) from the gateway at 127.0.0.2; gives
    /// the packet.
    pub fn account(
        &mut self,
        status: u32,
        identifier: u8,
        more: impl for<'o> FnOnce(Builder<'o>) -> Builder<'o>,
    ) -> Vec<u8> {
        let at = self.secs();
        let packet = request(Code::AccountingRequest, identifier, SECRET, |builder| {
            more(builder.integer(40, status).integer(55, at))
        });
        self.radius(GGSN, &packet);
        packet
    }

    /// The same to the listener of another reference point.
    pub fn account_to(
        &mut self,
        (source, port): (Source, u16),
        status: u32,
        identifier: u8,
        more: impl for<'o> FnOnce(Builder<'o>) -> Builder<'o>,
    ) {
        let at = self.secs();
        let packet = request(Code::AccountingRequest, identifier, SECRET, |builder| {
            more(builder.integer(40, status).integer(55, at))
        });
        self.arrive(Service::Radius(source), channel(port, GGSN), &packet);
    }

    /// A SIP message arrives; what comes of it is answered.
    pub fn sip(&mut self, peer: &str, text: &str) {
        self.arrive(Service::Sip, channel(5060, peer), text.as_bytes());
    }

    /// A connection or association comes about, by the peer's doing or ours.
    pub fn up(&mut self, service: Service, channel: Channel, by: Heading) {
        self.recorder.up(self.now, channel, by).unwrap();
        self.step(&[Input::Up(service, channel)]);
    }

    /// A connection or association ends.
    pub fn down(&mut self, service: Service, channel: Channel) {
        self.recorder.down(self.now, channel).unwrap();
        self.step(&[Input::Down(service, channel)]);
    }

    /// Octets arrive for a service.
    pub fn arrive(&mut self, service: Service, channel: Channel, bytes: &[u8]) {
        self.overhear(service, channel, Heading::In, bytes);
    }

    /// Octets go one way or the other, by no doing of ours.
    pub fn overhear(&mut self, service: Service, channel: Channel, heading: Heading, bytes: &[u8]) {
        let chunk = Chunk {
            at: self.now,
            channel,
            heading,
            bytes,
        };
        self.recorder.chunk(&chunk).unwrap();
        let due = self.step(&[Input::Chunk(service, chunk)]);
        self.pass(TURN);
        for (channel, text) in due {
            self.sip(&channel.peer.to_string(), &text);
        }
    }

    fn pass(&mut self, span: Duration) {
        let end = self.now + span;
        while let Some(due) = self.gateway.deadline().filter(|due| *due <= end) {
            self.now = self.now.max(due);
            let answers = self.step(&[]);
            self.now = self.now + TURN;
            for (channel, text) in answers {
                self.sip(&channel.peer.to_string(), &text);
            }
        }
        self.now = self.now.max(end);
    }

    /// Gives the answers to the NOTIFYs that came of it.
    fn step(&mut self, inputs: &[Input<'_>]) -> Vec<(Channel, String)> {
        self.gateway.step(self.now, inputs, &mut self.effects);
        let mut answers = Vec::new();
        for (channel, bytes) in self.effects.sends() {
            let at = self.now;
            let heading = Heading::Out;
            let chunk = Chunk {
                at,
                channel,
                heading,
                bytes,
            };
            self.recorder.chunk(&chunk).unwrap();
            if channel.carrier == Carrier::Tcp {
                self.sent.push((channel, bytes.to_vec()));
            }
            if channel.carrier == Carrier::Sctp {
                self.message = bytes.to_vec();
            }
            let Ok(text) = std::str::from_utf8(bytes) else {
                continue;
            };
            if text.starts_with("NOTIFY ") {
                self.notifies += 1;
                answers.push((channel, answer(text)));
            } else if text.starts_with("SIP/2.0 ") {
                text.clone_into(&mut self.response);
            }
        }
        self.connects.append(&mut self.effects.connects);
        self.effects.clear();
        answers
    }
}

/// Where the gateway of most cases sends from.
pub const GGSN: &str = "127.0.0.2:50000";

/// A RADIUS packet.
pub fn request(
    code: Code,
    identifier: u8,
    secret: &str,
    attributes: impl for<'o> FnOnce(Builder<'o>) -> Builder<'o>,
) -> Vec<u8> {
    let mut packet = Vec::new();
    attributes(Builder::new(&mut packet, code, identifier))
        .finish_request(&[7; 16], &Secret::from(secret))
        .unwrap();
    packet
}

fn channel(port: u16, peer: &str) -> Channel {
    Channel {
        carrier: Carrier::Udp,
        local: SocketAddr::from(([127, 0, 0, 1], port)),
        peer: peer.parse().unwrap(),
    }
}

/// The 200 to a request.
fn answer(request: &str) -> String {
    let copied = ["Via:", "From:", "To:", "Call-ID:", "CSeq:"];
    let mut answer = "SIP/2.0 200 OK\r\n".to_owned();
    for line in request
        .lines()
        .filter(|line| copied.iter().any(|name| line.starts_with(name)))
    {
        answer.push_str(line);
        answer.push_str("\r\n");
    }
    answer + "Content-Length: 0\r\n\r\n"
}

/// The value of a header of a message.
pub fn header<'t>(text: &'t str, name: &str) -> &'t str {
    let mut values = text.lines().filter_map(|line| line.strip_prefix(name));
    values.next().unwrap().trim_start_matches(':').trim()
}
