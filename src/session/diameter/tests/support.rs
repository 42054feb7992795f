//! A node, what it says, and peers whose part the tests play.

use std::{net::SocketAddr, time::Duration};

use pengate_codecs::{
    Stamp,
    diameter::{
        Application, Builder, Flags, Header, Message, Origin, ResultCode, Role, answer, command,
        kinds,
    },
};

use super::super::*;
use crate::feed::{Carrier, Chunk, Heading};

pub const SH: u32 = 16_777_217;
pub const HSS: Origin<'_> = Origin {
    host: "hss.ims.example",
    realm: "ims.example",
};

/// What a node did.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Act {
    Send(Channel, Vec<u8>),
    Connect(SocketAddr),
    HangUp(Channel),
    Fault(&'static str, Option<usize>),
    Link(String, &'static str),
}

#[derive(Debug, Default)]
pub struct Acts(pub Vec<Act>);

impl Sink for Acts {
    fn send(&mut self, channel: Channel, write: &mut dyn FnMut(&mut Vec<u8>)) {
        let mut octets = Vec::new();
        write(&mut octets);
        self.0.push(Act::Send(channel, octets));
    }

    fn connect(&mut self, address: SocketAddr) {
        self.0.push(Act::Connect(address));
    }

    fn hang_up(&mut self, channel: Channel) {
        self.0.push(Act::HangUp(channel));
    }

    fn fault(
        &mut self,
        _at: Stamp,
        _peer: Option<SocketAddr>,
        kind: &'static str,
        offset: Option<usize>,
    ) {
        self.0.push(Act::Fault(kind, offset));
    }

    fn link(&mut self, _at: Stamp, host: &str, _peer: Option<SocketAddr>, state: &'static str) {
        self.0.push(Act::Link(host.to_owned(), state));
    }
}

/// A node whose world is the test.
pub struct Bench {
    pub node: Node,
    pub acts: Acts,
    pub now: Stamp,
}

pub fn application(id: u32) -> Application {
    Application {
        vendor: 10415,
        role: Role::Authorization,
        id,
    }
}

pub fn local(host: &str) -> Local {
    Local {
        host: host.into(),
        realm: "ims.example".into(),
        state: 7,
        applications: vec![application(SH)],
    }
}

/// The HSS, which we connect to, at port 1; another, which connects to us.
pub fn options() -> Options {
    let peer = |host: &str, address| PeerOptions {
        host: host.into(),
        address,
    };
    Options {
        peers: vec![
            peer(HSS.host, Some(address(1))),
            peer("other.ims.example", None),
        ],
        ..Options::default()
    }
}

pub fn address(port: u16) -> SocketAddr {
    ([192, 0, 2, 2], port).into()
}

/// A connection: ours if `port` is 1, else one of the peer's.
pub fn channel(port: u16) -> Channel {
    Channel {
        carrier: Carrier::Tcp,
        local: ([192, 0, 2, 1], 3868).into(),
        peer: address(port),
    }
}

impl Bench {
    pub fn new(options: Options) -> Self {
        Self {
            node: Node::new(options, local("pna.ims.example"), 1),
            acts: Acts::default(),
            now: Stamp::from_secs(1000),
        }
    }

    /// With the connection to the HSS open.
    pub fn open(options: Options) -> Self {
        let mut bench = Self::new(options);
        bench.tick(0);
        bench.up(1);
        let cer = bench.sent_on(1).pop().unwrap();
        bench.hear(1, &capabilities_answer(&cer, HSS, ResultCode::Success, SH));
        assert_eq!(bench.state_of(HSS.host), Some("open"));
        bench.clear();
        bench
    }

    pub fn tick(&mut self, secs: u64) {
        self.now = self.now + Duration::from_secs(secs);
        self.node.tick(self.now, &mut self.acts);
    }

    /// Lets time pass to whatever is due next.
    pub fn next(&mut self) {
        self.now = self.node.deadline().unwrap().max(self.now);
        self.node.tick(self.now, &mut self.acts);
    }

    pub fn up(&mut self, port: u16) {
        self.node.up(self.now, channel(port), &mut self.acts);
    }

    pub fn down(&mut self, port: u16) {
        self.node.down(self.now, channel(port), &mut self.acts);
    }

    pub fn hear(&mut self, port: u16, bytes: &[u8]) {
        let chunk = Chunk {
            at: self.now,
            channel: channel(port),
            heading: Heading::In,
            bytes,
        };
        self.node.chunk(&chunk, &mut self.acts);
    }

    pub fn request(&mut self) -> Result<Call, Unsent> {
        self.node.request(self.now, &mut self.acts, |out, ids| {
            let header = request_header(command::USER_DATA, SH, (ids.hop_by_hop, ids.end_to_end));
            Builder::new(out, &header)
                .text(kinds::SESSION_ID, &ids.session_id)
                .finish()
                .unwrap();
        })
    }

    pub fn clear(&mut self) {
        self.acts.0.clear();
        let _ = self.node.arrivals();
    }

    /// What was sent on a connection since the acts were cleared.
    pub fn sent_on(&self, port: u16) -> Vec<Vec<u8>> {
        let sent = self.acts.0.iter().filter_map(|act| match act {
            Act::Send(to, octets) if *to == channel(port) => Some(octets.clone()),
            _ => None,
        });
        sent.collect()
    }

    /// Command, flags and Result-Code of what was sent on a connection.
    pub fn told_on(&self, port: u16) -> Vec<(u32, u8, Option<u32>)> {
        let sent = self.sent_on(port);
        let told = sent.iter().map(|octets| {
            let message = Message::decode(octets).unwrap();
            let result = message.avp(kinds::RESULT_CODE);
            let header = message.header();
            (
                header.command,
                header.flags.0,
                result.map(|result| result.unsigned32().unwrap()),
            )
        });
        told.collect()
    }

    pub fn state_of(&self, host: &str) -> Option<&'static str> {
        self.acts.0.iter().rev().find_map(|act| match act {
            Act::Link(name, state) if name == host => Some(*state),
            _ => None,
        })
    }

    pub fn has_hung_up(&self, port: u16) -> bool {
        self.acts.0.contains(&Act::HangUp(channel(port)))
    }

    pub fn faults(&self) -> Vec<&'static str> {
        let faults = self.acts.0.iter().filter_map(|act| match act {
            Act::Fault(kind, _) => Some(*kind),
            _ => None,
        });
        faults.collect()
    }

    pub fn arrivals(&mut self) -> Vec<String> {
        let arrivals = self.node.arrivals();
        let told = arrivals.iter().map(|(_, arrival)| match arrival {
            Arrival::Request(exchange, message) => {
                format!("request {} {}", exchange.0, message.header().command)
            }
            Arrival::Answer(call, message) => {
                format!("answer {} {}", call.0, message.header().command)
            }
            Arrival::Lost(call, loss) => format!("lost {} {loss:?}", call.0),
            Arrival::Reachable => "reachable".to_owned(),
            Arrival::Restarted(host) => format!("restarted {}", host.escape_ascii()),
        });
        let told = told.collect();
        self.node.recycle(arrivals);
        told
    }
}

