//! The gateway with a log that does as it is told, and peers that remember what they sent.

use std::{collections::VecDeque, net::SocketAddr, time::Duration};

use pengate::{
    agent::identity::read_subscribers,
    config::Config,
    event::Source,
    feed::{Carrier, Channel, Chunk, Heading},
    gateway::{Effects, Gateway, Input, Options, Service, Taps},
    pen::{
        log::Log,
        state::{Durability, MemoryStore, StateBatch, StateStore},
    },
    session::sip::front::Listener,
};
use pengate_codecs::{
    Stamp,
    radius::{Builder, Code, Packet, Secret},
    sip::{
        Framing, Message, Writer,
        header::{From, SipEtag},
    },
};

use super::{checks, feeds, log::ScriptedLog};

const SECRET: &str = "testing123";
const MESSAGE_AUTHENTICATOR: u8 = 80;
/// In SIP, stand for the tag of the last NOTIFY and the entity-tag that we told last.
const TAG: u8 = 0x01;
const ETAG: u8 = 0x02;
/// What is allowed of everything that is counted.
pub const FEW: usize = 16;

const SUBSCRIBERS: &str = "imsi,msisdn,uris
001010000000001,99900000001,sip:alice@ims.example
001010000000002,99900000002,sip:bob@ims.example sip:robert@ims.example
";

/// Something that arrives with the next step.
#[derive(Clone, Debug)]
pub enum Arrival {
    Chunk(Service, Channel, Vec<u8>),
    Up(Service, Channel),
    Down(Service, Channel),
    Refused(Service, SocketAddr),
}

/// The gateway and its surroundings.
pub struct Bench {
    pub log: ScriptedLog,
    rows: MemoryStore,
    gateway: Gateway<ScriptedLog>,
    now: Stamp,
    effects: Effects,
    arrivals: Vec<Arrival>,
    last: Option<Arrival>,
    /// How many REGISTERs were made.
    registers: u32,
    /// RADIUS requests that were sent.
    requests: Vec<(Channel, Vec<u8>)>,
    notifies: VecDeque<(Channel, Vec<u8>)>,
    connects: VecDeque<SocketAddr>,
    tag: Vec<u8>,
    etag: Vec<u8>,
    /// What the other feeds were told.
    pub heard: feeds::Heard,
}

impl Bench {
    pub fn new() -> Self {
        let log = ScriptedLog::new();
        let mut gateway = gateway(log.clone(), 1);
        gateway.collect_writes();
        Self {
            gateway,
            log,
            rows: MemoryStore::new(),
            now: Stamp::from_secs(1_767_225_600),
            effects: Effects::default(),
            arrivals: Vec::new(),
            last: None,
            registers: 0,
            requests: Vec::new(),
            notifies: VecDeque::new(),
            connects: VecDeque::new(),
            tag: b"none".to_vec(),
            etag: b"none".to_vec(),
            heard: feeds::Heard::default(),
        }
    }

    pub fn radius(&mut self, peer: u8, octets: Vec<u8>) {
        let channel = channel(Carrier::Udp, peer, 1813);
        self.requests.push((channel, octets.clone()));
        self.arrive(Arrival::Chunk(Service::Radius(Source::Pk), channel, octets));
    }

    pub fn signed_radius(&mut self, peer: u8, octets: &[u8]) {
        let signed = sign(octets).unwrap_or_else(|| octets.to_vec());
        self.radius(peer, signed);
    }

    pub fn datagram(&mut self, peer: u8, octets: &[u8]) {
        let channel = channel(Carrier::Udp, peer, 5060);
        let octets = self.with_tags(octets);
        self.arrive(Arrival::Chunk(Service::Sip, channel, octets));
    }

    pub fn stream(&mut self, peer: u8, octets: &[u8]) {
        let channel = channel(Carrier::Tcp, peer, 5060);
        let octets = self.with_tags(octets);
        self.arrive(Arrival::Chunk(Service::Sip, channel, octets));
    }

