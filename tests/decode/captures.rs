//! Captures of test identities, written by our recorder.

use std::net::SocketAddr;

use pengate::feed::{
    Carrier, Channel, Chunk, Heading,
    capture::{Payload, Recorder},
};
use pengate_codecs::{
    Stamp,
    radius::{Builder, Code, Packet, Secret, accounting_response, attribute as ietf, gi::kind},
};

const BEGIN: i64 = 1_772_360_130_000_000_000;

/// Writes chunks, each a millisecond and a nanosecond after the one before.
pub struct Writer {
    recorder: Recorder<Vec<u8>>,
    at: Stamp,
}

impl Writer {
    pub fn new() -> Self {
        Self {
            recorder: Recorder::new(Vec::new()).unwrap(),
            at: Stamp::from_nanos(BEGIN),
        }
    }

    pub fn chunk(&mut self, channel: Channel, heading: Heading, bytes: &[u8]) {
        let at = self.at;
        self.at = Stamp::from_nanos(at.nanos() + 1_000_001);
        let chunk = Chunk {
            at,
            channel,
            heading,
            bytes,
        };
        self.recorder.chunk(&chunk).unwrap();
    }

    /// An association that we opened, and what its messages are.
    pub fn association(&mut self, channel: Channel, payload: Payload) {
        self.recorder.up(self.at, channel, Heading::Out).unwrap();
        self.recorder.speaks(channel, payload);
    }

    pub fn finish(self) -> Vec<u8> {
        self.recorder.into_inner()
    }
}

pub fn channel(carrier: Carrier, local: &str, peer: &str) -> Channel {
    let address = |text: &str| -> SocketAddr { text.parse().unwrap() };
    Channel {
        carrier,
        local: address(local),
        peer: address(peer),
    }
}

fn secret() -> Secret {
    Secret::from("testing123")
}

fn accounting(identifier: u8, status: u32) -> Vec<u8> {
    let mut octets = Vec::new();
    Builder::new(&mut octets, Code::AccountingRequest, identifier)
        .integer(ietf::ACCT_STATUS_TYPE, status)
        .attribute(ietf::ACCT_SESSION_ID, b"C000020100000001")
        .attribute(ietf::USER_NAME, b"alice@ims.example")
        .attribute(ietf::CALLING_STATION_ID, b"99900000001")
        .attribute(ietf::CALLED_STATION_ID, b"internet")
        .attribute(ietf::NAS_IP_ADDRESS, &[192, 0, 2, 1])
        .attribute(ietf::FRAMED_IP_ADDRESS, &[10, 0, 0, 1])
        .integer(ietf::EVENT_TIMESTAMP, 1_772_360_100)
        .attribute(ietf::CLASS, b"\x01\x02")
        .gi(kind::IMSI, b"001010000000001")
        .gi(kind::NSAPI, b"5")
        .gi(kind::SGSN_MCC_MNC, b"00101")
        .gi(kind::RAT_TYPE, &[1])
        .gi(
            kind::USER_LOCATION_INFO,
            &[1, 0x00, 0xf1, 0x10, 0x12, 0x34, 0x56, 0x78],
        )
        .finish_request(&[0; 16], &secret())
        .unwrap();
    octets
}

