//! The `pengate` command.

fn main() {}
