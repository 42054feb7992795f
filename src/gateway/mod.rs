//! The single path: what live traffic, replay, simulation and benches run.

pub mod feed_host;
