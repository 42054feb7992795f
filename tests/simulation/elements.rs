//! Network elements: they tell over RADIUS, again and again until they are answered (RFC 5080
//! clause 2.2.1), now and then through a proxy or under a new identifier.

use std::net::SocketAddr;

use pengate_codecs::{
    Stamp,
    radius::{Builder, Code, Packet, Secret, verify_response},
};

use crate::script::{Random, Report, START};

pub const SECRET: &str = "testing123";

/// The third octet of addresses that packets come from.
const DIRECT: u8 = 1;
const PROXY: u8 = 2;

/// One report on its way.
pub struct Telling {
    report: Report,
    /// Event-Timestamp.
    written: u64,
    peer: SocketAddr,
    packet: Vec<u8>,
    tries: u32,
    pub is_answered: bool,
}

impl Telling {
    /// `begin` is the time of the script's beginning, in seconds since 1970. Every report has a
    /// port of its own, so that identifiers never run out.
    pub fn new(report: &Report, number: usize, begin: u64) -> Self {
        let port = 20_000 + u16::try_from(number).unwrap();
        let host = u8::try_from(report.element).unwrap();
        Self {
            written: begin + report.at,
            report: report.clone(),
            peer: SocketAddr::from(([127, 0, DIRECT, host], port)),
            packet: Vec::new(),
            tries: 0,
            is_answered: false,
        }
    }

    /// When it happened.
    pub fn written(&self) -> Stamp {
        Stamp::from_secs(i64::try_from(self.written).unwrap())
    }

    /// Where the last try came from.
    pub const fn peer(&self) -> SocketAddr {
        self.peer
    }

    /// The packet of the next try, and when the one after it is due, in milliseconds.
    pub fn next(&mut self, random: &mut Random, delay_secs: u64) -> (Vec<u8>, u64) {
        let is_new = self.tries == 0 || (self.tries > 2 && random.chance(30));
        if is_new {
            // A proxy has an address of its own; the port is the report's in either case.
            let through = if random.chance(20) { PROXY } else { DIRECT };
            let element = u8::try_from(self.report.element).unwrap();
            self.peer.set_ip([127, 0, through, element].into());
            self.packet = self.build(u8::try_from(self.tries % 256).unwrap(), delay_secs);
        }
        self.tries += 1;
        let wait = (1_000 << self.tries.min(3)) + random.within(0..200);
        (self.packet.clone(), wait)
    }

    /// An answer arrived; one that is not to the last packet is an old one's, and counts as little
    /// as it does for a real client.
    pub fn answered(&mut self, octets: &[u8]) {
        let answer = Packet::decode(octets).unwrap();
        let request = Packet::decode(&self.packet).unwrap();
        if answer.identifier() == request.identifier() {
            verify_response(&answer, request.authenticator(), &Secret::from(SECRET)).unwrap();
            assert_eq!(answer.code(), Code::AccountingResponse);
            self.is_answered = true;
        }
    }

    fn is_proxied(&self) -> bool {
        matches!(self.peer, SocketAddr::V4(peer) if peer.ip().octets()[2] == PROXY)
    }

    fn build(&self, identifier: u8, delay_secs: u64) -> Vec<u8> {
        let mut packet = Vec::new();
        let element = self.report.element;
        let mut builder = Builder::new(&mut packet, Code::AccountingRequest, identifier)
            .integer(40, self.report.status)
            .integer(55, u32::try_from(self.written).unwrap())
            .integer(41, u32::try_from(delay_secs).unwrap())
            .attribute(32, format!("ggsn{element}").as_bytes());
        if let Some(session) = self.report.session {
            let number = session.user + 1;
            builder = builder
                .attribute(44, format!("s{}", session.number).as_bytes())
                .attribute(30, b"internet")
                .integer(46, u32::try_from(session.age).unwrap())
                .gi(1, format!("00101000000000{number}").as_bytes())
                .gi(
                    18,
                    if session.number % 3 == 0 {
                        b"99970"
                    } else {
                        b"00101"
                    },
                )
                .gi(8, b"00101");
            // Some elements tell the number at the beginning alone.
            if session.number % 2 == 0 || self.report.status == START {
                builder = builder.attribute(31, format!("9990000000{number}").as_bytes());
            }
        }
        if self.is_proxied() {
            builder = builder.attribute(33, b"proxy");
        }
        builder
            .finish_request(&[0; 16], &Secret::from(SECRET))
            .unwrap();
        packet
    }
}
