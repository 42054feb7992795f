//! The only room with sockets, files, threads and the clock.

pub mod admin;
