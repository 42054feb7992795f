//! Network elements: radclient, and a client of the tests' own for many requests at a time.

use std::{
    io::Write,
    net::{Ipv4Addr, SocketAddr, UdpSocket},
    process::{Command, Stdio},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use pengate_codecs::radius::{Builder, Code, Packet, Secret, verify_response};

use crate::gateway::Gateway;

/// The secret of loopback clients in the default configuration.
pub const SECRET: &str = "testing123";

/// A packet session of a subscriber, as its GGSN tells it.
#[derive(Clone, Debug)]
pub struct Session {
    /// Acct-Session-Id.
    pub id: String,
    /// NAS-Identifier.
    pub nas: String,
    /// 3GPP-IMSI.
    pub imsi: String,
    /// Calling-Station-Id.
    pub msisdn: String,
    /// Framed-IP-Address.
    pub address: Ipv4Addr,
    /// 3GPP-NSAPI.
    pub nsapi: char,
}

impl Session {
    /// A session of alice's.
    pub fn of_alice(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            nas: "ggsn1".to_owned(),
            imsi: "001010000000001".to_owned(),
            msisdn: "99900000001".to_owned(),
            address: Ipv4Addr::new(10, 0, 0, 7),
            nsapi: '5',
        }
    }

    /// A session of bob's.
    pub fn of_bob(id: &str) -> Self {
        Self {
            imsi: "001010000000002".to_owned(),
            msisdn: "99900000002".to_owned(),
            address: Ipv4Addr::new(10, 0, 0, 8),
            ..Self::of_alice(id)
        }
    }

    /// What radclient reads for an Accounting-Request.
    pub fn attributes(&self, status: &str) -> String {
        let Self {
            id,
            nas,
            imsi,
            msisdn,
            address,
            nsapi,
        } = self;
        format!(
            "Acct-Status-Type = {status}\n\
             Acct-Session-Id = \"{id}\"\n\
             NAS-Identifier = \"{nas}\"\n\
             Calling-Station-Id = \"{msisdn}\"\n\
             Called-Station-Id = \"internet\"\n\
             Framed-IP-Address = {address}\n\
             3GPP-IMSI = \"{imsi}\"\n\
             3GPP-NSAPI = \"{nsapi}\"\n\
             3GPP-RAT-Type = UTRAN\n\
             3GPP-SGSN-MCC-MNC = \"00101\"\n"
        )
    }

    /// An Accounting-Request with an Event-Timestamp in seconds since 1970. Status is that of
    /// RFC 2866 clause 5.1.
    pub fn request(&self, status: u32, identifier: u8, at: u32) -> Vec<u8> {
        let mut packet = Vec::new();
        Builder::new(&mut packet, Code::AccountingRequest, identifier)
            .integer(40, status)
            .attribute(44, self.id.as_bytes())
            .attribute(32, self.nas.as_bytes())
            .attribute(31, self.msisdn.as_bytes())
            .attribute(30, b"internet")
            .attribute(8, &self.address.octets())
            .integer(55, at)
            .gi(1, self.imsi.as_bytes())
            .gi(10, self.nsapi.to_string().as_bytes())
            .gi(18, b"00101")
            .gi(21, &[1])
            .finish_request(&[0; 16], &Secret::from(SECRET))
            .unwrap();
        packet
    }
}

/// Acct-Status-Type Start.
pub const START: u32 = 1;
/// Acct-Status-Type Stop.
pub const STOP: u32 = 2;

/// The time as Event-Timestamp tells it.
pub fn now() -> u32 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    u32::try_from(since.as_secs()).unwrap()
}

/// One client port.
#[derive(Debug)]
pub struct Client {
    socket: UdpSocket,
    server: SocketAddr,
}

impl Client {
    /// A client on a port of its own.
    pub fn new(server: SocketAddr) -> Self {
        let any = if server.is_ipv4() {
            "127.0.0.1:0"
        } else {
            "[::1]:0"
        };
        let socket = UdpSocket::bind(any).unwrap();
        Self { socket, server }
    }

    /// Sends octets, whatever they are.
    pub fn send(&self, packet: &[u8]) {
        // While the gateway is down the system may tell so here; that is part of the game.
        let _ = self.socket.send_to(packet, self.server);
    }

    /// Whether the answer to `packet` comes within `patience`, correctly signed.
    pub fn is_answered(&self, packet: &[u8], patience: Duration) -> bool {
        self.socket.set_read_timeout(Some(patience)).unwrap();
        let request = Packet::decode(packet).unwrap();
        let mut octets = [0; 4_096];
        while let Ok((length, from)) = self.socket.recv_from(&mut octets) {
            let answer = Packet::decode(&octets[..length]).unwrap();
            assert_eq!(from, self.server);
            if answer.identifier() != request.identifier() {
                continue;
            }
            let secret = Secret::from(SECRET);
            verify_response(&answer, request.authenticator(), &secret).unwrap();
            assert_eq!(answer.code(), Code::AccountingResponse);
            return true;
        }
        false
    }
}

/// Runs radclient with these attributes; tells whether every answer came and was verified.
pub fn radclient(mut command: Command, server: SocketAddr, secret: &str, attributes: &str) -> bool {
    let mut child = command
        .args([
            "-x",
            "-r",
            "3",
            "-t",
            "20",
            &server.to_string(),
            "acct",
            secret,
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(attributes.as_bytes()).unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let answers = said.matches("Received Accounting-Response").count();
    output.status.success() && answers == attributes.split("\n\n").count()
}

/// The address of a gateway's first RADIUS listener.
pub fn server(gateway: &Gateway) -> SocketAddr {
    gateway.radius[0]
}
