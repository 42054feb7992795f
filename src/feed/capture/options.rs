//! The limits of everything that reading a capture may hold in memory.

use std::{net::SocketAddr, time::Duration};

use serde::{Deserialize, Serialize};

use crate::options::duration;

/// How captures are read. Every buffer of the capture reader is bounded by one of these.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Longest frame, in octets (default 262144, as other tools have it). A file that claims more
    /// is taken for damaged: there is no way to find the next frame.
    pub frame_bytes_max: u32,
    /// Most interfaces in a section of a pcapng file (default 4096). One more is damage.
    pub interfaces_max: u32,
    /// Most IP headers in one frame, the outermost included (default 4, at most 64).
    pub tunnels_max: u32,
    /// Most IP datagrams waiting for fragments (default 1024). One more drops the oldest.
    pub fragments_max: u32,
    /// How long a datagram waits for its fragments, on the capture's clock (default `"30s"`).
    #[serde(with = "duration")]
    pub fragment_timeout: Duration,
    /// Most octets held for all datagrams, apart from them for all streams, and apart from these
    /// for all SCTP associations, bookkeeping included (default 67108864). Beyond it the oldest
    /// datagram is dropped, a stream's hole is given up, and an association's messages are given
    /// out.
    pub reassembly_bytes_max: u64,
    /// Most TCP connections followed at a time (default 65536). One more ends the one that was
    /// quiet the longest.
    pub streams_max: u32,
    /// Most octets held behind a hole in one direction of a TCP connection before the hole is
    /// given up (default 1048576).
    pub stream_gap_bytes_max: u64,
    /// Most SCTP associations followed at a time (default 16384). One more ends the one that was
    /// quiet the longest.
    pub associations_max: u32,
    /// Most octets held in one direction of an SCTP association for fragments and for messages
    /// before them in their stream, bookkeeping included (default 1048576). Beyond it the oldest
    /// are given up or given out.
    pub association_bytes_max: u64,
    /// How long an SCTP message waits for its fragments, or for one before it in its stream, on the
    /// capture's clock (default `"3s"`). An acknowledgement ends the wait at once.
    #[serde(with = "duration")]
    pub association_timeout: Duration,
    /// Most pairs of addresses whose protocol and sides are remembered (default 65536).
    pub flows_max: u32,
    /// Our own addresses (default none: sides are told from what is said). Port 0 stands for any
    /// port of the address.
    pub ours: Vec<SocketAddr>,
    /// UDP ports of RADIUS servers (default 1812, 1813, 1645, 1646, 3799).
    pub radius_ports: Vec<u16>,
    /// Ports of SIP (default 5060, 5061).
    pub sip_ports: Vec<u16>,
    /// Ports of Diameter (default 3868).
    pub diameter_ports: Vec<u16>,
    /// SCTP ports of M3UA (default 2905), where messages do not name their protocol.
    pub m3ua_ports: Vec<u16>,
    /// TCP ports of location servers (default 9210, 9211).
    pub mlp_ports: Vec<u16>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            frame_bytes_max: 262_144,
            interfaces_max: 4096,
            tunnels_max: 4,
            fragments_max: 1024,
            fragment_timeout: Duration::from_secs(30),
            reassembly_bytes_max: 64 << 20,
            streams_max: 65_536,
            stream_gap_bytes_max: 1 << 20,
            associations_max: 16_384,
            association_bytes_max: 1 << 20,
            association_timeout: Duration::from_secs(3),
            flows_max: 65_536,
            ours: Vec::new(),
            radius_ports: vec![1812, 1813, 1645, 1646, 3799],
            sip_ports: vec![5060, 5061],
            diameter_ports: vec![3868],
            m3ua_ports: vec![2905],
            mlp_ports: vec![9210, 9211],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_survives_toml() {
        let text = toml::to_string(&Options::default()).unwrap();
        assert!(text.contains("fragment_timeout = \"30s\""), "{text}");
        assert_eq!(
            toml::from_str::<Options>(&text).unwrap(),
            Options::default()
        );
        assert_eq!(toml::from_str::<Options>("").unwrap(), Options::default());
    }

    #[test]
    fn an_unknown_key_is_refused() {
        let error = toml::from_str::<Options>("stream_max = 1").unwrap_err();
        assert!(error.message().contains("unknown field"), "{error}");
    }
}
