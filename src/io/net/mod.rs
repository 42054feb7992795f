//! Sockets that never block, polled by one loop.

pub mod tcp;
pub mod udp;