    /// An S-CSCF registers a user, refreshes or ends it, or a user agent tries to: the operand says
    /// whom, for how long, where, with which body and over what.
    pub fn register(&mut self, peer: u8, operand: u8) {
        let pick = |shift: u8, of: &[&'static str; 4]| of[usize::from(operand >> shift & 3)];
        let to = pick(0, &["alice", "bob", "robert", "nobody"]);
        let expires = pick(2, &["0", "60", "3600", "4294967295"]);
        let more = pick(
            4,
            &[
                "",
                "P-Access-Network-Info: 3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=0010112340abcdef\r\n",
                "P-Visited-Network-ID: other.example\r\nAuthorization: Digest username=\"a\"\r\n",
                "Content-Type: message/sip\r\n",
            ],
        );
        let from = match operand >> 6 {
            0..=2 => "scscf1",
            _ => to,
        };
        let body = match more.starts_with("Content") {
            true => "REGISTER sip:ims.example SIP/2.0\r\nTo: <sip:a>\r\nFrom: <sip:a>\r\n\r\n",
            false => "",
        };
        self.registers += 1;
        let number = self.registers;
        let text = format!(
            "REGISTER sip:pna.ims.example SIP/2.0\r\n\
             Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bKr{number}\r\n\
             From: <sip:{from}@ims.example>;tag=1\r\nTo: <sip:{to}@ims.example>\r\n\
             Call-ID: r{number}\r\nCSeq: 1 REGISTER\r\nContact: <sip:{from}@127.0.0.1>\r\n\
             Expires: {expires}\r\n{more}Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        match operand >> 6 & 1 {
            0 => self.datagram(peer, text.as_bytes()),
            _ => self.stream(peer, text.as_bytes()),
        }
    }

    /// Answers the oldest NOTIFY that was not, as its watcher.
    pub fn answer_notify(&mut self, operand: u8) {
        let Some((channel, octets)) = self.notifies.pop_front() else {
            return;
        };
        let Ok(message) = Message::decode(&octets, Framing::Datagram) else {
            return;
        };
        let status = [200, 202, 100, 401, 481, 489, 503, 404][usize::from(operand & 7)];
        let mut answer = Vec::new();
        let source = Some(channel.local);
        if let Ok(mut writer) = Writer::answer(&mut answer, &message, status, source, Some("w")) {
            writer.finish();
            self.arrive(Arrival::Chunk(Service::Sip, channel, answer));
        }
    }

    /// The connection that was asked for first comes about, or that of a peer.
    pub fn up(&mut self, peer: u8, operand: u8) {
        let mut channel = channel(Carrier::Tcp, peer, 5060);
        if operand & 1 == 0
            && let Some(asked) = self.connects.pop_front()
        {
            channel.peer = asked;
        }
        self.arrive(Arrival::Up(Service::Sip, channel));
    }

    pub fn down(&mut self, peer: u8) {
        let channel = channel(Carrier::Tcp, peer, 5060);
        self.arrive(Arrival::Down(Service::Sip, channel));
    }

    /// The connection that was asked for first is refused, or that of a peer.
    pub fn refused(&mut self, peer: u8, operand: u8) {
        let asked = (operand & 1 == 0)
            .then(|| self.connects.pop_front())
            .flatten();
        let peer = asked.unwrap_or(channel(Carrier::Tcp, peer, 5060).peer);
        self.arrive(Arrival::Refused(Service::Sip, peer));
    }

    /// What came last comes again.
    pub fn repeat(&mut self) {
        self.arrivals.extend(self.last.clone());
    }

    /// Time passes, whatever falls due meanwhile.
    pub fn pass(&mut self, measure: u8, count: u8) {
        let measure = [1, 500, 60_000, 3_600_000][usize::from(measure & 3)];
        self.now = self.now + Duration::from_millis(measure * u64::from(count));
    }

    /// Time passes from one thing that is due to the next.
    pub fn fall_due(&mut self, count: u8) {
        for _ in 0..count & 0x1f {
            let Some(due) = self.gateway.deadline() else {
                return;
            };
            self.now = self.now.max(due);
            self.step();
        }
    }

    /// Rows are kept as they are; the log lets go of what stands in those that a loss of power
    /// leaves.
    pub fn keep(&mut self, operand: u8) {
        let mut writes = StateBatch::default();
        let Some((pos, _)) = self.gateway.take_writes(&mut writes) else {
            return;
        };
        let durability = match operand & 1 {
            0 => Durability::Synced,
            _ => Durability::Buffered,
        };
        let kept = self.rows.commit(&writes, pos, durability);
        kept.expect("every key is short enough");
        if durability == Durability::Synced {
            self.log.truncate_to(pos);
        }
    }

    /// Power is cut; what was durable comes back.
    pub fn restart(&mut self, seed: u8) {
        self.log.power_cut();
        self.rows.power_cut();
        self.gateway = gateway(self.log.clone(), seed.into());
        self.arrivals.clear();
        self.notifies.clear();
        self.connects.clear();
        let Self {
            gateway, rows, now, ..
        } = self;
        let stands = rows.scan(&mut |row| gateway.load(*now, row).expect("a row of ours"));
        let stands = stands.expect("a store in memory");
        gateway.collect_writes();
        gateway.recover(*now, stands).expect("the log is whole");
    }

    /// Runs what has arrived, then looks at what came of it.
    pub fn step(&mut self) {
        let arrivals = std::mem::take(&mut self.arrivals);
        let inputs: Vec<Input<'_>> = arrivals
            .iter()
            .map(|arrival| arrival.input(self.now))
            .collect();
        self.gateway.step(self.now, &inputs, &mut self.effects);
        self.look(inputs.len());
        // No busy loop: after a few steps at one time nothing is due at that time any more.
        for _ in 0..IDLE_STEPS_MAX {
            if self.gateway.deadline().is_none_or(|due| due > self.now) {
                return;
            }
            self.gateway.step(self.now, &[], &mut self.effects);
            self.look(0);
        }
        panic!("at {:?} still due: {:?}", self.now, self.gateway.deadline());
    }

    /// Ends in order: what the log took is settled.
    pub fn finish(mut self) {
        self.log.refuse(0);
        self.log.release();
        self.step();
        self.gateway.drain(self.now, &mut self.effects);
        self.look(0);
        assert_eq!(self.gateway.waiting(), 0, "records wait for nothing");
    }

    fn look(&mut self, inputs: usize) {
        checks::bounds(&mut self.gateway, &self.effects, inputs);
        checks::documents(&self.effects);
        for (channel, octets) in self.effects.sends() {
            if channel.local.port() == 1813 {
                checks::radius(channel, octets, &self.requests, &Secret::from(SECRET));
                continue;
            }
            if let Some(service) = feeds::service(channel) {
                self.heard.look(service, octets);
                continue;
            }
            let Some(message) = checks::sip(channel, octets) else {
                continue;
            };
            if message.request().is_some() {
                self.notifies.push_back((channel, octets.to_vec()));
                let from = message.required::<From<'_>>();
                self.tag = from
                    .ok()
                    .and_then(|from| from.0.tag())
                    .unwrap_or_default()
                    .into();
            }
            if let Ok(Some(etag)) = message.header::<SipEtag<'_>>() {
                self.etag = etag.0.as_bytes().to_vec();
            }
        }
        let connects = self.effects.connects.drain(..);
        let of_sip = connects.filter(|(service, ..)| *service == Service::Sip);
        self.connects.extend(of_sip.map(|(_, _, peer)| peer));
        let hang_ups = self.effects.hang_ups.drain(..).map(|channel| {
            let service = feeds::service(channel).unwrap_or(Service::Sip);
            Arrival::Down(service, channel)
        });
        self.arrivals.extend(hang_ups);
        self.effects.clear();
        if self.effects.log_failure.take().is_some() {
            // Nothing can be recorded any more: the process ends, and its supervisor starts it anew.
            self.restart(0);
        }
    }

