//! Networks of peers: an address and how many of its bits count.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    str::FromStr,
};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use thiserror::Error;

/// A network such as `127.0.0.0/8` or `::1/128`. An address without a prefix length is a network of
/// that one address.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

/// A text that is no network.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum ParseNetworkError {
    /// The part before the slash is no IP address.
    #[error("not a network; an IP address is allowed, with a prefix length such as 10.0.0.0/8")]
    Address,
    /// The prefix length is no number, or larger than the address.
    #[error("the prefix length is not allowed; it is 0 to 32 for IPv4 and 0 to 128 for IPv6")]
    Prefix,
    /// Bits beyond the prefix length are set.
    #[error("the address has bits beyond its prefix length, which must be zero")]
    HostBits,
}

impl Network {
    /// The addresses of this machine, IPv4.
    pub const LOOPBACK_V4: Self = Self {
        address: IpAddr::V4(Ipv4Addr::new(127, 0, 0, 0)),
        prefix: 8,
    };
    /// The address of this machine, IPv6.
    pub const LOOPBACK_V6: Self = Self {
        address: IpAddr::V6(Ipv6Addr::LOCALHOST),
        prefix: 128,
    };

    /// Whether `address` is in this network. An IPv4 address that came over an IPv6 socket
    /// (`::ffff:a.b.c.d`) is taken for the IPv4 address.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(network), IpAddr::V4(address)) => same_prefix(
                network.to_bits().into(),
                address.to_bits().into(),
                32,
                self.prefix,
            ),
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                same_prefix(network.to_bits(), address.to_bits(), 128, self.prefix)
            }
            _ => false,
        }
    }

    /// How many bits count: of two networks with an address in common the longer one is meant.
    #[must_use]
    pub const fn prefix(&self) -> u8 {
        self.prefix
    }
}

/// Whether the upper `prefix` of `width` bits are the same.
fn same_prefix(one: u128, other: u128, width: u32, prefix: u8) -> bool {
    let ignored = width.saturating_sub(prefix.into());
    (one ^ other).checked_shr(ignored).unwrap_or(0) == 0
}

impl FromStr for Network {
    type Err = ParseNetworkError;

    fn from_str(text: &str) -> Result<Self, ParseNetworkError> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| ParseNetworkError::Address)?;
        let (bits, width): (u128, u8) = match address {
            IpAddr::V4(address) => (address.to_bits().into(), 32),
            IpAddr::V6(address) => (address.to_bits(), 128),
        };
        let prefix = match prefix {
            Some(prefix) => prefix.parse().map_err(|_| ParseNetworkError::Prefix)?,
            None => width,
        };
        let host = width.checked_sub(prefix).ok_or(ParseNetworkError::Prefix)?;
        let network_bits = bits
            .checked_shr(host.into())
            .and_then(|upper| upper.checked_shl(host.into()))
            .unwrap_or(0);
        if network_bits != bits {
            return Err(ParseNetworkError::HostBits);
        }
        Ok(Self { address, prefix })
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

impl Serialize for Network {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Network {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse()
            .map_err(|error| de::Error::custom(format_args!("{text:?}: {error}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(text: &str) -> Network {
        text.parse().unwrap()
    }

    #[test]
    fn a_network_contains_its_addresses_and_no_other() {
        for (text, inside, outside) in [
            ("127.0.0.0/8", "127.255.0.1", "128.0.0.1"),
            ("10.1.2.3", "10.1.2.3", "10.1.2.2"),
            ("192.0.2.128/25", "192.0.2.255", "192.0.2.127"),
            ("::1/128", "::1", "::2"),
            ("2001:db8::/32", "2001:db8:ffff::", "2001:db9::"),
            ("0.0.0.0/0", "203.0.113.9", "::1"),
            ("::/0", "2001:db8::1", "203.0.113.9"),
        ] {
            assert!(network(text).contains(inside.parse().unwrap()), "{text}");
            assert!(!network(text).contains(outside.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn an_ipv4_peer_on_an_ipv6_socket_is_an_ipv4_peer() {
        assert!(network("127.0.0.0/8").contains("::ffff:127.0.0.1".parse().unwrap()));
        assert!(!network("::/0").contains("::ffff:127.0.0.1".parse().unwrap()));
    }

    #[test]
    fn text_round_trips() {
        assert_eq!(network("10.0.0.0/8").to_string(), "10.0.0.0/8");
        assert_eq!(network("::1").to_string(), "::1/128");
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for (text, error) in [
            ("", ParseNetworkError::Address),
            ("localhost/8", ParseNetworkError::Address),
            ("10.0.0.0/33", ParseNetworkError::Prefix),
            ("10.0.0.0/", ParseNetworkError::Prefix),
            ("::/129", ParseNetworkError::Prefix),
            ("10.0.0.1/8", ParseNetworkError::HostBits),
            ("10.0.0.1/0", ParseNetworkError::HostBits),
            ("::1/0", ParseNetworkError::HostBits),
        ] {
            assert_eq!(text.parse::<Network>(), Err(error), "{text}");
        }
    }
}
