//! Which protocol a packet is of, and which side of it is ours.

use std::net::SocketAddr;

use pengate_codecs::Stamp;
use serde::Serialize;

use super::{
    Options,
    fault::{Defect, Fault, Foreign},
    octets::index,
    packets::{Item, Kind, Packet, Part},
    sniff::{self, Evidence, Server},
    table::Table,
    tcp::Ending,
};
use crate::feed::{Carrier, Channel, Chunk, Heading};

/// The protocols that captures are searched for.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Protocol {
    /// RADIUS over UDP.
    Radius,
    /// SIP over UDP or TCP.
    Sip,
    /// Diameter over TCP or SCTP.
    Diameter,
    /// M3UA over SCTP.
    M3ua,
    /// MTP3 from an SS7 link, or carried by M2PA.
    Mtp3,
    /// SCCP from an SS7 link.
    Sccp,
    /// The Mobile Location Protocol over HTTP.
    Mlp,
}

/// What a capture means to us, in the order of its frames.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Entry<'a> {
    /// Number of the frame that completed this, from 1.
    pub frame: u64,
    /// When that frame was captured.
    pub at: Stamp,
    /// What it means.
    pub event: Event<'a>,
}

/// What an [`Entry`] means.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Event<'a> {
    /// A TCP connection or SCTP association is there. Told when protocol and sides are known, which may be as late as
    /// its first octets, and before any of its chunks. Messages that Wireshark exported come
    /// without.
    Up(Protocol, Channel),
    /// Octets of a protocol of ours.
    Chunk(Protocol, Chunk<'a>),
    /// Octets of a stream are lost before its next chunk: its framing starts anew.
    Gap {
        /// Of which protocol.
        protocol: Protocol,
        /// On which connection.
        channel: Channel,
        /// In which direction.
        heading: Heading,
        /// How many; 0 when that cannot be told.
        missing: u64,
    },
    /// A TCP connection or SCTP association is over.
    Down(Protocol, Channel, Ending),
    /// What the writer of the capture noted at this point.
    Marker(&'a [u8]),
    /// A frame that cannot be taken apart, or a datagram of ours that was not captured whole.
    Fault(Fault),
    /// A frame that is not for us.
    Foreign(Foreign),
}

/// Tells protocols and sides, and remembers them by pairs of addresses.
///
/// The protocol comes from the port, else from a strict look at the octets. Which side is ours
/// comes from, in this order: the direction that our recorder wrote; the configured addresses; who
/// does what only a server does (who is sent accounting, subscriptions and registrations, and who
/// notifies); what was learned so of an address before; who accepted the connection; who is asked
/// first. A decision stays for as long as the pair is remembered.
pub struct Classifier {
    flows: Table<Path, Flow>,
    learned: Table<SocketAddr, ()>,
    ours: Vec<SocketAddr>,
    radius_ports: Vec<u16>,
    sip_ports: Vec<u16>,
    diameter_ports: Vec<u16>,
    m3ua_ports: Vec<u16>,
    mlp_ports: Vec<u16>,
}

/// Carrier and both addresses, the lower first.
type Path = (Carrier, SocketAddr, SocketAddr);

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Flow {
    /// Protocol and our address, once known.
    known: Option<(Protocol, SocketAddr)>,
    /// Who accepted the connection.
    accepted_by: Option<SocketAddr>,
    /// Who has no more to say.
    ended: Option<SocketAddr>,
}

impl Classifier {
    /// Knows no path yet.
    #[must_use]
    pub fn new(options: &Options) -> Self {
        Self {
            flows: Table::new(index(options.flows_max)),
            learned: Table::new(index(options.flows_max)),
            ours: options.ours.clone(),
            radius_ports: options.radius_ports.clone(),
            sip_ports: options.sip_ports.clone(),
            diameter_ports: options.diameter_ports.clone(),
            m3ua_ports: options.m3ua_ports.clone(),
            mlp_ports: options.mlp_ports.clone(),
        }
    }

    /// Gives what an item means to `sink`: nothing, one entry or two.
    pub fn classify(&mut self, item: &Item<'_>, mut sink: impl FnMut(Entry<'_>)) {
        let Item { frame, at, kind } = *item;
        let mut tell = |event: Event<'_>| sink(Entry { frame, at, event });
        match kind {
            Kind::Packet(packet) => self.packet(at, &packet, &mut tell),
            Kind::Marker(bytes) => tell(Event::Marker(bytes)),
            Kind::Fault(fault) => tell(Event::Fault(fault)),
            Kind::Foreign(foreign) => tell(Event::Foreign(foreign)),
        }
    }

    fn packet(&mut self, at: Stamp, packet: &Packet<'_>, tell: &mut impl FnMut(Event<'_>)) {
        let path = path(packet);
        let before = self.flows.get_mut(&path).copied();
        let mut flow = before.unwrap_or(Flow {
            known: None,
            accepted_by: None,
            ended: None,
        });
        if let Part::Start { picked_up: false } = packet.part {
            flow.accepted_by.get_or_insert(packet.destination);
        }
        if self.is_other(packet, &flow) {
            return tell(Event::Foreign(Foreign::Payload));
        }
        let fresh = flow.known.is_none();
        if fresh {
            flow.known = self.recognise(packet, &flow);
        }
        let Some((protocol, local)) = flow.known else {
            self.unknown(path, packet, flow, tell);
            return;
        };
        let channel = channel(packet, local);
        let heading = if packet.destination == local {
            Heading::In
        } else {
            Heading::Out
        };
        if fresh && is_stream(packet.part, packet.carrier) {
            tell(Event::Up(protocol, channel));
        }
        let over = match packet.part {
            Part::End(ending) => ended(&mut flow, packet.source, ending),
            part => {
                if let Some(event) = event(at, protocol, (channel, heading), part) {
                    tell(event);
                }
                None
            }
        };
        if let Some(ending) = over {
            tell(Event::Down(protocol, channel, ending));
            self.flows.remove(&path);
        } else if before.is_none() {
            self.flows.insert(path, flow);
        } else if before != Some(flow)
            && let Some(known) = self.flows.get_mut(&path)
        {
            *known = flow;
        }
    }

    /// Whether a message of a known association is of another protocol than the others: an
    /// association may carry several.
    fn is_other(&self, packet: &Packet<'_>, flow: &Flow) -> bool {
        let is_message =
            packet.carrier == Carrier::Sctp && matches!(packet.part, Part::Message { .. });
        let known = flow.known.map(|(protocol, _)| protocol);
        is_message
            && known.is_some_and(|known| {
                let told = self.protocol(packet, &[]).map(|(protocol, _)| protocol);
                told != Some(known)
            })
    }

    /// A stream is remembered for who accepted it; everything else is passed over.
    fn unknown(
        &mut self,
        path: Path,
        packet: &Packet<'_>,
        flow: Flow,
        tell: &mut impl FnMut(Event<'_>),
    ) {
        match packet.part {
            Part::Start { .. } if self.flows.get_mut(&path).is_none() => {
                self.flows.insert(path, flow);
            }
            Part::End(ending) => {
                let mut flow = flow;
                if ended(&mut flow, packet.source, ending).is_some() {
                    self.flows.remove(&path);
                } else if let Some(known) = self.flows.get_mut(&path) {
                    *known = flow;
                }
            }
            Part::Datagram { .. } | Part::Message { .. } | Part::Octets(_) => {
                tell(Event::Foreign(Foreign::Payload));
            }
            Part::Start { .. } | Part::Gap { .. } => {}
        }
    }

    /// Protocol and our address, if this packet tells them.
    fn recognise(&mut self, packet: &Packet<'_>, flow: &Flow) -> Option<(Protocol, SocketAddr)> {
        let (bytes, is_message) = match packet.part {
            Part::Datagram { bytes, .. } | Part::Message { bytes, .. } | Part::Octets(bytes) => {
                (bytes, true)
            }
            _ => (&[][..], false),
        };
        let (protocol, evidence) = self.protocol(packet, bytes)?;
        let by_heading = packet.heading.map(|heading| match heading {
            Heading::In => packet.destination,
            Heading::Out => packet.source,
        });
        if let Some(local) = by_heading.or_else(|| self.configured(packet)) {
            return Some((protocol, local));
        }
        // Before the first message nobody can tell, and it may be long in coming.
        if !is_message {
            return None;
        }
        let local = |server| match server {
            Server::Source => packet.source,
            Server::Destination => packet.destination,
        };
        if let Some(Evidence::Strong(server)) = evidence {
            self.learned.insert(local(server), ());
            return Some((protocol, local(server)));
        }
        // A server of ours accepts; as an application server process of M3UA we connect, and to
        // location servers mostly so.
        let accepts = !matches!(protocol, Protocol::M3ua | Protocol::Mlp);
        let accepted_by = flow.accepted_by.filter(|_| accepts);
        let learned = self.learned(packet).or(accepted_by);
        let local = learned.unwrap_or_else(|| match evidence {
            Some(Evidence::Weak(server) | Evidence::Strong(server)) => local(server),
            None if self.has_port(protocol, packet.source) => packet.source,
            None => packet.destination,
        });
        Some((protocol, local))
    }

    fn protocol(&self, packet: &Packet<'_>, bytes: &[u8]) -> Option<(Protocol, Option<Evidence>)> {
        let has_port = |protocol| {
            self.has_port(protocol, packet.source) || self.has_port(protocol, packet.destination)
        };
        if let Some(protocol) = self.ss7(packet) {
            return Some((protocol, sniff::ss7_server(protocol, bytes)));
        }
        let is_radius = match packet.name {
            b"radius" => true,
            b"" => {
                packet.carrier == Carrier::Udp
                    && (has_port(Protocol::Radius) || sniff::is_radius(bytes))
            }
            _ => false,
        };
        if is_radius {
            let evidence = sniff::radius_server(bytes).filter(|_| sniff::is_radius(bytes));
            return Some((Protocol::Radius, evidence));
        }
        if self.is_diameter(packet, bytes) {
            return Some((Protocol::Diameter, sniff::diameter_server(bytes)));
        }
        let evidence = sniff::mlp_server(bytes);
        let is_mlp = match (packet.name, packet.carrier) {
            (b"http", _) => evidence.is_some(),
            (b"", Carrier::Tcp) => {
                matches!(evidence, Some(Evidence::Strong(_)))
                    || has_port(Protocol::Mlp) && !is_tls(bytes)
            }
            _ => false,
        };
        if is_mlp {
            return Some((Protocol::Mlp, evidence));
        }
        let evidence = sniff::sip_server(bytes);
        let is_sip = match packet.name {
            b"sip" => true,
            b"" => evidence.is_some() || has_port(Protocol::Sip) && !is_tls(bytes),
            _ => false,
        };
        is_sip.then_some((Protocol::Sip, evidence))
    }

    /// Diameter, by its name, its payload protocol identifier, its port, or its first header.
    fn is_diameter(&self, packet: &Packet<'_>, bytes: &[u8]) -> bool {
        let has_port = self.has_port(Protocol::Diameter, packet.source)
            || self.has_port(Protocol::Diameter, packet.destination);
        match (packet.name, packet.carrier, packet.part) {
            (b"diameter", ..) => true,
            (
                b"",
                Carrier::Sctp,
                Part::Message {
                    payload_protocol, ..
                },
            ) => payload_protocol == DIAMETER || payload_protocol == 0 && has_port,
            (b"", Carrier::Tcp, _) => sniff::is_diameter(bytes) || has_port && !is_tls(bytes),
            _ => false,
        }
    }

    /// A protocol of SS7, by its name, its payload protocol identifier or its port.
    fn ss7(&self, packet: &Packet<'_>) -> Option<Protocol> {
        let has_port = self.has_port(Protocol::M3ua, packet.source)
            || self.has_port(Protocol::M3ua, packet.destination);
        match (packet.name, packet.carrier, packet.part) {
            (b"m3ua", ..) => Some(Protocol::M3ua),
            (b"mtp3", ..) => Some(Protocol::Mtp3),
            (b"sccp", ..) => Some(Protocol::Sccp),
            (
                b"",
                Carrier::Sctp,
                Part::Message {
                    payload_protocol, ..
                },
            ) => match payload_protocol {
                M3UA => Some(Protocol::M3ua),
                0 if has_port => Some(Protocol::M3ua),
                _ => None,
            },
            _ => None,
        }
    }

    fn has_port(&self, protocol: Protocol, address: SocketAddr) -> bool {
        match protocol {
            Protocol::Radius => self.radius_ports.contains(&address.port()),
            Protocol::Sip => self.sip_ports.contains(&address.port()),
            Protocol::Diameter => self.diameter_ports.contains(&address.port()),
            Protocol::M3ua => self.m3ua_ports.contains(&address.port()),
            Protocol::Mlp => self.mlp_ports.contains(&address.port()),
            Protocol::Mtp3 | Protocol::Sccp => false,
        }
    }

    /// The end of the path that is configured as ours, unless both are.
    fn configured(&self, packet: &Packet<'_>) -> Option<SocketAddr> {
        let is_ours = |address: SocketAddr| {
            self.ours.iter().any(|ours| {
                ours.ip() == address.ip() && (ours.port() == 0 || ours.port() == address.port())
            })
        };
        either(packet, is_ours(packet.source), is_ours(packet.destination))
    }

    fn learned(&mut self, packet: &Packet<'_>) -> Option<SocketAddr> {
        let source = self.learned.get_mut(&packet.source).is_some();
        let destination = self.learned.get_mut(&packet.destination).is_some();
        either(packet, source, destination)
    }
}

