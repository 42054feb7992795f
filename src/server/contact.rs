//! Where watchers reach us.

use std::{fmt, net::IpAddr};

use pengate_codecs::sip::{Name, Writer};

use crate::feed::{Carrier, Channel};

/// Our own end of a channel as a Contact: where a watcher sends its next request in the dialog.
pub(super) struct Contact(pub Channel);

impl Contact {
    /// Adds the header.
    pub(super) fn write(&self, writer: &mut Writer<'_>) {
        let Channel { local, carrier, .. } = self.0;
        match local.ip().to_canonical() {
            IpAddr::V4(address) if carrier == Carrier::Udp => {
                // One in every NOTIFY: worth more than formatting it.
                let mut numbers = [itoa::Buffer::new(); 5];
                let [a, b, c, d, port] = &mut numbers;
                let [first, second, third, last] = address.octets();
                let pieces = [
                    "<sip:",
                    a.format(first),
                    ".",
                    b.format(second),
                    ".",
                    c.format(third),
                    ".",
                    d.format(last),
                    ":",
                    port.format(local.port()),
                    ">",
                ];
                writer.text(Name::Contact, &pieces);
            }
            _ => {
                writer.header(Name::Contact, self);
            }
        }
    }
}

impl fmt::Display for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Channel { local, carrier, .. } = self.0;
        let transport = if carrier == Carrier::Udp {
            ""
        } else {
            ";transport=tcp"
        };
        match local.ip().to_canonical() {
            IpAddr::V4(address) => write!(f, "<sip:{address}:{}{transport}>", local.port()),
            IpAddr::V6(address) => write!(f, "<sip:[{address}]:{}{transport}>", local.port()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn channel(carrier: Carrier, local: &str) -> Channel {
        Channel {
            carrier,
            local: local.parse().unwrap(),
            peer: "192.0.2.1:5060".parse().unwrap(),
        }
    }

    #[test]
    fn a_contact_names_address_port_and_transport() {
        for (carrier, local, contact) in [
            (Carrier::Udp, "127.0.0.1:5060", "<sip:127.0.0.1:5060>"),
            (Carrier::Tcp, "[::1]:5070", "<sip:[::1]:5070;transport=tcp>"),
            (Carrier::Udp, "[::ffff:127.0.0.1]:1", "<sip:127.0.0.1:1>"),
        ] {
            let expected = Contact(channel(carrier, local));
            assert_eq!(expected.to_string(), contact);
            let mut octets = Vec::new();
            let mut writer = Writer::response(&mut octets, 200);
            expected.write(&mut writer);
            let line = format!("SIP/2.0 200 OK\r\nContact: {contact}\r\n");
            assert_eq!(String::from_utf8(octets).unwrap(), line);
        }
    }
}
