//! Pen (TS 23.141 clause 4.3.2): the one door between agent and server, and it is a durable log.

pub mod log;
pub mod state;
