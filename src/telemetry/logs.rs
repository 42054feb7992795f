//! Log lines: where they go, which are written, and how identities look in them.

use std::{
    collections::hash_map::RandomState,
    hash::{BuildHasher, Hasher},
    io::{IsTerminal, stderr},
};

use thiserror::Error;
use tracing_subscriber::{EnvFilter, filter::ParseError, util::TryInitError};

use crate::{
    config::{Format, Identities, Log},
    event::Redacted,
};

/// Why logging cannot begin.
#[derive(Debug, Error)]
pub enum StartError {
    /// The levels of PENGATE_LOG cannot be read.
    #[error("PENGATE_LOG: {0}; levels such as `debug` or `info,pengate::io=debug` are allowed")]
    Levels(#[from] ParseError),
    /// Somebody else takes this process's log lines already.
    #[error("log lines are taken already: {0}")]
    Taken(#[from] TryInitError),
}

/// Begins to write log lines to standard error. `levels` (of the environment) overrides the level
/// of the configuration.
///
/// # Errors
/// [`StartError`].
pub fn start_logs(options: &Log, levels: Option<&str>) -> Result<(), StartError> {
    use tracing_subscriber::util::SubscriberInitExt;

    let filter = EnvFilter::try_new(levels.unwrap_or_else(|| options.level.name()))?;
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        // Colours are for eyes: a file or a pipe gets plain text.
        .with_ansi(stderr().is_terminal())
        .with_writer(stderr);
    match options.format {
        Format::Text => lines.with_target(false).finish().try_init()?,
        Format::Json => lines.json().flatten_event(true).finish().try_init()?,
    }
    Ok(())
}

/// How identities are shown in log lines of this run of the process.
#[derive(Clone, Copy)]
pub struct Redaction(Option<u64>);

impl Redaction {
    /// As the configuration says; the seed is another one in every run.
    #[must_use]
    pub fn new(identities: Identities) -> Self {
        Self(match identities {
            Identities::Redacted => Some(RandomState::new().build_hasher().finish()),
            Identities::Clear => None,
        })
    }

    /// An identity as it may be logged.
    #[must_use]
    pub const fn show<'a>(&self, identity: &'a str) -> Redacted<'a> {
        Redacted {
            identity,
            seed: self.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_is_shown_in_clear_only_when_the_operator_says_so() {
        let identity = "sip:alice@ims.example";
        let shown = Redaction::new(Identities::Redacted)
            .show(identity)
            .to_string();
        assert!(
            !shown.contains("alice") && shown.starts_with('~'),
            "{shown}"
        );
        assert_eq!(
            Redaction::new(Identities::Clear).show(identity).to_string(),
            identity
        );
    }

    #[test]
    fn digests_of_two_runs_cannot_be_compared() {
        let [one, other] = [(); 2].map(|()| {
            Redaction::new(Identities::Redacted)
                .show("sip:alice@ims.example")
                .to_string()
        });
        assert_ne!(one, other);
    }

    #[test]
    fn levels_that_cannot_be_read_are_refused() {
        let error = start_logs(&Log::default(), Some("info,pengate=loud")).unwrap_err();
        assert!(error.to_string().starts_with("PENGATE_LOG: "), "{error}");
    }
}
