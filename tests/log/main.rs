//! The pen log: one suite for every implementation, and what only files can suffer.

mod conformance;
mod disk;
mod faults;
mod files;
mod support;
