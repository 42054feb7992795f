//! Virtual time, the network between the gateway and its peers, and what goes wrong.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
    net::SocketAddr,
    time::Duration,
};

use pengate::{
    agent::identity::Subscriber,
    event::{Digits, Imsi, Msisdn, Source},
    feed::{Carrier, Channel, Chunk, Heading},
    gateway::{Effects, Gateway, Input, Options, Service, Taps},
    options::Network,
    pen::{
        log::{LogPos, MemoryLog, Refusal},
        state::{Durability, MemoryStore, StateBatch, StateStore},
    },
    server::{self, Sizes},
    session::sip::front::Listener,
};
use pengate_codecs::{Stamp, radius};
use serde_json::Value;

use crate::{
    elements::{SECRET, Telling},
    parties::{Asking, Publisher, Watcher, refresh_after},
    script::{BUSY, Random, Script},
};

/// What goes wrong while the script is played.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Faults {
    None,
    All,
}

/// What happens next.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Happening {
    Arrives(SocketAddr, u16, Vec<u8>),
    Leaves(SocketAddr, u16, Vec<u8>),
    Tell(usize),
    Subscribe(usize, u32),
    Publish(usize, u32),
    Refresh(usize),
    State(usize, u32),
    Settle,
    /// The disk takes so many milliseconds for what was written.
    Stall(u64),
    Refuse(bool),
    /// Rows are handed to the store, which makes them durable at once or later.
    Keep(Durability),
    PowerCut,
}

pub struct World {
    gateway: Gateway<MemoryLog>,
    rows: MemoryStore,
    effects: Effects,
    random: Random,
    faults: Faults,
    now: Stamp,
    seed: u64,
    queue: BinaryHeap<Reverse<(Stamp, u64, Happening)>>,
    count: u64,
    tellings: Vec<Telling>,
    watchers: Vec<Watcher>,
    publishers: Vec<Publisher>,
    documents: BTreeMap<String, String>,
    /// Until when nothing becomes durable.
    stalled: Stamp,
    users: Vec<String>,
    pub crashes: u32,
    pub lost: u32,
    pub refusals: u32,
    /// How many starts read rows and log, and not one of them alone.
    pub mixed: u32,
}

const BEGIN: u64 = 1_700_000_000;
/// Seconds without faults until everything must have come right: longer than a publication.
const QUIET: u64 = 150;
const RADIUS: u16 = 1813;
const SIP: u16 = 5060;

impl World {
    /// Plays the script to its end, and through the quiet after it.
    pub fn run(script: &Script, faults: Faults) -> Self {
        let mut world = Self::new(script, faults);
        world.plan(script);
        let end = world.after(1_000 * (BUSY + QUIET));
        let calm = world.after(1_000 * BUSY);
        loop {
            let due = world.gateway.deadline().unwrap_or(end).max(world.now);
            let next = world.queue.peek().map_or(end, |Reverse((at, ..))| *at);
            if due.min(next) >= end {
                break;
            }
            if due < next {
                world.now = due;
                world.step(&[]);
            } else if let Some(Reverse((at, _, happening))) = world.queue.pop() {
                world.now = at;
                if at >= calm {
                    world.faults = Faults::None;
                    world.stalled = at;
                    world.gateway.log_mut().release();
                }
                world.happen(happening);
            }
        }
        world.read_documents();
        world
    }

    fn new(script: &Script, faults: Faults) -> Self {
        let watchers = script.watchers.iter().enumerate();
        let users = script.users.iter().enumerate();
        let mut gateway = gateway(&script.users, script.seed, MemoryLog::new());
        gateway.collect_writes();
        Self {
            gateway,
            rows: MemoryStore::new(),
            effects: Effects::default(),
            random: Random(!script.seed),
            faults,
            seed: script.seed,
            now: Stamp::from_secs(i64::try_from(BEGIN).unwrap()),
            queue: BinaryHeap::new(),
            count: 0,
            tellings: script
                .reports
                .iter()
                .enumerate()
                .map(|(number, report)| Telling::new(report, number, BEGIN))
                .collect(),
            watchers: watchers
                .map(|(number, (who, whom))| {
                    Watcher::new(number, &script.users[*who], &script.users[*whom])
                })
                .collect(),
            publishers: users
                .map(|(number, user)| Publisher::new(number, user))
                .collect(),
            documents: BTreeMap::new(),
            stalled: Stamp::MIN,
            users: script.users.clone(),
            crashes: 0,
            lost: 0,
            refusals: 0,
            mixed: 0,
        }
    }