/// What a part of a known flow means, unless it starts or ends it.
fn event<'a>(
    at: Stamp,
    protocol: Protocol,
    (channel, heading): (Channel, Heading),
    part: Part<'a>,
) -> Option<Event<'a>> {
    match part {
        Part::Datagram { bytes, missing: 0 }
        | Part::Message {
            bytes, missing: 0, ..
        }
        | Part::Octets(bytes) => {
            let chunk = Chunk {
                at,
                channel,
                heading,
                bytes,
            };
            Some(Event::Chunk(protocol, chunk))
        }
        Part::Datagram { bytes, .. } | Part::Message { bytes, .. } => Some(Event::Fault(Fault {
            at: bytes.len(),
            what: Defect::Snapped,
        })),
        Part::Gap { missing } => Some(Event::Gap {
            protocol,
            channel,
            heading,
            missing,
        }),
        Part::Start { .. } | Part::End(_) => None,
    }
}

/// The end that is meant, unless both are or none.
fn either(packet: &Packet<'_>, source: bool, destination: bool) -> Option<SocketAddr> {
    match (source, destination) {
        (true, false) => Some(packet.source),
        (false, true) => Some(packet.destination),
        _ => None,
    }
}

fn path(packet: &Packet<'_>) -> Path {
    let Packet {
        source,
        destination,
        carrier,
        ..
    } = *packet;
    (carrier, source.min(destination), source.max(destination))
}