/// A GGSN's session with its answers, passwords, and what is wrong in every way.
pub fn radius() -> Vec<u8> {
    let path = channel(Carrier::Udp, "192.0.2.2:1813", "192.0.2.1:20000");
    let mut to = Writer::new();
    for (identifier, status) in [(1, 1), (2, 3), (3, 2), (4, 7)] {
        let request = accounting(identifier, status);
        to.chunk(path, Heading::In, &request);
        let mut answer = Vec::new();
        accounting_response(&Packet::decode(&request).unwrap(), &secret(), &mut answer).unwrap();
        to.chunk(path, Heading::Out, &answer);
    }
    let mut access = Vec::new();
    Builder::new(&mut access, Code::AccessRequest, 5)
        .attribute(ietf::USER_NAME, b"alice@ims.example")
        .attribute(ietf::USER_PASSWORD, b"0123456789abcdef")
        .attribute(ietf::CHAP_PASSWORD, b"\x010123456789abcdef")
        .attribute(ietf::ACCT_SESSION_ID, b"a")
        .attribute(ietf::ACCT_SESSION_ID, b"b")
        .finish_request(&[9; 16], &secret())
        .unwrap();
    let authentication = channel(Carrier::Udp, "192.0.2.2:1812", "192.0.2.1:20001");
    to.chunk(authentication, Heading::In, &access);

    let whole = accounting(6, 1);
    to.chunk(path, Heading::In, &whole[..30]);
    let mut length = whole.clone();
    length[21] = 1;
    to.chunk(path, Heading::In, &length);
    let mut status = Vec::new();
    Builder::new(&mut status, Code::AccountingRequest, 7)
        .attribute(ietf::ACCT_STATUS_TYPE, &[1])
        .finish_request(&[0; 16], &secret())
        .unwrap();
    to.chunk(path, Heading::In, &status);
    let mut value = Vec::new();
    Builder::new(&mut value, Code::AccountingRequest, 8)
        .integer(ietf::ACCT_STATUS_TYPE, 1)
        .attribute(ietf::FRAMED_IP_ADDRESS, &[10, 0, 0])
        .finish_request(&[0; 16], &secret())
        .unwrap();
    to.chunk(path, Heading::In, &value);
    let foreign = channel(Carrier::Udp, "192.0.2.2:9999", "192.0.2.1:20002");
    to.chunk(foreign, Heading::In, b"of no protocol of ours");
    to.finish()
}

const SUBSCRIBE: &str = "SUBSCRIBE sip:alice@ims.example SIP/2.0\r\n\
    v: SIP/2.0/UDP 192.0.2.1:5070;branch=z9hG4bK1;rport\r\n\
    f: \"Watcher\"\r\n\t<sip:watcher@ims.example>;tag=w1\r\n\
    t: <sip:alice@ims.example>\r\n\
    i: 1@192.0.2.1\r\n\
    CSeq: 1 SUBSCRIBE\r\n\
    m: <sip:watcher@192.0.2.1:5070>\r\n\
    Max-Forwards: 70\r\n\
    o: presence\r\n\
    Expires: 3600\r\n\
    Authorization: Digest username=\"alice\", response=\"0123456789abcdef\"\r\n\
    l: 0\r\n\r\n";

const ACCEPTED: &str = "SIP/2.0 200 OK\r\n\
    Via: SIP/2.0/UDP 192.0.2.1:5070;branch=z9hG4bK1;rport=5070\r\n\
    From: \"Watcher\" <sip:watcher@ims.example>;tag=w1\r\n\
    To: <sip:alice@ims.example>;tag=p1\r\n\
    Call-ID: 1@192.0.2.1\r\n\
    CSeq: 1 SUBSCRIBE\r\n\
    Contact: <sip:192.0.2.2>\r\n\
    Expires: 3600\r\n\
    Content-Length: 0\r\n\r\n";