    fn plan(&mut self, script: &Script) {
        for (number, report) in script.reports.iter().enumerate() {
            self.plan_in(1_000 * report.at, Happening::Tell(number));
        }
        for (at, user, state) in &script.states {
            self.plan_in(1_000 * at, Happening::State(*user, *state));
        }
        for number in 0..self.watchers.len() {
            let at = self.random.within(0..1_000 * BUSY / 2);
            self.plan_in(at, Happening::Subscribe(number, 1));
        }
        for number in 0..self.publishers.len() {
            self.plan_in(20_000, Happening::Refresh(number));
        }
        if self.faults == Faults::None {
            return;
        }
        self.gateway.log_mut().hold();
        for _ in 0..self.random.within(0..4) {
            // The power goes while much waits for the disk: that is when something can be lost.
            let at = self.random.within(0..1_000 * BUSY - 5_000);
            let length = self.random.within(1..5_000);
            self.plan_in(at, Happening::Stall(length));
            self.plan_in(at + length, Happening::PowerCut);
        }
        for _ in 0..self.random.within(0..12) {
            let at = self.random.within(0..1_000 * BUSY);
            let durability = if self.random.chance(70) {
                Durability::Synced
            } else {
                Durability::Buffered
            };
            self.plan_in(at, Happening::Keep(durability));
        }
        for _ in 0..self.random.within(0..3) {
            let at = self.random.within(0..1_000 * BUSY);
            let length = self.random.within(10..5_000);
            self.plan_in(at, Happening::Refuse(true));
            self.plan_in(at + length, Happening::Refuse(false));
        }
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Arrives(peer, port, octets) => self.arrive(peer, port, &octets),
            Happening::Leaves(peer, port, octets) => self.leave(peer, port, &octets),
            Happening::Tell(number) => self.tell(number),
            Happening::Subscribe(number, cseq) => {
                let Watcher { asking, peer, .. } = &mut self.watchers[number];
                let (next, peer) = (ask(asking, cseq), *peer);
                self.ask_again(next, peer, Happening::Subscribe(number, cseq));
            }
            Happening::Publish(number, cseq) => {
                let Publisher { asking, peer, .. } = &mut self.publishers[number];
                let (next, peer) = (ask(asking, cseq), *peer);
                self.ask_again(next, peer, Happening::Publish(number, cseq));
            }
            Happening::Refresh(number) => {
                self.publish(number);
                let wait = refresh_after(&mut self.random);
                self.plan_in(wait, Happening::Refresh(number));
            }
            Happening::State(number, state) => {
                self.publishers[number].wanted = state;
                self.publish(number);
            }
            Happening::Stall(millis) => self.stalled = self.after(millis),
            Happening::Settle if self.now < self.stalled => {
                let at = self.stalled + Duration::from_millis(1);
                self.count += 1;
                self.queue
                    .push(Reverse((at, self.count, Happening::Settle)));
            }
            Happening::Settle => {
                let batches = usize::try_from(self.random.within(1..4)).unwrap();
                self.gateway.log_mut().settle(batches);
                self.step(&[]);
            }
            Happening::Refuse(refuses) => {
                self.refusals += u32::from(refuses);
                self.gateway
                    .log_mut()
                    .refuse(refuses.then_some(Refusal::NoSpace));
            }
            Happening::Keep(durability) => self.keep(durability),
            Happening::PowerCut => self.power_cut(),
        }
    }

    fn tell(&mut self, number: usize) {
        let telling = &mut self.tellings[number];
        if telling.is_answered {
            return;
        }
        let late = self.now.since(telling.written());
        let (packet, wait) = telling.next(&mut self.random, late.as_secs());
        let peer = telling.peer();
        self.transmit(|octets| Happening::Arrives(peer, RADIUS, octets), &packet);
        self.plan_in(wait, Happening::Tell(number));
    }

    fn publish(&mut self, number: usize) {
        if self.publishers[number].ask() {
            let cseq = self.publishers[number].asking.cseq;
            self.happen(Happening::Publish(number, cseq));
        }
    }

    fn ask_again(&mut self, next: Option<(Vec<u8>, u64)>, peer: SocketAddr, again: Happening) {
        if let Some((octets, wait)) = next {
            self.transmit(|octets| Happening::Arrives(peer, SIP, octets), &octets);
            self.plan_in(wait, again);
        }
    }

    fn arrive(&mut self, peer: SocketAddr, port: u16, octets: &[u8]) {
        let service = match port {
            RADIUS => Service::Radius(Source::Pk),
            _ => Service::Sip,
        };
        let chunk = Chunk {
            at: self.now,
            channel: Channel {
                carrier: Carrier::Udp,
                local: SocketAddr::from(([127, 0, 0, 1], port)),
                peer,
            },
            heading: Heading::In,
            bytes: octets,
        };
        self.step(&[Input::Chunk(service, chunk)]);
    }

    /// Octets reach a peer.
    fn leave(&mut self, peer: SocketAddr, port: u16, octets: &[u8]) {
        if port == RADIUS {
            let mut tellings = self.tellings.iter_mut();
            let telling = tellings
                .find(|telling| telling.peer().port() == peer.port())
                .unwrap();
            return telling.answered(octets);
        }
        let text = std::str::from_utf8(octets).unwrap();
        let mut watchers = self.watchers.iter_mut();
        if let Some(watcher) = watchers.find(|watcher| watcher.peer == peer) {
            if let Some(answer) = watcher.take(text) {
                let answer = answer.into_bytes();
                self.transmit(|octets| Happening::Arrives(peer, SIP, octets), &answer);
            }
            return;
        }
        let mut publishers = self.publishers.iter();
        let number = publishers.position(|one| one.peer == peer).unwrap();
        if self.publishers[number].take(text) {
            self.publish(number);
        }
    }

    fn step(&mut self, inputs: &[Input<'_>]) {
        self.gateway.step(self.now, inputs, &mut self.effects);
        let effects = std::mem::take(&mut self.effects);
        for (channel, octets) in effects.sends() {
            let (peer, port) = (channel.peer, channel.local.port());
            self.transmit(|octets| Happening::Leaves(peer, port, octets), octets);
        }
        self.effects = effects;
        self.effects.clear();
        if self.gateway.log().held() > 0 {
            let wait = self.random.within(0..20);
            self.plan_in(wait, Happening::Settle);
        }
    }

    /// The store takes what changed, unless that is not durable yet.
    fn keep(&mut self, durability: Durability) {
        let mut writes = StateBatch::default();
        if let Some((pos, _)) = self.gateway.take_writes(&mut writes) {
            self.rows.commit(&writes, pos, durability).unwrap();
        }
    }

    /// What was not durable is gone. Another process takes up what is: rows, and the log after them,
    /// which together say what the whole log says.
    fn power_cut(&mut self) {
        self.crashes += 1;
        self.stalled = self.now;
        let mut log = std::mem::take(self.gateway.log_mut());
        log.power_cut();
        self.rows.power_cut();
        let seed = self.random.next();
        self.gateway = gateway(&self.users, seed, log);
        self.gateway.recover(self.now, LogPos(0)).unwrap();
        let told = self.known();

        let log = std::mem::take(self.gateway.log_mut());
        self.gateway = gateway(&self.users, seed, log);
        let Self {
            gateway, rows, now, ..
        } = self;
        let mut loaded = 0;
        let stands = rows.scan(&mut |row| {
            loaded += 1;
            gateway.load(*now, row).unwrap();
        });
        gateway.collect_writes();
        let replayed = gateway.recover(*now, stands.unwrap()).unwrap();
        self.mixed += u32::from(loaded > 0 && replayed > 0);
        let place = format!("seed {}, {loaded} rows, {replayed} records", self.seed);
        assert_eq!(self.known(), told, "{place}");
        if self.faults == Faults::All {
            self.gateway.log_mut().hold();
        }
        self.step(&[]);
    }

    /// What the gateway knows of every user, and how much it keeps of everything.
    fn known(&mut self) -> (Vec<Option<Value>>, Sizes) {
        let shard = self.gateway.shard();
        let users = self.users.iter();
        let users = users.map(|user| shard.document(&format!("sip:{user}@ims.example")));
        (users.collect(), shard.sizes())
    }

    /// Has octets reach the other side: once and soon, or as the faults have it.
    fn transmit(&mut self, happening: impl Fn(Vec<u8>) -> Happening, octets: &[u8]) {
        let copies = match self.faults {
            Faults::None => 1,
            Faults::All if self.random.chance(15) => 0,
            Faults::All if self.random.chance(15) => 2,
            Faults::All => 1,
        };
        self.lost += u32::from(copies == 0);
        for _ in 0..copies {
            let delay = match self.faults {
                Faults::None => 1,
                Faults::All => self.random.within(1..800),
            };
            self.plan_in(delay, happening(octets.to_vec()));
        }
    }

    fn plan_in(&mut self, millis: u64, happening: Happening) {
        self.count += 1;
        let at = self.after(millis);
        self.queue.push(Reverse((at, self.count, happening)));
    }

    fn after(&self, millis: u64) -> Stamp {
        self.now + Duration::from_millis(millis)
    }

    fn read_documents(&mut self) {
        for user in &self.users {
            let uri = format!("sip:{user}@ims.example");
            let shown = self.gateway.shard().document(&uri);
            let document = shown.and_then(|shown| shown["document"].as_str().map(str::to_owned));
            self.documents
                .insert(user.clone(), document.unwrap_or_default());
        }
    }

    /// The document of a user at the end.
    pub fn document(&self, user: &str) -> &str {
        &self.documents[user]
    }

    /// What must hold of every run by itself.
    pub fn check(&self, seed: u64, script: &Script) {
        let place = format!("seed {seed}, {:?}, {} cuts", self.faults, self.crashes);
        for telling in &self.tellings {
            assert!(telling.is_answered, "{place}: {}", telling.peer());
        }
        for watcher in &self.watchers {
            let last = watcher.last().expect("a NOTIFY");
            let document = untimed(self.document(&watcher.of));
            assert_eq!(untimed(last), document, "{place}: watcher {}", watcher.peer);
            for states in watcher.states() {
                assert!(states.is_sorted(), "{place}: {states:?}");
            }
        }
        for (number, user) in script.users.iter().enumerate() {
            let mut states = script.states.iter().filter(|(_, of, _)| *of == number);
            if let Some((_, _, state)) = states.next_back() {
                let shown = format!("state {state}.");
                assert!(self.document(user).contains(&shown), "{place}: {user}");
            }
        }
    }
}

