//! Captures through the gateway, on the captures' own clock.
//!
//! The machines are those that run live. Time is that of the frames; between two frames everything
//! that falls due happens at its own time.

mod foreign;
mod lines;
mod mark;

use std::{
    io::Read,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};

use hashbrown::HashMap;
use pengate_codecs::{Stamp, radius};

pub use lines::{Kind, lines};
pub use mark::Mark;

use self::foreign::Translator;
use crate::{
    agent::identity::Subscriber,
    config::{Config, Secret},
    event::Source,
    feed::{
        Carrier, Channel, Chunk,
        capture::{
            CaptureError, Classifier, Entry, Event, Options as CaptureOptions, Packets, Protocol,
        },
    },
    gateway::{self, Effects, Gateway, Input, Service, Taps},
    options::Network,
    pen::log::MemoryLog,
    session::sip::front::Listener,
};

/// The gateway that a replay runs: as configured, listening where the configuration says, with the
/// secrets and subscribers that were read for it, and with a log that keeps nothing.
pub fn gateway(
    config: &Config,
    secrets: &[(Network, Secret)],
    subscribers: &[Subscriber],
    taps: Taps,
    seed: u64,
) -> Gateway<MemoryLog> {
    let listeners = config.sip.listen.iter().flat_map(|local| {
        [Carrier::Udp, Carrier::Tcp].map(|carrier| Listener {
            carrier,
            local: *local,
            sent_by: local.to_string(),
        })
    });
    let options = gateway::Options {
        listeners: listeners.collect(),
        seed,
        taps,
        ..config.gateway()
    };
    let clients = secrets
        .iter()
        .map(|(network, secret)| (*network, radius::Secret::new(secret.as_bytes())))
        .collect();
    let mut gateway = Gateway::new(options, clients, MemoryLog::transient());
    subscribers
        .iter()
        .for_each(|subscriber| gateway.provision(subscriber));
    gateway
}

/// How a replay went.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Summary {
    /// Frames of protocols of ours.
    pub ours: u64,
    /// Frames that could not be taken apart.
    pub faults: u64,
    /// Other frames.
    pub foreign: u64,
}

/// A gateway that is fed from captures.
pub struct Replay<F> {
    make: F,
    gateway: Option<Gateway<MemoryLog>>,
    effects: Effects,
    now: Stamp,
    summary: Summary,
    /// Who listens where: as configured, and as a recording notes.
    listeners: HashMap<SocketAddr, Service>,
    /// Unless the capture is a recording of ours.
    translator: Option<Translator>,
}

impl<F: Fn(u64) -> Gateway<MemoryLog>> Replay<F> {
    /// `make` builds the gateway from the seed that the recording tells, or 0.
    pub fn new(make: F) -> Self {
        Self {
            make,
            gateway: None,
            effects: Effects::default(),
            now: Stamp::MIN,
            summary: Summary::default(),
            listeners: HashMap::new(),
            translator: Some(Translator::default()),
        }
    }

    /// Lets the addresses of a configuration tell reference points apart that speak one protocol.
    #[must_use]
    pub fn listening(mut self, config: &Config) -> Self {
        let listeners = config.feed_listeners();
        self.listeners
            .extend(listeners.map(|listener| (listener.address, listener.service)));
        self
    }

    /// Runs a capture; `each` is given the time and what came of each step.
    ///
    /// # Errors
    /// [`CaptureError`] when the capture is damaged: everything before the damage was run.
    pub fn run(
        &mut self,
        capture: impl Read,
        options: &CaptureOptions,
        each: &mut dyn FnMut(Stamp, &Effects),
    ) -> Result<(), CaptureError> {
        let mut packets = Packets::new(capture, options);
        let mut classifier = Classifier::new(options);
        while let Some(item) = packets.next_item()? {
            classifier.classify(&item, |entry| self.on_entry(&entry, each));
        }
        Ok(())
    }

    /// Lets time pass until `end`: what falls due up to then happens.
    pub fn pass(&mut self, end: Stamp, each: &mut dyn FnMut(Stamp, &Effects)) {
        while let Some(due) = self.gateway.as_ref().and_then(Gateway::deadline)
            && due <= end
        {
            self.step(due.max(self.now), &[], each);
        }
        self.now = self.now.max(end);
    }

    /// The time of the last frame.
    #[must_use]
    pub const fn now(&self) -> Stamp {
        self.now
    }

    /// How it went so far.
    #[must_use]
    pub const fn summary(&self) -> Summary {
        self.summary
    }

    /// The gateway, once a frame was run.
    pub const fn gateway(&mut self) -> Option<&mut Gateway<MemoryLog>> {
        self.gateway.as_mut()
    }

