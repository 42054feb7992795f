//! The `pengate` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    pengate::cli::main()
}
