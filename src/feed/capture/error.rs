//! What ends the reading of a capture before its end.

use std::{fmt, io};

use thiserror::Error;

/// A capture file that cannot be read on. Every frame before the damage has been given out.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("{kind} file damaged at offset {offset}: {damage}")]
pub struct CaptureError {
    /// What the file claims to be.
    pub kind: FileKind,
    /// Offset of the first octet that is wrong or missing; in a compressed file it counts the
    /// inflated octets.
    pub offset: u64,
    /// What is wrong.
    pub damage: Damage,
}

/// The format of a capture file.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum FileKind {
    /// Not recognised, or not yet.
    Unknown,
    /// Classic pcap.
    Pcap,
    /// pcapng.
    Pcapng,
}

impl fmt::Display for FileKind {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(match self {
            Self::Unknown => "capture",
            Self::Pcap => "pcap",
            Self::Pcapng => "pcapng",
        })
    }
}

/// What is wrong with a capture file.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum Damage {
    /// A block length that cannot be: shorter than the block's fixed part.
    #[error("a block cannot be {0} octets long")]
    BlockLength(u32),
    /// A block of a kind that is read whole is longer than the limits allow.
    #[error("a block of {0} octets is longer than the limits allow")]
    BlockTooLong(u32),
    /// The compressed octets are no valid gzip.
    #[error("the compression is damaged")]
    Compression,
    /// A frame is longer than its block.
    #[error("a frame of {0} octets does not fit its block")]
    FrameLength(u32),
    /// A frame is longer than `frame_bytes_max`.
    #[error("a frame of {0} octets is longer than frame_bytes_max")]
    FrameTooLong(u32),
    /// A section has more interfaces than `interfaces_max`.
    #[error("more interfaces than interfaces_max")]
    Interfaces,
    /// A frame names an interface that its section does not describe.
    #[error("interface {0} is not described")]
    Interface(u32),
    /// The first octets are of no capture format.
    #[error("0x{0:08x} starts no known capture format")]
    Magic(u32),
    /// The operating system could not give the octets.
    #[error("cannot be read: {0}")]
    Read(io::ErrorKind),
    /// The two lengths of a block differ.
    #[error("the block ends with length {0}, not with the one it started with")]
    Trailer(u32),
    /// The file ends inside a header, a block or a frame.
    #[error("the file ends {missing} octets too early")]
    Truncated {
        /// How many octets are missing at least.
        missing: u64,
    },
    /// A version of the format that is not known.
    #[error("version {0} is not known")]
    Version(u16),
}