    pub fn arrive(&mut self, arrival: Arrival) {
        self.last = Some(arrival.clone());
        self.arrivals.push(arrival);
    }

    fn with_tags(&self, octets: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(octets.len());
        for octet in octets {
            match *octet {
                TAG => out.extend_from_slice(&self.tag),
                ETAG => out.extend_from_slice(&self.etag),
                octet => out.push(octet),
            }
        }
        out
    }
}

impl Arrival {
    fn input(&self, now: Stamp) -> Input<'_> {
        match self {
            Self::Chunk(service, channel, octets) => Input::Chunk(
                *service,
                Chunk {
                    at: now,
                    channel: *channel,
                    heading: Heading::In,
                    bytes: octets,
                },
            ),
            Self::Up(service, channel) => Input::Up(*service, *channel),
            Self::Down(service, channel) => Input::Down(*service, *channel),
            Self::Refused(service, peer) => Input::Refused(*service, *peer),
        }
    }
}

/// Steps at one time after which nothing may be due at that time.
const IDLE_STEPS_MAX: usize = 8;

fn channel(carrier: Carrier, peer: u8, port: u16) -> Channel {
    let (local, peer) = match peer & 3 {
        0 => ("127.0.0.1", "127.0.0.1:5070"),
        1 => ("::1", "[::1]:5070"),
        2 => ("127.0.0.1", "127.0.0.2:5080"),
        // Neither a client nor trusted.
        _ => ("127.0.0.1", "192.0.2.9:5070"),
    };
    Channel {
        carrier,
        local: SocketAddr::new(local.parse().expect("an address"), port),
        peer: peer.parse().expect("an address"),
    }
}

