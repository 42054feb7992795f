//! What a shard does, one behaviour a test.

mod limits;
mod notifying;
mod policy;
mod properties;
mod publishing;
mod recovery;
mod subscribing;