fn notify(sequence: u32) -> String {
    let body = "<presence xmlns=\"urn:ietf:params:xml:ns:pidf\" entity=\"sip:alice@ims.example\"/>";
    format!(
        "NOTIFY sip:watcher@192.0.2.1:5070 SIP/2.0\r\n\
         Via: SIP/2.0/UDP 192.0.2.2;branch=z9hG4bKn{sequence}\r\n\
         From: <sip:alice@ims.example>;tag=p1\r\n\
         To: <sip:watcher@ims.example>;tag=w1\r\n\
         Call-ID: 1@192.0.2.1\r\n\
         CSeq: {sequence} NOTIFY\r\n\
         Event: presence\r\n\
         Subscription-State: active;expires=3599\r\n\
         Contact: <sip:192.0.2.2>\r\n\
         Content-Type: application/pidf+xml\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// A third-party registration of a subscriber who roams.
const REGISTER: &str = "REGISTER sip:ims.example SIP/2.0\r\n\
    Via: SIP/2.0/UDP 192.0.2.1:5070;branch=z9hG4bKr1\r\n\
    From: <sip:scscf.ims.example>;tag=s1\r\n\
    To: <sip:alice@ims.example>\r\n\
    Call-ID: r1@192.0.2.1\r\n\
    CSeq: 1 REGISTER\r\n\
    Contact: <sip:scscf.ims.example>\r\n\
    Max-Forwards: 70\r\n\
    Expires: 600\r\n\
    P-Access-Network-Info: 3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=001011234abcdef0\r\n\
    P-Visited-Network-ID: other.example\r\n";

/// The REGISTER of the user agent, whose credentials are folded.
const ENCLOSED: &str = "REGISTER sip:ims.example SIP/2.0\r\n\
    To: <sip:alice@ims.example>\r\n\
    Authorization: Digest username=\"alice\",\r\n \
    response=\"0123456789abcdef\"\r\n\
    Proxy-Authorization: Digest response=\"0123456789abcdef\"\r\n\
    Content-Length: 0\r\n\r\n";

/// The registration with a body of a type.
fn enclosing(kind: &str, body: &str) -> String {
    let length = body.len();
    format!("{REGISTER}Content-Type: {kind}\r\nContent-Length: {length}\r\n\r\n{body}")
}

/// A subscription and a registration over UDP, a keep-alive, and what is wrong.
pub fn sip_udp() -> Vec<u8> {
    let path = channel(Carrier::Udp, "192.0.2.2:5060", "192.0.2.1:5070");
    let mut to = Writer::new();
    to.chunk(path, Heading::In, SUBSCRIBE.as_bytes());
    to.chunk(path, Heading::Out, ACCEPTED.as_bytes());
    to.chunk(path, Heading::Out, notify(1).as_bytes());
    to.chunk(path, Heading::In, b"\r\n\r\n");
    let length = SUBSCRIBE.replace("l: 0", "l: none");
    to.chunk(path, Heading::In, length.as_bytes());
    let call_id = SUBSCRIBE.replace("i: 1@192.0.2.1\r\n", "");
    to.chunk(path, Heading::In, call_id.as_bytes());
    to.chunk(path, Heading::In, &SUBSCRIBE.as_bytes()[..100]);
    to.chunk(path, Heading::In, b"neither request nor response\r\n\r\n");
    let alone = enclosing("message/sip", ENCLOSED);
    to.chunk(path, Heading::In, alone.as_bytes());
    let part = format!("--b1\r\nContent-Type: message/sip\r\n\r\n{ENCLOSED}\r\n--b1--\r\n");
    let among = enclosing("multipart/mixed;boundary=b1", &part);
    to.chunk(path, Heading::In, among.as_bytes());
    to.finish()
}

/// Messages over TCP: two in a segment, one in three, then one whose end never comes.
pub fn sip_tcp() -> Vec<u8> {
    let path = channel(Carrier::Tcp, "192.0.2.2:5060", "192.0.2.1:40000");
    let mut to = Writer::new();
    let tcp = |text: &str| text.replace("SIP/2.0/UDP", "SIP/2.0/TCP").into_bytes();
    to.chunk(path, Heading::In, &tcp(SUBSCRIBE));
    to.chunk(
        path,
        Heading::Out,
        &[tcp(ACCEPTED), tcp(&notify(1))].concat(),
    );
    let parts = tcp(&notify(2));
    let (first, rest) = parts.split_at(40);
    let (second, third) = rest.split_at(300);
    for part in [first, second, third] {
        to.chunk(path, Heading::Out, part);
    }
    to.chunk(path, Heading::Out, &tcp(&notify(3))[..200]);
    to.finish()
}
