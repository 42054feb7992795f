//! `pengate check`: everything that is wrong with a configuration, before it is used.

use std::{fmt::Display, path::PathBuf};

use clap::Args;

use super::{Common, Failure, Loaded, Outcome, load, secrets, subscribers};
use crate::config::{Config, Problems};

/// Check a configuration file: all problems at once, with line and key.
///
/// Prints `ok` and what would be listened on, or every problem with what is allowed (exit code 2).
/// The files that the configuration names are read as well.
#[derive(Args, Clone, Debug, Default)]
#[command(after_help = "\
Examples:
  pengate check config/pengate.toml
  pengate check my.toml --set sip.listen=192.0.2.1:5060")]
pub struct Check {
    /// The file. Without it, the one that `pengate run` would use.
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,
}

/// # Errors
/// [`Failure::Usage`] when the file cannot be read, [`Failure::Config`] with all problems.
pub(super) fn check(common: &Common, arguments: &Check) -> Outcome {
    let common = Common {
        config: arguments.file.clone().or_else(|| common.config.clone()),
        settings: common.settings.clone(),
    };
    let Loaded { config, origin } = load(&common)?;
    let problems = wrong_files(&config);
    if !problems.0.is_empty() {
        return Err(Failure::Config {
            file: origin,
            problems,
        });
    }
    println!("ok: {origin}\n{}", summary(&config));
    Ok(())
}

/// Files that the configuration names and that cannot be used.
fn wrong_files(config: &Config) -> Problems {
    let mut problems = secrets(config).err().unwrap_or_default();
    problems.0.extend(subscribers(config).err());
    problems
}

fn summary(config: &Config) -> String {
    format!(
        "  RADIUS accounting  {} (UDP), {} client networks\n\
         \x20 SIP                {} (UDP and TCP) for {}\n\
         \x20 admin HTTP         {}\n\
         \x20 data               {}\n\
         \x20 subscribers        {}",
        list(&config.radius.listen),
        config.radius.clients.len(),
        list(&config.sip.listen),
        list(&config.sip.domains),
        config.admin.listen,
        config.data.folder.display(),
        config.subscribers.file.display(),
    )
}

fn list<T: Display>(items: &[T]) -> String {
    let items: Vec<String> = items.iter().map(T::to_string).collect();
    items.join(", ")
}
