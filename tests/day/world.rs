//! The gateway between its peers, in virtual time; what passes is recorded.

use std::{collections::VecDeque, net::SocketAddr, time::Duration};

use pengate::{
    agent::identity::{Subscriber, read_subscribers},
    config::Config,
    event::{NetworkEvent, Source},
    feed::{Carrier, Channel, Chunk, Heading, capture::Recorder},
    gateway::{Effects, Gateway, Input, Options, Service, Taps},
    options::Network as Addresses,
    pen::{
        log::{LogPos, MemoryLog},
        state::{Durability, MemoryStore, StateBatch, StateStore},
    },
    replay::Mark,
    session::sip::front::Listener,
};
use pengate_codecs::{Stamp, cap::EventTypeBcsm, radius, tcap::TransactionId};

use crate::{
    peers::{self, Network, Reach, Registered, SCSCF, Status, Truth, WATCHER},
    signalling,
    steps::Step,
};

/// The configuration of the day.
pub const CONFIG: &str = include_str!("day.toml");

/// Who is known beforehand.
pub const SUBSCRIBERS: &str = "imsi,msisdn,uris\n\
    001010000000001,99900000001,sip:alice@ims.example tel:+99900000001\n\
    001010000000002,99900000002,sip:bob@ims.example\n";

/// How long a peer takes to answer.
const TURN: Duration = Duration::from_millis(5);

/// Six in the morning of 1 March 2026, less a minute: the day begins with the watcher.
const DAWN: i64 = 1_772_344_740;

pub fn configuration() -> Config {
    Config::parse(CONFIG).unwrap()
}

pub fn subscribers() -> Vec<Subscriber> {
    let mut subscribers = Vec::new();
    read_subscribers(SUBSCRIBERS.as_bytes(), |row| {
        subscribers.push(row.unwrap());
    })
    .unwrap();
    subscribers
}

/// How it is known that all names are alice's.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Known {
    /// The operator says so.
    Provisioned,
    /// Network elements do: each ties some names to each other.
    ByEvents,
}

impl Known {
    pub const BOTH: [Self; 2] = [Self::Provisioned, Self::ByEvents];

    /// The step from which on documents are those of the day: without provisioning the device has no
    /// name before its IMSI is told.
    pub const fn from(self) -> usize {
        match self {
            Self::Provisioned => 0,
            Self::ByEvents => 1,
        }
    }

    pub fn subscribers(self) -> Vec<Subscriber> {
        match self {
            Self::Provisioned => subscribers(),
            Self::ByEvents => Vec::new(),
        }
    }
}

fn gateway(config: &Config, known: Known, seed: u64, log: MemoryLog) -> Gateway<MemoryLog> {
    let listeners = config.sip.listen.iter().map(|local| Listener {
        carrier: Carrier::Udp,
        local: *local,
        sent_by: local.to_string(),
    });
    let options = Options {
        listeners: listeners.collect(),
        seed,
        taps: Taps {
            events: true,
            documents: false,
        },
        ..config.gateway()
    };
    let clients = config.radius.clients.iter().map(|client| {
        let secret = client.secret.clone().unwrap();
        (client.network, radius::Secret::new(secret.as_bytes()))
    });
    let clients: Vec<(Addresses, _)> = clients.collect();
    let mut gateway = Gateway::new(options, clients.into_iter().collect(), log);
    let subscribers = known.subscribers();
    subscribers.iter().for_each(|one| gateway.provision(one));
    gateway
}

