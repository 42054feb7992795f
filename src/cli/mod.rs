//! The command line: what an operator types, and the exit codes that scripts rely on.

mod bench;
mod check;
mod decode;
mod failure;
mod live;
mod load;
mod replay;
mod run;
mod watch;

use std::{path::PathBuf, process::ExitCode};

use clap::{Args, Parser, Subcommand};

use crate::config::Setting;

pub use failure::{Failure, Outcome};
pub use load::{Loaded, load, secrets, subscribers};

/// Presence from what the core network knows: a Presence Network Agent with its Presence Server
/// (3GPP TS 23.141).
///
/// Without a subcommand the gateway runs: it takes RADIUS accounting from GGSNs, keeps a presence
/// document for every subscriber and notifies SIP watchers.
#[derive(Debug, Parser)]
#[command(name = "pengate", version, after_help = EXAMPLES)]
pub struct Cli {
    /// What applies to every subcommand.
    #[command(flatten)]
    pub common: Common,
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Which configuration holds.
#[derive(Args, Clone, Debug, Default)]
pub struct Common {
    /// Configuration file. Without it: config/pengate.toml if there is one, else the copy of it
    /// within the program.
    #[arg(long, value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
    /// Sets a key of the configuration; may be repeated, and the last one wins. VALUE is TOML, or a
    /// text without quotes. A list of one needs no brackets.
    #[arg(long = "set", value_name = "KEY=VALUE", global = true)]
    pub settings: Vec<Setting>,
}

/// What `pengate` can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the gateway (the default).
    Run(run::Run),
    /// Check a configuration file: all problems at once, with line and key.
    Check(check::Check),
    /// Print every message of a capture as a line of JSON.
    Decode(decode::Decode),
    /// Run captures through the gateway on their own clock and print what comes out.
    Replay(replay::Replay),
    /// Watch a presentity over SIP and show each NOTIFY.
    Watch(watch::Watch),
    /// Measure how fast the messages of a capture are decoded.
    Bench(bench::Bench),
}

const EXAMPLES: &str = "\
Examples:
  pengate                                       run on config/pengate.toml
  pengate --set sip.listen=127.0.0.1:5070 --set data.folder=data-2
                                                run a second gateway beside the first
  pengate check config/pengate.toml             find all mistakes in a configuration
  pengate watch sip:alice@ims.example           see alice's presence change
  pengate decode ggsn.pcap | jq .               read a capture

Exit codes: 0 done, 1 the input was bad, 2 usage or configuration.
Environment: PENGATE_LOG sets log levels, such as PENGATE_LOG=info,pengate::io=debug.";

/// Runs the command line of this process.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    match dispatch(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("pengate: {failure}");
            failure.exit_code()
        }
    }
}

fn dispatch(cli: Cli) -> Outcome {
    let common = &cli.common;
    match cli.command.unwrap_or(Command::Run(run::Run::default())) {
        Command::Run(arguments) => run::run(common, &arguments),
        Command::Check(arguments) => check::check(common, &arguments),
        Command::Decode(arguments) => decode::decode(common, &arguments),
        Command::Replay(arguments) => replay::replay(common, &arguments),
        Command::Watch(arguments) => watch::watch(common, &arguments),
        Command::Bench(arguments) => bench::bench(common, &arguments),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn settings_may_stand_before_or_after_the_subcommand() {
        let parse = |line: &str| {
            Cli::try_parse_from(line.split(' '))
                .unwrap()
                .common
                .settings
        };
        let expected: Vec<Setting> = vec!["sip.listen=[::1]:5060".parse().unwrap()];
        assert_eq!(parse("pengate --set sip.listen=[::1]:5060 run"), expected);
        assert_eq!(parse("pengate run --set sip.listen=[::1]:5060"), expected);
        assert_eq!(parse("pengate --set sip.listen=[::1]:5060"), expected);
    }

    #[test]
    fn a_setting_without_a_value_is_a_usage_error() {
        let error = Cli::try_parse_from(["pengate", "--set", "sip.listen"]).unwrap_err();
        assert_eq!(error.exit_code(), 2);
    }

    #[test]
    fn only_one_kind_of_output_is_replayed() {
        let error =
            Cli::try_parse_from(["pengate", "replay", "--events", "--sent", "a.pcap"]).unwrap_err();
        assert_eq!(error.exit_code(), 2);
    }
}
