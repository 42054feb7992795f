//! `pengate run`: the gateway.

use std::path::PathBuf;

use clap::Args;

use super::{
    Common, Failure, Loaded, Outcome, load,
    load::{clients, subscribers},
};
use crate::{
    config::Problems,
    io::run::{Runner, Startup},
    telemetry::start_logs,
};

/// Run the gateway (the default).
///
/// Listens for RADIUS accounting, SIP over UDP and TCP, and administrative HTTP, as the
/// configuration says. SIGTERM or Ctrl-C ends it in order: what is durable is still answered.
#[derive(Args, Clone, Debug, Default)]
#[command(after_help = "\
Examples:
  pengate run
  pengate run --config my.toml --record arrived.pcapng
  pengate run --set radius.listen=127.0.0.1:0 --set sip.listen=127.0.0.1:0 \\
              --set admin.listen=127.0.0.1:0 --set data.folder=data-2")]
pub struct Run {
    /// Write everything that arrives, with the times at which the gateway saw it, as pcapng.
    /// Replaying that file gives the very same documents, if the data folder was empty at the start:
    /// what was known before is not recorded.
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,
    /// Start although records of the pen log that were durable once cannot be read any more. What
    /// is lost is logged. Without this, damage keeps the gateway from starting.
    #[arg(long)]
    pub accept_log_damage: bool,
}

/// # Errors
/// What keeps the gateway from starting, or made it end.
pub(super) fn run(common: &Common, arguments: &Run) -> Outcome {
    let Loaded { mut config, origin } = load(common)?;
    config.pen.log.accept_damage = arguments.accept_log_damage;
    let levels = std::env::var("PENGATE_LOG").ok();
    start_logs(&config.log, levels.as_deref())
        .map_err(|error| Failure::Usage(error.to_string()))?;
    let problem = |problems| Failure::Config {
        file: origin.clone(),
        problems,
    };
    let clients = clients(&config).map_err(problem)?;
    let text = subscribers(&config).map_err(|one| problem(Problems(vec![one])))?;
    let record = arguments.record.as_deref();
    let startup = Startup {
        config: &config,
        clients,
        subscribers: &text,
        record,
    };
    let runner = Runner::start(startup).map_err(|error| Failure::Usage(error.to_string()))?;
    drop(text);
    runner
        .run()
        .map_err(|error| Failure::Input(error.to_string()))
}
