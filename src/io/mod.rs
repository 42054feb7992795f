//! The only room with sockets, files, threads and the clock.

pub mod store;
mod sys;
