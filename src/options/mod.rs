//! Values as an operator writes them: what the options of every room are made of.
//!
//! Imports nothing of the project, so that every room may use it.

pub mod duration;
mod network;

pub use network::{Network, ParseNetworkError};
