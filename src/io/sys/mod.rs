//! What the standard library does not offer of the operating system: the only `unsafe` of this room.

mod space;

pub(crate) use space::free_bytes;
