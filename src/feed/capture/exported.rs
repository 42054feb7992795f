//! Upper-layer PDUs exported by Wireshark (link type 252): tags, then the PDU.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    ops::Range,
};

use super::{
    fault::{Defect, Fault},
    octets::{array, u16_at, u32_at},
};
use crate::feed::Carrier;

/// An exported PDU: the tags that matter to us, and where the PDU is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Exported {
    /// Its protocol by Wireshark's name, for instance `sip`.
    pub(super) name: Range<usize>,
    /// Its addresses and ports, if all were told.
    pub(super) path: Option<(SocketAddr, SocketAddr)>,
    /// What carried it; UDP when that was not told.
    pub(super) carrier: Carrier,
    /// The PDU.
    pub(super) pdu: Range<usize>,
}

/// Reads the tags: 16 bits of code and of length, then the value padded to 32 bits.
pub(super) fn parse(frame: &[u8]) -> Result<Exported, Fault> {
    let mut exported = Exported {
        name: 0..0,
        path: None,
        carrier: Carrier::Udp,
        pdu: 0..0,
    };
    let (mut source, mut destination) = (None, None);
    let (mut source_port, mut destination_port) = (0, 0);
    let mut at = 0;
    loop {
        let (Some(tag), Some(length)) = (u16_at(frame, at), u16_at(frame, at + 2)) else {
            return Err(Fault {
                at: frame.len(),
                what: Defect::Cut,
            });
        };
        let start = at + 4;
        let end = start + usize::from(length);
        let value = frame.get(start..end).ok_or(Fault {
            at: frame.len(),
            what: Defect::Cut,
        })?;
        let wrong = Fault {
            at: at + 2,
            what: Defect::ExportedTag,
        };
        match tag {
            END => {
                exported.pdu = end..frame.len();
                break;
            }
            // Some versions count and send the padding zeros.
            DISSECTOR => {
                let zeros = value.iter().rev().take_while(|octet| **octet == 0).count();
                exported.name = start..end - zeros;
            }
            IPV4_SOURCE => source = Some(ipv4(value).ok_or(wrong)?),
            IPV4_DESTINATION => destination = Some(ipv4(value).ok_or(wrong)?),
            IPV6_SOURCE => source = Some(ipv6(value).ok_or(wrong)?),
            IPV6_DESTINATION => destination = Some(ipv6(value).ok_or(wrong)?),
            PORT_TYPE => {
                exported.carrier = match u32_at(value, 0).ok_or(wrong)? {
                    1 => Carrier::Sctp,
                    2 => Carrier::Tcp,
                    _ => Carrier::Udp,
                };
            }
            SOURCE_PORT => source_port = port(value).ok_or(wrong)?,
            DESTINATION_PORT => destination_port = port(value).ok_or(wrong)?,
            _ => {}
        }
        at = start + usize::from(length).next_multiple_of(4);
    }
    exported.path = source.zip(destination).map(|(source, destination)| {
        (
            SocketAddr::new(source, source_port),
            SocketAddr::new(destination, destination_port),
        )
    });
    Ok(exported)
}

fn ipv4(value: &[u8]) -> Option<IpAddr> {
    Some(Ipv4Addr::from(array::<4>(value, 0)?).into())
}

fn ipv6(value: &[u8]) -> Option<IpAddr> {
    Some(Ipv6Addr::from(array::<16>(value, 0)?).into())
}

fn port(value: &[u8]) -> Option<u16> {
    u16::try_from(u32_at(value, 0)?).ok()
}

const END: u16 = 0;
const DISSECTOR: u16 = 12;
const IPV4_SOURCE: u16 = 20;
const IPV4_DESTINATION: u16 = 21;
const IPV6_SOURCE: u16 = 22;
const IPV6_DESTINATION: u16 = 23;
const PORT_TYPE: u16 = 24;
const SOURCE_PORT: u16 = 25;
const DESTINATION_PORT: u16 = 26;

#[cfg(test)]
mod tests {
    use super::{
        super::testing::{Octets, address, big},
        *,
    };

    fn tags(octets: Octets) -> Vec<u8> {
        octets.option(END, b"").bytes(b"pdu").0
    }

    fn over_tcp() -> Octets {
        big()
            .option(DISSECTOR, b"sip\0")
            .option(IPV4_SOURCE, &[192, 0, 2, 1])
            .option(IPV4_DESTINATION, &[192, 0, 2, 2])
            .option(PORT_TYPE, &[0, 0, 0, 2])
            .option(SOURCE_PORT, &40_000_u32.to_be_bytes())
            .option(DESTINATION_PORT, &5060_u32.to_be_bytes())
            .option(30, &[0, 0, 0, 7])
    }

    #[test]
    fn the_tags_give_name_addresses_and_carrier() {
        let frame = tags(over_tcp());
        let exported = parse(&frame).unwrap();
        assert_eq!(frame[exported.name], *b"sip");
        assert_eq!(frame[exported.pdu], *b"pdu");
        assert_eq!(exported.carrier, Carrier::Tcp);
        let path = (address("192.0.2.1:40000"), address("192.0.2.2:5060"));
        assert_eq!(exported.path, Some(path));
    }

    #[test]
    fn ipv6_addresses_are_read_and_ports_may_be_absent() {
        let address = |text: &str| text.parse::<Ipv6Addr>().unwrap();
        let frame = tags(
            big()
                .option(DISSECTOR, b"radius")
                .option(IPV6_SOURCE, &address("2001:db8::1").octets())
                .option(IPV6_DESTINATION, &address("2001:db8::2").octets()),
        );
        let exported = parse(&frame).unwrap();
        assert_eq!(frame[exported.name], *b"radius");
        assert_eq!(exported.carrier, Carrier::Udp);
        let (source, destination) = exported.path.unwrap();
        assert_eq!(source, SocketAddr::new(address("2001:db8::1").into(), 0));
        assert_eq!(
            destination,
            SocketAddr::new(address("2001:db8::2").into(), 0)
        );
    }

    #[test]
    fn without_addresses_there_is_no_path() {
        assert_eq!(
            parse(&tags(big().option(DISSECTOR, b"sip"))).unwrap().path,
            None
        );
    }

    #[test]
    fn every_cut_within_the_tags_is_a_fault_at_its_end() {
        let frame = tags(over_tcp());
        for cut in 0..frame.len() - 3 {
            assert_eq!(
                parse(&frame[..cut]),
                Err(Fault {
                    at: cut,
                    what: Defect::Cut
                })
            );
        }
    }

    #[test]
    fn a_value_of_the_wrong_length_is_a_fault_at_its_length() {
        for (tag, value) in [
            (IPV4_SOURCE, &[1, 2, 3][..]),
            (IPV6_DESTINATION, &[0; 15]),
            (PORT_TYPE, &[0, 0, 2]),
            (SOURCE_PORT, &[0, 1, 0, 0]),
            (DESTINATION_PORT, &[]),
        ] {
            let frame = tags(big().option(tag, value));
            let fault = Fault {
                at: 2,
                what: Defect::ExportedTag,
            };
            assert_eq!(parse(&frame), Err(fault), "{tag}");
        }
    }
}
