//! Where a request of ours goes, and over what (RFC 3261 clause 18.1.1, RFC 3263).

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use pengate_codecs::Stamp;
use pengate_codecs::sip::{Scheme, Uri};

use crate::feed::{Carrier, Channel};
use crate::session::sip::transaction::Queue;

/// The next hop of a request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Hop {
    /// The path a message came by. A large request goes over TCP to the same address all the same.
    Channel(Channel),
    /// An address.
    Address {
        /// Where to.
        peer: SocketAddr,
        /// The transport the URI names; without one the size decides.
        carrier: Option<Carrier>,
    },
}

impl Hop {
    /// The hop that `uri` names: an address or `localhost`. Names are not looked up: a `uri` with
    /// a name, or with a transport we do not speak, leads back to where `fallback` came from.
    #[must_use]
    pub fn of(uri: &Uri<'_>, fallback: Channel) -> Self {
        let carrier = match uri.transport() {
            None => None,
            Some(name) if name.eq_ignore_ascii_case("udp") => Some(Carrier::Udp),
            Some(name) if name.eq_ignore_ascii_case("tcp") => Some(Carrier::Tcp),
            Some(_) => return Self::Channel(fallback),
        };
        let address = match uri.scheme {
            Scheme::Sip => address(uri.host),
            _ => None,
        };
        address.map_or(Self::Channel(fallback), |ip| Self::Address {
            peer: SocketAddr::new(ip, uri.port.unwrap_or(5060)),
            carrier,
        })
    }

    /// The address at the end of the hop.
    #[must_use]
    pub const fn peer(&self) -> SocketAddr {
        match self {
            Self::Channel(channel) => channel.peer,
            Self::Address { peer, .. } => *peer,
        }
    }
}

fn address(host: &str) -> Option<IpAddr> {
    if host.eq_ignore_ascii_case("localhost") {
        return Some(Ipv4Addr::LOCALHOST.into());
    }
    let inside = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    inside.unwrap_or(host).parse().ok()
}

/// Peers that refused a connection lately: they get large requests over UDP.
#[derive(Clone, Debug)]
pub(super) struct Refused {
    lasts: Duration,
    max: usize,
    until: HashMap<SocketAddr, Stamp>,
    order: Queue<SocketAddr>,
}

impl Refused {
    pub(super) fn new(lasts: Duration, max: usize) -> Self {
        Self {
            lasts,
            max,
            until: HashMap::new(),
            order: Queue::new(lasts),
        }
    }

    pub(super) fn note(&mut self, now: Stamp, peer: SocketAddr) {
        self.forget(now);
        while self.until.len() >= self.max {
            let Some(oldest) = self.order.pop() else {
                return;
            };
            self.until.remove(&oldest);
        }
        self.until.insert(peer, now + self.lasts);
        self.order.arm(now, peer);
    }

    pub(super) fn contains(&self, now: Stamp, peer: SocketAddr) -> bool {
        self.until.get(&peer).is_some_and(|until| *until > now)
    }

    fn forget(&mut self, now: Stamp) {
        while let Some(peer) = self.order.expire(now) {
            if !self.contains(now, peer) {
                self.until.remove(&peer);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fallback() -> Channel {
        Channel {
            carrier: Carrier::Udp,
            local: ([127, 0, 0, 1], 5060).into(),
            peer: ([127, 0, 0, 1], 40_000).into(),
        }
    }

    #[test]
    fn addresses_are_taken_and_names_lead_back() {
        for (text, peer, carrier) in [
            ("sip:bob@192.0.2.1", "192.0.2.1:5060", None),
            (
                "sip:bob@192.0.2.1:5070;transport=TCP",
                "192.0.2.1:5070",
                Some(Carrier::Tcp),
            ),
            (
                "sip:[2001:db8::1];transport=udp",
                "[2001:db8::1]:5060",
                Some(Carrier::Udp),
            ),
            ("sip:bob@LOCALHOST:5071", "127.0.0.1:5071", None),
        ] {
            let hop = Hop::of(&Uri::parse(text).unwrap(), fallback());
            let peer = peer.parse().unwrap();
            assert_eq!(hop, Hop::Address { peer, carrier }, "{text}");
        }
        for text in [
            "sip:bob@pc.example",
            "sips:bob@192.0.2.1",
            "sip:bob@192.0.2.1;transport=tls",
            "tel:+99900000001",
        ] {
            let hop = Hop::of(&Uri::parse(text).unwrap(), fallback());
            assert_eq!(hop, Hop::Channel(fallback()), "{text}");
        }
    }

    #[test]
    fn a_refusal_is_remembered_for_its_time_and_the_oldest_makes_room() {
        let mut refused = Refused::new(Duration::from_secs(600), 2);
        let peer = |port| SocketAddr::from(([192, 0, 2, 1], port));
        refused.note(Stamp::from_secs(0), peer(1));
        assert!(refused.contains(Stamp::from_secs(599), peer(1)));
        assert!(!refused.contains(Stamp::from_secs(600), peer(1)));
        refused.note(Stamp::from_secs(1), peer(2));
        refused.note(Stamp::from_secs(2), peer(3));
        let known = [1, 2, 3].map(|port| refused.contains(Stamp::from_secs(3), peer(port)));
        assert_eq!(known, [false, true, true]);
        refused.note(Stamp::from_secs(700), peer(4));
        assert_eq!(refused.until.len(), 1);
    }
}