fn channel(packet: &Packet<'_>, local: SocketAddr) -> Channel {
    let peer = if packet.source == local {
        packet.destination
    } else {
        packet.source
    };
    Channel {
        carrier: packet.carrier,
        local,
        peer,
    }
}

fn is_stream(part: Part<'_>, carrier: Carrier) -> bool {
    matches!(carrier, Carrier::Tcp | Carrier::Sctp) && !matches!(part, Part::Datagram { .. })
}

/// Whether a connection is over now that one direction is: when both have finished, or at once
/// when it was cut off.
fn ended(flow: &mut Flow, source: SocketAddr, ending: Ending) -> Option<Ending> {
    match (ending, flow.ended) {
        (Ending::Finished, None) => {
            flow.ended = Some(source);
            None
        }
        (Ending::Finished, Some(before)) if before == source => None,
        _ => Some(ending),
    }
}

/// Whether a stream starts with a TLS handshake (RFC 8446 clause 5.1): not readable here.
fn is_tls(bytes: &[u8]) -> bool {
    bytes.starts_with(&[22, 3])
}

/// SCTP payload protocol of Diameter in clear (RFC 6733 clause 11.5).
const DIAMETER: u32 = 46;
/// SCTP payload protocol of M3UA (RFC 4666 clause 7.1).
const M3UA: u32 = 3;

#[cfg(test)]
mod ss7;
#[cfg(test)]
mod tests;
