//! What an operator can set about SIP transport and transactions.

use std::time::Duration;

use pengate_codecs::sip::FrameLimits;
use serde::{Deserialize, Serialize};

use crate::session::sip::Timers;

/// Settings of the [`Front`](super::Front).
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// T1, T2 and T4 of RFC 3261.
    pub timers: Timers,
    /// How many requests of others may be open or remembered for their copies; when there is no
    /// room, those answered first are forgotten, then new ones are answered 503. Default 4,000,000,
    /// about 600 octets each.
    pub transactions_max: usize,
    /// How many requests of ours may be open. Default 1,000,000.
    pub requests_max: usize,
    /// Longest header on a stream, in octets. Default 65,536.
    pub header_bytes: usize,
    /// Longest body on a stream, in octets. Default 1,048,576.
    pub body_bytes: usize,
    /// MTU of paths we know nothing about, in octets; requests within 200 octets of it go over TCP.
    /// Default 1,500.
    pub mtu_bytes: usize,
    /// MTU of the loopback interface, in octets. Default 65,535.
    pub mtu_loopback_bytes: usize,
    /// How long a peer that refused a connection is sent large requests over UDP. Default 10m.
    #[serde(with = "crate::options::duration")]
    pub refused_for: Duration,
    /// How many such peers are remembered. Default 10,000.
    pub refused_max: usize,
    /// Methods that rooms take; others are answered 405. Default PUBLISH, REGISTER and SUBSCRIBE. OPTIONS, ACK
    /// and CANCEL are always understood.
    pub methods: Vec<String>,
    /// Option tags that may be required; others are answered 420. Default none.
    pub supported: Vec<String>,
    /// Media types named in the answer to OPTIONS.
    pub accept: Vec<String>,
    /// Event packages named in the answer to OPTIONS. Default presence.
    pub allow_events: Vec<String>,
    /// Whether a request with Max-Forwards 0 is answered 483. RFC 3261 asks this of proxies only;
    /// a chain of proxies that ends here with 0 is too long by any measure. Default true.
    pub refuse_exhausted_hops: bool,
    /// Retry-After of the answer 503. Default 5s.
    #[serde(with = "crate::options::duration")]
    pub retry_after: Duration,
}

impl Default for Options {
    fn default() -> Self {
        let list = |items: &[&str]| items.iter().map(|item| (*item).to_owned()).collect();
        Self {
            timers: Timers::default(),
            transactions_max: 4_000_000,
            requests_max: 1_000_000,
            header_bytes: 65_536,
            body_bytes: 1_048_576,
            mtu_bytes: 1_500,
            mtu_loopback_bytes: 65_535,
            refused_for: Duration::from_secs(600),
            refused_max: 10_000,
            methods: list(&["PUBLISH", "REGISTER", "SUBSCRIBE"]),
            supported: Vec::new(),
            accept: list(&["application/pidf+xml"]),
            allow_events: list(&["presence"]),
            refuse_exhausted_hops: true,
            retry_after: Duration::from_secs(5),
        }
    }
}

impl Options {
    /// The limits of messages on streams.
    #[must_use]
    pub const fn frame_limits(&self) -> FrameLimits {
        FrameLimits {
            header_bytes: self.header_bytes,
            body_bytes: self.body_bytes,
        }
    }

    /// The value of an Allow header.
    #[must_use]
    pub fn allow(&self) -> String {
        let always = ["OPTIONS", "ACK", "CANCEL"].map(str::to_owned);
        [self.methods.as_slice(), &always].concat().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_and_unknown_keys_refused() {
        let text = "refused_for = \"1h\"\n[timers]\nt1 = \"100ms\"\n";
        let options: Options = toml::from_str(text).unwrap();
        assert_eq!(options.refused_for, Duration::from_secs(3600));
        assert_eq!(options.timers.transaction(), Duration::from_millis(6400));
        assert_eq!(options.requests_max, Options::default().requests_max);
        assert!(toml::from_str::<Options>("stray = 1").is_err());
        assert!(toml::from_str::<Options>("[timers]\nt9 = \"1s\"").is_err());
        let written = toml::to_string(&options).unwrap();
        assert_eq!(toml::from_str::<Options>(&written), Ok(options));
    }
}
