//! The only room with sockets, files, threads and the clock.

pub mod admin;
pub mod clock;
pub mod net;
pub mod run;
pub mod store;
mod sys;

pub use sys::{CountingAllocator, allocations};
