//! Protocol state that outlives a message.

pub mod radius;
