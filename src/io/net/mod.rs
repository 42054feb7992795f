//! Sockets that never block, polled by one loop.

pub mod streams;
pub mod udp;
