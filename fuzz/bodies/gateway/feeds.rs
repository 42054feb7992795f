//! Network elements beside RADIUS clients and the S-CSCF: a signalling gateway, an HSS, a GMLC.

use std::net::SocketAddr;

use pengate::{
    config::Config,
    event::Source,
    feed::{Carrier, Channel},
    gateway::Service,
    session::diameter::PeerOptions,
};
use pengate_codecs::{
    diameter::{self, Application, Origin, ResultCode, Role},
    m3ua, sccp, sh, tcap,
};

use super::bench::{Arrival, Bench, FEW};

const HSS: Origin<'static> = Origin {
    host: "hss.ims.example",
    realm: "ims.example",
};
const STP: &str = "127.0.0.1:2905";
const HSS_AT: &str = "127.0.0.1:3871";
const GMLC: &str = "127.0.0.1:9210";

/// Whole messages of M3UA, as a signalling gateway and those behind it send them.
const M3UA: [&[u8]; 16] = [
    // ASP Up Ack, ASP Active Ack, ASP Inactive Ack, ASP Down Ack, Heartbeat.
    &[1, 0, 3, 4, 0, 0, 0, 8],
    &[1, 0, 4, 3, 0, 0, 0, 8],
    &[1, 0, 4, 4, 0, 0, 0, 8],
    &[1, 0, 3, 5, 0, 0, 0, 8],
    &[1, 0, 3, 3, 0, 0, 0, 12, 0, 9, 0, 4],
    include_bytes!("../../corpus/ss7_lower/duna"),
    include_bytes!("../../corpus/ss7_lower/note-mm-event-cs"),
    include_bytes!("../../corpus/ss7_lower/note-mm-event-ps"),
    include_bytes!("../../corpus/ss7_lower/initial-dp"),
    include_bytes!("../../corpus/ss7_lower/initial-dp-gprs"),
    include_bytes!("../../corpus/ss7_lower/initial-dp-sms"),
    include_bytes!("../../corpus/ss7_lower/event-report-gprs"),
    include_bytes!("../../corpus/ss7_lower/event-report-bcsm"),
    include_bytes!("../../corpus/ss7_lower/any-time-interrogation"),
    include_bytes!("../../corpus/ss7_lower/note-mm-event-result"),
    include_bytes!("../../corpus/ss7_lower/reg-req"),
];

const DIAMETER: [&[u8]; 8] = [
    include_bytes!("../../corpus/diameter/capabilities-request"),
    include_bytes!("../../corpus/diameter/push-notification"),
    include_bytes!("../../corpus/diameter/accounting-start"),
    include_bytes!("../../corpus/diameter/user-data"),
    include_bytes!("../../corpus/diameter/avp-overruns"),
    include_bytes!("../../corpus/diameter/version-two"),
    include_bytes!("../../corpus/diameter/groups-nine-deep"),
    include_bytes!("../../corpus/diameter/truncated"),
];

const MLP: [&[u8]; 8] = [
    include_bytes!("../../corpus/mlp/slia-circle.xml"),
    include_bytes!("../../corpus/mlp/slia-shapes.xml"),
    include_bytes!("../../corpus/mlp/slia-refused.xml"),
    include_bytes!("../../corpus/mlp/slia-later.xml"),
    include_bytes!("../../corpus/mlp/slrep.xml"),
    include_bytes!("../../corpus/mlp/tlrep.xml"),
    include_bytes!("../../corpus/mlp/slirep.xml"),
    include_bytes!("../../corpus/mlp/gem.xml"),
];

const USER_DATA: [&str; 4] = [
    "<Sh-Data><Sh-IMS-Data><IMSUserState>1</IMSUserState></Sh-IMS-Data></Sh-Data>",
    "<Sh-Data><Sh-IMS-Data><IMSUserState>0</IMSUserState></Sh-IMS-Data></Sh-Data>",
    "<Sh-Data><CSUserState>2</CSUserState><PSUserState>1</PSUserState></Sh-Data>",
    "<Sh-Data><Sh-IMS-Data>",
];

/// A feed beside RADIUS and SIP, by the peer of a move.
#[derive(Clone, Copy, Debug)]
pub enum Feed {
    Ss7,
    Hss,
    Gmlc,
    /// A GMLC that connects to us.
    Push,
}

impl Feed {
    pub const fn of(peer: u8) -> Self {
        match peer & 3 {
            0 => Self::Ss7,
            1 => Self::Hss,
            2 => Self::Gmlc,
            _ => Self::Push,
        }
    }

    const fn service(self) -> Service {
        match self {
            Self::Ss7 => Service::M3ua,
            Self::Hss => Service::Diameter(Source::Ph),
            Self::Gmlc | Self::Push => Service::Mlp,
        }
    }