/// A request's next try, unless it was answered.
fn ask(asking: &mut Asking, cseq: u32) -> Option<(Vec<u8>, u64)> {
    (asking.cseq == cseq && !asking.text.is_empty()).then(|| asking.next())
}

fn gateway(users: &[String], seed: u64, log: MemoryLog) -> Gateway<MemoryLog> {
    let options = Options {
        server: server::Options {
            domains: vec!["ims.example".to_owned()],
            ..server::Options::default()
        },
        listeners: vec![Listener {
            carrier: Carrier::Udp,
            local: SocketAddr::from(([127, 0, 0, 1], SIP)),
            sent_by: format!("127.0.0.1:{SIP}"),
        }],
        seed,
        taps: Taps::default(),
        ..Options::default()
    };
    let secret = radius::Secret::from(SECRET);
    let clients = [(Network::LOOPBACK_V4, secret)].into_iter().collect();
    let mut gateway = Gateway::new(options, clients, log);
    for (number, user) in (1..).zip(users) {
        let digits = |text: String| Digits::from_ascii(text.as_bytes()).unwrap();
        // Of every other user only the number is known beforehand: the IMSI is learned.
        let imsi = format!("00101000000000{number}");
        gateway.provision(&Subscriber {
            imsi: (number % 2 == 0).then(|| Imsi(digits(imsi))),
            msisdn: Some(Msisdn(digits(format!("9990000000{number}")))),
            uris: [format!("sip:{user}@ims.example").into()]
                .into_iter()
                .collect(),
        });
    }
    gateway
}

/// A document without when its parts were told: a later time alone is nothing to tell a watcher.
fn untimed(document: &str) -> String {
    let mut parts = document.split("<dm:timestamp>");
    let first = parts.next().unwrap().to_owned();
    parts.fold(first, |text, part| {
        text + part
            .split_once("</dm:timestamp>")
            .map_or(part, |(_, rest)| rest)
    })
}