/// The gateway and its peers.
pub struct World {
    config: Config,
    known: Known,
    gateway: Gateway<MemoryLog>,
    rows: MemoryStore,
    effects: Effects,
    recorder: Recorder<Vec<u8>>,
    now: Stamp,
    truth: Truth,
    /// What peers have sent that did not arrive yet, and connections that are about to come.
    underway: VecDeque<Underway>,
    /// Which connections there are.
    connections: Vec<(Service, Channel)>,
    count: u32,
    /// The call, as the gateway calls it.
    call: Option<TransactionId>,
    /// Everything that network elements told, in the order of its arrival.
    pub events: Vec<NetworkEvent>,
    /// The document that the watcher holds.
    pub document: String,
    /// How many NOTIFYs the watcher got.
    pub notified: u32,
    /// By how many steps the next packets are late, and their repetitions, the last one first.
    pub delays: Vec<(usize, usize)>,
    late: Vec<(usize, Source, u16, Vec<u8>)>,
    /// Every document that the watcher was told.
    pub held: Vec<String>,
    /// Every message that was sent.
    pub sent: Vec<(Channel, Vec<u8>)>,
    /// What was acknowledged to network elements, as service and octets.
    pub answers: Vec<(Service, Vec<u8>)>,
}

enum Underway {
    Up(Service, Channel),
    Octets(Service, Channel, Vec<u8>),
}

pub const SEED: u64 = 1;

impl World {
    pub fn new(known: Known) -> Self {
        let config = configuration();
        let now = Stamp::from_secs(DAWN);
        let mut recorder = Recorder::new(Vec::new()).unwrap();
        let seed = Mark::Seed(SEED).to_string();
        recorder.marker(now, seed.as_bytes()).unwrap();
        let mut gateway = gateway(&config, known, SEED, MemoryLog::new());
        gateway.collect_writes();
        let mut world = Self {
            config,
            known,
            gateway,
            rows: MemoryStore::new(),
            effects: Effects::default(),
            recorder,
            now,
            truth: Truth {
                cs: Reach::Detached,
                ps: Reach::Detached,
                in_a_call: false,
                tells_number: known == Known::ByEvents,
                network: Network::Home,
                registered: Registered::No,
                located: None,
            },
            underway: VecDeque::new(),
            connections: Vec::new(),
            count: 0,
            call: None,
            events: Vec::new(),
            document: String::new(),
            notified: 0,
            delays: Vec::new(),
            late: Vec::new(),
            held: Vec::new(),
            sent: Vec::new(),
            answers: Vec::new(),
        };
        world.step(&[]);
        world.turn();
        world
    }

    /// Everything that is late comes.
    pub fn end(&mut self) {
        self.late.iter_mut().for_each(|(delay, ..)| *delay = 0);
        self.send_late();
    }

    /// Does a step, is killed in the middle of the minute, and goes on.
    pub fn take_and_kill(&mut self, step: &Step, number: usize, keeps: bool) {
        (step.act)(self);
        let minute = i64::try_from(number).unwrap() + 1;
        self.pass_until(Stamp::from_secs(DAWN + 60 * minute - 30));
        if keeps {
            self.keep();
        }
        self.kill();
        self.pass_until(Stamp::from_secs(DAWN + 60 * minute));
    }

    /// Does a step and lets time pass until a little before the next.
    pub fn take(&mut self, step: &Step, number: usize) {
        (step.act)(self);
        self.pass_step(number);
    }

    /// Lets time pass until a little before the next step. What is late comes at its end.
    fn pass_step(&mut self, number: usize) {
        let minute = i64::try_from(number).unwrap() + 1;
        self.pass_until(Stamp::from_secs(DAWN + 60 * minute - 30));
        for (delay, ..) in &mut self.late {
            *delay = delay.saturating_sub(1);
        }
        self.send_late();
        self.pass_until(Stamp::from_secs(DAWN + 60 * minute));
    }

    pub const fn now(&self) -> Stamp {
        self.now
    }

    pub const fn truth(&mut self) -> &mut Truth {
        &mut self.truth
    }

    /// The recording.
    pub fn recording(self) -> Vec<u8> {
        self.recorder.into_inner()
    }

    /// What the gateway shows whoever asks now.
    pub fn shown(&mut self) -> String {
        let shown = self.gateway.shard().document(peers::ALICE).unwrap();
        shown["document"].as_str().unwrap().to_owned()
    }

    pub fn watch(&mut self) {
        self.sip(WATCHER, &peers::subscribe());
    }

    /// A message by way of the signalling gateway.
    pub fn signal(&mut self, octets: &[u8]) {
        let channel = self.connection(Service::M3ua);
        self.arrive(Service::M3ua, channel, octets);
    }

