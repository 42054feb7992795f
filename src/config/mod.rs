//! The configuration: one struct a room, put together here; text in, values or problems out.
//!
//! Nothing is read from disk here. `config/pengate.toml` (every key at its default) and
//! `docs/configuration.md` are written from the doc lines of these structs by `tests/reference.rs`:
//! a room's options join by one more field of [`Config`], whose type names the module, and
//! `PENGATE_BLESS=1 cargo test --test reference`.

mod check;
mod document;
mod options;
mod problem;
mod store;

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};
use toml::Value;

use crate::{
    agent::{identity, normalise, ph, pi, pk, pl, pr, ss7},
    event::Source,
    feed::{Carrier, capture},
    gateway::{self, Service},
    server,
    session::m3ua,
};

use check::{Check, Findings};
use document::{Node, is_within};

pub use options::{
    Admin, Data, Format, Identities, Level, Links, Log, Pen, Radius, RadiusClient, Secret,
    Shutdown, Sip, Subscribers,
};
pub use problem::{Origin, Problem, Problems};
pub use store::{CheckpointOptions, Connections, LogOptions};

/// The files that are used where the working directory has none.
pub const EMBEDDED: Embedded = Embedded {
    config: include_str!("../../config/pengate.toml"),
    subscribers: include_str!("../../config/subscribers.csv"),
};

/// Copies of the default files within the program.
#[derive(Clone, Copy, Debug)]
pub struct Embedded {
    /// `config/pengate.toml`: every key at its default.
    pub config: &'static str,
    /// `config/subscribers.csv`: the test subscribers.
    pub subscribers: &'static str,
}

/// Everything an operator can decide. A key that is not given has its default.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Accounting over RADIUS: of the GGSN (Pk), the 3GPP AAA server (Pr) and the PDG (Pp).
    pub radius: Radius,
    /// What is made of that accounting.
    pub pk: pk::Options,
    /// Registrations that an S-CSCF tells over SIP: reference point Pi.
    pub pi: pi::Options,
    /// What an HSS tells over Diameter Sh: reference point Ph.
    pub ph: ph::Options,
    /// Positions of a GMLC over MLP: reference point Pl.
    pub pl: pl::Options,
    /// Accounting of tunnels over Diameter: reference point Pp.
    pub pp: pr::Options,
    /// Accounting of WLAN access over Diameter: reference point Pr.
    pub pr: pr::Options,
    /// Our node in the SS7 network, by which VLRs and SGSNs tell: reference points Pc and Pg.
    pub ss7: ss7::Options,
    /// How many identities of subscribers are remembered.
    pub identity: identity::Options,
    /// Which networks are the operator's own.
    pub normalise: normalise::Options,
    /// Connections to network elements.
    pub links: Links,
    /// SIP: watchers (Pw), publishers (Pep) and registration events (Pi).
    pub sip: Sip,
    /// The presence server: limits, lifetimes and what documents show.
    pub server: server::Options,
    /// Reading captures: `pengate decode`, `replay` and `bench`.
    pub capture: capture::Options,
    /// Administrative HTTP: /healthz, /readyz, /metrics, /api.
    pub admin: Admin,
    /// What outlives the process.
    pub data: Data,
    /// Which identities are tied to which presentity.
    pub subscribers: Subscribers,
    /// How updates are filed.
    pub pen: Pen,
    /// Ending in order.
    pub shutdown: Shutdown,
    /// Log lines, on standard error.
    pub log: Log,
}

impl Config {
    /// What the gateway is made of; listeners and seed are the caller's.
    #[must_use]
    pub fn gateway(&self) -> gateway::Options {
        gateway::Options {
            feeds: gateway::FeedOptions {
                pk: self.pk.clone(),
                pi: self.pi.clone(),
                ph: self.ph.clone(),
                pl: self.pl.clone(),
                pp: self.pp.clone(),
                pr: self.pr.clone(),
                ss7: self.ss7.clone(),
                identity: self.identity,
                normalise: self.normalise.clone(),
            },
            front: self.sip.transport.clone(),
            server: server::Options {
                domains: self
                    .sip
                    .domains
                    .iter()
                    .map(|name| name.to_ascii_lowercase())
                    .collect(),
                trusted: self.sip.trusted.clone(),
                partitions: self.pen.partitions,
                ..self.server.clone()
            },
            ..gateway::Options::default()
        }
    }

    /// Every address where network elements reach the agent.
    pub fn feed_listeners(&self) -> impl Iterator<Item = FeedListener> {
        let radius = self.radius.listeners().map(|(key, source, address)| {
            let key = match key {
                "listen_pr" => "radius.listen_pr",
                "listen_pp" => "radius.listen_pp",
                _ => "radius.listen",
            };
            (key, Service::Radius(source), Carrier::Udp, address)
        });
        let tcp = [
            (
                "ph.diameter.listen",
                Service::Diameter(Source::Ph),
                &self.ph.diameter.listen,
            ),
            (
                "pp.diameter.listen",
                Service::Diameter(Source::Pp),
                &self.pp.diameter.listen,
            ),
            (
                "pr.diameter.listen",
                Service::Diameter(Source::Pr),
                &self.pr.diameter.listen,
            ),
            ("pl.listen", Service::Mlp, &self.pl.listen),
        ];
        let tcp = tcp.into_iter().flat_map(|(key, service, addresses)| {
            let addresses = addresses.iter().copied();
            addresses.map(move |address| (key, service, Carrier::Tcp, address))
        });
        let sctp = self.ss7.listen.iter();
        let sctp = sctp.map(|address| ("ss7.listen", Service::M3ua, Carrier::Sctp, *address));
        radius
            .chain(tcp)
            .chain(sctp)
            .map(|(key, service, carrier, address)| FeedListener {
                key,
                service,
                carrier,
                address,
            })
    }

