//! Calls into the operating system that the standard library does not offer.
//!
//! The only room besides the MD5 lanes where `unsafe` is allowed; each block says why it is sound.

pub mod mmsg;
