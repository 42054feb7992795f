//! Protocols and sides.

use super::{super::testing::address, *};

/// What a classifier said of a packet, in short.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Said {
    Up(Protocol, SocketAddr),
    Chunk(Protocol, Heading, SocketAddr),
    Gap(Heading, u64),
    Down(Ending),
    Fault(Defect),
    Foreign,
}

struct Listener {
    classifier: Classifier,
}

const ACCOUNTING_REQUEST: &[u8] = &[4, 7, 0, 20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
const ACCOUNTING_RESPONSE: &[u8] = &[5, 7, 0, 20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
const SUBSCRIBE: &[u8] = b"SUBSCRIBE sip:alice@ims.example SIP/2.0\r\n\r\n";
const NOTIFY: &[u8] = b"NOTIFY sip:bob@192.0.2.1 SIP/2.0\r\n\r\n";
const OPTIONS: &[u8] = b"OPTIONS sip:ims.example SIP/2.0\r\n\r\n";
const RADIUS: Protocol = Protocol::Radius;
const SIP: Protocol = Protocol::Sip;

impl Listener {
    fn new() -> Self {
        Self::with(&Options::default())
    }

    fn with(options: &Options) -> Self {
        Self {
            classifier: Classifier::new(options),
        }
    }

    fn hear(&mut self, packet: Packet<'_>) -> Vec<Said> {
        let mut said = Vec::new();
        let item = Item {
            frame: 3,
            at: Stamp::from_secs(1),
            kind: Kind::Packet(packet),
        };
        self.classifier.classify(&item, |entry| {
            assert_eq!((entry.frame, entry.at), (3, Stamp::from_secs(1)));
            said.push(match entry.event {
                Event::Up(protocol, channel) => Said::Up(protocol, channel.local),
                Event::Chunk(protocol, chunk) => {
                    assert_eq!(chunk.at, Stamp::from_secs(1));
                    Said::Chunk(protocol, chunk.heading, chunk.channel.local)
                }
                Event::Gap {
                    heading, missing, ..
                } => Said::Gap(heading, missing),
                Event::Down(_, _, ending) => Said::Down(ending),
                Event::Fault(fault) => Said::Fault(fault.what),
                Event::Foreign(_) => Said::Foreign,
                Event::Marker(_) => panic!("a marker of a packet"),
            });
        });
        said
    }

    fn datagram(&mut self, source: &str, destination: &str, bytes: &[u8]) -> Vec<Said> {
        self.hear(packet(
            source,
            destination,
            Carrier::Udp,
            Part::Datagram { bytes, missing: 0 },
        ))
    }

    fn stream(&mut self, source: &str, destination: &str, part: Part<'_>) -> Vec<Said> {
        self.hear(packet(source, destination, Carrier::Tcp, part))
    }
}

fn packet<'a>(source: &str, destination: &str, carrier: Carrier, part: Part<'a>) -> Packet<'a> {
    let (source, destination) = (address(source), address(destination));
    Packet {
        source,
        destination,
        carrier,
        heading: None,
        name: b"",
        part,
    }
}

fn inward(protocol: Protocol, local: &str) -> Vec<Said> {
    vec![Said::Chunk(protocol, Heading::In, address(local))]
}

fn outward(protocol: Protocol, local: &str) -> Vec<Said> {
    vec![Said::Chunk(protocol, Heading::Out, address(local))]
}

#[test]
fn radius_is_known_by_port_and_by_header() {
    let (nas, us, other) = ("192.0.2.1:4000", "192.0.2.2:1813", "192.0.2.2:9999");
    let mut listener = Listener::new();
    assert_eq!(
        listener.datagram(nas, us, ACCOUNTING_REQUEST),
        inward(RADIUS, us)
    );
    assert_eq!(
        listener.datagram(us, nas, ACCOUNTING_RESPONSE),
        outward(RADIUS, us)
    );
    assert_eq!(listener.datagram(nas, us, b"malformed"), inward(RADIUS, us));
    assert_eq!(
        listener.datagram(nas, other, ACCOUNTING_REQUEST),
        inward(RADIUS, other)
    );
    let mut listener = Listener::new();
    assert_eq!(
        listener.datagram(other, nas, ACCOUNTING_RESPONSE),
        outward(RADIUS, other)
    );
    assert_eq!(
        listener.datagram(nas, "192.0.2.2:53", b"something else"),
        [Said::Foreign]
    );
    let options = Options {
        radius_ports: vec![53],
        ..Options::default()
    };
    let found = Listener::with(&options).datagram(nas, "192.0.2.2:53", b"anything");
    assert_eq!(found, inward(RADIUS, "192.0.2.2:53"));
}

#[test]
fn the_side_that_is_subscribed_to_and_that_notifies_is_ours() {
    let (watcher, us) = ("192.0.2.1:5060", "192.0.2.2:5060");
    let mut listener = Listener::new();
    assert_eq!(listener.datagram(watcher, us, SUBSCRIBE), inward(SIP, us));
    assert_eq!(listener.datagram(us, watcher, NOTIFY), outward(SIP, us));
    assert_eq!(
        Listener::new().datagram(us, watcher, NOTIFY),
        outward(SIP, us)
    );
    let accepted = b"SIP/2.0 200 OK\r\nCSeq: 1 NOTIFY\r\n\r\n";
    assert_eq!(
        Listener::new().datagram(watcher, us, accepted),
        inward(SIP, us)
    );
    assert_eq!(
        Listener::new().datagram(watcher, us, OPTIONS),
        inward(SIP, us)
    );
}

