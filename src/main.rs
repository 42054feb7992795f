//! The `pengate` command.

use std::process::ExitCode;

use pengate::io::CountingAllocator;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

fn main() -> ExitCode {
    pengate::cli::main()
}