pub fn request_header(command: u32, application: u32, ids: (u32, u32)) -> Header {
    Header {
        length: 0,
        // The base protocol's own commands go no farther.
        flags: if application == 0 {
            Flags::REQUEST
        } else {
            Flags::REQUEST.with(Flags::PROXIABLE)
        },
        command,
        application,
        hop_by_hop: ids.0,
        end_to_end: ids.1,
    }
}

/// A request of a peer, with more AVPs by `write`.
pub fn request(
    origin: Origin<'_>,
    (command, application): (u32, u32),
    ids: (u32, u32),
    write: impl FnOnce(Builder<'_>) -> Builder<'_>,
) -> Vec<u8> {
    let mut out = Vec::new();
    let builder = Builder::new(&mut out, &request_header(command, application, ids))
        .text(kinds::ORIGIN_HOST, origin.host)
        .text(kinds::ORIGIN_REALM, origin.realm);
    write(builder).finish().unwrap();
    out
}

pub fn capabilities_request(origin: Origin<'_>, speaks: u32) -> Vec<u8> {
    let base = (command::CAPABILITIES_EXCHANGE, 0);
    request(origin, base, (1, 1), |builder| {
        application(speaks).encode(builder)
    })
}

pub fn capabilities_answer(
    cer: &[u8],
    origin: Origin<'_>,
    result: ResultCode,
    speaks: u32,
) -> Vec<u8> {
    let mut out = Vec::new();
    let cer = Message::decode(cer).unwrap();
    let builder = answer(&mut out, &cer, origin, result);
    application(speaks).encode(builder).finish().unwrap();
    out
}

/// The plain answer to anything.
pub fn success(request: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let request = Message::decode(request).unwrap();
    answer(&mut out, &request, HSS, ResultCode::Success)
        .finish()
        .unwrap();
    out
}