fn gateway(log: ScriptedLog, seed: u64) -> Gateway<ScriptedLog> {
    let mut config = Config::default();
    let transport = &mut config.sip.transport;
    (transport.transactions_max, transport.requests_max) = (FEW, FEW);
    (transport.header_bytes, transport.body_bytes) = (4_096, 8_192);
    (transport.mtu_loopback_bytes, transport.refused_max) = (1_500, 2);
    let server = &mut config.server;
    (server.presentities_max, server.subscriptions_max) = (FEW, FEW);
    server.publications_per_presentity_max = 4;
    server.subscriptions_per_presentity_max = 8;
    (server.parked_max, server.pending_max) = (4, FEW);
    server.publication_bytes_max = 4_096;
    (config.identity.identities_max, config.identity.sessions_max) = (FEW, FEW);
    config.identity.resets_max = 4;
    (config.pk.repeats_max, config.pk.elements_max) = (FEW, 4);
    config.pk.replies.replies_max = FEW;
    feeds::configure(&mut config);
    let listeners = ["127.0.0.1:5060", "[::1]:5060"].into_iter().flat_map(|at| {
        [Carrier::Udp, Carrier::Tcp].map(|carrier| Listener {
            carrier,
            local: at.parse().expect("an address"),
            sent_by: at.to_owned(),
        })
    });
    let options = Options {
        listeners: listeners.collect(),
        seed,
        taps: Taps {
            events: true,
            documents: true,
        },
        ..config.gateway()
    };
    let clients = config
        .radius
        .clients
        .iter()
        .map(|client| (client.network, Secret::from(SECRET)))
        .collect();
    let mut gateway = Gateway::new(options, clients, log);
    read_subscribers(SUBSCRIBERS.as_bytes(), |subscriber| {
        gateway.provision(&subscriber.expect("a subscriber"));
    })
    .expect("a list");
    gateway
}

/// The same request with authenticators that are right; `None` when it is none.
fn sign(octets: &[u8]) -> Option<Vec<u8>> {
    let packet = Packet::decode(octets).ok()?;
    let mut out = Vec::new();
    let mut builder = Builder::new(&mut out, packet.code(), packet.identifier());
    let mut proves = matches!(packet.code(), Code::AccessRequest | Code::StatusServer);
    for attribute in packet.attributes() {
        if attribute.kind == MESSAGE_AUTHENTICATOR {
            proves = true;
        } else {
            builder = builder.attribute(attribute.kind, attribute.value);
        }
    }
    if proves {
        builder = builder.message_authenticator();
    }
    builder
        .finish_request(packet.authenticator(), &Secret::from(SECRET))
        .ok()?;
    Some(out)
}
