//! `pengate check`: everything that is wrong with a configuration, before it is used.

use std::{fmt::Display, path::PathBuf};

use clap::Args;

use super::{Common, Failure, Loaded, Outcome, load, secrets, subscribers};
use crate::{
    agent::identity::{ProvisioningError, read_subscribers},
    config::{Config, Origin, Problem, Problems},
};

/// Wrong rows of the subscribers file that are told one by one.
const WRONG_ROWS_MAX: usize = 20;

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
    let mut problems = secrets(&config).err().unwrap_or_default();
    let rows = count_subscribers(&config, &mut problems);
    if !problems.0.is_empty() {
        return Err(Failure::Config {
            file: origin,
            problems,
        });
    }
    println!("ok: {origin}\n{}", summary(&config, rows));
    Ok(())
}

/// Reads the subscribers; rows that are wrong are problems, as far as one wants to read them.
fn count_subscribers(config: &Config, problems: &mut Problems) -> usize {
    let problem = |what| Problem {
        origin: Origin::Default,
        key: "subscribers.file".to_owned(),
        what,
    };
    let text = match subscribers(config) {
        Ok(text) => text,
        Err(error) => {
            problems.0.push(error);
            return 0;
        }
    };
    let (mut good, mut wrong) = (0, 0);
    let mut told = Vec::new();
    let mut tell = |error: ProvisioningError| {
        wrong += 1;
        if wrong <= WRONG_ROWS_MAX {
            told.push(problem(error.to_string()));
        }
    };
    let read = read_subscribers(text.as_bytes(), |row| match row {
        Ok(_) => good += 1,
        Err(error) => tell(error),
    });
    if let Err(error) = read {
        tell(error);
    }
    problems.0.extend(told);
    if wrong > WRONG_ROWS_MAX {
        let more = wrong - WRONG_ROWS_MAX;
        problems
            .0
            .push(problem(format!("and {more} more rows like these")));
    }
    good
}

fn summary(config: &Config, rows: usize) -> String {
    format!(
        "  RADIUS accounting  {} (UDP), {} client networks\n\
         \x20 SIP                {} (UDP and TCP) for {}\n\
         \x20 admin HTTP         {}\n\
         \x20 data               {}\n\
         \x20 subscribers        {} ({rows} rows)",
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
