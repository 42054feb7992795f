//! Files under the pen log and the presence state.
//!
//! [`SegmentLog`] is the pen log on disk: one writer thread, group commit, segments prepared ahead.
//! [`FjallStore`] keeps the state behind it, and the [`Checkpointer`] writes it there.

use std::time::Duration;

use serde::{Deserialize, Serialize};

mod checkpoint;
mod disk;
mod duration;
mod fjall;
mod keeper;
mod opening;
mod queue;
mod segment_log;
mod writer;

pub use self::fjall::FjallStore;
pub use checkpoint::{Applied, Behind, CheckpointOptions, Checkpointer, StateWriter};
pub use disk::{Disk, DiskFile, Folder};
pub use segment_log::{LogFigures, SegmentLog, Waker};

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
