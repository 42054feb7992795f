//! What the standard library does not offer of the operating system.
//!
//! The only room besides the MD5 lanes where `unsafe` is allowed; each block says why it is sound.

mod alloc;
pub(crate) mod mmsg;
pub(crate) mod sctp;
mod space;

pub use alloc::{CountingAllocator, allocations};
pub(crate) use space::free_bytes;