    fn channel(self) -> Channel {
        let (carrier, local, peer) = match self {
            Self::Ss7 => (Carrier::Sctp, "127.0.0.1:40000", STP),
            Self::Hss => (Carrier::Tcp, "127.0.0.1:40001", HSS_AT),
            Self::Gmlc => (Carrier::Tcp, "127.0.0.1:40002", GMLC),
            Self::Push => (Carrier::Tcp, "127.0.0.1:9211", "127.0.0.1:33000"),
        };
        let address = |text: &str| text.parse::<SocketAddr>().expect("an address");
        Channel {
            carrier,
            local: address(local),
            peer: address(peer),
        }
    }
}

/// The service of a channel of one of these feeds.
pub fn service(channel: Channel) -> Option<Service> {
    let feeds = [Feed::Ss7, Feed::Hss, Feed::Gmlc, Feed::Push];
    let feed = feeds.into_iter().find(|feed| feed.channel() == channel);
    feed.map(Feed::service)
}

/// Each of these rooms, with little room.
pub fn configure(config: &mut Config) {
    // Without it nobody is located.
    config.server.compose.show_location = true;
    let ss7 = &mut config.ss7;
    ss7.links = vec![pengate::agent::ss7::LinkOptions::default()];
    ss7.sccp.global_title = "15550142000".to_owned();
    (ss7.tcap.dialogues_max, ss7.routes_max) = (FEW, 2);
    (
        ss7.cap.calls_max,
        ss7.cap.sessions_max,
        ss7.cap.contexts_max,
    ) = (2, 2, 2);
    (ss7.ati.enabled, ss7.ati.point_code, ss7.ati.destination) = (true, 2002, 1001);
    (
        ss7.ati.subscribers_max,
        ss7.ati.queue_max,
        ss7.ati.requests_max,
    ) = (4, 2, 2);
    let ph = &mut config.ph;
    ph.diameter.host = "pna.ims.example".into();
    ph.diameter.realm = HSS.realm.into();
    ph.diameter.peers = vec![PeerOptions {
        host: HSS.host.into(),
        address: HSS_AT.parse().ok(),
    }];
    (ph.users_max, ph.requests_max) = (4, 2);
    (ph.diameter.requests_max, ph.diameter.answers_max) = (4, 4);
    let pl = &mut config.pl;
    pl.servers = vec![pengate::agent::pl::ServerOptions {
        address: GMLC.parse().expect("an address"),
        ..Default::default()
    }];
    pl.listen = vec!["127.0.0.1:9211".parse().expect("an address")];
    (pl.subscribers_max, pl.queue_max, pl.push_connections_max) = (4, 2, 2);
}

/// What was said last on these feeds, to be answered.
#[derive(Debug, Default)]
pub struct Heard {
    /// The last transaction of ours.
    transaction: Option<tcap::TransactionId>,
    request: Option<Vec<u8>>,
}

impl Heard {
    /// What is sent is a message of its protocol.
    pub fn look(&mut self, service: Service, octets: &[u8]) {
        match service {
            Service::M3ua => self.look_at_m3ua(octets),
            Service::Diameter(_) => {
                let message = diameter::Message::decode(octets).expect("a Diameter message");
                if message.header().flags.is_request() {
                    self.request = Some(octets.to_vec());
                }
            }
            _ => assert!(
                octets.starts_with(b"POST ") || octets.starts_with(b"HTTP/1.1 "),
                "{:?}",
                String::from_utf8_lossy(octets)
            ),
        }
    }

    fn look_at_m3ua(&mut self, octets: &[u8]) {
        let message = m3ua::Message::decode(octets).expect("a message of M3UA");
        assert!(message.parameters().all(|it| it.value().is_ok()));
        let Ok(Some(data)) = m3ua::Data::decode(octets) else {
            return;
        };
        let message = sccp::Message::decode(data.protocol_data.payload);
        let message = message.expect("a message of SCCP");
        let Some(transfer) = message.transfer() else {
            return;
        };
        match tcap::Message::decode(transfer.data) {
            Ok(tcap::Message::Begin(begin)) => self.transaction = Some(begin.otid),
            Ok(tcap::Message::Continue(message)) => self.transaction = Some(message.otid),
            _ => {}
        }
    }
}

impl Bench {
    /// Octets of a feed as they are.
    pub fn raw(&mut self, peer: u8, octets: &[u8]) {
        let feed = Feed::of(peer);
        self.arrive(Arrival::Chunk(
            feed.service(),
            feed.channel(),
            octets.to_vec(),
        ));
    }

