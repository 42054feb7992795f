//! Files under the pen log and the presence state.
//!
//! [`SegmentLog`] is the pen log on disk: one writer thread, group commit, segments prepared ahead.
//! [`FjallStore`] keeps the state behind it, and the [`Checkpointer`] writes it there.

mod checkpoint;
mod disk;
mod fjall;
mod keeper;
mod opening;
mod partitions;
mod queue;
mod segment_log;
mod writer;

pub use self::fjall::FjallStore;
pub use crate::config::{CheckpointOptions, LogOptions};
pub use checkpoint::{Applied, Behind, Checkpointer, StateWriter};
pub use disk::{Disk, DiskFile, Folder};
pub use partitions::{PartitionsError, check_partitions};
pub use segment_log::{LogFigures, SegmentLog, Waker};