#[test]
fn what_was_learned_of_an_address_outweighs_who_is_asked_first() {
    let (watcher, us, other) = ("192.0.2.1:5060", "192.0.2.2:5060", "192.0.2.3:5060");
    let mut listener = Listener::new();
    listener.datagram(watcher, us, SUBSCRIBE);
    assert_eq!(listener.datagram(us, other, OPTIONS), outward(SIP, us));
}

#[test]
fn configured_addresses_and_recorded_directions_outweigh_all() {
    let (watcher, us) = ("192.0.2.1:5060", "192.0.2.2:5060");
    for ours in [watcher, "192.0.2.1:0"] {
        let options = Options {
            ours: vec![address(ours)],
            ..Options::default()
        };
        let found = Listener::with(&options).datagram(watcher, us, SUBSCRIBE);
        assert_eq!(found, outward(SIP, watcher));
    }
    let both = Options {
        ours: vec![address(watcher), address(us)],
        ..Options::default()
    };
    assert_eq!(
        Listener::with(&both).datagram(watcher, us, SUBSCRIBE),
        inward(SIP, us)
    );
    let part = Part::Datagram {
        bytes: SUBSCRIBE,
        missing: 0,
    };
    let recorded = Packet {
        heading: Some(Heading::Out),
        ..packet(watcher, us, Carrier::Udp, part)
    };
    assert_eq!(Listener::new().hear(recorded), outward(SIP, watcher));
}

#[test]
fn a_connection_is_up_with_its_first_octets_and_down_when_both_have_finished() {
    let (watcher, us) = ("192.0.2.1:40000", "192.0.2.2:9000");
    let mut listener = Listener::new();
    let start = Part::Start { picked_up: false };
    assert_eq!(listener.stream(watcher, us, start), []);
    assert_eq!(listener.stream(us, watcher, start), []);
    let up = Said::Up(SIP, address(us));
    let chunk = Said::Chunk(SIP, Heading::In, address(us));
    // Who accepted the connection outweighs who is asked first.
    let asked = listener.stream(us, watcher, Part::Octets(OPTIONS));
    assert_eq!(asked, [up, Said::Chunk(SIP, Heading::Out, address(us))]);
    assert_eq!(
        listener.stream(watcher, us, Part::Octets(b"anything")),
        [chunk]
    );
    let gap = listener.stream(watcher, us, Part::Gap { missing: 5 });
    assert_eq!(gap, [Said::Gap(Heading::In, 5)]);
    let end = Part::End(Ending::Finished);
    assert_eq!(listener.stream(watcher, us, end), []);
    assert_eq!(
        listener.stream(us, watcher, end),
        [Said::Down(Ending::Finished)]
    );
    assert_eq!(listener.stream(us, watcher, end), [], "told once");
}

#[test]
fn a_reset_is_told_once() {
    let (watcher, us) = ("192.0.2.1:40000", "192.0.2.2:5060");
    let mut listener = Listener::new();
    listener.stream(watcher, us, Part::Octets(SUBSCRIBE));
    let end = Part::End(Ending::Reset);
    assert_eq!(
        listener.stream(us, watcher, end),
        [Said::Down(Ending::Reset)]
    );
    assert_eq!(listener.stream(watcher, us, end), []);
}

#[test]
fn streams_of_other_protocols_are_foreign() {
    let (peer, us) = ("192.0.2.1:40000", "192.0.2.2:5061");
    let mut listener = Listener::new();
    let handshake = Part::Octets(&[22, 3, 1, 0, 5]);
    assert_eq!(listener.stream(peer, us, handshake), [Said::Foreign], "TLS");
    let web = "192.0.2.2:80";
    assert_eq!(
        listener.stream(peer, web, Part::Start { picked_up: false }),
        []
    );
    let request = Part::Octets(b"GET / HTTP/1.1\r\n\r\n");
    assert_eq!(listener.stream(peer, web, request), [Said::Foreign]);
    assert_eq!(listener.stream(peer, web, Part::End(Ending::Reset)), []);
}

#[test]
fn a_datagram_that_was_not_captured_whole_is_a_fault() {
    let (nas, us) = ("192.0.2.1:4000", "192.0.2.2:1813");
    let part = Part::Datagram {
        bytes: ACCOUNTING_REQUEST,
        missing: 9,
    };
    let said = Listener::new().hear(packet(nas, us, Carrier::Udp, part));
    assert_eq!(said, [Said::Fault(Defect::Snapped)]);
    let part = Part::Datagram {
        bytes: b"something else",
        missing: 9,
    };
    let said = Listener::new().hear(packet(nas, "192.0.2.2:53", Carrier::Udp, part));
    assert_eq!(said, [Said::Foreign]);
}

#[test]
fn an_exported_message_is_known_by_its_name() {
    let (one, two) = ("192.0.2.1:0", "192.0.2.2:0");
    let part = Part::Datagram {
        bytes: b"anything",
        missing: 0,
    };
    for (name, said) in [
        (&b"sip"[..], inward(SIP, two)),
        (b"radius", inward(RADIUS, two)),
        (b"ldap", vec![Said::Foreign]),
    ] {
        let exported = Packet {
            name,
            ..packet(one, two, Carrier::Tcp, part)
        };
        assert_eq!(Listener::new().hear(exported), said);
    }
}

#[test]
fn remembered_paths_are_bounded() {
    let options = Options {
        flows_max: 2,
        ..Options::default()
    };
    let mut listener = Listener::with(&options);
    for port in 1..100 {
        let peer = format!("192.0.2.1:{port}");
        assert_eq!(
            listener.datagram(&peer, "192.0.2.2:5060", SUBSCRIBE).len(),
            1
        );
    }
    assert!(listener.classifier.flows.keys().len() <= 2);
    assert!(listener.classifier.learned.keys().len() <= 2);
}