    /// Every network element that the agent connects to, or waits for by its name.
    pub fn feed_links(&self) -> impl Iterator<Item = FeedLink<'_>> {
        let diameter = [
            (Source::Ph, &self.ph.diameter.peers),
            (Source::Pp, &self.pp.diameter.peers),
            (Source::Pr, &self.pr.diameter.peers),
        ];
        let diameter = diameter.into_iter().flat_map(|(source, peers)| {
            peers.iter().map(move |peer| FeedLink {
                service: Service::Diameter(source),
                name: &peer.host,
                address: peer.address,
                state: "closed",
            })
        });
        let servers = self.pl.servers.iter().map(|server| FeedLink {
            service: Service::Mlp,
            name: &server.name,
            address: Some(server.address),
            state: "down",
        });
        let associations = self.ss7.links.iter().map(|link| FeedLink {
            service: Service::M3ua,
            name: &link.name,
            address: Some(link.address).filter(|_| link.m3ua.role != m3ua::Role::IpspServer),
            state: m3ua::State::Disconnected.name(),
        });
        diameter.chain(servers).chain(associations)
    }

    /// Reads a configuration file's text.
    ///
    /// # Errors
    /// All problems at once, in the order of the file.
    pub fn parse(text: &str) -> Result<Self, Problems> {
        Self::parse_with(text, &[])
    }

    /// Reads a configuration file's text as changed by settings of the command line, the later of
    /// which win.
    ///
    /// # Errors
    /// All problems at once, those of the file first.
    pub fn parse_with(text: &str, settings: &[Setting]) -> Result<Self, Problems> {
        let mut problems = Vec::new();
        let mut document = Node::parse(text, &mut problems);
        let defaults = Self::default().to_toml();
        for setting in settings {
            let value = setting.value_in(&defaults);
            if let Err(what) = document.set(&setting.key, value, &defaults) {
                problems.push(Problem {
                    origin: Origin::Set,
                    key: setting.key.clone(),
                    what,
                });
            }
        }
        let config: Self = document.read(&mut problems);
        let refused: Vec<String> = problems.iter().map(|problem| problem.key.clone()).collect();
        let mut found = Vec::new();
        config.check(&mut Findings::new(&mut found));
        for (key, what) in found {
            let (key, origin) = document.trace(&key);
            // A list that is empty because its only item was refused is no second problem.
            if !refused.iter().any(|refused| is_within(refused, &key)) {
                problems.push(Problem { origin, key, what });
            }
        }
        if problems.is_empty() {
            return Ok(config);
        }
        problems.sort_by_key(|problem| problem.origin);
        Err(Problems(problems))
    }

    /// Every key with its value, secrets included.
    #[must_use]
    pub fn to_toml(&self) -> Value {
        // Serialising cannot fail: the keys are texts and every value has a TOML form.
        Value::try_from(self).unwrap_or(Value::Table(toml::Table::new()))
    }
}

/// A network element that is named.
#[derive(Clone, Copy, Debug)]
pub struct FeedLink<'a> {
    /// What is spoken.
    pub service: Service,
    /// Its name: that of its link.
    pub name: &'a str,
    /// Where we connect to; absent: it connects to us.
    pub address: Option<SocketAddr>,
    /// The state of its link before anything happened, in its protocol's word.
    pub state: &'static str,
}

/// An address where network elements reach the agent.
#[derive(Clone, Copy, Debug)]
pub struct FeedListener {
    /// The configuration's key.
    pub key: &'static str,
    /// Whom what comes there is for.
    pub service: Service,
    /// What carries it.
    pub carrier: Carrier,
    /// Where.
    pub address: SocketAddr,
}

/// A `KEY=VALUE` of the command line.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Setting {
    /// Keys with dots between them; a number is a place in a list.
    pub key: String,
    /// A TOML value, or else a text without quotes.
    pub value: String,
}

impl Setting {
    /// The value. Where the default is a list, a value that is none becomes a list of one.
    fn value_in(&self, defaults: &Value) -> Value {
        let text = self.value.trim();
        // A value alone is no document, so it is read as the only key's.
        let value = toml::from_str::<toml::Table>(&format!("value = {text}"))
            .ok()
            .filter(|table| table.len() == 1)
            .and_then(|mut table| table.remove("value"))
            .unwrap_or_else(|| Value::String(text.to_owned()));
        let default = self
            .key
            .split('.')
            .try_fold(defaults, |tree, key| tree.get(key));
        match (default, value) {
            (Some(Value::Array(_)), value @ Value::Array(_)) => value,
            (Some(Value::Array(_)), value) => Value::Array(vec![value]),
            (_, value) => value,
        }
    }
}

impl std::str::FromStr for Setting {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (key, value) = text
            .split_once('=')
            .ok_or("no `=`; KEY=VALUE is allowed, such as sip.listen=127.0.0.1:5070")?;
        let key = key.trim();
        if key.is_empty() {
            return Err("no key before the `=`");
        }
        Ok(Self {
            key: key.to_owned(),
            value: value.to_owned(),
        })
    }
}