    /// One of the known messages of a feed; the high half of the operand may damage it.
    pub fn message(&mut self, peer: u8, operand: u8) {
        let pick = usize::from(operand & 0x0f);
        let feed = Feed::of(peer);
        let mut octets = match feed {
            Feed::Ss7 => M3UA[pick].to_vec(),
            Feed::Hss => DIAMETER[pick & 7].to_vec(),
            Feed::Gmlc => response(MLP[pick & 7]),
            Feed::Push => request(MLP[pick & 7]),
        };
        if operand >> 4 != 0 {
            let at = octets.len() * usize::from(operand >> 4) / 16;
            octets[at] ^= operand;
        }
        self.raw(peer, &octets);
    }

    /// The association or connection of a feed comes about, goes, or does not come about.
    pub fn link(&mut self, peer: u8, operand: u8) {
        let feed = Feed::of(peer);
        let (service, channel) = (feed.service(), feed.channel());
        self.arrive(match operand & 3 {
            0 | 1 => Arrival::Up(service, channel),
            2 => Arrival::Down(service, channel),
            _ => Arrival::Refused(service, channel.peer),
        });
    }

    /// The peer of a feed answers what it was told last.
    pub fn answer_feed(&mut self, peer: u8, operand: u8) {
        let answer = match Feed::of(peer) {
            Feed::Ss7 => self.heard.transaction.map(|ours| dialogue(ours, operand)),
            Feed::Hss => self.heard.request.as_deref().map(|it| answer(it, operand)),
            Feed::Gmlc | Feed::Push => Some(response(MLP[usize::from(operand & 3)])),
        };
        if let Some(answer) = answer {
            self.raw(peer, &answer);
        }
    }
}

/// Goes on with a dialogue, ends it or gives it up.
fn dialogue(ours: tcap::TransactionId, operand: u8) -> Vec<u8> {
    let mut octets = Vec::new();
    let write = |writer: &mut tcap::ComponentWriter<'_>| {
        let argument: &[u8] = match operand >> 3 & 3 {
            // A disconnection, a detachment, and nothing that is either.
            0 => &[0x30, 3, 0x80, 1, 9],
            1 => &[0x30, 3, 0x80, 1, 3],
            2 => &[0x30, 0],
            _ => &[],
        };
        let write = |out: &mut Vec<u8>| out.extend_from_slice(argument);
        match operand >> 5 {
            0 | 1 => writer.invoke(9, tcap::Code::Local(24), write),
            2 => writer.invoke(9, tcap::Code::Local(80), write),
            3 => writer.invoke(9, tcap::Code::Local(89), write),
            4 => writer.empty_result(3),
            5 => writer.error(1, tcap::Code::Local(i64::from(operand)), write),
            _ => {}
        }
    };
    let theirs = 0x0412_3456.into();
    match operand & 7 {
        0..=3 => tcap::continuation(&mut octets, theirs, ours, None, write),
        4 | 5 => tcap::end(&mut octets, ours, None, write),
        6 => tcap::abort(&mut octets, ours, None),
        _ => tcap::p_abort(&mut octets, ours, tcap::PAbortCause::ResourceLimitation),
    }
    let address = |subsystem| sccp::PartyAddress::subsystem(subsystem);
    let mut payload = Vec::new();
    let unitdata = sccp::Unitdata {
        class: sccp::ProtocolClass {
            sequence: sccp::Sequence::Kept,
            delivery: sccp::Delivery::ReturnOnError,
        },
        called: address(147),
        calling: address(7),
        data: &octets,
    };
    unitdata.encode(&mut payload).expect("a short message");
    let label = m3ua::Label {
        originator: 1001,
        destination: 2002,
        service: m3ua::SERVICE_SCCP,
        network: 2,
        priority: 0,
        selection: 5,
    };
    let mut out = Vec::new();
    m3ua::Builder::new(&mut out, m3ua::MessageType::Data)
        .protocol_data(label, |out| out.extend_from_slice(&payload))
        .finish()
        .expect("a short message");
    out
}

fn answer(request: &[u8], operand: u8) -> Vec<u8> {
    let request = diameter::Message::decode(request).expect("a request of ours");
    let result = match operand & 3 {
        0 | 1 => ResultCode::Success,
        2 => ResultCode::UnableToDeliver,
        _ => ResultCode::UnableToComply,
    };
    let mut out = Vec::new();
    let speaks = Application {
        vendor: 10_415,
        role: Role::Authorization,
        id: sh::APPLICATION,
    };
    let data = USER_DATA[usize::from(operand >> 2 & 3)];
    let builder = diameter::answer(&mut out, &request, HSS, result);
    speaks
        .encode(builder)
        .text(sh::kinds::USER_DATA, data)
        .finish()
        .expect("a short answer");
    out
}

fn response(body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

fn request(body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!("POST / HTTP/1.1\r\nHost: pna\r\nContent-Length: {length}\r\n\r\n");
    [head.as_bytes(), body].concat()
}
