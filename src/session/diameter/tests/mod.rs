//! A node among peers.

mod requests;
mod states;
mod support;
