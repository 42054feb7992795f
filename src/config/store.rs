//! Options of files and connections: the rooms that use them are compiled with `live` only.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::options::duration;

/// The pen log on disk.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogOptions {
    /// Longest time a write waits for the senders that the sync before it has just answered, so
    /// that one sync serves them all. A log that was idle writes at once. At most 1 s. Default `"1ms"`.
    #[serde(with = "duration")]
    pub linger: Duration,
    /// Records that one write carries at most (a larger batch is still written whole). Default
    /// 4096.
    pub write_records_max: usize,
    /// Octets of bodies that one write carries at most (a larger batch is still written whole).
    /// Default 1 MiB.
    pub write_bytes_max: usize,
    /// Size of a segment file, at least 64 KiB. Default 64 MiB.
    pub segment_bytes: usize,
    /// Records that may wait to become durable; more are refused as busy. Default 65536.
    pub queue_records_max: usize,
    /// Octets that may wait to become durable; more are refused as busy. Default 64 MiB.
    pub queue_bytes_max: usize,
    /// With less room than this on the file system nothing is taken or acknowledged, until there
    /// is room again. Default 256 MiB.
    pub free_bytes_min: u64,
    /// Number of this node, written into every segment. Default 0.
    pub node: u32,
    /// Start although records that were once durable cannot be read, and tell which. Never read
    /// from a file: for one start only, on the operator's word.
    #[serde(skip)]
    pub accept_damage: bool,
}

impl Default for LogOptions {
    fn default() -> Self {
        Self {
            linger: Duration::from_millis(1),
            write_records_max: 4096,
            write_bytes_max: 1 << 20,
            segment_bytes: 64 << 20,
            queue_records_max: 65_536,
            queue_bytes_max: 64 << 20,
            free_bytes_min: 256 << 20,
            node: 0,
            accept_damage: false,
        }
    }
}

/// How state is written behind the log.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct CheckpointOptions {
    /// Longest time a change waits for its commit (default `"1s"`): what changes again meanwhile is
    /// written once. The log holds it until then.
    #[serde(with = "duration")]
    pub commit_interval: Duration,
    /// So many changes are committed without waiting. Default 1000.
    pub commit_changes_max: usize,
    /// Longest time between checkpoints while there is something new. Default `"5s"`.
    #[serde(with = "duration")]
    pub checkpoint_interval: Duration,
    /// So many octets of log make a checkpoint without waiting. Default 256 MiB.
    pub checkpoint_log_bytes: u64,
    /// Octets of log that are kept at most though the state contains them (default 256 MiB): for as
    /// long as a network element may repeat a request, its answer stands there. Less is kept where
    /// the disk is nearly full.
    pub kept_log_bytes_max: u64,
    /// Batches that may wait for the thread, all shards together. Default 64.
    pub queue_batches_max: usize,
}

impl Default for CheckpointOptions {
    fn default() -> Self {
        Self {
            commit_interval: Duration::from_secs(1),
            commit_changes_max: 1000,
            checkpoint_interval: Duration::from_secs(5),
            checkpoint_log_bytes: 256 << 20,
            kept_log_bytes_max: 256 << 20,
            queue_batches_max: 64,
        }
    }
}

/// Limits of connections.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Connections {
    /// Most connections at once (count, default 10000); a further peer's is closed at once.
    pub connections_max: usize,
    /// Most octets that wait to be sent on one connection (default 4194304); a peer that reads no
    /// faster is disconnected.
    pub backlog_bytes_max: usize,
    /// Longest message of an SCTP association (default 65536); a peer that sends a longer one is
    /// disconnected.
    pub message_bytes_max: usize,
    /// A connection without any octet for this long is closed (default 1h).
    #[serde(with = "duration")]
    pub idle_timeout: Duration,
    /// How long a connection may take to come about (default 5s).
    #[serde(with = "duration")]
    pub connect_timeout: Duration,
}

impl Default for Connections {
    fn default() -> Self {
        Self {
            connections_max: 10_000,
            backlog_bytes_max: 4 << 20,
            message_bytes_max: 64 << 10,
            idle_timeout: Duration::from_hours(1),
            connect_timeout: Duration::from_secs(5),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_print_and_parse_to_the_same() {
        let printed = toml::to_string(&LogOptions::default()).unwrap();
        assert!(printed.contains("linger = \"1ms\""), "{printed}");
        assert_eq!(
            toml::from_str::<LogOptions>(&printed).unwrap(),
            LogOptions::default()
        );
    }

    #[test]
    fn a_key_that_is_not_known_is_refused() {
        for stray in ["lingers = \"1ms\"", "accept_damage = true"] {
            assert!(toml::from_str::<LogOptions>(stray).is_err(), "{stray}");
        }
    }
}
