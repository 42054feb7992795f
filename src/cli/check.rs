//! `pengate check`: everything that is wrong with a configuration, before it is used.

use std::{fmt::Display, path::PathBuf};

use clap::Args;

use super::{Common, Failure, Loaded, Outcome, live, load, secrets, subscribers};
use crate::{
    agent::identity::{ProvisioningError, read_subscribers},
    config::{Config, FeedLink, FeedListener, Origin, Problem, Problems},
    event::Source,
};

/// Wrong rows of the subscribers file that are told one by one.
const WRONG_ROWS_MAX: usize = 20;

/// Check a configuration file: all problems at once, with line and key.
///
/// Prints `ok`, what would be listened on and every feed with its links, or every problem with what
/// is allowed (exit code 2). The files that the configuration names are read as well. With `--live`
/// the gateway that runs with this configuration is asked how its feeds are: each link and peer with
/// its state, since when, its last message, rates and faults by kind (exit code 1 when it does not
/// answer, or is not ready).
#[derive(Args, Clone, Debug, Default)]
#[command(after_help = "\
Examples:
  pengate check config/pengate.toml
  pengate check my.toml --set sip.listen=192.0.2.1:5060
  pengate check my.toml --live")]
pub struct Check {
    /// The file. Without it, the one that `pengate run` would use.
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Ask the running gateway, at `admin.listen`, how its feeds are.
    #[arg(long)]
    pub live: bool,
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
    println!(
        "ok: {origin}\n{}\nfeeds\n{}",
        summary(&config, rows),
        feeds(&config)
    );
    if arguments.live {
        let (text, is_ready) = live::ask(config.admin.listen)?;
        println!("{text}");
        if !is_ready {
            return Err(Failure::Input("the gateway is not ready".to_owned()));
        }
    }
    Ok(())
}

/// Each feed with what it listens on and whom it is linked with, in the order of reference points.
fn feeds(config: &Config) -> String {
    let mut lines: Vec<(Source, String)> = Vec::new();
    let on = list(&config.sip.listen);
    let trusted = list(&config.pi.trusted);
    lines.push((Source::Pi, format!("sip listens on {on}, trusts {trusted}")));
    for FeedListener {
        service, address, ..
    } in config.feed_listeners()
    {
        let source = service.source().unwrap_or(Source::Pi);
        lines.push((source, format!("{} listens on {address}", service.name())));
    }
    for FeedLink {
        service,
        name,
        address,
        ..
    } in config.feed_links()
    {
        let source = service.source().unwrap_or(Source::Pi);
        let way = address.map_or_else(
            || "connects to us".to_owned(),
            |address| format!("at {address}"),
        );
        lines.push((source, format!("{} link {name} {way}", service.name())));
    }
    lines.sort_by_key(|(source, _)| *source);
    let lines: Vec<String> = lines
        .into_iter()
        .map(|(source, line)| format!("  {}  {line}", source.name()))
        .collect();
    lines.join("\n")
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