    pub fn session_starts(&mut self) {
        const CELL: [u8; 7] = [0x00, 0xf1, 0x10, 0x12, 0x34, 0x56, 0x78];
        let packet = peers::packet_session(Status::Start, self.now, &CELL);
        self.radius(Source::Pk, 1813, &packet);
    }

    pub fn session_stops(&mut self) {
        let packet = peers::packet_session(Status::Stop, self.now, &[0; 7]);
        self.radius(Source::Pk, 1813, &packet);
    }

    pub fn wlan_starts(&mut self) {
        let packet = peers::wlan_session(Status::Start, self.now);
        self.radius(Source::Pr, 1913, &packet);
    }

    pub fn wlan_stops(&mut self) {
        let packet = peers::wlan_session(Status::Stop, self.now);
        self.radius(Source::Pr, 1913, &packet);
    }

    pub fn register(&mut self, expires: u32) {
        self.count += 1;
        self.sip(SCSCF, &peers::register(self.count, expires));
    }

    /// The HSS notifies of a registration.
    pub fn push(&mut self, registered: Registered) {
        self.truth.registered = registered;
        self.count += 1;
        let octets = peers::push(&self.truth, self.count);
        let service = Service::Diameter(Source::Ph);
        let channel = self.connection(service);
        self.arrive(service, channel, &octets);
    }

    /// Alice makes a call; it goes on once that is recorded.
    pub fn call_begins(&mut self) {
        self.signal(&signalling::initial_dp());
        let (_, answer) = self.answers.last().unwrap();
        self.call = Some(signalling::transaction(answer));
    }

    pub fn call_becomes(&mut self, kind: EventTypeBcsm) {
        let octets = signalling::call_event(self.call.unwrap(), kind);
        self.signal(&octets);
    }

    /// A packet is sent: now, or as many steps later as the day has it, and once more.
    fn radius(&mut self, source: Source, port: u16, packet: &[u8]) {
        let (first, again) = self.delays.pop().unwrap_or_default();
        for delay in [first, again] {
            self.late.push((delay, source, port, packet.to_vec()));
        }
        self.send_late();
    }

    fn send_late(&mut self) {
        let (due, later) = std::mem::take(&mut self.late)
            .into_iter()
            .partition(|(delay, ..)| *delay == 0);
        self.late = later;
        for (_, source, port, packet) in due {
            let channel = udp(port, "127.0.0.2:50000");
            self.arrive(Service::Radius(source), channel, &packet);
        }
    }

    fn sip(&mut self, peer: &str, text: &str) {
        self.arrive(Service::Sip, udp(5060, peer), text.as_bytes());
    }

    fn connection(&self, service: Service) -> Channel {
        let mut connections = self.connections.iter();
        connections.find(|(of, _)| *of == service).unwrap().1
    }

    /// Octets arrive, and the peers answer until all are silent.
    fn arrive(&mut self, service: Service, channel: Channel, bytes: &[u8]) {
        self.chunk(service, channel, bytes);
        self.turn();
    }

    fn chunk(&mut self, service: Service, channel: Channel, bytes: &[u8]) {
        let chunk = Chunk {
            at: self.now,
            channel,
            heading: Heading::In,
            bytes,
        };
        self.recorder.chunk(&chunk).unwrap();
        self.step(&[Input::Chunk(service, chunk)]);
    }

    fn turn(&mut self) {
        while let Some(underway) = self.underway.pop_front() {
            let at = self.now + TURN;
            self.now = at;
            match underway {
                Underway::Up(service, channel) => {
                    self.recorder.up(at, channel, Heading::Out).unwrap();
                    self.connections.push((service, channel));
                    self.step(&[Input::Up(service, channel)]);
                }
                Underway::Octets(service, channel, octets) => {
                    self.chunk(service, channel, &octets);
                }
            }
        }
    }

    fn pass_until(&mut self, end: Stamp) {
        while let Some(due) = self.gateway.deadline().filter(|due| *due < end) {
            self.now = self.now.max(due);
            self.step(&[]);
            self.turn();
        }
        self.now = self.now.max(end);
    }