    fn on_entry(&mut self, entry: &Entry<'_>, each: &mut dyn FnMut(Stamp, &Effects)) {
        if let Event::Marker(marker) = entry.event {
            let mark = std::str::from_utf8(marker).unwrap_or_default().parse();
            if let Ok(mark) = mark {
                self.on_mark(entry.at, mark, each);
            }
            return;
        }
        let at = self.advance(entry.at, each);
        let service = |protocol, channel: Channel| self.service(protocol, channel.local);
        let input = match entry.event {
            Event::Chunk(protocol, mut chunk) => {
                chunk.at = at;
                let Some(service) = service(protocol, chunk.channel) else {
                    self.summary.foreign += 1;
                    return;
                };
                self.summary.ours += 1;
                if protocol == Protocol::Sip && self.translator.is_some() {
                    self.translated(&chunk, each);
                    return;
                }
                Input::Chunk(service, chunk)
            }
            Event::Up(protocol, channel) => {
                let Some(service) = service(protocol, channel) else {
                    return;
                };
                Input::Up(service, channel)
            }
            Event::Down(protocol, channel, _) => {
                if protocol == Protocol::Sip
                    && let Some(translator) = &mut self.translator
                {
                    translator.down(channel);
                }
                let Some(service) = self.service(protocol, channel.local) else {
                    return;
                };
                Input::Down(service, channel)
            }
            Event::Fault(_) => {
                self.summary.faults += 1;
                return;
            }
            Event::Foreign(_) => {
                self.summary.foreign += 1;
                return;
            }
            _ => return,
        };
        self.step(at, &[input], each);
    }

    /// Lets time pass until a frame; returns its time. Frames may be out of order, and time does not
    /// go back.
    fn advance(&mut self, at: Stamp, each: &mut dyn FnMut(Stamp, &Effects)) -> Stamp {
        let at = at.max(self.now);
        if self.now != Stamp::MIN {
            self.pass(at, each);
        }
        self.now = at;
        at
    }

    fn on_mark(&mut self, at: Stamp, mark: Mark, each: &mut dyn FnMut(Stamp, &Effects)) {
        match mark {
            Mark::Seed(seed) => {
                self.translator = None;
                let at = self.advance(at, each);
                self.begin(at, seed, each);
            }
            Mark::Listener(service, local) => {
                self.listeners.insert(local, service);
            }
            Mark::Refused(service, peer) => {
                let at = self.advance(at, each);
                self.step(at, &[Input::Refused(service, peer)], each);
            }
        }
    }

    /// Whom octets are for: by the listener that they came to, else by their protocol.
    fn service(&self, protocol: Protocol, local: SocketAddr) -> Option<Service> {
        let any = match local {
            SocketAddr::V4(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            SocketAddr::V6(_) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
        };
        let any = SocketAddr::new(any, local.port());
        let listener = self
            .listeners
            .get(&local)
            .or_else(|| self.listeners.get(&any));
        match (protocol, listener) {
            (Protocol::Radius, Some(service @ Service::Radius(_))) => Some(*service),
            (Protocol::Radius, _) => Some(Service::Radius(Source::Pk)),
            (Protocol::Sip, _) => Some(Service::Sip),
            (Protocol::M3ua, _) => Some(Service::M3ua),
            (Protocol::Mlp, _) => Some(Service::Mlp),
            // Read from links, where nobody of ours listens.
            (Protocol::Mtp3 | Protocol::Sccp, _) => None,
            (Protocol::Diameter, Some(service @ Service::Diameter(_))) => Some(*service),
            (Protocol::Diameter, _) => Some(Service::Diameter(Source::Ph)),
        }
    }

    /// Takes SIP of a foreign capture, as the server that runs now would have been spoken to.
    fn translated(&mut self, chunk: &Chunk<'_>, each: &mut dyn FnMut(Stamp, &Effects)) {
        let translator = self.translator.as_mut();
        let told = translator.map_or_else(Vec::new, |translator| translator.chunk(chunk));
        for bytes in &told {
            let chunk = Chunk { bytes, ..*chunk };
            self.step(chunk.at, &[Input::Chunk(Service::Sip, chunk)], each);
        }
    }

    /// Starts the gateway, if it is not started yet: its rooms connect before anything comes.
    fn begin(&mut self, at: Stamp, seed: u64, each: &mut dyn FnMut(Stamp, &Effects)) {
        if self.gateway.is_none() {
            let gateway = self.gateway.insert((self.make)(seed));
            gateway.step(at, &[], &mut self.effects);
            each(at, &self.effects);
            self.effects.clear();
        }
    }

    fn step(&mut self, at: Stamp, inputs: &[Input<'_>], each: &mut dyn FnMut(Stamp, &Effects)) {
        self.begin(at, 0, each);
        let Some(gateway) = &mut self.gateway else {
            return;
        };
        gateway.step(at, inputs, &mut self.effects);
        each(at, &self.effects);
        if let Some(translator) = &mut self.translator {
            self.effects
                .sends()
                .for_each(|(_, octets)| translator.sent(octets));
        }
        self.effects.clear();
    }
}