    fn step(&mut self, inputs: &[Input<'_>]) {
        self.gateway.step(self.now, inputs, &mut self.effects);
        let mut effects = std::mem::take(&mut self.effects);
        self.events.append(&mut effects.events);
        for (channel, bytes) in effects.sends() {
            let chunk = Chunk {
                at: self.now,
                channel,
                heading: Heading::Out,
                bytes,
            };
            self.recorder.chunk(&chunk).unwrap();
            self.sent.push((channel, bytes.to_vec()));
            self.heard(channel, bytes);
        }
        for (service, carrier, peer) in effects.connects.drain(..) {
            let port = peer.port().wrapping_add(30_000);
            let local = SocketAddr::from(([127, 0, 0, 1], port));
            let channel = Channel {
                carrier,
                local,
                peer,
            };
            self.underway.push_back(Underway::Up(service, channel));
        }
        assert!(effects.hang_ups.is_empty());
        self.effects = effects;
        self.effects.clear();
    }

    /// What a peer makes of what it got.
    fn heard(&mut self, channel: Channel, octets: &[u8]) {
        let mut connections = self.connections.iter();
        let service = connections.find(|(_, of)| *of == channel);
        let service = service.map_or(Service::Sip, |(service, _)| *service);
        let answer = match (service, channel.local.port()) {
            (Service::M3ua, _) => {
                self.answers.push((service, octets.to_vec()));
                signalling::answer(octets)
            }
            (Service::Diameter(_), _) => {
                let answer = peers::hss(&self.truth, octets);
                if answer.is_none() {
                    self.answers.push((service, octets.to_vec()));
                }
                answer
            }
            (Service::Mlp, _) => Some(peers::gmlc(&self.truth)),
            (_, 5060) => self.heard_sip(octets),
            (_, port) => {
                let source = if port == 1813 { Source::Pk } else { Source::Pr };
                let service = Service::Radius(source);
                self.answers.push((service, octets.to_vec()));
                None
            }
        };
        if let Some(answer) = answer {
            self.underway
                .push_back(Underway::Octets(service, channel, answer));
        }
    }

    fn heard_sip(&mut self, octets: &[u8]) -> Option<Vec<u8>> {
        let text = std::str::from_utf8(octets).unwrap();
        if !text.starts_with("NOTIFY ") {
            assert!(text.starts_with("SIP/2.0 200 "), "{text}");
            self.answers.push((Service::Sip, octets.to_vec()));
            return None;
        }
        self.notified += 1;
        let (_, body) = text.split_once("\r\n\r\n").unwrap();
        body.clone_into(&mut self.document);
        self.held.push(body.to_owned());
        Some(peers::ok(text).into_bytes())
    }

    /// The store takes what changed, unless that is not durable yet.
    pub fn keep(&mut self) {
        let mut writes = StateBatch::default();
        if let Some((pos, _)) = self.gateway.take_writes(&mut writes) {
            self.rows.commit(&writes, pos, Durability::Synced).unwrap();
        }
    }

    /// From now on nothing becomes durable.
    pub fn hold_the_log(&mut self) {
        self.gateway.log_mut().hold();
    }

    /// The process is killed and started again: what it knows is what log and rows hold, and its
    /// connections are gone.
    pub fn kill(&mut self) {
        let mut log = std::mem::take(self.gateway.log_mut());
        log.power_cut();
        self.underway.clear();
        self.connections.clear();
        let seed = SEED + u64::from(self.notified);
        self.gateway = gateway(&self.config, self.known, seed, log);
        let Self {
            gateway, rows, now, ..
        } = self;
        let stands: LogPos = rows
            .scan(&mut |row| gateway.load(*now, row).unwrap())
            .unwrap();
        gateway.collect_writes();
        gateway.recover(*now, stands).unwrap();
        self.step(&[]);
        self.turn();
    }
}

fn udp(port: u16, peer: &str) -> Channel {
    Channel {
        carrier: Carrier::Udp,
        local: SocketAddr::from(([127, 0, 0, 1], port)),
        peer: peer.parse().unwrap(),
    }
}
